"""Questions of mathematics answered by rules: formulas, and word problems of one or two steps."""

from .solver import Solution, solve_problem

__all__ = ["Solution", "solve_problem"]
