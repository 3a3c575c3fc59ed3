"""How well written selections agree with what helps, window by window, and how sure the model was (spec 04 §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.selection.written import read
from questline.training.evaluation.answer_metrics import token_f1
from questline.training.evaluation.selection_metrics import Counts, abstention_f1, macro_f1, micro_f1, set_f1
from questline.training.ranking.calibrate import ece, fill

from .rows import TaughtSet

__all__ = ["OWN", "Scored", "counted", "cut", "means", "scored", "set_values", "yardsticks"]

OWN: Final = "micro-F1"
"""A text that cannot be read counts as one wrong passage: by this figure steps are chosen."""
_FIRST: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What one written text is worth."""

    counts: Counts
    valid: float
    """1 where it could be read."""
    answer: float
    """Token F1 of its answer; 1 where there is none and none was given."""
    chances: tuple[float, ...] = ()
    """Of each passage to be kept, where the text has a verdict on each."""
    labels: tuple[int, ...] = ()
    """Whether each helps."""

    @property
    def exact(self) -> float:
        """1 for exactly what helps."""
        return float(self.valid and self.counts.hits == self.counts.chosen == self.counts.gold)


def scored(each: TaughtSet, text: str, chances: Sequence[float] = ()) -> Scored:
    """Read a completion as the product does, and count."""
    right = set(each.numbers(each.helps))
    labels = tuple(int(number in right) for number in range(1, len(each.passages) + 1))
    try:
        made = read(text, len(each.passages))
    except ValueError:
        counts = Counts(hits=0, chosen=1, gold=len(right), helpless=not right)
        return Scored(counts=counts, valid=0.0, answer=0.0, chances=tuple(chances), labels=labels)
    return Scored(
        counts=_counts(made.members, right),
        valid=1.0,
        answer=token_f1(made.answer, each.answers) if each.answers else float(not made.answer),
        chances=tuple(chances),
        labels=labels,
    )


def counted(each: TaughtSet, numbers: Sequence[int]) -> Scored:
    """Return what keeping these passages is worth, whatever chose them."""
    return Scored(counts=_counts(numbers, set(each.numbers(each.helps))), valid=1.0, answer=0.0)


def cut(each: Scored, tau: float) -> Counts:
    """Return what is counted where the passages of at least this chance are kept; as written without chances."""
    if not each.chances:
        return each.counts
    right = {number for number, label in enumerate(each.labels, start=1) if label}
    return _counts([number for number, chance in enumerate(each.chances, start=1) if chance >= tau], right)


def means(found: Sequence[Scored]) -> dict[str, float]:
    """Return the figures over windows; those that nothing says anything about are left out."""
    counts = [each.counts for each in found]
    many = max(1, len(found))
    told: Mapping[str, float | None] = {
        OWN: micro_f1(counts),
        "macro-F1": macro_f1(counts),
        "exact sets": sum(each.exact for each in found) / many,
        "abstention F1": abstention_f1(counts),
        "answer F1": sum(each.answer for each in found) / many,
        "valid": sum(each.valid for each in found) / many,
        "mean size": sum(each.chosen for each in counts) / many,
        "calibration error": _error(found),
    }
    return {name: value for name, value in told.items() if value is not None}


def yardsticks(sets: Sequence[TaughtSet]) -> dict[str, float]:
    """Return micro-F1 of keeping the best so many by the first stage's score, and of keeping all."""
    found: dict[str, float] = {}
    for most in _FIRST:
        counts = [_first(each, most) for each in sets]
        found[f"first {most}"] = micro_f1(counts) or 0.0
    found["all"] = micro_f1([_first(each, len(each.passages)) for each in sets]) or 0.0
    return found


def set_values(found: Sequence[Scored]) -> list[float]:
    """Return each window's own F1, for paired comparisons."""
    return [set_f1(each.counts) for each in found]


def _first(each: TaughtSet, most: int) -> Counts:
    order = sorted(range(len(each.passages)), key=lambda place: (-each.passages[place].score, place))
    return _counts([place + 1 for place in order[:most]], set(each.numbers(each.helps)))


def _counts(chosen: Sequence[int], right: set[int]) -> Counts:
    kept = set(chosen)
    return Counts(hits=len(kept & right), chosen=len(kept), gold=len(right), helpless=not right)


def _error(found: Sequence[Scored]) -> float | None:
    told = [each for each in found if each.chances]
    chances = [chance for each in told for chance in each.chances]
    return ece(fill(chances, [label for each in told for label in each.labels])) if chances else None
