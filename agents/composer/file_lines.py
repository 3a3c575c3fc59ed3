"""The line of a file that answers: the one that the cross-encoder finds nearest to the question, if it is plainly that.

A heading, an order to the reader or the line of another cue is none: what tells the asked thing from others of its
kind, its number, code or letter, must stand in the line, or right above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from questline.agents.tool_executor.asked import Asked
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.ranking.orders import is_order
from questline.tools.reading.talk import is_talk
from questline.tools.text import content_terms, sentences

from .figures import figures_of
from .ground import without_source
from .lines import own_terms

__all__ = ["Chosen", "chosen_line", "of_kind"]

_MOST: Final = 200
"""Lines of a file that are read; those that share most with the question come first."""
_SURE: Final = 0.1
"""Chance from which the nearest line is believed."""
_APART: Final = 0.15
"""By how much (log-odds) a line that shares a word with the question must lead the next one below that."""
_LEAST: Final = 0.02
_WRAPPED: Final = 0.6
"""A line shorter than this share of the longest ends its paragraph."""
_PROSE: Final = 45
"""Characters of the longest line of wrapped prose, at least; the lines of lists are shorter."""
_ENDS: Final = (".", "!", "?", "。", "！", "？", ",", "，", ";")
_NAME: Final = re.compile(
    r"(?<=[\w,:;(–-] )(?!(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mr|Mrs|Ms|Dr|I)\b)[A-Z][\w'’-]+(?! \d)"
    r"|^[A-Z][\w'’-]+ [A-Z][\w'’-]+"
)
_SPELLED: Final = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|noon|midnight|half)\b", re.IGNORECASE
)
_SECTION: Final = re.compile(r"\[[^\]]*\]|[-=_*#\s]+")
"""The head of a section, or a rule under one."""
_HEAD: Final = re.compile(
    r"\b(?:what|how much|how high|how large)(?:['’]s| is| was| are| were) the (?P<what>[a-z]+(?: [a-z]+)?)"
    r"(?= (?:of|in|on|for|at)\b|[\s?.!]*$)",
    re.IGNORECASE,
)
_KEY: Final = re.compile(
    r"(?<![\w.:/-])(?:[A-Za-z]{1,8}[-_]?\d[\w-]*|\d+(?:[:.]\d+)?(?![\w-]*[-/]\d))(?![\w/-])"
    r"|(?<=[a-z] )(?-i:[A-HJ-Z])(?![\w'’.])"
)
"""A number, a code or a single capital letter behind a noun: cue 22, lot K442, row F."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a file says to a question."""

    line: str = ""
    """Empty where no line is plainly the one."""
    lacking: bool = False
    """No line has the number, code or letter of what is asked about."""


def chosen_line(text: str, asked: Asked, judges: Judges | None, *, name: str = "") -> Chosen:
    """Return the line of a file, or the sentence of its prose, that answers a question.

    Args:
        text: Of the file.
        asked: The question.
        judges: The cross-encoder; without it no line is chosen.
        name: Of the file.
    """
    question = without_source(asked.text).strip(" -–—:") or asked.text
    whole = [line for line in _lines(text) if not is_order(line) and not _SECTION.fullmatch(line)]
    heading = whole[0] if len(whole) > 1 and not whole[0].endswith(_ENDS) and ":" not in whole[0] else ""
    lines = [line for line in (whole[1:] if heading else whole) if not is_talk(question, line)]
    undated = question
    for day in figures_of(question).days:  # a day is held for itself, however it is written
        undated = undated.replace(day.text, " ")
    keys = [key for key in dict.fromkeys(_KEY.findall(undated)) if not _says(heading, key)]
    held = [line for place, line in enumerate(lines) if all(_near(lines, place, key) for key in keys)]
    if not held:
        return Chosen(lacking=bool(keys) and bool(lines))
    held = _of_the_day(question, held)
    if not held:
        return Chosen(lacking=True)
    held = [line for line in held if of_kind(line, asked)]
    if not held:
        return Chosen()
    held = _of_the_noun(question, held)
    if judges is None:
        return Chosen()
    terms = own_terms(asked)
    ranked = sorted(dict.fromkeys(held), key=lambda line: -_shared(terms, line))[:_MOST]
    judged = judges.judge(question, ranked, titles=[heading or PurePosixPath(name).name] * len(ranked), spans=1)
    order = sorted(range(len(ranked)), key=lambda place: -judged[place].relevance)
    best = judged[order[0]]
    line = ranked[order[0]]
    lead = best.relevance - judged[order[1]].relevance if len(order) > 1 else _APART
    shares = _shared(terms, line) > 0 or bool(keys)
    if best.relevant >= _SURE or (shares and best.relevant >= _LEAST and lead >= _APART):
        return Chosen(line=line)
    return Chosen()


def _of_the_day(question: str, lines: Sequence[str]) -> list[str]:
    """Return the lines of the day that a question names, where lines are of days; all where none is of any."""
    wanted = {each for one in figures_of(question).days for each in one.readings if each[2]}
    told = [{each for one in figures_of(line).days for each in one.readings} for line in lines]
    if not wanted or not any(told):
        return list(lines)
    return [
        line for line, days in zip(lines, told, strict=True) if any(_same(one, day) for one in wanted for day in days)
    ]


def _same(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Say whether two dates are one, as far as both are said."""
    return all(not a or not b or a == b for a, b in zip(one, other, strict=True))


def _of_the_noun(question: str, lines: Sequence[str]) -> list[str]:
    """Return the lines that have the noun of "what is the rate of …", where there are some; else all."""
    head = _HEAD.search(question)
    wanted = frozenset(content_terms(head["what"])) if head else frozenset[str]()
    found = [line for line in lines if wanted and wanted <= frozenset(content_terms(line))]
    return found or list(lines)


def of_kind(line: str, asked: Asked) -> bool:
    """Say whether a line has a name where somebody is asked for, and a figure where one is."""
    if asked.kind == "person":
        names = (match[0] for match in _NAME.finditer(line))
        return any(name.casefold() not in asked.text.casefold() for name in names)
    if asked.kind in ("number", "date", "time"):
        figures = figures_of(line)
        return bool(figures.numbers or figures.days or figures.clocks or _SPELLED.search(line))
    return True


def _shared(terms: frozenset[str], line: str) -> int:
    return len(terms & set(content_terms(line)))


def _says(line: str, key: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(key)}(?!\w)", line, re.IGNORECASE if len(key) > 1 else 0) is not None


def _near(lines: Sequence[str], place: int, key: str) -> bool:
    """Say whether a line has a key, or stands under one that is nothing but a label with it: "Row F:"."""
    above = lines[place - 1] if place else ""
    return _says(lines[place], key) or (above.endswith(":") and _says(above, key))


def _lines(text: str) -> list[str]:
    """Return the lines of a file; of wrapped prose its sentences."""
    given = [line.strip() for line in text.splitlines()]
    longest = max(map(len, given), default=0)
    parts: list[str] = []
    for line in given:
        goes_on = bool(parts) and bool(parts[-1]) and bool(line) and _wraps(parts[-1], line, longest)
        if goes_on:
            parts[-1] = f"{parts[-1]} {line}"
        else:
            parts.append(line)
    return [span.text.strip() for part in parts for span in sentences(part) if span.text.strip()]


def _wraps(before: str, line: str, longest: int) -> bool:
    """Say whether a line goes on in the next: it is long, ends no sentence, and the next begins in small letters."""
    last = before.rpartition("\n")[2]
    return (
        longest >= _PROSE
        and len(last) >= _WRAPPED * longest
        and not last.endswith((".", "!", "?", "。", ":"))
        and line[:1].islower()
    )
