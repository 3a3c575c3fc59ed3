"""Whatever a server does wrong, plain or streamed, the gateway answers after a retry or fails by name, counted."""

import asyncio
import email.utils
import time
from collections.abc import Callable
from typing import Any

import pytest

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError, UsageError
from questline.settings import Settings
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Completion, Prompt
from questline.types import Message, Usage

PROMPT = Prompt(system="Answer.", messages=(Message(role="user", content="Capital of France?"),))
FAULTS = {
    "429 with a wait": Fault.status(429, retry_after=0.05),
    "429": Fault.status(429),
    "500": Fault.status(500),
    "502": Fault.status(502),
    "503": Fault.status(503),
    "504": Fault.status(504),
    "reset": Fault.drop(),
    "reset inside the answer": Fault.drop(after_chunks=2, text="Paris, is the"),
    "silence": Fault.stall(30),
    "silence inside the answer": Fault.stall(30, after_chunks=2, text="Paris, is the"),
    "no JSON": Fault.malformed(),
    "other JSON": Fault.malformed(body='{"choices": "none"}'),
    "null": Fault.malformed(body="null"),
    "a proxy's page": Fault.wrong_content(),
    "an end without an end": Fault.cut_short(text="Paris, is"),
    "an error inside the stream": Fault.stream_error(text="Paris, is"),
}


async def ask(
    server: ScriptedLLM,
    *,
    budget: Budget | None = None,
    meter: Meter | None = None,
    call_timeout_s: float = 20.0,
    chunk_timeout_s: float | None = None,
    min_answer: int | None = None,
    **call: Any,
) -> Completion[str]:
    gateway = Gateway.build(
        model="m",
        base_url=server.base_url,
        first_wait_s=0.01,
        call_timeout_s=call_timeout_s,
        chunk_timeout_s=chunk_timeout_s,
        max_tokens=min_answer,
    )
    call = {"parse": str.strip, "role": "generate", **call}
    return await gateway.complete(PROMPT, meter=meter or Meter(budget or Budget()), **call)


def seen(pieces: list[str]) -> str:
    """What a consumer that keeps the rule of `RESTART` has at the end."""
    text = ""
    for piece in pieces:
        text = text + piece if piece else ""
    return text


@pytest.mark.requirement("llm.retry")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_plain_request_survives_each_fault_and_counts_it(fault: Fault) -> None:
    meter = Meter(Budget())
    with ScriptedLLM([fault, "Paris, of course."]) as server:
        completion = await ask(server, meter=meter, call_timeout_s=_patience(fault))
        assert completion.value == "Paris, of course."
        assert (len(server.requests), server.requests[0].stream) == (2, False)
        assert _bill(server.billed) == (2, 6, 5)
        # the server said nothing of a request that broke off: its prompt is estimated as 15 tokens
        assert _bill(completion.usage) == ((2, 21, 5) if completion.usage.estimated else (2, 6, 5))
        assert completion.usage.estimated == (fault.kind not in ("status", "stream_error"))
        assert meter.spent == completion.usage


@pytest.mark.requirement("llm.retry", "llm.stream-restart")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_streamed_request_survives_each_fault_and_shows_its_text_once(fault: Fault) -> None:
    pieces: list[str] = []
    with ScriptedLLM([fault, "Paris, of course."]) as server:
        completion = await ask(server, call_timeout_s=_patience(fault), on_token=pieces.append)
        assert completion.text == seen(pieces) == "Paris, of course."
        assert (len(server.requests), server.requests[1].stream) == (2, True)
        assert completion.usage.estimated == (fault.kind != "status")
        assert (completion.usage.calls, completion.usage.tokens_in) == (2, 21 if completion.usage.estimated else 6)
        assert completion.usage.tokens_out >= server.billed.tokens_out == 5


@pytest.mark.requirement("llm.stream-restart")
async def test_a_retry_that_repeats_the_text_goes_on_where_the_first_attempt_broke_off() -> None:
    pieces: list[str] = []
    with ScriptedLLM([Fault.drop(after_chunks=2, text="Paris, of which"), "Paris, of course."]) as server:
        await ask(server, on_token=pieces.append)
    assert pieces == ["Paris,", " of", " course."]


@pytest.mark.requirement("llm.stream-restart")
async def test_a_retry_that_says_something_else_starts_over() -> None:
    pieces: list[str] = []
    with ScriptedLLM([Fault.drop(after_chunks=2, text="It is Paris"), "Paris."]) as server:
        await ask(server, on_token=pieces.append)
    assert pieces == ["It", " is", "", "Paris."]


@pytest.mark.requirement("llm.stream-restart")
async def test_a_text_that_comes_to_nothing_is_taken_back() -> None:
    pieces: list[str] = []
    with ScriptedLLM([Fault.drop(after_chunks=1), Fault.status(401)]) as server, pytest.raises(ModelError):
        await ask(server, on_token=pieces.append)
    assert pieces == ["This", ""]


@pytest.mark.requirement("llm.retry")
async def test_a_server_that_stays_down_is_given_up_after_two_retries_with_every_call_counted() -> None:
    meter = Meter(Budget())
    with ScriptedLLM(Fault.status(503)) as server:
        with pytest.raises(ModelError) as caught:
            await ask(server, meter=meter)
        assert len(server.requests) == 3
    assert (caught.value.code, caught.value.retryable) == ("backend_unavailable", True)
    assert _bill(caught.value.usage) == _bill(meter.spent) == (3, 0, 0)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with ScriptedLLM("never") as server:
        pass
    with pytest.raises(ModelError) as caught:
        await ask(server)
    assert (caught.value.code, caught.value.usage.calls) == ("backend_unavailable", 3)


@pytest.mark.requirement("llm.refused")
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "refusal",
    [
        Fault.status(400),
        Fault.status(401),
        Fault.status(403),
        Fault.status(404),
        Fault.status(429, error="insufficient_quota"),
        Reply(text="", finish_reason="content_filter"),
    ],
    ids=["400", "401", "403", "404", "quota", "filter"],
)
async def test_a_refusal_is_not_sent_again(refusal: Fault | Reply, streamed: bool) -> None:
    with ScriptedLLM(refusal) as server:
        with pytest.raises(ModelError) as caught:
            await ask(server, on_token=list[str]().append if streamed else None)
        assert len(server.requests) == 1
        assert _bill(caught.value.usage) == _bill(server.billed)
    assert (caught.value.code, caught.value.retryable) == ("model_refused", False)


@pytest.mark.requirement("llm.retry-after")
@pytest.mark.parametrize("wait", [1, "date"])
async def test_the_wait_that_a_server_asks_for_is_kept(wait: int | str) -> None:
    asked = email.utils.formatdate(time.time() + 2, usegmt=True) if wait == "date" else wait
    with ScriptedLLM([Fault.status(429, retry_after=asked), "Paris"]) as server:
        started = time.monotonic()
        await ask(server)
        assert time.monotonic() - started >= 0.9


@pytest.mark.requirement("llm.retry-after")
@pytest.mark.parametrize(("wait", "budget"), [(30, Budget(seconds=5)), (3600, Budget())])
async def test_a_server_that_asks_for_more_time_than_there_is_is_left_at_once(wait: int, budget: Budget) -> None:
    with ScriptedLLM(Fault.status(429, retry_after=wait)) as server:
        started = time.monotonic()
        with pytest.raises(ModelError) as caught:
            await ask(server, budget=budget)
        assert time.monotonic() - started < 4
    assert (caught.value.code, caught.value.usage.calls) == ("backend_unavailable", 1)


@pytest.mark.requirement("llm.timeout")
@pytest.mark.parametrize("on_token", [None, list[str]().append], ids=["plain", "streamed"])
async def test_a_stall_ends_with_the_budgets_seconds(on_token: Callable[[str], None] | None) -> None:
    with ScriptedLLM(["Paris", Fault.stall(30)]) as server:
        await ask(server)  # imports what a first request needs, which is not to be timed
        started = time.monotonic()
        with pytest.raises(BudgetExceeded) as caught:
            await ask(server, budget=Budget(seconds=0.4), call_timeout_s=20, on_token=on_token)
        assert 0.3 < time.monotonic() - started < 5
        await asyncio.to_thread(_wait_for, lambda: server.hung_up == 1)  # the server sees it a moment later
    assert caught.value.fields["limit"] == "seconds"
    assert caught.value.usage.calls == 1


@pytest.mark.requirement("llm.timeout")
async def test_a_streamed_answer_may_take_its_time_but_not_pause() -> None:
    slow = Reply(text="one two three four five six", piece_delay_s=0.25)
    with ScriptedLLM(slow) as server:
        completion = await ask(server, chunk_timeout_s=1, on_token=list[str]().append)
    assert completion.text == slow.text
    assert completion.usage.seconds > 1
    with ScriptedLLM([Fault.stall(30, after_chunks=1), "Paris"]) as server:
        started = time.monotonic()
        await ask(server, chunk_timeout_s=0.8, on_token=list[str]().append)
        assert time.monotonic() - started < 10


@pytest.mark.requirement("llm.repair")
async def test_an_answer_in_the_wrong_form_is_asked_for_once_more_with_the_reason() -> None:
    with ScriptedLLM(["about seven", "7"]) as server:
        completion = await ask(server, parse=int)
        assert (completion.value, completion.repaired, completion.text) == (7, True, "7")
        assert _bill(completion.usage) == _bill(server.billed)
        *_, said, wrong = server.requests[1].messages
    assert said == Message(role="assistant", content="about seven")
    assert "invalid literal for int" in wrong.content


@pytest.mark.requirement("llm.repair")
async def test_an_answer_in_the_wrong_form_twice_is_an_error_that_carries_both_attempts() -> None:
    with ScriptedLLM(["seven", "eight"]) as server:
        with pytest.raises(ModelError) as caught:
            await ask(server, parse=int)
        assert _bill(caught.value.usage) == _bill(server.billed)
        assert caught.value.usage.calls == 2
    assert (caught.value.code, caught.value.retryable) == ("bad_model_output", False)


async def test_a_repair_survives_faults_of_its_own() -> None:
    with ScriptedLLM([Fault.status(500), "seven", Fault.drop(), "7"]) as server:
        completion = await ask(server, parse=int)
        assert (completion.value, completion.usage.calls) == (7, 4)
        assert completion.usage.tokens_in == server.billed.tokens_in + 60  # the dropped request, estimated


async def test_a_streamed_repair_replaces_the_text_that_was_shown() -> None:
    pieces: list[str] = []
    with ScriptedLLM(["7 or so", "7"]) as server:
        await ask(server, parse=int, on_token=pieces.append)
    assert pieces == ["7", " or", " so", "", "7"]


@pytest.mark.requirement("llm.repair")
async def test_a_cut_answer_that_parses_is_taken_and_one_that_does_not_is_asked_for_more_briefly() -> None:
    with ScriptedLLM("one two three four five") as server:
        completion = await ask(server, max_tokens=3)
    assert completion.value == "one two three"
    with ScriptedLLM(["one two three four five", "7"]) as server:
        await ask(server, max_tokens=3, parse=int)
        assert "cut off" in server.requests[1].messages[-1].content
    with ScriptedLLM(Reply(text="one two", finish_reason="length")) as server, pytest.raises(ModelError) as caught:
        await ask(server, max_tokens=3, parse=int)
    assert caught.value.fields["finish_reason"] == "length"


async def test_an_empty_answer_is_not_quoted_back() -> None:
    with ScriptedLLM(["", "7"]) as server:
        completion = await ask(server, parse=int)
        assert [turn.role for turn in server.requests[1].messages] == ["system", "user", "user"]
    assert completion.value == 7


@pytest.mark.requirement("llm.accounting")
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_server_that_tells_no_usage_is_estimated_and_flagged(streamed: bool) -> None:
    pieces: list[str] = []
    with ScriptedLLM(Reply(text="Paris, 巴黎", usage="none")) as server:
        completion = await ask(server, on_token=pieces.append if streamed else None)
    assert completion.usage.estimated
    # system 7 characters, question 18: 2 + 4 and 5 + 4; answer 7 characters and 2 Chinese ones
    assert completion.usage.tokens_in == 15
    assert completion.usage.tokens_out == 4


@pytest.mark.requirement("llm.accounting")
async def test_usage_is_what_the_server_says_not_what_the_text_looks_like() -> None:
    with ScriptedLLM(Reply(text="Paris", usage=(1234, 56))) as server:
        completion = await ask(server)
    assert (completion.usage.tokens_in, completion.usage.tokens_out) == (1234, 56)


async def test_an_error_of_the_consumer_is_its_own_and_the_request_is_still_charged() -> None:
    def broken(piece: str) -> None:
        raise TypeError(f"cannot show {piece}")

    meter = Meter(Budget())
    with ScriptedLLM("Paris") as server, pytest.raises(TypeError, match="cannot show Paris"):
        await ask(server, meter=meter, on_token=broken)
    assert meter.spent.calls == 1


@pytest.mark.requirement("llm.cancel")
@pytest.mark.parametrize("on_token", [None, list[str]().append], ids=["plain", "streamed"])
async def test_cancelling_closes_the_connection_and_keeps_the_count(on_token: Callable[[str], None] | None) -> None:
    meter = Meter(Budget(calls=2))
    with ScriptedLLM(Fault.stall(30, after_chunks=1)) as server:
        task = asyncio.create_task(ask(server, meter=meter, call_timeout_s=30, on_token=on_token))
        await asyncio.to_thread(_wait_for, lambda: bool(server.requests))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(_wait_for, lambda: server.hung_up == 1)
    assert (meter.spent.calls, meter.exhausted()) == (1, None)


def _wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _patience(fault: Fault) -> float:
    return 1.5 if fault.kind == "stall" else 20.0


def _bill(usage: Usage) -> tuple[int, int, int]:
    return usage.calls, usage.tokens_in, usage.tokens_out


@pytest.mark.requirement("llm.accounting")
async def test_streams_that_break_off_use_up_the_budgets_tokens() -> None:
    meter = Meter(Budget(tokens=1600))
    broken = Fault.drop(after_chunks=300, text="word " * 600)
    with ScriptedLLM(broken) as server, pytest.raises((ModelError, BudgetExceeded)):
        await ask(server, meter=meter, max_tokens=1000, on_token=list[str]().append)
    assert meter.spent.tokens_out >= 300 * meter.spent.calls > 0


@pytest.mark.requirement("llm.thoughts")
@pytest.mark.parametrize("thoughts", ["<think>Hm, UNANSWERABLE?</think>\n\n", "Okay, passage 1 says…\n</think>\n\n"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_models_thoughts_are_no_part_of_its_answer(thoughts: str, streamed: bool) -> None:
    pieces: list[str] = []
    with ScriptedLLM(thoughts + "Paris [1].") as server:
        completion = await ask(server, on_token=pieces.append if streamed else None)
    assert completion.value == completion.text.strip() == "Paris [1]."
    assert seen(pieces) == ("Paris [1]." if streamed else "")


@pytest.mark.requirement("llm.thoughts")
async def test_a_model_that_thinks_past_the_longest_answer_gets_room_at_the_second_try() -> None:
    def think(request: ChatRequest) -> Reply:
        room = request.max_tokens or 0
        return Reply(text="R,AG") if room > 600 else Reply(finish_reason="length")

    with ScriptedLLM(think) as server:
        completion = await ask(server, max_tokens=16, parse=_some)
        assert [request.max_tokens for request in server.requests] == [16, 2048]
    assert completion.value == "R,AG"


@pytest.mark.requirement("llm.thoughts")
async def test_the_setting_max_tokens_is_the_least_that_a_request_allows() -> None:
    with ScriptedLLM("Paris") as server:
        for wanted in (16, 6_000):
            await ask(server, max_tokens=wanted, min_answer=4_000)
        assert [request.max_tokens for request in server.requests] == [4_000, 6_000]
        await Gateway.of(Settings(model="m", base_url=server.base_url, max_tokens=900)).complete(
            PROMPT, role="planner", meter=Meter(Budget()), parse=str.strip, max_tokens=16
        )
        assert server.requests[-1].max_tokens == 900
    with pytest.raises(UsageError, match="max_tokens=0"):
        Gateway.build(max_tokens=0)


def _some(text: str) -> str:
    if not text:
        raise ValueError("write something")
    return text
