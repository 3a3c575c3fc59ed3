"""A planner that draws its decisions from a policy, among what is legal, and keeps what it saw and what each cost.

One decision of a rollout is tried out: drawn at a heat. Those after it are drawn from the policy as it is, so that
going on is not credited with what a hot policy would make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from questline.agents.contract import Context, Decision, PlannerView
from questline.agents.workflow_planner.features import vector
from questline.agents.workflow_planner.rule import RulePlanner
from questline.agents.workflow_planner.trained import Floats, Judged, Policy, TrainedPlanner

from .rollouts import Turn

__all__ = ["Drawing"]

_NOTHING: Final = "nothing is legal"
_LATER: Final = 1 / 3
"""How often the second decision that is drawn is the one that is tried out."""


class Drawing:
    """One rollout's planner; sub-questions go by rule, as those of `TrainedPlanner` do."""

    def __init__(
        self,
        policy: Policy,
        weights: Floats,
        spent: Callable[[], tuple[float, ...]],
        *,
        chance: np.random.Generator | None,
        heat: float = 1.0,
        first: bool = False,
    ) -> None:
        """Make it for one question.

        Args:
            policy: To draw from.
            weights: lambda ``[c]``.
            spent: Returns the costs ``[c]`` since it was last asked.
            chance: None takes the likeliest choice each time.
            heat: What logits are divided by for the decision that is tried out.
            first: Draw the first decision too.
        """
        self._policy, self._weights, self._spent, self._chance = policy, weights, spent, chance
        self._heat, self._first = heat, first
        self._tries = int(chance is not None and chance.random() < _LATER)
        self._planner, self._rules = TrainedPlanner(policy), RulePlanner()
        self._turns: list[Turn] = []

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide; see `questline.agents.contract.WorkflowPlanner`."""
        if not view.top_level:
            return await self._rules.choose(view, context)
        self._charge()
        judged = self._planner.judged(view, context, self._weights)
        allowed = self._planner.allowed(view, context, judged)
        if not allowed:
            return Decision(action="abstain", decided_by="trained", reason=_NOTHING)
        drawn = self._chance is not None and (self._first or bool(view.tried))
        heat = self._heat if sum(turn.drawn for turn in self._turns) == self._tries else 1.0
        likeliest = max(allowed, key=lambda at: float(judged.logits[0, at]))
        choice = self._drawn(judged, allowed, heat) if drawn else likeliest
        self._turns.append(Turn(features=vector(view), allowed=tuple(allowed), choice=choice, drawn=drawn, heat=heat))
        return self._planner.decision(choice, judged, allowed, context)

    def _drawn(self, judged: Judged, allowed: Sequence[int], heat: float) -> int:
        assert self._chance is not None
        logits = judged.logits[0, list(allowed)].astype(np.float64) / heat
        shares = np.exp(logits - logits.max())
        return int(self._chance.choice(allowed, p=shares / shares.sum()))

    def _charge(self) -> None:
        """Write what was spent since the last decision to it."""
        costs = self._spent()
        if not self._turns:
            return
        last = self._turns[-1]
        price = float((np.array(costs) / self._policy.scale * self._weights).sum())
        self._turns[-1] = replace(last, price=price, costs=costs)

    def ended(self) -> tuple[Turn, ...]:
        """Return the decisions, the last one charged too."""
        self._charge()
        return tuple(self._turns)
