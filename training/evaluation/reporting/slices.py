"""Slices that a file's items allow and its summary does not hold: by each label, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from questline.training.evaluation.intervals import bootstrap_interval, mean

from .results import Result, main_measures
from .shapes import Measure, SliceGroup, number_of

__all__ = ["groups_of"]

_FEWEST, _MOST = 2, 24
"""Values of a label that make slices of it."""
_MEASURES: Final = 4
_RESAMPLES: Final = 1_000
_NO_SCORE: Final[Mapping[str, float]] = {}


def groups_of(result: Result) -> list[SliceGroup]:
    """Return the file's own slices, then those of its items by each label that the file has no slices of."""
    own = list(result.found.groups)
    return [*own, *_by_label(result, own)]


def _by_label(result: Result, own: Sequence[SliceGroup]) -> Iterator[SliceGroup]:
    known = [frozenset(group.slices) for group in own]
    scored = [(_labels(item), _scores(item), bool(item.get("error"))) for item in result.items]
    names = list(dict.fromkeys(name for labels, _, _ in scored for name in labels))
    main = [name for name in main_measures(result, most=50) if any(name in scores for _, scores, _ in scored)]
    measures = (main or list(dict.fromkeys(name for _, scores, _ in scored for name in scores)))[:_MEASURES]
    for name in names:
        values = list(dict.fromkeys(labels[name] for labels, _, _ in scored if name in labels))
        if not _FEWEST <= len(values) <= _MOST or frozenset(values) in known or not measures:
            continue
        slices: dict[str, dict[str, Measure]] = {}
        for value in sorted(values):
            inside = [(scores, failed) for labels, scores, failed in scored if labels.get(name) == value]
            slices[value] = {
                measure: found
                for measure in measures
                if (found := _mean(inside, measure, apart=result.failures_apart)) is not None
            }
        yield SliceGroup(name=f"{name} (of the items)", slices={key: found for key, found in slices.items() if found})


def _mean(inside: Sequence[tuple[Mapping[str, float], bool]], measure: str, *, apart: bool) -> Measure | None:
    """Return the mean of a slice; an item without this score counts only where it failed, as 0, unless `apart`."""
    values = [scores.get(measure, 0.0) for scores, failed in inside if measure in scores or (failed and not apart)]
    middle = mean(values)
    if middle is None:
        return None
    low, high = bootstrap_interval(values, resamples=_RESAMPLES)
    return Measure(value=middle, low=low, high=high, n=len(values))


def _labels(item: Mapping[str, object]) -> Mapping[str, str]:
    labels = item.get("labels")
    return (
        {key: str(value) for key, value in cast("dict[str, object]", labels).items()}
        if isinstance(labels, dict)
        else {}
    )


def _scores(item: Mapping[str, object]) -> Mapping[str, float]:
    scores = item.get("scores")
    cells = cast("dict[str, object]", scores) if isinstance(scores, dict) else {}
    return {name: number for name, cell in cells.items() if (number := number_of(cell)) is not None} or _NO_SCORE
