"""The phrases, read once: by occasion, group of person and kind; and the wishes of each theme."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, cast

from questline.tools.writing.script import lowered

from .order import ORDER

__all__ = ["FALLBACK", "Bank", "Occasion", "bank", "named", "read_lines"]

FALLBACK: Final[Mapping[str, tuple[str, ...]]] = {
    "parent": ("parent",),
    "grand": ("elder",),
    "senior": (),
    "lover": ("lover",),
    "child": ("child",),
    "baby": ("baby",),
    "youth": ("youth",),
    "friend": ("friend",),
    "boss": ("boss",),
    "colleague": (),
    "teacher": ("teacher",),
    "self": ("self",),
    "everyone": (),
    "": (),
}
"""Which tables of an occasion a group of people draws from, before ``any``."""
_ALONE: Final = frozenset({"elder", "self", "child", "baby"})
"""Groups whose own openings stand alone: what is written for anybody sounds wrong beside them."""
_FILES: Final = ("birthday", "family", "festivals", "work_home", "study_daily", "sad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One occasion: how a query names it, and what is said."""

    id: str
    name: str
    match: re.Pattern[str] | None
    """In a query in simplified characters and lower case; None for the occasion that is taken when no other fits."""
    themes: tuple[str, ...]
    subject: str | None
    """What a wish is for in place of the reader: ``宝宝``; empty where the wish names it itself."""
    voice: str
    """``bright``, ``calm`` or ``sad``."""
    tables: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Group → kind (core, scene, wish, pair, four, joke, close) → phrases."""
    group_themes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """All phrases."""

    occasions: Mapping[str, Occasion]
    themes: Mapping[str, Mapping[str, tuple[str, ...]]]

    def phrases(self, occasion: str, group: str, kind: str) -> tuple[str, ...]:
        """Return what may be said, the group's own phrases first."""
        tables = self.occasions[occasion].tables
        own = [table for table in FALLBACK[group] if table in tables]
        found = [phrase for table in own for phrase in tables[table].get(kind, ())]
        if len(found) >= 3 and any(table in _ALONE for table in own) and kind in ("core", "scene", "close"):
            return tuple(found)
        return (*found, *tables["any"].get(kind, ()))

    def themed(self, occasion: str, group: str, kind: str) -> tuple[str, ...]:
        """Return the phrases of the themes that fit the occasion and the person."""
        found = self.occasions[occasion]
        names = next(
            (found.group_themes[table] for table in FALLBACK[group] if table in found.group_themes), found.themes
        )
        return tuple(phrase for name in names for phrase in self.themes[name].get(kind, ()))

    def size(self) -> int:
        """Return how many phrases there are."""
        tables = [table for each in self.occasions.values() for table in each.tables.values()]
        return sum(len(phrases) for table in (*tables, *self.themes.values()) for phrases in table.values())


@cache
def bank() -> Bank:
    """Return the shipped phrases."""
    read = {name: table for file in _FILES for name, table in _toml(f"phrases/{file}.toml").items()}
    themes = {name: _table(cast("Mapping[str, object]", kinds)) for name, kinds in _toml("phrases/themes.toml").items()}
    return Bank(
        occasions={name: _occasion(name, cast("Mapping[str, object]", read[name])) for name in ORDER}, themes=themes
    )


@lru_cache(maxsize=4_096)
def named(query: str) -> tuple[str, ...]:
    """Return the ids of the occasions that a query names, in the order of `ORDER`."""
    plain = lowered(query)
    return tuple(name for name in ORDER if (match := bank().occasions[name].match) and match.search(plain))


def read_lines(text: object) -> tuple[str, ...]:
    """Return the lines of a text that are not blank."""
    return tuple(line.strip() for line in str(text).splitlines() if line.strip())


def _toml(name: str) -> Mapping[str, object]:
    return tomllib.loads((files("questline.tools.writing.grammar") / name).read_text("utf-8"))


def _occasion(name: str, told: Mapping[str, object]) -> Occasion:
    groups = {key: cast("Mapping[str, object]", value) for key, value in told.items() if isinstance(value, dict)}
    match = cast("str", told["match"])
    return Occasion(
        id=name,
        name=cast("str", told["name"]),
        match=re.compile(match) if match else None,
        themes=tuple(cast("Sequence[str]", told["themes"])),
        subject=cast("str | None", told.get("subject")),
        voice=cast("str", told.get("voice", "bright")),
        tables={group: _table(kinds) for group, kinds in groups.items()},
        group_themes={
            group: tuple(cast("Sequence[str]", kinds["themes"])) for group, kinds in groups.items() if "themes" in kinds
        },
    )


def _table(kinds: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    return {kind: read_lines(text) for kind, text in kinds.items() if isinstance(text, str)}
