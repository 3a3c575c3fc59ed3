"""What decides how a policy is learnt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from questline.errors import UsageError

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[policy]`` of the settings file."""

    learner: Literal["regression", "utility"] = "regression"
    """`regression`: ridge regressions by backward induction (`policy_ridge`), a step a bag. `utility`: a network that
    also reads the sentence vector climbs the exact expected utility; it fits 1,500 questions too well."""
    bags: int = 20
    """Bootstraps of the questions that the regressions are the mean of."""
    shrink: float = 30.0
    """Weight of the squared coefficients after evidence, beside the sum of squared errors."""
    first: float = 1000.0
    """The same before the first workflow."""
    refit: bool = False
    """Of `regression`: once it is measured on the fifth that is held out, learn again from all questions, and export
    that."""
    steps: int = 1500
    """Of `utility`, as all below but `allow_seen`."""
    batch: int = 96
    """Questions of a step, each in all its states."""
    rate: float = 2e-3
    decay: float = 1e-4
    dropout: float = 0.3
    entropy: float = 0.01
    """Weight of the policy's entropy at the start; it falls to 0."""
    fits: float = 0.5
    """Weight of the errors of quality and cost beside the utility."""
    wide: int = 192
    narrow: int = 128
    collapsed: float = 0.02
    """Entropy of the first choices in nats, with weights of calls from .05 to .2, that counts as a collapse; the card
    of either learner tells one."""
    patience: int = 5
    """Evaluations in a row with such entropy, after which learning ends."""
    allow_seen: bool = False
    """Learn from a table whose executors have learnt from its questions."""

    def __post_init__(self) -> None:
        if self.learner not in ("regression", "utility"):
            raise UsageError(
                f"policy.learner={self.learner!r} must be regression or utility",
                code="bad_settings",
                argument="learner",
            )
        if self.refit and self.learner != "regression":
            raise UsageError(
                'policy.refit needs policy.learner = "regression": the best step of a climb is chosen on the fifth '
                "that is held out",
                code="bad_settings",
                argument="refit",
            )
        for name in ("bags", "steps", "batch", "wide", "narrow", "patience"):
            if getattr(self, name) < 1:
                raise UsageError(f"policy.{name} must be at least 1", code="bad_settings", argument=name)
        for name in ("shrink", "first", "rate", "decay", "dropout", "entropy", "fits", "collapsed"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"policy.{name}={value!r} must be at least 0", code="bad_settings", argument=name)
