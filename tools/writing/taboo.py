"""What is refused, and what is never said at an occasion: principles and words, to be read in ``taboo.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from .brief import Brief
from .result import Refusal
from .script import lowered

__all__ = ["refusal", "taboo_in"]

_PRINCIPLES: Final = ("harassing", "sexual", "hateful")


def refusal(brief: Brief, occasion: str) -> Refusal | None:
    """Return why nothing is written for a brief; None where nothing speaks against it.

    Args:
        brief: Looked at whole: query, recipient and required words.
        occasion: What it was read as.
    """
    told = lowered("\n".join((brief.query, brief.recipient or "", *brief.must_include)))
    for principle in _PRINCIPLES:
        if found := _pattern(principle, "words").search(told):
            return Refusal(principle=principle, text=_told()[principle]["text"], evidence=found[0])
    if found := taboo_in(occasion, "\n".join((brief.recipient or "", *brief.must_include))):
        return Refusal(principle="taboo", text=_told()["occasions"]["text"], evidence=found)
    return None


def taboo_in(occasion: str, text: str) -> str:
    """Return the first word of a text that is taboo at an occasion or anywhere; empty for none."""
    plain = lowered(text)
    patterns = [_pattern(principle, "words") for principle in _PRINCIPLES]
    if occasion in _told()["occasions"]:
        patterns.append(_pattern("occasions", occasion))
    return next((found[0] for pattern in patterns if (found := pattern.search(plain))), "")


@cache
def _told() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("questline.tools.writing") / "taboo.toml").read_text("utf-8"))


@cache
def _pattern(table: str, key: str) -> re.Pattern[str]:
    return re.compile(_told()[table][key].lower())
