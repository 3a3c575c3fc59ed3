"""What to ask next: suggestions that the documents answer, ordered by a click model and kept varied."""

from .choosing import Objective
from .ctr_file import load_model, prior_model, save_model
from .ctr_model import CTRModel
from .result import Kind, Suggestion, Suggestions, Wanted
from .store import ImpressionStore
from .suggester import Suggester, Suggests

__all__ = [
    "CTRModel",
    "ImpressionStore",
    "Kind",
    "Objective",
    "Suggester",
    "Suggestion",
    "Suggestions",
    "Suggests",
    "Wanted",
    "load_model",
    "prior_model",
    "save_model",
]
