"""The server `reranker`: passages in the order in which they answer a query."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from questline.tools.ranking import RankedPassage, Ranker

from .serving import READ_ONLY_OPEN, QuestlineServer, tool
from .shapes import BudgetMs, Passages, budget_of, line, lines, passages_of, said

__all__ = ["server"]


class Ranked(TypedDict):
    """One passage in its new place."""

    id: str
    index: int
    score: float
    warnings: list[str]


class Ranking(TypedDict):
    """The best passages, best first."""

    ranking: list[Ranked]
    status: str
    warnings: list[str]


def server(ranker: Ranker, **options: Any) -> QuestlineServer:
    """Return the server over a ranker."""

    async def rerank(
        query: str,
        passages: Passages,
        top_n: Annotated[int, Field(description="0: all.", ge=0)] = 10,
        budget_ms: BudgetMs = 0,
    ) -> Ranking:
        """Order passages by relevance to a query, best first, with scores in [0, 1]."""
        given = passages_of(passages)
        found = await ranker.rank(query, given, top_n=min(top_n, len(given)) or None, budget=budget_of(budget_ms))
        return Ranking(ranking=list(map(_ranked, found.top)), status=found.status, warnings=said(found.warnings))

    return QuestlineServer(
        "reranker",
        title="Reranker",
        description="Orders passages by how well they answer a query, with calibrated scores.",
        tools=[tool(rerank, title="Rerank passages", hints=READ_ONLY_OPEN, text=_text)],
        **options,
    )


def _ranked(found: RankedPassage) -> Ranked:
    return Ranked(id=found.id, index=found.index, score=round(found.score, 4), warnings=list(found.warnings))


def _text(found: Ranking) -> str:
    rows = [
        f"{place}. {line(each['id'])} {each['score']:.2f} {' '.join(each['warnings'])}".rstrip()
        for place, each in enumerate(found["ranking"], start=1)
    ]
    return lines(rows or ["no passages"], "" if found["status"] == "ranked" else found["status"], found["warnings"])
