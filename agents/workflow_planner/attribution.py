"""What weighed in a choice of the trained planner: each group of features alone, against its mean in training.

    influence(g) = lead(x) - lead(x with group g set to its training mean),   lead = tau * (logit of the choice - logit
    of its best open alternative)

The network is asked again for each group, so that every number is the exact effect of that group with all others as
they are; nothing is linearised. Groups that say the same (the words of a question and its shape) share an effect that
neither shows alone, so that the numbers need not add up. The means are those of the training states with as many
workflows run, so that "nothing was found yet" is no reason at the first turn, where it holds for every question. [ours]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from questline.agents.contract import PlannerView
from questline.types import Influence

from .features import FORM, NAMES

__all__ = ["GROUPS", "SHOWN", "WORDS", "Reference", "influences"]

Floats = NDArray[np.float32]
SHOWN: Final = 5
"""Influences that are kept of a decision."""
WORDS: Final = "words of the question"
"""The group of the sentence vector."""
_DEPTHS: Final = 3
"""Rows of means: before the first workflow, after one, after two or more."""
_LEAST: Final = 5e-4
"""Utility below which a group is left out."""
_SEARCH: Final = ("found", "top_score", "gap", "mean_score", "coverage", "sources", "read")
_DRAFT: Final = ("drafted", "confidence", "cited", "short", "agreement")
_LENGTH: Final = ("terms", "length", "names", "chinese")
_STEPS: Final = ("hops", "sides")

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    WORDS: (),
    "length and names": _LENGTH,
    "question word": tuple(name for name in FORM if name.startswith("asks_")),
    "wording": tuple(name for name in FORM if name.startswith("has_")),
    "shape of the question": (*(name for name in FORM if name.startswith("shape_")), *_STEPS),
    "what was found": _SEARCH,
    "the draft": _DRAFT,
    "sub-questions": ("parts",),
    "what was tried": tuple(name for name in NAMES if name.startswith("tried_")),
}
"""Groups of features that are told apart; every feature is in one."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Means of the training questions."""

    vector: Floats
    """``[v]``: of the sentence vectors."""
    features: Floats
    """``[3, f]``: of the states with none, one, and two workflows run."""
    tau: float
    """Utility of one logit."""

    @classmethod
    def read(cls, told: object) -> Self:
        """Read what `as_dict` gave; raises KeyError, TypeError or ValueError."""
        values = cast("Mapping[str, Any]", told)
        vector = np.array(values["vector"], np.float32)
        features = np.array(values["features"], np.float32)
        tau = float(values["tau"])
        if vector.ndim != 1 or features.shape != (_DEPTHS, len(NAMES)) or not 0 < tau < np.inf:
            raise ValueError("the means of the training questions have another shape")
        return cls(vector, features, tau)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON data."""
        rounded = {"vector": self.vector.astype(np.float64), "features": self.features.astype(np.float64)}
        return {name: np.round(value, 5).tolist() for name, value in rounded.items()} | {"tau": self.tau}


def influences(
    lead: Callable[[Floats, Floats], Floats],
    question: Floats,
    features: Floats,
    reference: Reference,
    view: PlannerView,
) -> tuple[Influence, ...]:
    """Return what each group did to a choice, the strongest first; groups that did nothing are left out.

    Args:
        lead: Given vectors ``[n, v]`` and features ``[n, f]``, by how many logits the choice leads: ``[n]``.
        question: ``[v]``.
        features: ``[f]``.
        reference: Of the policy.
        view: What was decided about, to say in words what was seen.
    """
    means = reference.features[min(len(view.tried), _DEPTHS - 1)]
    vectors, rows = [question], [features]
    for name, members in GROUPS.items():
        vectors.append(reference.vector if name == WORDS else question)
        places = [NAMES.index(member) for member in members]
        row = features.copy()
        row[places] = means[places]
        rows.append(row)
    leads = lead(np.stack(vectors), np.stack(rows)) * reference.tau
    seen = dict(zip(NAMES, features.tolist(), strict=True))
    found = [
        Influence(name=name, value=_seen(name, seen, view), change=round(float(leads[0] - other), 4))
        for name, other in zip(GROUPS, leads[1:].tolist(), strict=True)
        if abs(float(leads[0]) - other) >= _LEAST
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.change)))


def _seen(group: str, seen: Mapping[str, float], view: PlannerView) -> str:
    """Say in short what was seen of a group."""
    if group == "length and names":
        words, names = round(seen["length"] * 16), round(seen["names"] * 3)
        return f"{words} words, {names} name{'' if names == 1 else 's'}"
    if group == "what was found":
        return f"{len(view.passages)} passages, best score {seen['top_score']:.2f}, {seen['coverage']:.0%} of its terms"
    if group == "the draft":
        return f"confidence {seen['confidence']:.2f}" if seen["drafted"] else "none"
    if group == "what was tried":
        return ", ".join(map(str, view.tried))
    if group == "sub-questions":
        return str(view.split)
    return _named(GROUPS[group], seen)


def _named(members: Sequence[str], seen: Mapping[str, float]) -> str:
    """List the features of a group that are there, by the last part of their names."""
    there = [name.partition("_")[2] for name in members if name not in _STEPS and seen[name] > 0]
    return ", ".join(name.replace("_", " ") for name in there)
