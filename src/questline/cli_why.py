"""Why a workflow was chosen and what it cost: one line under each answer, and the tables of `agents ask --why`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from questline.cli_console import counted, plain

if TYPE_CHECKING:
    from questline.types import Answer, Expected, Influence, Usage, Why

__all__ = ["render_why", "why_line"]

_COSTS: Final = ("calls", "tokens", "usd", "seconds")
_NOMINAL: Final = (
    "Nominal calls are those of the same steps with a language model: they weigh in the choice, and cost nothing here."
)
_SEEN: Final = 0.005
"""A change of the lead that is shown."""


def why_line(answer: Answer) -> Text | None:
    """Return in one line which workflows the question ran, who chose them by which rule, and what all of it cost.

    None for an answer that no planner of workflows had a part in.
    """
    own = [why for why in answer.why if not why.task.startswith("s")]
    ran = [why for why in own if why.choice not in ("answer", "abstain")]
    if not own:
        return None
    first = own[0]
    chosen = " > ".join(why.choice for why in ran) or first.choice
    about = f" ({first.rule})" if first.rule else ""
    return Text(
        plain(f"\nWorkflow: {chosen} by {first.decided_by}{about} · {_spent(answer.usage, answer)}"), style="dim"
    )


def _spent(usage: Usage, answer: Answer) -> str:
    about = "about " if usage.estimated else ""
    money = f"${usage.usd:.5f}"
    return (
        f"{_time(answer.ledger.wall_s)} · {counted(usage.calls, 'call')} · "
        f"{about}{counted(usage.tokens, 'token')} · {money}"
    )


def render_why(answer: Answer) -> Group:
    """Lay out each decision with its alternatives and what weighed in it, then what was spent by role."""
    return Group(*_parts(answer))


def _parts(answer: Answer) -> Iterator[RenderableType]:
    if not answer.why:
        yield Text("No planner of workflows had a part in this answer.")
    for why in answer.why:
        yield _heading(why)
        if why.expected:
            yield Padding(_alternatives(why.expected), (0, 0, 0, 2))
            if any(one.nominal for one in why.expected):
                yield Padding(Text(_NOMINAL, style="dim"), (0, 0, 0, 2))
        if why.features:
            yield Padding(_weighed(why.features), (0, 0, 0, 2))
    yield Text("\nSpent by role", style="bold")
    yield Padding(_by_role(answer), (0, 0, 0, 2))


def _heading(why: Why) -> Text:
    line = Text.assemble((f"{plain(why.task)} ", "cyan"), (plain(why.choice), "bold"))
    line.append(plain(f" by {why.decided_by}"))
    if why.rule:
        line.append(plain(f", rule: {why.rule}"))
    if why.reason:
        line.append(plain(f" ({why.reason})"), style="dim")
    return line


def _alternatives(expected: tuple[Expected, ...]) -> Table:
    known = [name for name in _COSTS if any(name in one.cost and name not in one.nominal for one in expected)]
    nominal = any("calls" in one.nominal for one in expected)
    quality = any(one.f1 is not None for one in expected)
    heads = [*(["F1"] if quality else []), *(f"expected {name}" for name in known)]
    table = _table("choice", *heads, *(["nominal calls"] if nominal else []), "")
    for place, one in enumerate(expected):
        cells = ["–" if one.f1 is None else f"{one.f1:.2f}"] if quality else []
        cells += [_cost(one, name) for name in known]
        cells += [_number(one.nominal["calls"]) if "calls" in one.nominal else "–"] if nominal else []
        closed = "beyond the budget" if place == 0 else "not open"
        table.add_row(plain(one.choice), *cells, "" if one.open else closed)
    return table


def _cost(one: Expected, name: str) -> str:
    """Write an expected cost, with what it stays under in 99 of 100 cases where that is known."""
    if name not in one.cost or name in one.nominal:
        return "–"
    high = f" (≤ {_number(one.high[name])})" if name in one.high else ""
    return f"{_number(one.cost[name])}{high}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1e-6 else "0"


def _weighed(features: tuple[Influence, ...]) -> RenderableType:
    """Show what moved the choice's lead enough to be seen in two digits of an F1."""
    shown = [one for one in features if abs(one.change) >= _SEEN]
    if not shown:
        return Text(f"Nothing weighed much: no group of features moved the choice by {_SEEN} of F1.", style="dim")
    table = _table("what weighed", "seen", "moved by, in F1")
    for one in shown:
        table.add_row(plain(one.name), plain(one.value), f"{one.change:+.3f}")
    return table


def _by_role(answer: Answer) -> Table:
    table = _table("role", "time", "calls", "tokens", "USD", "searches", "cache hits")
    for role, usage in (*answer.ledger.by_role.items(), ("total", answer.usage)):
        seconds = answer.ledger.wall_s if role == "total" else usage.seconds
        about = "~" if usage.estimated else ""
        counts = (str(usage.calls), f"{about}{usage.tokens}", f"{usage.usd:.5f}", str(usage.retrievals))
        table.add_row(plain(role), _time(seconds), *counts, str(usage.cache_hits))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 or name in ("", "seen") else "right", no_wrap=place == 0)
    return table


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"
