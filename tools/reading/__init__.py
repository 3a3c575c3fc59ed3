"""Short answers read out of passages by rule, with what they rest on."""

from .combining import combine
from .ranking import Encoder
from .reader import read
from .result import ReadCandidate, Reading

__all__ = ["Encoder", "ReadCandidate", "Reading", "combine", "read"]
