"""What a question may spend, and the meter that holds it to that while it runs."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Final, cast

from questline.errors import BudgetExceeded, UsageError
from questline.types import Usage

__all__ = ["LIMIT_NAMES", "PRESETS", "Budget", "Meter", "Reservation", "SoonerMeter"]

LIMIT_NAMES: Final = {"seconds": "time limit", "tokens": "token limit", "calls": "call limit", "usd": "dollar limit"}
"""How messages call the limits of a budget."""

_LEAST_S: Final = 0.001
_TOO_MUCH: Final = 1e300
"""No limit reaches it; infinity and not-a-number are refused with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits for one question; ``None`` is no limit."""

    seconds: float | None = None
    """Wall clock, from the question's arrival to the last byte of the answer."""
    tokens: int | None = None
    """LLM tokens, in and out together."""
    calls: int | None = None
    """LLM requests, retries included."""
    usd: float | None = None

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value is None:
                continue
            # Compared, not passed to math.isfinite, which overflows on a whole number of 400 digits.
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < _TOO_MUCH:
                raise UsageError(
                    f"budget {spec.name}={value!r} must be a finite number above 0",
                    code="bad_budget",
                    argument=spec.name,
                )
            if spec.name in {"tokens", "calls"} and value != int(value):
                raise UsageError(
                    f"budget {spec.name}={value!r} must be a whole number", code="bad_budget", argument=spec.name
                )

    @classmethod
    def parse(cls, text: str | Budget | None) -> Budget:
        """Read ``cheap``, ``balanced``, ``best``, ``unlimited`` or ``seconds=2,tokens=4000,calls=3,usd=0.01``.

        Raises:
            UsageError: ``bad_budget`` for an unknown name or unit, a double unit, or a value that is not above 0.
        """
        if text is None:
            return PRESETS["balanced"]
        if isinstance(text, Budget):
            return text
        if not isinstance(cast("object", text), str):
            raise UsageError(
                f"budget {text!r} is neither text such as 'seconds=2,calls=3' nor a Budget",
                code="bad_budget",
                argument="budget",
            )
        word = text.strip()
        if word in PRESETS:
            return PRESETS[word]
        if word == str(Budget()):
            return cls()
        limits: list[tuple[str, object]] = []
        for part in word.split(","):
            name, equals, number = (piece.strip() for piece in part.partition("="))
            if not equals:
                raise _unknown(text, part.strip(), name)
            try:
                limits.append((name, float(number)))
            except ValueError as error:
                raise UsageError(
                    f"budget {name}={number!r} is not a number", code="bad_budget", argument=name
                ) from error
        return cls._of(text, limits)

    @classmethod
    def limits(cls, given: Mapping[str, object]) -> Budget:
        """Make it of limits by name, as JSON gives them: ``{"seconds": 2, "usd": 0.01}``.

        Raises:
            UsageError: ``bad_budget`` for an unknown unit, no limit at all, or a value that is no number above 0.
        """
        if not given:
            raise _unknown(dict(given), "{}", "budget")
        return cls._of(dict(given), list(given.items()))

    @classmethod
    def _of(cls, given: object, limits: Sequence[tuple[object, object]]) -> Budget:
        """Make it of limits by name; `given` is what they were read of, for messages."""
        values: dict[str, object] = {}
        for name, value in limits:
            if not isinstance(name, str) or name not in LIMIT_NAMES or name in values:
                raise _unknown(given, f"{name}={value}", str(name))
            count = name in {"tokens", "calls"} and isinstance(value, float) and math.isfinite(value)
            values[name] = int(value) if count and value == int(value) else value  # pyright: ignore[reportArgumentType]  # because it is a float then
        return cls(**values)  # pyright: ignore[reportArgumentType]  # because __post_init__ checks each value's kind

    def within(self, other: Budget) -> Budget:
        """Return the smaller of both for each limit."""
        pairs = {spec.name: (getattr(self, spec.name), getattr(other, spec.name)) for spec in fields(self)}
        return Budget(
            **{name: min((value for value in pair if value is not None), default=None) for name, pair in pairs.items()}
        )

    def __str__(self) -> str:
        parts = [
            f"{spec.name}={getattr(self, spec.name)!r}" for spec in fields(self) if getattr(self, spec.name) is not None
        ]
        return ",".join(parts) or "unlimited"


def _unknown(given: object, part: str, name: str) -> UsageError:
    return UsageError(
        f"budget {given!r}: {part!r} is not one of {', '.join(PRESETS)} or seconds=…, tokens=…, calls=…, usd=… "
        "(each once)",
        code="bad_budget",
        argument=name or "budget",
    )


PRESETS: Final[dict[str, Budget]] = {
    "cheap": Budget(seconds=10, tokens=4_000, calls=2, usd=0.002),
    "balanced": Budget(seconds=60, tokens=30_000, calls=12, usd=0.02),
    "best": Budget(seconds=300, tokens=200_000, calls=40, usd=0.25),
}
"""The named budgets; `balanced` is the default."""


@dataclass(slots=True)
class Meter:
    """Counts what one question spends against its budget; safe to share between threads and tasks.

    ``spent`` carries over what an interrupted run had used, so that a resumed question keeps its limits.
    """

    budget: Budget
    spent: Usage = field(default_factory=Usage)
    elapsed_before_s: float = 0.0
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _held: Usage = field(init=False, default_factory=Usage)

    def __post_init__(self) -> None:
        self._started = self.clock() - self.elapsed_before_s

    @property
    def own(self) -> Usage:
        """What was charged by way of this meter: for a part of a question only what the part spent."""
        return self.spent

    @property
    def elapsed_s(self) -> float:
        """Seconds since the question arrived."""
        return self.clock() - self._started

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline, never below 0; None without a limit."""
        return None if self.budget.seconds is None else max(0.0, self.budget.seconds - self.elapsed_s)

    def charge(self, usage: Usage) -> None:
        """Add what a step used. Charging never raises: what was spent is spent."""
        with self._lock:
            self.spent += usage

    def left(self) -> Budget | None:
        """Return what is left as a budget, or None when a limit is used up."""
        with self._lock:
            budget, spent, held = self.budget, self.spent, self._held
        left = {
            "seconds": self.seconds_left,
            "tokens": None if budget.tokens is None else budget.tokens - spent.tokens,
            "calls": None if budget.calls is None else budget.calls - spent.calls,
            "usd": None if budget.usd is None else budget.usd - spent.usd,
        }
        reserved = {"seconds": 0, "tokens": held.tokens, "calls": held.calls, "usd": held.usd}
        if any(value is not None and value - reserved[name] <= 0 for name, value in left.items()):
            return None
        return Budget(**left)  # pyright: ignore[reportArgumentType]  # because each value has the kind of its limit

    def exhausted(self, *, llm: bool = True) -> str | None:
        """Return the name of the first limit that is used up, or None.

        Args:
            llm: Whether the next step needs an LLM call; without one only ``seconds`` counts.
        """
        budget = self.budget
        if budget.seconds is not None and self.elapsed_s >= budget.seconds:
            return "seconds"
        if not llm:
            return None
        with self._lock:
            spent, held = self.spent, self._held
        if budget.tokens is not None and spent.tokens + held.tokens >= budget.tokens:
            return "tokens"
        if budget.calls is not None and spent.calls + held.calls >= budget.calls:
            return "calls"
        if budget.usd is not None and spent.usd + held.usd >= budget.usd:
            return "usd"
        return None

    def check(self, *, llm: bool = True) -> None:
        """Raise `BudgetExceeded` naming the limit when a step may not start."""
        limit = self.exhausted(llm=llm)
        if limit is not None:
            raise BudgetExceeded(f"the {LIMIT_NAMES[limit]} was reached ({self.budget})", limit=limit)

    @contextmanager
    def reserve(
        self, tokens_in: int, tokens_out: int, *, least_out: int = 1, usd_per_token: tuple[float, float] = (0.0, 0.0)
    ) -> Generator[Reservation]:
        """Reserve one LLM call that reads ``tokens_in`` and writes up to ``tokens_out`` tokens, and what it may cost.

        Calls that run side by side then cannot pass a limit together. The answer is shortened to what the limits leave.
        What it really used takes the reservation's place with `Reservation.settle`; without that it is given back.

        Args:
            tokens_in: Tokens of the prompt, estimated.
            tokens_out: The longest answer that is wanted.
            least_out: The shortest longest answer that is of any use.
            usd_per_token: US dollars for one token in and one token out.

        Yields:
            The reservation; ``tokens_out`` says how long the answer may be, from ``least_out`` to what was wanted.

        Raises:
            BudgetExceeded: ``budget_exceeded`` with the limit's name when not even ``least_out`` tokens fit.
        """
        price_in, price_out = usd_per_token
        with self._lock:
            spent, budget = self.spent + self._held, self.budget
            limit = None
            if budget.seconds is not None and self.elapsed_s >= budget.seconds:
                limit = "seconds"
            elif budget.calls is not None and spent.calls >= budget.calls:
                limit = "calls"
            if limit is None and budget.tokens is not None:
                tokens_out = min(tokens_out, budget.tokens - spent.tokens - tokens_in)
                limit = "tokens" if tokens_out < least_out else None
            if limit is None and budget.usd is not None:
                room = budget.usd - spent.usd - tokens_in * price_in
                if price_out > 0:
                    tokens_out = min(tokens_out, math.floor(room / price_out))
                limit = "usd" if room <= 0 or tokens_out < least_out else None
            held = Usage(
                calls=1,
                tokens_in=tokens_in,
                tokens_out=tokens_out,
                usd=tokens_in * price_in + tokens_out * price_out,
            )
            if limit is None:
                self._held += held
        if limit is not None:
            raise BudgetExceeded(
                f"the {LIMIT_NAMES[limit]} leaves no room for another model call ({self.budget})", limit=limit
            )
        reservation = Reservation(tokens_out=tokens_out, exchange=partial(self._exchange, held))
        try:
            yield reservation
        finally:
            reservation.settle(Usage())

    def _exchange(self, held: Usage, used: Usage) -> None:
        """Put what was used in the place of what was held, in one go: in between, a call beside it would be refused."""
        with self._lock:
            self._held += Usage(
                calls=-held.calls, tokens_in=-held.tokens_in, tokens_out=-held.tokens_out, usd=-held.usd
            )
            self.spent += used


class SoonerMeter(Meter):
    """A meter for a part of a question: what it spends is the whole's, and its time ends earlier.

    Args:
        whole: The question's own.
        by_s: Seconds that are kept back for the rest of the question.
        within: Limits of the part; they count from the question's arrival as well.
        own: What the part had spent before it was cut short; the whole knows of it already.
    """

    def __init__(self, whole: Meter, *, by_s: float, within: Budget | None = None, own: Usage | None = None) -> None:
        seconds = whole.budget.seconds
        tighter = whole.budget if seconds is None else replace(whole.budget, seconds=max(_LEAST_S, seconds - by_s))
        self._whole = whole
        self._own = own or Usage()
        self.budget = tighter.within(within) if within is not None else tighter
        self.elapsed_before_s = whole.elapsed_before_s
        self.clock = whole.clock
        self._started = whole._started  # noqa: SLF001 because it is a view of it
        self._lock = whole._lock  # noqa: SLF001 because it is a view of it

    @property
    def spent(self) -> Usage:
        """What the whole question has spent."""
        return self._whole.spent

    @spent.setter
    def spent(self, value: Usage) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]  # because it is kept in one place
        before, self._whole.spent = self._whole.spent, value
        self._own += Usage(
            calls=value.calls - before.calls,
            tokens_in=value.tokens_in - before.tokens_in,
            tokens_out=value.tokens_out - before.tokens_out,
            usd=value.usd - before.usd,
        )

    @property
    def own(self) -> Usage:
        """What the part has spent."""
        return self._own

    @property
    def _held(self) -> Usage:
        return self._whole._held  # noqa: SLF001 because it is a view of it

    @_held.setter
    def _held(self, value: Usage) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]  # because it is kept in one place
        self._whole._held = value  # noqa: SLF001 because it is a view of it


@dataclass(slots=True, kw_only=True)
class Reservation:
    """Room for one LLM call, held until it is settled."""

    tokens_out: int
    """The longest answer there is room for."""
    exchange: Callable[[Usage], None] = field(repr=False)
    """Puts what was used in the place of what was held."""
    _settled: bool = field(init=False, default=False)

    def settle(self, usage: Usage) -> None:
        """Charge what the call used in place of what was held for it; a second call does nothing."""
        if not self._settled:
            self._settled = True
            self.exchange(usage)
