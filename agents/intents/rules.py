"""Split a question into its atomic intents by rule (spec 02 §2.2, arXiv:2508.04604 §3.1 does it with a model).

First clauses that ask for something of their own, then each clause by itself (a comparison stays whole, an enumeration
is taken apart), then what links them: words that belong to all, what an ellipsis leaves out, pronouns, and whose result
a wording needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.errors import UsageError
from questline.tools.tool_retrieval.intents import MOST
from questline.types import AnswerWarning, TextSpan

from .clause import Clause
from .clauses import clauses, masked
from .closed_words import WH
from .comparisons import members_of
from .ellipsis import resumed
from .enumerations import enumerated
from .prefaces import is_preface
from .references import counted, needs_earlier, resolved
from .two_sources import of_each_source
from .values import Cut, Intent, Intents, Rule

__all__ = ["STEP", "checked", "cuts_between", "split"]

STEP: Final = "intents"
"""Name in spans, warnings and the ledger."""
_SAID_AGAIN: Final = 8
"""Characters of a question that is found again among the words between two."""
_QUESTION: Final = re.compile(
    rf"(?:{WH}|is|are|was|were|do|does|did|has|have|can|will)\b|.*(?:吗|呢|什么|多少|哪|谁|几)",
    re.IGNORECASE | re.DOTALL,
)
READ: Final = 8_000
"""Characters of a question that are split; what follows them stays with the last intent."""


def split(question: str) -> Intents:
    """Return the intents of `question`; a plain question stays one, word for word.

    >>> [intent.text for intent in split("What is the weather in Oslo and Paris, and who founded Ulmen?").items]
    ['What is the weather in Oslo', 'What is the weather in Paris', 'who founded Ulmen']

    Raises:
        UsageError: ``empty_query`` when the question is empty or only white space.
    """
    start, end = checked(question)
    both = of_each_source(question)
    if both:
        return _bounded(_linked(both, question), [part.rule for part in both], question, end, [])
    head = question[:READ]
    found, opening = clauses(head)
    if opening is not None and len(found) > 1 and is_preface(opening.text, head[opening.end :]):
        opening = None
    shared: list[TextSpan] = []
    parts = [part for group, clause in enumerate(found) for part in _apart(replace(clause, group=group), head, shared)]
    parts = [part for part in parts if (part.text or head[part.start : part.end]).strip()]
    if len(parts) < 2:
        return _single(question, start, end, parts, opening)
    if opening is not None:
        parts = _opened(parts, question, opening)
        shared.insert(0, _span(question, opening.start, opening.end))
    items, rules = _folded(_linked(parts, question), [part.rule for part in parts])
    return _bounded(items, rules, question, end, shared)


def checked(question: str) -> tuple[int, int]:
    """Return where the question's words start and end.

    Raises:
        UsageError: ``empty_query``, or ``bad_argument`` when it is no text.
    """
    if not isinstance(question, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # because callers may have no types
        raise UsageError(f"question={question!r} is no text", code="bad_argument", argument="question")
    body = question.strip()
    if not body:
        raise UsageError("the question is empty", code="empty_query", argument="question")
    start = len(question) - len(question.lstrip())
    return start, start + len(body)


def _single(question: str, start: int, end: int, parts: list[Clause], opening: TextSpan | None) -> Intents:
    found = _compared(parts[0], question) if parts else None
    kind, members = (found.kind, found.members) if found else ("", ())
    text = question[start:end]
    if opening is not None and opening.end <= end:
        text = question[start : opening.end] + counted(opening.text, question[opening.end : end])
    return Intents(items=(Intent(text=text, start=start, end=end, kind=kind, members=members),))


def _apart(clause: Clause, question: str, shared: list[TextSpan]) -> list[Clause]:
    """Return a clause as it is, as a comparison, or as the members of its enumeration, whose head becomes shared."""
    shown = question[clause.start : clause.end]
    compare = _compared(clause, question)
    if compare is not None or clause.kind:
        return [compare or clause]
    members = () if clause.rule == "ellipsis" else enumerated(masked(shown), shown)
    if not members:
        return [clause]
    for start, end in ((0, members[0].start), (members[-1].end, len(shown))):
        if shown[start:end].strip():
            shared.append(_span(question, clause.start + start, clause.start + end))
    return [
        Clause(
            start=clause.start + member.start,
            end=clause.start + member.end,
            rule=member.rule if place else clause.rule,
            text=member.text,
            group=clause.group,
        )
        for place, member in enumerate(members)
    ]


def _compared(clause: Clause, question: str) -> Clause | None:
    places = members_of(question[clause.start : clause.end].rstrip(" ?？.。!"))
    if not places:
        return None
    members = tuple(_span(question, clause.start + start, clause.start + end) for start, end in places)
    return replace(clause, kind="compare", members=members)


def _span(text: str, start: int, end: int) -> TextSpan:
    return TextSpan(start=start, end=end, text=text[start:end])


def _opened(parts: list[Clause], question: str, opening: TextSpan) -> list[Clause]:
    """Put what opens the question in front of each part that it belongs to.

    A statement belongs to all, a phrase (``In the sales table,``) to those of its own sentence.
    """
    reach = len(parts)
    if opening.text.endswith(", "):
        reach = next((place for place, part in enumerate(parts) if place and part.rule in {"sentence", "list"}), reach)
    return [
        replace(part, text=opening.text + counted(opening.text, part.text or question[part.start : part.end]))
        if place < reach
        else part
        for place, part in enumerate(parts)
    ]


def _linked(parts: list[Clause], question: str) -> list[Intent]:
    """Give each part its whole text and the positions of the parts whose results it needs."""
    items: list[Intent] = []
    for place, part in enumerate(parts):
        text = part.text or question[part.start : part.end]
        after: tuple[int, ...] = ()
        if place:
            before = [each for each in range(place) if parts[each].group == parts[place - 1].group]
            if part.rule == "ellipsis" and not part.text:
                text = resumed(items[-1].text, text) or f"{items[-1].text}. {text}"
            if parts[place - 1].group != part.group:
                text = resolved(text, items[before[0]].text) if len(before) == 1 else text
            elif part.rule == "parallel":
                before = [before[0]]
            own = question[part.start : part.end] if part.text and part.rule != "parallel" else text
            depends = own.casefold().startswith("if ") or part.rule in {"sequence", "condition"}
            if depends or needs_earlier(own):
                after = tuple(before)
        items.append(
            Intent(text=text, start=part.start, end=part.end, after=after, kind=part.kind, members=part.members)
        )
    return items


def _folded(items: list[Intent], rules: list[Rule]) -> tuple[list[Intent], list[Rule]]:
    """Leave out questions that were asked before, word for word; an order that is given twice is meant twice."""
    kept: list[int] = []
    same: dict[int, int] = {}
    first: dict[tuple[str, tuple[int, ...]], int] = {}
    for place, item in enumerate(items):
        after = tuple(dict.fromkeys(same[each] for each in item.after))
        key = (" ".join(item.text.casefold().split()), after)
        if key in first and _QUESTION.match(item.text):
            same[place] = first[key]
        else:
            same[place] = first.setdefault(key, len(kept)) if _QUESTION.match(item.text) else len(kept)
            kept.append(place)
    told = [
        replace(items[place], after=tuple(dict.fromkeys(same[one] for one in items[place].after))) for place in kept
    ]
    return told, [rules[place] for place in kept]


def _bounded(items: list[Intent], rules: list[Rule], question: str, end: int, shared: list[TextSpan]) -> Intents:
    """Keep at most `MOST` intents: what is beyond them, or beyond what was read, stays together in the last one."""
    warnings: list[AnswerWarning] = []
    kept, rest = items[: MOST - 1], items[MOST - 1 :]
    if len(rest) > 1:
        message = f"the question has {len(items)} parts; the last {len(rest)} stay together in one"
        warnings.append(AnswerWarning(code="too_many_intents", message=message, step=STEP))
        after = tuple(sorted({each for item in rest for each in item.after if each < MOST - 1}))
        text = "; ".join(item.text for item in rest)
        rest = [Intent(text=text, start=rest[0].start, end=rest[-1].end, after=after)]
        shared = [span for span in shared if span.start < rest[0].start or span.end > rest[0].end]
    whole = [*kept, *rest]
    if end > READ:
        last = whole[-1]
        whole[-1] = replace(last, text=last.text + question[last.end : end], end=end)
        message = f"the question has {end} characters; the first {READ} were split, the rest stays with the last part"
        warnings.append(AnswerWarning(code="query_truncated", message=message, step=STEP))
    cuts = cuts_between(question, whole, rules, shared)
    return Intents(items=tuple(whole), shared=tuple(shared), cuts=cuts, warnings=tuple(warnings))


def cuts_between(
    question: str, items: Sequence[Intent], rules: Sequence[Rule], shared: Sequence[TextSpan]
) -> tuple[Cut, ...]:
    """Return what stands between, before and after `items` and `shared`: each cut with the rule of the item after it.

    Args:
        question: The whole question.
        items: Its intents, in order.
        rules: What set each of them apart from the one before; that of the first counts as ``lead``.
        shared: Words that belong to several.
    """
    cuts: list[Cut] = []
    at, place = 0, 0
    taken = sorted({(each.start, each.end) for each in (*items, *shared)})
    told = {each.text.strip().casefold() for each in items}
    starts = {item.start: number for number, item in reversed(list(enumerate(items)))}
    for start, end in taken:
        rule = rules[place] if 0 < place < len(items) else "lead"
        rule = "again" if _again(question[at:start], told) else rule
        if question[at:start].strip() or (place > 0 and start in starts):
            cuts.append(Cut(rule=rule, start=min(at, start), end=start))
        at = max(at, end)
        place += start in starts and starts[start] >= place
    if question[at:].strip():
        rule = "again" if _again(question[at:], told) else "lead"
        cuts.append(Cut(rule=rule, start=at, end=len(question)))
    return tuple(cuts)


def _again(words: str, told: set[str]) -> bool:
    """Whether words between intents say one of them again."""
    said = words.casefold()
    return any(len(each) >= _SAID_AGAIN and each in said for each in told)
