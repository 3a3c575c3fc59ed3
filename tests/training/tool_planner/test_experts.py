"""Traces of a language model that calls tools, over a real socket: written at once, never asked for twice, counted."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.settings import Settings
from questline.testing import Fault, ScriptedLLM
from questline.testing.replies import ChatRequest, Item
from questline.tools.models.gateway import Gateway
from questline.training.evaluation.rows import read_rows
from questline.training.tool_planner.correct import correct
from questline.training.tool_planner.data import distilled
from questline.training.tool_planner.experts import Expert, gather, main
from questline.training.tool_planner.made import RECORDING, TRACES, made_traces, write_world
from questline.training.tool_planner.plan_text import linked
from questline.training.tool_planner.thought_judge import thought_judge
from questline.training.tool_planner.traces import Trace, called, read_trace
from questline.training.tool_planner.world import World

WORLD = World(towns=4)
MADE = made_traces(WORLD, 12)
BY_QUESTION = {each.question: each for each in MADE}


def plays(request: ChatRequest) -> Item:
    """Answer as the expert of the made-up traces does, one call after the other."""
    text = request.messages[-1].content
    found = re.search(r"Question: (.*)\n", text)
    assert found is not None
    one = BY_QUESTION[found[1]]
    place = len(re.findall(r'^\[\d+\] \{"tool"', text, re.MULTILINE))
    if place == len(one.steps):
        return f"Thought: That is all.\n{json.dumps({'answer': one.answer})}"
    step = one.steps[place]
    action = {"tool": f"{step.server}/{step.tool}", "arguments": called(one, place)}
    return f"Thought: {step.thought}\n{json.dumps(action)}"


def asked(server: ScriptedLLM, *, budget: Budget | None = None, most: int = 8) -> Expert:
    llm = Gateway.build(model="scripted", base_url=server.base_url, retries=0)

    async def play(tool: ToolDefinition, arguments: object) -> object:
        assert isinstance(arguments, dict)
        return WORLD.recorded.call(tool.server, tool.name, arguments)  # pyright: ignore[reportUnknownArgumentType]  # a caller's

    return Expert(llm=llm, tools=WORLD.tools, caller=play, most=most, meter=Meter(budget or Budget()))


def read(path: Path) -> list[Trace]:
    return [read_trace(row) for row in read_rows(path)]


@pytest.mark.requirement("tool-training.experts")
async def test_an_experts_traces_are_what_it_did_and_pass_the_filters(tmp_path: Path) -> None:
    path, questions = tmp_path / TRACES, [each.question for each in MADE]
    with ScriptedLLM(plays) as server:
        found = await gather(asked(server), questions[:5], path)
        assert (found.written, found.kept, found.failed.total()) == (5, 0, 0)
        assert found.usage.calls == len(server.requests) == sum(len(each.steps) + 1 for each in MADE[:5])
        assert (found.usage.tokens_in, found.usage.tokens_out) == (server.billed.tokens_in, server.billed.tokens_out)
        with path.open("a", encoding="utf-8") as file:
            file.write('{"key": "broken off')
        again = await gather(asked(server), questions, path)
        assert (again.written, again.kept) == (len(MADE) - 5, 5)
        quiet = len(server.requests)
        last = await gather(asked(server), questions, path)
        assert (last.kept, last.usage.calls, len(server.requests)) == (len(MADE), 0, quiet)
    traces = read(path)
    assert [each.answer for each in traces] == [each.answer for each in MADE]
    kept, counts = distilled(traces, WORLD.recorded)
    assert (len(kept), counts["discarded"]) == (len(MADE), 0)
    single = [(one, each) for one, each in zip(traces, MADE, strict=True) if not each.needs]
    assert all(linked(one) == each for one, each in single)  # references are found again


@pytest.mark.requirement("tool-training.experts")
async def test_what_goes_wrong_is_counted_and_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / TRACES
    one = next(each for each in MADE if len(each.steps) == 1)
    failing = json.dumps({"tool": "places/mayor", "arguments": {"town": "Nowhere"}})
    with ScriptedLLM([Fault.status(500), "no call", "no call", failing, failing, failing]) as server:
        found = await gather(asked(server, most=2), [one.question, one.question + " ", "who is mayor?"], path)
    assert found.failed == {"backend_unavailable": 1, "bad_model_output": 1}
    assert found.written == 1
    assert found.usage.calls == 6
    [lost] = read(path)
    assert [each.error for each in lost.steps] == ["not_recorded", "not_recorded"]
    assert "failed: not_recorded" in server.requests[4].messages[-1].content
    kinds = {fault.kind for fault in correct(lost, WORLD.recorded.toolbox)}
    assert {"failed_call", "no_answer", "no_thought", "invented_argument"} == kinds


@pytest.mark.requirement("tool-training.experts")
async def test_a_budget_ends_the_asking_and_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / TRACES
    needed = len(MADE[0].steps) + 1
    with ScriptedLLM(plays) as server:
        found = await gather(asked(server, budget=Budget(calls=needed + 1)), [each.question for each in MADE], path)
    assert (found.written, len(read(path)), bool(found.stopped)) == (1, 1, True)
    assert found.usage.calls == needed + 1


def questions_file(folder: Path, questions: Sequence[str]) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("".join(json.dumps({"question": each}) + "\n" for each in questions), encoding="utf-8")
    return path


@pytest.mark.requirement("tool-training.experts")
def test_experts_are_asked_by_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_world(tmp_path, WORLD, [])
    (tmp_path / TRACES).unlink()
    questions = questions_file(tmp_path, [each.question for each in MADE[:3]])
    words = ["--data", str(tmp_path), "--questions", str(questions)]
    assert main(words) == 2
    assert "bad_settings" in capsys.readouterr().err
    with ScriptedLLM(plays) as server:
        assert main([*words, "--model", "scripted", "--base-url", server.base_url]) == 0
    out = capsys.readouterr().out
    assert "3 traces written, 0 were there, 0 questions failed" in out
    assert "discarded: 0" in out
    assert main([*words, "--model", "scripted", "--base-url", "http://127.0.0.1:9/v1", "--steps", "0"]) == 2


@pytest.mark.requirement("tool-training.experts")
def test_servers_are_called_in_earnest_and_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    servers = tmp_path / "mcp.json"
    clock = {"command": sys.executable, "args": ["-P", "-m", "questline.cli", "mcp", "clock"]}
    servers.write_text(json.dumps({"mcpServers": {"clock": clock}}), encoding="utf-8")
    call = {"tool": "calendar", "arguments": {"day": "2031-07-14"}}

    def expert(request: ChatRequest) -> Item:
        seen = "weekday" in request.messages[-1].content.partition("<steps>")[2]
        says = {"answer": "It is a Monday."} if seen else call
        return f"Thought: I ask the calendar.\n{json.dumps(says)}"

    questions = questions_file(tmp_path, ["What day is 14 July 2031?"])
    words = ["--data", str(tmp_path), "--questions", str(questions), "--servers", str(servers), "--model", "scripted"]
    with ScriptedLLM(expert) as server:
        assert main([*words, "--base-url", server.base_url]) == 0
    assert "discarded: 0" in capsys.readouterr().out
    lines = [json.loads(line) for line in (tmp_path / RECORDING).read_text(encoding="utf-8").splitlines()]
    assert [line["tool"] for line in lines if line["kind"] == "call"] == ["calendar"]
    assert {line["declared"]["name"] for line in lines if line["kind"] == "tool"} >= {"calendar", "now"}


@pytest.mark.requirement("tool-training.own")
def test_questline_itself_is_an_expert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = ["-P", "-m", "questline.cli", "mcp"]
    named = {name: {"command": sys.executable, "args": [*own, name]} for name in ("clock", "mathematics")}
    servers = tmp_path / "mcp.json"
    servers.write_text(json.dumps({"mcpServers": named}), encoding="utf-8")
    told = "What's 23 squared, and what weekday is 2027-12-24?"
    questions = questions_file(tmp_path, [told, "Which day of the week was it when nobody was there?"])
    words = ["--data", str(tmp_path / "own"), "--questions", str(questions), "--own"]
    assert main(words) == 2
    assert "--own asks Questline over servers" in capsys.readouterr().err
    words += ["--servers", str(servers)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "2 traces written, 0 were there" in out
    assert "traces: 2\ndiscarded: 1\n" in out
    one, lost = read(tmp_path / "own" / TRACES)
    assert {(each.server, each.tool) for each in one.steps} == {("mathematics", "calculate"), ("clock", "calendar")}
    assert all(each.thought.startswith("I need this: ") and not each.error for each in one.steps)
    assert {each.thought for each in one.steps} == {
        "I need this: What's 23 squared",
        "I need this: what weekday is 2027-12-24",
    }
    assert "529" in one.answer
    assert (lost.question, lost.answer) == ("Which day of the week was it when nobody was there?", "")
    assert main(words) == 0
    assert "0 traces written, 2 were there" in capsys.readouterr().out


@pytest.mark.requirement("tool-training.thoughts")
def test_thoughts_are_judged_by_a_model_once_each(tmp_path: Path) -> None:
    one = next(each for each in MADE if len(each.steps) == 2)
    with ScriptedLLM(["yes", "No: it guesses the town."]) as server:
        settings = Settings(model="embedded", models={"judge": "scripted"}, base_url=server.base_url)
        sound = thought_judge(tmp_path, settings)
        [fault] = correct(one, WORLD.recorded.toolbox, sound=sound)
        assert (fault.kind, fault.step, fault.reason) == ("unsound_thought", "T2", "it guesses the town.")
        assert len(correct(one, WORLD.recorded.toolbox, sound=thought_judge(tmp_path, settings))) == 1
        assert len(server.requests) == 2
    with pytest.raises(UsageError) as refused:
        thought_judge(tmp_path, Settings())
    assert refused.value.code == "bad_settings"
