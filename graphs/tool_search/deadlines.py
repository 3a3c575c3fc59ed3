"""How long one task of a run may take."""

from __future__ import annotations

__all__ = ["allowed_s"]


def allowed_s(*, limit_s: float | None, left_s: float, own_s: float, below_s: float, floor_s: float) -> float:
    """Return the seconds that a task may take: its own limit, or what the run has left after the longest way below it.

    Where the whole way needs more than is left, what is expected is only a guess, and its parts share what there is.

    Args:
        limit_s: The task's own limit, where it has one.
        left_s: Seconds until the run's deadline; infinite without one.
        own_s: Expected seconds of the task itself.
        below_s: Expected seconds of the longest way below the task.
        floor_s: A task gets so much even where the way below it needs it, but never more than the run has left.

    Source: specs/02 §2.5, deadlines.
    """
    fair_s = left_s * own_s / (own_s + below_s) if own_s and left_s < own_s + below_s else 0.0
    share = min(left_s, max(floor_s, left_s - below_s, fair_s))
    return share if limit_s is None else min(limit_s, share)
