"""What times and parts are worth in a search for dated passages: the same passages, ranked in four ways.

    python -P -m questline.training.benchmarks.temporal_ranking --questions chronoqa_part.jsonl.gz --json t.json

The pool is closed: the distinct right passages of all questions, and the texts of ``--distractors``. The weights were
chosen on the questions of the side ``dev`` (`agents train temporal-ranking`); the side ``rest`` shares no passage with
it. ``more_than_a_day`` leaves out the questions one of whose right passages is a day and nothing else.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.tools.temporal.searching import DatedPassage, TemporalSearch
from questline.training.evaluation.intervals import bootstrap_interval, mean, paired_bootstrap
from questline.training.evaluation.rows import content_hash, read_rows
from questline.training.temporal.questions import METRICS, TemporalQuestion, marks, read_questions, texts_of

from .harness import parser, positive, run

__all__ = ["main", "measure"]

_WAYS: Final[Mapping[str, tuple[bool, bool]]] = {
    "words": (False, False),
    "time": (True, False),
    "parts": (False, True),
    "time_and_parts": (True, True),
}
"""Name → whether times count, and whether questions are cut into parts."""
_SIDES: Final[Mapping[str, Callable[[TemporalQuestion], bool]]] = {
    "all": lambda _: True,
    "dev": lambda each: each.dev,
    "rest": lambda each: not each.dev,
}
_SLICES: Final[Mapping[str, Callable[[TemporalQuestion], bool]]] = {
    "every": lambda _: True,
    "single": lambda each: not each.multiple,
    "multiple": lambda each: each.multiple,
    "absolute": lambda each: each.kind == "absolute",
    "relative": lambda each: each.kind == "relative",
    "more_than_a_day": lambda each: each.multiple and not each.bare,
}
_PAIRS: Final = (("time_and_parts", "words"), ("time_and_parts", "parts"), ("time", "words"))
_COMPARED: Final = ("recall@5", "all_gold@5", "ndcg@10")


def measure(
    questions: Sequence[TemporalQuestion], distractors: Sequence[str], *, advance: Callable[[], None] = lambda: None
) -> dict[str, object]:
    """Return the figures of one pool: means by way, side and slice, and paired differences over all questions.

    Args:
        questions: With their right passages, which make the pool.
        distractors: Texts that are added to it.
        advance: Called after each search.
    """
    texts = dict.fromkeys([*(text for each in questions for text in each.golds), *distractors])
    started = time.process_time()
    search = TemporalSearch([DatedPassage(id=text, text=text) for text in texts])
    built = time.process_time() - started
    found: dict[str, list[dict[str, float]]] = {}
    seconds: dict[str, float] = {}
    for way, (temporal, decompose) in _WAYS.items():
        started = time.process_time()
        found[way] = []
        for each in questions:
            ranked = search.search(each.text, anchor=each.anchor, k=10, temporal=temporal, decompose=decompose)
            found[way].append(marks([one.id for one in ranked], each.golds))
            advance()
        seconds[way] = round(time.process_time() - started, 2)
    return {
        "passages": len(texts),
        "undated": search.undated,
        "cpu_seconds": {"index": round(built, 2), **seconds},
        "ways": {way: _sides(questions, values) for way, values in found.items()},
        "differences": {
            f"{first} - {second}": {
                name: _difference(questions, found[first], found[second], keep) for name, keep in _SIDES.items()
            }
            for first, second in _PAIRS
        },
    }


def _sides(questions: Sequence[TemporalQuestion], values: Sequence[Mapping[str, float]]) -> dict[str, object]:
    sides: dict[str, object] = {}
    for side, keep in _SIDES.items():
        slices: dict[str, object] = {}
        for name, within in _SLICES.items():
            kept = [value for each, value in zip(questions, values, strict=True) if keep(each) and within(each)]
            if kept:
                slices[name] = {"n": len(kept), **{metric: _mean(kept, metric) for metric in METRICS}}
                if name in ("every", "multiple") and side != "dev":
                    low, high = bootstrap_interval([each["recall@5"] for each in kept])
                    slices[name] |= {"recall@5_interval": [round(low, 4), round(high, 4)]}  # pyright: ignore[reportOperatorIssue]  # because it is the dict of the line before
        sides[side] = slices
    return sides


def _mean(values: Sequence[Mapping[str, float]], metric: str) -> float:
    return round(mean([each[metric] for each in values]) or 0.0, 4)


def _difference(
    questions: Sequence[TemporalQuestion],
    first: Sequence[Mapping[str, float]],
    second: Sequence[Mapping[str, float]],
    keep: Callable[[TemporalQuestion], bool],
) -> dict[str, list[float]]:
    told: dict[str, list[float]] = {}
    for metric in _COMPARED:
        pairs = [(a[metric], b[metric]) for each, a, b in zip(questions, first, second, strict=True) if keep(each)]
        found = paired_bootstrap([b for _, b in pairs], [a for a, _ in pairs])
        told[metric] = [round(value, 4) for value in (found.difference, found.low, found.high)]
    return told


def _measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    questions = read_questions(chosen.questions)[: chosen.limit]
    paths: list[Path] = chosen.distractors
    distractors = texts_of([row.values for path in paths for row in read_rows(path)])
    shown = bar.add_task("searching", total=len(_WAYS) * len(questions) * (2 if distractors else 1))
    pools = {"closed": measure(questions, [], advance=lambda: bar.advance(shown))}
    if distractors:
        pools["distractors"] = measure(questions, distractors, advance=lambda: bar.advance(shown))
    return {
        "n": len(questions),
        "dev": sum(each.dev for each in questions),
        "distractors": {path.name: content_hash(path) for path in paths},
        "pools": pools,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--questions", type=Path, required=True, help="JSON lines in the form of ChronoQA")
    options.add_argument("--distractors", type=Path, nargs="*", default=[], help="JSON lines with context or positive")
    options.add_argument("--limit", type=positive, default=None, help="only the first so many questions")
    return run("temporal_ranking", options, _measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
