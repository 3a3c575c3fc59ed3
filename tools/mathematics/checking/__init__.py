"""Whether an answer is right, part by part: by rules, in Chinese and English, without a model."""

from .checker import check_answer
from .kinds import QuestionKind, kind_of
from .parts import GoldPart, parts_of
from .verdicts import Checked, PartVerdict, Route, Status

__all__ = ["Checked", "GoldPart", "PartVerdict", "QuestionKind", "Route", "Status", "check_answer", "kind_of", "parts_of"]
