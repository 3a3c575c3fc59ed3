"""How good a policy is on the live graph: the likeliest choices at the weights of the named budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from questline.agents.workflow_planner.trained import WEIGHTS
from questline.training.evaluation.intervals import paired_bootstrap
from questline.training.evaluation.reports import write_json
from questline.training.recipe import Figures

from .live_pool import Draws
from .live_source import LiveSource
from .monitors import Monitor
from .policy_measure import drawn_weights
from .rollouts import Ask, Drawn, Rollout
from .rows import Asked

__all__ = ["LIVE", "Measured", "drawn_lambda", "measured", "rates", "write_report"]

LIVE: Final = "live.json"
_RATED: Final = 4
"""Questions that the plain loop is timed on."""


def drawn_lambda(count: int, components: Sequence[str]) -> Tensor:
    """Draw lambda ``[count, c]``: in half of the draws that of a named budget, else as `drawn_weights` does."""
    drawn = drawn_weights(count, len(components))
    calls = torch.tensor(list(WEIGHTS.values()))[torch.randint(len(WEIGHTS), (count,))]
    own = torch.stack([calls if name == "calls" else torch.zeros(count) for name in components], dim=1)
    return torch.where(torch.rand(count, 1) < 0.5, own, drawn)


@dataclass(frozen=True, slots=True)
class Measured:
    """One rollout a question at each weight of calls."""

    ways: Mapping[float, Mapping[str, Rollout]]
    """By weight, then the question's key."""

    def monitors(self) -> dict[str, Monitor]:
        """Count each weight's."""
        return {f"{lam:g}": Monitor.of([one] for one in ways.values()) for lam, ways in self.ways.items()}

    def figures(self) -> Figures:
        """Return shares and means over all weights, and the return at each."""
        whole = Monitor.of([one] for ways in self.ways.values() for one in ways.values())
        each = {f"return at {lam}": one.figures()["return"] for lam, one in self.monitors().items()}
        return {**whole.figures(), **each}


def measured(
    draws: Draws, network: bytes, asked: Sequence[Asked], components: Sequence[str], hears: Callable[[int, int], None]
) -> Measured:
    """Answer each question at each weight, with the likeliest choices.

    Raises:
        RunError: What `Draws.draw` raises.
    """
    ways: dict[float, dict[str, Rollout]] = {}
    weights = dict.fromkeys(WEIGHTS.values()) if "calls" in components else {0.0: None}
    for number, lam in enumerate(weights):
        asks = [
            Ask(
                asked=one,
                policy=network,
                weights=tuple(lam if name == "calls" else 0.0 for name in components),
                count=1,
                seed=0,
                likeliest=True,
            )
            for one in asked
        ]

        def heard(done: int, number: int = number) -> None:
            hears(number * len(asked) + done, len(weights) * len(asked))

        ways[lam] = {one.key: one.rollouts[0] for one in draws.draw(asks, heard)}
    return Measured(ways)


def write_report(
    folder: Path, before: Measured, after: Measured, draws: Draws, source: LiveSource, *, rollouts: int, learning: float
) -> Figures:
    """Write ``live.json``: the held-out questions before and after, at each weight of calls, and how fast it went.

    Args:
        folder: Where it goes.
        before: The policy that was begun from.
        after: The one that is exported.
        draws: To time the plain loop with.
        source: What was begun from.
        rollouts: Of a group.
        learning: Rollouts a second of wall clock while it learnt, of all processes together.
    """
    at: list[dict[str, Any]] = []
    for lam, ways in after.ways.items():
        keys = [key for key in ways if key in before.ways[lam]]
        old, new = [[one.ways[lam][key] for key in keys] for one in (before, after)]
        gain = paired_bootstrap([one.utility for one in old], [one.utility for one in new])
        at.append(
            {
                "lambda_calls": lam,
                "n": len(keys),
                "before": _told(old, source.components),
                "after": _told(new, source.components),
                "gain": gain.difference,
                "low": gain.low,
                "high": gain.high,
            }
        )
    speed = {"while it learnt, all processes": learning, **rates(draws, source.learn[:_RATED], source, rollouts)}
    write_json(folder / LIVE, {"lambda_calls": at, "rollouts_per_second": speed})
    gains = {f"held-out gain at {one['lambda_calls']:g}": float(one["gain"]) for one in at}
    return {**gains, **{f"rollouts a second, {name}": value for name, value in speed.items()}}


def _told(ways: Sequence[Rollout], components: Sequence[str]) -> dict[str, Any]:
    spent = np.array([[sum(turn.costs[c] for turn in one.turns) for c in range(len(components))] for one in ways])
    monitor = Monitor.of([one] for one in ways)
    costs: dict[str, float] = dict(zip(components, spent.mean(axis=0).tolist(), strict=True))
    return {**monitor.figures(), **costs, "plans": dict(monitor.plans.most_common())}


def rates(draws: Draws, asked: Sequence[Asked], source: LiveSource, rollouts: int) -> dict[str, float]:
    """Draw groups of the same questions in a plain loop and with shared steps; return rollouts a second of a process.

    Nothing is known of the questions at first, whatever was drawn of them before.

    Args:
        draws: Where they come from.
        asked: Questions.
        source: The policy to draw from.
        rollouts: Of each group.
    """
    zero = tuple(0.0 for _ in source.components)
    asks = [
        Ask(
            asked=replace(one, key=f"{one.key} timed"),
            policy=source.network,
            weights=zero,
            count=rollouts,
            seed=place,
        )
        for place, one in enumerate(asked)
    ]
    ways = {"plain loop": [replace(ask, plain=True) for ask in asks], "shared steps": asks}
    return {name: _rate(draws.draw(way)) for name, way in ways.items()}


def _rate(drawn: Sequence[Drawn]) -> float:
    return sum(len(one.rollouts) for one in drawn) / max(1e-9, sum(one.seconds for one in drawn))
