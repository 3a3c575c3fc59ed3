"""What a tiny summarizer learns on made-up notes, and what it must not: shuffled summaries, and length from DPO.

    python -P -m questline.training.generative_summarizer.shown --json summarizer_learning.json

Everything is measured on notes that no training saw. Every training is kept in ``--work`` and goes on from there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, run
from questline.training.evaluation.intervals import paired_bootstrap
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import Writer
from questline.training.tuning.last_step import last_step
from questline.training.tuning.models import opened
from questline.training.writer.shown.begun import Trainings

from .notes import notes
from .rows import PROMPT, Asked
from .scores import Measured, Weights, measure
from .settings import DPOSettings, SFTSettings

__all__ = ["at_equal_length", "main", "measured"]

_TOKENS: Final = 40
_DRAWN: Final = 77
"""Seed of what is drawn."""
_DRAWS: Final = 3
"""Summaries that are drawn of a note."""
_PLACES: Final = 4
_WEIGHTS: Final = Weights()


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the figures of SFT, of its control, and of DPO with and without length control."""
    import torch

    torch.set_num_threads(1)
    trainings = Trainings(arguments.work, bar, threads=1)
    fresh = notes(arguments.tested, seed=arguments.fresh)
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    taught = [_sft(trainings, arguments, fresh, seed) for seed in seeds]
    preferred = [_dpo(trainings, arguments, fresh, seed) for seed in seeds]
    return {
        "sft": taught,
        "dpo": preferred,
        "documents": arguments.documents,
        "tested": len(fresh),
        "fresh": arguments.fresh,
        "steps": {"sft": arguments.sft_steps, "loose": arguments.loose_steps, "dpo": arguments.dpo_steps},
    }


def _sft(trainings: Trainings, arguments: argparse.Namespace, fresh: Sequence[Asked], seed: int) -> dict[str, object]:
    rows = notes(arguments.documents, seed=seed)
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311 because notes are no secret
    others = [replace(row, summary=rows[place].summary) for row, place in zip(rows, order, strict=True)]
    settings = _settings(arguments, arguments.sft_steps)
    began = time.process_time()
    right = trainings.train(
        "summarizer-sft", f"sft_{seed}", _file(trainings, f"notes_{seed}", rows), settings, seed=seed
    )
    seconds = _kept_seconds(right.parent / "processor_seconds.json", time.process_time() - began)
    wrong = trainings.train(
        "summarizer-sft",
        f"shuffled_{seed}",
        _file(trainings, f"shuffled_{seed}", others),
        replace(settings, check=False),
        seed=seed,
    )
    texts = {
        "before": _begun(right, settings, fresh, seed),
        "after": _written(right, fresh),
        "shuffled": _written(wrong, fresh),
    }
    found = {name: [measure(text, row) for text, row in zip(each, fresh, strict=True)] for name, each in texts.items()}
    return {
        "seed": seed,
        "processor_seconds": round(seconds, 1),
        **{name: _means(each) for name, each in found.items()},
        "gain": _difference(found["before"], found["after"], _facts),
        "gain_over_shuffled": _difference(found["shuffled"], found["after"], _facts),
        "shuffled_over_before": _difference(found["before"], found["shuffled"], _facts),
    }


def _dpo(trainings: Trainings, arguments: argparse.Namespace, fresh: Sequence[Asked], seed: int) -> dict[str, object]:
    """Return what DPO makes of a model whose teacher said too little, too much or something else for half of the notes.

    ``score`` goes by the score of spec 05; ``judge_likes_more`` by faithfulness and by how much of a note is said, as a
    judge does who likes whatever is longer: with length control, and as published (sums, no price for length).
    """
    data = _file(trainings, f"loose_{seed}", notes(arguments.documents, seed=100 + seed, loose=0.5))
    steps = arguments.loose_steps
    start = trainings.train("summarizer-sft", f"loose_{seed}", data, _settings(arguments, steps), seed=seed)
    ours = DPOSettings(
        model=str(start),
        steps=arguments.dpo_steps,
        documents=arguments.drawn,
        tested=20,
        tokens=_TOKENS,
    )
    plain = replace(ours, by_length=False, beta=0.1, sft=0.0, length=0.0)
    asked = _file(trainings, f"asked_{seed}", notes(2 * arguments.drawn, seed=200 + seed))
    more = _file(trainings, f"more_{seed}", notes(2 * arguments.drawn, seed=200 + seed, everything=True))
    ways = {
        "score": (asked, ours),
        "judge_likes_more": (more, replace(ours, relevance=0.0)),
        "judge_likes_more_plain": (more, replace(plain, relevance=0.0)),
    }
    before = _drawn(start, fresh)
    told: dict[str, object] = {"seed": seed, "before": _means(_flat(before))}
    for way, (rows, each) in ways.items():
        folder = trainings.train("summarizer-dpo", f"{way}_{seed}", rows, each, seed=seed)
        after = _drawn(last_step(folder), fresh)
        told[way] = {
            **_means(_flat(after)),
            "score_gain": _difference(_flat(before), _flat(after), lambda one: one.score(_WEIGHTS)),
            "words_gain": _difference(_flat(before), _flat(after), lambda one: float(one.words)),
            "quality_gain_at_equal_length": at_equal_length(before, after, lambda one: one.quality),
        }
    return told


def at_equal_length(
    before: Sequence[Sequence[Measured]], after: Sequence[Sequence[Measured]], value: Callable[[Measured], float]
) -> dict[str, float]:
    """Compare drawn summaries of one document that have equally many words; documents without any are left out.

    Args:
        before: Summaries of each document.
        after: The same.
        value: What is compared.
    """
    ones: list[float] = []
    twos: list[float] = []
    for first, second in zip(before, after, strict=True):
        sides = [_by_words(side, value) for side in (first, second)]
        shared = sorted(set(sides[0]) & set(sides[1]))
        if shared:
            ones.append(sum(sides[0][words] for words in shared) / len(shared))
            twos.append(sum(sides[1][words] for words in shared) / len(shared))
    if not ones:
        return {"n": 0}
    told = paired_bootstrap(ones, twos)
    return {**{name: round(getattr(told, name), _PLACES) for name in ("difference", "low", "high")}, "n": told.n}


def _by_words(found: Sequence[Measured], value: Callable[[Measured], float]) -> dict[int, float]:
    groups: dict[int, list[float]] = {}
    for one in found:
        groups.setdefault(one.words, []).append(value(one))
    return {words: sum(each) / len(each) for words, each in groups.items()}


def _settings(arguments: argparse.Namespace, steps: int) -> SFTSettings:
    return SFTSettings(steps=steps, rate=arguments.rate, tokens=_TOKENS, tested=40)


def _kept_seconds(path: Path, seconds: float) -> float:
    """Return what a training took when it was run, which a later look at it does not change."""
    if not path.exists():
        path.write_text(json.dumps(seconds), encoding="utf-8")
    return float(json.loads(path.read_text(encoding="utf-8")))


def _file(trainings: Trainings, name: str, rows: Sequence[Asked]) -> Path:
    path = trainings.work / f"{name}.jsonl"
    if not path.exists():
        trainings.work.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(asdict(row))}\n" for row in rows), encoding="utf-8")
    return path


def _written(folder: Path, rows: Sequence[Asked], *, temperature: float = 0.0) -> list[str]:
    return _texts(opened(SFTSettings(model=str(folder), device="cpu"), _none, seed=0), rows, temperature)


def _begun(folder: Path, settings: SFTSettings, rows: Sequence[Asked], seed: int) -> list[str]:
    """Return what the model wrote before it learnt anything."""
    tokenizer = opened(SFTSettings(model=str(folder), device="cpu"), _none, seed=0).tokenizer
    return _texts(opened(settings, lambda: tokenizer, seed=seed, context=settings.context), rows, 0.0)


def _texts(loaded: Any, rows: Sequence[Asked], temperature: float) -> list[str]:
    import torch

    loaded.model.eval()
    torch.default_generator.manual_seed(_DRAWN)
    writer = Writer(model=loaded.model, tokenizer=loaded.tokenizer, most=_TOKENS, together=64)
    prompts = [token_ids(loaded.tokenizer, row.chat(PROMPT)) for row in rows]
    return [writer.text(ids) for ids in writer.write(prompts, temperature=temperature)]


def _drawn(folder: Path, rows: Sequence[Asked]) -> list[list[Measured]]:
    """Return drawn summaries of each row."""
    texts = _written(folder, [row for row in rows for _ in range(_DRAWS)], temperature=1.0)
    return [
        [measure(text, row) for text in texts[place * _DRAWS : (place + 1) * _DRAWS]] for place, row in enumerate(rows)
    ]


def _flat(found: Sequence[Sequence[Measured]]) -> list[Measured]:
    return [one for each in found for one in each]


def _none() -> object:
    raise AssertionError("a folder holds its own tokenizer")


def _facts(one: Measured) -> float:
    return one.completeness


def _means(found: Sequence[Measured]) -> dict[str, float]:
    told: dict[str, Callable[[Measured], float]] = {
        "facts": _facts,
        "rougeL": lambda one: one.rouge_l,
        "faithfulness": lambda one: one.faithfulness,
        "relevance": lambda one: one.relevance,
        "violations": lambda one: float(bool(one.unfounded)),
        "copied": lambda one: one.copied,
        "words": lambda one: float(one.words),
        "wanted": lambda one: float(one.wanted),
        "quality": lambda one: one.quality,
        "score": lambda one: one.score(_WEIGHTS),
    }
    return {name: round(sum(map(value, found)) / len(found), _PLACES) for name, value in told.items()}


def _difference(
    before: Sequence[Measured], after: Sequence[Measured], value: Callable[[Measured], float]
) -> dict[str, float]:
    told = paired_bootstrap([value(one) for one in before], [value(one) for one in after])
    return {name: round(float(getattr(told, name)), _PLACES) for name in ("difference", "low", "high")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--work", type=Path, default=Path("runs/summarizer_shown"), help="folder of the trainings")
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--first-seed", type=int, default=10, help="of the trainings; 0 and 1 chose the settings")
    options.add_argument("--fresh", type=int, default=977, help="seed of the notes that are measured on; 77 chose them")
    options.add_argument("--documents", type=positive, default=3000)
    options.add_argument("--drawn", type=positive, default=150, help="notes that summaries are drawn for")
    options.add_argument("--tested", type=positive, default=120, help="fresh notes")
    options.add_argument("--sft-steps", type=positive, default=500)
    options.add_argument("--loose-steps", type=positive, default=500, help="of SFT before DPO")
    options.add_argument("--dpo-steps", type=positive, default=120)
    options.add_argument("--rate", type=float, default=6e-3)
    return run("shown", options, measured, arguments, package="questline.training.generative_summarizer")


if __name__ == "__main__":
    sys.exit(main())
