"""Whether an answer is right: the same value as another, however it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.errors import RunError, UsageError

from .calculator import Calculator
from .parser import parse
from .tree import Comparison
from .unit_reader import read_quantity

__all__ = ["Checked", "Verdict", "check_answer"]

Verdict: TypeAlias = Literal["right", "wrong", "undecided"]
_OPEN: Final = frozenset(
    {"bad_expression", "unknown_unit", "unsolved", "time_limit", "memory_limit", "too_deep", "too_large"}
)
"""Errors that say nothing about whether the answer is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of one answer."""

    verdict: Verdict
    reason: str
    """Why, in a few words."""


def check_answer(calculator: Calculator, prediction: str, gold: str) -> Checked:
    """Say whether `prediction` has the value of `gold`: numbers, formulas, quantities with units, comparisons.

    A value is compared exactly: 3.14 is not π. ``undecided`` is what cannot be read, or not decided in time; it is
    neither right nor wrong.

    Raises:
        UsageError: ``bad_argument`` for an empty answer.
    """
    for name, text in {"prediction": prediction, "gold": gold}.items():
        if not text.strip():
            raise UsageError(f"{name} is empty", argument=name)
    try:
        return _by_unit(calculator, prediction, gold) or _by_value(calculator, prediction, gold)
    except (UsageError, RunError) as error:
        if error.code not in _OPEN:
            raise
        return Checked(verdict="undecided", reason=error.message)


def _by_unit(calculator: Calculator, prediction: str, gold: str) -> Checked | None:
    """Compare two quantities; None unless both have a unit."""
    unit = _unit(gold)
    if not unit or not _unit(prediction):
        return None
    try:
        one, other = calculator.convert(prediction, unit), calculator.convert(gold, unit)
    except UsageError as error:
        if error.code != "dimension_mismatch":
            raise
        return Checked(verdict="wrong", reason=error.message)
    return _told(f"{one.exact} {one.unit}", f"{other.exact} {other.unit}", same=one.exact == other.exact)


def _by_value(calculator: Calculator, prediction: str, gold: str) -> Checked:
    relations = [isinstance(parse(text).tree, Comparison) for text in (prediction, gold)]
    if any(relations):
        same = calculator.simplify(prediction).exact == calculator.simplify(gold).exact
        return Checked(
            verdict="right" if same else "undecided",
            reason="the same relation" if same else "two relations that are written differently",
        )
    difference = calculator.simplify(f"({prediction}) - ({gold})")
    one, other = (calculator.simplify(text).exact for text in (prediction, gold))
    if difference.exact == "0":
        return _told(one, other, same=True)
    if difference.decimal is None:
        return Checked(verdict="undecided", reason=f"{one} and {other} differ by {difference.exact}")
    return _told(one, other, same=False)


def _told(one: str, other: str, *, same: bool) -> Checked:
    if same:
        return Checked(verdict="right", reason=f"{one.strip()} is {other.strip()}")
    return Checked(verdict="wrong", reason=f"{one.strip()} is not {other.strip()}")


def _unit(text: str) -> str:
    try:
        return read_quantity(text).unit.symbol
    except UsageError:
        return ""
