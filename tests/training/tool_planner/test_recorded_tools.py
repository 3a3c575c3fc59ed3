"""Tools that answer from what the gateway recorded, and the chats that are taught: those that are served."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from questline.agents.contract import Context
from questline.agents.tool_executor.acting import Action, act
from questline.agents.tool_executor.calls import Call
from questline.agents.tool_planner.embedded import EmbeddedPlanner
from questline.agents.tool_planner.llm import LLMPlanner
from questline.budget import Budget, Meter
from questline.errors import RunError, UsageError
from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
from questline.mcp_servers.gateway.gateway import Gateway as Servers
from questline.testing import ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.training.tool_planner.data import read_examples
from questline.training.tool_planner.made import RECORDING, TRACES, made_traces, main, write_world
from questline.training.tool_planner.plan_text import intents_of, read_plan, trace_lines
from questline.training.tool_planner.prompts import ExecutorPrompts, PlannerPrompts, action_text, shelf
from questline.training.tool_planner.recorded import Recorded
from questline.training.tool_planner.traces import Trace, plan_of
from questline.training.tool_planner.world import World
from questline.types import Plan, Task

WORLD = World(towns=4)
MADE = made_traces(WORLD)
CHAIN = next(each for each in MADE if each.question == "what is the weather in the twin of Varn?")
TWO = next(each for each in MADE if len(each.needs) == 2)


def counting() -> ServerConfiguration:
    made = MCPServer("counting", log_level="CRITICAL")

    @made.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def double(number: int) -> dict[str, int]:
        """Double a number."""
        if number < 0:
            raise ValueError("it is below 0")
        return {"doubled": 2 * number}

    del double
    return ServerConfiguration.in_memory("counting", made)


@pytest.mark.requirement("tool-training.recorded")
async def test_what_the_gateway_recorded_answers_again_and_nothing_else_does(tmp_path: Path) -> None:
    path = tmp_path / "recording.jsonl"
    async with Servers(Configuration.of(counting()), record=path) as gateway:
        for number in (1, 2, 1, -1):
            await gateway.call("counting", "double", {"number": number})
    recorded = Recorded.read(path)
    assert [tool.qualified for tool in recorded.tools] == ["counting/double"]
    assert len(recorded) == 3
    assert recorded.call("counting", "double", {"number": 2}) == {"doubled": 4}
    assert recorded.told("counting", "double", {"number": -1}) is None
    for given, code in (({"number": -1}, "tool_failed"), ({"number": 7}, "not_recorded")):
        with pytest.raises(RunError) as caught:
            recorded.call("counting", "double", given)
        assert caught.value.code == code
    for server, name, given in (("counting", "double", {"number": "two"}), ("counting", "treble", {"number": 2})):
        with pytest.raises(UsageError) as refused:
            recorded.call(server, name, given)
        assert refused.value.code == "bad_argument"


@pytest.mark.requirement("tool-training.executes")
async def test_a_plan_runs_on_recorded_tools_and_what_fails_ends_what_needs_it() -> None:
    run = await WORLD.recorded.run(plan_of(CHAIN))
    assert run.complete
    assert [run.outcomes[f"T{n + 1}"].result for n in range(3)] == [each.result for each in CHAIN.steps]
    first, second, third = plan_of(CHAIN).tasks
    lost = Task(id="T1", intent="", server=first.server, tool=first.tool, arguments={"town": "Nowhere"})
    run = await WORLD.recorded.run(Plan(tasks=(lost, second, third)))
    assert (run.outcomes["T1"].status, run.outcomes["T1"].code) == ("failed", "not_recorded")
    assert {run.outcomes[name].status for name in ("T2", "T3")} == {"skipped"}


@pytest.mark.requirement("tool-training.made")
async def test_a_made_world_is_a_recording_that_the_gateway_replays(tmp_path: Path) -> None:
    write_world(tmp_path, WORLD, MADE)
    replayed = Recorded.read(tmp_path / RECORDING)
    assert [tool.digest for tool in replayed.tools] == [tool.digest for tool in WORLD.tools]
    found = read_examples(tmp_path)
    assert sorted([*found.train, *found.held], key=str) == sorted(MADE, key=str)
    assert found.held
    server = ServerConfiguration(name="places", kind="stdio", command="never-started")
    async with Servers(Configuration.of(server), replay=tmp_path / RECORDING) as gateway:
        told = await gateway.call("places", "mayor", {"town": "Varn"})
    assert told.structured == WORLD.recorded.call("places", "mayor", {"town": "Varn"})


@pytest.mark.requirement("tool-training.made")
def test_worlds_are_made_by_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path), "--questions", "20", "--calls", "2"]) == 0
    assert "20 traces" in capsys.readouterr().out
    assert max(len(each.steps) for each in read_examples(tmp_path).train) <= 2
    assert main(["--out", str(tmp_path), "--questions", "-1"]) == 2
    assert "bad_argument" in capsys.readouterr().err


@pytest.mark.requirement("tool-training.refuses")
def test_a_folder_that_holds_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as missing:
        read_examples(tmp_path)
    assert missing.value.code == "file_not_found"
    write_world(tmp_path, WORLD, MADE[:3])
    lines = (tmp_path / TRACES).read_text(encoding="utf-8").splitlines()
    odd = ['{"question": "q"}', '{"question": "q", "steps": [{"tool": "mayor"}], "answer": ""}', '{"steps": []}']
    (tmp_path / TRACES).write_text("\n".join([*odd, *lines, odd[0]]), encoding="utf-8")
    with pytest.raises(UsageError) as misfits:
        read_examples(tmp_path)
    assert misfits.value.fields["rows"] == [1, 2, 3, 7]
    assert "4 of 7 rows do not fit" in misfits.value.message
    assert "and 1 more" in misfits.value.message
    kept = read_examples(tmp_path, skip=True)
    assert kept.counts["rows left out"] == 4
    (tmp_path / TRACES).write_text('{"question": "q", "steps": [], "answer": "a"}', encoding="utf-8")
    with pytest.raises(UsageError, match="no_step 1"):
        read_examples(tmp_path)
    (tmp_path / RECORDING).write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError) as broken:
        read_examples(tmp_path)
    assert broken.value.code == "bad_data"


def gateway_of(server: ScriptedLLM) -> Gateway:
    return Gateway.build(model="scripted", base_url=server.base_url, retries=0)


def told(messages: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["role"], each["content"]) for each in messages]


@pytest.mark.requirement("tool-training.form")
@pytest.mark.parametrize("trace", [CHAIN, TWO], ids=["one need", "two needs"])
def test_a_planner_is_taught_with_the_chat_that_is_served_and_its_plan_is_read(trace: Trace) -> None:
    candidates = shelf(WORLD.tools, trace, 8)
    assert len(candidates) == 8
    text = trace_lines(trace, WORLD.tools)
    with ScriptedLLM(text) as server:
        planner = LLMPlanner(
            Context(meter=Meter(Budget()), llm=gateway_of(server)), EmbeddedPlanner(reader=None, encoder=None)
        )
        intents = intents_of(trace)
        asked = planner.plan(trace.question, intents, [candidates] * len(intents.items), deadline_s=30.0)
        planned = asyncio.run(asked)
        served = [(each.role, each.content) for each in server.requests[0].messages]
    assert told(PlannerPrompts.of("full").messages(trace, candidates)) == served
    assert [task.arguments for task in planned.plan.tasks] == [step.arguments for step in trace.steps]
    assert planned.backend == "llm"
    found = read_plan(text, trace, {(tool.server, tool.name): tool for tool in WORLD.tools})
    assert found is not None
    assert [found.serves[f"T{place + 1}"] for place in range(len(trace.steps))] == [step.needs for step in trace.steps]


@pytest.mark.requirement("tool-training.form")
async def test_an_executor_is_taught_with_the_chat_that_is_served_but_for_the_mark() -> None:
    tools = [each.tool for each in shelf(WORLD.tools, CHAIN, 6)]
    first = CHAIN.steps[0]
    task = Task(id="T1", intent=CHAIN.question, server=first.server, tool=first.tool, arguments=first.arguments)

    async def make(action: Action, number: int) -> Call:
        given: Mapping[str, Any] = action.arguments
        value = WORLD.recorded.call(action.tool.server, action.tool.name, given)
        return Call(id=f"c{number}", definition=action.tool, arguments=given, value=value, at="")

    with ScriptedLLM([action_text(CHAIN, place) for place in range(4)]) as server:
        context, made = Context(meter=Meter(Budget())), list[Call]()
        acted = await act(
            task, first.arguments, tools, context, gateway_of(server), steps=8, thinking="off", make=make, made=made
        )
        served = [[(each.role, each.content) for each in one.messages] for one in server.requests]
    assert [call.definition.name for call in acted.calls] == [step.tool for step in CHAIN.steps]
    prompts = ExecutorPrompts.of("full")
    for place in range(4):
        chat = told(prompts.messages(CHAIN, place, tools, thinks=False, planned=True))
        assert [*chat[:-1], (chat[-1][0], chat[-1][1].removesuffix("\nWrite the call alone."))] == served[place]
    assert prompts.messages(CHAIN, 1, tools, thinks=True)[-1]["content"].endswith("on the next line the call.")


@pytest.mark.requirement("tool-training.form")
def test_prompts_are_written_as_the_settings_take_them(tmp_path: Path) -> None:
    from importlib.resources import files

    from questline.tools.models.prompts import load

    PlannerPrompts.of("short").write(tmp_path, "tool-planner-sft")
    ExecutorPrompts.of("plain").write(tmp_path, "executor-sft")
    home = files("questline.agents") / "prompts"
    planner = load("tool_planner", home / "tool_planner.md", tmp_path / "tool_planner.md")
    executor = load("tool_executor", home / "tool_executor.md", tmp_path / "tool_executor.md")
    assert (planner.system, len(planner.turns)) == ("", 1)
    assert executor.turns[-1][1].endswith("Write the call alone.")
    assert executor.system.startswith("You carry out one task")
