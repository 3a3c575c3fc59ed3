"""Formulas in a question: ``3x^2 + 2x - 1``, ``y = sin(x)``, ``a AND b``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .mention import Mention

__all__ = ["formulas_in"]

_ATOM: Final = (
    r"(?:(?:sin|cos|tan|exp|log|ln|sqrt)\s?\([^()\s]{1,40}\)|\([^()]{1,40}\)|\d+(?:\.\d+)?\*?[a-z]?(?![a-z])"
    r"|[a-z](?![a-z]))"
)
_POWER: Final = rf"{_ATOM}(?:\s?(?:\^|\*\*)\s?(?:\d+|\([^()]{{1,20}}\)|[a-z]\b)|[²³])?"
_FORMULA: Final = re.compile(
    rf"(?<![\w.])(?P<body>(?:[-−]\s?)?{_POWER}(?:\s?[-+*/−]\s?{_POWER})*)(?![\w(])", re.IGNORECASE
)
_LONGEST: Final = 400


def formulas_in(text: str) -> Iterator[Mention]:
    """Yield what has a variable and an operation, without the left side of an equation (``y =``)."""
    for match in _FORMULA.finditer(text[:4000]):
        body = match["body"].strip()
        if len(body) > _LONGEST or not re.search(r"[a-z]", body, re.IGNORECASE) or not _operates(body):
            continue
        start = match.start() + len(match["body"]) - len(match["body"].lstrip())
        yield Mention(how="formula", value=body, start=start, end=start + len(body), text=body)


def _operates(body: str) -> bool:
    return bool(re.search(r"\^|\*\*|[²³]|\d[a-z]\b|[a-z0-9)]\s?[-+*/]\s?[(a-z0-9]|\w\(", body, re.IGNORECASE)) and not (
        re.fullmatch(r"\d+(?:\.\d+)?[a-z]", body, re.IGNORECASE) and body[-1] not in "xyzt"
    )
