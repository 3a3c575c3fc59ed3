"""The user's documents as a server of one question: what answers from them spends that question's budget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, cast

from questline.mcp_servers.documents import Library, server
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.options import ServerOptions
from questline.tools.retrieval.contract import Retriever
from questline.tools.retrieval.documents import Document
from questline.types import Answer, Event, Filters, LedgerEntry, Passage

from .fuller_answers import fuller_answer

__all__ = ["AnswersFromDocuments", "OwnDocuments"]

_NAME: Final = "documents"


class AnswersFromDocuments(Protocol):
    """Answers a part of the question from the documents, within the question's budget."""

    def __call__(self, question: str, budget: str | None, /) -> Awaitable[Answer]:
        """Return the answer; `budget` may only make the question's own tighter."""
        ...


class OwnDocuments:
    """A server `documents` in this process, for one question.

    Args:
        retriever: What is searched.
        answers: What answers from it.
        filters: Which passages the question allows.
    """

    def __init__(self, retriever: Retriever, answers: AnswersFromDocuments, *, filters: Filters | None = None) -> None:
        self._retriever = retriever
        self._answers = answers
        self._filters = filters
        self._seen: dict[str, Passage] = {}
        self._entries: list[LedgerEntry] = []

    def gateway(self) -> Gateway:
        """Return the way to it; ``async with`` it."""
        made = server(cast("Library", self), self._answered)
        options = ServerOptions(call_s=3600.0, pin="off", max_result_bytes=64 * 1024 * 1024)
        return Gateway(Configuration.of(ServerConfiguration.in_memory(_NAME, made, options=options)))

    def spent(self) -> tuple[LedgerEntry, ...]:
        """Return, once, what answers have spent since this was last asked."""
        entries, self._entries = tuple(self._entries), []
        return entries

    def titles(self, most: int) -> list[str]:
        """List titles of documents, where the retriever can."""
        list_them = cast("Callable[[int], list[str]] | None", getattr(self._retriever, "titles", None))
        return list_them(most) if callable(list_them) else []

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        """Search; where the question has filters these hold, else those of the call."""
        found = await self._retriever.search(query, k=k, filters=self._filters or filters)
        self._seen |= {each.id: each for each in found}
        return found

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Return passages by id: what answers rested on, and what the retriever itself can look up."""
        look_up = cast("Callable[[Sequence[str]], list[Passage]] | None", getattr(self._retriever, "passages", None))
        unknown = [each for each in ids if each not in self._seen]
        found = {each.id: each for each in look_up(unknown)} if unknown and callable(look_up) else {}
        return [self._seen.get(each) or found[each] for each in ids if each in self._seen or each in found]

    def document(self, identifier: str) -> Document | None:
        """Return a whole document, where the retriever can."""
        look_up = cast("Callable[[str], Document | None] | None", getattr(self._retriever, "document", None))
        return look_up(identifier) if callable(look_up) else None

    async def _answered(self, question: str, *, budget: str | None, emit: Callable[[Event], None]) -> Answer:
        del emit  # the question's own events tell of it
        answer = fuller_answer(await self._answers(question, budget), question)
        self._entries += answer.ledger.entries
        for each in answer.evidence:
            self._seen.setdefault(
                each.id,
                Passage(
                    id=each.id,
                    document_id=each.id,
                    source=each.source,
                    title=each.title,
                    text=each.text,
                    start=each.start,
                    end=each.end,
                    date=each.date,
                ),
            )
        return answer
