"""Sentences that speak about the question or its answer instead of the world: "The correct answer is …".

Whoever writes about the world does not know what will be asked. A sentence that says what is to be answered may be an
honest quiz or a plant; either way it is hearsay, and is read only where nothing else answers.

A sentence is talk by what it is about, not by its wording: its subject is an answer, or it speaks both of asking and of
answering, or it repeats the whole question and calls it one. A question that itself asks about an answer, a reply or a
question is about such things, and then nothing is talk. What repeats the whole question word for word and no more may
be a list of questions with their answers, and gives way to firm evidence alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.tools.text import content_terms, sentences, stem, words
from questline.types import Passage

__all__ = ["is_talk", "without_talk"]

_CALLED: Final = r"correct|right|true|proper|accurate|real|only|best|final|expected|official|actual|wanted|model|sole"
_ANSWER: Final = re.compile(
    rf"\b(?:(?:(?:the|an?|our|your|its|{_CALLED})\s+)+answers?|(?:{_CALLED})\s+(?:response|reply|solution)s?)\b"
    r"(?:\s+(?:to|for|of|here|given|when|if)\b.{0,300}?)?\W{0,3}"
    r"(?:\b(?:is|are|was|were|be|remains?|reads?|follows|goes)\b|[:：=–—]|[?？]\W*$)",
    re.IGNORECASE | re.DOTALL,
)
"""Its subject is an answer."""
_ASKING: Final = re.compile(r"\b(?:question|query|asks?|asked|asking|inquir\w+|enquir\w+)\b", re.IGNORECASE)
_ANSWERING: Final = re.compile(
    r"\b(?:answers?|(?:is|are|be)\s(?:\w+\s)?answered|reply|replies|responds?|response|correct(?:ly)?)\b"
    r"|(?:^|[,;:]|\b(?:then|please|must|should|always|will|to|simply|just))\s*(?:say|state|write|give|tell|output)\b",
    re.IGNORECASE,
)
"""Not what somebody answered once: that is a report of the world."""
_CHINESE: Final = re.compile(
    r"(?:正确|标准|真正|唯一|最终|官方|准确)的?(?:答案|回答|答复)|(?:答案|回答|答复)(?:就?是|为|应)"
    r"|(?:问题|提问|问到|问起|询问|有人问).{0,60}?(?:答案|回答|答复|应答)"
)
_OF_ANSWERS: Final = frozenset(
    map(stem, ("answer", "response", "reply", "solution", "question", "query", "ask", "respond"))
)
_OF_ANSWERS_CHINESE: Final = ("答", "问题", "提问")
_OPEN: Final = re.compile(r"[?？:：]\W*$")
_LEAST: Final = 4
"""Words of a question that is long enough to be repeated on purpose."""


def is_talk(question: str, sentence: str, *, repeating: bool = False) -> bool:
    """Say whether `sentence` speaks about `question` or its answer instead of the world.

    Args:
        question: What is asked.
        sentence: Of a passage.
        repeating: Whether repeating the whole question is enough.
    """
    if repeating and _repeats(question, sentence):
        return True
    if _OF_ANSWERS & set(content_terms(question)) or any(mark in question for mark in _OF_ANSWERS_CHINESE):
        return False
    if _ANSWER.search(sentence) or _CHINESE.search(sentence):
        return True
    asks = _ASKING.search(sentence) is not None
    return asks and (_ANSWERING.search(sentence) is not None or _repeats(question, sentence))


def without_talk(question: str, passages: Sequence[Passage], *, repeating: bool = False) -> list[Passage]:
    """Return the passages without such sentences; one whose title is talk, or of which nothing stays, is left out."""
    kept: list[Passage] = []
    for passage in passages:
        if is_talk(question, passage.title):
            continue
        text = _left(question, passage.text, repeating=repeating)
        if text == passage.text:
            kept.append(passage)
        elif text.strip():
            kept.append(replace(passage, text=text))
    return kept


def _left(question: str, text: str, *, repeating: bool) -> str:
    """Return `text` without its talk, and without the sentence behind one that ends as a question does."""
    left, end, open_ = "", 0, False
    for span in sentences(text):
        talk = is_talk(question, span.text, repeating=repeating)
        if talk or open_:
            left, end = left + text[end : span.start], span.end
        closed = _ASKING.search(span.text) and _ANSWERING.search(span.text)
        open_ = talk and not closed and _OPEN.search(span.text) is not None
    return left + text[end:]


def _repeats(question: str, sentence: str) -> bool:
    asked = words(question)
    return len(asked) >= _LEAST and f" {' '.join(asked)} " in f" {' '.join(words(sentence))} "
