"""A table where questions of two kinds need two workflows, and models small enough to learn it in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from questline.agents.workflow_planner.features import EVIDENCE
from questline.training.planner.columns import COLUMNS
from questline.training.planner.rows import Asked, Cell, Work
from questline.training.planner.seconds import Pace, Seconds
from questline.training.planner.store import Store

SECONDS = Seconds({"R": Pace(base=0.01, measured=1), "AG": Pace(base=0.1, measured=1)})
_CALLS = {"AG": 0, "QR,AG": 1, "R,AG": 1, "QR,R,AG": 2, "R,DS,AG": 2, "QR,R,DS,AG": 3, "QDS": 4, "QDP": 4}
_TINY = {"width": 32, "layers": 2, "heads": 2, "vocabulary": 400, "context": 512}


def cell(name: str, *, f1: float, sure: float) -> Cell:
    top = name.partition("/")[0]
    calls = _CALLS[top]
    drafted = float(sure > 0)
    seen = dict.fromkeys(EVIDENCE, 0.0) | {"drafted": drafted, "confidence": sure, "found": 0.5, "sources": 0.3}
    return Cell(
        column=name,
        answer=f"a{f1:.0f}" if sure else "",
        status="complete" if sure else "abstained",
        f1=f1,
        em=f1,
        tokens=calls * 1000,
        usd=calls * 1e-4,
        calls=calls,
        retrievals=int("R" in top),
        turns=1,
        parts=2 if top.startswith("QD") else 0,
        nominal=True,
        evidence=seen,
        work=(Work(step="R"), *[Work(step="AG")] * calls),
    )


def rows(count: int, unsure: float = 0.2) -> list[tuple[Asked, dict[str, Cell]]]:
    """Make questions: a search answers every other one, only a serial split the rest, where a search is unsure.

    An unsure answer of 0.3 or more is kept, so that every decision is a first one.
    """
    made: list[tuple[Asked, dict[str, Cell]]] = []
    for number in range(count):
        chained = number % 2 == 1
        text = f"Where was the designer of light {number} born?" if chained else f"Who designed light {number}?"
        asked = Asked(key=f"k{number}", id=f"{number:04}", text=text, source="one", answers=("x",), fold=1)
        right = {name for name in COLUMNS if (name.startswith("QDS") if chained else name.startswith("R,"))}
        cells = {
            name: cell(
                name, f1=float(name in right), sure=0.9 if name in right else unsure * (name not in ("AG", "QR,AG"))
            )
            for name in COLUMNS
        }
        made.append((asked, cells))
    return made


def stored(folder: Path, count: int = 40, *, seen: bool = False, unsure: float = 0.2) -> Path:
    """Write such a table."""
    with Store.begin(folder, {"corpus": "made"}, resume=False) as store:
        made = rows(count, unsure)
        for asked, cells in made:
            store.add(asked, cells.values())
        store.note("asked", [asked.key for asked, _ in made])
        store.note("seen", seen)
        store.note("seconds", SECONDS.as_dict())
    return folder


def tiny(**settings: Any) -> dict[str, Any]:
    """Return settings of a model that learns in seconds."""
    return {**_TINY, "device": "cpu", "tested": 8, "role": "top", **settings}
