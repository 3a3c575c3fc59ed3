"""Suggestions as they were shown: what was clicked, where it stood, and how likely it was to be shown there.

JSON lines, plain or gzip, as `questline.training.suggestion.panes` reads them, with two more fields that a policy logs:

    {"query": "…", "options": ["…", "…"], "clicks": [1, 0], "impressions": 1, "propensities": [0.4, 0.1], "round": 1}

and ``"shuffled": true`` in place of propensities, where the order was drawn alike from all orders.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.training.evaluation.rows import json_rows
from questline.training.suggestion.panes import read_panes

__all__ = ["Shown", "read_shown", "write_shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One list of suggestions, or several showings of one list together."""

    key: str
    """What decides the slice that it is in."""
    query: str
    options: tuple[str, ...]
    """In the order shown, at least one."""
    rates: tuple[float, ...]
    """Clicks a showing of each, in [0, 1]."""
    weight: float = 1.0
    """Showings that it stands for, or how much its pane engaged."""
    propensities: tuple[float, ...] = ()
    """How likely each was to be shown in its slot after those before it; empty where nobody logged it."""
    round: int = 0
    shuffled: bool = False
    """Whether its order was drawn alike from all orders, so that slots say nothing of tastes."""

    @property
    def reward(self) -> float:
        """Clicks of one showing."""
        return math.fsum(self.rates)


def read_shown(path: Path) -> list[Shown]:
    """Read a log.

    Rows with counts keep their absolute rates; the panes of MIMICS (arXiv:2006.10174) tell only which share of a pane's
    clicks each option got, and count by their engagement.

    Raises:
        UsageError: ``bad_log_row`` with ``line`` and ``field``; what `read_panes` raises.
    """
    found: list[Shown] = []
    for pane, (line, values) in zip(read_panes(path), json_rows(path), strict=True):
        rates, weight = pane.rates, pane.weight
        if "options" in values:
            weight = float(cast("float", values["impressions"]))
            clicks = [float(cast("float", each)) for each in cast("list[object]", values["clicks"])]
            rates = tuple(each / weight for each in clicks) if weight else tuple(0.0 for _ in clicks)
        found.append(
            Shown(
                key=f"{pane.query} {line}" if "options" in values else pane.query,
                query=pane.query,
                options=pane.options,
                rates=rates,
                weight=weight,
                propensities=_propensities(path, line, values, len(pane.options)),
                round=int(cast("int", values.get("round", 0))),
                shuffled=values.get("shuffled") is True,
            )
        )
    return found


def _line(shown: Shown) -> str:
    """Return what `read_shown` reads, of one showing."""
    row: dict[str, object] = {
        "query": shown.query,
        "options": list(shown.options),
        "clicks": list(shown.rates),
        "impressions": shown.weight,
        "propensities": list(shown.propensities),
        "round": shown.round,
    }
    if shown.shuffled:
        row["shuffled"] = True
    return json.dumps(row, ensure_ascii=False) + "\n"


def _propensities(path: Path, line: int, values: Mapping[str, object], count: int) -> tuple[float, ...]:
    given = values.get("propensities")
    if not given:
        return ()
    numbers: Sequence[object] = cast("list[object]", given) if isinstance(given, list) else []
    told = [_number(each) for each in numbers]
    if len(told) != count or not all(0 < each <= 1 for each in told):
        raise UsageError(
            f"{str(path)!r}, line {line}: 'propensities' must be one number in (0, 1] for each option",
            code="bad_log_row",
            path=path,
            line=line,
            field="propensities",
        )
    return tuple(told)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def write_shown(path: Path, rows: Iterable[Shown]) -> None:
    """Write a log in one step."""
    part = path.with_name(f"{path.name}.part")
    part.write_text("".join(map(_line, rows)), encoding="utf-8")
    part.replace(path)
