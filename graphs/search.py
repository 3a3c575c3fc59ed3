"""The whole way of a question through the house: which graph answers it.

Without configured servers the documents are all there is, and the adaptive graph answers. With servers the question is
split, and tools are looked for: what the documents alone can answer goes to the adaptive graph as ever; everything else
is planned, the documents being one server among others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from questline.graphs.adaptive_rag.build import build, make_graph
from questline.graphs.adaptive_rag.run import answer, answer_resumably
from questline.graphs.adaptive_rag.state import merge_warnings
from questline.types import Answer, Ledger

if TYPE_CHECKING:
    from questline.graphs.tool_search.answering import Searched

__all__ = ["answer", "answer_resumably", "build", "make_graph", "routed"]


async def routed(
    search: Callable[[], Awaitable[Searched]],
    from_documents: Callable[[str], Awaitable[Answer]],
    question: str,
) -> Answer:
    """Answer a question where servers are configured.

    Args:
        search: Runs the graph of tool search.
        from_documents: Runs the adaptive graph for a question that stands alone, when `search` says so.
        question: As the user wrote it.
    """
    searched = await search()
    if searched.answer is not None:
        return searched.answer
    found = await from_documents(searched.question)
    before, wall_s = searched.entries, max((each.started_s + each.usage.seconds for each in searched.entries), default=0.0)
    after = tuple(replace(each, started_s=each.started_s + wall_s) for each in found.ledger.entries)
    return replace(
        found,
        question=question,
        standalone_question=searched.question if searched.question != question else "",
        ledger=Ledger(entries=(*before, *after), wall_s=wall_s + found.ledger.wall_s),
        warnings=merge_warnings(searched.warnings, found.warnings),
    )
