"""Fit how likely a passage helps, and the prices of a set, on lists that name their support.

The loss is logistic with a ridge on standardised columns, and what speaks for a passage may not lower its chance. The
prices are chosen on the same lists: thresholds and coverage by micro-F1, the abstention by macro-F1 with lists in which
nothing helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.reading import Encoder
from questline.tools.selection.features import COSINE, WORDS
from questline.tools.selection.membership import Membership, MembershipName
from questline.tools.selection.reading import Reader
from questline.training.evaluation.selection_metrics import Counts, abstention_f1, macro_f1, micro_f1
from questline.training.logistic import newton
from questline.training.ranking.calibrate import ece, fill

from .examples import NOTHING, Example, counted, observe, prepared
from .lists import SelectionList, sentence_lists, shorter, without_support

__all__ = [
    "FREE",
    "NEITHER",
    "REMOVED",
    "RIDGE",
    "Sets",
    "fit_model",
    "fit_prices",
    "fit_weights",
    "gather",
    "measured",
]

Doubles: TypeAlias = NDArray[np.float64]
FREE: Final[dict[MembershipName, tuple[str, ...]]] = {
    "words": WORDS,
    "cosine": (*WORDS, *COSINE),
    "reading": ("prior", "useful", "useful_gap", "relevance", "relevance_gap", "relevance_lead", "answered"),
}
"""The columns of each model. The one with the cross-encoder has few: it is fitted on a tenth of the questions."""
NEITHER: Final = frozenset({"several", "length", "many"})
"""Columns that speak neither for a passage nor against it; the others say the more for it, the higher they are."""
RIDGE: Final = 1.0
REDUNDANCY: Final = 1.0
"""A passage that only repeats another is worth nothing. A choice: corpora like these hardly repeat themselves."""
REMOVED: Final = 0.4
"""Share of the questions whose list is also shown without what is gold."""
_TAUS: Final = tuple(round(0.12 + 0.04 * step, 2) for step in range(11))
_TRIED: Final[dict[str, tuple[float, ...]]] = {
    "tau": _TAUS,
    "tau_several": _TAUS,
    "coverage": (0.0, 0.05, 0.1, 0.2),
    "least": tuple(round(0.05 * step, 2) for step in range(15)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """The examples that one model is fitted on."""

    whole: tuple[Example, ...] = ()
    short: tuple[Example, ...] = ()
    removed: tuple[Example, ...] = ()
    sentences: tuple[Example, ...] = ()
    """Of single sentences, with and without one that answers."""

    @property
    def all(self) -> tuple[Example, ...]:
        """Every example."""
        return (*self.whole, *self.short, *self.removed, *self.sentences)

    @property
    def sizes(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {
            "whole": len(self.whole),
            "cut short": len(self.short),
            "without support": len(self.removed),
            "of sentences": len(self.sentences),
        }

    def where(self, kept: Callable[[Example], bool]) -> Sets:
        """Return the sets with some of the examples alone."""
        parts = (self.whole, self.short, self.removed, self.sentences)
        whole, short, removed, sentences = (tuple(filter(kept, part)) for part in parts)
        return Sets(whole=whole, short=short, removed=removed, sentences=sentences)


def gather(
    lists: Sequence[SelectionList],
    encoder: Encoder,
    reader: Reader | None = None,
    *,
    words: Membership = NOTHING,
    cosine: Membership = NOTHING,
    few: bool = False,
    hears: Callable[[str, int, int], None] | None = None,
) -> Sets:
    """Measure lists whole, cut short, without support, and as single sentences.

    Args:
        lists: The questions; what a cross-encoder is to judge must not be what it has learnt from.
        encoder: Gives the cosines.
        reader: Gives the cross-encoder's judgements.
        words: The model that judges by words, where a cross-encoder's builds on it.
        cosine: The same with the encoder.
        few: Show every list also without what is gold, and its sentences in all ways; else a share of them.
        hears: Told the phase, how much is done, and of how much.
    """

    def measure(kind: str, part: Iterable[SelectionList]) -> tuple[Example, ...]:
        kept = [each for each in part if each.passages]
        found: list[Example] = []
        for number, each in enumerate(kept, start=1):
            found += observe([each], encoder, reader, words=words, cosine=cosine)
            if hears is not None:
                hears(f"measuring lists {kind}", number, len(kept))
        return tuple(found)

    return Sets(
        whole=measure("whole", lists),
        short=measure("cut short", shorter(lists)),
        removed=measure("without support", without_support(lists, 1.0 if few else REMOVED)),
        sentences=measure("of sentences", sentence_lists(lists, every=few)),
    )


def fit_model(sets: Sets, free: Sequence[str], *, ridge: float = RIDGE) -> Membership:
    """Return what judges lists by the columns `free`, with other numbers for passages that are alike.

    Those do without the first stage's order: here it is always that of BM25, which single sentences hardly come in.
    """

    def fitted(part: Sets, columns: Sequence[str]) -> Membership | None:
        return fit_prices(part, fit_weights(part.all, columns, ridge=ridge)) if part.all else None

    made = fitted(sets.where(lambda one: not one.judged.facts.alike), free)
    alike = fitted(sets.where(lambda one: one.judged.facts.alike), [name for name in free if name != "rank"])
    return replace(made, alike=alike) if made else alike or NOTHING


def fit_weights(examples: Sequence[Example], free: Sequence[str], *, ridge: float = RIDGE) -> dict[str, float]:
    """Return intercept and weights with the least logistic loss plus ``ridge / 2`` of their squared length.

    The ridge is on the weights of standardised columns; what comes back is for the columns as they are. Only passages
    that the model decides about teach it. A column that speaks for a passage has no weight below 0, which would be
    right only for lists like those at hand: the lowest such weight is left out and the others are fitted again.
    """
    values = np.concatenate([each.judged.facts.columns(free)[each.decides] for each in examples])
    labels = np.concatenate([each.labels[each.decides] for each in examples])
    center, spread = values.mean(axis=0), values.std(axis=0)
    columns = (values - center) / np.where(spread > 1e-9, spread, np.inf)  # one that never changes has no weight
    kept = list(range(len(free)))
    while True:
        inputs = np.column_stack([np.ones(len(columns)), columns[:, kept]])
        point = newton(inputs, labels, np.array([0.0, *(ridge for _ in kept)]))
        low, place = min(((weight, at) for weight, at in zip(point[1:], kept, strict=True) if free[at] not in NEITHER))
        if low >= 0:
            break
        kept.remove(place)
    slopes = np.zeros(len(free))
    slopes[kept] = point[1:] / np.where(spread > 1e-9, spread, np.inf)[kept]
    intercept = float(point[0] - (slopes * center).sum())
    return {"intercept": intercept, **{name: float(slope) for name, slope in zip(free, slopes, strict=True)}}


def fit_prices(sets: Sets, weights: dict[str, float]) -> Membership:
    """Choose thresholds and prices for given weights, one after the other; the first of equally good ones."""
    made = Membership(weights=weights, tau=0.3, tau_several=0.3, least=0.0, redundancy=REDUNDANCY)
    found = sets.whole or tuple(each for each in sets.short if each.given.reachable)
    helped = prepared([*found, *(each for each in sets.sentences if each.given.gold)], made)
    helpless = prepared([*sets.removed, *(each for each in sets.sentences if not each.given.gold)], made)
    for name in ("tau", "tau_several", "coverage", "tau", "tau_several"):
        made = _best(made, name, _TRIED[name], lambda each: micro_f1(counted(helped, each)) or 0.0)
    both = [*helped, *helpless]
    return _best(made, "least", _TRIED["least"], lambda each: macro_f1(_local(counted(both, each))) or 0.0)


def _best(made: Membership, name: str, tried: Sequence[float], worth: Callable[[Membership], float]) -> Membership:
    options = [replace(made, **{name: value}) for value in tried]
    return max(options, key=worth)


def _local(counts: Sequence[Counts]) -> list[Counts]:
    """Return counts in which a list without any gold candidate is best left empty."""
    return [replace(each, gold=0) if each.helpless else each for each in counts]


def measured(sets: Sets, membership: Membership) -> dict[str, float]:
    """Return what a model reaches: F1 on whole lists and lists of sentences, calibration, and lists left empty."""
    kept = {"": sets.whole, " of sentences": tuple(each for each in sets.sentences if each.given.gold)}
    told: dict[str, float | None] = {}
    for kind, examples in kept.items():
        counts = counted(prepared(examples, membership), membership)
        told |= {f"micro-F1{kind}": micro_f1(counts), f"macro-F1{kind}": macro_f1(counts)}
    for kind, examples in {"": sets.whole, " of sentences": sets.sentences}.items():
        told[f"ece{kind}"] = _ece(examples, membership)
    told["emptied lists left empty"] = _left_empty(sets.removed, membership)
    told["abstention F1 of sentences"] = abstention_f1(counted(prepared(sets.sentences, membership), membership))
    return {name: value for name, value in told.items() if value is not None}


def _ece(examples: Sequence[Example], membership: Membership) -> float | None:
    if not examples:
        return None
    chances = [chance for each in examples for chance in each.chances(membership).values()]
    labels = np.concatenate([each.labels for each in examples]).astype(int)
    return ece(fill(chances, labels.tolist()))


def _left_empty(examples: Sequence[Example], membership: Membership) -> float | None:
    counts = counted(prepared(examples, membership), membership)
    return sum(each.chosen == 0 for each in counts) / len(counts) if counts else None
