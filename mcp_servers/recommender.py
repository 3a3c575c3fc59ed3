"""The server `recommender`: what comes next in a session of clicks, and what is to be forgotten.

Forgetting is planned first: a plan says what would go and gives a word that the call which carries it out must send, so
that nobody forgets what was not looked at. When the data has changed in between, the plan is made again.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal, NotRequired, TypeAlias

from mcp.types import ToolAnnotations
from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import UsageError
from questline.tools.recommendation import ForgetReport, ForgetRequest, SessionRecommender
from questline.tools.recommendation.forgetting import LIMIT
from questline.tools.recommendation.neural import TrainedRecommender

from .serving import READ_ONLY, QuestlineServer, tool
from .shapes import line, lines, said

__all__ = ["server"]

_DESTROYS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
_MOST: Final = 1000
_CLICKS: Final = 10_000
_LAST: Final = 50
"""Entries of the log that are told where no certificate is named."""


class RequestIn(TypedDict):
    """A click has `session` and `place` or `item`; spam has `copies`; all others have `id`.

    An item or category may have `user`: the clicks of this user alone.
    """

    kind: Literal["click", "session", "user", "item", "category", "spam"]
    id: NotRequired[str]
    session: NotRequired[str]
    place: NotRequired[int]
    item: NotRequired[str]
    copies: NotRequired[int]
    user: NotRequired[str]


Item: TypeAlias = Annotated[str, Field(min_length=1, max_length=512)]
Requests: TypeAlias = Annotated[list[RequestIn], Field(min_length=1, max_length=_MOST)]


class RecommendedItem(TypedDict):
    """One item; `popular` ones say nothing of the session."""

    item: str
    score: float
    origin: str


class Recommended(TypedDict):
    """Items, best first."""

    items: list[RecommendedItem]
    cold_start: bool
    warnings: list[str]


class Forgotten(TypedDict):
    """What would go (`planned`, with the word to confirm it) or went."""

    status: str
    confirm: str
    certificate: str
    clicks: int
    share: float
    sessions: int
    sessions_gone: int
    items_gone: int
    elsewhere: dict[str, int]
    remaining: list[str]


class Entry(TypedDict):
    """An entry of the log."""

    certificate: str
    time: str
    action: str
    clicks: int
    status: str
    hash: str


class Log(TypedDict):
    """The last entries of the log, or those of one certificate, oldest first."""

    entries: list[Entry]


def server(
    recommender: SessionRecommender, *, trained: TrainedRecommender | None = None, **options: Any
) -> QuestlineServer:
    """Return the server over a recommender.

    Args:
        recommender: Stays open as long as the server runs.
        trained: A model over the same store, which recommends in its place while it is not stale.
        options: Of `QuestlineServer`.
    """

    def recommend_next(
        session: Annotated[list[Item], Field(description="Items clicked so far, oldest first.", max_length=_CLICKS)],
        k: Annotated[int, Field(description="At least 1.")] = 10,
        exclude_seen: bool = True,
    ) -> Recommended:
        """Recommend what comes next in a session of clicks."""
        found = (trained or recommender).recommend(session, k, exclude_seen=exclude_seen)
        return Recommended(
            items=[
                RecommendedItem(item=each.item, score=round(each.score, 6), origin=each.origin) for each in found.items
            ],
            cold_start=found.cold_start,
            warnings=said(found.warnings),
        )

    def forget(
        requests: Requests,
        dry_run: Annotated[bool, Field(description="True plans alone, and gives the word to confirm.")] = True,
        confirm: Annotated[str, Field(description="As the plan of the same requests gave it.")] = "",
        force: Annotated[bool, Field(description="More than a fifth of all clicks may go.")] = False,
    ) -> Forgotten:
        """Forget clicks, sessions, users, items or categories exactly and for good; plan first."""
        wanted = [ForgetRequest.of(each) for each in requests]
        plan = recommender.plan(wanted)
        word = _word(recommender, wanted, plan)
        if dry_run:
            return _forgotten(plan, word, force=force)
        if plan.clicks and confirm != word:
            raise UsageError(
                f"the plan, {plan.clicks} clicks in {plan.sessions} sessions, was not confirmed: call with dry_run, "
                "look at it, and send its `confirm`",
                code="not_confirmed",
                argument="confirm",
            )
        return _forgotten((trained or recommender).forget(wanted, force=force, planned=plan), "")

    def forget_status(
        id: Annotated[str, Field(description="A certificate; empty: the last ones.")] = "",  # noqa: A002 because clients see it
    ) -> Log:
        """Tell what was forgotten, by certificate; nothing of the content stands in the log."""
        found = list(recommender.certificates(id or None))
        return Log(entries=[_entry(each, recommender.status(str(each["id"]))) for each in found[-_LAST:]])

    return QuestlineServer(
        "recommender",
        title="Recommender",
        description="Recommends what comes next in a session of clicks, and forgets exactly on request.",
        tools=[
            tool(recommend_next, title="Recommend next", hints=READ_ONLY, text=_recommended_text),
            tool(forget, title="Forget", hints=_DESTROYS, text=_forgotten_text),
            tool(forget_status, title="Forget status", hints=READ_ONLY, text=_log_text),
        ],
        **options,
    )


def _word(recommender: SessionRecommender, requests: list[ForgetRequest], plan: ForgetReport) -> str:
    """Return the word for a plan: the same requests that come to the same give the same word."""
    told = [sorted(each.key for each in requests), plan.clicks, plan.sessions, plan.sessions_gone, plan.items_gone]
    return recommender.store.mark("request", json.dumps(told))[:12] if plan.clicks else ""


def _forgotten(report: ForgetReport, word: str, *, force: bool = True) -> Forgotten:
    return Forgotten(
        status=report.status,
        confirm=word,
        certificate=report.certificate,
        clicks=report.clicks,
        share=round(report.share, 6),
        sessions=report.sessions,
        sessions_gone=report.sessions_gone,
        items_gone=report.items_gone,
        elsewhere=dict(report.followers),
        remaining=[
            *report.remaining,
            *(f"a trained model is stale: {each}" for each in report.stale),
            *([f"more than {LIMIT:.0%} of all clicks: send `force` too"] if report.share > LIMIT and not force else []),
        ],
    )


def _entry(entry: Any, status: str) -> Entry:
    return Entry(
        certificate=str(entry["id"]),
        time=str(entry["time"]),
        action=str(entry["action"]),
        clicks=int(entry.get("clicks", 0)),
        status=status,
        hash=str(entry["hash"]),
    )


def _recommended_text(found: Recommended) -> str:
    rows = [f"{place}. {line(each['item'])}" for place, each in enumerate(found["items"], 1)]
    return lines(rows or ["nothing is known yet"], found["warnings"])


def _forgotten_text(found: Forgotten) -> str:
    told = f"{found['status']}: {found['clicks']} clicks of {found['sessions']} sessions"
    confirm = f"to carry it out: dry_run=false, confirm={found['confirm']}" if found["confirm"] else ""
    return lines(told, confirm, found["certificate"], found["remaining"])


def _log_text(found: Log) -> str:
    rows = [f"{each['certificate']} {each['action']} {each['clicks']} {each['status']}" for each in found["entries"]]
    return lines(rows or ["nothing was forgotten yet"])
