"""How much a query needs to be clarified before it can be answered: from 1 (clear) to 4 (not without)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.text import content_terms, stem, words
from questline.types import Passage

from .facts import subject_of

__all__ = ["CLARIFY_FROM", "Need", "need_of"]

CLARIFY_FROM: Final = 3
"""Need from which a question back is better than an answer."""
_LOOKED_AT: Final = 5
_ASKING = re.compile(
    r"\b(?:who|what|where|when|why|how|which|whose)\b|谁|什么|哪|几|多少|怎么|如何|为什么|吗", re.IGNORECASE
)
_CODE = re.compile(r"^(?:0x[0-9a-f]+|[a-z]{0,6}[-_ ]?\d[\w.-]*|\d[\d.,-]*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The need, and what the query could mean."""

    level: int
    readings: tuple[str, ...] = ()
    """Titles that the index has under this name, full form; two or more when the name is shared."""


def need_of(query: str, passages: Sequence[Passage]) -> Need:
    """Judge `query` by its words and by what the index found for it.

    A question with a subject is clear. A bare name is not when the index knows several things of that name. An error
    code or a number is as exact as a query can be, however short.
    """
    terms = list(dict.fromkeys(content_terms(query)))
    if _CODE.match(query.strip()):
        return Need(level=1)
    asked = _ASKING.search(query) is not None
    if not terms:
        return Need(level=4)
    readings = _readings(terms, passages[:_LOOKED_AT])
    level = 1 if asked and len(terms) > 1 else {1: 2, 2: 2}.get(len(terms), 1)
    if len(readings) > 1 and (not asked or len(terms) <= 1):
        level += 1 if len(terms) > 1 else 2
    return Need(level=min(level, 4), readings=readings)


def _readings(terms: Sequence[str], passages: Sequence[Passage]) -> tuple[str, ...]:
    """Return the titles that are the query's words, and nothing else but a qualifier that tells them apart."""
    found: dict[str, None] = {}
    for passage in passages:
        full = " ".join(passage.title.rsplit(" > ", 1)[-1].split())
        bare = [stem(word) for word in words(subject_of(passage.title).removeprefix("the "))]
        if bare and set(bare) == set(terms) and len(full) <= 60:
            found[full] = None
    return tuple(found) if len(found) > 1 else ()
