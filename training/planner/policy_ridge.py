"""Fit a linear policy to a table in closed form: ridge regressions, by backward induction, averaged over bags.

    Q(s, .), c(s, .):  ridge on F1 and costs of each workflow in every state (all of them are known)
    V(w, t)         =  mean of what follows w when the second choice is the one that a fit on other questions takes
    G(., w, t)      =  ridge on V(w, t) - F1 after w, over the questions' forms, at each price t of a second workflow

A bag is a bootstrap of the questions; what follows a workflow is valued out of fold, else its choice would look as good
as what it was fitted to. Models that are linear in the same numbers have a mean of the same size. [ours]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from questline.errors import RunError

from .columns import TOP
from .episodes import KEEP, STATES
from .policy_fitted import KNOTS, FittedNet, experts, width
from .policy_value import Batch

__all__ = ["Parts", "Ridge"]

_FOLDS: Final = 5
_QUANTILE: Final = 0.99
_SPREAD: Final = 0.05
_W: Final = len(TOP)

Doubles = NDArray[np.float64]


@dataclass(slots=True)
class Parts:
    """The numbers of a `FittedNet` that are learnt."""

    said: Doubles
    """``[experts * (m + 1), w + 1 + w * c]``."""
    over: Doubles
    """``[experts, w * c]``."""
    follows: Doubles
    """``[m + 1, knots * w]``."""

    def into(self, net: FittedNet, before: int) -> None:
        """Make `net`, the mean of `before` bags, the mean of one more."""
        for name in ("said", "over", "follows"):
            mean, new = getattr(net, name), torch.as_tensor(getattr(self, name)).float()
            mean.copy_(mean + (new - mean) / (before + 1))


class Ridge:
    """A table, ready to be fitted."""

    def __init__(self, net: FittedNet, batch: Batch, *, calls: int, shrink: float, first: float) -> None:
        """Scale `net` to the questions of `batch`.

        Args:
            net: Gets mean and spread.
            batch: What is learnt from.
            calls: Place of the cost whose price the knots are given in.
            shrink: Weight of the squared coefficients after evidence, beside the sum of squared errors.
            first: The same before the first workflow.
        """
        self._shrink, self._first = shrink, first
        self._able = [w for w in range(_W) if bool(batch.legal[..., w].any())]
        self._places = [place for place, state in enumerate(STATES) if all(w in self._able for w in state)]
        with torch.no_grad():
            bases = net.basis(batch.features[:, self._places].flatten(0, 1))
            net.mean.copy_(bases.mean(dim=0))
            net.spread.copy_(bases.std(dim=0).clamp(min=_SPREAD))
            scaled = ((bases - net.mean) / net.spread).view(len(batch), len(self._places), -1)
        self._x = np.concatenate([scaled.numpy(), np.ones((*scaled.shape[:2], 1))], axis=2).astype(np.float64)
        self._next, self._draft = (one.double().numpy() for one in (batch.next_f1, batch.draft_f1))
        self._costs, self._legal = batch.costs.double().numpy(), batch.legal.numpy()
        self._drafted = self._legal[..., KEEP]
        self._rows_of = self._split()
        second = self._costs[:, self._able].mean(axis=(0, 1))
        weight = np.zeros(len(second))
        weight[calls] = 1.0
        self._weight = weight
        # A price t is told by the mean cost of a second workflow, in units in which the calls of one weigh 1.
        net.second.copy_(torch.as_tensor(second / second[calls]))

    def bag(self, chance: np.random.Generator, batch: Batch) -> Parts:
        """Fit one bootstrap of the questions.

        Raises:
            RunError: When the table holds a number that is not finite.
        """
        self._next, self._draft = (one.double().numpy() for one in (batch.next_f1, batch.draft_f1))
        if not all(np.isfinite(one).all() for one in (self._x, self._next, self._draft, self._costs)):
            raise RunError("the table holds what is not a finite number; fill it anew")
        n = len(self._x)
        drawn, fold = chance.integers(0, n, n), chance.integers(0, _FOLDS, n)
        m, c = width(), self._costs.shape[2]
        said = np.zeros((experts(), m + 1, _W + 1 + _W * c))
        over = np.zeros((experts(), _W * c))
        for expert in self._rows_of:
            said[expert], over[expert] = self._expert(drawn, expert)
        worth = self._worth(drawn, fold)
        start = self._x[drawn, self._places.index(0)]
        targets = worth[drawn] - self._next[drawn, 0][:, None]
        follows = _ridge(start, targets.reshape(len(drawn), -1), self._first)
        return Parts(said.reshape(-1, said.shape[2]), over, follows)

    def _split(self) -> dict[int, list[tuple[int, NDArray[np.bool_]]]]:
        """Return by place of the coefficients the states that they are for, and for which questions: ``[n]``."""
        found: dict[int, list[tuple[int, NDArray[np.bool_]]]] = {}
        for place in self._places:
            state, drafted = STATES[place], self._drafted[:, place]
            if not state:
                found[0] = [(place, ~drafted)]
                continue
            expert = 1 + min(state) if len(state) == 1 else experts() - 2
            found.setdefault(expert, []).append((place, drafted))
            found.setdefault(experts() - 1, []).append((place, ~drafted))
        return found

    def _expert(self, drawn: NDArray[np.int64], expert: int) -> tuple[Doubles, Doubles]:
        """Fit the coefficients of an expert; return them, and what the quantile of each cost lies above."""
        x, y = self._rows(drawn, self._rows_of[expert])
        fitted = _ridge(x, y, self._shrink if expert else self._first)
        spent = y[:, _W + 1 :]
        if not len(spent):
            return fitted, np.zeros_like(fitted[0, _W + 1 :])
        missed: Doubles = np.sort(spent - np.maximum(x @ fitted[:, _W + 1 :], 0), axis=0)
        beyond: Doubles = missed[int(np.ceil(_QUANTILE * len(missed))) - 1].clip(min=0)
        return fitted, beyond

    def _rows(self, drawn: NDArray[np.int64], of: Sequence[tuple[int, NDArray[np.bool_]]]) -> tuple[Doubles, Doubles]:
        """Return what is seen and what comes of it, for the states in which something is left to decide."""
        rows: list[Doubles] = []
        wanted: list[Doubles] = []
        for place, apply in of:
            asked = drawn[apply[drawn] & (self._legal[drawn, place].sum(axis=1) > 1)]
            rows.append(self._x[asked, self._places.index(place)])
            costs = self._costs[asked].reshape(len(asked), self._costs[0].size)
            wanted.append(np.concatenate([self._next[asked, place], self._draft[asked, place][:, None], costs], axis=1))
        return np.concatenate(rows), np.concatenate(wanted)

    def _worth(self, drawn: NDArray[np.int64], fold: NDArray[np.int64]) -> Doubles:
        """Return for each question what a first workflow leads to at each price of a second: ``[n, knots, w]``."""
        worth = np.repeat(self._next[:, 0][:, None], len(KNOTS), axis=1)
        for each in range(_FOLDS):
            inside, test = drawn[fold[drawn] != each], np.flatnonzero(fold == each)
            bare, _ = self._expert(inside, experts() - 1)
            for w in self._able:
                place = STATES.index(frozenset({w}))
                held, _ = self._expert(inside, 1 + w)
                x = self._x[test, self._places.index(place)]
                told: Doubles = x @ bare
                drafted = self._drafted[test, place]
                told[drafted] = x[drafted] @ held
                for knot, price in enumerate(KNOTS):
                    worth[test, knot, w] = self._second(told, test, place, self._weight * price)
        return worth

    def _second(self, told: Doubles, test: NDArray[np.int64], place: int, lam: Doubles) -> Doubles:
        """Return what the second choice that looks best brings: ``[t]``.

        Args:
            told: ``[t, w + 1 + w * c]``.
            test: Which questions.
            place: The state after the first.
            lam: Weights of the costs.
        """
        cost = np.maximum(told[:, _W + 1 :], 0).reshape(len(test), *self._costs.shape[1:])
        gain = np.concatenate([told[:, :_W] - cost @ lam, told[:, _W : _W + 1], np.zeros((len(test), 1))], axis=1)
        choice = np.where(self._legal[test, place], gain, -np.inf).argmax(axis=1)
        run = np.minimum(choice, _W - 1)
        after = self._next[test, place, run] - self._costs[test, run] @ lam
        return np.where(choice < KEEP, after, np.where(choice == KEEP, self._draft[test, place], 0.0))


def _ridge(x: Doubles, y: Doubles, shrink: float) -> Doubles:
    """Return the coefficients ``[m + 1, k]`` of ``y [n, k]`` on ``x [n, m + 1]``; its last column is 1 and free."""
    weight = np.full(x.shape[1], shrink)
    weight[-1] = 1e-6
    return np.linalg.solve(x.T @ x + np.diag(weight), x.T @ y).astype(np.float64)
