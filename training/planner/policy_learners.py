"""The two ways to learn a policy from a table: regressions in closed form, and a network that climbs the utility."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from questline.errors import RunError
from questline.training.recipe import Figures

from .policy_fitted import FittedNet
from .policy_measure import drawn_weights, errors
from .policy_net import PolicyNet, Shape
from .policy_ridge import Ridge
from .policy_settings import Settings
from .policy_value import Batch, choices, values

__all__ = ["Climb", "Regression"]


class Regression:
    """The mean of ridge regressions, one bootstrap of the questions a step; see `policy_ridge`."""

    def __init__(self, batch: Batch, components: Sequence[str], settings: Settings, seed: int) -> None:
        """Begin with a network that knows nothing; a bag depends on the seed and its own number alone."""
        self.net = FittedNet(len(components))
        self._seed = seed
        calls = components.index("calls") if "calls" in components else 0
        self._ridge = Ridge(self.net, batch, calls=calls, shrink=settings.shrink, first=settings.first)

    def step(self, step: int, batch: Batch) -> Figures:
        """Add a bag.

        Raises:
            RunError: When the table holds a number that is not finite; the mean of the bags before stays.
        """
        before = self.net.said.clone()
        self._ridge.bag(np.random.default_rng((self._seed, step)), batch).into(self.net, step)
        return {"moved": float((self.net.said - before).abs().mean())}

    def state(self) -> dict[str, Any]:
        """Return the network."""
        return {"net": self.net.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it over."""
        self.net.load_state_dict(state["net"])


class Climb:
    """A network that climbs the exact expected utility; see `policy_net` and `policy_value`."""

    def __init__(self, batch: Batch, components: Sequence[str], settings: Settings, seed: int) -> None:
        """Begin with a network drawn by the seed."""
        cast("Any", torch).manual_seed(seed)
        self._settings = settings
        self.net = PolicyNet(
            Shape(
                vector=batch.vectors.shape[1],
                features=batch.features.shape[2],
                components=len(components),
                wide=settings.wide,
                narrow=settings.narrow,
                dropout=settings.dropout,
            )
        )
        flat = batch.features.flatten(0, 1)
        self.net.mean.copy_(flat.mean(dim=0))
        self.net.spread.copy_(flat.std(dim=0).clamp(min=0.05))
        self._optimizer: Any = torch.optim.AdamW(self.net.parameters(), lr=settings.rate, weight_decay=settings.decay)

    def step(self, step: int, batch: Batch) -> Figures:
        """Climb once, at weights drawn anew for each question.

        Raises:
            RunError: When the loss is not a finite number.
        """
        settings = self._settings
        part = batch.at(torch.randint(len(batch), (min(settings.batch, len(batch)),)))
        lam = drawn_weights(len(part), self.net.shape.components)
        self.net.train()
        for group in self._optimizer.param_groups:
            group["lr"] = settings.rate * 0.5 * (1 + math.cos(math.pi * step / settings.steps))
        log_shares, quality, cost, high = choices(self.net, part, lam)
        shares = log_shares.exp()
        gained = values(shares, part, lam).mean()
        spread = -(shares * log_shares.clamp(min=-30)).sum(dim=2).mean()
        wrong = errors(quality, cost, high, part)
        loss = -gained + settings.fits * wrong - settings.entropy * (1 - step / settings.steps) * spread
        if not torch.isfinite(loss):
            raise RunError("the loss is not a finite number", step=step)
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self._optimizer.step()
        return {"utility": gained.item(), "errors": wrong.item(), "entropy": spread.item()}

    def state(self) -> dict[str, Any]:
        """Return network and optimizer."""
        return {"net": self.net.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them over."""
        self.net.load_state_dict(state["net"])
        self._optimizer.load_state_dict(state["optimizer"])
