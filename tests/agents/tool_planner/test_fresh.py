"""The fresh questions' files: well-formed, and each plain expectation found again in their world."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from questline.training.evaluation.scenarios import read_scenarios

FRESH = Path(__file__).parent / "fresh"
WORLD = "\n".join(
    path.read_text("utf-8") for folder in ("tables", "documents") for path in sorted((FRESH / folder).iterdir())
)
HALVES = ("open", "kept")


def rows(half: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FRESH / f"{half}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.requirement("tura.choice.fresh")
def test_the_halves_are_read_and_share_no_question() -> None:
    halves = [{one.id: one.question for one in read_scenarios(FRESH / f"{half}.jsonl")} for half in HALVES]
    assert [len(half) for half in halves] == [25, 25]
    assert not set(halves[0]) & set(halves[1])
    assert len({*halves[0].values(), *halves[1].values()}) == 50


@pytest.mark.requirement("tura.choice.fresh")
@pytest.mark.parametrize("half", HALVES)
def test_what_is_looked_up_stands_in_the_world(half: str) -> None:
    for row in rows(half):
        answer = row["expect"]["answer"]
        if (
            row["kind"] != "single"
            or not set(row["servers"]) <= {"tables", "documents"}
            or row["question"].startswith("how many staff")
        ):
            continue
        said = [*answer.get("contains_all", []), *([str(answer["number"]["value"])] if "number" in answer else [])]
        assert said or "date" in answer, row["id"]
        assert [word for word in said if word.casefold() not in WORLD.casefold()] == []
        if "date" in answer:
            year, month, day = answer["date"].split("-")
            assert answer["date"] in WORLD or re.search(rf"\b{int(day)} \w+ {year}", WORLD), (row["id"], month)
