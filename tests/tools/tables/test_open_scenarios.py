"""The open scenarios that tables alone answer, asked of `look_up` need by need; no table is named."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from questline.agents.intents import split
from questline.tools.tables import Found, Limits, Tables
from questline.training.evaluation.scenario_rows import Scenario
from questline.training.evaluation.scenarios import read_scenarios

pytestmark = pytest.mark.slow
SCENARIOS = Path(__file__).parents[2] / "scenarios"
ALONE = [row for row in read_scenarios(SCENARIOS / "open.jsonl") if row.servers == ("tables",)]
AT = datetime(2027, 3, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> Generator[Tables]:
    files = {path.stem: path for path in sorted((SCENARIOS / "world" / "tables").iterdir())}
    with Tables.open(files, seconds=100) as tables:
        yield tables


@pytest.mark.requirement("tables.soft", "tables.chosen", "tables.joined")
@pytest.mark.parametrize("row", ALONE, ids=[row.id for row in ALONE])
def test_a_scenario_of_tables_alone(world: Tables, row: Scenario) -> None:
    said: list[str] = []
    for need in split(row.question).texts:
        answer = world.look_up(need, limits=Limits(seconds=60), today=AT.date())
        said += (
            [" ".join(map(str, cells)) for cells in answer.rows.rows]
            if isinstance(answer, Found)
            else list(answer.words)
        )
    text = "; ".join(said)
    assert list(row.expect.answer.faults(text, AT)) == []
    if row.kind == "impossible":
        assert all(word.lower() in text for forms in row.expect.missing for word in forms[0].split())
