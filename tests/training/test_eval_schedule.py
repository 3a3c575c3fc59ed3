"""`agents eval schedule`: the plans it reads and makes, the ways it compares, and what failures do."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.training.evaluation.dag_rows import DagRow, generated_dags, read_dags, seconds_of
from questline.training.evaluation.schedule_ways import Servers, ways
from questline.training.evaluation.suites.schedule import ScheduleSuite
from questline.types import Plan, Task

DATA = Path(os.environ.get("QUESTLINE_DATA", "../shared/data"))
FIRST = [
    *("makespan_over_critical_path", "speedup_over_sequential", "speedup_over_supersteps"),
    *("overhead_us_per_task", "completed", "deadline_misses", "n"),
]
OWN = {
    "tasks": [
        {"id": "a", "server": "x"},
        {"id": "b", "server": "y"},
        {"id": "c", "server": "x", "depends_on": ["a"]},
        {"id": "d", "depends_on": ["b", "c"]},
    ]
}


def rows(path: Path, *values: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
    return path


def complextool(dag: str, tools: int = 3) -> dict[str, str]:
    described = {
        str(number): {"description": f'这是工具"server {number % 2}"的子功能，您可以使用此工具。'}
        for number in range(1, tools + 1)
    }
    return {
        "input": json.dumps({"query": "q", "tool_sequence": described}, ensure_ascii=False),
        "output": f'```json\n{{\n    "DAG": "{dag}"\n}}\n```',
    }


def measured(tmp_path: Path, *words: str) -> dict[str, Any]:
    report = tmp_path / "report.json"
    given = ["eval", "schedule", "--latency-ms", "5", *words, "--cache", str(tmp_path / "cache"), "--json", str(report)]
    assert main(given) == 0
    return json.loads(report.read_text("utf-8"))


@pytest.mark.requirement("sched.eval")
def test_plans_are_measured_in_four_ways(tmp_path: Path) -> None:
    plans = rows(tmp_path / "plans.jsonl", OWN, complextool("3->1, 3->2"))
    report = measured(tmp_path, "--tasks", str(plans))
    assert list(report)[: len(FIRST)] == FIRST
    assert (report["n"], report["failed"], report["completed"], report["accounted"]) == (2, 0, 1, 1)
    assert report["makespan_over_critical_path"] >= 1
    assert set(report["ways"]) == {"scheduler", "sequential", "level_barrier", "langgraph"}
    for way in report["ways"].values():
        assert set(way) == set(FIRST[:4])
        assert all(figure > 0 for figure in way.values())
    assert report["ways"]["sequential"]["speedup_over_sequential"] == 1
    assert report["ways"]["langgraph"]["speedup_over_supersteps"] == 1
    assert [item["labels"] for item in report["items"]] == [{"tasks": "4"}, {"tasks": "3"}]
    again = measured(tmp_path, "--tasks", str(plans))
    assert again["run"]["resumed"] == 2


@pytest.mark.requirement("sched.eval")
def test_generated_plans_run_under_slots_and_a_deadline(tmp_path: Path) -> None:
    report = measured(tmp_path, "--generated", "3", "--limit", "1", "--slots", "1", "--deadline", "20", "--seed", "4")
    assert (report["n"], report["completed"], report["deadline_misses"]) == (1, 1, 0)
    assert report["makespan_over_bound"] >= 1
    assert report["run"]["options"]["slots"] == 1
    assert "--slots 1" in report["run"]["command"]


@pytest.mark.requirement("sched.eval")
@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        (["--faults", "1"], {"tasks_failed", "tasks_skipped"}),
        (["--broken", "dead"], {"tasks_done", "tasks_failed", "tasks_skipped"}),
        (["--broken", "hanging", "--deadline", "0.3"], {"tasks_cancelled"}),
    ],
)
def test_with_failures_every_task_is_accounted_for(tmp_path: Path, words: Sequence[str], statuses: set[str]) -> None:
    plans = rows(tmp_path / "plans.jsonl", OWN, OWN)
    report = measured(tmp_path, "--tasks", str(plans), *words)
    assert (report["n"], report["accounted"], report["completed"]) == (2, 1, 0)
    shares = {name: report[f"tasks_{name}"] for name in ("done", "failed", "skipped", "cancelled")}
    assert sum(shares.values()) == pytest.approx(1)
    assert all(report[name] > 0 for name in statuses)
    assert report["makespan_over_critical_path"] is None
    assert report["ways"] == {}


@pytest.mark.requirement("sched.eval")
async def test_every_way_runs_every_task_once_and_none_before_what_it_depends_on() -> None:
    row = generated_dags(3, seed=1)[1]
    befores = {task.id: set(task.depends_on) for task in row.plan.tasks}
    ran: list[str] = []

    class Watched(Servers):
        async def perform(self, task: Task, inputs: Mapping[str, object], deadline_s: float) -> Any:
            assert befores[task.id] <= set(ran)
            outcome = await super().perform(task, inputs, deadline_s)
            ran.append(task.id)
            return outcome

    for way in ways(row.plan, Watched(dict.fromkeys(befores, 0.001), slots=2), slots=2).values():
        ran.clear()
        await way()
        assert sorted(ran) == sorted(befores)


@pytest.mark.requirement("sched.eval")
def test_generated_plans_are_the_same_for_a_seed_and_spread_from_5_to_200_tasks() -> None:
    made = generated_dags(9, seed=3)
    assert made == generated_dags(9, seed=3)
    assert made != generated_dags(9, seed=4)
    sizes = [len(row.plan.tasks) for row in made]
    assert (sizes[0], sizes[-1], sizes) == (5, 200, sorted(sizes))
    for row in made:
        place = {task.id: number for number, task in enumerate(row.plan.tasks)}
        assert all(place[before] < place[after] for before, after in row.plan.edges)
    times = seconds_of(made[0], seed=1, median_s=0.1, sigma=0.5)
    assert times == seconds_of(made[0], seed=1, median_s=0.1, sigma=0.5)
    assert times != seconds_of(made[0], seed=2, median_s=0.1, sigma=0.5)


@pytest.mark.requirement("sched.eval")
def test_the_critical_path_is_the_longest_way() -> None:
    tasks = (Task(id="b", intent="", depends_on=("a",)), Task(id="a", intent=""), Task(id="c", intent=""))
    row = DagRow(id="1", plan=Plan(tasks=tasks))
    assert row.critical_s({"a": 1.0, "b": 2.0, "c": 2.5}) == 3.0


@pytest.mark.requirement("sched.eval")
def test_a_known_sets_plans_are_read_as_they_are(tmp_path: Path) -> None:
    (row,) = read_dags(rows(tmp_path / "plans.jsonl", complextool("1->2, 1->2, 3->2", tools=4)))
    assert row.plan.tasks == (
        Task(id="1", intent="", server="server 1"),
        Task(id="2", intent="", server="server 0", depends_on=("1", "3")),
        Task(id="3", intent="", server="server 1"),
        Task(id="4", intent="", server="server 0"),
    )


@pytest.mark.requirement("sched.eval")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"tasks": []}, "tasks"),
        ({"tasks": "none"}, "tasks"),
        ({"tasks": [{"server": "x"}]}, "id"),
        ({"tasks": [{"id": "a", "depends_on": ["b"]}]}, "depends_on"),
        ({"tasks": [{"id": "a"}, {"id": "a"}]}, "tasks"),
        (complextool("1->2, 2->1"), "tasks"),
        (complextool("1-2"), "output"),
        (complextool("1->9"), "output"),
        ({"input": "no JSON", "output": "{}"}, "input"),
        ({"input": "[]", "output": "{}"}, "input"),
        ({"input": "{}", "output": "{}"}, "input"),
        ({"input": '{"tool_sequence": {"1": {}}}', "output": "{}"}, "output"),
    ],
)
def test_a_row_that_is_no_plan_is_refused_by_line_and_field(
    tmp_path: Path, row: Mapping[str, object], field: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read_dags(rows(tmp_path / "plans.jsonl", OWN, row))
    assert refused.value.code == "bad_data"
    assert (refused.value.fields["line"], refused.value.fields["field"]) == (2, field)


@pytest.mark.requirement("sched.eval")
def test_a_file_without_plans_and_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_dags(rows(tmp_path / "plans.jsonl"))
    for words in (["--broken", "x"], ["--faults", "1.5"], ["--deadline", "0"], ["--latency-ms", "0"], ["--slots", "0"]):
        assert main(["eval", "schedule", *words, "--cache", str(tmp_path)]) == 2


@pytest.mark.data
@pytest.mark.requirement("sched.eval")
def test_every_plan_of_the_data_set_is_read() -> None:
    plans = read_dags(DATA / "tools/complextool_plan_easy.jsonl.gz")
    sizes = [len(row.plan.tasks) for row in plans]
    assert {size: sizes.count(size) for size in set(sizes)} == {2: 189, 3: 170, 4: 141}


@pytest.mark.requirement("sched.eval")
def test_a_failing_call_is_a_failed_task_and_not_a_failed_row(tmp_path: Path) -> None:
    suite = ScheduleSuite(tasks=rows(tmp_path / "p.jsonl", OWN), faults=1.0, latency_ms=1)
    (row,) = suite.load()
    outcome = asyncio.run(suite.run(row))
    assert outcome.scores["tasks_failed"] == 0.5
    assert outcome.scores["tasks_skipped"] == 0.5
