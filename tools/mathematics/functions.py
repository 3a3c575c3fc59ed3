"""The functions of a formula and how many arguments each takes."""

from __future__ import annotations

from typing import Final

__all__ = ["ARITY", "CONSTANTS"]

_ONE: Final = (
    "sqrt cbrt exp ln lg log10 log2 abs sign floor ceil factorial sin cos tan cot sec csc asin acos atan arcsin arccos"
    " arctan sinh cosh tanh asinh acosh atanh re im conj percent"
)
_MANY: Final = "gcd lcm min max mean average median sum"

ARITY: Final[dict[str, tuple[int, int]]] = {
    **dict.fromkeys(_ONE.split(), (1, 1)),
    **dict.fromkeys(_MANY.split(), (1, 0)),
    "log": (1, 2),
    "root": (2, 2),
    "mod": (2, 2),
    "round": (1, 2),
    "binomial": (2, 2),
    "permutations": (2, 2),
    "atan2": (2, 2),
}
"""Function → fewest and most arguments; 0 is no limit."""
CONSTANTS: Final = frozenset({"pi", "e", "tau", "oo", "I", "i"})
"""Names that are no unknowns: π, Euler's number, 2π, infinity, the imaginary unit.

`e` and `i` may be unknowns where they are asked for.
"""
