"""By how much two rows differ: "how much more did A earn than B", "A比B重多少"."""

from __future__ import annotations

import re
from typing import Final

from .lexicon import ADJECTIVES, CHINESE_ADJECTIVES, degrees
from .notes import Mention, Notes, about

__all__ = ["note_difference"]

_FORMS: Final = {degrees(each)[0]: each for each in ADJECTIVES}
_ASKED: Final = re.compile(
    rf"\b(?:by\s+)?how (?:much|many|far)\s+(?:(?P<less>less|fewer)|more|(?P<er>{'|'.join(_FORMS)}))\b"
    r"|\bdifference\s+(?:in\s+[\w\s]{1,20}?\s+)?(?P<in>between)\b"
)
_THAN: Final = re.compile(r"\bthan\s+(?:the\s+|that of\s+)?\Z")
_AND: Final = re.compile(r"\s+and\s+(?:the\s+)?")
_BESIDE: Final = re.compile(rf"(?P<way>多|少|{'|'.join(CHINESE_ADJECTIVES)}).{{0,8}}?(?:多少|几)")


def note_difference(notes: Notes) -> None:
    """Note that the difference of two rows is asked for, and of which column where an adjective tells."""
    pair = sorted((each for each in notes.conditions if notes.one_row(each)), key=lambda each: each.start)
    if len(pair) != 2 or pair[0].field != pair[1].field:
        return
    first, second = pair
    text = notes.sheet.text
    between = text[first.end : second.start]
    if between.strip() == "比" and (match := _BESIDE.search(text, second.end)) and notes.free(*match.span("way")):
        notes.sheet.mark(first.end, second.start)
        notes.sheet.mark(*match.span("way"))
        adjective = CHINESE_ADJECTIVES.get(match["way"], ((), -1 if match["way"] == "少" else 1))
        _note(notes, match, "way", adjective)
    elif asked := _ASKED.search(text, 0, first.start):
        than = _THAN.search(text[: second.start])
        if not notes.free(*asked.span()) or not (than if not asked["in"] else _AND.fullmatch(between)):
            return
        notes.sheet.mark(*asked.span())
        if than:
            notes.sheet.mark(*than.span())
        adjective = ADJECTIVES[_FORMS[asked["er"]]] if asked["er"] else ((), -1 if asked["less"] else 1)
        _note(notes, asked, "er" if asked["er"] else 0, adjective)


def _note(notes: Notes, match: re.Match[str], group: str | int, adjective: tuple[tuple[str, ...], int]) -> None:
    concepts, way = adjective
    notes.difference = way
    notes.score += 1.0
    if fields := tuple(each for each in about(concepts, notes.source.fields) if each.measured):
        start, end = match.span(group)
        notes.mentions.append(Mention(start=start, end=end, word=match[group], fields=fields, how="cue"))
