"""The second world's files: well-formed, and each expectation found again in the world."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest
from tests.scenarios.second.facts import FACTS, SECOND
from tests.scenarios.world_facts import World

from questline.training.evaluation.scenarios import Scenario, Verdict, check, read_scenarios
from questline.types import Citation

SERVERS = {"tables", "clock", "mathematics", "files", "documents"}


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Scenario]:
    return {scenario.id: scenario for scenario in read_scenarios(SECOND / "questions.jsonl")}


@pytest.fixture(scope="module")
def world() -> Generator[World]:
    world = World(SECOND)
    yield world
    world.close()


@pytest.fixture(scope="module")
def facts(world: World) -> dict[str, str]:
    return {name: str(fact(world)) for name, fact in FACTS.items()}


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


@pytest.mark.requirement("scenarios.second")
def test_the_second_suite_has_each_kind_and_server_in_its_share(scenarios: dict[str, Scenario]) -> None:
    assert Counter(scenario.kind for scenario in scenarios.values()) == {
        "single": 18, "parallel": 10, "chained": 12, "mixed": 12, "impossible": 8,
    }  # fmt: skip
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


@pytest.mark.requirement("scenarios.second")
def test_the_second_world_confirms_each_expected_answer(scenarios: dict[str, Scenario], facts: dict[str, str]) -> None:
    wanted = {name for name, one in scenarios.items() if one.kind != "impossible" or "partial" in one.expect.status[:1]}
    assert set(FACTS) == wanted
    faults = {name: judged(scenarios[name], text).faults for name, text in facts.items()}
    wrong = {name: [line for line in lines if not line.startswith("calls")] for name, lines in faults.items()}
    assert {name: lines for name, lines in wrong.items() if lines} == {}


@pytest.mark.requirement("scenarios.second")
def test_garbled_answers_questions_and_each_others_answers_are_wrong(
    scenarios: dict[str, Scenario], facts: dict[str, str]
) -> None:
    assert [name for name, text in facts.items() if judged(scenarios[name], garbled(text)).answer] == []
    assert [name for name in facts if judged(scenarios[name], scenarios[name].question).answer] == []
    alike = [
        (one, other)
        for one, other in combinations(facts, 2)
        if judged(scenarios[one], facts[other]).answer and judged(scenarios[other], facts[one]).answer
    ]
    assert alike == []


@pytest.mark.requirement("scenarios.second")
def test_what_cannot_be_answered_stands_nowhere_in_the_second_world(world: World) -> None:
    paths = [path for path in SECOND.rglob("*.*") if path.parent != SECOND and path.suffix != ".sqlite"]
    texts = [path.read_text(encoding="utf-8").casefold() for path in paths]
    for word in ("quist", "badger was", "电话", "天气"):
        assert not any(word in text for text in texts), word
    assert world.rows("select * from members where member = 'Nora Quist'") == []
    assert not (SECOND / "files" / "letters" / "council.txt").exists()


@pytest.mark.requirement("scenarios.second")
def test_the_second_sqlite_file_is_what_its_script_writes(tmp_path: Path) -> None:
    script = SECOND / "make_workshop.py"
    names: dict[str, object] = {"__file__": str(tmp_path / "make_workshop.py"), "__name__": "__main__"}
    (tmp_path / "tables").mkdir()
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)
    made, kept = tmp_path / "tables" / "workshop.sqlite", SECOND / "tables" / "workshop.sqlite"
    with closing(sqlite3.connect(made)) as one, closing(sqlite3.connect(kept)) as other:
        assert list(one.iterdump()) == list(other.iterdump())
