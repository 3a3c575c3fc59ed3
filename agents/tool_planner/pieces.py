"""One intent as the pieces that it is asked in: its own words, sentences, members of lists, paths that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from questline.agents.intents.chat import CHAT
from questline.agents.intents.closed_words import WH
from questline.agents.intents.requests import requests
from questline.agents.intents.values import Intent, Intents
from questline.tools.text import sentences

from .literals import Literals

__all__ = ["about_paths", "asking", "bare", "core", "days_apart", "folded", "split_ways"]

_MARKS: Final = re.compile(r"(?:^|\s)(?:\(?\d{1,2}[.)]|[-*•])\s+(?=\S)")
_JOINTS: Final = (
    re.compile(r",?\s+and then\s+(?:tell me\s+|say\s+|show\s+)?|;\s*|,\s*then\s+", re.IGNORECASE),
    re.compile(r",?\s+and\s+(?:also\s+)?|\s*[，；]\s*(?:以及|并且|还有)?", re.IGNORECASE),
)
_AND: Final = re.compile(r"\s*(?:,\s*(?:and\s+)?|\band\s+|和|与|、)\s*", re.IGNORECASE)
_STRETCH: Final = re.compile(r"\b(?:between|from|since|difference|gap|apart|days|weeks|months|years)\b|相差|从|到|之间")
_QUESTIONS: Final = re.compile(r"(?<=[?？])\s")
_ASKED: Final = re.compile(
    rf"(?:and |so |then )?(?:{WH}|wat|tell|say|give|find|work|calculate|convert"
    r"|(?:i|we)(?:['’]d| would) (?:like|love)|(?:i|we) (?:want|need) to know)\b"
    r"|.*[几多谁哪什]",
    re.IGNORECASE,
)
_SEVERAL: Final = 2
_END: Final = re.compile(r"[\s.!。！]+$")
_SHORT: Final = 4
_WHAT_TIME: Final = re.compile(r"\b(?:what|which) time\b|几点", re.IGNORECASE)
_THANKED: Final = 120
"""Characters at the end of a text in which its thanks stand."""
_BLANKS: Final = re.compile(r"\s{2,}|\s")
_THANKS: Final = re.compile(
    r"(?:[\s,;.!–—-]+(?:pl[sz]|please|thanks?(?: you)?(?: (?:a lot|so much|very much|in advance))?"
    r"|many thanks|thx|cheers)"
    r"|[\s,，。！]*(?:谢谢你?|多谢|拜托了?))+[\s.!。！]*$",
    re.IGNORECASE,
)


def core(intent: Intent, intents: Intents) -> str:
    """Return an intent without chat, and without a statement that stands in front of each intent of the question.

    A statement of a time of day stays before what asks for the time somewhere.
    """
    text = intent.text
    for span in intents.shared:
        opening = span.text.strip()
        rest = text.removeprefix(opening)
        if _WHAT_TIME.search(rest) and Literals(opening).times and not Literals(rest).times:
            continue
        if opening.endswith((".", "!", "。", "！")) and text.startswith(opening):
            text = text[len(opening) :].strip() or text
        elif _END.sub("", opening) and text.startswith(f"{_END.sub('', opening)}. "):
            text = text[len(_END.sub("", opening)) + 2 :].strip() or text
    return bare(text)


def folded(text: str) -> str:
    """Return a text with each run of white space as one blank, or one line break where it has one."""
    return _BLANKS.sub(lambda match: "\n" if "\n" in match[0] else " ", text)


def bare(text: str) -> str:
    """Return a text without what people say around a question: a greeting before it, please and thanks after it.

    >>> bare("Hi there! How tall is it pls, thanks")
    'How tall is it'
    """
    text = folded(text)
    opens = CHAT.match(text)
    start = opens.end() if opens else 0
    ends = _THANKS.search(text, max(start, len(text) - _THANKED))
    inner = text[start : ends.start() if ends else len(text)].strip(" ,;")
    return inner if len(inner) >= _SHORT else text


def asking(text: str) -> str:
    """Return the sentence of a text that asks, where those before it only tell; else the text: nothing is lost.

    It is the last with a question mark, else the last of all; an order behind it only says more of it.

    >>> asking("Ada here. What time is it in Lima? I want to ring my mum.")
    'What time is it in Lima?'
    >>> asking("Hiring a boat for 3 days, what is it? Leave out the deposit")
    'Hiring a boat for 3 days, what is it?'
    """
    parts = [part.strip() for one in sentences(text) for part in _QUESTIONS.split(one.text) if part.strip()]
    if len(parts) < 2:
        return text
    place = next((at for at in reversed(range(len(parts))) if parts[at].endswith(("?", "？"))), len(parts) - 1)
    place = len(parts) - 1 if _ASKED.match(parts[-1]) else place
    told = not any(map(requests, parts[:place]))
    return parts[place] if told and len(parts[place]) >= _SHORT else text


def split_ways(text: str) -> Iterator[list[str]]:
    """Yield the ways to read a text as several needs in a row: a list with marks, then conjunctions."""
    marks = list(_MARKS.finditer(text))
    if len(marks) > 1:
        ends = [*(match.start() for match in marks[1:]), len(text)]
        yield [text[match.end() : end].strip(" ;,.\n") for match, end in zip(marks, ends, strict=True)]
    for joint in _JOINTS:
        parts = [bare(part.strip()) for part in joint.split(text) if part and part.strip()]
        if len(parts) > 1:
            yield parts


def days_apart(text: str) -> Iterator[list[str]]:
    """Yield a need about several days once for each of them: "weekdays of 2027-09-30 and 2028-01-31"."""
    days = Literals(text).days
    if len(days) < _SEVERAL or any(one.end > other.start for one, other in pairwise(days)):
        return
    between = [text[one.end : other.start] for one, other in pairwise(days)]
    head, tail = text[: days[0].start], text[days[-1].end :]
    if all(_AND.fullmatch(gap) for gap in between) and not _STRETCH.search(head):
        yield [f"{head}{text[one.start : one.end]}{tail}" for one in days]


def about_paths(text: str) -> list[tuple[str, str]]:
    """Return each path that a text names with the words that go with it."""
    paths = Literals(text).paths
    if len(paths) < 2:
        return [(str(path.value), text) for path in paths]
    found: list[tuple[str, str]] = []
    start = 0
    for number, path in enumerate(paths):
        end = len(text) if number + 1 == len(paths) else path.end
        piece = text[start:end].strip(" ,;:.")
        found.append((str(path.value), re.sub(r"^(?:and|,|;)\s+", "", piece.rpartition(": ")[2])))
        start = end
    return found
