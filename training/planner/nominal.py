"""What a run is charged: a language model's real use; for an embedded step, what the published one costs.

An embedded step costs no tokens and no dollars, so that without a charge of its own the embedded backend would teach a
planner nothing about them. The charge is nominal and every report says so. Seconds are not charged here but modelled,
see `questline.training.planner.seconds`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from questline.agents.workflow_planner.cost import TOKENS
from questline.agents.workflow_planner.workflow import Token
from questline.types import LedgerEntry

__all__ = ["USD", "Charge", "charge"]

USD: Final[dict[Token, float]] = {
    "QDS": 0.91e-4,
    "QDP": 1.00e-4,
    "QR": 0.88e-4,
    "DS": 2.08e-4,
    "AG": 1.58e-4,
    "AS": 1.48e-4,
}
"""Mean US dollars of one call of an executor with GPT-4o-mini at a reseller's price (arXiv:2508.01005, cost table)."""
_SELECTED: Final = re.compile(r"kept \d+ of (\d+)")
"""What a selection says in the ledger."""
_PASSAGES: Final = 5
_PASSAGE_TOKENS: Final = 160
"""What a selection reads more for each passage above `_PASSAGES`: 100 words, title and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Cost of one run."""

    tokens: int = 0
    usd: float = 0.0
    calls: int = 0
    retrievals: int = 0
    nominal: bool = False
    """Whether any of it is a nominal charge."""


def charge(entries: Iterable[LedgerEntry]) -> Charge:
    """Add up a ledger; a step that had nothing to ask (no passages, a single one) is no call."""
    tokens = calls = retrievals = 0
    usd, nominal = 0.0, False
    for entry in entries:
        retrievals += entry.usage.retrievals
        if entry.backend == "embedded" and entry.step in TOKENS:
            wider = 1 + _more(entry) / TOKENS[entry.step]
            tokens, usd = tokens + TOKENS[entry.step] + _more(entry), usd + USD[entry.step] * wider
            calls, nominal = calls + 1, True
        else:
            tokens, usd, calls = tokens + entry.usage.tokens, usd + entry.usage.usd, calls + entry.usage.calls
    return Charge(tokens=tokens, usd=usd, calls=calls, retrievals=retrievals, nominal=nominal)


def _more(entry: LedgerEntry) -> int:
    """Return the tokens of the passages above five that a selection was given."""
    selected = _SELECTED.fullmatch(entry.detail) if entry.step == "DS" else None
    return 0 if selected is None else _PASSAGE_TOKENS * max(0, int(selected[1]) - _PASSAGES)
