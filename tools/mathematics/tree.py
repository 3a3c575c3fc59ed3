"""What a formula says, as a tree of four kinds of node."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

__all__ = ["COMPARISONS", "Call", "Comparison", "Name", "Node", "Number", "Operator", "names_of"]

Operator = Literal["+", "-", "*", "/", "//", "mod", "^"]
COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A rational number, exactly as written: ``0.1`` is one tenth."""

    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A constant, an unknown or a unit."""

    name: str
    unit: bool = False
    """Whether it is a unit behind a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function or an operator with its arguments."""

    function: str
    """A function's name, or an `Operator`."""
    arguments: tuple[Node, ...]
    position: int
    """Where it stands in the text, for errors."""
    height: int = 1
    """Calls inside each other, this one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two formulas compared; only ever the whole of a formula."""

    sign: str
    """One of `COMPARISONS`."""
    left: Node
    right: Node


Node = Number | Name | Call | Comparison


def names_of(node: Node) -> set[str]:
    """Return every name in a tree, constants too."""
    match node:
        case Number():
            return set()
        case Name():
            return {node.name}
        case Call():
            return set[str]().union(*(names_of(each) for each in node.arguments))
        case Comparison():
            return names_of(node.left) | names_of(node.right)
