"""Closed classes of English words in questions: what asks, and what points to something said elsewhere."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["AUXILIARY", "EMPTY_IT", "PRONOUN", "STARTS_WH", "THERE", "WH"]

WH: Final = r"(?:who|whom|whose|what|when|where|which|why|how)"
"""Words that open a question, as a part of a regular expression."""
STARTS_WH: Final = re.compile(rf"^{WH}\b", re.IGNORECASE)
AUXILIARY: Final = r"(?:is|are|was|were|do|does|did|can|could|will|would|may|must|should|has|have)"
"""Words that open a question for yes or no, likewise."""
PRONOUN: Final = r"(?:it|its|they|them|their|he|him|his|she|her)"
"""Pronouns for a thing or a person, as a part of a regular expression."""
THERE: Final = re.compile(
    "".join(rf"(?<!\b{word} )" for word in ("is", "are", "was", "were", "be", "been", "will", "has", "have", "had"))
    + r"\bthere\b(?! (?:is|are|was|were|be|will|has|have)\b)",
    re.IGNORECASE,
)
"""A place: not the word that only says that something is."""
EMPTY_IT: Final = re.compile(
    r"\bif it (?:rains|snows|is)\b"
    r"|\b(?:time|day|date|year|hot|cold|warm|late|weather) (?:is|was|will) it"
    r"(?= (?:be )?(?:in|on|at|for|now|right|today|tomorrow|there|here|outside|when|if|like|\d+)\b|\s*[,.;:?!]|\s*$)"
    r"|\bis it (?:true|possible|safe|legal|raining|going to|now)\b|\bit (?:takes?|rains|snows|is (?:raining|snowing))\b"
    r"|\bhow (?:far|long) is it (?:to|until|till|between|from .{1,60}? (?:to|until|till))\b|\bwhat time it is\b",
    re.IGNORECASE,
)
"""An "it" that means nothing: of the weather, the time, a distance."""
