"""How long a hundred passages take on one thread: the cross-encoder alone, beside torch, and the whole ranker.

    python -P -m questline.training.benchmarks.rank_speed --model FOLDER --rounds 10 --json rank_speed.json

Each round ranks the same passages in every way, in changing order, so that a noisy machine slows all alike; ratios are
medians of the ratios within a round. Beside the wall clock stand processor seconds of the process, which other work
on the machine disturbs less. The torch twin has the shape of the exported model and random weights.

The ranker's ways are those of `reading_less`, which tells what each costs in nDCG@10: ``whole`` computes the cosine of
every passage and reads it, ``early_exit`` is what ships, and ``vectors_known`` the same where an index has the vectors
of all passages.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.progress import Progress

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.models.onnx_session import packaged_weights
from questline.tools.models.pair_tokens import Pair, PairTokenizer
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.ranking.scorers import Pairs
from questline.types import Passage

from .harness import parser, positive, run
from .reading_less import ranker
from .torch_twin import torch_twin

__all__ = ["main", "measure"]

_QUESTION: Final = "when was the lighthouse of the northern harbour built"
_WORDS: Final = (  # noqa: SIM905 because a sentence is read more easily than a list of its words
    "the old stone lighthouse stands near a quiet harbour town where ships bring salt fish iron grain and timber from"
    " many distant islands while keepers light green lamps each winter night above cold grey water and long low cliffs"
).split()
_BATCHES: Final = (1, 4, 8, 16)

Way = Callable[[], object]


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Time every way of scoring and ranking."""
    folder = chosen.model or packaged_weights("cross_encoder_l6")
    model = CrossEncoder.load(folder=folder)
    tokenizer = PairTokenizer((folder / "tokenizer.json").read_bytes(), max_tokens=model.max_tokens)
    texts = _texts(tokenizer, chosen.passages, chosen.tokens)
    ways: dict[str, Way] = {
        f"int8_batch_{size}": lambda size=size: model.score(_QUESTION, texts, batch_size=size) for size in _BATCHES
    }
    ways |= _rankers(model, texts)
    if not chosen.no_torch:
        forward = torch_twin((folder / "model.onnx").read_bytes(), model.max_tokens)
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
            name: round(_ratio(used[best], used[name]), 2) for name in ways if not name.startswith("torch")
        }
    return figures


def _rankers(model: CrossEncoder, texts: Sequence[str]) -> dict[str, Way]:
    """Return the ranker's ways; none of them remembers anything between two calls but what it was given."""
    passages = [
        Passage(id=f"{n}", document_id=f"{n}", source="made", title="", text=text, score=float(-n))
        for n, text in enumerate(texts)
    ]
    encoder = Encoder.load()
    known = dict(zip(texts, encoder.encode(texts), strict=True))
    made = {
        "ranker_whole": ranker(Pairs(model), encoder, whole=True),
        "ranker_early_exit": ranker(Pairs(model), encoder),
        "ranker_early_exit_vectors_known": ranker(Pairs(model), encoder, vectors=known),
    }

    def way(one: EmbeddedRanker) -> Way:
        return lambda: asyncio.run(one.rank(_QUESTION, passages))

    return {name: way(one) for name, one in made.items()}


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


def _batched(forward: Callable[[Sequence[Pair]], object], pairs: Sequence[Pair], size: int) -> None:
    for start in range(0, len(pairs), size):
        forward(pairs[start : start + size])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--model", type=Path, default=None, metavar="DIR", help="an exported cross-encoder")
    options.add_argument("--passages", type=positive, default=100)
    options.add_argument("--tokens", type=positive, default=64, help="word pieces of each pair")
    options.add_argument("--rounds", type=positive, default=10)
    options.add_argument("--no-torch", action="store_true", help="leave torch out")
    return run("rank_speed", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
