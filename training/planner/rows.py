"""One cell of the table: what came of one workflow on one question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .rewards import Spent

__all__ = ["Asked", "Cell", "Work", "spent_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of the table."""

    key: str
    """Hash of corpus, settings, fits, code, the question's words and its answers."""
    id: str
    text: str
    source: str
    answers: tuple[str, ...]
    fold: int
    kind: str = ""
    """What its data set calls its type, such as ``comparison``; empty where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one step read, for the model of seconds."""

    step: str
    characters: int = 0
    """Of the passages that it was given."""
    called: bool = True
    seconds: float | None = None
    """Kept of runs that share nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One run through the graph, scored and charged."""

    column: str
    answer: str
    """The short answer; empty for an abstention."""
    status: str
    f1: float
    em: float
    tokens: int
    usd: float
    calls: int
    retrievals: int
    turns: int
    """Workflows run, those of sub-questions included."""
    parts: int
    """Sub-questions that were asked; 0 also where a decomposition found nothing to split."""
    nominal: bool
    """Whether any of tokens, dollars and calls is a nominal charge."""
    evidence: Mapping[str, float] = field(default_factory=dict[str, float])
    work: tuple[Work, ...] = ()
    """Its steps, in the order of their names."""

    def as_json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Cell:
        """Read what `as_json` wrote; raises ValueError, KeyError or TypeError."""
        values: dict[str, Any] = json.loads(text)
        work = tuple(Work(**each) for each in values.pop("work"))
        return cls(**values, work=work)


def spent_of(cell: Cell) -> Spent:
    """Return what the published reward asks of a run."""
    top = cell.column.partition("/")[0]
    return Spent(
        usd=cell.usd,
        decomposition="QDS" if top == "QDS" else "QDP" if top == "QDP" else "",
        parts=cell.parts,
        searched=cell.retrievals > 0,
    )
