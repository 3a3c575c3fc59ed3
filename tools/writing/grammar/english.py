"""English greetings: a smaller grammar, of one table an occasion."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final, cast

from questline.tools.writing.brief import Brief
from questline.tools.writing.reading import Reading

from .bank import read_lines

__all__ = ["EnglishComposer"]

_SLOT: Final = re.compile(r"\{(\w+)\}")
_FORMS: Final = (
    "{N}{K}! {S}. May you {W}.",
    "{N}{S}. I hope you {W}. {K}!",
    "{K}{M}! May you {W}. {C}.",
    "{N}{K}! {C}.",
    "{S}. {K}{M}! {C}.",
    "{N}{S}. {C}. {K}!",
    "{K}{M}! I hope you {W}.",
    "{N}may you {W}. {K}!",
)
_FUNNY: Final = ("{N}{J}. {K}!", "{K}{M}! {J}.", "{N}{K}! {J}. But seriously: may you {W}.")
_TINY: Final = ("{K}{M}!", "{N}{K}!", "{C}{M}.", "{K}{M}. {C}.", "{N}{C}.", "{K}! {C}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnglishComposer:
    """Draws English texts for one brief."""

    brief: Brief
    reading: Reading

    def draw(self, random: Random) -> tuple[str, str, str] | None:
        """Return one text, its form and its tone; None where a word to avoid stands in what was drawn."""
        tables = _tables()
        table = {**tables["any"], **tables.get(self.reading.occasion, tables["general"])}
        room = (self.brief.max_chars or 1_000) - sum(len(word) + 3 for word in self.brief.must_include)
        funny = self.reading.tone == "humorous" and "joke" in table and bool(table["joke"])
        short = room < 90 or self.reading.tone == "short"
        form = random.choice(
            _FUNNY if funny and room > 60 else (*_TINY, *_FORMS[3:4], *_FORMS[7:]) if short else _FORMS
        )
        name = self.reading.address
        told = {"N": f"{name}, " if name else "", "M": f", {name}" if name else ""}
        for slot, kind in (("K", "core"), ("S", "scene"), ("W", "wish"), ("C", "close"), ("J", "joke")):
            told[slot] = random.choice(table[kind]) if table.get(kind) else ""
        text = _capitals(_SLOT.sub(lambda match: told[match[1]], form), name)
        if self.reading.voice != "bright":
            text = text.replace("!", ".")
        folded = text.casefold()
        if any(word.casefold() in folded for word in self.brief.avoid):
            return None
        return text, form, "humorous" if funny else "warm"


def _capitals(text: str, name: str) -> str:
    """Return a text whose sentences begin with a capital; a name keeps its own letters."""
    text = re.sub(r"([.!?]\s+)([a-z])", lambda match: match[1] + match[2].upper(), text)
    if name and text.startswith(f"{name}, "):
        start = len(name) + 2
        first = text[start : start + 1]
        return text[:start] + (first if text[start : start + 2] == "I " else first.lower()) + text[start + 1 :]
    return text[:1].upper() + text[1:]


@cache
def _tables() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    read = tomllib.loads((files("questline.tools.writing.grammar") / "phrases" / "english.toml").read_text("utf-8"))
    return {
        name: {kind: read_lines(text) for kind, text in cast("Mapping[str, str]", table).items()}
        for name, table in read.items()
    }
