"""A circuit breaker: a server that failed several times in a row is left alone, then tried with one call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias

__all__ = ["Breaker", "BreakerState", "Permit"]

BreakerState: TypeAlias = Literal["closed", "open", "half_open"]
_LONGEST: Final = 10
"""The cooldown grows to at most so many times its first length."""


@dataclass(frozen=True, kw_only=True)
class _Settings:
    failures: int
    cooldown_s: float


class Breaker:
    """Counts failures in a row. It opens after `failures` of them; after `cooldown_s` it lets one call through.

    Args:
        failures: In a row, until it opens.
        cooldown_s: Seconds until the trial; doubled each time that the trial fails.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(self, *, failures: int, cooldown_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = _Settings(failures=failures, cooldown_s=cooldown_s)
        self._clock = clock
        self._failed = 0
        self._opened_at: float | None = None
        self._wait_s = cooldown_s
        self._trying = False

    @property
    def state(self) -> BreakerState:
        """Whether calls pass (``closed``), none does (``open``), or one as a trial (``half_open``)."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._trying or self.retry_in_s <= 0 else "open"

    @property
    def failures(self) -> int:
        """How many failures in a row were seen."""
        return self._failed

    @property
    def retry_in_s(self) -> float:
        """Seconds until the next trial; 0 where one may begin, or none is needed."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._wait_s - self._clock())

    def admit(self) -> Permit | None:
        """Return the permit for one call, or None while calls are refused."""
        if self._opened_at is None:
            return Permit(self, trial=False)
        if self._trying or self.retry_in_s > 0:
            return None
        self._trying = True
        return Permit(self, trial=True)

    def settle(self, *, trial: bool, outcome: bool | None) -> None:
        """Count one outcome: True a success, False a failure, None nothing that tells of the server.

        Args:
            trial: Whether it was the trial of a breaker that is half open.
            outcome: What came of it.
        """
        if trial:
            self._trying = False
        if outcome is None:
            return
        if outcome:
            self._failed, self._opened_at, self._wait_s = 0, None, self._settings.cooldown_s
            return
        self._failed += 1
        if trial:
            self._wait_s = min(self._wait_s * 2, self._settings.cooldown_s * _LONGEST)
            self._opened_at = self._clock()
        elif self._opened_at is None and self._failed >= self._settings.failures:
            self._opened_at = self._clock()


class Permit:
    """Leave to make one call: ``with`` it, and say what came of it. What says nothing counts as nothing."""

    def __init__(self, breaker: Breaker, *, trial: bool) -> None:
        self._breaker = breaker
        self.trial = trial
        """Whether it is the one call that decides if the breaker closes."""
        self._outcome: bool | None = None

    def success(self) -> None:
        """Say that the server answered."""
        self._outcome = True

    def failure(self) -> None:
        """Say that the server did not answer, or not in the protocol."""
        self._outcome = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._breaker.settle(trial=self.trial, outcome=self._outcome)
