"""Deadlines, approval and new plans hold on every way through the graph, and nothing that went wrong is mislabelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.agents.intents import split
from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.budget import Budget, Meter
from questline.errors import QuestlineError, RunError, UsageError
from questline.graphs.questions import QuestionWithServers
from questline.graphs.tool_search.answering import search
from questline.graphs.tool_search.assembly import OpenServers, Searching, open_servers
from questline.graphs.tool_search.build import build
from questline.graphs.tool_search.servers import UNSEEN_S
from questline.graphs.tool_search.staged import given_plan, run_given
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.pool import ServerPool
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.testing.kill_case import FixedPlanner
from questline.testing.replies import ChatRequest
from questline.tools.models.encoder import Encoder
from questline.tools.models.gateway import Gateway
from questline.types import Answer, Evidence, Plan, Task

from .shop import Notes, Shop, answer_of, task

TWO = "What is the weather in Oslo, and what is the weather in Lima?"
OSLO = '{"tasks": [{"id": "T1", "needs": [1], "server": "stock", "tool": "weather", "args": {"city": "Oslo"}}'


@pytest.fixture
def shop() -> Shop:
    return Shop()


# A plan that breaks off


@pytest.mark.requirement("tsg.broken-off")
async def test_what_a_plan_that_breaks_off_had_no_task_for_is_planned_by_rule(shop: Shop) -> None:
    def cut(request: ChatRequest) -> str:
        del request
        return f'{OSLO}, {{"id": "T2", "needs": [2], "serv'

    with ScriptedLLM(cut) as server:
        llm = Gateway.of(Settings(models={"tool_planner": "any"}, base_url=server.base_url))
        context = replace(shop.context(llm=llm), meter=Meter(budget=Budget(seconds=60, calls=1)))
        pool = shop.pool()
        searching = Searching(pool=pool)
        async with llm.session(), open_servers(searching, context) as servers:
            run = servers.run(context, searching)
            assert run.streaming
            answer = answer_of(await search(build(checkpointer=False), run, TWO))
        pool.close()
        assert len(server.requests) == 1
    assert shop.calls == {"stock/weather Oslo": 1, "stock/weather Lima": 1}
    assert answer.status == "complete"
    assert "23" in answer.text
    assert any(warning.code == "degraded" for warning in answer.warnings)
    assert answer.usage.calls == 1


class _Breaks(FixedPlanner):
    """Hands its tasks on, and then fails; with a plan that fails as well."""

    def __init__(self, tasks: Sequence[Task], error: Exception, then: Exception | None = None) -> None:
        super().__init__(tasks)
        self._error = error
        self._then = then or error

    async def stream(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> AsyncIterator[Task | Planned]:
        for each in self._plan.tasks:
            yield each
        raise self._error

    async def plan(
        self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
    ) -> Planned:
        raise self._then


@pytest.mark.requirement("tsg.broken-off")
async def test_a_task_of_a_plan_that_broke_off_serves_its_own_need_alone(shop: Shop) -> None:
    oslo = Task(
        id="T1", intent="What is the weather in Oslo", server="stock", tool="weather", arguments={"city": "Oslo"}
    )
    planner = _Breaks([oslo], RunError("the line was cut", code="backend_unavailable"))
    answer = answer_of(await shop.ask(TWO, planner, streaming=True))
    assert answer.status == "partial"
    assert "12" in answer.text
    assert [(part.code, "Lima" in part.question) for part in answer.missing] == [("backend_unavailable", True)]


@pytest.mark.requirement("tsg.broken-off")
async def test_what_was_found_before_the_time_for_the_plan_was_over_is_answered(shop: Shop) -> None:
    class Hangs(_Breaks):
        async def stream(
            self, question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], **options: Any
        ) -> AsyncIterator[Task | Planned]:
            for each in self._plan.tasks:
                yield each
            await asyncio.Event().wait()

    oslo = Task(
        id="T1", intent="What is the weather in Oslo", server="stock", tool="weather", arguments={"city": "Oslo"}
    )
    answer = answer_of(await shop.ask(TWO, Hangs([oslo], RunError("odd")), streaming=True, seconds=4.0))
    assert answer.status == "partial"
    assert "12" in answer.text
    assert [(part.code, "Lima" in part.question) for part in answer.missing] == [("deadline_reached", True)]


@pytest.mark.requirement("tsg.broken-off")
@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("error", [RunError("no line", code="backend_unavailable"), ValueError("odd")])
async def test_what_ended_the_planning_is_the_reason_why_a_need_is_missing(
    shop: Shop, error: Exception, *, streaming: bool
) -> None:
    answer = answer_of(await shop.ask(TWO, _Breaks([], error), streaming=streaming))
    code = error.code if isinstance(error, QuestlineError) else "run_failed"
    assert [part.code for part in answer.missing] == [code, code]
    assert answer.status == "partial"


@pytest.mark.requirement("tsg.broken-off")
@pytest.mark.parametrize("streaming", [False, True])
async def test_what_is_the_caller_s_to_fix_is_raised_also_while_a_plan_is_written(
    shop: Shop, *, streaming: bool
) -> None:
    with pytest.raises(UsageError) as caught:
        await shop.ask(TWO, _Breaks([], UsageError("it is odd", argument="candidates")), streaming=streaming)
    assert caught.value.code == "bad_argument"
    line = RunError("no line", code="backend_unavailable")
    with pytest.raises(UsageError):
        await shop.ask(TWO, _Breaks([], line, UsageError("it is odd", argument="candidates")), streaming=streaming)


# Time below a task


@pytest.mark.requirement("tsg.time-below")
async def test_a_head_that_hangs_leaves_time_for_what_stands_in_for_it_and_lies_below(shop: Shop) -> None:
    tasks = [task("T1", "wait", "lamp"), task("T2", "review", {"$ref": "T1.result.text"}, "T1")]
    instead = [task("R1", "price", "lamp", server="other"), task("R2", "review", {"$ref": "R1.result.item"}, "R1")]
    planner = FixedPlanner(tasks, replans={"T1": [replace(each, server="other") for each in instead]})

    async def slowly(servers: OpenServers) -> None:
        servers.servers.expected_s = lambda task: 3.0  # pyright: ignore[reportAttributeAccessIssue]  # because no server of the test is so slow

    answer = answer_of(
        await shop.ask(
            "What do buyers say?",
            planner,
            pool=shop.pool(shop.stock(), shop.stock("other")),
            seconds=6.0,
            before_run=slowly,
        )
    )
    ends = {each.id: each.status for each in answer.plan.tasks}
    assert ends == {"T1": "failed", "R1": "done", "R2": "done"}
    assert answer.status == "complete"


@pytest.mark.requirement("tsg.time-below")
async def test_a_task_is_expected_to_take_what_its_server_took(shop: Shop) -> None:
    context, searching = shop.context(), Searching(pool=shop.pool())
    async with open_servers(searching, context) as servers:
        priced = task("T1", "price", "lamp")
        assert servers.servers.expected_s(priced) == UNSEEN_S
        run = shop.run(servers, context, searching, [priced])
        await search(build(checkpointer=False), run, "What is the price of the lamp?")
        state = servers.servers._gateway.state("stock")  # pyright: ignore[reportPrivateUsage]  # because it is what must agree
        assert state.latency_ms is not None
        assert servers.servers.expected_s(priced) == state.latency_ms / 1000
        assert servers.servers.expected_s(replace(priced, server="nobody")) == 0.0


# Approval


@pytest.mark.requirement("tsg.approval")
@pytest.mark.parametrize(
    ("read_only", "destructive", "needs"),
    [
        (None, None, False),
        (None, True, True),
        (None, False, False),
        (False, None, True),
        (False, True, True),
        (False, False, False),
        (True, None, False),
        (True, True, False),
        (True, False, False),
    ],
)
def test_one_rule_says_what_needs_approval(read_only: bool | None, destructive: bool | None, *, needs: bool) -> None:
    tool = ToolDefinition(server="s", name="t", read_only=read_only, destructive=destructive)
    assert tool.needs_approval is needs
    plan = Plan(tasks=(Task(id="T1", intent="do it", server="s", tool="t"),))
    assert given_plan(plan, [tool], approve=True).plan == plan
    if not needs:
        assert given_plan(plan, [tool], approve=False).plan == plan
        return
    with pytest.raises(UsageError) as caught:
        given_plan(plan, [tool], approve=False)
    assert (caught.value.code, caught.value.fields["task"], caught.value.fields["tool"]) == ("not_allowed", "T1", "t")


def _question(shop: Shop, **changes: Any) -> QuestionWithServers:
    graph = build(checkpointer=False)
    fields: dict[str, Any] = {"pool": shop.pool(), "documents": graph, "tools": graph, "planner": None, **changes}
    return QuestionWithServers(
        context=lambda meter: replace(shop.context(), meter=meter),
        budget=Budget(seconds=30),
        retriever=None,
        **fields,
    )


@pytest.mark.requirement("tsg.approval")
async def test_a_given_plan_that_destroys_something_runs_with_approval_only(shop: Shop) -> None:
    plan = Plan(tasks=(task("T1", "price", "rug"), task("T2", "forget", "rug", "T1")))
    with pytest.raises(UsageError) as caught:
        await _question(shop).run(plan)
    assert caught.value.code == "not_allowed"
    assert not shop.calls
    answer = await _question(shop, approve=True).run(plan)
    assert shop.calls == {"stock/price rug": 1, "stock/forget rug": 1}
    assert [each.status for each in answer.plan.tasks] == ["done", "done"]


# Given plans


@pytest.mark.requirement("tsg.given-replan")
async def test_what_was_to_change_something_is_not_replaced_by_something_else(shop: Shop) -> None:
    planner = FixedPlanner(
        [task("T1", "order", "ship"), task("T2", "price", "table")], replans={"T1": [task("R1", "price", "chair")]}
    )
    found = (await shop.ask("Order a ship, and what is the price of a table?", planner)).answer
    assert shop.calls == {"stock/order ship": 1, "stock/price table": 1}
    assert found is not None
    assert found.status == "partial"


@pytest.mark.requirement("tsg.given-replan")
async def test_documents_that_hold_no_answer_fail_their_task_in_a_given_plan_too(shop: Shop) -> None:
    async def answers(question: str, budget: str | None) -> Answer:
        del budget
        return Answer(question=question, text="Nothing.", status="abstained", evidence=(Evidence.of(Notes().note),))

    pool = shop.pool()
    searching = Searching(pool=pool, retriever=Notes(), answers=answers)
    context, graph = shop.context(), build(checkpointer=False)
    asked = Task(id="T1", intent="who made the rug", server="documents", arguments={"question": "Who made the rug?"})
    async with open_servers(searching, context) as servers:
        run = shop.run(servers, context, searching, FixedPlanner([]))
        answer = await run_given(graph, run, Plan(tasks=(asked,)))
    assert [part.code for part in answer.missing] == ["not_found"]


# Suggestions


@pytest.mark.requirement("tsg.suggest-fails")
@pytest.mark.parametrize("error", [ValueError("odd"), UsageError("odd", argument="k"), RunError("odd")])
@pytest.mark.parametrize("strict", [False, True])
async def test_suggestions_that_fail_leave_the_answer_a_warning_and_a_line_of_the_ledger(
    shop: Shop, error: Exception, *, strict: bool
) -> None:
    async def breaks(asked: Sequence[str], answer: Answer) -> tuple[str, ...]:
        raise error

    context = shop.context(strict=strict)
    pool = shop.pool()
    searching = Searching(pool=pool)
    async with open_servers(searching, context) as servers:
        run = shop.run(servers, context, searching, [task("T1", "price", "rug")], suggest=breaks)
        answer = answer_of(await search(build(checkpointer=False), run, "What is the price of the rug?"))
    pool.close()
    assert answer.status == "complete"
    assert "75" in answer.text
    code = error.code if isinstance(error, QuestlineError) else "run_failed"
    assert [each.code for each in answer.warnings if each.step == "suggest"] == [code]
    assert [each.detail for each in answer.ledger.entries if each.step == "suggest"] == [f"failed: {code}"]


# Opening


@pytest.mark.requirement("tsg.opening")
async def test_servers_that_cannot_be_read_in_time_do_not_hold_a_question_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from questline.graphs.tool_search.servers import Servers

    async def never(self: Servers) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Servers, "know", never)
    async with asyncio.timeout(30):
        answer = answer_of(await shop.ask("What is the price of the rug?", seconds=0.5))
    assert [part.code for part in answer.missing] == ["deadline_reached"]


@pytest.mark.requirement("tsg.opening")
async def test_the_catalogue_reads_each_need_once(shop: Shop) -> None:
    real, read = Encoder.load(), list[str]()

    class Counting:
        dimension = real.dimension
        fingerprint = real.fingerprint

        def encode(self, texts: Sequence[str], **options: Any) -> NDArray[np.float32]:
            del options
            read.extend(texts)
            return real.encode(texts)

    pool = ServerPool(Configuration.of(shop.stock()), encoder=Counting)
    answer = answer_of(await shop.ask(TWO, pool=pool))
    assert answer.status == "complete"
    needs = [need.text for need in split(TWO).items]
    assert [read.count(need) for need in needs] == [1, 1]
