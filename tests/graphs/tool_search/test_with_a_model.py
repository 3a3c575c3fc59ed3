"""The whole with a language model in every role: split, planned while calls run, carried out, composed; and broken."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from questline.budget import Budget, Meter
from questline.graphs.tool_search.answering import search
from questline.graphs.tool_search.assembly import Searching, open_servers
from questline.graphs.tool_search.build import build
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.testing.replies import ChatRequest, Item
from questline.tools.models.gateway import Gateway
from questline.types import Answer

from .shop import Shop, answer_of

QUESTION = "What is the weather in Oslo, and what is the weather in Lima?"
OPENINGS = {
    "You split a question into the atomic needs": "intents",
    "You plan calls of tools": "tool_planner",
    "You carry out one task": "tool_executor",
    "You answer a question from numbered results": "composer",
}
NEEDS: list[dict[str, object]] = [
    {"quote": "What is the weather in Oslo", "text": "What is the weather in Oslo", "after": [], "kind": ""},
    {"quote": "what is the weather in Lima", "text": "what is the weather in Lima", "after": [], "kind": ""},
]
PLAN = '1. weather(city="Oslo") for 1\n2. weather(city="Lima") for 2'


class Model:
    """Plays every role as it is told, and counts what it is asked."""

    only_first = False
    """Only the first answer of a role is broken."""

    def __init__(self, **broken: str) -> None:
        self.asked: Counter[str] = Counter()
        self.broken = broken

    def __call__(self, request: ChatRequest) -> Item:
        system = request.text("system")
        role = next(role for opening, role in OPENINGS.items() if system.startswith(opening))
        self.asked[role] += 1
        if role in self.broken and not (self.only_first and self.asked[role] > 1):
            return self.broken[role]
        asked = request.messages[-1].content
        city = "Oslo" if "Oslo" in asked else "Lima"
        steps = asked.rpartition("Calls so far:")[2]
        written: dict[str, Callable[[], str]] = {
            "intents": lambda: json.dumps(NEEDS),
            "tool_planner": lambda: PLAN,
            "tool_executor": lambda: json.dumps(
                {"tool": "weather", "arguments": {"city": city}} if "(none)" in steps else {"done": True}
            ),
            "composer": lambda: "It is 12 degrees in Oslo [1]. It is 23 degrees in Lima [2].\n=> 12; 23",
        }
        return written[role]()


async def asked(shop: Shop, model: Model, calls: int | None = None) -> Answer:
    with ScriptedLLM(model) as server:
        llm = Gateway.of(Settings(model="any", base_url=server.base_url))
        context = shop.context(llm=llm)
        if calls is not None:
            context = replace(context, meter=Meter(budget=Budget(seconds=60, calls=calls)))
        pool = shop.pool()
        searching = Searching(pool=pool)
        async with llm.session(), open_servers(searching, context) as servers:
            run = servers.run(context, searching)
            assert run.streaming
            assert run.composing
            found = await search(build(checkpointer=False), run, QUESTION)
        pool.close()
    return answer_of(found)


@pytest.mark.requirement("tsg.model")
async def test_a_model_in_every_role_answers_and_all_is_paid_for() -> None:
    shop, model = Shop(), Model()
    answer = await asked(shop, model)
    assert answer.status == "complete"
    assert answer.text.startswith("It is 12 degrees in Oslo. It is 23 degrees in Lima.")
    assert answer.backend == "llm"
    assert shop.calls == {"stock/weather Oslo": 1, "stock/weather Lima": 1}
    assert {each.evidence_id.partition(":")[0] for each in answer.citations} == {"T1", "T2"}
    assert answer.usage.calls == sum(model.asked.values()) == 3  # the plan says all arguments: nobody is asked again
    steps = {"intents", "find", "tool_planner", "task", "composer", "suggest"}
    assert {entry.step for entry in answer.ledger.entries} == steps
    assert not any(entry.degraded for entry in answer.ledger.entries)


@pytest.mark.requirement("tsg.model")
@pytest.mark.parametrize("roles", ["intents", "tool_planner", "tool_planner tool_executor", "composer"])
async def test_a_role_whose_model_writes_nonsense_is_answered_for_and_says_so(roles: str) -> None:
    shop, broken = Shop(), roles.split()
    answer = await asked(shop, Model(**dict.fromkeys(broken, "certainly! {")))
    assert answer.status == "complete"
    assert "12" in answer.text
    assert "23" in answer.text
    assert shop.calls == {"stock/weather Oslo": 1, "stock/weather Lima": 1}
    for role in broken:
        step = {"tool_executor": "task"}.get(role, role)
        assert any(entry.degraded for entry in answer.ledger.entries if entry.step == step)
    assert any(warning.code == "degraded" for warning in answer.warnings)


@pytest.mark.requirement("tsg.model")
async def test_a_plan_that_is_readable_only_the_second_time_is_run() -> None:
    shop, model = Shop(), Model(tool_planner="certainly! {")
    model.only_first = True
    answer = await asked(shop, model)
    assert answer.status == "complete"
    assert shop.calls == {"stock/weather Oslo": 1, "stock/weather Lima": 1}
    assert not any(entry.degraded for entry in answer.ledger.entries)


@pytest.mark.requirement("tsg.model")
async def test_what_a_model_invents_is_not_shown() -> None:
    answer = await asked(Shop(), Model(composer="It is 99 degrees in Oslo [1]. It is 23 degrees in Lima [2].\n=> 99"))
    assert "99" not in answer.text
    assert "23" in answer.text


@pytest.mark.requirement("tsg.model")
@pytest.mark.parametrize("calls", [1, 2])
async def test_when_the_budget_has_no_call_left_the_embedded_mind_goes_on(calls: int) -> None:
    shop, model = Shop(), Model()
    answer = await asked(shop, model, calls=calls)
    assert sum(model.asked.values()) == answer.usage.calls == calls
    assert answer.status == "complete"
    assert set(shop.calls) == {"stock/weather Oslo", "stock/weather Lima"}
    assert any(warning.code in ("degraded", "budget_exceeded") for warning in answer.warnings)
