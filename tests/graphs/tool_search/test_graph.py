"""The graph of tool search as a whole: what it answers, what it says is missing, and what it never does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Candidate, Planned, Unserved
from questline.errors import UsageError
from questline.graphs.tool_search.assembly import OpenServers, Searching, open_servers
from questline.graphs.tool_search.build import build
from questline.graphs.tool_search.outcomes import Outcome, PlanRun
from questline.graphs.tool_search.staged import given_plan, plan_only, run_given
from questline.mcp_servers.gateway.configuration import ServerConfiguration
from questline.testing.kill_case import FixedPlanner
from questline.types import Answer, Evidence, Plan, Task

from .shop import POISON, Notes, Shop, answer_of, task


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.requirement("tsg.graph")
async def test_two_needs_are_planned_called_and_cited(shop: Shop) -> None:
    answer = answer_of(await shop.ask("What is the weather in Oslo, and what is the weather in Lima?"))
    assert answer.status == "complete"
    assert "12" in answer.text
    assert "23" in answer.text
    assert shop.calls == {"stock/weather Oslo": 1, "stock/weather Lima": 1}
    assert {each.source for each in answer.evidence} == {"stock/weather"}
    steps = [entry.step for entry in answer.ledger.entries]
    assert steps[:3] == ["intents", "find", "tool_planner"]
    assert steps[-2:] == ["composer", "suggest"]
    assert steps.count("task") == 2
    assert [each.status for each in answer.plan.tasks] == ["done", "done"]
    kinds = [(event.kind, event.task) for event in shop.events if event.step == "task"]
    assert sorted(kinds) == sorted(
        (kind, each.id) for kind in ("step_started", "step_finished") for each in answer.plan.tasks
    )


@pytest.mark.requirement("tsg.graph")
async def test_a_result_is_read_by_the_task_that_refers_to_it(shop: Shop) -> None:
    tasks = [task("T1", "price", "table"), task("T2", "review", {"$ref": "T1.result.item"}, "T1")]
    answer = answer_of(await shop.ask("What do buyers say?", tasks))
    assert shop.calls == {"stock/price table": 1, "stock/review table": 1}
    assert answer.status == "complete"


@pytest.mark.requirement("tsg.data")
async def test_what_a_result_orders_is_not_followed(shop: Shop) -> None:
    answer = answer_of(await shop.ask("What do buyers say of the lamp?", [task("T1", "review", "lamp")], approve=True))
    assert not [name for name in shop.calls if "forget" in name]
    assert any(POISON in each.text for each in answer.evidence) or "sturdy" in answer.text


@pytest.mark.requirement("tsg.data")
@pytest.mark.parametrize("item", ["$1", "$100", "T1.result.price", "灯"])
async def test_literals_stay_as_they_are(shop: Shop, item: str) -> None:
    await shop.ask("What do buyers say?", [task("T1", "review", item)])
    assert shop.calls == {f"stock/review {item}": 1}


@pytest.mark.requirement("tsg.failure")
async def test_a_failed_task_takes_only_what_depends_on_it_along(shop: Shop) -> None:
    tasks = [
        task("T1", "price", "ship"),
        task("T2", "review", {"$ref": "T1.result.item"}, "T1"),
        task("T3", "price", "rug"),
    ]
    answer = answer_of(
        await shop.ask(
            "What do buyers say of the ship? And what is the price of the rug?", _Parts(tasks, ((0,), (0,), (1,)))
        )
    )
    assert answer.status == "partial"
    assert "75" in answer.text
    assert [each.status for each in answer.plan.tasks] == ["failed", "skipped", "done"]
    (missing,) = answer.missing
    assert missing.code == "tool_failed"
    assert "stock/price" in missing.message


@pytest.mark.requirement("tsg.replan")
async def test_a_failed_task_is_planned_anew_and_what_is_done_is_kept(shop: Shop) -> None:
    tasks = [task("T1", "price", "rug"), task("T2", "price", "ship"), task("T3", "review", "lamp", "T2")]
    planner = FixedPlanner(tasks, replans={"T2": [task("R1", "price", "table", server="other")]})
    pool = shop.pool(shop.stock(), shop.stock("other"))
    answer = answer_of(await shop.ask("What is the price?", planner, pool=pool))
    assert shop.calls == {
        "stock/price rug": 1,
        "stock/price ship": 2,
        "other/price table": 1,
    }  # what reads is asked twice
    assert [(each.id, each.status) for each in answer.plan.tasks] == [("T1", "done"), ("T2", "failed"), ("R1", "done")]
    assert "250" in answer.text


class _Parts(FixedPlanner):
    """Says which parts of the question its tasks work for, and which nothing serves."""

    def __init__(
        self, tasks: Sequence[Task], serves: Sequence[tuple[int, ...]], unserved: Sequence[Unserved] = ()
    ) -> None:
        super().__init__(tasks)
        self._serves = {each.id: some for each, some in zip(tasks, serves, strict=True)}
        self._unserved = tuple(unserved)

    async def plan(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> Planned:
        planned = await super().plan(question, intents, candidates, **options)
        return replace(planned, serves=self._serves, unserved=self._unserved)


@pytest.mark.requirement("tsg.status")
@pytest.mark.parametrize(
    ("code", "status"), [("no_tool", "no_tool"), ("needs_input", "needs_input"), ("destructive", "needs_input")]
)
async def test_what_cannot_be_called_is_said_and_nothing_is_called(shop: Shop, code: Any, status: str) -> None:
    unserved = Unserved(intent=0, code=code, fields=("item",) if code == "needs_input" else (), message="It cannot be.")
    answer = answer_of(await shop.ask("Do it.", _Parts([], [], [unserved])))
    assert answer.status == status
    assert not shop.calls
    (missing,) = answer.missing
    assert (missing.code, missing.fields) == (code, unserved.fields)
    assert not answer.citations


@pytest.mark.requirement("tsg.status")
async def test_some_answered_and_some_not_is_partial(shop: Shop) -> None:
    unserved = Unserved(intent=1, code="needs_input", fields=("item",), message="Which item?")
    planner = _Parts([task("T1", "price", "rug")], [(0,)], [unserved])
    answer = answer_of(await shop.ask("What is the price of the rug? And what is the price of it?", planner))
    assert answer.status == "partial"
    assert [each.fields for each in answer.missing] == [("item",)]
    assert "75" in answer.text


@pytest.mark.requirement("tsg.status")
async def test_what_a_tool_says_of_an_argument_stands_in_the_account_too(shop: Shop) -> None:
    unserved = Unserved(
        intent=0, code="needs_input", fields=("size", "item"), message="Which?", wanted=("", "Name in the list.")
    )
    answer = answer_of(await shop.ask("What is the price of it?", _Parts([], [], [unserved])))
    assert [each.message for each in answer.missing] == ["Which? (item: Name in the list.)"]
    assert "“item” (Name in the list)" in answer.text


@pytest.mark.requirement("tsg.destructive")
async def test_nothing_destructive_is_called_without_approval(shop: Shop) -> None:
    tasks = [task("T1", "forget", "rug")]
    answer = answer_of(await shop.ask("Delete the rug.", tasks))
    assert not shop.calls
    assert [each.code for each in answer.missing] == ["not_allowed"]
    context = shop.context()
    pool = shop.pool()
    searching = Searching(pool=pool, approve=True)
    async with open_servers(searching, context) as servers:
        from questline.graphs.tool_search.answering import search

        found = await search(build(checkpointer=False), shop.run(servers, context, searching, tasks), "Delete the rug.")
    assert shop.calls == {"stock/forget rug": 1}
    assert answer_of(found).status == "complete"


@pytest.mark.requirement("tsg.deadline")
async def test_a_hanging_call_is_cut_off_and_named_and_the_rest_is_answered(shop: Shop) -> None:
    began = time.perf_counter()
    tasks = [task("T1", "wait", "lamp"), task("T2", "price", "rug")]
    planner = _Parts(tasks, [(0,), (1,)])
    answer = answer_of(await shop.ask("Where is the lamp? And what is the price of the rug?", planner, seconds=1.5))
    assert time.perf_counter() - began < 10
    assert answer.status == "partial"
    assert "75" in answer.text
    assert [each.code for each in answer.missing] in (["deadline_reached"], ["tool_timeout"])
    async with asyncio.timeout(10):
        await shop.cut.wait()
    assert shop.cancelled == ["lamp"]


@pytest.mark.requirement("tsg.deadline")
async def test_a_deadline_of_a_millisecond_gives_a_partial_answer_that_names_every_need(shop: Shop) -> None:
    answer = answer_of(
        await shop.ask("What is the price of the lamp, and what is the price of the rug?", seconds=0.001)
    )
    assert answer.status == "partial"
    assert answer.missing
    assert {each.code for each in answer.missing} == {"deadline_reached"}
    assert answer.text


@pytest.mark.requirement("tsg.stream")
async def test_tasks_start_while_the_plan_is_still_being_written(shop: Shop) -> None:
    done = asyncio.Event()

    class Slow(FixedPlanner):
        async def stream(
            self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
        ) -> AsyncIterator[Task | Planned]:
            for each in self._plan.tasks:
                yield each
                if each.id == "T1":
                    async with asyncio.timeout(10):
                        await shop.priced.wait()
                    assert "stock/order rug" not in shop.calls
                    done.set()
            yield await self.plan(question, intents, candidates, **options)

    tasks = [task("T0", "order", "rug"), task("T1", "price", "lamp"), task("T2", "price", "rug")]
    answer = answer_of(await shop.ask("What do the lamp and the rug cost?", Slow(tasks), streaming=True))
    assert done.is_set()
    assert answer.status == "complete"
    assert shop.calls == {"stock/order rug": 1, "stock/price lamp": 1, "stock/price rug": 1}


@pytest.mark.requirement("tsg.vanished")
async def test_a_server_that_is_gone_between_plan_and_run_fails_its_tasks_alone(shop: Shop) -> None:
    pool = shop.pool(shop.stock(), shop.stock("other"))

    async def gone(servers: OpenServers) -> None:
        async with pool.session() as gateway:
            await pool.refresh(gateway, deadline_s=10)
            real = gateway.call

            async def call(server: str, *rest: Any, **more: Any) -> Any:
                if server == "other":
                    raise UsageError("no server 'other' is configured", code="unknown_server", server=server)
                return await real(server, *rest, **more)

            gateway.call = call  # pyright: ignore[reportAttributeAccessIssue]  # because the configuration is frozen
        await servers.servers.know()

    tasks = [task("T1", "price", "lamp", server="other"), task("T2", "price", "rug")]
    found = await shop.ask(
        "What is the price of the lamp? And what is the price of the rug?",
        _Parts(tasks, [(0,), (1,)]),
        pool=pool,
        before_run=gone,
    )
    answer = answer_of(found)
    assert [each.status for each in answer.plan.tasks] == ["failed", "done"]
    assert [each.code for each in answer.missing] == ["unknown_server"]


@pytest.mark.requirement("tsg.dead")
async def test_a_dead_server_is_a_warning_and_the_others_answer(shop: Shop) -> None:
    dead = ServerConfiguration(name="dead", kind="stdio", command="no-such-program-anywhere")
    answer = answer_of(await shop.ask("What is the weather in Oslo?", pool=shop.pool(shop.stock(), dead)))
    assert answer.status == "complete"
    assert "12" in answer.text
    assert any("dead" in each.message for each in answer.warnings)


@pytest.mark.requirement("tsg.dead")
async def test_with_no_server_alive_every_need_is_named(shop: Shop) -> None:
    dead = ServerConfiguration(name="dead", kind="stdio", command="no-such-program-anywhere")
    answer = answer_of(await shop.ask("What is the price of the lamp?", pool=shop.pool(dead)))
    assert answer.status == "partial"
    assert [each.code for each in answer.missing] == ["server_unavailable"]


@pytest.mark.requirement("tsg.cancel")
async def test_a_cancelled_question_cancels_its_calls(shop: Shop) -> None:
    asked = asyncio.create_task(shop.ask("Where is the lamp?", [task("T1", "wait", "lamp")], seconds=None))
    async with asyncio.timeout(10):
        await shop.begun.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert shop.cancelled == ["lamp"]


@pytest.mark.requirement("tsg.concurrent")
async def test_questions_run_side_by_side_on_one_graph_and_one_pool(shop: Shop) -> None:
    pool = shop.pool()
    from questline.graphs.tool_search.answering import search

    graph = build(checkpointer=False)
    items = ["lamp", "table", "rug"] * 4

    async def one(item: str) -> Answer:
        context, searching = shop.context(), Searching(pool=pool)
        async with open_servers(searching, context) as servers:
            run = shop.run(servers, context, searching, [task("T1", "price", item)])
            return answer_of(await search(graph, run, f"What is the price of the {item}?"))

    answers = await asyncio.gather(*map(one, items))
    assert [each.plan.tasks[0].arguments["item"] for each in answers] == items
    assert all(each.status == "complete" for each in answers)
    assert sum(shop.calls.values()) == len(items)


@pytest.mark.requirement("tsg.documents")
async def test_documents_are_a_server_and_hold_no_answer_when_they_abstain(shop: Shop) -> None:
    asked: list[str] = []

    async def answers(question: str, budget: str | None) -> Answer:
        asked.append(question)
        note = Notes().note
        if "lamp" not in question:
            return Answer(question=question, text="Nothing.", status="abstained")
        return Answer(question=question, text="Ada Brandt made it.", short="Ada Brandt", evidence=(Evidence.of(note),))

    documents = Searching(pool=shop.pool(), retriever=Notes(), answers=answers)
    tasks = [
        Task(id="T1", intent="who made the lamp", server="documents", arguments={"question": "Who made the lamp?"}),
        Task(id="T2", intent="who made the rug", server="documents", arguments={"question": "Who made the rug?"}),
        task("T3", "price", "rug"),
    ]
    planner = _Parts(tasks, [(0,), (1,), (2,)])
    question = "Who made the lamp? Who made the rug? What is the price of the rug?"
    answer = answer_of(await shop.ask(question, planner, documents=documents))
    assert sorted(asked) == ["Who made the lamp?", "Who made the rug?"]
    assert answer.status == "partial"
    assert "Brandt" in answer.text
    assert [each.code for each in answer.missing] == ["not_found"]


@pytest.mark.requirement("tsg.route")
async def test_a_question_for_the_documents_alone_is_handed_back(shop: Shop) -> None:
    async def answers(question: str, budget: str | None) -> Answer:
        raise AssertionError("whoever is handed the question asks them")

    documents = Searching(pool=shop.pool(), retriever=Notes(), answers=answers)
    tasks = [Task(id="T1", intent="who", server="documents", arguments={"question": "Who made the lamp?"})]
    found = await shop.ask("Who made the lamp?", tasks, documents=documents)
    assert found.answer is None
    assert [entry.step for entry in found.entries] == ["intents", "find", "tool_planner"]


@pytest.mark.requirement("tsg.given-plan")
async def test_a_given_plan_is_checked_and_run(shop: Shop) -> None:
    pool, graph = shop.pool(), build(checkpointer=False)
    context, searching = shop.context(), Searching(pool=pool)
    async with open_servers(searching, context) as servers:
        run = servers.run(context, searching)
        preview = await plan_only(graph, run, "What is the weather in Oslo?")
        assert not shop.calls
        assert not preview.missing
        changed = Plan(tasks=tuple(replace(each, arguments={"city": "Lima"}) for each in preview.planned.plan.tasks))
        mended = given_plan(changed, servers.servers.definitions, approve=False)
        answer = await run_given(graph, run, mended.plan)
        assert shop.calls == {"stock/weather Lima": 1}
        assert answer.status == "complete"
        assert "23" in answer.text
        ring = (task("T1", "price", "rug", "T2"), task("T2", "price", {"$ref": "T1.result.item"}, "T1"))
        broken = [
            Plan(),
            Plan(tasks=(task("T1", "nothing", "rug"),)),
            Plan(tasks=(replace(task("T1", "price", "rug"), arguments={"thing": 1}),)),
            Plan(tasks=(replace(ring[0], arguments={"item": {"$ref": "T2.result.item"}}), ring[1])),
        ]
        for plan in broken:
            with pytest.raises(UsageError) as caught:
                given_plan(plan, servers.servers.definitions, approve=False)
            assert caught.value.code == "bad_plan"


@pytest.mark.requirement("tsg.graph")
def test_a_run_knows_how_each_task_ended() -> None:
    run = PlanRun(plan=Plan(tasks=(task("T1", "price", "rug"),)), outcomes={"T1": Outcome(task="T1")})
    assert run.complete


@pytest.mark.requirement("tsg.graph")
@pytest.mark.parametrize("question", ["How much did it cost?", "Who is it?", "它多少钱？"])
async def test_a_pronoun_that_stands_for_nothing_is_asked_of_no_source(shop: Shop, question: str) -> None:
    answer = answer_of(await shop.ask(question))
    assert answer.status == "needs_input"
    assert answer.plan.tasks == ()
    assert not shop.calls
