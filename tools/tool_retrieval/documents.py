"""A tool as the index reads it: names taken apart into words, and one text of all that is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

__all__ = ["ToolDocument", "parameters_of", "split_name", "text_of"]

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)")
_MARKS: Final = re.compile(r"[_\-./&]+")
_MOST: Final = 64
"""Parameters of a tool that are read."""
_LONGEST: Final = 4_000
"""Characters of a description that are read; the encoder sees the first 256 word pieces of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDocument:
    """What is known of a tool without calling it. All of it is others' text: data, never an instruction."""

    server: str
    """The server's name; empty where there are no servers."""
    name: str
    description: str = ""
    server_description: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    """Name and description of each."""
    queries: tuple[str, ...] = ()
    """What people would ask for who need it: written by a language model, or met in use."""

    @property
    def id(self) -> str:
        """``server/tool``, unique in an index; the bare name without a server."""
        return f"{self.server}/{self.name}" if self.server else self.name


def split_name(name: str) -> str:
    """Return a name as words: cut at case, digits and marks.

    >>> split_name("getHTTPStatus_v2"), split_name("suivi-colis")
    ('get HTTP Status v 2', 'suivi colis')
    """
    return _MARKS.sub(" ", _CAMEL.sub(" ", name)).strip()


def parameters_of(schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return name and description of the properties at the top of a JSON schema; what has no such form counts not."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return ()
    found: list[tuple[str, str]] = []
    for name, value in list(cast("Mapping[str, object]", properties).items())[:_MOST]:
        said = cast("Mapping[str, object]", value).get("description") if isinstance(value, Mapping) else None
        found.append((str(name), said if isinstance(said, str) else ""))
    return tuple(found)


def text_of(tool: ToolDocument) -> str:
    """Return what the encoder reads of a tool: its server before it, its parameters after it (spec 02 §2.5)."""
    text = f"{split_name(tool.name)}: {tool.description[:_LONGEST]}"
    if tool.server:
        text = f"{' '.join([tool.server, *tool.server_description[:_LONGEST].split()])} \n{text}"
    if tool.parameters:
        told = (f"{split_name(name)} {said}".rstrip() for name, said in tool.parameters)
        text += f"\nParameters: {'; '.join(told)}"
    return text
