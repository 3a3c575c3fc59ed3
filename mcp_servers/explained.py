"""Decisions of the planner of workflows, and what was spent, as servers give them."""

from __future__ import annotations

from typing_extensions import TypedDict

from questline.types import Expected, Usage, Why

from .shapes import line, lines

__all__ = ["ExpectedOut", "ExplainedOut", "Spent", "WeighedOut", "WhyOut", "explained_text", "spent_of", "why_of"]


class ExpectedOut(TypedDict):
    """One thing that could be done, and what it was expected to give and to cost."""

    choice: str
    open: bool
    f1: float | None
    cost: dict[str, float]
    nominal: dict[str, float]
    high: dict[str, float]


class WeighedOut(TypedDict):
    """What spoke for a choice (above 0) or against it, in units of utility."""

    name: str
    value: str
    change: float


class WhyOut(TypedDict):
    """A decision of the planner."""

    task: str
    choice: str
    decided_by: str
    rule: str
    reason: str
    features: list[WeighedOut]
    expected: list[ExpectedOut]


class Spent(TypedDict):
    """What was spent."""

    seconds: float
    calls: int
    tokens: int
    usd: float
    retrievals: int
    cache_hits: int


class ExplainedOut(TypedDict):
    """What would be done first, and what deciding took."""

    why: WhyOut
    usage: Spent


def why_of(why: Why) -> WhyOut:
    """Return a decision."""
    return WhyOut(
        task=why.task,
        choice=why.choice,
        decided_by=why.decided_by,
        rule=why.rule,
        reason=why.reason,
        features=[WeighedOut(name=each.name, value=each.value, change=each.change) for each in why.features],
        expected=[_expected_of(each) for each in why.expected],
    )


def _expected_of(found: Expected) -> ExpectedOut:
    return ExpectedOut(
        choice=found.choice,
        open=found.open,
        f1=found.f1,
        cost=dict(found.cost),
        nominal=dict(found.nominal),
        high=dict(found.high),
    )


def spent_of(usage: Usage) -> Spent:
    """Return what was spent."""
    return Spent(
        seconds=round(usage.seconds, 4),
        calls=usage.calls,
        tokens=usage.tokens,
        usd=usage.usd,
        retrievals=usage.retrievals,
        cache_hits=usage.cache_hits,
    )


def explained_text(found: ExplainedOut) -> str:
    """Write a decision for a reader."""
    why = found["why"]
    rule = f", rule: {why['rule']}" if why["rule"] else ""
    others = [
        f"{line(each['choice'])}: expected F1 {'unknown' if each['f1'] is None else format(each['f1'], '.2f')}, cost "
        + (", ".join(f"{name} {value:.3g}" for name, value in each["cost"].items()) or "none")
        + ("" if each["open"] else " (not open)")
        for each in why["expected"]
    ]
    weighed = [f"{line(each['name'])} ({line(each['value'])}): {each['change']:+.3f}" for each in why["features"]]
    return lines(f"{line(why['choice'])} by {line(why['decided_by'])}{rule}", line(why["reason"]), others, weighed)
