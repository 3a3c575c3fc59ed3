"""Pieces of a sentence that may be a short answer: names, dates, numbers, quoted titles, noun phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.tools.text import STOPWORDS

from .chinese import people
from .nations import NATION
from .periods import PERIOD
from .questions import Kind, Question
from .records import labelled
from .relations import NAME, PLACE, stated
from .values import DATE, NUMBER

__all__ = ["Candidate", "Form", "find"]

Form: TypeAlias = Literal["name", "nation", "date", "number", "quoted", "phrase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible short answer inside one sentence; `start` and `end` count its characters."""

    start: int
    end: int
    text: str
    form: Form
    reliability: float = 0.0
    """How reliably a pattern of the asked relation points at it, in [0, 1]."""


_NAMES = re.compile(NAME)
_PLACES = re.compile(PLACE)
_QUOTED = re.compile(r"[\"“《]\s?([^\"“”《》]{2,60}?)\s?[,.]?[\"”》]")
_COUNTED = re.compile(rf"(?:{NUMBER.pattern})(?:[ -](?!(?:{'|'.join(sorted(STOPWORDS))})\b)[a-z]+)?", re.IGNORECASE)
_VERBS_AND_SMALL_WORDS: Final = (
    "became become becomes began began called calls came come comes caused first found gave give given gives include"
    " includes including known like made make makes many may means might much must new often one said "
    "say says see set"
    " since still take takes them there today used uses usually via well went within without according around became"
    " called refers refer consists consist contains contain using among between both however either per plus several"
    " two various where whether yet us upon took"
)
_PHRASE_BREAK: Final = STOPWORDS | frozenset(_VERBS_AND_SMALL_WORDS.split())
_TOKEN = re.compile(r"[^\W_]+(?:['’._-][^\W_]+)*")
_DOTTED = re.compile(r"\d+(?:\.\d+){2,}")
"""An address or a version: no number."""
_CLOCK = re.compile(
    r"\b\d{1,2}:\d{2}(?:\s?[ap]m\b)?|\b\d{1,2}\s?(?:[ap]m\b|[ap]\.m\.|o['’]clock\b)"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b"
)
"""A time of the day or a day of the week."""
_LEADING = re.compile(
    r"(?:The|A|An|In|On|At|He|She|It|His|Her|Its|They"
    r"|Their|This|That|These|When|While|After|Before|As"
    r"|For|From|By|With|During|And|But|Since|Although|However|Despite|One|Some|Many|Both|I|We|You)\b(?!\.)\s*"
)
_FORMS: Final[dict[Kind, tuple[Form, ...]]] = {
    "person": ("name", "nation", "phrase"),
    "place": ("name", "nation", "phrase"),
    "date": ("date", "number", "phrase"),
    "number": ("number",),
    "yesno": (),
    "reason": ("phrase",),
    "entity": ("name", "nation", "date", "number", "quoted", "phrase"),
}
_CHINESE_CHUNK = re.compile(r"[^，。！？；：、（）()\s“”\"《》]{2,16}")


def find(question: Question, sentence: str) -> list[Candidate]:
    """Return the candidates of `sentence` for `question`, each span once, the form most fitting first."""
    found: dict[tuple[int, int], Candidate] = {}
    if question.kind != "yesno":
        line = labelled(question, sentence)
        for statement in (*stated(question.folded, sentence), *((line,) if line else ())):
            start, end = _trim(sentence, statement.start, statement.end)
            previous = found.get((start, end))
            if start < end and (previous is None or previous.reliability < statement.reliability):
                form: Form = "date" if DATE.fullmatch(sentence, start, end) else "name"
                found[start, end] = _candidate(sentence, start, end, form, statement.reliability)
    for form in _FORMS[question.kind]:
        for start, end in _spans(form, sentence, question):
            start, end = _trim(sentence, start, end)  # noqa: PLW2901  # because the trimmed span replaces the raw one
            if start < end and (start, end) not in found:
                found[start, end] = _candidate(sentence, start, end, form, 0.0)
    return list(found.values())


def _candidate(sentence: str, start: int, end: int, form: Form, reliability: float) -> Candidate:
    return Candidate(start=start, end=end, text=sentence[start:end], form=form, reliability=reliability)


def _trim(sentence: str, start: int, end: int) -> tuple[int, int]:
    """Drop articles, pronouns and other small words that a capital letter at the start of a sentence let in."""
    while True:
        leading = _LEADING.match(sentence, start, end)
        if leading is None or leading.end() == start:
            break
        start = leading.end()
    stripped = sentence[start:end].rstrip(" ,;:-–'’")
    return start, start + len(stripped)


def _spans(form: Form, sentence: str, question: Question) -> Iterator[tuple[int, int]]:
    if form == "name":
        yield from (match.span() for match in _NAMES.finditer(sentence))
        if question.chinese and question.kind == "person":
            yield from people(sentence)
        if question.kind == "place":
            yield from (match.span() for match in _PLACES.finditer(sentence))
    elif form == "nation":
        yield from (match.span() for match in NATION.finditer(sentence))
    elif form == "date":
        yield from (match.span() for match in DATE.finditer(sentence))
        yield from (match.span() for match in _CLOCK.finditer(sentence))
        yield from (match.span() for match in PERIOD.finditer(sentence))
    elif form == "number":
        yield from _numbers(sentence, counted=question.kind == "number")
    elif form == "quoted":
        yield from (match.span(1) for match in _QUOTED.finditer(sentence))
    elif question.chinese:
        yield from (match.span() for match in _CHINESE_CHUNK.finditer(sentence))
    else:
        yield from _phrases(sentence)


def _numbers(sentence: str, *, counted: bool) -> Iterator[tuple[int, int]]:
    """Yield numbers, with `counted` also together with the next word; parts of dates and addresses are none."""
    taken = [match.span() for match in DATE.finditer(sentence) if match.lastgroup != "year"]
    taken += [match.span() for match in _DOTTED.finditer(sentence)]
    taken += [match.span() for match in _CLOCK.finditer(sentence)]
    for pattern in (NUMBER, _COUNTED) if counted else (NUMBER,):
        for match in pattern.finditer(sentence):
            if not any(start <= match.start() < end for start, end in taken):
                yield match.span()


def _phrases(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield runs of 1 to 4 content words without punctuation between them."""
    run: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(sentence):
        adjacent = not run or sentence[run[-1][1] : match.start()].isspace()
        if match.group().casefold() in _PHRASE_BREAK:
            yield from _whole(run)
            run = []
        elif adjacent:
            run.append(match.span())
        else:
            yield from _whole(run)
            run = [match.span()]
    yield from _whole(run)


def _whole(run: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    if run:
        yield run[0][0], run[-1][1]
        if len(run) > 2:
            yield run[-2][0], run[-1][1]
        if len(run) > 1:
            yield run[-1][0], run[-1][1]
