"""Take a model's reply apart into the sections that its prompt asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Sections", "read_sections"]

_HEADING: Final = re.compile(
    r"^[ \t]*#{0,4}[ \t]*\**(?P<name>question|figure|solution|题目|图形|解答)\**[ \t]*[:：]?\**[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES: Final = {"题目": "question", "图形": "figure", "解答": "solution"}
_NONE: Final = frozenset({"none", "none.", "n/a", "无", "无。"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """What stands under each heading."""

    question: str
    figure: str
    solution: str
    """The whole text where there are no headings."""
    found: bool
    """Whether there were headings."""


def read_sections(text: str) -> Sections:
    """Return the sections of a reply; a heading that comes twice begins nothing new but the last one of its name."""
    heads = list(_HEADING.finditer(text))
    if not heads:
        return Sections(question="", figure="", solution=text, found=False)
    ends = [head.start() for head in heads[1:]] + [len(text)]
    bodies: dict[str, str] = {}
    for head, end in zip(heads, ends, strict=True):
        name = head["name"].lower()
        bodies[_NAMES.get(name, name)] = text[head.end() : end].strip()
    figure = bodies.get("figure", "")
    return Sections(
        question=bodies.get("question", ""),
        figure="" if figure.lower() in _NONE else figure,
        solution=bodies.get("solution", "" if "question" in bodies else text),
        found=True,
    )
