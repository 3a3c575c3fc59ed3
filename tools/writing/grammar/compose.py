"""Put phrases into forms: one draw, one text; the same seed gives the same texts.

No two phrases of a text share a word of two characters, and none holds a word that is to be avoided.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from random import Random
from typing import Final

from questline.tools.writing.brief import Brief
from questline.tools.writing.reading import Reading
from questline.tools.writing.script import traditional

from .bank import bank, read_lines
from .rhymes import rhyme
from .voice import Voice, voice_of

__all__ = ["Composer", "Draft"]

_SLOT: Final = re.compile(r"\{(\w+)\}")
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("W", "V"), "wish"),
    **dict.fromkeys(("F", "G", "H", "I"), "four"),
    **dict.fromkeys(("S", "S2"), "scene"),
    **dict.fromkeys(("P", "Q"), "pair"),
    "C": "close",
    "J": "joke",
    "K": "core",
}
_TRIES: Final = 8
_FORMAL: Final = frozenset({"opening", "business", "company", "promotion", "school", "building", "nurses_day"})
_FESTIVE: Final = frozenset({"wedding", "new_year", "housewarming", "birthday", "retirement", "general", "full_moon"})
_REMOTE: Final = frozenset({"boss", "colleague", "teacher"})
_INTIMATE: Final = ("想我", "抱抱", "拥抱", "爱你", "爱您", "亲爱")
"""Not said to people of `_REMOTE`."""
_LIGHT: Final = frozenset({"friend", "lover", "self", "everyone", "youth"})
_FIGURES: Final = ("你", "您", "我", "的", "一")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One text, and what it was made of."""

    text: str
    form: str
    """The form it was put into: texts of one form look alike."""
    tone: str
    pieces: tuple[str, ...]


class _Stuck(Exception):
    """A slot has no phrase that fits; the draw is given up."""


@dataclass(kw_only=True)
class Composer:
    """Draws texts for one brief."""

    brief: Brief
    reading: Reading
    extra: Sequence[str] = ()
    """Sentences of the user's own, drawn beside our scenes."""
    _cache: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def draw(self, random: Random) -> Draft | None:
        """Return one text, or None where this draw came to nothing."""
        tone, form = self._form(random)
        try:
            draft = self._filled(form, tone, random)
        except _Stuck:
            return None
        return draft if self._says_why(draft) else None

    @cached_property
    def _voice(self) -> Voice:
        return voice_of(self.reading, named=self.brief.recipient is not None)

    def _says_why(self, draft: Draft) -> bool:
        """Say whether a text holds something of its occasion, and not only wishes that would fit any other."""
        if self.reading.idioms or self.reading.occasion == "general" or len(draft.text) < 12:
            return True
        own = self._own
        return any(piece in own or piece in self._voice.cores for piece in draft.pieces)

    @cached_property
    def _own(self) -> frozenset[str]:
        kinds = ("core", "scene", "wish", "pair", "joke", "close")
        found = (bank().phrases(self.reading.occasion, self._voice.group, kind) for kind in kinds)
        return frozenset((*(phrase for phrases in found for phrase in phrases), *self.extra))

    def _form(self, random: Random) -> tuple[str, str]:
        forms, reading = _forms(), self.reading
        if reading.idioms:
            return "short", "{A}" + "，".join("{" + slot + "}" for slot in "FGHI"[: reading.idioms])
        bright = reading.voice == "bright"
        room = (reading.hanzi or self.brief.max_chars or 1_000) - len(self._voice.address)
        if random.random() < 0.5:  # the required words take room of their own, unless a phrase holds them
            room -= sum(len(word) + 1 for word in self.brief.must_include)
        if self.brief.parallel and room >= 12:
            paired = [form for name in ("poetic", "formal") for form in forms[name] if "{P}" in form]
            return "poetic", random.choice([*paired, "{P}。", "{A}{P}。"] if room < 40 else paired)
        if self.brief.rhyme and room >= 24 and bright:
            return "poetic", random.choice(forms["verse"])
        if room < 9:
            return "short", random.choice(forms["tiny" if bright else "calm_tiny"])
        if room < 20:
            names = ("small", "tiny") if bright else ("calm_short", "calm_tiny")
            return "short", random.choice([*forms[names[0]], *forms[names[0]], *forms[names[1]]])
        if not bright:
            return "warm", random.choice(forms["calm_short" if reading.tone == "short" or room < 32 else "calm"])
        if reading.also and room >= 32 and reading.tone != "short":
            return "warm", random.choice(forms["two"])
        tone = reading.tone or self._tone(random)
        light = tone == "humorous" or self._voice.group in _LIGHT
        told = forms["short" if room < 32 and tone != "humorous" else tone]
        return tone, random.choice([form for form in told if light or "{J}" not in form])

    def _tone(self, random: Random) -> str:
        group, occasion = self._voice.group, self.reading.occasion
        weights = {
            "warm": 6.0,
            "poetic": 1.5,
            "short": 1.5,
            "formal": 4.0 if group == "boss" or occasion in _FORMAL else 0.6 if occasion in _FESTIVE else 0.0,
            "humorous": 0.8 if group in _LIGHT else 0.0,
        }
        return random.choices(list(weights), list(weights.values()))[0]

    def _filled(self, form: str, tone: str, random: Random) -> Draft:
        used: list[str] = []
        values: dict[str, str] = {}
        slots = list(dict.fromkeys(_SLOT.findall(form)))
        if "L" in slots:
            values |= self._verse(random, used)
        for slot in slots:
            if slot in _KINDS:
                values[slot] = self._chosen(_KINDS[slot], random, used)
            elif slot == "K2":
                values[slot] = self._drawn(bank().phrases(self.reading.also, self._voice.group, "core"), random, used)
        voice = self._voice
        calls = voice.address and random.random() < (1.0 if self.brief.recipient is not None else 0.85)
        address = voice.address if calls else ""
        told = {key: self._told(value) for key, value in values.items()}
        who = traditional(voice.who) if self.reading.traditional else voice.who
        comma = "，" if address else ""
        text = _SLOT.sub(
            lambda match: {"A": address + comma, "B": address, "who": who}.get(match[1], told.get(match[1], "")),
            traditional(form) if self.reading.traditional else form,
        )
        return Draft(text=_tidied(text), form=form, tone=tone, pieces=tuple(used))

    def _verse(self, random: Random, used: list[str]) -> Mapping[str, str]:
        """Return two pairs of lines, of one length, whose ends rhyme."""
        pairs = [pair for pair in self._all("pair") if not self._avoided(pair)]
        random.shuffle(pairs)
        for one in pairs:
            first, end = one.split("|")
            for other in pairs:
                third, last = other.split("|")
                if other != one and len(end) == len(last) and end[-1] != last[-1] and rhyme(end) == rhyme(last) != "":
                    used += [one, other]
                    return {"L": first, "M": end, "N": third, "O": last}
        raise _Stuck

    def _chosen(self, kind: str, random: Random, used: list[str]) -> str:
        if kind == "core" and self._voice.cores and random.random() < 0.5:
            return self._drawn(self._voice.cores, random, used)
        if kind == "scene" and self.extra and random.random() < 0.5:
            return self._drawn(self.extra, random, used)
        pool = self._all(kind)
        if kind == "wish" and random.random() < 0.6:
            pool = bank().phrases(self.reading.occasion, self._voice.group, kind) or pool
        return self._drawn(pool, random, used)

    def _all(self, kind: str) -> tuple[str, ...]:
        """Return every phrase of a kind that fits; read once a brief."""
        if kind not in self._cache:
            occasion, voice = self.reading.occasion, self._voice
            group = voice.group if kind != "close" or voice.close else ""
            own = bank().phrases(occasion, group, kind)
            themed = () if kind in ("core", "scene", "joke", "close") else bank().themed(occasion, voice.group, kind)
            self._cache[kind] = tuple(dict.fromkeys((*own, *themed)))
        return self._cache[kind]

    def _drawn(self, pool: Sequence[str], random: Random, used: list[str]) -> str:
        taken = _words_of("，".join((self._voice.address, *used)))
        holding = [phrase for phrase in pool if any(word in phrase for word in self.brief.must_include)]
        if holding and random.random() < 0.5:
            pool = holding
        for _ in range(_TRIES if pool else 0):
            phrase = random.choice(pool)
            if not self._avoided(phrase) and not taken & _words_of(phrase):
                used.append(phrase)
                return phrase
        raise _Stuck

    def _avoided(self, phrase: str) -> bool:
        told = self._told(phrase)
        if self._voice.group in _REMOTE and any(word in told for word in _INTIMATE):
            return True
        return any(word in told for word in self.brief.avoid)

    def _told(self, phrase: str) -> str:
        """Return a phrase as it stands in a text: a pair on one line, the pronoun filled in, in the query's script."""
        filled = phrase.replace("|", "，").replace("{you}", self._voice.you)
        return traditional(filled) if self.reading.traditional else filled


@cache
def _forms() -> Mapping[str, tuple[str, ...]]:
    read = tomllib.loads((files("questline.tools.writing.grammar") / "forms.toml").read_text("utf-8"))
    return {name: read_lines(table["forms"]) for name, table in read.items()}


@cache
def _words_of(phrase: str) -> frozenset[str]:
    """Return the neighbours of two characters in a phrase, those of a mere pronoun or particle left out."""
    plain = _SLOT.sub("，", phrase)
    pairs: Iterable[str] = (plain[place : place + 2] for place in range(len(plain) - 1))
    return frozenset(pair for pair in pairs if not any(mark in pair for mark in (*_FIGURES, *"，。！；|、：")))


def _tidied(text: str) -> str:
    """Return a text without the marks that an empty slot leaves."""
    text = re.sub(r"([，。！；：？])(?:[，；：])+", r"\1", text)
    return re.sub(r"[，；：]+(?=[。！])", "", text).strip("，； ")
