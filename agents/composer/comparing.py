"""Comparisons between members of one intent: which is larger, by how much; and sources that say different things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from questline.agents.tool_executor.asked import Asked
from questline.types import Evidence

from .contract import Conflict
from .saying import said
from .sentences import Piece, Sentence, first_faithful

__all__ = ["compared", "conflict_of", "same"]


def compared(
    values: Mapping[str, str], asked: Asked, evidence: Sequence[Evidence], *, name: str
) -> tuple[Sentence, Evidence] | None:
    """Return which of two members is larger or later and by how much, with the subtraction as evidence.

    Args:
        values: By member what it is worth, as results have it.
        asked: The intent.
        evidence: What the values rest on.
        name: Of the evidence to make.
    """
    if len(values) != 2:
        return None
    (first, one), (second, other) = values.items()
    numbers = (_number(one), _number(other))
    days = (_day(one), _day(other))
    if numbers[0] is not None and numbers[1] is not None:
        larger, smaller = max(numbers[0], numbers[1]), min(numbers[0], numbers[1])
        gap, unit = said(f"{larger - smaller:f}"), ""
        above = first if numbers[0] == larger else second
        words = ("larger", "大")
    elif days[0] is not None and days[1] is not None:
        later, earlier = max(days[0], days[1]), min(days[0], days[1])
        larger, smaller = later.isoformat(), earlier.isoformat()
        gap, unit = said((later - earlier).days), " days"
        above = first if days[0] == later else second
        words = ("later", "晚")
    else:
        return None
    made = Evidence(
        id=name,
        kind="tool",
        text=f"{larger} - {smaller} = {gap}{unit}",
        title="difference",
        source="questline/difference",
    )
    if larger == smaller:
        form = "两者相同。" if asked.chinese else "Both are the same."
    elif asked.chinese:
        form = f"{above}更{words[1]}，相差{gap}{'天' if unit else ''}。"
    else:
        form = f"The {words[0]} is that of {above}, by {gap}{unit}."
    sentence, _ = first_faithful((form,), (*evidence, made), question=asked.text)
    return (sentence, made) if sentence else None


def same(one: Piece, other: Piece) -> bool:
    """Say whether two findings say the same: equal numbers or days, or texts of which one holds the other."""
    first, second = one.raw or one.short, other.raw or other.short
    numbers = (_number(first), _number(second))
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1]
    if one.kind in ("number", "date", "weekday") and other.kind in ("number", "date", "weekday"):
        return first.casefold() == second.casefold()
    folded = [" ".join(text.casefold().split()).strip(" .。") for text in (first, second, one.short, other.short)]
    return any(folded[a] in folded[b] or folded[b] in folded[a] for a, b in ((0, 1), (0, 3), (2, 1), (2, 3)))


def conflict_of(
    intent: int, pieces: Sequence[Piece], sources: Sequence[Sequence[Evidence]], *, chinese: bool
) -> tuple[Conflict, Sentence] | None:
    """Return that sources say different things to one intent, and the sentence that says so; None where they agree.

    Args:
        intent: Its position.
        pieces: What each finding says; those without a short form say nothing that could differ.
        sources: The evidence of each.
        chinese: Whether to say it in Chinese.
    """
    told = [(piece, own) for piece, own in zip(pieces, sources, strict=True) if piece.found and piece.short and own]
    if len(told) < 2 or all(same(told[0][0], piece) for piece, _ in told[1:]):
        return None
    joint, colon = ("；", "：") if chinese else ("; ", ": ")
    sayings = joint.join(f"{_source(own)}{colon}{piece.short.rstrip('.。')}" for piece, own in told)
    text = f"来源说法不一：{sayings}。" if chinese else f"The sources differ: {sayings}."
    ids = tuple(dict.fromkeys(each for piece, _ in told for sentence in piece.sentences for each in sentence.cites))
    conflict = Conflict(
        intent=intent,
        values=tuple(piece.short for piece, _ in told),
        evidence_ids=tuple(piece.sentences[0].cites[0] for piece, _ in told),
    )
    return conflict, Sentence(text=text, cites=ids)


def _source(evidence: Sequence[Evidence]) -> str:
    """Return who says it: the file or page of a lone passage, else server and tool."""
    passages = [each for each in evidence if each.kind == "passage"]
    if len(passages) == 1 and passages[0].source:
        return passages[0].title or passages[0].source.rpartition("/")[2]
    return evidence[0].source


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").split(" ")[0])
    except (InvalidOperation, IndexError):
        return None
    return value if value.is_finite() else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
