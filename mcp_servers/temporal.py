"""The server `temporal`: what times a text means, search by time, and answers of order, date and distance in time.

It works over passages that a call brings; over the user's documents where it is given them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools import temporal
from questline.tools.retrieval.contract import Retriever
from questline.tools.temporal.answering import TemporalAnswer, answer_from
from questline.tools.temporal.searching import DatedPassage, Found, TemporalSearch
from questline.tools.temporal.searching.contract import Reading as Understood
from questline.tools.temporal.searching.over import dated, search_over

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import line, lines

__all__ = ["server"]

_LONGEST: Final = 50_000
"""Characters of a text whose times one call resolves."""
_EVIDENCE: Final = 6
"""Passages of the documents that an answer is looked for in."""

Anchor: TypeAlias = Annotated[str, Field(description="YYYY-MM-DD, else today")]


class Reading(TypedDict):
    """One meaning of one time expression; both days belong to it, and an open end is empty."""

    text: str
    start: str
    end: str
    kind: str
    confidence: float


class Dated(TypedDict):
    """A text with the day that it was published."""

    text: str
    id: NotRequired[str]
    date: NotRequired[str]


Given: TypeAlias = Annotated[Sequence[Dated], Field(description="Else the documents.")]


class Anchored(TypedDict):
    """The day that was counted from, and whether it was only assumed."""

    anchor: str
    anchor_assumed: bool


class Resolved(Anchored):
    """The time expressions of a text."""

    readings: list[Reading]


class Hit(TypedDict):
    """A passage, and how well its dates fit."""

    id: str
    text: str
    fit: float


class Searched(Anchored):
    """Passages, best first."""

    times: list[str]
    passages: list[Hit]
    undated: int


class When(TypedDict):
    """When an event was, by one passage."""

    event: str
    start: str
    end: str
    passage: str


class Answered(Anchored):
    """An answer with its intervals; empty where times do not decide."""

    answer: str
    kind: str
    intervals: list[When]
    warnings: list[str]


def server(
    library: Retriever | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC), **options: Any
) -> QuestlineServer:
    """Return the server.

    Args:
        library: The user's documents, for calls that bring no passages.
        now: The clock: a moment with its zone.
        options: Of `QuestlineServer`.
    """

    def anchored(anchor: str) -> tuple[date, bool]:
        if not anchor:
            return now().date(), True
        try:
            return temporal.as_day(anchor, argument="anchor"), False
        except UsageError as error:
            raise UsageError(error.message, code="bad_anchor", argument="anchor") from error

    def resolve_time(text: Annotated[str, Field(max_length=_LONGEST)], anchor: Anchor = "") -> Resolved:
        """Say which days the time words of a text mean, in English and Chinese."""
        day, assumed = anchored(anchor)
        return Resolved(
            anchor=day.isoformat(),
            anchor_assumed=assumed,
            readings=_readings(temporal.resolve_time(text, day)),
        )

    async def temporal_search(
        query: str, passages: Given = (), anchor: Anchor = "", k: Annotated[int, Field(le=100)] = 5
    ) -> Searched:
        """Find passages whose words and dates fit; dates filter none out."""
        day, assumed = anchored(anchor)
        if passages or library is None:
            held = _passages(passages, library)
            search = await asyncio.to_thread(TemporalSearch, held)
            reading, found = search.found(query, anchor=day, k=k)
            texts, undated = {each.id: each for each in held}, search.undated
        else:
            over = await search_over(library, query, anchor=day, k=k)
            reading, found, undated = over.reading, over.found, over.undated
            texts = {each.id: dated(each) for each in over.passages}
        return _searched(reading, found, texts, undated, assumed=assumed)

    async def temporal_answer(question: str, passages: Given = (), anchor: Anchor = "") -> Answered:
        """Answer when, which first, or how far apart, from dated passages."""
        day, assumed = anchored(anchor)
        if passages or library is None:
            held = _passages(passages, library)
        else:
            over = await search_over(library, question, anchor=day, k=_EVIDENCE)
            held = [dated(each) for each in over.passages]
        return _answered(await asyncio.to_thread(answer_from, question, anchor=day, passages=held), assumed=assumed)

    return QuestlineServer(
        "temporal",
        title="Time in texts",
        description="Resolves time words, searches by time, and answers which came first, when, how far apart.",
        tools=[
            tool(resolve_time, title="Resolve time words", hints=READ_ONLY, text=_resolved_text),
            tool(temporal_search, title="Search by time", hints=READ_ONLY, text=_searched_text),
            tool(temporal_answer, title="Answer by time", hints=READ_ONLY, text=_answered_text),
        ],
        **options,
    )


def _passages(given: Sequence[Dated], library: object) -> list[DatedPassage]:
    if not given and library is None:
        raise UsageError(
            "no passages were given, and the server was started without an index", code="bad_param", argument="passages"
        )
    names = [each.get("id", str(place)) for place, each in enumerate(given)]
    if len(set(names)) < len(names):
        raise UsageError("two passages have the same id", code="bad_param", argument="passages")
    return [
        DatedPassage(id=name, text=each["text"], published=_day(each.get("date", "")))
        for name, each in zip(names, given, strict=True)
    ]


def _day(text: str) -> date | None:
    return temporal.as_day(text, argument="passages") if text else None


def _readings(found: Iterable[temporal.TimeReading]) -> list[Reading]:
    return [
        Reading(
            text=each.span.text,
            start=each.start.isoformat() if each.start else "",
            end=each.end.isoformat() if each.end else "",
            kind=each.kind,
            confidence=each.confidence,
        )
        for each in found
    ]


def _searched(
    reading: Understood, found: Sequence[Found], texts: dict[str, DatedPassage], undated: int, *, assumed: bool
) -> Searched:
    return Searched(
        anchor=reading.anchor.isoformat(),
        anchor_assumed=assumed,
        times=_reading_rows(_readings(reading.readings)),
        passages=[Hit(id=each.id, text=texts[each.id].text, fit=each.tau) for each in found],
        undated=undated,
    )


def _answered(found: TemporalAnswer, *, assumed: bool) -> Answered:
    return Answered(
        anchor=found.anchor.isoformat(),
        anchor_assumed=assumed,
        answer=found.text,
        kind=found.kind,
        intervals=[
            When(event=each.event, start=each.start.isoformat(), end=each.end.isoformat(), passage=each.passage)
            for each in found.intervals
        ],
        warnings=list(found.warnings),
    )


def _anchor_text(found: Anchored) -> str:
    return f"counted from {found['anchor']}{' (today was assumed)' if found['anchor_assumed'] else ''}"


def _reading_rows(found: Iterable[Reading]) -> list[str]:
    return [f"{line(each['text'])}: {each['start'] or '…'} to {each['end'] or '…'} ({each['kind']})" for each in found]


def _resolved_text(found: Resolved) -> str:
    return lines(_anchor_text(found), _reading_rows(found["readings"]) or "no time expression was found")


def _searched_text(found: Searched) -> str:
    rows = [
        f"{place}. {line(each['id'])} {line(each['text'])}" for place, each in enumerate(found["passages"], start=1)
    ]
    return lines(_anchor_text(found), found["times"], rows or "no passages", _undated(found["undated"]))


def _undated(count: int) -> str:
    return f"without a date: {count} of the passages that were compared" if count else ""


def _answered_text(found: Answered) -> str:
    rows = [
        f"{line(each['event'])}: {each['start']} to {each['end']} [{line(each['passage'])}]"
        for each in found["intervals"]
    ]
    return lines(
        line(found["answer"]) or "no answer", rows, _anchor_text(found), [line(each) for each in found["warnings"]]
    )
