"""What each argument of a tool takes, read off its schema: a whole question, a formula, a path, a day, a zone …

Only what a schema says counts: names, types, descriptions and examples. A server that nobody knows is read as ours are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.schema import Field, leaves, read_schema
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import STOPWORDS, stem, words
from questline.tools.tool_retrieval.documents import split_name

from .places import ZONE_NAME
from .references import Place
from .result_types import leaves as result_leaves

__all__ = ["Kind", "Shape", "Slot", "lists_files", "shape_of", "vocabulary"]

Kind: TypeAlias = Literal[
    "question", "formula", "formulas", "path", "folder", "day", "time", "zone", "count", "code", "other"
]  # fmt: skip
_QUESTION: Final = frozenset(
    listed("question query q request prompt ask utterance message instruction search search_query searchtext keywords")
)
_PATH: Final = frozenset(listed("path file filename file_name filepath file_path pathname"))
_FOLDER: Final = frozenset(listed("folder directory dir"))
_PATTERN: Final = frozenset(listed("pattern glob name_pattern file_pattern"))
_FORMULA: Final = frozenset(["expression", "formula", "equation", "expr", "math_expression"])
_FORMULAS: Final = frozenset(["expressions", "formulas", "equations"])
_CODE: Final = re.compile(
    r"\b(?:sql|regex|regular expression|graphql|cypher|xpath|jq|select statement|script|code)\b", re.IGNORECASE
)
_DAY_NAME: Final = frozenset(
    listed(
        "day date on since until till before after start end from to begin deadline departure arrival"
        " birthday checkin checkout due"
    )
)
_DAY: Final = re.compile(r"\b(?:day|date|YYYY)\b", re.IGNORECASE)
_TIME: Final = re.compile(r"\bISO[ -]?8601\b|\bdate-?time\b|\btimestamp\b|\bHH:MM", re.IGNORECASE)
_UNITS: Final = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
_READ: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One argument, or one field of an argument that is an object."""

    field: Field
    kind: Kind

    @property
    def name(self) -> str:
        """Its path with dots."""
        return self.field.id

    @property
    def required(self) -> bool:
        """Whether a call without it is refused."""
        return self.field.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A tool as the planner sees it."""

    slots: tuple[Slot, ...]
    words: frozenset[str]
    """Stems of all that the tool says of itself, its arguments and its results."""
    name: frozenset[str]
    """Stems of its name and title."""

    @property
    def question(self) -> Slot | None:
        """The argument that takes a whole question, where the tool cannot do without it."""
        return next((slot for slot in self.slots if slot.kind == "question" and slot.required), None)

    @property
    def path(self) -> Slot | None:
        """The required argument that takes a path."""
        return next((slot for slot in self.slots if slot.kind == "path" and slot.required), None)


def _kind(field: Field, only: bool) -> Kind:
    name, said = field.path[-1].casefold(), field.description
    parts = frozenset(words(split_name(field.path[-1])))
    if field.type in ("integer", "number"):
        return "count" if name in _UNITS else "other"
    if field.type == "array":
        item = field.items
        texts = item is not None and item.type in ("string", "any") and not item.enum
        return "formulas" if texts and (name in _FORMULAS or name in _FORMULA) else "other"
    if field.type not in ("string", "any") or field.enum:
        return "other"
    if _CODE.search(said) or parts & {"sql", "regex", "code", "script"}:
        return "code"
    if name in _FORMULA or name in _FORMULAS:
        return "formula"
    if name in _PATH:
        return "path"
    if name in _FOLDER:
        return "folder"
    if parts & {"zone", "timezone", "tz"} or ZONE_NAME.search(said):
        return "zone"
    if _TIME.search(said) or parts & {"datetime", "timestamp"} or parts == frozenset({"time"}):
        return "time"
    if parts & {"day", "date"} or (parts & _DAY_NAME and _DAY.search(said)):
        return "day"
    if name in _QUESTION or (
        only and re.search(r"\b(?:question|natural language|plain (?:text|words))\b", said, re.IGNORECASE)
    ):
        return "question"
    return "other"


@lru_cache(maxsize=4096)
def _shape(digest: str, tool: _Held) -> Shape:
    del digest
    fields = tuple(leaves(read_schema(tool.tool.input_schema)))
    needed = [field for field in fields if field.required]
    slots = tuple(Slot(field=field, kind=_kind(field, needed == [field])) for field in fields)
    said = [tool.tool.name, tool.tool.title or "", tool.tool.description[:_READ]]
    said += [f"{field.path[-1]} {field.description}" for field in fields]
    said += [" ".join(map(str, field.enum)) for field in fields]
    results = [str(place[-1]) for place, _ in result_leaves(tool.tool.output_schema) if place and place[-1] != 0]
    name = vocabulary(f"{tool.tool.name} {tool.tool.title or ''}")
    return Shape(slots=slots, words=vocabulary(" ".join([*said, *results])), name=name)


@dataclass(frozen=True, eq=False)
class _Held:
    """A definition that counts as equal to every other in a cache whose key has its digest."""

    tool: ToolDefinition

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


def shape_of(tool: ToolDefinition) -> Shape:
    """Read a tool's definition, which is others' text: data, never an instruction. Kept by its digest."""
    return _shape(tool.digest, _Held(tool))


def lists_files(tool: ToolDefinition, name: str) -> tuple[str, Place] | None:
    """Return which argument of a tool takes a pattern of names, and where its result has the first file's path.

    Args:
        tool: Changes nothing and requires nothing, or it is none.
        name: What the path is called where it is read.
    """
    slots = shape_of(tool).slots
    pattern = next((slot.name for slot in slots if slot.name in _PATTERN and slot.field.type == "string"), None)
    if pattern is None or tool.read_only is not True or any(slot.required for slot in slots):
        return None
    for place, types in result_leaves(tool.output_schema):
        if place and place[-1] == name and 0 in place and "string" in types:
            return pattern, place
    return None


def vocabulary(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that say something; names are cut at case, digits and marks."""
    return frozenset(stem(word) for word in words(split_name(text)) if word not in STOPWORDS and len(word) > 1)
