"""Questions of mathematics answered by rules: formulas, and word problems of one or two steps."""

from .bare import answers_in
from .solver import Solution, solve_problem

__all__ = ["Solution", "answers_in", "solve_problem"]
