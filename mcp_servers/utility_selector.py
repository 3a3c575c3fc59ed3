"""The server `utility_selector`: the passages that help to answer a question, as a set; none when none helps."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from questline.tools.fencing import verbatim
from questline.tools.selection import Selector

from .serving import READ_ONLY_OPEN, QuestlineServer, tool
from .shapes import BudgetMs, Passages, budget_of, line, lines, passages_of, said

__all__ = ["server"]


class MemberOut(TypedDict):
    """One passage that helps."""

    id: str
    index: int
    p: float
    evidence: list[str]
    conflict: bool


class RejectedOut(TypedDict):
    """One passage that does not."""

    id: str
    index: int
    reason: str


class Selected(TypedDict):
    """All passages, once each."""

    members: list[MemberOut]
    rejected: list[RejectedOut]
    answer: str
    abstained: bool
    coverage: float
    status: str
    warnings: list[str]


def server(selector: Selector, **options: Any) -> QuestlineServer:
    """Return the server over a selector."""

    async def select_useful(
        question: str,
        passages: Passages,
        max_set: Annotated[int, Field(description="Most members; 0: no limit.", ge=0)] = 0,
        tau: Annotated[float, Field(description="Least chance to help; -1: as fitted.", ge=-1, le=1)] = -1,
        budget_ms: BudgetMs = 0,
    ) -> Selected:
        """Choose the passages that help to answer a question, as a set; none when none helps."""
        found = await selector.select(
            question,
            passages_of(passages),
            max_set=max_set or None,
            tau=None if tau == -1 else tau,
            budget=budget_of(budget_ms),
        )
        return Selected(
            members=[
                MemberOut(
                    id=each.id,
                    index=each.index,
                    p=round(each.p, 4),
                    evidence=[span.text for span in each.spans],
                    conflict=each.conflict,
                )
                for each in found.members
            ],
            rejected=[RejectedOut(id=each.id, index=each.index, reason=each.reason) for each in found.rejected],
            answer=found.answer,
            abstained=found.abstained,
            coverage=round(found.coverage, 4),
            status=found.status,
            warnings=said(found.warnings),
        )

    return QuestlineServer(
        "utility_selector",
        title="Utility selector",
        description="Chooses the passages that help to answer a question, as a set.",
        tools=[tool(select_useful, title="Select useful passages", hints=READ_ONLY_OPEN, text=_text)],
        **options,
    )


def _text(found: Selected) -> str:
    evidence = [f"{each['id']}: {line(' '.join(each['evidence']))}" for each in found["members"]]
    members = [
        f"{line(each['id'])} {each['p']:.2f}{' conflict' if each['conflict'] else ''}" for each in found["members"]
    ]
    return lines(
        members or ["no passage helps"],
        verbatim("evidence", "\n".join(evidence)) if evidence else "",
        f"{len(found['rejected'])} left out",
        "" if found["status"] == "selected" else found["status"],
        found["warnings"],
    )
