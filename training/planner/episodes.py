"""Every way through a table of at most three workflows: what a planner would see after each, and what it gets.

A planner runs a workflow, looks, and answers, gives up or runs another one. With all workflows of a question known,
each such way can be valued exactly, so that nothing is drawn. A state is the set of workflows run so far; the graph
keeps the surest answer among them (`questline.graphs.adaptive_rag.nodes.better`), and each workflow is charged in full.

Turns are kept as the graph keeps them: a decomposition takes one and one for each sub-question, is not begun where
fewer than three are left, and ends the run where it takes the last one, without the planner being asked again.

Two things are put together instead of read: after two workflows the graph would show the passages of both, and here the
larger of each number stands for them; and a decomposition whose sub-questions are too many for the turns that are left
would be cut short, and here it answers nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.features import EVIDENCE, FORM, NAMES, agreement, form
from questline.errors import UsageError
from questline.graphs.adaptive_rag.state import MAX_TURNS

from .columns import TOP
from .matrix import Matrix
from .rows import Asked, Cell
from .seconds import Seconds

__all__ = ["ABSTAIN", "DEPTH", "KEEP", "STATES", "Episodes", "legal", "place_of"]

DEPTH: Final = 3
"""Workflows of one question, at most."""
STATES: Final[tuple[frozenset[int], ...]] = tuple(
    frozenset(each) for size in range(DEPTH) for each in combinations(range(len(TOP)), size)
)
"""What can have been run when a decision is due: nothing, one workflow, two."""
KEEP: Final = len(TOP)
"""Place of the choice to answer with the draft, after the workflows."""
ABSTAIN: Final = KEEP + 1
"""Place of giving up."""
_PLACE: Final = {state: place for place, state in enumerate(STATES)}
_DRAFT: Final = tuple(EVIDENCE.index(name) for name in ("drafted", "confidence", "cited", "short", "gap"))
_AGREEMENT: Final = EVIDENCE.index("agreement")
_CONFIDENCE: Final = EVIDENCE.index("confidence")
_DRAFTED: Final = EVIDENCE.index("drafted")
_SPLITS: Final = np.array([name in ("QDS", "QDP") for name in TOP])
_SPLIT_TURNS: Final = 3
"""Turns that must be left for a decomposition to begin: its own, and those of two sub-questions."""

Floats = NDArray[np.float32]


def place_of(state: frozenset[int]) -> int | None:
    """Return the place of a state in `STATES`; None where no decision is left."""
    return _PLACE.get(state)


def legal(drafted: NDArray[np.bool_], able: NDArray[np.bool_], used: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say what may be chosen: no workflow twice, an answer only with a draft, no giving up before the first turn.

    A workflow must be able to answer, as in the graph, which does not offer a workflow without a search where no
    language model generates: run first, it would be a way to give up for nothing. Where no turn is left, the draft is
    kept.

    Args:
        drafted: ``[n, s]``.
        able: ``[w]``, whether a workflow answered any question.
        used: ``[n, s]``, turns.

    Returns:
        ``[n, s, w + 2]``.
    """
    open_ = np.ones((*drafted.shape, ABSTAIN + 1), np.bool_)
    for place, state in enumerate(STATES):
        open_[:, place, sorted(state)] = False
    open_[..., :KEEP] &= able
    open_[..., :KEEP] &= np.where(_SPLITS, _SPLIT_TURNS, 1) + used[..., None] <= MAX_TURNS
    open_[..., KEEP] = drafted
    open_[..., ABSTAIN] = ~drafted | (used < MAX_TURNS)
    open_[:, 0, ABSTAIN] = False
    return open_


@dataclass(frozen=True, slots=True, kw_only=True)
class Episodes:
    """n questions, s states, w workflows."""

    matrix: Matrix
    features: Floats
    """``[n, s, len(NAMES)]``: what the planner sees in each state."""
    draft_f1: Floats
    """``[n, s]``: F1 of the answer that is held; 0 where there is none."""
    drafted: NDArray[np.bool_]
    """``[n, s]``: whether there is one."""
    next_f1: Floats
    """``[n, s, w]``: F1 of the answer that is held once workflow w has run as well."""
    able: NDArray[np.bool_]
    """``[w]``: whether a workflow answered any question of the whole table."""
    used: NDArray[np.int64]
    """``[n, s]``: turns."""

    @property
    def legal(self) -> NDArray[np.bool_]:
        """What may be chosen in each state, see `legal`: ``[n, s, w + 2]``."""
        return legal(self.drafted, self.able, self.used)

    @classmethod
    def of(cls, rows: Sequence[tuple[Asked, dict[str, Cell]]], seconds: Seconds) -> Episodes:
        """Make them of the questions that have all eight workflows.

        Raises:
            UsageError: ``bad_data`` when none has, ``bad_table`` for one filled before runs kept what they saw.
        """
        matrix = Matrix.of(rows, seconds)
        whole = [(asked, [cells[name] for name in TOP]) for asked, cells in rows if cells.keys() >= set(TOP)]
        if any(set(cell.evidence) != set(EVIDENCE) for _, cells in whole for cell in cells):
            raise UsageError("the table's runs hold other features; fill it anew", code="bad_table")
        seen = np.array([[[cell.evidence[name] for name in EVIDENCE] for cell in cells] for _, cells in whole])
        agreed = np.array(
            [[[agreement(one.answer, two.answer) for two in cells] for one in cells] for _, cells in whole]
        )
        forms = np.array([list(form(asked.text).values()) for asked, _ in whole])
        runs = _Runs(
            seen=seen,
            agreed=agreed,
            answered=np.array([[bool(cell.answer) for cell in cells] for _, cells in whole]),
            turns=np.array([[cell.turns for cell in cells] for _, cells in whole]),
        )
        return _episodes(matrix, forms, runs)

    def where(self, places: NDArray[np.int64]) -> Episodes:
        """Return the part of some questions."""
        kept = set(places.tolist())
        keys = {one.key for place, one in enumerate(self.matrix.questions) if place in kept}
        return replace(
            self,
            matrix=self.matrix.where(lambda one: one.key in keys),
            features=self.features[places],
            draft_f1=self.draft_f1[places],
            drafted=self.drafted[places],
            next_f1=self.next_f1[places],
            used=self.used[places],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """What came of each workflow alone."""

    seen: NDArray[np.float64]
    """``[n, w, e]``: what a planner was shown last; where no turn was left, that was before the answer."""
    agreed: NDArray[np.float64]
    """``[n, w, w]``: agreement of two answers."""
    answered: NDArray[np.bool_]
    """``[n, w]``."""
    turns: NDArray[np.int64]
    """``[n, w]``."""


def _episodes(matrix: Matrix, forms: NDArray[np.float64], runs: _Runs) -> Episodes:
    n, w = matrix.f1.shape
    seen, agreed = runs.seen, runs.agreed
    held = np.full((n, len(STATES)), -1)
    used = np.zeros((n, len(STATES)), np.int64)
    features = np.zeros((n, len(STATES), len(NAMES)), np.float32)
    features[..., : len(FORM)] = forms[:, None]
    rows = np.arange(len(matrix.questions), dtype=np.int64)
    for place, state in enumerate(STATES):
        members = sorted(state)
        for member in members:
            features[:, place, len(FORM) + len(EVIDENCE) + member] = 1.0
            before = held[:, place]
            others = sum((runs.turns[:, each] for each in members if each != member), np.zeros(n, np.int64))
            held[:, place] = np.where(_replaces(runs, before, member, others), member, before)
            used[:, place] = np.minimum(used[:, place] + runs.turns[:, member], MAX_TURNS)
        if not members:
            continue
        best = np.where(held[:, place] >= 0, held[:, place], members[0])
        shown = seen[:, members].max(axis=1)
        shown[:, _DRAFT] = seen[rows, best][:, _DRAFT]
        others = np.array(
            [
                np.where((best == one) | (seen[:, one, _DRAFTED] == 0), np.nan, agreed[rows, best, one])
                for one in members
            ]
        )
        shown[:, _AGREEMENT] = _mean(others) * (held[:, place] >= 0)
        features[:, place, len(FORM) : len(FORM) + len(EVIDENCE)] = shown
    draft_f1 = np.where(held >= 0, matrix.f1[rows[:, None], held.clip(0)], 0.0)
    next_f1 = np.empty((n, len(STATES), w))
    for member in range(w):
        for place in range(len(STATES)):
            new = _replaces(runs, held[:, place], member, used[:, place])
            next_f1[:, place, member] = np.where(new, matrix.f1[:, member], draft_f1[:, place])
    return Episodes(
        matrix=matrix,
        features=features,
        draft_f1=draft_f1.astype(np.float32),
        drafted=held >= 0,
        next_f1=next_f1.astype(np.float32),
        able=np.asarray(runs.answered.any(axis=0)),
        used=used,
    )


def _replaces(runs: _Runs, held: NDArray[np.int64], member: int, used: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each question whether a workflow's answer takes the place of the one that is held (-1: none).

    Args:
        runs: What came of each.
        held: ``[n]``.
        member: The workflow.
        used: ``[n]``, turns before it.
    """
    sure = np.where(held >= 0, runs.seen[np.arange(len(held)), held.clip(0), _CONFIDENCE], -1.0)
    surer = runs.seen[:, member, _CONFIDENCE] >= sure
    cut = _SPLITS[member] & (used + runs.turns[:, member] > MAX_TURNS)
    return runs.answered[:, member] & surer & ~cut


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the first axis of what is a number; 0 where nothing is."""
    count = (~np.isnan(values)).sum(axis=0)
    return np.nansum(values, axis=0) / np.maximum(count, 1)
