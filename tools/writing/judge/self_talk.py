"""Texts that speak to who judges them, or of how good they are, in place of wishing somebody something.

Not a list of phrases but of ways to speak, in ``self_talk.toml``: an order to leave the rules, a demand for a verdict,
somebody addressed who judges, and praise whose subject is the text. What is left without the latter must be a greeting.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final, cast

__all__ = ["praise_of_itself", "says_something", "to_the_judge"]

_SENTENCE: Final = re.compile(r"[^。！？.!?\n]+[。！？.!?\n]*")
_PART: Final = re.compile(r"<(\w+)>")
_MARKS: Final = " ，。！？；：:,.!?;\n"


def to_the_judge(text: str) -> str:
    """Return the words by which a text speaks to who judges it, or tells them what to say; empty for none."""
    return _first("orders", text)


def praise_of_itself(text: str) -> str:
    """Return the words by which a text says how good it is; empty for none."""
    return _first("praise", text)


def says_something(text: str) -> str:
    """Return a text without the sentences that are praise of nobody knows what: ``This is excellent.``"""
    (bare,) = _patterns("bare")
    return "".join(each for each in _SENTENCE.findall(text) if not bare.fullmatch(each.rstrip("。！？.!?\n")))


def _first(table: str, text: str) -> str:
    return next((found[0].strip(_MARKS) for each in _patterns(table) if (found := each.search(text))), "")


@cache
def _patterns(table: str) -> tuple[re.Pattern[str], ...]:
    told = tomllib.loads((resources.files("questline.tools.writing.judge") / "self_talk.toml").read_text("utf-8"))
    parts = cast("dict[str, str]", told["parts"])
    given = cast("str | Sequence[str]", told[table]["all"])
    rows = (given,) if isinstance(given, str) else tuple(given)
    return tuple(re.compile(_PART.sub(lambda found: parts[found[1]], each), re.IGNORECASE) for each in rows)
