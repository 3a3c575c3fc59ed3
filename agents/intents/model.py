"""Split a question with a language model; the rules answer for it when it fails, visibly."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from itertools import pairwise
from typing import Final, cast

from questline.agents.contract import Context
from questline.agents.prompting import prompt_for
from questline.agents.spans import count_fallback, step_span
from questline.errors import ModelError
from questline.telemetry import Attributes
from questline.tools.fencing import inline
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM
from questline.tools.text import content_terms
from questline.tools.tool_retrieval.intents import MOST
from questline.types import AnswerWarning, TextSpan

from .comparisons import members_of
from .rules import STEP, checked, cuts_between, split
from .values import Intent, Intents, Rule

__all__ = ["find_intents", "proposed"]

_MAX_TOKENS: Final = 640
_READ: Final = 20_000
"""Characters of a question that a model is shown; of a longer one the rules take care."""
_FOREIGN: Final = 0.34
"""Share of an intent's words that the question need not hold: inflections, and "which" for "what"."""
_WORD: Final = re.compile(r"\S+")
_EDGES: Final = " \t\n.,;:?!\"'“”。，；？！"
_EXACT: Final = re.compile(r"\d[\d.,]*\d|\d")


async def find_intents(question: str, context: Context) -> Intents:
    """Split `question` with the model of the role ``intents``, else by rule.

    A model's answer is taken only when each intent quotes the question, its text brings in nothing from elsewhere, and
    together they leave no content of the question out. Otherwise it is asked once more, and then the rules split with
    ``degraded`` and a warning.

    Raises:
        UsageError: ``empty_query`` when the question is empty or only white space.
        ModelError: The model failed and ``context.strict``.
        BudgetExceeded: No budget is left for a request.
    """
    checked(question)
    with step_span(STEP) as span:
        if context.llm is None or not context.llm.serves("intents") or len(question) > _READ:
            result = await asyncio.to_thread(split, question)
        else:
            try:
                result = await _asked(question, context, context.llm)
            except ModelError as error:
                if context.strict:
                    raise
                count_fallback(span, STEP, error.code)
                result = await asyncio.to_thread(split, question)
                message = f"{STEP}: the model failed ({error.code}: {error.message}); the rules split the question"
                warnings = (AnswerWarning(code="degraded", message=message, step=STEP), *result.warnings)
                result = replace(result, usage=error.usage, warnings=warnings, degraded=True)
        span.set({Attributes.BACKEND: result.backend})
    return result


async def _asked(question: str, context: Context, llm: LLM) -> Intents:
    prompt = prompt_for("intents", context).render(question=inline(question, limit=_READ), limit=MOST)
    done = await llm.complete(
        prompt,
        role="intents",
        meter=context.meter,
        parse=lambda text: proposed(text, question),
        max_tokens=_MAX_TOKENS,
    )
    return replace(done.value, backend="llm", model=done.model, usage=done.usage)


def proposed(text: str, question: str) -> Intents:
    """Read a model's answer strictly: a JSON list of objects with ``quote``, ``text``, ``after`` and ``kind``.

    Mended by rule: what `json_list` mends, white space, the case of letters and closing marks of a quote, the order of
    the items (with their numbers), a missing ``after`` or ``kind``.

    Raises:
        ValueError: With a message for the model.
    """
    rows = json_list(text)
    start, end = checked(question)
    if not rows:
        return _as_one(question, start, end)
    if len(rows) > MOST:
        raise ValueError(f"write at most {MOST} needs")
    spans = _places([_text_of(row, "quote") for row in rows], question)
    order = sorted(range(len(rows)), key=lambda number: spans[number])
    if any(spans[first][1] > spans[second][0] for first, second in pairwise(order)):
        raise ValueError("quotes must not overlap")
    if len(rows) == 1:
        return _as_one(question, start, end)
    items = tuple(_intent(rows[number], spans[number], question, order) for number in order)
    if any(each >= place for place, item in enumerate(items) for each in item.after):
        raise ValueError('"after" names earlier needs only')
    return _complete(items, question)


def _as_one(question: str, start: int, end: int) -> Intents:
    places = members_of(question[start:end].rstrip(_EDGES))
    members = tuple(TextSpan(start=start + a, end=start + b, text=question[start + a : start + b]) for a, b in places)
    whole = Intent(text=question[start:end], start=start, end=end, kind="compare" if members else "", members=members)
    return Intents(items=(whole,))


def _text_of(row: object, key: str) -> str:
    fields = cast("dict[str, object]", row) if isinstance(row, dict) else {}
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip(_EDGES):
        raise ValueError('each item is an object such as {"quote": "…", "text": "…", "after": [], "kind": ""}')
    return value.strip()


def _places(quotes: list[str], question: str) -> list[tuple[int, int]]:
    """Find each quote, after the one before it where it occurs there, else anywhere."""
    found: list[tuple[int, int]] = []
    at = 0
    for quote in quotes:
        words = [re.escape(word) for word in _WORD.findall(quote.strip(_EDGES))]
        pattern = re.compile(r"\s+".join(words), re.IGNORECASE)
        match = pattern.search(question, at) or pattern.search(question)
        if match is None:
            raise ValueError(f"{quote[:60]!r} does not stand in the question; quote its own words")
        found.append(match.span())
        at = match.end()
    return found


def _intent(row: object, span: tuple[int, int], question: str, order: list[int]) -> Intent:
    fields = cast("dict[str, object]", row)
    text = inline(_text_of(row, "text"), limit=1_000)
    known = set(content_terms(question))
    terms = set(content_terms(text))
    exact = set(_EXACT.findall(text)) - set(_EXACT.findall(question))
    if exact or len(terms - known) > _FOREIGN * len(terms):
        raise ValueError(f"{text[:60]!r} says what the question does not say; use its own words")
    kind = fields.get("kind") or ""
    if kind not in {"", "compare"}:
        raise ValueError('"kind" is "compare" or ""')
    places = members_of(question[span[0] : span[1]].rstrip(_EDGES))
    members = tuple(
        TextSpan(start=span[0] + a, end=span[0] + b, text=question[span[0] + a : span[0] + b]) for a, b in places
    )
    return Intent(
        text=text.rstrip(_EDGES),
        start=span[0],
        end=span[1],
        after=_after(fields.get("after"), order),
        kind="compare" if kind or members else "",
        members=members,
    )


def _after(value: object, order: list[int]) -> tuple[int, ...]:
    if value is None:
        return ()
    numbers = cast("list[object]", value) if isinstance(value, list) else [value]
    positions: set[int] = set()
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(order):
            raise ValueError('"after" is a list of the numbers of earlier needs, from 1')
        positions.add(order.index(number - 1))
    return tuple(sorted(positions))


def _complete(items: tuple[Intent, ...], question: str) -> Intents:
    """Return the intents with what stands between them: words that they share, or that only link."""
    said = set(content_terms(" ".join(item.text for item in items)))
    shared: list[TextSpan] = []
    at = 0
    for start, end in [*((item.start, item.end) for item in items), (len(question), len(question))]:
        terms = set(content_terms(question[at:start])) - _LINKS
        if terms - said:
            raise ValueError(f"no need says {', '.join(sorted(terms - said))[:80]!r}; cover the whole question")
        if terms:
            shared.append(TextSpan(start=at, end=start, text=question[at:start]))
        at = end
    rules: list[Rule] = ["model"] * len(items)
    cuts = cuts_between(question, items, rules, shared)
    return Intents(items=items, shared=tuple(shared), cuts=cuts)


_LINKS: Final = frozenset(
    content_terms(
        "and then also next first second third finally lastly afterwards additionally furthermore moreover please"
        " thanks thank hello hi hey if or what about how 然后 以及 还有 再 先 请 谢 另 外 最 后"
    )
)
"""Words that link needs or are polite, and are part of none."""
