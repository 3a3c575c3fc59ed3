"""Search passages with the times of the question in mind; in memory, by rule, without a model."""

from .contract import DatedPassage, Found, Part, Reading, Weights
from .search import TemporalSearch
from .shipped import read_weights

__all__ = ["DatedPassage", "Found", "Part", "Reading", "TemporalSearch", "Weights", "read_weights"]
