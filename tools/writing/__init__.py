"""Greetings: written from a brief, scored by a reward model, judged by principles that can be read and compared."""

from .brief import Brief, Tone
from .examples import Example, read_examples
from .result import Greeting, Greetings, Refusal
from .seen import Seen
from .writer import Writer

__all__ = ["Brief", "Example", "Greeting", "Greetings", "Refusal", "Seen", "Tone", "Writer", "read_examples"]
