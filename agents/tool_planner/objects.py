"""Which name of a request is the thing that a deed is done to, and which is for whom it is done.

"Book the Tern for Ole Kvist": what stands behind the verb is what `book_boat` books, and what stands behind "for" is
not. Names look alike to slot filling; where it gave the thing to the wrong argument, the two change places, and where
the thing is not named at all the argument stays empty, to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.tables.lexicon import PEOPLE
from questline.tools.tables.mending import is_english
from questline.tools.text import STOPWORDS, stem
from questline.tools.tool_retrieval.documents import split_name

from .changing import leading, may_change

__all__ = ["by_example", "in_place"]

_FOR: Final = r"\b(?:for|to|with|on behalf of)\s+(?:the\s+|my\s+|our\s+|mr\.?\s+|mrs\.?\s+|ms\.?\s+)?"
_SHOWN: Final = re.compile(r"\b(?:such as|e\.g\.,?|for example,?|like|eg)\s+[\"'“]?(?P<x>[A-Za-z]*\d[\w-]*)")
"""An example that a description shows of a code."""
_CODE: Final = re.compile(r"(?<![\w-])[A-Za-z]*\d[\w-]*(?![\w-])")
_FOR_SMALL: Final = re.compile(
    r"\b(?:for|to|with)\s+(?P<name>[a-z]+(?:\s[a-z]+)?)(?=\s*(?:[,.!?]|$)|\s(?:please|pls|thanks|thx|thank|cheers|on|at|from)\b)"
)
_DETERMINER: Final = r"(?:the\s+|an?\s+|my\s+|our\s+|your\s+|one\s+)?"


def in_place(tool: ToolDefinition, text: str, filled: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments of a deed with the thing it is done to in the argument that the tool's name names.

    Args:
        tool: What is to be called; one that only reads keeps what it was given.
        text: The request.
        filled: The arguments, by name.
    """
    given = dict(filled)
    named = [stem(word) for word in split_name(tool.name).casefold().split()[1:]]
    own = next((name for name in given if stem(split_name(name).casefold().split()[-1]) in named), "")
    value = given.get(own)
    if not own or not isinstance(value, str) or not text.isascii() or not may_change(tool):
        return given
    verb = _verb(tool, text)
    if verb is None or not re.search(rf"{_FOR}{re.escape(value)}(?!\w)", text[verb:], re.IGNORECASE):
        return given
    for other, thing in given.items():
        is_object = isinstance(thing, str) and re.match(
            rf"\s+{_DETERMINER}(?:\w+\s+)?{re.escape(thing)}(?!\w)", text[verb:], re.IGNORECASE
        )
        if other != own and is_object:
            return {**given, own: thing, other: value}
    if re.match(rf"\s+{_DETERMINER}(?:{'|'.join(map(re.escape, named))})\w*\s+for\b", text[verb:], re.IGNORECASE):
        del given[own]
    return given


def by_example(tool: ToolDefinition, text: str, filled: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments of a deed with what its tool shows the shape of: "Flat, such as L3", and the text has L5.

    Of somebody whom a hasty request writes small, the words behind "for" are the name where they are no English words.

    Args:
        tool: What is to be called; of one that only reads nothing is added.
        text: The request.
        filled: The arguments, by name.
    """
    given = dict(filled)
    properties = tool.input_schema.get("properties")
    required = tool.input_schema.get("required")
    if not isinstance(properties, Mapping) or not isinstance(required, list | tuple) or not may_change(tool):
        return given
    for name, schema in cast("Mapping[str, object]", properties).items():
        if name in given or name not in required or not isinstance(schema, Mapping):
            continue
        told = cast("Mapping[str, object]", schema)
        if told.get("type") != "string" or "enum" in told:
            continue
        said = f"{split_name(name)} {told.get('description', '')}"
        shown = _SHOWN.search(said)
        taken = {str(value).casefold() for value in given.values()}
        found = {one for one in _CODE.findall(text) if shown and _shape(one) == _shape(shown["x"])}
        found = {one for one in found if one.casefold() not in taken}
        if len(found) == 1:
            given[name] = found.pop()
        elif not PEOPLE.isdisjoint(stem(word) for word in re.findall(r"[a-z]+", said.casefold())):
            person = _small_name(text)
            if person:
                given[name] = person
    return given


def _small_name(text: str) -> str:
    """Return the name behind "for" in a request that has no capitals; empty where its words may be English."""
    match = _FOR_SMALL.search(text) if text == text.casefold() else None
    if match is None or any(word in STOPWORDS for word in match["name"].split()):
        return ""
    return match["name"] if not all(is_english(word) for word in match["name"].split()) else ""


def _shape(text: str) -> str:
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d+", "0", text)))


def _verb(tool: ToolDefinition, text: str) -> int | None:
    """Return where the verb of a tool ends in a request."""
    verbs = {stem(word) for word in leading(tool)}
    found = next((one for one in re.finditer(r"[A-Za-z]+", text) if stem(one[0].casefold()) in verbs), None)
    return found.end() if found else None
