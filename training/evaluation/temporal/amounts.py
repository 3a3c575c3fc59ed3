"""Numbers of an answer against those of the gold answer: value, unit, rate, sign and direction."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from questline.tools.temporal import resolve_time

from .quantities import COUNTER, Quantity, folded, quantities, rates, units_named
from .question import Scored, TimedQuestion
from .wording import bare, denies, directions, plain

__all__ = ["score_numerical"]

_NONE: Final = re.compile(r"^(?:没有|没|无|未|零(?!售)|none\b|no\b|zero\b)")
_DATED: Final = re.compile(
    r"[年月日号]|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|^\d{4}-\d{1,2}-\d{1,2}$", re.IGNORECASE
)
_JOINED: Final = re.compile(r"^\s*(?:或者?|、|和|与|及|以及|or|and|,|，|/|到|至)\s*(?:是|约)?\s*$", re.IGNORECASE)
_PLAIN: Final = frozenset({"%", "pp", "permille"})
_PERSONS: Final = frozenset({"人", "名", "位", "人次", "people", "persons", "person"})
_THINGS: Final = frozenset(
    {"家", "件", "台", "辆", "架", "架次", "艘", "枚", "款", "次", "场", "套", "张", "所", "座", "vehicles", "aircraft"}
)
_BOUNDS: Final = {
    "above": re.compile(r"超过|逾|多于|至少|最少|高于|不少于|不低于|突破|余|\b(?:over|more|least|exceed\w*)\b"),
    "below": re.compile(r"近|不足|不到|低于|少于|最多|至多|不超过|\b(?:under|less|most|nearly|almost)\b"),
}
_LABEL: Final = re.compile(r"[,，、;；。和]")


def score_numerical(prediction: str, item: TimedQuestion) -> Scored | None:
    """Score numbers; None where no gold answer holds one.

    Right when the gold answer's numbers are all there in its order, each of the same value after conversion, in a unit
    that means the same, and rising or falling the same way. Numbers of the question may be repeated; dates are no
    numbers. Further numbers besides, in a sentence of their own, are left to a judge. Source: spec 09 §2.7.
    """
    first: Scored | None = None
    for gold in item.answers:
        wanted = quantities(_undated(gold, item))
        if not wanted:
            continue
        found = _numbers(prediction, gold, wanted, item)
        if found.correct:
            return found
        first = first or found
    return first


def _undated(text: str, item: TimedQuestion) -> str:
    """Return a text without its dates, unless it is nothing but one."""
    if not text.strip():
        return text
    kept = text
    for reading in reversed(resolve_time(text, item.anchor or date(2000, 1, 1))):
        span = reading.span
        dated = reading.kind in {"absolute", "partial", "invalid"} and _DATED.search(span.text)
        if dated and bare(span.text) != bare(text):
            kept = kept[: span.start] + " " + kept[span.end :]
    return kept


def _numbers(prediction: str, gold: str, wanted: Sequence[Quantity], item: TimedQuestion) -> Scored:
    text = _undated(prediction, item)
    if denies(text) and not denies(gold):
        none = len(wanted) == 1 and wanted[0].value == 0
        return Scored(correct=none and not quantities(text), rule="numerical.denied", detail="denies it")
    found = quantities(text)
    if not found:
        none = len(wanted) == 1 and wanted[0].value == 0 and _NONE.match(plain(text)) is not None
        return Scored(correct=none, rule="numerical.none", detail="names no number")
    if wrong := _turned(prediction, gold, wanted, found, item):
        return Scored(correct=False, rule="numerical.direction", detail=wrong)
    if wrong := _rated(prediction, gold, item):
        return Scored(correct=False, rule="numerical.rate", detail=wrong)
    named = units_named(item.question)
    asked = {(each.value, each.unit) for each in quantities(_undated(item.question, item))}
    own = [
        each
        for each in found
        if any(_equal(each.value, other.value) for other in wanted) or (each.value, each.unit) not in asked
    ]
    own = _by_label(prediction, gold, wanted, own)
    rule, detail = _matched(own, wanted, named)
    if not rule:
        if "第" not in item.question and any(a.nth and not b.nth for a, b in zip(own, wanted, strict=True)):
            return Scored(correct=False, rule="numerical.nth", detail=f"{detail}: a place in an order")
        limits = [one.bound for one, other in zip(own, wanted, strict=True) if one.bound and not other.bound]
        told = f"{plain(item.question)} {plain(gold)}"
        if odd := [each for each in limits if each in _BOUNDS and not _BOUNDS[each].search(told)]:
            contrary = any(words.search(told) for name, words in _BOUNDS.items() if name not in odd)
            return Scored(
                correct=False if contrary else None, rule="numerical.bounded", detail=f"{detail}: {odd[0]} it"
            )
        return Scored(correct=True, rule="numerical.equal", detail=detail)
    if len(own) > len(wanted) and not _matched(_fitting(own, wanted, named), wanted, named)[0]:
        if _listed(own, wanted, prediction):
            return Scored(correct=False, rule="numerical.several", detail=f"names {len(own)} numbers")
        return Scored(
            correct=None, rule="numerical.more", detail=f"names {len(own)} numbers, the right ones among them"
        )
    return Scored(correct=False, rule=rule, detail=detail)


def _matched(own: Sequence[Quantity], wanted: Sequence[Quantity], named: set[str]) -> tuple[str, str]:
    """Return the rule that is broken and what it saw; an empty rule where all agree."""
    shown = f"{[_shown(each) for each in wanted]} against {[_shown(each) for each in own]}"
    if len(own) != len(wanted):
        return "numerical.several" if len(own) > len(wanted) else "numerical.missing", shown
    for one, gold in zip(own, wanted, strict=True):
        if not _equal(one.value, gold.value):
            return "numerical.value", shown
        if not _unit_fits(one, gold, named) or _others_counted(one, gold):
            return "numerical.unit", shown
        if {one.bound, gold.bound} == {"above", "below"} or (one.bound == "front") != (gold.bound == "front"):
            return "numerical.bound", shown
    return "", shown


def _fitting(own: Sequence[Quantity], wanted: Sequence[Quantity], named: set[str]) -> list[Quantity]:
    """Return of what is named the first that fit, in order."""
    kept: list[Quantity] = []
    for one in own:
        if len(kept) < len(wanted):
            gold = wanted[len(kept)]
            if _equal(one.value, gold.value) and _unit_fits(one, gold, named):
                kept.append(one)
    return kept


def _listed(own: Sequence[Quantity], wanted: Sequence[Quantity], prediction: str) -> bool:
    """Say whether the further numbers stand in one list with the right ones, as alternatives do."""
    text = folded(prediction)
    if any(mark in text for mark in ("或", " or ")):
        return True
    spans = [(each.start, each.end) for each in quantities(prediction)]
    joined = [_JOINED.match(text[end:start]) is not None for (_, end), (start, _) in pairwise(spans)]
    return len(own) > len(wanted) and bool(joined) and all(joined)


def _unit_fits(one: Quantity, gold: Quantity, named: set[str]) -> bool:
    if one.unit == gold.unit:
        return True
    if gold.unit is None:
        return one.unit == COUNTER or (one.unit not in _PLAIN and (not named or one.unit in named))
    if one.unit is None:
        return gold.unit == COUNTER or gold.unit in named
    return False


def _others_counted(one: Quantity, gold: Quantity) -> bool:
    """Say whether one counts persons and the other things: 300人 against 300家."""
    return any(a.counted in _PERSONS and b.counted in _THINGS for a, b in ((one, gold), (gold, one)))


def _turned(
    prediction: str, gold: str, wanted: Sequence[Quantity], found: Sequence[Quantity], item: TimedQuestion
) -> str:
    """Return what is wrong with the direction, empty where nothing is."""
    asked = directions(item.question)
    right = directions(gold) + [each.signed for each in wanted if each.signed and not directions(gold)]
    said = directions(prediction) or [each.signed for each in found if each.signed]
    if right and not said:
        return "" if asked[:1] == right[:1] else f"does not say {right[0]}"
    if right and len(set(right)) == 1:
        return "" if set(said) == set(right) else f"{right[0]} against {said[0]}"
    if right:
        return "" if said == right else f"{right} against {said}"
    if asked and said:
        return "" if said[0] == asked[0] else f"asked for {asked[0]}, says {said[0]}"
    return "says down, the answer does not" if "down" in said else ""


def _rated(prediction: str, gold: str, item: TimedQuestion) -> str:
    said, right = rates(prediction), rates(gold) or rates(item.question)
    return f"by {sorted(right)} against {sorted(said)}" if said and right and not said & right else ""


def _by_label(prediction: str, gold: str, wanted: Sequence[Quantity], own: Sequence[Quantity]) -> Sequence[Quantity]:
    """Put several numbers in the gold answer's order, where words ahead of each tell what it is the number of."""
    names, others = _labels(gold), _labels(prediction)
    if len(wanted) < 2 or len(names) != len(wanted) or len(others) != len(own) or len(own) != len(wanted):
        return own
    shared = set(names[0]).intersection(*names[1:])
    order: list[int] = []
    for name in names:
        shares = [len((set(name) - shared) & set(other)) for other in others]
        best = max(range(len(others)), key=shares.__getitem__)
        if not shares[best] or shares.count(shares[best]) > 1:
            return own
        order.append(best)
    return [own[place] for place in order] if len(set(order)) == len(order) else own


def _labels(text: str) -> list[str]:
    return [re.sub(r"[\d.%]+.*", "", part).strip() for part in _LABEL.split(plain(text)) if re.search(r"\d", part)]


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _shown(each: Quantity) -> str:
    return f"{each.value:g} {each.unit or ''}".strip()
