from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.training.evaluation.plan_metrics import chain, f1, nodes
from questline.training.evaluation.plan_rows import CallTask, PlanTask, read_dag, read_plan_rows

IDS = st.sampled_from("abcd")
EDGES = st.frozensets(st.tuples(IDS, IDS), max_size=6)


def plan_row(query: str, tools: dict[str, Any], dag: str) -> dict[str, object]:
    asked = {"query": query, "tool_sequence": tools}
    output = f"```json\n{json.dumps({'DAG': dag})}\n```"
    return {"instruction": "plan", "input": json.dumps(asked), "output": output}


def described(name: str, *needs: str) -> dict[str, object]:
    schema = {"type": "object", "properties": {each: {"type": "string"} for each in needs}, "required": list(needs)}
    return {"name": name, "description": '这是工具"rail"的子功能。此功能的描述是："a list"', "inputSchema": schema}


ROWS = [
    plan_row(
        "Show all stations, then departures",
        {"1": described("departures", "station_id"), "2": described("stations_list")},
        "2->1",
    ),
    plan_row(
        "Find a book and then its reviews",
        {"1": described("search_books", "q"), "2": described("book_reviews", "book_id")},
        "1->2, 1->2",
    ),
]
CALLS = {
    "input": "Find flights from Oslo to Rome",
    "output": [
        {"name": "SearchAirport", "arguments": {"query": "Oslo"}, "label": "var1"},
        {"name": "SearchAirport", "arguments": {"query": "Rome"}, "label": "var2"},
        {
            "name": "Flights",
            "arguments": {"originSkyId": "$var1.skyId$", "destinationSkyId": "$var2.skyId$"},
            "label": "var3",
        },
        {"name": "var_result", "arguments": {"flights": "$var3$", "c_total": "$var1.a b.c$ + $var2.a b.c$"}},
    ],
}


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def evaluate(tmp_path: Path, tasks: Path, *more: str) -> dict[str, Any]:
    report = tmp_path / "report.json"
    words = ["eval", "plans", "--tasks", str(tasks), "--json", str(report), "--cache", str(tmp_path / "cache"), *more]
    assert main(words) == 0
    return json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.requirement("tura.plan.evaluation")
def test_plans_are_scored_beside_both_chains(tmp_path: Path) -> None:
    report = evaluate(tmp_path, write(tmp_path / "plans.jsonl", ROWS))
    assert {name: report[name] for name in ("node_f1", "edge_f1", "exact", "invalid", "n")} == {
        "node_f1": 1.0,
        "edge_f1": 1.0,
        "exact": 1.0,
        "invalid": 0.0,
        "n": 2,
    }
    assert report["forward_chain"]["edge_f1"] == report["reversed_chain"]["exact"] == 0.5
    assert sum(part["n"] for part in report["parts"].values()) == 2


@pytest.mark.requirement("tura.plan.evaluation")
def test_outputs_that_cannot_be_read_count_as_wrong(tmp_path: Path) -> None:
    tasks = write(tmp_path / "plans.jsonl", [ROWS[0]] * 5)
    texts = ['{"DAG": "2->1"}', '```json\n{"DAG": "1->2"}\n```', "2->1", '{"DAG": "2->7"}', None]
    outputs = write(tmp_path / "outputs.jsonl", [{"output": text} for text in texts])
    report = evaluate(tmp_path, tasks, "--method", "outputs", "--outputs", str(outputs))
    assert (report["invalid"], report["edge_f1"], report["exact"], report["node_f1"]) == (0.6, 0.2, 0.2, 0.4)


@pytest.mark.requirement("tura.plan.evaluation")
def test_references_are_scored_against_the_field_that_was_meant(tmp_path: Path) -> None:
    report = evaluate(tmp_path, write(tmp_path / "calls.jsonl", [CALLS]))
    assert report["references"] == 5
    assert report["reference_accuracy"] == 1.0
    assert report["nearest_accuracy"] == 0.2
    tasks = read_plan_rows(tmp_path / "calls.jsonl")
    task = tasks[0]
    assert isinstance(task, CallTask)
    assert task.marks[-1].meant == (("var1", ("a b", "c")), ("var2", ("a b", "c")))
    assert task.calls[0].tool.output_schema == {
        "type": "object",
        "properties": {"skyId": {}, "a b": {"type": "object", "properties": {"c": {}}}},
    }


@pytest.mark.requirement("tura.plan.evaluation")
def test_rows_are_read_as_they_are_and_faults_name_line_and_field(tmp_path: Path) -> None:
    row = read_plan_rows(write(tmp_path / "plans.jsonl", ROWS))[1]
    assert isinstance(row, PlanTask)
    assert row.edges == {("1", "2")}
    assert (row.chosen[0].tool.server, row.chosen[0].tool.description) == ("rail", "a list")
    for bad, field in (
        ({**ROWS[0], "input": "{"}, "input"),
        ({**ROWS[0], "input": "{}"}, "input"),
        ({**ROWS[0], "output": "2->1"}, "output"),
        (plan_row("x", {"1": {"name": "y"}}, ""), "input"),
    ):
        with pytest.raises(UsageError) as error:
            read_plan_rows(write(tmp_path / "bad.jsonl", [ROWS[0], bad]))
        assert (error.value.code, error.value.fields["line"], error.value.fields["field"]) == ("bad_data", 2, field)
    with pytest.raises(UsageError):
        read_plan_rows(write(tmp_path / "empty.jsonl", []))


@pytest.mark.requirement("tura.plan.evaluation")
def test_a_wrong_method_or_missing_outputs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = write(tmp_path / "plans.jsonl", ROWS)
    few = write(tmp_path / "few.jsonl", [{"output": "x"}])
    for words in (
        ["--method", "magic"],
        ["--method", "outputs"],
        ["--outputs", str(few)],
        ["--method", "outputs", "--outputs", str(few)],
    ):
        assert main(["eval", "plans", "--tasks", str(tasks), "--cache", str(tmp_path / "cache"), *words]) == 2
    assert "outputs" in capsys.readouterr().err


@pytest.mark.requirement("tura.plan.evaluation")
@given(given_edges=EDGES, right=EDGES)
def test_f1_is_symmetric_and_one_for_the_same(
    given_edges: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]
) -> None:
    assert f1(given_edges, given_edges) == 1.0
    assert f1(given_edges, right) == f1(right, given_edges)
    assert 0.0 <= f1(given_edges, right) <= 1.0
    assert (f1(given_edges, right) == 1.0) == (given_edges == right)


@pytest.mark.requirement("tura.plan.evaluation")
@given(text=st.text(max_size=40), edges=EDGES)
def test_any_text_is_a_dag_or_none(text: str, edges: frozenset[tuple[str, str]]) -> None:
    read_dag(text)
    written = ", ".join("->".join(edge) for edge in sorted(edges))
    assert read_dag(json.dumps({"DAG": written})) == edges
    assert read_dag(json.dumps({"DAG": f"{written} -> "})) is None
    assert nodes(chain("abc")) == {"a", "b", "c"}
