"""Exact arithmetic, algebra, statistics and units, with a time limit."""

from .answers import Checked, check_answer
from .bases import from_base, to_base
from .calculator import Calculator, variables
from .result import Calculation, Solutions
from .statistics import Statistics, statistics

__all__ = [
    "Calculation",
    "Calculator",
    "Checked",
    "Solutions",
    "Statistics",
    "check_answer",
    "from_base",
    "statistics",
    "to_base",
    "variables",
]
