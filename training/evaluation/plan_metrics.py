"""How near a predicted plan is to the right one: F1 of its edges and of the tasks in them (spec 02 §7)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

__all__ = ["chain", "f1", "nodes"]

T = TypeVar("T", bound=Hashable)


def f1(predicted: Iterable[T], right: Iterable[T]) -> float:
    """Return the F1 of two sets, in [0, 1]; 1 where both are empty.

    >>> f1([("a", "b"), ("b", "c")], [("a", "b")])
    0.6666666666666666
    """
    given, wanted = set(predicted), set(right)
    return 2 * len(given & wanted) / (len(given) + len(wanted)) if given or wanted else 1.0


def nodes(edges: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the tasks that stand in an edge."""
    return frozenset(end for edge in edges for end in edge)


def chain(ids: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return the edges of a plan that does one after the other: the floor that every row has."""
    return frozenset(pairwise(ids))
