"""Split a question into its atomic intents: by rule, or with a language model (spec 02 §2.2)."""

from .model import find_intents
from .rules import split
from .values import Cut, Intent, Intents

__all__ = ["Cut", "Intent", "Intents", "find_intents", "split"]
