"""Answer a question of times from dated passages; abstain where their intervals do not decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from questline.tools.temporal.resolver import resolve_time
from questline.tools.temporal.result import TimeReading
from questline.tools.temporal.searching.asking import Asked, asked
from questline.tools.temporal.searching.contract import DatedPassage, Reading
from questline.tools.temporal.searching.search import TemporalSearch

from .comparing import apart, in_one, inside, surely_first
from .contract import Interval, TemporalAnswer
from .locating import Library, locate
from .ordering import Order, asks_order
from .wording import asks_when, asks_whether_within, date_words, negated, span_words, yes_or_no

__all__ = ["answer_from"]


@dataclass(frozen=True, slots=True)
class _Case:
    wording: Asked
    reading: Reading
    search: TemporalSearch
    library: Library


def answer_from(question: str, *, anchor: date | str | None, passages: Sequence[DatedPassage]) -> TemporalAnswer:
    """Return what the intervals of the passages answer: order, sameness, distance, yes or no, a date.

    Args:
        question: English or Chinese.
        anchor: The day that relative words of the question are counted from; None is today. Those of a passage are
            counted from its own day.
        passages: The evidence; which of them tells of which event is found here.

    Returns:
        The answer; with an empty text where no passage tells of an event, the intervals do not decide, or times alone
        do not answer the question.

    Raises:
        UsageError: ``empty_query``, ``bad_anchor``.

    Source: spec 09 §2.6.
    """
    search = TemporalSearch(passages)
    reading = search.read(question, anchor=anchor)
    case = _Case(asked(question), reading, search, Library(passages))
    made = _answered(question, case)
    return replace(made, evidence=tuple(dict.fromkeys(each.passage for each in made.intervals if each.passage)))


def _answered(question: str, case: _Case) -> TemporalAnswer:
    wording, reading = case.wording, case.reading
    if (order := asks_order(question)) is not None and not _is_time(order.other, case):
        return _ordered(case, order)
    if wording.ask in ("first", "last", "same", "between"):
        texts = [part.text for part in reading.parts]
        if len(texts) < 2:
            return _none(case, wording.ask, "the events that the question compares could not be told apart")
        intervals = locate([part.readings for part in reading.parts], texts, case.library)
        if negated(question) and wording.ask == "same":
            return _none(case, wording.ask, "the question is put in the negative")
        return _compared(case, intervals, texts)
    spans = [(each.span.start, each.span.end) for each in reading.readings]
    events = asks_whether_within(question, spans)
    if events is not None and reading.readings:
        return _within(case, events, reading.readings[-1])
    when = asks_when(wording.rest or question)
    if when is not None:
        return _dated(case, when.event, when.unit)
    return _none(case, "none", "times alone do not answer this question")


def _compared(case: _Case, intervals: Sequence[Interval | None], texts: Sequence[str]) -> TemporalAnswer:
    wording = case.wording
    known = [each for each in intervals if each is not None]
    if len(known) < len(texts):
        lost = next(text for text, each in zip(texts, intervals, strict=True) if each is None)
        return _none(case, wording.ask, f"no passage tells when this was: {lost}", known)
    if wording.ask in ("first", "last"):
        place = surely_first(known, last=wording.ask == "last")
        if place is not None:
            return _made(case, texts[place], wording.ask, known)
        if len({(each.passage, each.said) for each in known}) == 1:
            return _none(case, wording.ask, "one time of one passage is all that is told of these events", known)
        if in_one(known, "day"):
            return _made(case, "同一天" if wording.chinese else "the same day", wording.ask, known)
    elif wording.ask == "same":
        same = in_one(known, wording.unit)
        if same is not None:
            return _made(case, yes_or_no(same, chinese=wording.chinese), "same", known)
    else:
        count = apart(known[0], known[1], wording.unit)
        if count is not None:
            return _made(case, span_words(count, wording.unit, chinese=wording.chinese), "between", known)
    return _none(case, wording.ask, "the times that are known do not decide it", known)


def _is_time(text: str, case: _Case) -> bool:
    """Say whether a text is nothing but a time: whether an event was before May is no question of two events."""
    found = resolve_time(text, case.reading.anchor) if text.strip() else ()
    return sum(len(each.span.text) for each in found) >= len(text.strip()) - 2 if found else False


def _ordered(case: _Case, order: Order) -> TemporalAnswer:
    known = locate([None, None], [order.one, order.other], case.library)
    found = [each for each in known if each is not None]
    one, other = known
    kind = "order" if order.unit is None else "between"
    if one is None or other is None:
        return _none(case, kind, f"no passage tells when this was: {order.one if one is None else order.other}", found)
    if one.passage == other.passage and (one.start, one.end) == (other.start, other.end):
        return _none(case, kind, "one passage dates both events alike", found)
    place = surely_first([one, other])
    if place is None and not in_one([one, other], "day"):
        return _none(case, kind, "the times that are known do not decide it", found)
    as_asked = place is not None and (place == 1) is order.later
    if order.unit is None:
        return _made(case, yes_or_no(as_asked, chinese=case.wording.chinese), kind, found)
    count = apart(one, other, order.unit)
    if count is None or not as_asked:
        return _none(case, kind, "the times that are known do not decide it", found)
    return _made(case, span_words(count, order.unit, chinese=case.wording.chinese), kind, found)


def _within(case: _Case, events: str, span: TimeReading) -> TemporalAnswer:
    if span.start is None and span.end is None:
        return _none(case, "within", f"{span.span.text!r} is no time that is known")
    wording = case.wording
    parts = case.search.read(events, anchor=case.reading.anchor).parts
    texts = [part.text for part in parts] or _halves(case, events)
    known = locate([None] * len(texts), texts, case.library)
    if any(each is None for each in known):
        return _none(case, "within", "no passage tells when it was", [each for each in known if each])
    values = [inside(each, span.start, span.end) for each in known if each]
    found = [each for each in known if each]
    if None in values:
        return _none(case, "within", "the times that are known do not decide it", found)
    return _made(case, yes_or_no(all(values), chinese=wording.chinese), "within", found)


def _halves(case: _Case, events: str) -> list[str]:
    """Cut what is asked of together (``A and B were both in May``), else leave it whole."""
    if "都" not in case.reading.question and "both" not in case.reading.question.lower():
        return [events]
    same = f"{events}是在同一天吗" if case.wording.chinese else f"{events} on the same day"
    return [part.text for part in case.search.read(same, anchor=case.reading.anchor).parts] or [events]


def _dated(case: _Case, event: str, unit: str | None) -> TemporalAnswer:
    (found,) = locate([case.reading.readings or None], [event], case.library)
    if found is None:
        return _none(case, "date", f"no passage tells when this was: {event}")
    words = date_words(found, unit, chinese=case.wording.chinese)  # pyright: ignore[reportArgumentType]  # because a name of a unit is one
    if words is None:
        return _none(case, "date", f"it is known less finely than by the {unit}", [found])
    return _made(case, words, "date", [found])


def _made(case: _Case, text: str, kind: str, intervals: Sequence[Interval]) -> TemporalAnswer:
    return TemporalAnswer(
        text=text, kind=kind, intervals=tuple(intervals), anchor=case.reading.anchor,
        anchor_assumed=case.reading.anchor_assumed, warnings=_undated(case),
    )  # fmt: skip


def _none(case: _Case, kind: str, why: str, intervals: Sequence[Interval] = ()) -> TemporalAnswer:
    return replace(_made(case, "", kind, intervals), warnings=(why, *_undated(case)))


def _undated(case: _Case) -> tuple[str, ...]:
    count = case.search.undated
    return (f"{count} of the passages {'has' if count == 1 else 'have'} no date",) if count else ()
