"""The server `documents`: search the user's documents, fetch one, or have a question answered from them.

What answers is an argument, so that this floor knows nothing of the graph above it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Protocol, TypeAlias, cast

from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools.fencing import verbatim
from questline.tools.retrieval.contract import Retriever
from questline.tools.retrieval.documents import Document
from questline.types import Answer, Event, Filters, Passage, Usage, Why

from .explained import ExplainedOut, Spent, WhyOut, explained_text, spent_of, why_of
from .gateway.definitions import ServerManifest, ToolDefinition
from .progress import note
from .serving import READ_ONLY, READ_ONLY_OPEN, QuestlineServer, tool
from .shapes import line, lines, said

__all__ = ["Answers", "Explains", "Library", "manifest_of", "server"]

_TITLES: Final = 200
_TOLD: Final = 1_500
"""Characters of the description that are titles."""


Budget: TypeAlias = Annotated[str, Field(description="cheap, balanced, best, or seconds=2,usd=0.01.")]


class Library(Retriever, Protocol):
    """What is searched, and gives whole passages and documents by id; `DocumentIndex` is one."""

    def passages(self, ids: Sequence[str], /) -> list[Passage]:
        """Return passages by id; unknown ids are left out."""
        ...

    def document(self, identifier: str, /) -> Document | None:
        """Return a document by id."""
        ...


class Answers(Protocol):
    """Answers a question from the documents."""

    async def __call__(self, question: str, *, budget: str | None, emit: Callable[[Event], None]) -> Answer:
        """Return the answer; `emit` hears what happens on the way, `budget` is as the settings write it."""
        ...


class Explains(Protocol):
    """Says what would be done with a question, without doing it."""

    async def __call__(self, question: str, *, budget: str | None) -> tuple[Why, Usage]:
        """Return the planner's first decision, and what deciding took."""
        ...


class PassageOut(TypedDict):
    """A piece of a document."""

    id: str
    document: str
    title: str
    source: str
    date: str
    score: float
    text: str


class Searched(TypedDict):
    """Passages, best first."""

    passages: list[PassageOut]


class Fetched(TypedDict):
    """Characters ``start`` to ``end`` of a document."""

    id: str
    title: str
    source: str
    date: str
    text: str
    start: int
    end: int
    characters: int


class Cited(TypedDict):
    """A place of the answer, and the passage that it rests on."""

    start: int
    end: int
    id: str
    source: str


class Answered(TypedDict):
    """An answer with its sources."""

    answer: str
    short: str
    status: str
    citations: list[Cited]
    warnings: list[str]


class AnsweredInFull(Answered):
    """An answer with its sources, why it was found in this way, and what it cost."""

    plan: list[str]
    why: list[WhyOut]
    usage: Spent
    usage_by_role: dict[str, Spent]


def server(library: Library, answers: Answers, *, explains: Explains | None = None, **options: Any) -> QuestlineServer:
    """Return the server over a library and what answers from it.

    Args:
        library: What is searched.
        answers: Answers a question.
        explains: Says what would be done with one; with it there is a tool `explain_plan`, and answers say why they
            were found as they were and what they cost. A question's own planner, to which the documents are one server
            among others, needs neither.
        options: More of `QuestlineServer`.
    """

    async def search(
        query: str,
        k: Annotated[int, Field(ge=1, le=100)] = 5,
        sources: Annotated[Sequence[str], Field(description="Files or folders; none: all.")] = (),
        date_from: Annotated[str, Field(description="YYYY-MM-DD.")] = "",
        date_to: str = "",
    ) -> Searched:
        """Find passages of the documents."""
        if not query.strip():
            raise UsageError("the query is empty", code="empty_query", argument="query")
        filters = Filters(sources=tuple(sources), date_from=date_from or None, date_to=date_to or None)
        return Searched(passages=[_passage(each) for each in await library.search(query, k=k, filters=filters)])

    async def fetch(
        id: Annotated[str, Field(description="Of a passage or a document.")],  # noqa: A002 because clients know a document by its id
        start: Annotated[int, Field(ge=0)] = 0,
        characters: Annotated[int, Field(ge=1, le=50_000)] = 20_000,
    ) -> Fetched:
        """Return a passage, or a part of a whole document."""
        return await asyncio.to_thread(_fetched, library, id, start, characters)

    async def answered(question: str, budget: str) -> Answer:
        def emit(event: Event) -> None:
            if event.kind in ("plan", "step_started") and event.text:
                note(line(event.text))

        return await answers(question, budget=budget or None, emit=emit)

    async def answer(question: str, budget: Budget = "") -> Answered:
        """Answer a question from the documents, with citations."""
        return _answered(await answered(question, budget))

    async def answer_in_full(question: str, budget: Budget = "") -> AnsweredInFull:
        """Answer a question from the documents, with citations, the plan, why it was chosen, and what it cost."""
        return _in_full(await answered(question, budget))

    async def explain_plan(question: str, budget: Budget = "") -> ExplainedOut:
        """Say which workflow a question would run first, why, and what each is expected to cost; nothing is run."""
        assert explains is not None
        why, usage = await explains(question, budget=budget or None)
        return ExplainedOut(why=why_of(why), usage=spent_of(usage))

    about: dict[str, Any] = {"title": "Answer from documents", "hints": READ_ONLY_OPEN}
    if explains is None:
        answering = [tool(answer, text=_answered_text, **about)]
    else:
        answering = [
            tool(answer_in_full, name="answer", text=_answered_text, **about),
            tool(explain_plan, title="Explain the plan", hints=READ_ONLY_OPEN, text=explained_text),
        ]
    return QuestlineServer(
        "documents",
        title="Documents",
        description=f"Searches your indexed documents, and answers questions from them with citations{_held(library)}.",
        tools=[
            tool(search, title="Search documents", hints=READ_ONLY, text=_searched_text),
            tool(fetch, title="Fetch a document", hints=READ_ONLY, text=_fetched_text),
            *answering,
        ],
        **options,
    )


def _held(library: Library) -> str:
    """Name documents by their titles, as many as there is room for: what the server is chosen by."""
    titles = cast("Callable[[int], list[str]] | None", getattr(library, "titles", None))
    told = ""
    for title in titles(_TITLES) if titles is not None else ():
        piece = f"{'; ' if told else ': '}{line(title, limit=80)}"
        if len(told) + len(piece) > _TOLD:
            return f"{told}; and more"
        told += piece
    return told


def _passage(found: Passage) -> PassageOut:
    return PassageOut(
        id=found.id,
        document=found.document_id,
        title=found.title,
        source=found.source,
        date=found.date or "",
        score=round(found.score, 4),
        text=found.text,
    )


def _fetched(library: Library, identifier: str, start: int, characters: int) -> Fetched:
    found = library.document(identifier) or next(iter(library.passages([identifier])), None)
    if found is None:
        raise UsageError(f"nothing has the id {identifier!r}", code="file_not_found", argument="id")
    piece = found.text[start : start + characters]
    first = min(start, len(found.text))
    return Fetched(
        id=identifier,
        title=found.title,
        source=found.source,
        date=found.date or "",
        text=piece,
        start=first,
        end=first + len(piece),
        characters=len(found.text),
    )


def _answered(found: Answer) -> Answered:
    sources = {evidence.id: evidence.source for evidence in found.evidence}
    return Answered(
        answer=found.text,
        short=found.short,
        status=found.status,
        citations=[
            Cited(start=each.start, end=each.end, id=each.evidence_id, source=sources.get(each.evidence_id, ""))
            for each in found.citations
        ],
        warnings=said(found.warnings),
    )


def _in_full(found: Answer) -> AnsweredInFull:
    return AnsweredInFull(
        **_answered(found),
        plan=[f"{task.id} {task.arguments.get('workflow', task.tool)}: {task.intent}" for task in found.plan.tasks],
        why=[why_of(each) for each in found.why],
        usage=spent_of(replace(found.usage, seconds=found.ledger.wall_s)),
        usage_by_role={role: spent_of(usage) for role, usage in found.ledger.by_role.items()},
    )


def _searched_text(found: Searched) -> str:
    pieces = [
        f"{place}. {line(each['title'])} ({line(each['source'])}, id {each['id']})\n{verbatim('passage', each['text'])}"
        for place, each in enumerate(found["passages"], start=1)
    ]
    return "\n\n".join(pieces) or "nothing was found"


def _fetched_text(found: Fetched) -> str:
    place = f"{line(found['source'])}, characters {found['start']} to {found['end']} of {found['characters']}"
    return lines(place, verbatim("document", found["text"]))


def _answered_text(found: Answered) -> str:
    sources = dict.fromkeys(line(each["source"]) for each in found["citations"])
    return lines(
        verbatim("answer", found["answer"]),
        found["status"],
        f"from {', '.join(sources)}" if sources else "it cites nothing",
        found["warnings"],
    )


async def manifest_of(library: Library, name: str = "documents") -> ServerManifest:
    """Return what the server over a library says of itself and its tools; nothing is asked of the library's texts."""
    from mcp import Client

    async def unasked(question: str, *, budget: str | None, emit: Callable[[Event], None]) -> Answer:
        del budget, emit
        raise UsageError(f"{question!r} is not answered here", code="bad_argument", argument="question")

    made = server(library, unasked)
    async with Client(made) as client:
        listed = await client.list_tools()
    tools = tuple(ToolDefinition.of(name, each) for each in listed.tools)
    return ServerManifest(name=name, title=made.title, description=made.description or "", tools=tools)
