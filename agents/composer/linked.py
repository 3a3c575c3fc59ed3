"""Rows that a learnt model found, held against the question: years, months and numbers must stand in what it read.

Rules that refuse any word which they do not understand need no such look; a model takes words for idle. Its own
confidence says whether its reading carries an answer; what is counted or dated has to be there all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from questline.tools.text import words

from .conditions import number_lacking
from .ground import Ground, without_source
from .periods import month_lacking, year_lacking

__all__ = ["unheld"]

_MODEL: Final = "model"


def unheld(question: str, result: object) -> str:
    """Return a year, month or number of a question that a model's reading does not hold; empty where there is none.

    Args:
        question: The intent.
        result: A tool's; one that no model read (``read_by``) is not looked at.
    """
    if not isinstance(result, Mapping):
        return ""
    told = cast("Mapping[str, object]", result)
    if told.get("read_by") != _MODEL:
        return ""
    text = " ".join(str(told.get(name, "")) for name in ("reading", "sql", "columns", "rows"))
    asked = without_source(question)
    ground = Ground(told=text, near=text, whole=text)
    for rule in (year_lacking, month_lacking):
        lost = rule(asked, ground)
        if lost is not None and not set(words(lost[1])) <= set(words(text)):
            return lost[1]
    return number_lacking(asked, ground)
