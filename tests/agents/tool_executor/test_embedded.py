"""Tasks carried out without a language model: one typed call, follow-ups, evidence, and what an intent needs."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from questline.agents.contract import Context
from questline.agents.tool_executor.contract import TaskResult
from questline.agents.tool_executor.executor import TaskExecutor
from questline.budget import Budget, Meter
from questline.errors import PlanError, RunError, UsageError
from questline.mcp_servers.gateway.gateway import Gateway

from .conftest import BOATS, LETTER, Office, task

pytestmark = pytest.mark.requirement("tura.exec.call")


def members(done: TaskResult) -> dict[str, Any]:
    result = done.result
    assert isinstance(result, dict)
    return cast("dict[str, Any]", result)


async def test_a_call_leaves_its_id_tool_arguments_and_result_as_evidence(executor: TaskExecutor) -> None:
    done = await executor.run(task("seats", "How many seats has the Gull?", boat="Gull"), {}, deadline_s=30)

    (evidence,) = done.evidence
    assert (done.result, done.calls, done.backend) == ({"result": 12}, 1, "embedded")
    assert (evidence.id, evidence.kind, evidence.source) == ("T1:1", "tool", "harbour/seats")
    assert evidence.text == '{"boat": "Gull"}\n{"result": 12}'
    assert (evidence.date or "").startswith("20")
    assert done.text == "12"


async def test_references_are_followed_and_brought_to_the_type_that_the_tool_takes(
    executor: TaskExecutor, office: Office
) -> None:
    inputs = {"T0": {"rows": [["Gull"]], "most": "1,200"}, "T9": TaskResult(result={"boat": "Tern"})}
    await executor.run(
        task("seats", boat={"$ref": "T0.result.rows"}, at_least={"$ref": "T0.result.most"}), inputs, deadline_s=30
    )
    await executor.run(task("seats", boat={"$ref": "T9.result.boat"}), inputs, deadline_s=30)

    assert office.seen == [
        ("seats", {"boat": "Gull", "at_least": 1200.0}),
        ("seats", {"boat": "Tern", "at_least": 0}),
    ]


async def test_what_the_plan_wrote_itself_is_sent_as_it_is(executor: TaskExecutor, office: Office) -> None:
    await executor.run(task("seats", boat="$1 and $100"), {}, deadline_s=30)
    with pytest.raises(UsageError) as caught:
        await executor.run(task("seats", boat="Gull", at_least="many"), {}, deadline_s=30)

    assert (caught.value.code, caught.value.fields["field"]) == ("bad_argument", "at_least")
    assert office.seen == [("seats", {"boat": "$1 and $100", "at_least": 0})]


async def test_a_reference_that_leads_nowhere_is_a_bad_plan_and_no_call(executor: TaskExecutor, office: Office) -> None:
    with pytest.raises(PlanError) as caught:
        await executor.run(task("seats", boat={"$ref": "T0.result.boat"}), {"T0": {"ship": "Gull"}}, deadline_s=30)

    assert (caught.value.code, caught.value.fields["task"], office.seen) == ("bad_plan", "T1", [])


@pytest.mark.requirement("tura.exec.trimmed")
async def test_of_a_record_the_intent_gets_what_it_asks_for(executor: TaskExecutor) -> None:
    asked = {
        "What day of the week is 2027-03-14?": ({"day": "2027-03-14"}, {"weekday": "Monday"}),
        "How many days from 2027-03-14 until 2027-04-17?": (
            {"day": "2027-03-14", "until": "2027-04-17"},
            {"apart.days_in_all": 34},
        ),
        "How many weeks are between them?": (
            {"day": "2027-03-14", "until": "2027-04-17"},
            {"apart.weeks_in_all": 4},
        ),
    }
    for intent, (arguments, needed) in asked.items():
        assert (await executor.run(task("count", intent, **arguments), {}, deadline_s=30)).needed == needed


@pytest.mark.requirement("tura.exec.trimmed")
async def test_of_rows_the_column_that_answers_comes_first_and_the_text_is_short(executor: TaskExecutor) -> None:
    done = await executor.run(task("rows", "How many seats has each boat?", limit=7), {}, deadline_s=30)

    assert done.needed == {
        "columns": ["seats", "boat"],
        "rows": [[each["seats"], each["boat"]] for each in BOATS],
        "truncated": False,
    }
    assert done.text.splitlines()[:2] == ["seats | boat", "10 | Boat 1"]


@pytest.mark.requirement("tura.exec.follow-ups")
async def test_a_cursor_is_followed_as_far_as_steps_allow(gateway: Gateway, office: Office) -> None:
    for steps, boats, codes in ((3, 7, []), (2, 6, ["more_left"]), (1, 3, ["more_left"])):
        office.seen.clear()
        executor = TaskExecutor(gateway, Context(meter=Meter(Budget())), steps=steps)
        done = await executor.run(task("boats", "Which boats are there?"), {}, deadline_s=30)
        assert len(members(done)["boats"]) == boats
        assert [warning.code for warning in done.warnings] == codes
        assert (len(office.seen), len(done.evidence), done.calls) == (steps, steps, steps)


@pytest.mark.requirement("tura.exec.follow-ups")
async def test_a_text_goes_on_where_the_first_part_ended(executor: TaskExecutor) -> None:
    done = await executor.run(task("letter", path="notes/letter.txt", characters=400), {}, deadline_s=30)

    result = members(done)
    assert (result["text"], result["start"], result["end"]) == (LETTER, 0, len(LETTER))


@pytest.mark.requirement("tura.exec.follow-ups")
async def test_a_truncated_list_is_asked_for_again_with_a_larger_limit(executor: TaskExecutor, office: Office) -> None:
    done = await executor.run(task("rows"), {}, deadline_s=30)

    assert [arguments["limit"] for _, arguments in office.seen] == [2, 20]
    assert len(members(done)["rows"]) == len(BOATS)


@pytest.mark.requirement("tura.exec.follow-ups")
async def test_a_follow_up_that_fails_loses_nothing(executor: TaskExecutor, office: Office) -> None:
    office.broken = True
    done = await executor.run(task("boats"), {}, deadline_s=30)

    assert members(done)["boats"] == BOATS[:3]
    assert [warning.code for warning in done.warnings] == ["tool_failed", "more_left"]
    assert [evidence.id for evidence in done.evidence] == ["T1:1"]


@pytest.mark.requirement("tura.exec.errors")
@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("seats", {"boat": "Ghost"}, "tool_failed"),
        ("seats", {"boat": "Phantom"}, "not_found"),
        ("refuse", {}, "not_found"),
        ("nowhere", {}, "unknown_tool"),
        ("seats", {}, "bad_argument"),
    ],
)
async def test_what_fails_is_a_typed_error(
    executor: TaskExecutor, tool: str, arguments: dict[str, object], code: str
) -> None:
    with pytest.raises((RunError, UsageError)) as caught:
        await executor.run(task(tool, **arguments), {}, deadline_s=30)

    assert caught.value.code == code
    if code in ("tool_failed", "not_found"):
        assert (caught.value.fields["server"], caught.value.fields["tool"]) == ("harbour", tool)
        assert caught.value.fields["detail"]


@pytest.mark.requirement("tura.chain.again")
async def test_a_reading_tool_that_fails_is_asked_once_more(executor: TaskExecutor, office: Office) -> None:
    done = await executor.run(task("seats", boat="Slip"), {}, deadline_s=30)
    assert done.result == {"result": 12}
    assert len(office.seen) == 2

    with pytest.raises(RunError):
        await executor.run(task("seats", boat="Ghost"), {}, deadline_s=30)
    assert len(office.seen) == 4


@pytest.mark.requirement("tura.chain.again")
async def test_a_refusal_tells_which_words_were_not_understood(executor: TaskExecutor) -> None:
    with pytest.raises(RunError) as caught:
        await executor.run(task("refuse"), {}, deadline_s=30)
    assert caught.value.fields["detail"] == "these words have no meaning here (ghost)"


@pytest.mark.requirement("tura.exec.errors")
async def test_a_deadline_that_is_none_is_refused(executor: TaskExecutor) -> None:
    with pytest.raises(UsageError) as caught:
        await executor.run(task("seats", boat="Gull"), {}, deadline_s=0)
    assert caught.value.code == "bad_deadline"


@pytest.mark.requirement("tura.exec.approval")
async def test_a_destructive_tool_is_called_with_approval_only(gateway: Gateway, office: Office) -> None:
    with pytest.raises(UsageError) as caught:
        await TaskExecutor(gateway, Context(meter=Meter(Budget()))).run(task("sink", boat="Gull"), {}, deadline_s=30)
    assert (caught.value.code, caught.value.fields["tool"], office.seen) == ("not_allowed", "sink", [])

    approved = TaskExecutor(gateway, Context(meter=Meter(Budget())), approve=True)
    await approved.run(task("sink", boat="Gull"), {}, deadline_s=30)
    assert office.seen == [("sink", {"boat": "Gull"})]


@pytest.mark.requirement("tura.exec.sources")
async def test_the_passages_that_an_answer_rests_on_are_read_from_its_server(
    executor: TaskExecutor, office: Office
) -> None:
    done = await executor.run(task("ask", question="How many seats has the Gull?"), {}, deadline_s=30)

    call, passage = done.evidence
    assert (call.kind, json.loads(call.text.splitlines()[0])) == ("tool", {"question": "How many seats has the Gull?"})
    assert (passage.kind, passage.id, passage.source) == ("passage", "gull.md#1", "papers/gull.md")
    assert passage.text == "The Gull has 12 seats and one mast."
    assert [name for name, _ in office.seen] == ["ask", "fetch"]
    assert done.calls == 2
    assert done.warnings == ()


@pytest.mark.requirement("tura.exec.sources")
async def test_a_passage_that_cannot_be_read_is_a_warning_and_the_answer_stays(
    executor: TaskExecutor, office: Office
) -> None:
    office.broken = True
    done = await executor.run(task("ask", question="How many seats has the Gull?"), {}, deadline_s=30)
    assert [each.kind for each in done.evidence] == ["tool"]
    (warning,) = done.warnings
    assert warning.code == "source_unread"
    assert "gull.md#1" in warning.message
    assert "tool_failed" in warning.message
