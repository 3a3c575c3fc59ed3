"""The server `suggester`: what to ask next, and which suggestion was taken."""

from __future__ import annotations

from typing import Annotated, Any, Final

from mcp.types import ToolAnnotations
from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools.suggestion import ImpressionStore, Suggester, Wanted

from .serving import READ_ONLY_OPEN, WRITES_ONCE, QuestlineServer, tool
from .shapes import line, lines, said

__all__ = ["server"]

_RECORDS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
)
"""Every call stores what was shown."""


class SuggestionOut(TypedDict):
    """One suggestion."""

    text: str
    kind: str
    p_click: float
    answerable: float
    reason: str


class Suggested(TypedDict):
    """Suggestions, best first; fewer, down to none, where no more pass every check."""

    suggestions: list[SuggestionOut]
    impression_id: str
    warnings: list[str]


class Reported(TypedDict):
    """Whether a click is new."""

    new: bool


def server(suggester: Suggester, *, store: ImpressionStore | None = None, **options: Any) -> QuestlineServer:
    """Return the server over a suggester.

    Args:
        suggester: Made with the same `store`.
        store: Keeps impressions and clicks; without one nothing is stored, and a click cannot be reported.
        options: Of `QuestlineServer`.
    """

    async def suggest_queries(
        history: Annotated[list[str], Field(description="What was asked, oldest first.", min_length=1)],
        k: Annotated[int, Field(ge=1, le=20)] = 5,
        kind: Wanted = "auto",
    ) -> Suggested:
        """Suggest what to ask next: answerable, varied, not asked before."""
        found = await suggester.suggest(history, None, k, kind=kind)
        return Suggested(
            suggestions=[
                SuggestionOut(
                    text=each.text,
                    kind=each.kind,
                    p_click=round(each.p_click, 4),
                    answerable=round(each.answerable, 4),
                    reason=each.reason,
                )
                for each in found.items
            ],
            impression_id=found.impression_id,
            warnings=said(found.warnings),
        )

    def report_click(
        impression_id: str, index: Annotated[int, Field(description="Place of the suggestion, from 0.", ge=0)]
    ) -> Reported:
        """Report which suggestion was taken; the same click counts once."""
        if store is None:
            raise UsageError(
                "this server keeps no impressions; start it with a store to report clicks",
                code="unknown_impression",
                argument="impression_id",
            )
        return Reported(new=store.log_click(impression_id, index))

    return QuestlineServer(
        "suggester",
        title="Suggester",
        description="Suggests what to ask next, and learns which suggestions are taken.",
        tools=[
            tool(
                suggest_queries,
                title="Suggest queries",
                hints=READ_ONLY_OPEN if store is None else _RECORDS,
                text=_text,
            ),
            tool(
                report_click,
                title="Report a click",
                hints=WRITES_ONCE,
                text=lambda found: "stored" if found["new"] else "known already",
            ),
        ],
        **options,
    )


def _text(found: Suggested) -> str:
    rows = [f"{place}. {line(each['text'])}" for place, each in enumerate(found["suggestions"])]
    return lines(rows or ["no suggestion"], found["warnings"])
