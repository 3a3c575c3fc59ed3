"""Answer when, which first, whether at the same time, and how far apart, from the intervals of dated passages."""

from .answer import answer_from
from .contract import Interval, TemporalAnswer

__all__ = ["Interval", "TemporalAnswer", "answer_from"]
