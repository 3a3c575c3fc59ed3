"""`agents eval plans` and `agents eval calls` of a language model: a served one, or a folder that is run here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.testing import ChatRequest, ScriptedLLM
from questline.training.tool_planner.made import made_traces, write_world
from questline.training.tool_planner.plan_text import trace_lines
from questline.training.tool_planner.traces import Trace
from questline.training.tool_planner.world import World

pytestmark = pytest.mark.requirement("tool-training.suites")
WORLD = World(towns=4)
TRACES = made_traces(WORLD, 12, most=2)


def ran(folder: Path, suite: str, *words: str) -> Any:
    out = folder / "out.json"
    words = ("eval", suite, "--cache", str(folder / "cache"), "--json", str(out), *words)
    assert main(words) == 0
    return json.loads(out.read_bytes())


def dag_row(query: str, dag: str, **more: object) -> dict[str, object]:
    schema: dict[str, object] = {"type": "object", "properties": {}}
    tools = {number: {"name": f"t{number}", "description": "a list", "inputSchema": schema} for number in "12"}
    return {"input": json.dumps({"query": query, "tool_sequence": tools}), "output": json.dumps({"DAG": dag}), **more}


def write(path: Path, *rows: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def text_of(request: ChatRequest) -> str:
    messages: Any = request.body["messages"]
    return str(messages[-1]["content"])


def test_a_model_plans_the_rows_of_a_set_as_the_set_asks(tmp_path: Path) -> None:
    rows = [dag_row("one", "1->2", instruction="Make a DAG."), dag_row("two", "2->1"), dag_row("three", "1->2")]
    told = {"one": '```json\n{"DAG": "1->2"}\n```', "two": '{"DAG": "1->2"}', "three": "I cannot."}
    tasks = write(tmp_path / "plans.jsonl", *rows)

    def says(request: ChatRequest) -> str:
        return next(text for name, text in told.items() if f'"{name}"' in text_of(request))

    with ScriptedLLM(says) as server:
        report = ran(tmp_path, "plans", "--tasks", str(tasks), "--model", "m", "--base-url", server.base_url)
        asked = [text_of(each) for each in server.requests]
    assert (report["exact"], report["invalid"], report["failed"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3), 0)
    assert any(text.startswith("Make a DAG.\n") for text in asked)
    assert sum('{"DAG": "1->2, 2->3"}, by the numbers' in text for text in asked) == 2
    assert "--method llm --model m" in report["run"]["command"]
    assert report["items"][0]["cost"]["calls"] == 1


def test_a_model_calls_functions_as_the_executor_does(tmp_path: Path) -> None:
    fold = {
        "name": "fold_box",
        "description": "Fold a box.",
        "parameters": {"type": "dict", "properties": {"width": {"type": "integer"}}, "required": ["width"]},
    }
    truth = [{"fold_box": {"width": [3]}}]
    rows = [
        {"question": [[{"role": "user", "content": question}]], "function": [fold], "ground_truth": right}
        for question, right in (
            ("quince", truth),
            ("medlar", truth),
            ("sorrel", truth),
            ("fennel", None),
            ("burdock", truth),
        )
    ]
    told = {
        "quince": '{"tool": "fold_box", "arguments": {"width": 3}}',
        "medlar": '{"tool": "fold_box", "arguments": {"width": 4}}',
        "sorrel": '{"done": true}',
        "fennel": '{"done": true}',
        "burdock": "well",
    }
    tasks = write(tmp_path / "calls.jsonl", *rows)
    with ScriptedLLM(lambda request: next(text for name, text in told.items() if name in text_of(request))) as server:
        report = ran(tmp_path, "calls", "--tasks", str(tasks), "--model", "m", "--base-url", server.base_url)
    assert (report["failed"], report["n"], report["irrelevance_accuracy"]) == (0, 5, 1.0)
    assert (report["ast_accuracy"], report["function_accuracy"], report["false_refusal"]) == (0.25, 0.5, 0.25)


def test_a_served_planner_plans_traces_and_its_plans_are_run(tmp_path: Path) -> None:
    write_world(tmp_path / "world", WORLD, TRACES)
    by_question = {each.question: each for each in TRACES}

    def says(request: ChatRequest) -> str:
        text = text_of(request)
        trace: Trace = max(
            (by_question[name] for name in by_question if name in text), key=lambda one: len(one.question)
        )
        return trace_lines(trace, WORLD.tools) if trace is not TRACES[0] else "nothing"

    with ScriptedLLM(says) as server:
        words = ["--tasks", str(tmp_path / "world"), "--model", "m", "--base-url", server.base_url]
        report = ran(tmp_path, "plans", *words)
    wrong = 1 / len(TRACES)
    assert report["n"] == len(TRACES)
    assert report["exact_plans"] == report["executed"] == pytest.approx(1 - wrong)
    assert report["unparsable"] == pytest.approx(wrong)


@pytest.mark.slow
def test_a_folder_is_run_here(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the model is run with torch (extra train)")
    from questline.training.tuning.made import Size, made_model, made_tokenizer
    from questline.training.tuning.models import write_model

    tokenizer = made_tokenizer(["a"], 300)
    model = made_model(Size(width=16, layers=1, heads=2, vocabulary=len(tokenizer), context=4096), tokenizer)
    write_model(model, tokenizer, tmp_path / "made")
    write_world(tmp_path / "world", WORLD, TRACES[:2])
    local = ["--model", str(tmp_path / "made"), "--limit", "1"]
    report = ran(tmp_path, "plans", "--tasks", str(tmp_path / "world"), *local)
    assert (report["failed"], report["unparsable"]) == (0, 1.0)
    assert report["run"]["prompts"] == {"tool_planner": "bare"}
    tasks = write(tmp_path / "plans.jsonl", dag_row("one", "1->2"))
    assert ran(tmp_path, "plans", "--tasks", str(tasks), *local)["invalid"] == 1.0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["plans", "--method", "local"], "give --model a folder or an ID"),
        (["plans", "--model", "./nowhere"], "error[unknown_model]: the model './nowhere'"),
        (["calls", "--model", "/nowhere/at/all"], "error[unknown_model]: the model '/nowhere/at/all'"),
        (["plans", "--method", "words", "--model", "m"], "--method words asks none"),
        (["calls", "--method", "words", "--model", "m"], "--method words asks none"),
        (["plans", "--method", "llm"], "error[bad_settings]: --method llm asks the model of the role 'tool_planner'"),
        (["calls", "--method", "others"], "others"),
    ],
)
def test_what_asks_no_model_is_refused(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite, *more = words
    call: dict[str, object] = {"question": "x", "function": [], "ground_truth": None}
    row = dag_row("one", "1->2") if suite == "plans" else call
    tasks = write(tmp_path / "tasks.jsonl", row)
    assert main(["eval", suite, "--tasks", str(tasks), "--cache", str(tmp_path / "cache"), *more]) == 2
    assert says in " ".join(capsys.readouterr().err.split())


def test_a_folder_of_traces_asks_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_world(tmp_path / "world", WORLD, TRACES[:2])
    assert main(["eval", "plans", "--tasks", str(tmp_path / "world"), "--cache", str(tmp_path / "cache")]) == 2
    assert "a folder of traces asks a language model" in capsys.readouterr().err
