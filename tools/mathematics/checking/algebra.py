"""What only algebra can say, asked of a child process that is killed when late."""

from __future__ import annotations

import atexit
import contextvars
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from time import monotonic
from typing import Final

from questline.errors import RunError, UsageError
from questline.tools.mathematics.tree import Call, Comparison, Name, Node, Number
from questline.tools.processes import Pool

from .numeric import Sameness

__all__ = ["Late", "deadline", "left", "same_zeros", "written"]

_END: Final[contextvars.ContextVar[float]] = contextvars.ContextVar("checking_deadline", default=float("inf"))
_LEAST_S: Final = 0.05
_MOST_S: Final = 10.0


class Late(Exception):
    """The time for a comparison is over."""


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Give what runs inside so much time."""
    token = _END.set(monotonic() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def left() -> float:
    """Return the seconds that are left.

    Raises:
        Late: None are.
    """
    found = _END.get() - monotonic()
    if found <= 0:
        raise Late
    return min(found, _MOST_S)


def same_zeros(one: Node, other: Node) -> Sameness:
    """Say whether two formulas are zero together: their numerators are the same up to a constant factor.

    Raises:
        Late: The child did not answer in time.
    """
    texts = [written(node) for node in (one, other)]
    try:
        found = _pool().run("same_zeros", {"one": texts[0], "other": texts[1]}, seconds=max(left(), _LEAST_S))
    except RunError as error:
        if error.code in ("time_limit", "memory_limit", "too_deep"):
            raise Late from error
        return "unknown"
    except UsageError:
        return "unknown"
    return "same" if found["same"] else "different" if found["sure"] else "unknown"


@cache
def _pool() -> Pool:
    pool = Pool("questline.tools.mathematics.jobs", memory=2 << 30)
    atexit.register(pool.close)
    return pool


def written(node: Node) -> str:
    """Return text that `parse` reads as this tree."""
    match node:
        case Number():
            return f"({node.value.numerator}/{node.value.denominator})"
        case Name():
            return node.name
        case Comparison():
            return "0"
        case Call():
            parts = [f"({written(each)})" for each in node.arguments]
            if node.function in ("+", "-", "*", "/", "^", "//"):
                return f"(-{parts[0]})" if len(parts) == 1 else f"({parts[0]}{node.function}{parts[1]})"
            return f"{node.function}({','.join(written(each) for each in node.arguments)})"
