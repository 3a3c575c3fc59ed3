"""The short answer of a decomposed question, from the short answers of its parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from questline.tools.arguments import check_list, check_text, check_texts, fault
from questline.tools.decomposition import Comparison, compared, parallel
from questline.tools.text import cjk_share, words

from .nations import country_of
from .values import date_value, number_value

__all__ = ["combine"]

_METRES: Final = {
    "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0, "mile": 1609.344, "mi": 1609.344, "m": 1.0, "metre": 1.0,
    "meter": 1.0, "ft": 0.3048, "feet": 0.3048, "foot": 0.3048, "inch": 0.0254, "cm": 0.01, "mm": 0.001,
}  # fmt: skip
_UNIT = re.compile(r"\d\s?-?(km|kilomet(?:re|er)|miles?|mi|met(?:re|er)|m|ft|feet|foot|inch|cm|mm)(?:e?s)?\b")
_ONE_SIDED: Final = 0.3
"""Confidence of a choice made although only one side has an answer."""
_YES: Final = frozenset({"yes", "是", "true"})


def combine(question: str, steps: Sequence[tuple[str, str]]) -> tuple[str, float]:
    """Return the short answer of `question` and how sure that step is, in [0, 1].

    A comparison is decided by dates, numbers or equality; independent parts are joined; else the last answer counts.

    Args:
        question: The question that was decomposed.
        steps: Pairs (sub-question, short answer) in order; an empty answer is one that was not found.

    Returns:
        The answer, empty with confidence 0 when the parts do not decide it.

    Raises:
        UsageError: ``bad_argument`` for a question or a step that is no text.
    """
    check_text("question", question)
    steps = [_pair(index, step) for index, step in enumerate(check_list("steps", steps, "a list of pairs of texts"))]
    comparison = compared(question)
    if comparison is not None:
        return _compare(comparison, steps, chinese=cjk_share(question) > 0.3)
    answers = [answer for _, answer in steps if answer.strip()]
    if not answers:
        return "", 0.0
    found = len(answers) / len(steps)
    if len(steps) > 1 and tuple(part for part, _ in steps) == parallel(question):
        return ", ".join(dict.fromkeys(answers)), found
    return answers[-1], found if steps[-1][1].strip() else found / 2


def _pair(index: int, step: object) -> tuple[str, str]:
    found = check_texts(f"steps[{index}]", step)
    if len(found) != 2:
        raise fault(f"steps[{index}]", step, "a pair of texts", index=index)
    return found[0], found[1]


def _compare(comparison: Comparison, steps: Sequence[tuple[str, str]], *, chinese: bool) -> tuple[str, float]:
    first, second = _sides(comparison, steps)
    if comparison.verdict in {"same", "both"}:
        return _yes_or_no(comparison, first, second, chinese=chinese)
    dated = comparison.verdict in {"earliest", "latest"}
    values = _dates(first, second) if dated else _numbers(first, second)
    known = [value is not None for value in values]
    if not any(known):
        return "", 0.0
    if not all(known):
        return comparison.alternatives[known.index(True)], _ONE_SIDED
    if values[0] == values[1]:
        return "", 0.0  # neither comes first, or both were read from the same place
    smaller = 0 if values[0] < values[1] else 1  # pyright: ignore[reportOperatorIssue]  # because both are known here
    wanted = smaller if comparison.verdict in {"earliest", "least"} else 1 - smaller
    return comparison.alternatives[wanted], 1.0


def _sides(comparison: Comparison, steps: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the last answer about each alternative: by its name in the sub-question, else by halves of the steps."""
    by_name = [
        [answer for part, answer in steps if side.casefold() in part.casefold()] for side in comparison.alternatives
    ]
    if len(steps) == 2 and all(len(answers) == 1 for answers in by_name):
        return by_name[0][0], by_name[1][0]
    half = len(steps) // 2
    first, second = steps[:half] or steps[:1], steps[half:] if half else ()
    return (first[-1][1] if first else ""), (second[-1][1] if second else "")


def _dates(first: str, second: str) -> tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]:
    """Return both dates, cut to the parts (year, month, day) that both give."""
    one, other = date_value(first), date_value(second)
    if one is None or other is None:
        return one, other
    both = [bool(a and b) for a, b in zip(one, other, strict=True)]
    depth = 3 if all(both) else 2 if both[1] else 1
    padding = (0,) * (3 - depth)
    return (*one[:depth], *padding), (*other[:depth], *padding)  # pyright: ignore[reportReturnType]  # because the lengths add up to 3


def _numbers(first: str, second: str) -> tuple[float | None, float | None]:
    return _quantity(first), _quantity(second)


def _quantity(text: str) -> float | None:
    value = number_value(text)
    unit = _UNIT.search(text.casefold())
    if value is None or unit is None:
        return value
    name = unit.group(1)
    return value * _METRES.get(name, _METRES.get(name.removesuffix("s"), 1.0))


def _yes_or_no(comparison: Comparison, first: str, second: str, *, chinese: bool) -> tuple[str, float]:
    yes, no = ("是", "否") if chinese else ("yes", "no")
    if not first.strip() or not second.strip():
        return "", 0.0
    if comparison.verdict == "both":
        return (yes if {first.casefold(), second.casefold()} <= _YES else no), 1.0
    one, other = country_of(first), country_of(second)
    if one and other:
        return (yes if one == other else no), 1.0
    alike = words(first) == words(second)
    return (yes if alike else no), 0.8
