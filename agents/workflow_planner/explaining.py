"""A trained planner's choice with its reasons: expected F1 and cost of every alternative, and what weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from questline.agents.contract import Context, Decision, PlannerView
from questline.types import Expected, Influence

from .attribution import SHOWN, influences
from .cost import NOMINAL, asks_model
from .workflow import TOP_WORKFLOWS

if TYPE_CHECKING:
    from .trained import Judged, Policy

__all__ = ["explained"]

_KEEP: Final = len(TOP_WORKFLOWS)
_NAMES: Final = (*map(str, TOP_WORKFLOWS), "answer", "abstain")

Floats = NDArray[np.float32]


def explained(
    decision: Decision,
    best: int,
    allowed: Sequence[int],
    *,
    policy: Policy,
    judged: Judged,
    state: tuple[Floats, Floats, Floats],
    view: PlannerView,
    context: Context,
) -> Decision:
    """Return a decision with its reasons.

    Args:
        decision: To be explained.
        best: Place of the choice among workflows, keeping the draft, giving up.
        allowed: Places of all that could be chosen.
        policy: What was asked.
        judged: What it said.
        state: What it was asked with: vector ``[1, v]``, features ``[1, f]``, weights ``[1, c]``.
        view: What was seen.
        context: Says which steps ask a language model.
    """
    return replace(
        decision,
        features=_influences(best, allowed, policy, state, view),
        expected=_expected(best, allowed, policy, judged, context),
    )


def _influences(
    best: int, allowed: Sequence[int], policy: Policy, state: tuple[Floats, Floats, Floats], view: PlannerView
) -> tuple[Influence, ...]:
    others = [place for place in allowed if place != best]
    if policy.reference is None or not others:  # without an alternative nothing weighed
        return ()
    vector, features, weights = state

    def lead(vectors: Floats, rows: Floats) -> Floats:
        """Return by how many logits the choice leads its best open alternative: ``[n]``."""
        logits = policy.judge(vectors, rows, np.repeat(weights, len(rows), axis=0)).logits
        return logits[:, best] - logits[:, others].max(axis=1)

    return influences(lead, vector[0], features[0], policy.reference, view)[:SHOWN]


def _expected(
    best: int, allowed: Sequence[int], policy: Policy, judged: Judged, context: Context
) -> tuple[Expected, ...]:
    """Return the choice, then every workflow, and the draft where there is one, by preference."""
    order = sorted(range(len(_NAMES)), key=lambda place: (place != best, -float(judged.logits[0, place])))
    return tuple(
        _of_workflow(place, policy, judged, context, open_=place in allowed)
        if place < _KEEP
        else Expected(choice=_NAMES[place], f1=_quality(judged, place), open=place in allowed)
        for place in order
        if place < _KEEP or place == best or (place == _KEEP and place in allowed)
    )


def _of_workflow(place: int, policy: Policy, judged: Judged, context: Context, *, open_: bool) -> Expected:
    """Return what is expected of a workflow: what it will really cost, and apart from that what is nominal."""
    cost, high = (_costs(policy, each[0, place]) for each in (judged.cost, judged.high))
    paid = asks_model(TOP_WORKFLOWS[place], context)
    nominal = {} if paid else {name: cost[name] for name in NOMINAL if name in cost}
    return Expected(
        choice=_NAMES[place],
        f1=_quality(judged, place),
        cost={name: 0.0 if name in nominal else value for name, value in cost.items()},
        nominal=nominal,
        high={name: value for name, value in high.items() if name not in nominal},
        open=open_,
    )


def _quality(judged: Judged, place: int) -> float:
    return round(float(judged.quality[0, place]), 4) if place <= _KEEP else 0.0


def _costs(policy: Policy, cost: Floats) -> dict[str, float]:
    told = zip(policy.components, cost * policy.scale, strict=True)
    return {name: float(f"{float(value):.4g}") for name, value in told}
