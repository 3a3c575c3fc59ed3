"""Whether a question turns a boolean field on or off."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from questline.tools.text import STOPWORDS, stem

from .schema import NONE, Field
from .wording import Wording, content_stems

__all__ = ["Switch", "stated_default", "switch_in"]

_MARKERS: Final = frozenset(
    stem(word)
    for word in [
        "include",
        "including",
        "is",
        "has",
        "with",
        "show",
        "get",
        "return",
        "allow",
        "allowed",
        "enable",
        "use",
        "flag",
        "whether",
        "option",
        "set",
        "only",
        "want",
        "should",
        "need",
        "require",
        "required",
        "needed",
        "consider",
        "account",
        "apply",
        "provide",
        "display",
        "add",
        "make",
        "status",
        "if",
        "true",
        "false",
        "info",
        "information",
        "data",
    ]
)
_NOT: Final = re.compile(
    r"\b(?:without|no|not|don't|do not|doesn't|exclud\w+|avoid\w*|except|skip|never|disable\w*|non)\b", re.IGNORECASE
)
_SCOPE: Final = 4
"""Words after a "not" that it denies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A boolean that the question speaks of."""

    value: bool
    start: int
    end: int
    strength: float
    """Share of the field's own words that the question has."""


def switch_in(wording: Wording, field: Field, of_tool: Set[str]) -> Switch | None:
    """Return whether the field is turned on, or off by a "not" before its words; None where it is not spoken of.

    Args:
        wording: The question.
        field: A boolean.
        of_tool: Stems that the tool's own name has; they say nothing about this field.
    """
    own = frozenset(stem(word) for word in field.words.split() if word not in STOPWORDS) - _MARKERS
    telling = own - of_tool or own
    places = [word for word in wording.words if _is_one(word.stem, telling)]
    share = sum(any(_is_one(word.stem, {one}) for word in places) for one in telling) / len(telling) if telling else 0.0
    if share < 1:
        said = content_stems(field.description.partition(".")[0]) - _MARKERS - of_tool
        named = [word for word in wording.words if word.stem in said]
        second = 0.6 * len({word.stem for word in named}) / max(2, len(said))
        if second > share and second >= 0.3:
            share, places = second, named
    if not places or share < 0.3:
        return None
    negative = field.words.split()[0] in ("no", "exclude", "avoid", "without", "skip")
    off = any(_denied(wording, word.start) for word in places)
    return Switch(value=not off or negative, start=places[0].start, end=places[0].end, strength=share)


def _is_one(word: str, stems: Set[str]) -> bool:
    """Whether a stem is one of some, or begins as a long one does: ``standardization`` and ``standardize``."""
    return word in stems or any(len(one) > 6 and word[:7] == one[:7] for one in stems)


def stated_default(field: Field) -> object:
    """Return the default of a boolean, from the schema or its description; `NONE` without one."""
    if isinstance(field.default, bool):
        return field.default
    told = (field.default if isinstance(field.default, str) else field.hints.default).casefold()
    return {"true": True, "false": False}.get(told, NONE)


def _denied(wording: Wording, start: int) -> bool:
    first, _ = wording.span(start, start)
    low = wording.words[max(0, first - _SCOPE)].start
    return bool(_NOT.search(re.split(r"[,.;]|\bbut\b", wording.text[low:start])[-1]))
