"""How long the cross-encoder takes to rank a hundred passages on one thread, beside the same network in float32 torch.

    python -P -m questline.training.benchmarks.rank_speed --model FOLDER --rounds 10 --json rank_speed.json

Each round ranks the same passages in every way, in changing order, so that a noisy machine slows all alike; ratios are
medians of the ratios within a round. Beside the wall clock stand processor seconds of the process, which other work
on the machine disturbs less. The torch twin has the shape of the exported model and random weights: on a dense network
time does not depend on values. With candidates and qrels it also tells what reading only a part of each list costs in
nDCG@10: the best by first stage and words, or until so many in a row did not enter the top ten.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from questline.errors import require
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.onnx_session import packaged_weights
from questline.tools.models.pair_tokens import Pair, PairTokenizer, padded
from questline.tools.ranking.blend import shipped
from questline.tools.ranking.features import word_features
from questline.tools.ranking.first_stage import FirstStage
from questline.training.evaluation.intervals import mean, paired_bootstrap
from questline.training.evaluation.lists import read_candidates
from questline.training.evaluation.ranking_metrics import ndcg

from .harness import parser, positive, run

__all__ = ["main", "measure", "read_in_order"]

_QUESTION: Final = "when was the lighthouse of the northern harbour built"
_WORDS: Final = (  # noqa: SIM905 because a sentence is read more easily than a list of its words
    "the old stone lighthouse stands near a quiet harbour town where ships bring salt fish iron grain and timber from"
    " many distant islands while keepers light green lamps each winter night above cold grey water and long low cliffs"
).split()
_BATCHES: Final = (1, 4, 8, 16)
_DEPTHS: Final = (20, 30, 40, 60, 100)
_PATIENCE: Final = (10, 20, 30)
_TOP: Final = 10

Floats = NDArray[np.float64]
Way = Callable[[], object]


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Time every way of scoring, and the quality of reading less."""
    folder = chosen.model or packaged_weights("cross_encoder_l6")
    model = CrossEncoder.load(folder=folder)
    tokenizer = PairTokenizer((folder / "tokenizer.json").read_bytes(), max_tokens=model.max_tokens)
    texts = _texts(tokenizer, chosen.passages, chosen.tokens)
    ways: dict[str, Way] = {
        f"int8_batch_{size}": lambda size=size: model.score(_QUESTION, texts, batch_size=size) for size in _BATCHES
    }
    if not chosen.no_torch:
        forward = _twin((folder / "model.onnx").read_bytes(), model.max_tokens)
        pairs = tokenizer.pairs(_QUESTION, texts)
        ways |= {f"torch_batch_{size}": lambda size=size: _batched(forward, pairs, size) for size in _BATCHES}
    wall, used = _timed(ways, chosen.rounds, bar)
    figures: dict[str, object] = {
        "passages": chosen.passages,
        "tokens": chosen.tokens,
        "rounds": chosen.rounds,
        "torch_weights": "random, of the shape of the exported model",
        "ways": {
            name: {
                "seconds_median": round(statistics.median(wall[name]), 4),
                "seconds_min": round(min(wall[name]), 4),
                "cpu_seconds_median": round(statistics.median(used[name]), 4),
            }
            for name in ways
        },
    }
    if not chosen.no_torch:
        best = min((name for name in ways if name.startswith("torch")), key=lambda name: statistics.median(used[name]))
        figures["fastest_torch"] = best
        figures["times_faster_than_fastest_torch"] = {
            name: round(_ratio(used[best], used[name]), 2) for name in ways if name.startswith("int8")
        }
    if chosen.candidates is not None:
        figures["reading_less"] = _reading_less(model, chosen, bar)
    return figures


def _timed(
    ways: Mapping[str, Way], rounds: int, bar: Progress
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return wall and processor seconds of each way, a number a round; one round before them warms up."""
    wall: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    for number in bar.track(range(-1, rounds), description="rounds"):
        for name in list(ways) if number % 2 else reversed(list(ways)):
            before, began = time.process_time(), time.perf_counter()
            ways[name]()
            took, spent = time.perf_counter() - began, time.process_time() - before
            if number >= 0:
                wall[name].append(took)
                used[name].append(spent)
    return wall, used


def _ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(slow, fast, strict=True))


def _texts(tokenizer: PairTokenizer, count: int, tokens: int) -> list[str]:
    """Return passages that make pairs of exactly so many word pieces with the question, all different."""
    draw = np.random.default_rng(0)
    room = tokens - len(tokenizer.pairs(_QUESTION, [""])[0].ids)
    texts: list[str] = []
    for _ in range(count):
        places: list[int] = draw.integers(len(_WORDS), size=room).tolist()
        words = [_WORDS[place] for place in places]
        while len(tokenizer.pairs(_QUESTION, [" ".join(words)])[0].ids) > tokens:
            words.pop()
        texts.append(" ".join(words))
    return texts


def _twin(model: bytes, max_tokens: int) -> Callable[[Sequence[Pair]], object]:
    """Return what scores pairs by a float32 network of the model's shape, on one thread."""
    onnx = require("onnx", feature="the comparison with torch")
    torch = require("torch", feature="the comparison with torch")
    from questline.training.embedded.bert import CrossEncoderNet
    from questline.training.embedded.bert_graph import BertShape

    graph: Any = onnx.load_from_string(model).graph
    attention = [node for node in graph.node if node.op_type in {"QAttention", "Attention"}]
    heads = next(part.i for part in attention[0].attribute if part.name == "num_heads")
    sizes: dict[str, tuple[int, ...]] = {one.name: tuple(one.dims) for one in graph.initializer}
    hidden = sizes["embeddings.LayerNorm.weight"][0]
    words, inner = sizes["words"][0], sizes["encoder.layer.0.intermediate.dense.bias"][0]
    tensors = _random_bert(len(attention), hidden, inner, words, max_tokens)
    shape = BertShape(layers=len(attention), heads=heads, max_tokens=max_tokens)
    net = CrossEncoderNet(tensors, shape).eval()
    torch.set_num_threads(1)

    def forward(pairs: Sequence[Pair]) -> object:
        with torch.inference_mode():
            return net(*(torch.as_tensor(values) for values in padded(pairs)))

    return forward


def _random_bert(layers: int, hidden: int, inner: int, words: int, positions: int) -> dict[str, NDArray[np.float32]]:
    draw = np.random.default_rng(0)
    embeddings = {"word": words, "position": positions, "token_type": 2}
    shapes = {f"embeddings.{name}_embeddings.weight": (rows, hidden) for name, rows in embeddings.items()}
    norms = ["embeddings.LayerNorm"]
    for layer in range(layers):
        prefix = f"encoder.layer.{layer}"
        dense = {f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (hidden, hidden)}
        dense |= {"intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
        shapes |= {f"{prefix}.{name}.weight": size for name, size in dense.items()}
        shapes |= {f"{prefix}.{name}.bias": size[:1] for name, size in dense.items()}  # pyright: ignore[reportAssignmentType]  # because a bias has one side
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
    tensors = {name: (0.02 * draw.standard_normal(size)).astype(np.float32) for name, size in shapes.items()}
    tensors |= {f"{name}.weight": np.ones(hidden, np.float32) for name in norms}
    return tensors | {f"{name}.bias": np.zeros(hidden, np.float32) for name in norms}


def _batched(forward: Callable[[Sequence[Pair]], object], pairs: Sequence[Pair], size: int) -> None:
    for start in range(0, len(pairs), size):
        forward(pairs[start : start + size])


def _reading_less(model: CrossEncoder, chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Return nDCG@10 and passages read of each rule, with the difference to reading all."""
    found: dict[str, list[tuple[float, int]]] = {}
    for each in bar.track(read_candidates(chosen.candidates, chosen.qrels)[: chosen.limit], description="reading"):
        stage = FirstStage.read(each.query, each.passages)
        texts = [passage.as_text() for passage in stage.passages]
        cheap = shipped("words").log_odds(stage.strength, word_features(each.query, texts))
        logits = model.score(each.query, texts).relevance.astype(np.float64)
        rules = {f"best_{depth}": (depth, None) for depth in _DEPTHS}
        rules |= {f"until_{patience}_fail": (len(texts), patience) for patience in _PATIENCE}
        for name, (depth, patience) in rules.items():
            order, read = read_in_order(cheap, logits, depth=depth, patience=patience)
            gain = ndcg([stage.passages[index].id for index in order], each.grades, _TOP)
            found.setdefault(name, []).append((gain, read))
    whole = [gain for gain, _ in found[f"best_{_DEPTHS[-1]}"]]
    told: dict[str, object] = {}
    for name, rows in found.items():
        gains = [gain for gain, _ in rows]
        change = paired_bootstrap(whole, gains)
        told[name] = {
            "ndcg@10": mean(gains),
            "minus_reading_all": {"difference": change.difference, "low": change.low, "high": change.high},
            "passages_read_mean": mean([float(read) for _, read in rows]),
        }
    return {"n": len(whole), **told}


def read_in_order(cheap: Floats, logits: Floats, *, depth: int, patience: int | None = None) -> tuple[list[int], int]:
    """Return the order when passages are read by falling `cheap` score, and how many were read.

    Args:
        cheap: [n] first stage and words; decides the order of reading, and of what was not read, which follows.
        logits: [n] what reading says of each.
        depth: Most that are read.
        patience: Reading ends after so many in a row that did not enter the top ten; None reads on.
    """
    order: list[int] = np.argsort(-cheap, kind="stable").tolist()
    read: list[int] = []
    failed = 0
    for index in order[:depth]:
        top = sorted((float(logits[one]) for one in read), reverse=True)[:_TOP]
        entered = len(top) < _TOP or float(logits[index]) > top[-1]
        read.append(index)
        failed = 0 if entered else failed + 1
        if patience is not None and failed >= patience:
            break
    ranked = sorted(read, key=lambda index: -float(logits[index]))
    return [*ranked, *order[len(read) :]], len(read)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--model", type=Path, default=None, metavar="DIR", help="an exported cross-encoder")
    options.add_argument("--passages", type=positive, default=100)
    options.add_argument("--tokens", type=positive, default=64, help="word pieces of each pair")
    options.add_argument("--rounds", type=positive, default=10)
    options.add_argument("--no-torch", action="store_true", help="leave torch out")
    options.add_argument("--candidates", type=Path, default=None, help="JSON lines of {qid, query, candidates[]}")
    options.add_argument("--qrels", type=Path, default=None, help="JSON lines of {qid, docid, grade}")
    options.add_argument("--limit", type=positive, default=None, help="only the first so many lists")
    return run("rank_speed", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
