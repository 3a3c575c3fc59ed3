"""Candidates of the grammar for one brief: drawn with a seed, held to every constraint, none twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from .borrowed import borrowed
from .brief import Brief
from .constraints import hanzi, problems
from .examples import Example
from .grammar.bank import bank
from .grammar.compose import Composer
from .grammar.english import EnglishComposer
from .inclusion import bare, with_required
from .reading import Reading
from .result import Origin
from .script import traditional
from .taboo import taboo_in
from .types import Verdict

__all__ = ["Candidate", "pool"]

_TRIES: Final = 12
"""Draws for each candidate that is wanted."""
_TYPICAL: Final = 110
"""Characters that a text has at most where the brief sets no limit."""
_EMOJI: Final = ("🎉", "✨", "🌸", "🌟", "🎊")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A text that meets its brief."""

    text: str
    tone: str = ""
    form: str = ""
    origin: Origin = "grammar"
    pieces: tuple[str, ...] = field(default=())
    verdict: Verdict | None = None
    """Where it was judged already."""


def pool(
    brief: Brief, reading: Reading, size: int, *, seed: str, examples: tuple[Example, ...] = ()
) -> list[Candidate]:
    """Return up to `size` candidates, equal for an equal seed.

    Args:
        brief: What is wanted.
        reading: What it was taken to mean.
        size: How many; fewer where the brief leaves little room.
        seed: Of the draws.
        examples: The user's own, nearest first: what `borrowed` leaves of them is drawn from, too.
    """
    random = Random(seed)  # noqa: S311 because texts need no secrecy and a seed repeats them
    own = borrowed(examples, reading)
    found: dict[str, Candidate] = {}
    for candidate in _drawn(brief, reading, size * _TRIES, random, own):
        if candidate.text not in found and _fits(brief, reading, candidate.text):
            found[candidate.text] = candidate
            if len(found) >= size:
                break
    if len(found) < min(size, 3):
        _fill(found, (text for core in _cores(reading) for text in bare(brief, core, reading)), brief, reading)
    if not found:
        _fill(found, bare(brief, "", reading), brief, reading)
    return _of_length(list(found.values()), reading)


def _drawn(brief: Brief, reading: Reading, tries: int, random: Random, own: tuple[str, ...]) -> Iterator[Candidate]:
    chinese = Composer(brief=brief, reading=reading, extra=own)
    english = EnglishComposer(brief=brief, reading=reading)
    for _ in range(tries):
        if reading.chinese:
            if (draft := chinese.draw(random)) is None:
                continue
            text, form, tone, pieces = draft.text, draft.form, draft.tone, draft.pieces
        else:
            if (drawn := english.draw(random)) is None:
                continue
            text, form, tone = drawn
            pieces = ()
        text = with_required(text, brief, reading, random)
        if brief.emoji and reading.voice == "bright" and random.random() < 0.6:
            text += random.choice(_EMOJI)
        origin: Origin = "example" if any(piece in own for piece in pieces) else "grammar"
        yield Candidate(text=text, tone=tone, form=form, origin=origin, pieces=pieces)


def _fill(found: dict[str, Candidate], texts: Iterable[str], brief: Brief, reading: Reading) -> None:
    for text in texts:
        if text not in found and _fits(brief, reading, text):
            found[text] = Candidate(text=text, tone="short", form="bare")


def _cores(reading: Reading) -> list[str]:
    """Return the shortest greetings of an occasion."""
    if not reading.chinese:
        return ["Best wishes", "All the best", "Cheers" if reading.voice == "bright" else "Take care"]
    cores = [*bank().phrases(reading.occasion, "", "core")]
    cores += ["祝好", "福"] if reading.voice == "bright" else ["珍重", "安"]
    return [traditional(core) if reading.traditional else core for core in cores]


def _fits(brief: Brief, reading: Reading, text: str) -> bool:
    if not text or problems(brief, text) or taboo_in(reading.occasion, text):
        return False
    if reading.context.unsaid and any(word in text.casefold() for word in reading.context.unsaid):
        return False
    return brief.max_chars is not None or bool(brief.must_include) or not reading.chinese or len(text) <= _TYPICAL


def _of_length(found: list[Candidate], reading: Reading) -> list[Candidate]:
    """Return the candidates with as many Chinese characters as the query wants, where there are any."""
    if reading.hanzi is None:
        return found
    exact = [each for each in found if hanzi(each.text) == reading.hanzi]
    below = [each for each in found if hanzi(each.text) <= reading.hanzi]
    return exact or below or found
