"""Rules for English word problems of one or two steps; where none fits, no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from .amounts import Amount, Problem, read_english, stems
from .found import Found

__all__ = ["answer_english"]


_LOSS: Final = re.compile(
    r"\b(?:gave|give|gives|giving|lost|lose|loses|ate|eat|eats|eaten|used|uses|use|sold|sell|spent|spend|spends|removed?|took|taken|cut"
    r"|threw|got off|gets? off|got rid|gets? rid|died|melted|broke|deleted?|deleting|donated|returned|left the|went home|drank|burned|fell|shared|discarded|moved out|traded)\b"
)
_GAIN: Final = re.compile(
    r"\b(?:bought|buy|buys|found|find|finds|got|gets|received|added?|adds|joined|picked|grew|collected|earned?|made|won|more came"
    r"|borrowed|brought|put|puts|planted|gathered|got on|arrived|saved|baked)\b"
)
_TOTAL: Final = re.compile(r"\b(?:altogether|in all|in total|total|combined|together|both|sum|entire|overall|all)\b")
_LEFT: Final = re.compile(r"\b(?:left|remain|remains|remaining|still|rest)\b")
_FIRST: Final = re.compile(
    r"\b(?:at first|originally|initially|in the beginning|to begin with|to start with|start(?:ed)? with|before|beginning|begin)\b"
)
_MORE_THAN: Final = re.compile(r"\bhow (?:many|much)\s+(?:more|fewer|less)\b(.*?)\bthan\b(.*)|\bhow much (\w+er)\b(.*)|\bdifference\b")
_BEYOND: Final = re.compile(
    r"\b(?:half|halves|ratio|percent|consecutive|greatest|least|smallest|largest|at most|who|whose|fraction|quarter|third"
    r"|not full|isn't full|last day|probability|average|area|perimeter|legs|remainder|unconsumed|not be placed|age|years old"
    r"|so that|identical)\b|%",
    re.IGNORECASE,
)
"""What these rules do not read: shares, ages, shapes, and questions for somebody."""
_SHARED: Final = re.compile(r"\b(?:equal|equally|evenly|same number|same amount|divided|share[ds]?)\b")
_EACH: Final = re.compile(r"\b(?:each|per|every|equally|apiece|average|a day|one)\b")


def answer_english(text: str) -> Found | None:
    """Return the value that a word problem asks for, or None where no rule reads it."""
    problem = read_english(text)
    told = [amount for amount in problem.amounts if amount.value]
    if not 2 <= len(told) <= 6 or not problem.asked or _BEYOND.search(text):
        return None
    for rule in (_difference, _comparison, _unknown_change, _division, _product, _at_first, _remaining, _together, _changed):
        found = rule(problem, told)
        if found is not None:
            whole = found.value.denominator == 1 or not re.search(r"\bhow many\b", problem.asked)
            return found if found.value >= 0 and whole else None
    return None


def _pair(told: Sequence[Amount], problem: Problem) -> tuple[Amount, Amount] | None:
    """Return the two amounts that matter: all there are, or those of what is asked for."""
    if len(told) == 2:
        return told[0], told[1]
    fitting = _fitting(told, problem.target)
    if len(fitting) == 2:
        return fitting[0], fitting[1]
    asked = stems(problem.asked)
    ranked = sorted({len(asked & (amount.what | amount.near)) for amount in (fitting or told)}, reverse=True)
    for least in ranked:
        kept = [amount for amount in (fitting or told) if len(asked & (amount.what | amount.near)) >= least]
        if len(kept) == 2:
            return kept[0], kept[1]
        if len(kept) > 2:
            return None
    return None


def _fitting(told: Sequence[Amount], target: frozenset[str]) -> list[Amount]:
    """Return the amounts of what is asked for; the closest where some fit more of its words."""
    best = max((len(target & amount.what) for amount in told), default=0)
    return [amount for amount in told if best and len(target & amount.what) == best]


def _difference(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``How many more A than B?``"""
    match = _MORE_THAN.search(problem.asked)
    if match is None or any(amount.compared for amount in told) or any(amount.each for amount in told):
        return None
    if re.search(r"\b(?:together|total|in all|sum|same number)\b", problem.told) or len(told) > 4:
        return None
    if match[1] is None:
        pair = _pair(told, problem)
        return _minus(*_ordered(*pair), rule="difference") if pair else None
    one, other = stems(match[1]), stems(match[2])
    one, other = (one - other) or one, (other - one) or other
    first, second = _closest(told, one, one & other), _closest(told, other, one & other)
    if first is None or second is None or first is second:
        moved = _LOSS.search(problem.told) or re.search(r"\b(?:then|survived|left)\b", problem.asked)
        if len(told) != 2 or moved:
            return None
        first, second = told[0], told[1]
    return _minus(*_ordered(first, second), rule="difference")


def _closest(told: Sequence[Amount], words: frozenset[str], shared: frozenset[str]) -> Amount | None:
    """Return the one amount whose words fit best; None where two do."""
    del shared
    marks = [2 * len(words & amount.what) + len(words & amount.near) for amount in told]
    best = max(marks)
    return told[marks.index(best)] if best and marks.count(best) == 1 else None


def _comparison(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``Ann has 3 more than Bob. Bob has 9.``"""
    differences = [amount for amount in told if amount.compared]
    rest = _fitting([amount for amount in told if not amount.compared], problem.target) or [
        amount for amount in told if not amount.compared
    ]
    if len(differences) > 1:
        differences = [amount for amount in differences if _subject(amount) & stems(problem.asked)]
    if len(differences) != 1 or len(rest) != 1 or len(told) != 2 or _MORE_THAN.search(problem.asked):
        return None
    difference, base = differences[0], rest[0]
    if "than" not in difference.clause and difference.compared != "times":
        return None
    mine = bool(_subject(difference) & stems(problem.asked))
    other = bool(stems(difference.clause.partition("than")[2] or difference.clause.rpartition("as")[2]) & stems(problem.asked))
    if mine == other or _TOTAL.search(problem.asked):
        return None
    up = (difference.compared != "fewer") == mine
    if difference.compared == "times":
        return _times(base, difference, rule="comparison") if mine else _over(base, difference, rule="comparison")
    return _plus([base, difference], rule="comparison") if up else _minus(base, difference, rule="comparison")


def _subject(amount: Amount) -> frozenset[str]:
    words = amount.clause.split()[:3]
    return stems(" ".join(words))


def _unknown_change(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``He had 28. He ate some and had 7 left. How many did he eat?``"""
    unknown = re.search(r"\b(?:some|several|a few|certain)\b", problem.told)
    asks = _LOSS.search(problem.asked) or _GAIN.search(problem.asked)
    if not unknown or not asks or _FIRST.search(problem.asked) or _MORE_THAN.search(problem.asked):
        return None
    if any(amount.each or amount.compared for amount in told) or len(_fitting(told, problem.target)) > 2:
        return None
    pair = _pair(told, problem)
    return _minus(*_ordered(*pair), rule="unknown_change") if pair else None


def _division(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``30 pencils in rows of 5: how many rows?``, ``28 books on 7 shelves: how many on each?``"""
    pair = _pair(told, problem) if len(told) != 2 else (told[0], told[1])
    if pair is None:
        return None
    each = [amount for amount in pair if amount.each]
    within = bool(re.search(r"\d[^?]*\b(?:each|per|every)\b", problem.asked))
    if _EACH.search(problem.asked) and not _MORE_THAN.search(problem.asked) and not within:
        if each or _LEFT.search(problem.told) or (len(told) > 2 and not _fitting(pair, problem.target)):
            return None
        total = _fitting(pair, problem.target)
        top = total[0] if len(total) == 1 else max(pair, key=lambda amount: amount.value)
        bottom = pair[0] if top is pair[1] else pair[1]
        return None if bottom.what & problem.target else _over(top, bottom, rule="share")
    if len(each) == 1 and re.search(r"\bhow many\b", problem.asked):
        size, total = each[0], pair[0] if each[0] is pair[1] else pair[1]
        groups = stems(_behind_each(size.clause))
        asks_groups = bool(groups & problem.target) or (bool(problem.target) and not problem.target & (size.what | total.what))
        if asks_groups and (size.what & total.what or not total.what & groups):
            return _over(total, size, rule="groups") if total.value % size.value == 0 else None
    return None


def _behind_each(clause: str) -> str:
    match = re.search(r"\b(?:each|every|per)\b\s+(\w+(?:\s+\w+)?)", clause)
    return match[1] if match else ""


def _product(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``5 boxes with 3 apples each: how many apples?``"""
    each = [amount for amount in told if amount.each]
    if _LEFT.search(problem.asked) or _MORE_THAN.search(problem.asked) or _EACH.search(re.sub(r".*\bif\b", "", problem.asked)):
        return None
    if _LOSS.search(problem.asked) or re.search(r"\b(?:total of|extra|more)\b", problem.told) or _SHARED.search(problem.text):
        return None
    if len(each) > 1:
        each = _fitting(each, problem.target) if len(_fitting(each, problem.target)) == 1 else each
    if len(each) != 1:
        return None
    size = each[0]
    groups = stems(_behind_each(size.clause))
    others = [amount for amount in told if amount is not size and not amount.compared]
    counts = [amount for amount in others if amount.what & groups] or others
    asks_size = bool(problem.target & size.what)
    if len(counts) != 1 or not asks_size or (len(told) > 2 and counts[0].what & problem.target):
        return None
    if counts[0].what & problem.target and not counts[0].what & groups:
        return None
    return _times(counts[0], size, rule="product")


def _at_first(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``He gave 3 and has 5 left. How many had he at first?``"""
    if not _FIRST.search(problem.asked):
        return None
    kept = told if len(told) == 2 else _fitting(told, problem.target)
    last = [amount for amount in kept if re.search(r"\b(?:now|left|remain\w*|still)\b", amount.clause)]
    if len(last) != 1 or len(kept) not in (2, 3) or any(amount.each or amount.compared for amount in kept):
        return None
    value, words = last[0].value, str(last[0].value)
    for amount in kept:
        if amount is last[0]:
            continue
        way = _way(amount, problem)
        if not way:
            return None
        value, words = value - way * amount.value, f"{words} {'-' if way > 0 else '+'} {amount.value}"
    return Found(value=value, rule="at_first", equation=words)


def _way(amount: Amount, problem: Problem) -> int:
    """Return 1 where an amount was gained, -1 where it was lost, 0 where nobody can say."""
    clause = amount.clause
    if re.search(r"\b(?:gave|gives|lent|sent|brought|bought) (?:him|her|them|me|it|us)\b", clause):
        return 1
    if re.search(r"\bfrom (?:him|her|them|me)\b", clause) or ("$" in problem.target and re.search(r"\b(?:bought|spent|paid)\b", clause)):
        return -1
    if re.search(r"\bput (?:them|it|some)\b", clause) or (re.search(r"\bput\b", problem.told) and "cut" in clause):
        return 1
    if re.search(r"\bpicked\b", clause) and re.search(r"\btree\b", problem.asked):
        return -1
    lost, gained = bool(_LOSS.search(clause)), bool(_GAIN.search(clause) or re.search(r"\bmore\b", clause))
    return 0 if lost == gained else -1 if lost else 1


def _remaining(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``He had 79 and used 14 and 11. How many are left?``"""
    if not _LEFT.search(problem.asked) or any(amount.each or amount.compared for amount in told):
        return None
    if _SHARED.search(problem.text) or _MORE_THAN.search(problem.asked) or _LEFT.search(problem.told) or len(told) > 3:
        return None
    kept = list(told)
    others = [amount for amount in kept[1:] if problem.target and amount.what and not amount.what & (problem.target | kept[0].what)]
    if others or any(_way(amount, problem) > 0 for amount in kept) and len(kept) > 2:
        return None
    value = kept[0].value - sum(amount.value for amount in kept[1:])
    return Found(value=value, rule="left", equation=" - ".join(_told(amount) for amount in kept))


def _together(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``7 red ones and 2 green ones: how many altogether?``"""
    if not _TOTAL.search(problem.asked) or any(amount.each or amount.compared for amount in told):
        return None
    if re.search(r"\b(?:total of|in total|altogether)\b", problem.told) and not re.search(r"\bboth\b", problem.asked):
        return None
    kept = _fitting(told, problem.target)
    kept = kept if len(kept) == len(told) or (len(kept) == 2 and len(told) > 2) else list(told) if len(told) == 2 else []
    if re.search(r"\b(?:now|times|each|weeks?|in a row|equal)\b", problem.asked) or _LEFT.search(problem.told):
        return None
    if len(kept) < 2 or any(_LOSS.search(amount.clause) for amount in kept) != all(_LOSS.search(a.clause) for a in kept):
        return None
    return _plus(kept, rule="together")


def _changed(problem: Problem, told: Sequence[Amount]) -> Found | None:
    """``There were 9; 4 more came. How many are there now?``, and a part of a total."""
    if len(told) != 2 or any(amount.each or amount.compared for amount in told):
        return None
    first, second = told
    total = re.search(r"\b(?:total of|in total|altogether|in all)\b", problem.told)
    if total and first.value != second.value:
        return _minus(*_ordered(first, second), rule="part")
    if re.search(r"\bmore\b.*\b(?:need|have to|must|should)\b", problem.asked):
        return _minus(*_ordered(first, second), rule="need")
    if re.search(r"\bnow\b|\bhave\b|\bare there\b|\bwill\b", problem.asked) and not re.search(r"\binitially|some\b", problem.text):
        way = _way(second, problem)
        shared = first.what & second.what or not second.what or problem.target & first.what
        if way and shared and first.sentence <= second.sentence and not _SHARED.search(problem.text):
            return _minus(first, second, rule="now") if way < 0 else _plus(told, rule="now")
    return None


def _ordered(one: Amount, other: Amount) -> tuple[Amount, Amount]:
    return (one, other) if one.value >= other.value else (other, one)


def _told(amount: Amount) -> str:
    return str(amount.value)


def _plus(amounts: Sequence[Amount], *, rule: str) -> Found:
    total = sum((amount.value for amount in amounts), Fraction(0))
    return Found(value=total, rule=rule, equation=" + ".join(map(_told, amounts)))


def _minus(one: Amount, other: Amount, *, rule: str) -> Found:
    return Found(value=one.value - other.value, rule=rule, equation=f"{_told(one)} - {_told(other)}")


def _times(one: Amount, other: Amount, *, rule: str) -> Found:
    return Found(value=one.value * other.value, rule=rule, equation=f"{_told(one)} * {_told(other)}")


def _over(one: Amount, other: Amount, *, rule: str) -> Found | None:
    if not other.value:
        return None
    return Found(value=one.value / other.value, rule=rule, equation=f"{_told(one)} / {_told(other)}")

