"""What forward passes of a model cost on this machine, behind a prompt."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from .break_even import SIZES, Costs, measured_costs
from .passes import Passes
from .tree import Tree

__all__ = ["costs_of"]


def costs_of(
    model: Any,
    prompt: Sequence[int],
    *,
    sizes: Sequence[int] = SIZES,
    rounds: int = 7,
    clock: Callable[[], float] = time.perf_counter,
) -> Costs:
    """Measure passes over so many tokens behind a prompt, as a draft makes them.

    Args:
        model: In its evaluating mode.
        prompt: Tokens, read once.
        sizes: Tokens of a pass; 1 among them. Those that do not fit into the context are left out.
        rounds: How often each is measured.
        clock: Tells seconds; on a GPU it has to wait for the device.
    """
    passes = Passes(model)
    passes.read(prompt)
    length = passes.length
    fitting = [size for size in sizes if length + size <= passes.context]

    def ask(tokens: int) -> None:
        passes.ask(prompt[-1], Tree.chain([prompt[-1]] * (tokens - 1)))
        passes.back(length)

    return measured_costs(ask, sizes=fitting, rounds=rounds, clock=clock)
