"""Parts of regular expressions that several readings of a question share."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["CAPITALS", "END", "PERIODS", "without_end"]

CAPITALS: Final = r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*"
"""Words in capitals, one behind the other; where case is looked at."""
END: Final = r"[\s?？.!]*$"
"""The end of a question, with its marks."""
PERIODS: Final = "days|weeks|months|years"
"""What stretches of time are counted in."""


def without_end(question: str) -> str:
    """Return a question without the marks at its end."""
    return re.sub(END, "", question)
