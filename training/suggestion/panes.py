"""Read a log of suggestions shown together, with how often each was clicked.

Two kinds of JSON lines, plain or gzip:

    {"query": "…", "options": ["…", "…"], "clicks": [3, 0], "impressions": 40}
    {"query": "…", "option_1": "…", …, "option_cctr_1": "0.4", …, "engagement_level": "7"}

The second is MIMICS' (arXiv:2006.10174): conditional click rates for each option, and an engagement of the pane from 0
to 10. Options stand in the order in which they were shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np

from questline.errors import UsageError
from questline.tools.suggestion.ctr_features import Doubles
from questline.training.evaluation.rows import json_rows

__all__ = ["Pane", "read_panes"]

_OPTIONS: Final = 5
_ENGAGEMENT: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """One query with what was shown beside it."""

    line: int
    """In its file, from 1."""
    query: str
    options: tuple[str, ...]
    """In the order shown, at least one."""
    rates: tuple[float, ...]
    """Share of the pane's clicks that each option got; they sum to 1, or are all 0 where nobody clicked."""
    weight: float
    """How much the pane engaged, in [0, 1]: the weight of its row in training."""

    @property
    def judged(self) -> bool:
        """Whether it says anything of preferences: two options or more, and clicks."""
        return len(self.options) > 1 and any(self.rates)

    @property
    def gains(self) -> Doubles:
        """The rates as an array, [len(options)]."""
        return np.array(self.rates)


def read_panes(path: Path) -> list[Pane]:
    """Read a log.

    Raises:
        UsageError: ``bad_log_row`` with ``line`` and ``field`` for rates outside [0, 1], more clicks than impressions,
            negative counts or a row of another form; ``bad_data`` for an empty file and what is not JSON;
            ``file_not_found``, ``unreadable_file``, ``bad_encoding``.
    """
    panes = [_Row(path, line, values).pane() for line, values in json_rows(path)]
    if not panes:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return panes


@dataclass(frozen=True, slots=True)
class _Row:
    path: Path
    line: int
    values: Mapping[str, object]

    def pane(self) -> Pane:
        query = self.values.get("query")
        if not isinstance(query, str) or not query.strip():
            raise self.fault("query", "needs 'query' as text")
        options, rates, weight = self._counted() if "options" in self.values else self._mimics()
        total = math.fsum(rates)
        return Pane(
            line=self.line,
            query=query,
            options=options,
            rates=tuple(rate / total for rate in rates) if total else rates,
            weight=weight,
        )

    def _counted(self) -> tuple[tuple[str, ...], tuple[float, ...], float]:
        given = self.values["options"]
        options = cast("list[object]", given) if isinstance(given, list) else []
        if not options or not all(isinstance(option, str) and option.strip() for option in options):
            raise self.fault("options", "needs 'options' as a list of at least one text")
        counts = self.values.get("clicks")
        if not isinstance(counts, list) or len(cast("list[object]", counts)) != len(options):
            raise self.fault("clicks", "needs 'clicks' as one count for each option")
        clicks = [self.number("clicks", count) for count in cast("list[object]", counts)]
        shown = self.number("impressions", self.values.get("impressions"))
        if min(*clicks, shown) < 0:
            raise self.fault("clicks", f"counts below 0: clicks {clicks}, impressions {shown:g}")
        if max(clicks) > shown:
            raise self.fault("clicks", f"{max(clicks):g} clicks on one option of {shown:g} impressions")
        weight = min(1.0, sum(clicks) / shown) if shown else 0.0
        return tuple(str(option) for option in options), tuple(clicks), weight

    def _mimics(self) -> tuple[tuple[str, ...], tuple[float, ...], float]:
        options: list[str] = []
        rates: list[float] = []
        for place in range(1, _OPTIONS + 1):
            text = self.values.get(f"option_{place}") or ""
            rate = self.number(f"option_cctr_{place}", self.values.get(f"option_cctr_{place}", 0))
            if not isinstance(text, str):
                raise self.fault(f"option_{place}", f"needs 'option_{place}' as text")
            if not 0 <= rate <= 1:
                raise self.fault(f"option_cctr_{place}", f"the rate {rate:g} is not in [0, 1]")
            if text.strip():
                options.append(text)
                rates.append(rate)
            elif rate:
                raise self.fault(f"option_{place}", "an option without text has clicks")
        if not options:
            raise self.fault("option_1", "needs 'options', or 'option_1' and so on")
        level = self.number("engagement_level", self.values.get("engagement_level", _ENGAGEMENT))
        if not 0 <= level <= _ENGAGEMENT:
            raise self.fault("engagement_level", f"the engagement {level:g} is not in [0, {_ENGAGEMENT:g}]")
        return tuple(options), tuple(rates), level / _ENGAGEMENT

    def number(self, field: str, value: object) -> float:
        """Return a finite number, also from text, as tables exported to JSON hold it."""
        try:
            number = float(cast("float", value)) if not isinstance(value, bool) else math.nan
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise self.fault(field, f"{field}={value!r:.60} is not a number")
        return number

    def fault(self, field: str, problem: str) -> UsageError:
        """Return the error that names the file, the line and the field."""
        where = f"{str(self.path)!r}, line {self.line}"
        return UsageError(f"{where}: {problem}", code="bad_log_row", path=self.path, line=self.line, field=field)
