"""Which name of a request is the thing that a deed is done to, and which is for whom it is done.

"Book the Tern for Ole Kvist": what stands behind the verb is what `book_boat` books, and what stands behind "for" is
not. Names look alike to slot filling; where it gave the thing to the wrong argument, the two change places, and where
the thing is not named at all the argument stays empty, to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.text import stem
from questline.tools.tool_retrieval.documents import split_name

from .changing import leading, may_change

__all__ = ["in_place"]

_FOR: Final = r"\b(?:for|to|with|on behalf of)\s+(?:the\s+|my\s+|our\s+|mr\.?\s+|mrs\.?\s+|ms\.?\s+)?"
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


def _verb(tool: ToolDefinition, text: str) -> int | None:
    """Return where the verb of a tool ends in a request."""
    verbs = {stem(word) for word in leading(tool)}
    found = next((one for one in re.finditer(r"[A-Za-z]+", text) if stem(one[0].casefold()) in verbs), None)
    return found.end() if found else None
