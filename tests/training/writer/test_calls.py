"""Calls of a loop: kept, read again, paid once, lost ones named."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.testing import Fault, ScriptedLLM
from questline.testing.replies import Script
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Prompt
from questline.training.writer.calls import CallStore, Ended, RecordedLLM
from questline.types import Message


def _prompt(text: str) -> Prompt:
    return Prompt(system="s", messages=(Message(role="user", content=text),))


def _number(text: str) -> int:
    return int(text)


async def _ask(llm: RecordedLLM, text: str, meter: Meter | None = None) -> int:
    done = await llm.complete(_prompt(text), role="judge", meter=meter or Meter(Budget()), parse=_number)
    return done.value


def _gateway(server: ScriptedLLM) -> Gateway:
    return Gateway.build(model="m", base_url=server.base_url, retries=1, first_wait_s=0.01)


@pytest.mark.requirement("loops.calls-kept")
async def test_an_answer_is_asked_once_across_runs_and_paid_once(tmp_path: Path) -> None:
    script: Script = ["1", "2"]
    with ScriptedLLM(script) as server:
        for run in range(2):
            with CallStore.begin(tmp_path, resume=run > 0) as store:
                llm = RecordedLLM(_gateway(server), store, agent="a")
                assert await asyncio.gather(_ask(llm, "x"), _ask(llm, "x")) == [1, 1]
                other = RecordedLLM(_gateway(server), store, agent="a", word="second")
                assert await _ask(other, "x") == 2
                assert store.spent().calls == len(server.requests) == 2
                assert store.spent().tokens == server.billed.tokens


@pytest.mark.requirement("loops.calls-kept")
async def test_an_unreadable_answer_is_kept_as_such_and_a_dead_server_asked_again(tmp_path: Path) -> None:
    script: Script = ["x", "y", Fault.status(500), Fault.status(500), "3"]
    with ScriptedLLM(script) as server, CallStore.begin(tmp_path, resume=False) as store:
        llm = RecordedLLM(_gateway(server), store, agent="a")
        for _ in range(2):
            with pytest.raises(ModelError) as caught:
                await _ask(llm, "unreadable")
            assert caught.value.code == "bad_model_output"
        assert len(server.requests) == 2
        with pytest.raises(ModelError) as caught:
            await _ask(llm, "dead")
        assert caught.value.code == "backend_unavailable"
        assert await _ask(llm, "dead") == 3
        assert store.spent().calls == len(server.requests) == 5
        assert [(cost.agent, cost.unread, cost.lost) for cost in store.ledger()] == [("a", 1, 0)]


@pytest.mark.requirement("loops.calls-lost")
async def test_a_call_under_way_at_a_kill_is_named_as_lost(tmp_path: Path) -> None:
    with CallStore.begin(tmp_path, resume=False) as store:
        store.send("key", "judge", "m")
    with CallStore.begin(tmp_path, resume=True) as store:
        assert [(cost.agent, cost.requests, cost.lost) for cost in store.ledger()] == [("judge", 0, 1)]


@pytest.mark.requirement("loops.calls-budget")
async def test_a_budget_counts_what_earlier_runs_spent(tmp_path: Path) -> None:
    with ScriptedLLM(lambda request: "7") as server, CallStore.begin(tmp_path, resume=False) as store:
        llm = RecordedLLM(_gateway(server), store, agent="a")
        await _ask(llm, "one")
        later = Meter(Budget(calls=2), spent=store.spent())
        assert await _ask(llm, "two", later) == 7
        assert await _ask(llm, "one", later) == 7  # kept: costs nothing
        with pytest.raises(BudgetExceeded):
            await _ask(llm, "three", later)
        assert len(server.requests) == 2


async def test_a_loop_that_is_to_end_reads_what_it_has_and_asks_no_more(tmp_path: Path) -> None:
    with ScriptedLLM(lambda request: "7") as server, CallStore.begin(tmp_path, resume=False) as store:
        await _ask(RecordedLLM(_gateway(server), store, agent="a"), "one")
        ending = RecordedLLM(_gateway(server), store, agent="a", ends=lambda: True)
        assert await _ask(ending, "one") == 7
        with pytest.raises(Ended):
            await _ask(ending, "two")
        assert len(server.requests) == 1


def test_calls_that_are_there_are_not_written_over(tmp_path: Path) -> None:
    CallStore.begin(tmp_path, resume=False).close()
    with pytest.raises(UsageError) as caught:
        CallStore.begin(tmp_path, resume=False)
    assert caught.value.code == "already_there"


def test_a_file_that_holds_no_calls_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calls.sqlite").write_text("not a database, whatever it says" * 50, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        CallStore.begin(tmp_path, resume=True)
    assert caught.value.code == "bad_data"
