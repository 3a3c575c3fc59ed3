"""Plans that somebody gave: run as they stand, each of their ends a need, and what was mended said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.budget import Budget
from questline.graphs.questions import QuestionWithServers
from questline.graphs.tool_search.assembly import Searching, open_servers
from questline.graphs.tool_search.build import build
from questline.graphs.tool_search.given_needs import given_needs
from questline.graphs.tool_search.staged import given_plan, run_given
from questline.testing.kill_case import FixedPlanner
from questline.types import Answer, Plan, Task

from .shop import Shop, task


@pytest.fixture
def shop() -> Shop:
    return Shop()


def unsaid(name: str, tool: str, item: object, *needs: str, intent: str = "", server: str = "stock") -> Task:
    return replace(task(name, tool, item, *needs, server=server), intent=intent)


async def ran(shop: Shop, *tasks: Task, question: str = "") -> Answer:
    """Run a plan with a planner that would replace the first task."""
    searching = Searching(pool=shop.pool(shop.stock(), shop.stock("other")))
    context = shop.context()
    planner = FixedPlanner([], replans={"T1": [task("R1", "price", "table", server="other")]})
    async with open_servers(searching, context) as servers:
        await servers.servers.refresh(deadline_s=20)
        plan = given_plan(Plan(tasks=tasks), servers.servers.definitions, approve=False).plan
        run = shop.run(servers, context, searching, planner)
        return await run_given(build(checkpointer=False), run, plan, question)


@pytest.mark.requirement("tsg.given-replan")
@pytest.mark.parametrize("intent", ["", "the price of a ship"])
async def test_a_call_that_fails_is_missing_and_nothing_is_called_in_its_place(shop: Shop, intent: str) -> None:
    answer = await ran(shop, unsaid("T1", "price", "ship", intent=intent))
    assert shop.calls == {"stock/price ship": 2}  # what only reads is asked twice
    assert [(part.question, part.code) for part in answer.missing] == [(intent or "stock/price ship", "tool_failed")]
    assert answer.status == "partial"
    assert answer.question == (intent or "stock/price ship")
    assert [each.id for each in answer.plan.tasks] == ["T1"]


@pytest.mark.requirement("graphs2.given-needs")
@pytest.mark.parametrize("intent", ["", "the prices"])
async def test_of_two_ends_that_say_the_same_or_nothing_the_one_that_failed_is_missing(shop: Shop, intent: str) -> None:
    answer = await ran(
        shop,
        unsaid("T1", "price", "ship", intent=intent),
        unsaid("T2", "price", "rug", intent=intent),
        question="?",
    )
    assert (answer.status, [part.code for part in answer.missing]) == ("partial", ["tool_failed"])
    assert "75" in answer.text


@pytest.mark.requirement("graphs2.given-needs")
async def test_what_only_feeds_another_call_is_no_answer_and_what_is_waited_for_is_one(shop: Shop) -> None:
    fed = unsaid("T2", "price", {"$ref": "T1.result.item"}, "T1")
    answer = await ran(shop, unsaid("T1", "price", "rug"), fed)
    assert (answer.status, answer.missing) == ("complete", ())
    assert answer.text.count("75") == 1
    assert [each.status for each in answer.plan.tasks] == ["done", "done"]
    answer = await ran(shop, unsaid("T1", "price", "lamp"), unsaid("T2", "price", "rug", "T1"))
    assert (answer.status, "40" in answer.text, "75" in answer.text) == ("complete", True, True)
    answer = await ran(shop, unsaid("T1", "price", "lamp"), unsaid("T2", "price", "ship", "T1"))
    assert (answer.status, "40" in answer.text, len(answer.missing)) == ("partial", True, 1)


@pytest.mark.requirement("graphs2.given-needs")
@given(st.data())
def test_each_end_is_served_by_itself_and_each_task_serves_something(data: st.DataObject) -> None:
    tasks: list[Task] = []
    for number in range(data.draw(st.integers(1, 6))):
        earlier = data.draw(st.sets(st.integers(0, max(0, number - 1)), max_size=min(number, 2)))
        read = data.draw(st.sets(st.sampled_from(sorted(earlier)), max_size=2)) if earlier else set[int]()
        arguments: dict[str, object] = {f"a{each}": {"$ref": f"T{each}.result"} for each in sorted(read)}
        tasks.append(
            Task(
                id=f"T{number}",
                intent=data.draw(st.sampled_from(["", "one", "two"])),
                server="s",
                tool="t",
                arguments=arguments,
                depends_on=tuple(f"T{each}" for each in sorted(earlier)),
            )
        )
    needs, planned = given_needs(Plan(tasks=tuple(tasks)))
    ends = [each.id for each in tasks if not any(each.id in other.depends_on for other in tasks)]
    owners = {place: [name for name in ends if planned.serves[name] == (place,)] for place in range(len(needs.items))}
    assert sorted(name for names in owners.values() for name in names) == sorted(ends)
    assert all(len(names) <= 1 for names in owners.values())
    assert all(planned.serves[each.id] for each in tasks)
    assert all(text.strip() for text in needs.texts)
    for each in tasks:
        for before in each.depends_on:
            assert set(planned.serves[before]) >= set(planned.serves[each.id])


@pytest.mark.requirement("graphs2.given-mended")
async def test_what_was_mended_is_a_warning_of_the_answer(shop: Shop) -> None:
    graph = build(checkpointer=False)
    unused: Any = None  # no documents are asked
    question = QuestionWithServers(
        pool=shop.pool(),
        documents=unused,
        tools=graph,
        context=lambda meter: replace(shop.context(), meter=meter),
        planner=unused,
        budget=Budget(seconds=30),
        retriever=None,
    )
    plan = Plan(tasks=(unsaid("T1", "price", "rug"), unsaid("T2", "price", {"$ref": "T1.result.item"})))
    answer = await question.run(plan)
    assert [(each.code, each.step) for each in answer.warnings] == [("plan_mended", "T2")]
    assert "waits for 'T1'" in answer.warnings[0].message
    assert answer.status == "complete"
