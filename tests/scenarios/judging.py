"""What the tests of a world ask: that its facts are right answers, and that nothing else is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from itertools import combinations
from pathlib import Path

from questline.training.evaluation.scenarios import Scenario, Verdict, check
from questline.types import Citation

__all__ = ["garbled", "judged", "kept_and_made", "taken_wrongly", "unconfirmed"]


def judged(scenario: Scenario, text: str) -> Verdict:
    """Judge a text with all else right."""
    citations = [Citation(start=0, end=1, evidence_id=str(number)) for number in range(scenario.expect.cites)]
    return check(scenario, text, scenario.expect.status[0], [], citations, named=sum(scenario.expect.missing, ()))


def garbled(text: str) -> str:
    """Replace each digit by the next and each letter by its neighbour."""
    return "".join(
        str((int(sign) + 1) % 10) if sign in "0123456789" else chr(ord(sign) + 1) if sign.isalpha() else sign
        for sign in text
    )


def unconfirmed(scenarios: Mapping[str, Scenario], facts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what is wrong with each fact as the answer to its question; none is judged by its calls."""
    faults = {name: judged(scenarios[name], text).faults for name, text in facts.items()}
    wrong = {name: [line for line in lines if not line.startswith("calls")] for name, lines in faults.items()}
    return {name: lines for name, lines in wrong.items() if lines}


def taken_wrongly(scenarios: Mapping[str, Scenario], facts: Mapping[str, str]) -> list[object]:
    """Return the questions that a garbled fact or their own words answer, and those whose facts answer each other's."""
    return [
        *(name for name, text in facts.items() if judged(scenarios[name], garbled(text)).answer),
        *(name for name in facts if judged(scenarios[name], scenarios[name].question).answer),
        *(
            (one, other)
            for one, other in combinations(facts, 2)
            if judged(scenarios[one], facts[other]).answer and judged(scenarios[other], facts[one]).answer
        ),
    ]


def kept_and_made(script: Path, name: str, folder: Path) -> tuple[list[str], list[str]]:
    """Return what a SQLite file beside its script holds, and what the script writes into another folder."""
    names: dict[str, object] = {"__file__": str(folder / script.name), "__name__": "__main__"}
    (folder / "tables").mkdir()
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)
    kept, made = script.parent / "tables" / name, folder / "tables" / name
    with closing(sqlite3.connect(kept)) as one, closing(sqlite3.connect(made)) as other:
        return list(one.iterdump()), list(other.iterdump())
