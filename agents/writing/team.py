"""Signal 1: two critics, a strict judge and a reflector say whether a text is good (arXiv:2508.21476)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from questline.agents.spans import count_fallback, step_span
from questline.errors import ModelError, UsageError
from questline.tools.json_text import json_list
from questline.tools.writing.types import Judge

from .asking import Asking, fenced, fields_of, line_of, said
from .values import FLAWS, STRENGTHS, Example, Point, Ruling

__all__ = ["Judged", "Team", "parse_points", "parse_reflection", "parse_ruling"]

T = TypeVar("T")
_NOTHING: Final = "(无)"
_MOST: Final = 18
"""Points of one critic; more say nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A text with all that was said of it."""

    query: str
    text: str
    strengths: Sequence[Point]
    flaws: Sequence[Point]
    first: Ruling
    """The strict judge's."""
    final: Ruling
    """After the reflector."""
    degraded: bool = False
    """Whether the embedded judge spoke in the place of a model whose answers could not be read."""
    why: str = ""
    """The code of the error that made it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The four who judge."""

    asking: Asking
    fallback: Judge | None = None
    """Judges in place of answers that cannot be read; without one they are an error."""
    strict: bool = False
    """Whether an answer that cannot be read is an error all the same."""

    async def label(self, query: str, text: str, examples: Sequence[Example] = ()) -> Judged:
        """Criticise, judge and reflect: four calls at most, the two critics side by side.

        Args:
            query: What the text answers.
            text: To be judged.
            examples: Texts of the user's corpus that show what is usual.

        Raises:
            UsageError: ``empty_query``.
            ModelError: The model did not answer; or wrote nothing readable, without a fallback or with ``strict``.
            BudgetExceeded: No budget is left.
        """
        if not query.strip():
            raise UsageError("the query is empty", code="empty_query", argument="query")
        with step_span("writing team") as span:
            try:
                return await self._label(query, text, examples)
            except ModelError as error:
                if self.strict or self.fallback is None or error.code != "bad_model_output":
                    raise
                count_fallback(span, "writing team", error.code)
                verdict = self.fallback.judge(query, text)
                ruling = Ruling(good=verdict.good, reason="; ".join(verdict.reasons))
                return Judged(
                    query=query,
                    text=text,
                    strengths=(),
                    flaws=(),
                    first=ruling,
                    final=ruling,
                    degraded=True,
                    why=error.code,
                )

    async def _label(self, query: str, text: str, examples: Sequence[Example]) -> Judged:
        shown = {"query": fenced(query), "text": fenced(text), "examples": _examples(examples)}
        strengths, flaws = await _both(
            self._points("positive", STRENGTHS, text, shown), self._points("negative", FLAWS, text, shown)
        )
        told = {**shown, "strengths": _points(strengths, STRENGTHS), "flaws": _points(flaws, FLAWS)}
        first = (await self.asking.ask("strict", "judge", told, parse_ruling)).value
        words = " ".join([text, *(f"{point.reason} {point.quote}" for point in (*strengths, *flaws))])

        def read(answer: str) -> Ruling:
            return parse_reflection(answer, first, words)

        verdict = f"{int(first.good)}: {fenced(first.reason)}"
        final = (await self.asking.ask("reflect", "judge", {**told, "verdict": verdict}, read)).value
        return Judged(query=query, text=text, strengths=strengths, flaws=flaws, first=first, final=final)

    async def _points(
        self, agent: str, dimensions: Mapping[str, str], text: str, shown: Mapping[str, str]
    ) -> Sequence[Point]:
        named = "\n".join(f"- {name}: {meaning}" for name, meaning in dimensions.items())
        done = await self.asking.ask(
            agent,
            "judge",
            {**shown, "dimensions": named},
            lambda answer: parse_points(answer, dimensions, text),
        )
        return done.value


def parse_points(answer: str, dimensions: Collection[str], text: str) -> tuple[Point, ...]:
    """Read a critic's list; a quote that does not stand in the text is dropped, for the point may hold without it.

    Raises:
        ValueError: With a message for the model: no list, an unknown dimension, or a point without a reason.
    """
    points: list[Point] = []
    for row in json_list(answer)[:_MOST]:
        fields = cast("Mapping[str, object]", row if isinstance(row, dict) else {})
        dimension = said(fields, "dimension")
        if dimension not in dimensions:
            raise ValueError(f'"dimension" is one of {", ".join(dimensions)}, not {dimension[:40]!r}')
        quote = said(fields, "quote", needed=False)
        points.append(Point(dimension=dimension, reason=said(fields, "reason"), quote=quote if quote in text else ""))
    return tuple(points)


def parse_ruling(answer: str) -> Ruling:
    """Read ``{"judge": 0|1, "reason": "…"}``; true, false and the digits as text are understood."""
    fields = fields_of(answer, '{"judge": 0, "reason": "…"}')
    return Ruling(good=_bit(fields, "judge"), reason=said(fields, "reason"))


def parse_reflection(answer: str, first: Ruling, words: str) -> Ruling:
    """Read ``{"judge": 0|1, "reason": "…", "grounds": "…"}``.

    A verdict is overturned only on grounds that stand in the text or in what a critic said (`words`); without such
    grounds the first verdict stays.
    """
    fields = fields_of(answer, '{"judge": 0, "reason": "…", "grounds": ""}')
    good, grounds = _bit(fields, "judge"), said(fields, "grounds", needed=False)
    turned = good != first.good and bool(grounds) and grounds in words
    if not turned:
        return first
    return Ruling(good=good, reason=said(fields, "reason"), overturned=True, grounds=grounds)


async def _both(one: Coroutine[object, object, T], other: Coroutine[object, object, T]) -> tuple[T, T]:
    """Wait for both, then raise what failed: a call under way is never left behind, for it has to be paid."""
    first, second = await asyncio.gather(one, other, return_exceptions=True)
    for result in (first, second):
        if isinstance(result, BaseException):
            raise result
    return cast("tuple[T, T]", (first, second))


def _bit(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name)
    if value in (0, 1, "0", "1"):
        return bool(int(cast("int", value)))
    raise ValueError(f'"{name}" is 0 or 1')


def _points(points: Sequence[Point], dimensions: Mapping[str, str]) -> str:
    lines = [
        line_of(dimensions[point.dimension], f"{point.reason}{f' “{point.quote}”' if point.quote else ''}")
        for point in points
    ]
    return "\n".join(lines) or _NOTHING


def _examples(examples: Sequence[Example]) -> str:
    return "\n".join(line_of(fenced(each.query), each.text) for each in examples) or _NOTHING
