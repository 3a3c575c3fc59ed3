"""Pairs of a better and a worse suggestion for one place in one list, from calibrated chances (spec 06 §2.4, ours).

    v = p - variety * max_s sim(q, s);  (w, l) with v_w - v_l > delta and intervals that do not overlap
    omega = ((v_w - v_l) / max_gap)^gamma

clipped to [omega_min, 1], s being what is shown already. What repeats the query or the list so far, and what no
document answers, loses to the best of the others with omega = 1: diversity and groundedness are learnt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from questline.errors import UsageError
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.suggestion.similarity import similarity
from questline.training.evaluation.rows import Row
from questline.training.tuning.rows import Fitting, fitting

from .click_model import ClickModel
from .rows import Context, answered, repeats

__all__ = ["Pair", "Rules", "Scored", "Why", "pairs_of", "read_pairs", "scored", "weighed", "write_pairs"]

Why: TypeAlias = Literal["clicks", "repeats", "unanswered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a difference is a preference, and what it weighs."""

    delta: float = 0.03
    """Least difference of two chances."""
    z: float = 1.645
    """Standard deviations of the members on each side of a chance: 90 %."""
    gamma: float = 0.5
    least: float = 0.1
    """omega_min."""
    variety: float = 0.3
    """What being wholly alike to a suggestion that is shown already takes off a chance (lambda of spec 06 §2.5)."""

    def __post_init__(self) -> None:
        if not (self.delta >= 0 and self.z >= 0 and self.gamma >= 0 and self.variety >= 0 and 0 <= self.least <= 1):
            raise UsageError("delta, z, gamma and variety are at least 0, least is in [0, 1]", argument="rules")

    def value(self, one: Scored) -> float:
        """Return v of a suggestion for a place."""
        return one.chance - self.variety * one.alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A suggestion that was written for a place."""

    text: str
    chance: float
    deviation: float = 0.0
    repeats: bool = False
    answered: bool = True
    alike: float = 0.0
    """Similarity to the suggestion shown already that it is most alike to, in [0, 1]."""

    @property
    def fits(self) -> bool:
        """Whether it may be shown at all."""
        return self.answered and not self.repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two suggestions for one place."""

    query: str
    shown: tuple[str, ...]
    """What stands in the list already."""
    chosen: str
    rejected: str
    weight: float
    why: Why
    gap: float = 0.0
    """v_w - v_l."""


def scored(
    context: Context,
    texts: Iterable[str],
    model: ClickModel,
    documents: Mapping[str, Sequence[str]],
    *,
    penalty: float = 0.0,
) -> list[Scored]:
    """Score suggestions for a place, each once, in the order given: as if each stood in the first slot.

    Args:
        context: The place.
        texts: For it.
        model: Of clicks.
        documents: By query; see `answered`.
        penalty: Standard deviations of the members that are taken off a chance: what nobody has seen is not trusted.
    """
    found: list[Scored] = []
    for text in dict.fromkeys(texts):
        if not text.strip():
            found.append(Scored(text=text, chance=0.0, answered=False))
            continue
        told = model.predict(context.query, (*context.shown, text))
        found.append(
            Scored(
                text=text,
                chance=float(told.chances[-1] - penalty * told.deviations[-1]),
                deviation=float(told.deviations[-1]),
                repeats=repeats(context.query, text, context.shown),
                answered=answered(context.query, text, documents),
                alike=max((similarity(text, each) for each in context.shown), default=0.0),
            )
        )
    return found


def pairs_of(context: Context, candidates: Sequence[Scored], rules: Rules) -> list[Pair]:
    """Return the pairs of one place; those of clicks have weight 0 until they are `weighed` together."""
    fitting_ = sorted((each for each in candidates if each.fits), key=lambda each: (-rules.value(each), each.text))
    found: list[Pair] = []

    def add(better: Scored, worse: Scored, why: Why, weight: float) -> None:
        found.append(
            Pair(
                query=context.query,
                shown=context.shown,
                chosen=better.text,
                rejected=worse.text,
                weight=weight,
                why=why,
                gap=rules.value(better) - rules.value(worse),
            )
        )

    for place, better in enumerate(fitting_):
        for worse in fitting_[place + 1 :]:
            gap = rules.value(better) - rules.value(worse)
            if gap > rules.delta and gap > rules.z * (better.deviation + worse.deviation):
                add(better, worse, "clicks", 0.0)
    for worse in candidates:
        if fitting_ and not worse.fits:
            add(fitting_[0], worse, "repeats" if worse.repeats else "unanswered", 1.0)
    return found


def weighed(pairs: Sequence[Pair], rules: Rules) -> list[Pair]:
    """Give each pair of clicks its omega, by the largest gap of all of them."""
    largest = max((pair.gap for pair in pairs if pair.why == "clicks"), default=0.0)
    return [
        replace(pair, weight=min(1.0, max(rules.least, (pair.gap / largest) ** rules.gamma)))
        if pair.why == "clicks"
        else pair
        for pair in pairs
    ]


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Write pairs as JSON lines, in one step."""
    lines = (json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    write_atomically(path, ["".join(lines).encode()])


def read_pairs(path: Path, *, skip: bool = False) -> Fitting[Pair]:
    """Read rows of {query, shown?, chosen, rejected, weight?, why?}; see `fitting` for what does not fit."""
    return fitting(path, _pair, skip=skip)


def _pair(row: Row) -> Pair:
    weight = row.values.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
        raise row.fault("weight", f"weight={weight!r:.40} is not a finite number of at least 0")
    why = row.values.get("why", "clicks")
    chosen, rejected = row.text("chosen"), row.text("rejected")
    if chosen == rejected:
        raise row.fault("rejected", "both sides are the same")
    return Pair(
        query=row.text("query"),
        shown=row.texts("shown") if row.values.get("shown") else (),
        chosen=chosen,
        rejected=rejected,
        weight=float(weight),
        why=why if why in {"repeats", "unanswered"} else "clicks",  # pyright: ignore[reportArgumentType]  # because the set holds both
    )
