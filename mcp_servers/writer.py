"""The server `writer`: greetings within their constraints, and a verdict on any text by readable principles."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from questline.tools.fencing import verbatim
from questline.tools.writing import Brief, Greeting, Greetings, Tone, Writer
from questline.tools.writing.types import AppliedPrinciple, Judge, Verdict

from .serving import READ_ONLY_OPEN, QuestlineServer, tool
from .shapes import lines, said

__all__ = ["server"]

_Tone: TypeAlias = Literal["warm", "formal", "humorous", "poetic", "short", "any"]


class GreetingOut(TypedDict):
    """One text."""

    text: str
    score: float
    characters: int
    tone: str
    origin: str
    reasons: list[str]


class Written(TypedDict):
    """Texts, best first; none where the request is refused or asks for no greeting."""

    greetings: list[GreetingOut]
    status: str
    occasion: str
    refusal: str
    degraded: bool
    warnings: list[str]


class PrincipleOut(TypedDict):
    """What one principle says of the text."""

    id: str
    rule: str
    kept: bool
    evidence: str
    reason: str


class Judged(TypedDict):
    """A verdict."""

    good: bool
    score: float
    dimensions: dict[str, float]
    principles: list[PrincipleOut]
    reasons: list[str]
    degraded: bool
    warnings: list[str]


def server(writer: Writer, judge: Judge, **options: Any) -> QuestlineServer:
    """Return the server over a writer and a judge; `options` are those of `QuestlineServer`."""

    async def write_greeting(
        query: Annotated[str, Field(description="Occasion and person: 给奶奶的生日祝福.", max_length=2000)],
        recipient: Annotated[str, Field(description="Name in the text, letter by letter; data.", max_length=40)] = "",
        tone: _Tone = "any",
        max_chars: Annotated[int, Field(description="0: no limit.", ge=0)] = 0,
        must_include: Annotated[list[str], Field(max_length=20)] = [],  # noqa: B006 because the schema shows it
        avoid: Annotated[list[str], Field(max_length=20)] = [],  # noqa: B006 because the schema shows it
        emoji: bool = False,
        n: Annotated[int, Field(ge=1, le=50)] = 3,
        seed: Annotated[int, Field(description="-1: a new one each time.", ge=-1)] = -1,
    ) -> Written:
        """Write short greetings, mostly Chinese; constraints are checked, never hoped for."""
        chosen: Tone | None = None if tone == "any" else tone
        brief = Brief(
            query=query,
            recipient=recipient or None,
            tone=chosen,
            max_chars=max_chars or None,
            must_include=tuple(must_include),
            avoid=tuple(avoid),
            emoji=emoji,
        )
        return _written(await writer.write(brief, n, seed=None if seed < 0 else seed))

    def judge_text(
        query: Annotated[str, Field(description="What the text is for.", max_length=2000)],
        text: Annotated[str, Field(max_length=4000)],
    ) -> Judged:
        """Judge a greeting by principles: the verdict, each principle with its evidence, and reasons."""
        return _judged(judge.judge(query, text))

    return QuestlineServer(
        "writer",
        title="Writer",
        description="Writes greetings, mostly Chinese, and judges them by principles.",
        tools=[
            tool(write_greeting, title="Write a greeting", hints=READ_ONLY_OPEN, text=_text),
            tool(judge_text, title="Judge a text", hints=READ_ONLY_OPEN, text=_verdict_text),
        ],
        **options,
    )


def _written(found: Greetings) -> Written:
    refusal = found.refusal
    return Written(
        greetings=[_greeting(each) for each in found.items],
        status=found.status,
        occasion=found.occasion,
        refusal=f"{refusal.principle}: {refusal.text} ({refusal.evidence})" if refusal else "",
        degraded=found.degraded,
        warnings=said(found.warnings),
    )


def _greeting(each: Greeting) -> GreetingOut:
    reasons = [each.reason, *(each.verdict.reasons if each.verdict else ())]
    return GreetingOut(
        text=each.text,
        score=each.score,
        characters=len(each.text),
        tone=each.tone,
        origin=each.origin,
        reasons=[reason for reason in reasons if reason],
    )


def _judged(found: Verdict) -> Judged:
    return Judged(
        good=found.good,
        score=round(found.score, 4),
        dimensions=dict(found.dimensions),
        principles=[_principle(each) for each in found.principles],
        reasons=list(found.reasons),
        degraded=found.degraded,
        warnings=list(found.warnings),
    )


def _principle(each: AppliedPrinciple) -> PrincipleOut:
    return PrincipleOut(id=each.id, rule=each.text, kept=each.verdict, evidence=each.evidence, reason=each.reason)


def _text(found: Written) -> str:
    rows = [f"{place}. {verbatim('greeting', each['text'])}" for place, each in enumerate(found["greetings"], start=1)]
    if found["status"] == "refused":
        rows = [f"refused: {found['refusal']}"]
    elif found["status"] == "out_of_scope":
        rows = ["this asks for no greeting, so nothing was written"]
    return lines(rows, found["warnings"])


def _verdict_text(found: Judged) -> str:
    return lines(
        f"{'good' if found['good'] else 'not good'}, {found['score']:.2f}",
        [verbatim("reason", reason) for reason in found["reasons"]],
        found["warnings"],
    )
