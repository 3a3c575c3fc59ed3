"""What a policy does when it always takes its likeliest choice: one way through each question of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns import TOP
from .episodes import ABSTAIN, DEPTH, KEEP, STATES, Episodes, place_of

__all__ = ["Limit", "Ways", "likeliest"]

_NEVER: Final = -np.inf
_AFTER: Final = np.array(
    [
        [-1 if w in state or (after := place_of(state | {w})) is None else after for w in range(len(TOP))]
        for state in STATES
    ]
)
"""``[s, w]``: the state after a workflow; -1 where no decision is left."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """One way a question."""

    f1: Doubles
    """``[n]``."""
    costs: Doubles
    """``[n, c]``."""
    taken: tuple[tuple[int, ...], ...]
    """Workflows, in order."""

    @property
    def plans(self) -> tuple[str, ...]:
        """Each way in words, such as ``R,AG > QDS``."""
        return tuple(" > ".join(TOP[w] for w in way) for way in self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A hard limit on the costs of a question."""

    most: Doubles
    """``[c]``; infinite where there is none."""
    high: Doubles
    """``[n, s, w, c]``: what each workflow is expected to stay under."""


def likeliest(logits: Doubles, episodes: Episodes, limit: Limit | None = None, *, idle: bool = False) -> Ways:
    """Follow the likeliest legal choice from the start to the end.

    Args:
        logits: ``[n, s, w + 2]``.
        episodes: What the choices bring.
        limit: A workflow that may go over what is left of it is not begun; where none can be, nothing is answered.
        idle: Whether it may give up before anything ran.
    """
    n = len(episodes.matrix.questions)
    rows = np.arange(n)
    open_ = episodes.legal
    open_[:, 0, ABSTAIN] |= idle
    at, running = np.zeros(n, np.int64), np.ones(n, np.bool_)
    f1, costs = np.zeros(n), np.zeros((n, episodes.matrix.costs.shape[2]))
    taken: list[list[int]] = [[] for _ in rows]
    for _ in range(DEPTH + 1):
        allowed = open_[rows, at].copy()
        if limit is not None:
            carried = (costs[:, None] + limit.high[rows, at] <= limit.most).all(axis=2)
            allowed[:, :KEEP] &= carried
            allowed[~allowed.any(axis=1), ABSTAIN] = True
        choice = np.where(allowed, logits[rows, at], _NEVER).argmax(axis=1)
        ends = running & (choice >= KEEP)
        f1[ends] = np.where(choice == KEEP, episodes.draft_f1[rows, at], 0.0)[ends]
        running &= ~ends
        for row in np.flatnonzero(running):
            w = int(choice[row])
            taken[row].append(w)
            costs[row] += episodes.matrix.costs[row, w]
            if _AFTER[at[row], w] < 0:
                f1[row] = episodes.next_f1[row, at[row], w]
                running[row] = False
            else:
                at[row] = _AFTER[at[row], w]
    return Ways(f1=f1, costs=costs, taken=tuple(map(tuple, taken)))
