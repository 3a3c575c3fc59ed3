"""One step of unlearning: the losses of a batch, their gradients, their weights, and a move that is never long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import require
from questline.tools.recommendation.neural.nets import ItemNet

from .asking import log_chances, rows_of, states_of
from .losses import LOSSES, full_gradients, gram
from .min_norm import LEAST, Doubles, min_norm, mixture
from .moving import items_alone, moved
from .samples import Sample
from .ways import Way

require("torch", feature="unlearning of a network")
import torch  # noqa: E402 because the line above says what to install where it is missing
from torch import Tensor  # noqa: E402 for the same reason

__all__ = ["Stepper"]

Made: TypeAlias = tuple[tuple[float, ...], float]
"""Weights of the losses, and the length of the weighed gradient."""
NULL_OF_FLOATS: Final = 1e-4
"""Share of the longest gradient below which one is rounding."""
_STILL: Final = 1e-12
_PACE: Final = (0.1, 3.0)
"""Least and most nats from its reference that a click weighs, and that the rate is multiplied by."""


class Stepper:
    """Makes steps of one way; `broken` once something was no number, and then the weights are to be put back."""

    def __init__(
        self,
        net: ItemNet,
        way: Way,
        rate: float,
        clip: float,
        taught: Sequence[Sample],
        lessons: int,
        seed: int,
    ) -> None:
        self.net, self.way, self.rate, self.clip = net, way, rate, clip
        self.taught, self.lessons = taught, lessons
        self.least = LEAST
        self.broken = False
        self._parameters = moved(net, way)
        self._random = np.random.default_rng(seed)

    def step(self, samples: Sequence[Sample], trained: Tensor, references: NDArray[np.float64] | None) -> Made | None:
        """Move once; None where the batch is forgotten as far as asked, or no loss has a gradient.

        Args:
            samples: The batch.
            trained: Logarithms of P_rec, [batch, items].
            references: Chances that may stay; None for a way that does not stop.
        """
        told = self._told(samples)
        rows, pace = rows_of(told, trained, samples), 1.0
        if references is not None:
            own, may = told.detach().gather(1, rows.targets[:, None])[:, 0].double(), torch.tensor(references)
            left = own.exp() > may
            if not bool(left.any()):
                return None
            far = (own - may.log()).clamp(*_PACE) * left
            rows = replace(rows, weights=(far if self.way.weighed else left).to(told.dtype))
            pace = float((own - may.log())[left].mean().clamp(*_PACE))
        if "retain" in self.way.losses:
            rows = replace(rows, kept=self._kept())
        losses = [LOSSES[name](rows) for name in self.way.losses]
        if not all(bool(torch.isfinite(each)) for each in losses):
            self.broken = True
            return None
        gradients = full_gradients(losses, self._parameters)
        products = gram(gradients).numpy()
        if not np.isfinite(products).all():
            self.broken = True
            return None
        weights = self._weights(products)
        norm = float(np.sqrt(max(0.0, float(weights @ products @ weights))))
        self._move(gradients, weights, norm, pace)
        return tuple(float(each) for each in weights), norm

    def _weights(self, products: Doubles) -> Doubles:
        count = len(products)
        if self.way.weighing == "fixed" or count == 1:
            return np.full(count, 1 / count)
        if self.way.weighing == "mgda":
            return min_norm(products)
        least = self.least if self.way.losses[0] == "unlearn" else 0.0
        return np.array(mixture(products, least=least, null=NULL_OF_FLOATS).weights)

    def _move(self, gradients: list[list[Tensor]], weights: Doubles, norm: float, pace: float) -> None:
        if norm <= _STILL:
            return
        length = self.rate * pace * min(1.0, self.clip / norm)
        with torch.no_grad():
            for place, parameter in enumerate(self._parameters):
                for weight, each in zip(weights.tolist(), gradients, strict=True):
                    if weight:
                        parameter.sub_(each[place], alpha=length * weight)
                self.broken = self.broken or not bool(torch.isfinite(parameter).all())

    def _told(self, samples: Sequence[Sample]) -> Tensor:
        """Return what `log_chances` does, with gradients by what moves alone."""
        if not items_alone(self.net, self.way):
            return log_chances(self.net, samples)
        with torch.no_grad():
            states = states_of(self.net, samples)
        return self.net.scores(states).log_softmax(dim=-1)

    def _kept(self) -> Tensor:
        if not self.taught:
            return torch.zeros(0)
        chosen: list[int] = self._random.integers(len(self.taught), size=self.lessons).tolist()
        samples = [self.taught[at] for at in chosen]
        told = self._told(samples)
        return told.gather(1, torch.tensor([[each.item - 1] for each in samples]))[:, 0]
