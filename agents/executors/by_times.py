"""What times answer (order, sameness, distance, a day), and whether an answer is of the time that was asked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from questline.agents.contract import Draft, Work
from questline.tools.reading import Reading
from questline.tools.text import cjk_share, sentences
from questline.types import AnswerWarning, Citation, Passage

if TYPE_CHECKING:
    from questline.tools.temporal import TimeReading
    from questline.tools.temporal.answering import Interval, TemporalAnswer

__all__ = ["answered_by_times", "of_other_times"]

_CHINESE: Final = 0.3
"""Share of CJK characters from which a question is Chinese, which the reader answers with sentences alone."""
_SHORT: Final = 60
"""Characters of an answer that may be a time; a longer one is a sentence."""
_CONFIDENCE: Final = 0.85
"""Share of such answers that are right, of the 291 on the dev fifth of ChronoQA's part, from five passages each: .869
of those that say what was first, .913 whether two were at the same time, .842 when something was."""


def answered_by_times(work: Work, read: Reading) -> Draft | None:
    """Return what times answer, from the passages and their dates; None where the reader's answer stands.

    A Chinese question is answered so wherever times decide it. Another one only where the reader abstains from
    comparing events, or says when something was by a word that needs the passage's own date ("yesterday"). One time of
    one passage compares no events.

    Args:
        work: The question, and the passages to answer it from.
        read: What the reader made of them.

    Source: spec 09 §2.6 (order, duration); the choice between the two is ours.
    """
    chinese = cjk_share(work.question) >= _CHINESE
    relative = not read.abstained and _is_relative(read.short)
    if not work.passages or not work.question.strip() or not (chinese or read.abstained or relative):
        return None
    from questline.tools.temporal.answering import answer_from
    from questline.tools.temporal.searching.over import dated

    passages = {passage.id: passage for passage in work.passages}
    found = answer_from(work.question, anchor=None, passages=[dated(each) for each in passages.values()])
    if not found.text or not found.evidence or (not chinese and relative != (found.kind == "date")):
        return None
    if len(found.intervals) > 1 and len({(each.passage, each.said) for each in found.intervals}) == 1:
        return None
    return _draft(found, passages)


def of_other_times(work: Work, draft: Draft) -> tuple[AnswerWarning, ...]:
    """Warn where a question names a time relative to today, and what is cited tells of other times alone.

    Nothing is said of passages whose texts name no time, nor of sub-questions.

    Args:
        work: The question, and the passages that it was answered from.
        draft: The answer, with its citations.
    """
    cited = {each.evidence_id for each in draft.citations}
    if not cited or not work.top_level:
        return ()
    from questline.tools.temporal.searching.dates import times_of
    from questline.tools.temporal.searching.lifting import times_asked
    from questline.tools.temporal.searching.over import dated

    today = datetime.now().astimezone().date()
    asked = [each for each in times_asked(work.question, today) if each.kind == "relative"]
    told = [time for each in work.passages if each.id in cited for time in times_of(dated(each))] if asked else []
    if not told or any(_meet(one, other) for one in asked for other in told):
        return ()
    first = asked[0]
    span = f"{first.start or '…'} to {first.end or '…'}"
    message = f"{first.span.text!r} was counted from today ({today}): {span}. What is cited tells of other times."
    return (AnswerWarning(code="other_time", message=message, step="AG"),)


def _meet(one: TimeReading, other: TimeReading) -> bool:
    return (one.start or date.min) <= (other.end or date.max) and (other.start or date.min) <= (one.end or date.max)


def _is_relative(short: str) -> bool:
    """Say whether the times of a short answer need the day of their passage."""
    from questline.tools.temporal import resolve_time

    kinds = {each.kind for each in resolve_time(short, "2020-01-01")} if 0 < len(short) <= _SHORT else set[str]()
    return "relative" in kinds and "absolute" not in kinds


def _draft(found: TemporalAnswer, passages: dict[str, Passage]) -> Draft:
    text = ""
    citations: list[Citation] = []
    for name in found.evidence:
        said = _sentence(passages[name].text, [each for each in found.intervals if each.passage == name])
        start = len(text) + bool(text)
        text = f"{text} {said}".strip()
        citations.append(Citation(start=start, end=len(text), evidence_id=name, quote=said))
    return Draft(text=text, short=found.text, citations=tuple(citations), confidence=_CONFIDENCE)


def _sentence(text: str, intervals: Sequence[Interval]) -> str:
    """Return the sentence of a passage that tells of an event, by its words and the time that it names."""
    told = [each.text for each in sentences(text)] or [text]
    words = {character for each in intervals for character in each.event}

    def near(sentence: str) -> tuple[bool, int]:
        return any(each.said in sentence for each in intervals if each.said), len(words & set(sentence))

    return max(told, key=near).strip()
