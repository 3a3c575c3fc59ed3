"""Take lessons back from a trained network: step by step, as far as asked, without breaking the rest (spec 07 §2).

    round:   clicks that are still too likely, from easy to hard, in batches
    batch:   steps along the weighed gradients of its losses, shorter than a limit, until its clicks are forgotten
    check:   every few steps the NDCG of what is to be kept; too large a drop undoes them, and steps become shorter

The KL loss also holds the chance of what is to be forgotten: with a least weight of a, steps come to rest where
a (1 - P) = (1 - a) (P_rec - P). So what is left in a later round is pushed with more weight; from a = 0.5 on nothing
rests.

"Forgotten" is no chance of 0 but that of a model which never learnt the click: a reference for each (spec 07 §2.6).
The network that is given changes in place; what is no number, or an exception, puts its weights back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError, require
from questline.tools.recommendation.neural.nets import ItemNet

from .asking import chances_of, difficulties, mean_ndcg, ndcg_of, trained_chances
from .curriculum import batches
from .min_norm import LEAST
from .moving import moved
from .samples import Sample
from .stepping import Stepper
from .ways import Way

require("torch", feature="unlearning of a network")
import torch  # noqa: E402 because the line above says what to install where it is missing
from torch import Tensor  # noqa: E402 for the same reason

__all__ = ["Limits", "Step", "Unlearnt", "unlearn"]

Doubles: TypeAlias = NDArray[np.float64]
Status: TypeAlias = Literal["done", "partial", "failed"]
_RISE: Final = 0.1
"""What the least weight of forgetting gains from round to round."""
_ROUND: Final = 4
"""Batches in a round, where that gives as many clicks as a batch may have."""
_LEAST_BATCH, _MOST_BATCH = 32, 128
_CLEARLY: Final = 1.645
"""Standard errors of a loss beyond which it is none of chance."""
_SHORTEST: Final = 5
"""So often steps are halved after a rollback; then the work ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far and how fast."""

    batch: int | None = None
    """Clicks in a step; by default a quarter of what is to be forgotten, 32 at least and 128 at most."""
    rate: float = 0.07
    """What the weighed gradient of 32 clicks is multiplied by where they are one nat from their references; more and
    less with their distance, and more for more clicks, of which the gradient is a mean."""
    clip: float = 1.0
    """Longest weighed gradient; longer ones are shortened to it."""
    inner: int = 8
    """Steps of one batch in a round."""
    rounds: int = 40
    steps: int = 400
    """In all."""
    most_weight: float = 0.8
    """Up to which the least weight of forgetting rises from round to round."""
    check_every: int = 10
    """Steps of 32 clicks between two looks at what is to be kept; of larger batches as many more."""
    most_drop: float = 0.02
    """Share of the kept clicks' NDCG@10 that may be lost, or more as long as chance may be why (one-sided, 95 %)."""
    lessons: int = 64
    """Kept clicks in a step of the ways that learn on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that was made."""

    weights: tuple[float, ...]
    """One a loss of the way, in its order; 0 where it was left out."""
    norm: float
    """Length of the weighed gradient, before it was shortened."""
    clicks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlearnt:
    """How unlearning went."""

    status: Status
    """``partial``: `remaining` were not forgotten as far as asked. ``failed``: all is as it was."""
    before: Doubles
    """P(item | before) of each sample in the trained network."""
    after: Doubles
    steps: tuple[Step, ...]
    remaining: tuple[int, ...]
    """Places of samples that are likelier than their reference."""
    rollbacks: int = 0
    ndcg_before: float = 1.0
    """Of the kept clicks."""
    ndcg_after: float = 1.0
    seconds: float = 0.0
    """Of the processor."""
    reason: str = ""


def unlearn(
    net: ItemNet,
    samples: Sequence[Sample],
    references: Doubles,
    *,
    kept: Sequence[Sample],
    taught: Sequence[Sample] = (),
    way: Way | None = None,
    limits: Limits | None = None,
    seed: int = 0,
    hear: Callable[[int, int], None] | None = None,
) -> Unlearnt:
    """Forget samples; `net` is changed in place, in evaluation mode.

    Args:
        net: As it was trained; its chances now are P_rec.
        samples: What is to be forgotten.
        references: The chance that each may keep, float64 [samples].
        kept: Clicks whose NDCG@10 is watched.
        taught: Clicks from which ways that learn on draw.
        way: Default: CAU with its soft curriculum.
        limits: How far and how fast.
        seed: Of what is drawn.
        hear: Told after each step how many were made, of how many at most.

    Raises:
        UsageError: ``bad_argument`` for references that are no chances, one a sample.
    """
    way, limits = way or Way(), limits or Limits()
    if references.shape != (len(samples),) or not ((references > 0) & (references <= 1)).all():
        raise UsageError("references must be one chance above 0 for each sample", argument="references")
    net.eval()
    run = _Run(net, samples, references, kept, taught, way, limits, seed, hear)
    try:
        return run.finish()
    except BaseException:
        run.undo()
        raise


class _Run:
    """One unlearning; the first weights are kept until it ends."""

    def __init__(
        self,
        net: ItemNet,
        samples: Sequence[Sample],
        references: Doubles,
        kept: Sequence[Sample],
        taught: Sequence[Sample],
        way: Way,
        limits: Limits,
        seed: int,
        hear: Callable[[int, int], None] | None,
    ) -> None:
        self.started = time.process_time()
        self.net, self.samples, self.references, self.kept = net, samples, references, kept
        self.way, self.limits, self.seed, self.hear = way, limits, seed, hear
        self.parameters = moved(net, way)
        self.first = self._weights()
        self.trained = trained_chances(net, samples)
        self.before = chances_of(net, samples)
        self.known = ndcg_of(net, kept)
        self.ndcg = float(self.known.mean()) if len(self.known) else 1.0
        self.good = self.first
        self.good_steps = 0
        self.steps: list[Step] = []
        self.rollbacks = 0
        self.batch = limits.batch or int(np.clip(len(samples) // _ROUND, _LEAST_BATCH, _MOST_BATCH))
        times = self.batch / _LEAST_BATCH
        self.check_every = max(1, round(limits.check_every * times))
        self.stepper = Stepper(net, way, limits.rate * times, limits.clip, taught, limits.lessons, seed)

    def finish(self) -> Unlearnt:
        for number in range(self.limits.rounds):
            left = self._left()
            if (not left or len(self.steps) >= self.limits.steps) and self._check():
                break
            if self.stepper.broken or self.rollbacks >= _SHORTEST or len(self.steps) >= self.limits.steps:
                break
            if left:
                self._round(number, left)
        if not self.stepper.broken:
            self._check()
        if self.stepper.broken:
            self.undo()
            return self._told("failed", "a loss or gradient is no number")
        after = chances_of(self.net, self.samples)
        return self._told("done" if (after <= self.references).all() else "partial", "")

    def undo(self) -> None:
        """Put the first weights back."""
        self._put(self.first)

    def _round(self, number: int, left: list[int]) -> None:
        """Go once through what is left, until something is undone or may not go on."""
        self.stepper.least = min(self.limits.most_weight, LEAST + _RISE * number)
        chosen = [self.samples[at] for at in left]
        if self.way.order is None:
            order = [list(range(len(left)))]
        else:
            hard = difficulties(self.net, self.trained[left], chosen, self.way.difficulty)
            if not np.isfinite(hard).all():
                self.stepper.broken = True
                return
            order = batches(hard, self.batch, order=self.way.order, seed=self.seed + number)
        for batch in order:
            if not self._batch([left[at] for at in batch]):
                return

    def _batch(self, places: list[int]) -> bool:
        """Make the steps of one batch; False where the work is to end."""
        samples, trained = [self.samples[at] for at in places], self.trained[places]
        for _ in range(self.limits.inner):
            if len(self.steps) >= self.limits.steps:
                return False
            made = self.stepper.step(samples, trained, self.references[places] if self.way.stops else None)
            if self.stepper.broken:
                return False
            if made is None:
                return True
            self.steps.append(Step(weights=made[0], norm=made[1], clicks=len(samples)))
            if self.hear is not None:
                self.hear(len(self.steps), self.limits.steps)
            if len(self.steps) % self.check_every == 0 and not self._check():
                return False
        return True

    def _check(self) -> bool:
        """Keep the state as good, or go back to the last good one with shorter steps."""
        if len(self.steps) == self.good_steps:
            return True
        lost = self.known - ndcg_of(self.net, self.kept)
        chance = _CLEARLY * float(lost.std()) / max(1, len(lost)) ** 0.5
        if not len(lost) or lost.mean() <= self.ndcg * self.limits.most_drop + chance:
            self.good, self.good_steps = self._weights(), len(self.steps)
            return True
        self._put(self.good)
        self.good_steps = len(self.steps)
        self.rollbacks += 1
        self.stepper.rate /= 2
        return False

    def _left(self) -> list[int]:
        if not self.way.stops:
            return list(range(len(self.samples)))
        found: list[int] = np.flatnonzero(~(chances_of(self.net, self.samples) <= self.references)).tolist()
        return found

    def _told(self, status: Status, reason: str) -> Unlearnt:
        after = chances_of(self.net, self.samples)
        return Unlearnt(
            status=status,
            before=self.before,
            after=after,
            steps=tuple(self.steps),
            remaining=tuple(int(at) for at in np.flatnonzero(~(after <= self.references))),
            rollbacks=self.rollbacks,
            ndcg_before=self.ndcg,
            ndcg_after=mean_ndcg(self.net, self.kept),
            seconds=time.process_time() - self.started,
            reason=reason,
        )

    def _weights(self) -> list[Tensor]:
        return [each.detach().clone() for each in self.parameters]

    def _put(self, weights: list[Tensor]) -> None:
        with torch.no_grad():
            for parameter, value in zip(self.parameters, weights, strict=True):
                parameter.copy_(value)
