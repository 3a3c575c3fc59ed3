"""Exact arithmetic, algebra, statistics and units, with a time limit."""

from .bases import from_base, to_base
from .calculator import Calculator, variables
from .result import Calculation, Solutions
from .statistics import Statistics, statistics

__all__ = [
    "Calculation",
    "Calculator",
    "Solutions",
    "Statistics",
    "from_base",
    "statistics",
    "to_base",
    "variables",
]
