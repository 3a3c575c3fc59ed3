"""One tool's fields beside one question: what is the same for all pairs of a field and a value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from questline.tools.text import STOPWORDS, stem

from .mention import Mention
from .reading import Question
from .schema import Field
from .vocabulary import listed
from .wording import content_stems

__all__ = ["FROM", "GENERIC", "TO", "View", "equals", "role"]

GENERIC: Final = frozenset(
    stem(word)
    for word in listed(
        "name value number type amount id list data string text input total parameter first second field"
    )
)
FROM: Final = frozenset(listed("from start origin departure source base begin starting initial first old current low"))
TO: Final = frozenset(listed("to end destination arrival target final ending second new dest until high"))


@dataclass(frozen=True, kw_only=True)
class View:
    """Fields, question, and what the reader said."""

    question: Question
    fields: Sequence[Field]
    tool: str
    """Name and description."""
    margins: Mapping[tuple[str, int, int], float]
    """Of the trained reader, by field and place."""

    @cached_property
    def shared(self) -> Mapping[str, int]:
        """How many fields have a stem in name or description."""
        count: dict[str, int] = {}
        for field in self.fields:
            for one in self.names(field) | self.told(field):
                count[one] = count.get(one, 0) + 1
        return count

    @cached_property
    def best(self) -> Mapping[str, float]:
        """The highest margin of each field."""
        found: dict[str, float] = {}
        for (field, _, _), margin in self.margins.items():
            found[field] = max(found.get(field, -99.0), margin)
        return found

    @cached_property
    def of_tool(self) -> frozenset[str]:
        """Stems of the tool's name and description."""
        return content_stems(self.tool)

    @cached_property
    def ranks(self) -> Mapping[str, tuple[int, int]]:
        """Place of each field among those of its family that are required, and how many there are."""
        found: dict[str, tuple[int, int]] = {}
        for numeric in (True, False):
            like = [one for one in self.fields if (one.type in ("integer", "number")) == numeric]
            needed = [one for one in like if one.required] or like
            for one in like:
                found[one.id] = (needed.index(one) if one in needed else 99, len(needed))
        return found

    def names(self, field: Field) -> frozenset[str]:
        """Return the stems of a field's name that tell it from others."""
        own = frozenset(stem(word) for word in field.words.split() if word not in STOPWORDS)
        return own - GENERIC or own

    def told(self, field: Field) -> frozenset[str]:
        """Return the stems of its description's first sentence."""
        return (
            content_stems(re.split(r"\.\s|\be\.g\b|\bdefault", field.description, flags=re.IGNORECASE)[0][:200])
            - GENERIC
        )

    def distinct(self, stems: Set[str]) -> frozenset[str]:
        """Return the stems that no other field has."""
        return frozenset(one for one in stems if self.shared.get(one, 0) <= 1)


def equals(text: str, field: Field, mention: Mention) -> bool:
    """Whether the field's own name stands right before, with or without a sign: ``b = -3``, ``height is 5``."""
    names = {re.escape(field.path[-1]), re.escape(field.words)}
    low = text[max(0, mention.start - 60) : mention.start]
    return bool(
        re.search(
            rf"(?<!\w)(?:{'|'.join(names)})\)?['\"]?\s*(?:=|:|is|as|of|being|equals?|equal to)?\s*['\"$]?$",
            low,
            re.IGNORECASE,
        )
    )


def role(question: Question, field: Field, mention: Mention, roles: frozenset[str], before: tuple[str, ...]) -> float:
    """Return how near a word of beginning or end stands before a value, for a field of that role; else 0."""
    words = set(field.words.split())
    if (
        not words & roles
        and not ("1" in field.words and "from" in before)
        and not ("2" in field.words and "to" in before)
    ):
        return 0.0
    said = question.wording.before(mention.start, 3).split()[::-1]
    return next((1.0 / (1 + n) for n, word in enumerate(said) if word in before), 0.0)
