"""When a draft is worth its forward pass: what passes cost by their tokens, and a switch that goes by it (spec 05 §3).

    break-even(n) = c(1 + n) / c(1) - 1

accepted tokens a pass, where c(m) is the cost of a forward pass over m tokens: fewer, and plain decoding is faster.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from questline.errors import UsageError

__all__ = ["SIZES", "Costs", "Switch", "measured_costs"]

SIZES: Final = (1, 2, 3, 5, 9, 17, 33, 64)
"""Tokens of the passes whose cost is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds, or any unit, of a forward pass by its number of tokens; between two that are known, on a line."""

    by_tokens: Mapping[int, float]

    def __post_init__(self) -> None:
        if 1 not in self.by_tokens or min(self.by_tokens) < 1 or min(self.by_tokens.values()) <= 0:
            raise UsageError(
                "costs need that of a pass of one token, and each must be above 0",
                code="bad_argument",
                argument="by_tokens",
            )

    def of(self, tokens: int) -> float:
        """Return the cost of a pass of so many tokens, in passes of one."""
        known = sorted(self.by_tokens)
        at = bisect_left(known, tokens)
        one = self.by_tokens[1]
        if at < len(known) and known[at] == tokens:
            return self.by_tokens[tokens] / one
        if len(known) == 1:
            return 1.0
        low, high = (known[at - 1], known[at]) if at < len(known) else (known[-2], known[-1])
        slope = (self.by_tokens[high] - self.by_tokens[low]) / (high - low)
        return max(self.by_tokens[low] + slope * (tokens - low), 0.0) / one

    def break_even(self, drafted: int) -> float:
        """Return the accepted tokens a pass, below which a draft of so many tokens costs more than it brings."""
        return self.of(1 + drafted) - 1


def measured_costs(
    run: Callable[[int], None],
    *,
    sizes: Sequence[int] = SIZES,
    rounds: int = 7,
    clock: Callable[[], float] = time.perf_counter,
) -> Costs:
    """Measure passes of each size in turn, round by round, and return the least of each: other work only adds.

    Args:
        run: Makes a pass of so many tokens and takes it back.
        sizes: Tokens; 1 among them.
        rounds: How often each is measured.
        clock: Tells seconds.
    """
    seen: dict[int, list[float]] = {size: [] for size in sizes}
    for size in sizes:
        run(size)  # the first one of a size may set something up
    for _ in range(rounds):
        for size in sizes:
            began = clock()
            run(size)
            seen[size].append(clock() - began)
    return Costs(by_tokens={size: min(times) for size, times in seen.items()})


class Switch:
    """Switches drafts off while they cost more than they bring.

    Over the last `window` passes that had a draft, what they wrote is weighed against what they cost. Off, it rests for
    some passes, each time twice as long, and then looks again at half a window.

    Args:
        costs: Of passes.
        window: Passes.
        rest: Passes without drafts, the first time.
        longest: Of a rest.
    """

    def __init__(self, costs: Costs, *, window: int = 8, rest: int = 16, longest: int = 256) -> None:
        if min(window, rest, longest) < 1:
            raise UsageError("window, rest and longest must be at least 1", code="bad_argument", argument="window")
        self._costs, self._window, self._first, self._longest = costs, window, rest, longest
        self._seen: deque[tuple[float, float]] = deque(maxlen=window)
        self._rest, self._left, self._needed = rest, 0, window
        self.switched_off = 0
        """How often."""

    @property
    def on(self) -> bool:
        """Whether the next pass may have a draft."""
        return not self._left

    def passed(self) -> None:
        """Count a pass that had no draft because it is off."""
        self._left = max(0, self._left - 1)

    def heard(self, *, drafted: int, accepted: int) -> None:
        """Take up a pass that had a draft."""
        self._seen.append((1.0 + accepted, self._costs.of(1 + drafted)))
        if len(self._seen) < self._needed:
            return
        brought, cost = (sum(each) for each in zip(*self._seen, strict=True))
        if brought >= cost:
            self._rest, self._needed = self._first, self._window
            return
        self.switched_off += 1
        self._left, self._rest = self._rest, min(2 * self._rest, self._longest)
        self._needed = max(1, self._window // 2)
        self._seen.clear()
