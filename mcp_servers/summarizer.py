"""The server `summarizer`: the pieces of documents that answer a query, each with its place."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from questline.budget import Budget, Meter
from questline.tools.fencing import verbatim
from questline.tools.summarization import QuerySummarizer, Source, SummarySpan

from .serving import READ_ONLY_OPEN, QuestlineServer, tool
from .shapes import BudgetMs, budget_of, lines, said

__all__ = ["server"]

_MOST_DOCUMENTS = 100


class DocumentIn(TypedDict):
    """A document; its number from 1 stands in for a missing id."""

    text: str
    id: NotRequired[str]
    title: NotRequired[str]
    date: NotRequired[str]


class Piece(TypedDict):
    """Characters ``start`` to ``end`` of a document."""

    document: str
    start: int
    end: int
    text: str
    conflict: bool


class Summarized(TypedDict):
    """The pieces that answer, or that there is no answer here."""

    summary: str
    pieces: list[Piece]
    abstained: bool
    answerability: float
    truncated: bool
    warnings: list[str]


def server(summarizer: QuerySummarizer, **options: Any) -> QuestlineServer:
    """Return the server over a summarizer."""

    async def summarize_for_query(
        query: str,
        documents: Annotated[list[DocumentIn], Field(min_length=1, max_length=_MOST_DOCUMENTS)],
        max_sentences: Annotated[int, Field(ge=1, le=100)] = 3,
        max_words: Annotated[int, Field(description="0: no limit.", ge=0)] = 0,
        budget_ms: BudgetMs = 0,
    ) -> Summarized:
        """Answer a query with pieces of documents, each with its place, or say that there is no answer."""
        sources = [
            Source(
                text=each["text"],
                id=each.get("id", str(number)),
                title=each.get("title", ""),
                date=each.get("date") or None,
            )
            for number, each in enumerate(documents, start=1)
        ]
        found = await summarizer.summarize(
            query,
            sources,
            max_sentences=max_sentences,
            max_words=max_words or None,
            meter=Meter(budget_of(budget_ms) or Budget()),
        )
        return Summarized(
            summary=found.text,
            pieces=[_piece(each) for each in found.spans],
            abstained=found.abstained,
            answerability=round(found.answerability, 4),
            truncated=found.truncated,
            warnings=said(found.warnings),
        )

    return QuestlineServer(
        "summarizer",
        title="Summarizer",
        description="Answers a query with pieces of documents, each with its place.",
        tools=[tool(summarize_for_query, title="Summarize for a query", hints=READ_ONLY_OPEN, text=_text)],
        **options,
    )


def _piece(span: SummarySpan) -> Piece:
    return Piece(document=span.document, start=span.start, end=span.end, text=span.text, conflict=span.conflict)


def _text(found: Summarized) -> str:
    return lines(
        verbatim("summary", found["summary"]) if found["summary"] else "",
        "no answer here" if found["abstained"] else "",
        "not all of the documents was read" if found["truncated"] else "",
        found["warnings"],
    )
