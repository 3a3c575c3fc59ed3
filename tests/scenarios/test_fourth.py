"""The fourth world's files: well-formed, and each expectation found again in the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.scenarios.fourth.facts import FACTS, FOURTH
from tests.scenarios.judging import kept_and_made, taken_wrongly, unconfirmed
from tests.scenarios.world_facts import World

from questline.training.evaluation.scenarios import Scenario, read_scenarios

SERVERS = {"tables", "clock", "mathematics", "files", "documents"}


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Scenario]:
    return {scenario.id: scenario for scenario in read_scenarios(FOURTH / "questions.jsonl")}


@pytest.fixture(scope="module")
def world() -> Generator[World]:
    world = World(FOURTH)
    yield world
    world.close()


@pytest.fixture(scope="module")
def facts(world: World) -> dict[str, str]:
    return {name: str(fact(world)) for name, fact in FACTS.items()}


@pytest.mark.requirement("scenarios.fourth")
def test_the_fourth_suite_has_each_kind_and_server_in_its_share(scenarios: dict[str, Scenario]) -> None:
    assert Counter(scenario.kind for scenario in scenarios.values()) == {
        "single": 18, "parallel": 10, "chained": 12, "mixed": 12, "impossible": 8,
    }  # fmt: skip
    assert Counter(scenario.level for scenario in scenarios.values()) == {"easy": 30, "middling": 18, "hard": 12}
    assert {server for scenario in scenarios.values() for server in scenario.servers} == SERVERS
    assert len({" ".join(one.question.casefold().split()) for one in scenarios.values()}) == len(scenarios)
    chinese = [name for name, one in scenarios.items() if any("一" <= sign <= "鿿" for sign in one.question)]
    assert len(chinese) == len(scenarios) // 5
    for scenario in scenarios.values():
        if scenario.kind != "impossible":
            assert {call.server for call in scenario.expect.calls or ()} == set(scenario.servers), scenario.id
            assert scenario.expect.status == ("complete",), scenario.id
            assert scenario.expect.cites >= 1, scenario.id
        if scenario.kind == "mixed":
            assert {"documents"} < set(scenario.servers), scenario.id


@pytest.mark.requirement("scenarios.fourth")
def test_the_fourth_world_confirms_each_expected_answer(scenarios: dict[str, Scenario], facts: dict[str, str]) -> None:
    wanted = {name for name, one in scenarios.items() if one.kind != "impossible" or "partial" in one.expect.status[:1]}
    assert set(FACTS) == wanted
    assert unconfirmed(scenarios, facts) == {}


@pytest.mark.requirement("scenarios.fourth")
def test_garbled_answers_questions_and_each_others_answers_are_wrong(
    scenarios: dict[str, Scenario], facts: dict[str, str]
) -> None:
    assert taken_wrongly(scenarios, facts) == []


@pytest.mark.requirement("scenarios.fourth")
def test_what_cannot_be_answered_stands_nowhere_in_the_fourth_world(world: World) -> None:
    paths = [path for path in FOURTH.rglob("*.*") if path.parent != FOURTH and path.suffix != ".sqlite"]
    texts = [path.read_text(encoding="utf-8").casefold() for path in paths]
    for word in ("bruno", "kitten", "手机", "电话"):
        assert not any(word in text for text in texts), word
    assert world.rows("select * from patients where patient = 'Bruno'") == []
    assert not (FOURTH / "files" / "desk" / "claims.txt").exists()


@pytest.mark.requirement("scenarios.fourth")
def test_the_fourth_sqlite_file_is_what_its_script_writes(tmp_path: Path) -> None:
    kept, made = kept_and_made(FOURTH / "make_diary.py", "diary.sqlite", tmp_path)
    assert kept == made
    assert kept
