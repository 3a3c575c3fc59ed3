"""How long one task of a run may take."""

from __future__ import annotations

__all__ = ["allowed_s"]


def allowed_s(*, limit_s: float | None, left_s: float, below_s: float, floor_s: float) -> float:
    """Return the seconds that a task may take: its own limit, or what the run has left after the longest way below it.

    Args:
        limit_s: The task's own limit, where it has one.
        left_s: Seconds until the run's deadline; infinite without one.
        below_s: Expected seconds of the longest way below the task.
        floor_s: A task gets so much even where the way below it needs it, but never more than the run has left.

    Source: specs/02 §2.5, deadlines.
    """
    share = min(left_s, max(floor_s, left_s - below_s))
    return share if limit_s is None else min(limit_s, share)
