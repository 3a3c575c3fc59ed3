"""Three loops over one scripted model: they answer alike, and differ in what they ask for."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.testing import ChatRequest, Reply, ScriptedLLM
from questline.testing.loops.comparing import LOOPS, Setting, compared
from questline.testing.loops.compiler_way import CompilerLoop, compiler_models
from questline.testing.loops.outcome import Said, served, wrong
from questline.testing.loops.questions import SHAPES, Question, Ref, drawn, makes
from questline.testing.loops.script import COMPILER_JOINER, COMPILER_PLANNER, ModelScript, Pace
from questline.testing.loops.servers import Tools, opened
from questline.testing.tool_loops import main

QUICK = Pace(first_s=0.0, token_s=0.0)
SHAPE = st.sampled_from(SHAPES)


@pytest.mark.requirement("peers.questions")
@given(SHAPE, st.integers(0, 10_000))
def test_a_question_has_one_right_plan_and_its_needs_stand_in_it(shape: tuple[str, int], seed: int) -> None:
    question = drawn(*shape, seed=seed)  # pyright: ignore[reportArgumentType]  # because the pairs of SHAPES are typed
    assert question == drawn(*shape, seed=seed)  # pyright: ignore[reportArgumentType]  # as above
    assert len(question.calls) == shape[1]
    known: dict[str, str | int] = {}
    for call in question.calls:
        assert set(call.waits_for) <= known.keys()
        filled = {name: known[each.call] if isinstance(each, Ref) else each for name, each in call.given.items()}
        assert filled == call.arguments
        assert call.value == makes(call.tool, filled)
        known[call.id] = call.value
    for need in question.needs:
        assert need.text.casefold() in question.text.casefold()
        assert known[need.last] == need.value
    assert {call.need for call in question.calls} == set(range(len(question.needs)))


@pytest.mark.requirement("peers.questions")
def test_there_are_over_forty_different_questions_of_eleven_shapes() -> None:
    questions = Setting(per_shape=4, pace=QUICK, median_s=0.001).questions
    assert len({question.text for question in questions}) == len(questions) >= 40
    assert len(SHAPES) == 11
    assert {size for _, size in SHAPES} == {1, 2, 4, 8}
    other = Setting(per_shape=4, pace=QUICK, median_s=0.001, seed=100).questions
    assert not {question.text for question in questions} & {question.text for question in other}


def question_of(shape: str, size: int) -> Question:
    return next(drawn(*each, seed=0) for each in SHAPES if each == (shape, size))


@pytest.mark.slow
@pytest.mark.requirement("peers.loops")
async def test_all_loops_answer_three_questions_with_the_requests_of_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("questline.testing.loops.comparing.SHAPES", (("single", 1), ("diamond", 4), ("mixed", 8)))
    setting = Setting(per_shape=1, pace=QUICK, median_s=0.001)
    assert [question.size for question in setting.questions] == [1, 4, 8]
    ended: list[None] = []
    results = await compared(setting, lambda: ended.append(None))
    assert len(ended) == setting.runs
    assert list(results) == list(LOOPS)
    for name in LOOPS:
        assert [one.answered for one in results[name].asked] == [1, 1, 4], name
        assert [one.calls for one in results[name].asked] == [1, 4, 8], name
    requests = {name: [one.usage.calls for one in results[name].asked] for name in LOOPS}
    assert requests["graph"] == [2, 2, 2]
    assert requests["graph_every_role"] == [3, 3, 3]  # intents, plan, answer: the plan says all arguments
    assert requests["compiler"] == [2, 2, 2]
    assert requests["react"] == [2, 4, 4]
    assert requests["react_single"] == [2, 5, 9]
    for name in LOOPS:
        told = results[name].timed(results["graph"])
        assert told["n"] == 3
        assert told["seconds_low"] <= told["seconds_median"] <= told["seconds_high"]  # pyright: ignore[reportOperatorIssue]  # because figures are of any kind
    assert results["graph"].by_shape()["mixed 8"]["right"] == 1


@pytest.mark.slow
@pytest.mark.requirement("peers.faults")
async def test_with_failing_calls_each_need_is_answered_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("questline.testing.loops.comparing.SHAPES", (("independent", 4), ("diamond", 8)))
    setting = Setting(per_shape=2, pace=QUICK, median_s=0.001, failing=0.4)
    results = await compared(setting, lambda: None)
    for name in LOOPS:
        told = results[name].served()
        assert told["needs_lost"] == 0, name
        assert told["answered_or_named"] == 1.0, name
    assert results["graph"].served()["needs_named"] != 0
    react, single = (results[name].served() for name in ("react", "react_single"))
    assert react["needs_answered"] == single["needs_answered"], "a call fails for all alike, whatever its turn"


@pytest.mark.requirement("peers.faults")
async def test_a_call_fails_at_the_same_attempts_for_all() -> None:
    async def ends(tools: Tools) -> list[str]:
        tools.begin()
        found: list[str] = []
        for number in [*range(20), *range(20)]:
            try:
                found.append(str(await tools.made("people_in", town=f"Town{number}")))
            except ValueError:
                found.append("failed")
        return found

    first, again = Tools(median_s=0.0001, failing=0.5, seed=3), Tools(median_s=0.0001, failing=0.5, seed=3)
    ended = await ends(first)
    assert ended == await ends(first) == await ends(again)
    assert 0 < Counter(ended)["failed"] < 40
    assert ended != await ends(Tools(median_s=0.0001, failing=0.5, seed=4))


@pytest.mark.requirement("peers.faults")
def test_an_answer_is_judged_by_what_it_says_and_names() -> None:
    question = question_of("mixed", 4)
    text = " ".join(need.sentence for need in question.needs)
    assert served(question, Said(text=text)) == (3, 0)
    assert wrong(question, Said(text="")) == 3
    lost = Said(text=question.needs[0].sentence, missing=(f"  {question.needs[1].text.upper()}? ",))
    assert served(question, lost) == (1, 1)
    assert wrong(question, lost) == 1


@pytest.mark.requirement("peers.compiler")
async def test_the_compiler_dispatches_a_call_while_the_next_is_still_written() -> None:
    question = question_of("independent", 2)
    tools = Tools(median_s=0.001)
    script = ModelScript([question], QUICK)
    plan = [f'{call.id}. {call.tool}(firm="{call.arguments["firm"]}")\n' for call in question.calls]

    def answer(request: ChatRequest) -> Reply:
        if request.model != COMPILER_PLANNER:
            return script(request)
        return Reply(pieces=tuple(plan), piece_delay_s=600.0)

    async with opened(tools) as pool, pool.session() as servers:
        with ScriptedLLM(answer) as server:
            asked = asyncio.create_task(CompilerLoop(servers=servers, llm=compiler_models(server.base_url))(question))
            async with asyncio.timeout(60):
                while not tools.calls:  # noqa: ASYNC110 because the tools count and tell nobody
                    await asyncio.sleep(0.01)
            assert not asked.done()
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
    assert tools.calls == 1


@pytest.mark.requirement("peers.compiler")
async def test_the_compiler_plans_twice_at_most_and_names_what_failed() -> None:
    question = question_of("chained", 4)
    tools = Tools(median_s=0.001, failing=1.0)
    async with opened(tools) as pool, pool.session() as servers:
        with ScriptedLLM(ModelScript([question], QUICK)) as server:
            said = await CompilerLoop(servers=servers, llm=compiler_models(server.base_url))(question)
            models = [request.model for request in server.requests]
    assert said.missing == (question.needs[0].text,)
    assert models == [COMPILER_PLANNER, COMPILER_JOINER] * 2
    assert tools.calls == 2, "what waits for a failed call ends with it, and is not called"


@pytest.mark.slow
@pytest.mark.requirement("peers.loops")
def test_the_command_reports_each_loop_and_shape(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("questline.testing.loops.comparing.SHAPES", (("single", 1), ("chained", 2)))
    assert main(["--per-shape", "1", "--draws", "1", "--first", "0.001", "--token", "0", "--tool", "0.001"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report["loops"]) == list(LOOPS)
    assert report["loops"]["graph"]["times_graph"] == 1
    assert list(report["shapes"]["react"]) == ["single 1", "chained 2"]
    assert report["failing"]["loops"]["compiler"]["n"] == 2
    assert report["run"]["command"].startswith("python -P -m questline.testing.tool_loops")
