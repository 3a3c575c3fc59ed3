"""What a sentence says with what stands around it: the ground on which the words of a question must be found again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from questline.agents.intents.closed_words import PRONOUN
from questline.agents.tool_executor.call_evidence import result_told, texts_given
from questline.agents.tool_planner.literals import PATH
from questline.tools.text import sentences, words
from questline.types import Evidence

__all__ = ["Ground", "ground_of", "without_source"]

_POINTS: Final = re.compile(rf"^\W*(?:{PRONOUN}|this|that|these|those|there|here)\b", re.IGNORECASE)
_LONGEST: Final = 20_000
"""Characters of a source beyond which only what is told of it is looked at."""
_QUESTION: Final = 4
"""Words from which an argument says what was asked, and not of what."""
_FAR: Final = 3
"""Sentences to which a chain of pronouns leads back."""
_ACCORDING: Final = re.compile(
    r",?\s*\b(?:according to|as per|going by|as stated in|based on)\b[^?.,]*(?=[?.,]|$),?|根据[^，？]*，", re.IGNORECASE
)
_LEFT: Final = re.compile(
    r"(?:\s+(?:in|from|of|by|per|the|file))+\s*(?=[?.,]|$)|^\W*(?:in|from|of|the|file)?\s*,\s*", re.IGNORECASE
)
"""What stood before the name of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A told text, from near to far."""

    told: str
    """The sentences themselves."""
    near: str
    """What they point back to, the sentence before each, and titles, headings and what a tool was asked of."""
    whole: str
    """All that the sources say."""


def ground_of(text: str, sources: Sequence[Evidence], *, asked: str = "") -> Ground:
    """Return the ground of sentences.

    Args:
        text: What is told.
        sources: What it is told from.
        asked: The question; an argument that only repeats it says nothing.
    """
    flat = " ".join(text.split())
    near: list[str] = []
    whole: list[str] = []
    for one in sources:
        body = result_told(one)[:_LONGEST]
        near += [one.title, one.source.replace("/", " ")] if one.kind == "passage" else []
        if one.kind == "tool":
            near += [each for each in texts_given(one) if len(each.split()) < _QUESTION and words(each) != words(asked)]
        whole.append(body)
        said = [span.text for line in body.splitlines() for span in sentences(line)]
        near += said[:1] if said and not said[0].rstrip().endswith((".", "!", "?", "。")) else []  # a heading
        for place, line in enumerate(said):
            if " ".join(line.split()) not in flat:
                continue
            near += said[max(0, place - 1) : place]
            back = place
            while back and place - back < _FAR and _POINTS.search(said[back]):
                back -= 1
                near.append(said[back])
    return Ground(told=text, near=" \n".join([text, *near]), whole=" \n".join([text, *near, *whole]))


def without_source(text: str) -> str:
    """Return a question without the file, or whoever else, that is to say it.

    >>> without_source("How high is the water in feet according to port/tides.txt?")
    'How high is the water in feet?'
    """
    plain = PATH.sub("", text)
    whole = _ACCORDING.sub("", plain)
    plain = whole if len(whole.split()) > 1 or not whole.isascii() else plain
    return re.sub(r"\s+(?=[?.,]|$)", "", " ".join(_LEFT.sub("", plain).split())).strip(" ,")
