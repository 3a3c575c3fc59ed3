"""The held-out gate: an edit of a judge's rules is kept only where it does no harm on texts it was not made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.training.evaluation.intervals import mean, paired_bootstrap

__all__ = ["LEAST", "Agreement", "Decision", "agreement", "decide", "decide_fooling"]

LEAST: Final = -0.005
"""The lower bound of the change may lie half a point below 0 (spec 08 §2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How verdicts agree with labels on good and bad texts that are paired by length."""

    values: Sequence[float]
    """For each pair of a good and a bad text the share of right verdicts: 0, one half or 1."""
    called_good: int
    """Of all texts, good and bad."""
    unread: int
    """Verdicts without a readable form; they count as wrong."""

    @property
    def balanced(self) -> float:
        """Balanced accuracy: of good and of bad texts there are as many."""
        return mean(self.values) or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an edit is kept, and on what."""

    accepted: bool
    before: float
    after: float
    low: float
    """Lower end of the 95 % interval of the change, paired bootstrap."""
    reason: str

    def as_dict(self) -> Mapping[str, object]:
        """Return it for the history."""
        return {
            "accepted": self.accepted,
            "before": round(self.before, 6),
            "after": round(self.after, 6),
            "low": round(self.low, 6),
            "reason": self.reason,
        }


def agreement(verdicts: Sequence[tuple[bool | None, bool | None]]) -> Agreement:
    """Return the agreement of the verdicts on pairs of a good and a bad text, in this order; None is no verdict."""
    flat = [verdict for pair in verdicts for verdict in pair]
    return Agreement(
        values=tuple(((good is True) + (bad is False)) / 2 for good, bad in verdicts),
        called_good=sum(verdict is True for verdict in flat),
        unread=sum(verdict is None for verdict in flat),
    )


def decide(before: Agreement, after: Agreement, *, gate: bool = True, seed: int = 0) -> Decision:
    """Keep an edit where balanced accuracy does not fall and its change is at least -0.5 points, by its lower bound.

    Args:
        before: Of the rules as they are.
        after: Of the rules as edited, on the same pairs.
        gate: Without it each edit is kept, and only measured.
        seed: Of the resampling.
    """
    told = paired_bootstrap(before.values, after.values, seed=seed)
    if told.b < told.a:
        accepted, reason = False, "agreement falls"
    elif told.low < LEAST:
        accepted, reason = False, "the lower bound of the change is below -0.5 points"
    else:
        accepted, reason = True, "agreement does not fall"
    if not gate:
        accepted, reason = True, f"no gate ({reason})"
    return Decision(accepted=accepted, before=told.a, after=told.b, low=told.low, reason=reason)


def decide_fooling(before: Sequence[bool], after: Sequence[bool], *, gate: bool = True, seed: int = 0) -> Decision:
    """Keep an edit of the generator's rules where more of the same queries' bad texts pass as good than before."""
    told = paired_bootstrap([float(each) for each in before], [float(each) for each in after], seed=seed)
    accepted = told.b > told.a
    reason = "more texts fool the judge" if accepted else "no more texts fool the judge"
    if not gate:
        accepted, reason = True, f"no gate ({reason})"
    return Decision(accepted=accepted, before=told.a, after=told.b, low=told.low, reason=reason)
