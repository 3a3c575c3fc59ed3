"""What a formula may be at most, and the errors that say so."""

from __future__ import annotations

from typing import Final

from questline.errors import UsageError

__all__ = [
    "LONGEST",
    "MOST_DEPTH",
    "MOST_DIGITS",
    "MOST_LINKS",
    "MOST_LITERAL",
    "MOST_NODES",
    "MOST_PLACES",
    "bad_expression",
    "check_places",
    "too_large",
    "undefined",
]

LONGEST: Final = 2000
"""Characters of a formula."""
MOST_NODES: Final = 1000
"""Numbers, names, operators and calls of a formula."""
MOST_DEPTH: Final = 60
"""Brackets and operators inside each other."""
MOST_LINKS: Final = 200
"""Operators and calls that depend on each other, in a long sum or product too."""
MOST_LITERAL: Final = 1000
"""Digits of a number as written, and the largest exponent of ten behind it."""
MOST_DIGITS: Final = 4000
"""Digits of an exact result, below Python's own bound on turning whole numbers into text."""
MOST_PLACES: Final = 50
"""Significant digits of a decimal approximation."""


def bad_expression(message: str, *, position: int) -> UsageError:
    """Return the error for a formula that cannot be read; `position` counts characters from 0."""
    return UsageError(f"{message} (at character {position})", code="bad_expression", position=position)


def too_large(message: str) -> UsageError:
    """Return the error for what is beyond a limit."""
    return UsageError(message, code="too_large")


def undefined(message: str) -> UsageError:
    """Return the error for what has no value."""
    return UsageError(message, code="undefined")


def check_places(digits: int) -> int:
    """Return `digits`, or raise ``bad_param`` when it is not between 1 and `MOST_PLACES`."""
    if type(digits) is not int or not 1 <= digits <= MOST_PLACES:
        raise UsageError(
            f"digits={digits!r} must be a whole number from 1 to {MOST_PLACES}", code="bad_param", argument="digits"
        )
    return digits
