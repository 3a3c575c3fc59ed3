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

from .tool_search.kinds import kept_to_kind
from .tool_search.left_out import held_back, instead

if TYPE_CHECKING:
    from questline.graphs.tool_search.answering import Searched

__all__ = ["answer", "answer_resumably", "build", "make_graph", "routed"]


async def routed(
    search: Callable[[], Awaitable[Searched]],
    from_documents: Callable[[str], Awaitable[Answer]],
    again: Callable[[str], Awaitable[Searched]],
    question: str,
) -> Answer:
    """Answer a question where servers are configured.

    What all of them spent and warned of stands in the answer, whichever of them gave it.

    Args:
        search: Runs the graph of tool search.
        from_documents: Runs the adaptive graph for a question that stands alone, when `search` says so.
        again: Runs the graph of tool search without the documents, where they hold no answer, or only a part of it; the
            latter is replaced by a whole answer alone.
        question: As the user wrote it.

    Raises:
        QuestlineError: Whatever the three raise; see `questline.graphs.questions.QuestionWithServers.answer`.
    """
    searched = await search()
    if searched.answer is not None:
        return held_back(searched.answer)
    found = _after(searched, kept_to_kind(await from_documents(searched.question), searched.question))
    half = found.status == "partial" and found.backend == "embedded"
    if found.status != "abstained" and not half:
        return held_back(replace(found, **_asked(searched, question)))
    other = (await again(searched.question)).answer
    if other is not None:
        ledger = Ledger(entries=(*found.ledger.entries, *other.ledger.entries), wall_s=other.ledger.wall_s)
        warnings = merge_warnings(found.warnings, other.warnings)
        chosen = (other if other.status == "complete" else found) if half else instead(found, other)
        found = replace(chosen, ledger=ledger, warnings=warnings)
    return held_back(replace(found, **_asked(searched, question)))


def _asked(searched: Searched, question: str) -> dict[str, str]:
    alone = searched.question if searched.question != question else ""
    return {"question": question, "standalone_question": alone}


def _after(searched: Searched, found: Answer) -> Answer:
    """Return an answer of the documents, with what was done before they were asked: one clock times both."""
    return replace(
        found,
        ledger=replace(found.ledger, entries=(*searched.entries, *found.ledger.entries)),
        warnings=merge_warnings(searched.warnings, found.warnings),
    )
