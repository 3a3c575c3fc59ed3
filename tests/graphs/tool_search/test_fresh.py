"""The orchard's questions: well-formed, and each expectation found again in the orchard."""

from __future__ import annotations

import pytest
from tests.graphs.tool_search.fresh.facts import FACTS, FRESH
from tests.scenarios.world_facts import World

from questline.training.evaluation.scenarios import Scenario, check, read_scenarios
from questline.types import Citation

pytestmark = pytest.mark.requirement("tura.chain.fresh")


def scenarios() -> dict[str, Scenario]:
    rows = [*read_scenarios(FRESH / "questions.jsonl"), *read_scenarios(FRESH / "kept.jsonl")]
    return {row.id: row for row in rows}


def test_the_orchard_confirms_each_expected_answer() -> None:
    rows = scenarios()
    assert set(FACTS) == {name for name, row in rows.items() if row.kind != "impossible"}
    world = World(FRESH)
    try:
        faults: dict[str, list[str]] = {}
        for name, fact in FACTS.items():
            cited = [Citation(start=0, end=1, evidence_id=str(number)) for number in range(rows[name].expect.cites)]
            verdict = check(rows[name], str(fact(world)), "complete", [], cited)
            faults[name] = [line for line in verdict.faults if not line.startswith("calls")]
    finally:
        world.close()
    assert {name: lines for name, lines in faults.items() if lines} == {}


def test_both_halves_ask_the_same_number_of_questions_of_each_kind() -> None:
    kinds = {half: sorted(row.kind for name, row in scenarios().items() if name.endswith(half)) for half in "ab"}
    assert kinds["a"] == kinds["b"]
    assert len(kinds["a"]) == 20
    assert all(row.expect.status != ("complete",) for row in scenarios().values() if row.kind == "impossible")
