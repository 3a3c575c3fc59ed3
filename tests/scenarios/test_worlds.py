"""The files of the worlds written blind: well-formed, and each expectation found again in its world.

What stands nowhere in a world is in its `absent.json`, so that nobody reads here what a question is about.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.judging import kept_and_made, taken_wrongly, unconfirmed
from tests.scenarios.world_facts import World

from questline.training.evaluation.scenarios import Scenario, read_scenarios

SERVERS = {"tables", "clock", "mathematics", "files", "documents"}
KINDS = {"single": 18, "parallel": 10, "chained": 12, "mixed": 12, "impossible": 8}
LEVELS = {"easy": 30, "middling": 18, "hard": 12}


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A world with its questions, and the answers worked out of it."""

    name: str
    folder: Path
    world: World
    scenarios: dict[str, Scenario]
    facts: Mapping[str, str]
    absent: Mapping[str, Any]


@pytest.fixture(
    scope="module",
    params=["second", "third", "fourth", "fifth", "sixth", "seventh"],
)
def suite(request: pytest.FixtureRequest) -> Generator[Suite]:
    name = str(request.param)
    folder = Path(__file__).parent / name
    world = World(folder)
    facts = import_module(f"tests.scenarios.{name}.facts").FACTS
    yield Suite(
        name=name,
        folder=folder,
        world=world,
        scenarios={one.id: one for one in read_scenarios(folder / "questions.jsonl")},
        facts={name: str(fact(world)) for name, fact in facts.items()},
        absent=json.loads((folder / "absent.json").read_text(encoding="utf-8")),
    )
    world.close()


@pytest.mark.requirement(
    "scenarios.second", "scenarios.third", "scenarios.fourth", "scenarios.fifth", "scenarios.sixth", "scenarios.seventh"
)
def test_a_suite_has_each_kind_and_server_in_its_share(suite: Suite) -> None:
    scenarios = suite.scenarios
    assert Counter(scenario.kind for scenario in scenarios.values()) == KINDS
    if suite.name != "second":
        assert Counter(scenario.level for scenario in scenarios.values()) == LEVELS
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


@pytest.mark.requirement(
    "scenarios.second", "scenarios.third", "scenarios.fourth", "scenarios.fifth", "scenarios.sixth", "scenarios.seventh"
)
def test_a_world_confirms_each_expected_answer(suite: Suite) -> None:
    asked = suite.scenarios.items()
    wanted = {name for name, one in asked if one.kind != "impossible" or "partial" in one.expect.status[:1]}
    assert set(suite.facts) == wanted
    assert unconfirmed(suite.scenarios, suite.facts) == {}


@pytest.mark.requirement(
    "scenarios.second", "scenarios.third", "scenarios.fourth", "scenarios.fifth", "scenarios.sixth", "scenarios.seventh"
)
def test_garbled_answers_questions_and_each_others_answers_are_wrong(suite: Suite) -> None:
    assert taken_wrongly(suite.scenarios, suite.facts) == []


@pytest.mark.requirement(
    "scenarios.second", "scenarios.third", "scenarios.fourth", "scenarios.fifth", "scenarios.sixth", "scenarios.seventh"
)
def test_what_cannot_be_answered_stands_nowhere_in_the_world(suite: Suite) -> None:
    files = [path for path in suite.folder.rglob("*.*") if path.parent != suite.folder and path.suffix != ".sqlite"]
    texts = [path.read_text(encoding="utf-8").casefold() for path in files if path.suffix != ".pyc"]
    assert len(texts) > 20
    for word in suite.absent["words"]:
        assert not any(word in text for text in texts), word
    for query in suite.absent["queries"]:
        assert suite.world.rows(query) == []
    for file in suite.absent["files"]:
        assert not (suite.folder / file).exists(), file


@pytest.mark.requirement(
    "scenarios.second", "scenarios.third", "scenarios.fourth", "scenarios.fifth", "scenarios.sixth", "scenarios.seventh"
)
def test_a_sqlite_file_is_what_its_script_writes(suite: Suite, tmp_path: Path) -> None:
    [script] = suite.folder.glob("make_*.py")
    kept, made = kept_and_made(script, f"{script.stem.removeprefix('make_')}.sqlite", tmp_path)
    assert kept == made
    assert kept
