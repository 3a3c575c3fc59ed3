"""The suite's files: well-formed, halved by rule, and each expectation found again in the world."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import get_args

import pytest
from tests.scenarios.facts_open import FACTS as OPEN_FACTS
from tests.scenarios.facts_sealed import FACTS as SEALED_FACTS
from tests.scenarios.world_facts import WORLD, World

from questline.training.evaluation.rows import read_rows
from questline.training.evaluation.scenario_rows import Kind
from questline.training.evaluation.scenarios import Scenario, Verdict, check, read_scenarios
from questline.types import Citation

HERE = Path(__file__).parent
SERVERS = {"tables", "clock", "mathematics", "files", "documents"}
FACTS = OPEN_FACTS | SEALED_FACTS


@pytest.fixture(scope="module")
def halves() -> dict[str, list[Scenario]]:
    return {half: read_scenarios(HERE / f"{half}.jsonl") for half in ("open", "sealed")}


@pytest.fixture(scope="module")
def scenarios(halves: dict[str, list[Scenario]]) -> dict[str, Scenario]:
    return {scenario.id: scenario for half in halves.values() for scenario in half}


@pytest.fixture(scope="module")
def facts(scenarios: dict[str, Scenario]) -> Generator[dict[str, str]]:
    world = World()
    yield {name: str(fact(world)) for name, fact in FACTS.items() if name in scenarios}
    world.close()


def judged(scenario: Scenario, text: str) -> Verdict:
    """Judge a text with all else right."""
    citations = [Citation(start=0, end=1, evidence_id=str(number)) for number in range(scenario.expect.cites)]
    return check(scenario, text, scenario.expect.status[0], [], citations, named=sum(scenario.expect.missing, ()))


def wants_text(scenario: Scenario) -> bool:
    answer = scenario.expect.answer
    return bool(answer.contains_all or answer.one_of or answer.numbers or answer.dates or answer.now)


def garbled(text: str) -> str:
    """Replace each digit by the next and each letter by its neighbour."""
    return "".join(
        str((int(sign) + 1) % 10) if sign in "0123456789" else chr(ord(sign) + 1) if sign.isalpha() else sign
        for sign in text
    )


@pytest.mark.requirement("scenarios.well-formed")
def test_the_suite_is_large_and_has_each_kind_level_and_server(
    halves: dict[str, list[Scenario]], scenarios: dict[str, Scenario]
) -> None:
    assert len(scenarios) == sum(map(len, halves.values())) >= 72
    for half in halves.values():
        assert {scenario.kind for scenario in half} == set(get_args(Kind))
        assert {server for scenario in half for server in scenario.servers} == SERVERS
        assert any(scenario.free_writing for scenario in half)
        levels = Counter(scenario.level for scenario in half)
        assert levels["easy"] > levels["hard"] > len(half) / 10
        assert {status for scenario in half for status in scenario.expect.status} >= {
            "complete", "partial", "abstained", "needs_input", "no_tool",
        }  # fmt: skip


@pytest.mark.requirement("scenarios.well-formed")
def test_the_halves_are_parted_by_the_hash_of_the_id_within_each_kind(halves: dict[str, list[Scenario]]) -> None:
    everything = [(scenario, half) for half, rows in halves.items() for scenario in rows]
    for group in {(scenario.kind, scenario.free_writing) for scenario, _ in everything}:
        members = [
            (scenario.id, half) for scenario, half in everything if (scenario.kind, scenario.free_writing) == group
        ]
        members.sort(key=lambda member: hashlib.sha256(member[0].encode()).hexdigest())
        middle = len(members) // 2
        assert [half for _, half in members] == ["open"] * middle + ["sealed"] * (len(members) - middle), group


@pytest.mark.requirement("scenarios.well-formed")
def test_no_question_stands_twice_and_no_two_have_one_answer(
    scenarios: dict[str, Scenario], facts: dict[str, str]
) -> None:
    assert len({" ".join(one.question.casefold().split()) for one in scenarios.values()}) == len(scenarios)
    answered = [scenario for scenario in scenarios.values() if scenario.id in facts]
    alike = [
        (one.id, other.id)
        for one, other in combinations(answered, 2)
        if judged(one, facts[other.id]).answer and judged(other, facts[one.id]).answer
    ]
    assert alike == []


@pytest.mark.requirement("scenarios.well-formed")
def test_servers_and_calls_of_a_scenario_agree(scenarios: dict[str, Scenario]) -> None:
    for scenario in scenarios.values():
        calls = scenario.expect.calls or ()
        assert set(scenario.servers) <= SERVERS
        if scenario.kind != "impossible":
            assert {call.server for call in calls} == set(scenario.servers), scenario.id
            assert scenario.expect.status == ("complete",), scenario.id
            assert scenario.expect.cites >= 1, scenario.id
        if scenario.kind == "mixed":
            assert {"documents"} < set(scenario.servers), scenario.id
        if set(scenario.expect.status) <= {"no_tool", "needs_input"}:
            assert scenario.expect.calls == (), scenario.id
        if set(scenario.expect.status) <= {"partial", "abstained", "needs_input"}:
            assert scenario.expect.missing, scenario.id


@pytest.mark.requirement("scenarios.facts")
def test_the_world_confirms_each_expected_answer(scenarios: dict[str, Scenario], facts: dict[str, str]) -> None:
    assert set(FACTS) == {scenario.id for scenario in scenarios.values() if wants_text(scenario)}
    faults = {name: judged(scenarios[name], text).faults for name, text in facts.items()}
    wrong = {name: [line for line in lines if not line.startswith("calls")] for name, lines in faults.items()}
    assert {name: lines for name, lines in wrong.items() if lines} == {}


@pytest.mark.requirement("scenarios.facts")
def test_each_half_keeps_its_own_facts_and_routes(halves: dict[str, list[Scenario]]) -> None:
    for half, rows in halves.items():
        answered = {scenario.id for scenario in rows if wants_text(scenario)}
        assert set(import_module(f"tests.scenarios.facts_{half}").FACTS) == answered
        assert {row.identifier("id") for row in read_rows(HERE / f"routes_{half}.jsonl")} == answered


@pytest.mark.requirement("scenarios.facts")
def test_a_garbled_answer_and_the_question_itself_are_wrong(
    scenarios: dict[str, Scenario], facts: dict[str, str]
) -> None:
    assert [name for name, text in facts.items() if judged(scenarios[name], garbled(text)).answer] == []
    assert [name for name in facts if judged(scenarios[name], scenarios[name].question).answer] == []


@pytest.mark.requirement("scenarios.facts")
def test_what_cannot_be_answered_stands_nowhere_in_the_world() -> None:
    world = World()
    texts = [
        path.read_text(encoding="utf-8").casefold() for path in WORLD.rglob("*.*") if path.suffix in {".md", ".txt"}
    ]
    for word in ("walter quill", "mural", "lifeboat", "接待", "exchange rate", "euro"):
        assert not any(word in text for text in texts), word
    assert world.rows("select * from staff where name = 'Walter Quill'") == []
    assert world.rows("select * from rainfall where station = 'Brill'") == []
    assert not (WORLD / "files" / "minutes" / "2027-05-council.txt").exists()
    world.close()


@pytest.mark.requirement("scenarios.world")
def test_the_sqlite_file_is_what_its_script_writes(tmp_path: Path) -> None:
    script = WORLD / "make_library.py"
    names: dict[str, object] = {"__file__": str(tmp_path / "make_library.py"), "__name__": "__main__"}
    (tmp_path / "tables").mkdir()
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)
    made, kept = tmp_path / "tables" / "library.sqlite", WORLD / "tables" / "library.sqlite"
    with closing(sqlite3.connect(made)) as one, closing(sqlite3.connect(kept)) as other:
        assert list(one.iterdump()) == list(other.iterdump())


@pytest.mark.requirement("scenarios.world")
def test_the_worlds_texts_are_few_and_short() -> None:
    documents = list((WORLD / "documents").glob("*.md"))
    assert 15 <= len(documents) <= 30
    assert max(path.stat().st_size for path in documents) < 1500
