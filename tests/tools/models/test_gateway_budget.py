"""Each limit of a budget holds inside a call, and for calls that run side by side."""

import asyncio
import logging

import pytest

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, UsageError
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Completion, Prompt
from questline.types import Message

PROMPT = Prompt(system="", messages=(Message(role="user", content="word " * 40),))
"""200 characters: estimated as 54 tokens, billed by the scripted server as 40."""
LONG = "word " * 400


def gateway(server: ScriptedLLM) -> Gateway:
    return Gateway.build(model="m", base_url=server.base_url, first_wait_s=0.01, prices={"m": (100.0, 1000.0)})


async def ask(gateway: Gateway, meter: Meter, max_tokens: int = 512) -> Completion[str]:
    return await gateway.complete(PROMPT, role="generate", meter=meter, parse=str, max_tokens=max_tokens)


@pytest.mark.requirement("llm.budget")
async def test_calls_are_limited_and_retries_are_calls() -> None:
    meter = Meter(Budget(calls=2))
    with ScriptedLLM([Fault.status(500), Fault.status(500), "late"]) as server:
        with pytest.raises(BudgetExceeded) as caught:
            await ask(gateway(server), meter)
        assert len(server.requests) == 2
    assert caught.value.fields["limit"] == "calls"
    assert caught.value.usage == meter.spent
    assert meter.spent.calls == 2


@pytest.mark.requirement("llm.budget")
async def test_an_answer_is_shortened_to_the_tokens_that_are_left() -> None:
    meter = Meter(Budget(tokens=100))
    with ScriptedLLM(LONG) as server:
        completion = await ask(gateway(server), meter)
        assert server.requests[0].max_tokens == 46
        assert completion.usage.tokens == 86
        with pytest.raises(BudgetExceeded) as caught:
            await ask(gateway(server), meter)
        assert len(server.requests) == 1
    assert caught.value.fields["limit"] == "tokens"


async def test_a_prompt_that_leaves_no_room_for_an_answer_is_not_sent() -> None:
    with ScriptedLLM("x") as server:
        with pytest.raises(BudgetExceeded):
            await ask(gateway(server), Meter(Budget(tokens=60)))
        short = await ask(gateway(server), Meter(Budget(tokens=60)), max_tokens=5)
        assert len(server.requests) == 1
    assert short.text == "x"


@pytest.mark.requirement("llm.budget", "llm.prices")
async def test_an_answer_is_shortened_to_the_dollars_that_are_left() -> None:
    # 54 tokens at 100 USD a million leave 0.0246 USD of 0.03: 24 tokens at 1,000 USD a million
    meter = Meter(Budget(usd=0.03))
    with ScriptedLLM(LONG) as server:
        completion = await ask(gateway(server), meter)
        assert server.requests[0].max_tokens == 24
        assert completion.usage.usd == pytest.approx(40 * 100e-6 + 24 * 1000e-6)
        with pytest.raises(BudgetExceeded) as caught:
            await ask(gateway(server), meter)
    assert caught.value.fields["limit"] == "usd"
    assert meter.spent.usd <= 0.03


@pytest.mark.requirement("llm.budget")
async def test_a_retry_waits_no_longer_than_there_are_seconds() -> None:
    with ScriptedLLM(Fault.status(500)) as server:
        patient = Gateway.build(model="m", base_url=server.base_url, first_wait_s=30)
        with pytest.raises(Exception, match="HTTP 500") as caught:
            await ask(patient, Meter(Budget(seconds=3)))
        assert len(server.requests) == 1
    assert getattr(caught.value, "code", "") == "backend_unavailable"


@pytest.mark.requirement("llm.budget")
async def test_no_request_is_sent_after_the_seconds_are_over() -> None:
    with ScriptedLLM("x") as server:
        with pytest.raises(BudgetExceeded) as caught:
            await ask(gateway(server), Meter(Budget(seconds=5), elapsed_before_s=6))
        assert server.requests == []
    assert caught.value.fields["limit"] == "seconds"


@pytest.mark.requirement("llm.parallel")
@pytest.mark.parametrize(
    ("budget", "answered"),
    [(Budget(calls=3), 3), (Budget(tokens=300), 4), (Budget(usd=0.1), 4)],
    ids=["calls", "tokens", "usd"],
)
async def test_calls_side_by_side_cannot_pass_the_limit_together(budget: Budget, answered: int) -> None:
    meter = Meter(budget)
    with ScriptedLLM(Reply(text="word " * 20, delay_s=0.3)) as server:
        shared = gateway(server)
        async with shared.session():
            done = await asyncio.gather(*(ask(shared, meter, max_tokens=20) for _ in range(8)), return_exceptions=True)
        kept = [each for each in done if isinstance(each, Completion)]
        assert {type(each) for each in done} == {Completion, BudgetExceeded}
        assert len(kept) == len(server.requests) == server.most_at_once == answered
    assert meter.spent.calls == answered
    assert meter.spent.tokens <= (budget.tokens or 10**9)
    assert meter.spent.usd <= (budget.usd or 10**9)


@pytest.mark.requirement("llm.parallel")
async def test_what_a_finished_call_did_not_use_is_free_again() -> None:
    meter = Meter(Budget(tokens=700))
    with ScriptedLLM("short") as server:
        for _ in range(5):  # each reserves up to 566 tokens and uses 41
            await ask(gateway(server), meter)
    assert meter.spent.tokens == 5 * 41


@pytest.mark.requirement("llm.prices")
async def test_a_models_own_price_comes_before_the_table_by_either_name() -> None:
    with ScriptedLLM(Reply(text="x", usage=(1_000_000, 500_000))) as server:
        for prices in ({"openai:gpt-4o-mini": (1.0, 4.0)}, {"gpt-4o-mini": (1.0, 4.0)}):
            own = Gateway.build(model="openai:gpt-4o-mini", base_url=server.base_url, prices=prices)
            assert (await ask(own, Meter(Budget()))).usage.usd == pytest.approx(3.0)


@pytest.mark.requirement("llm.prices")
async def test_a_server_in_the_house_is_free_and_not_flagged(caplog: pytest.LogCaptureFixture) -> None:
    with ScriptedLLM("x") as server:
        free = Gateway.build(model="gpt-4o-mini", base_url=server.base_url)
        assert (await ask(free, Meter(Budget(usd=0.01)))).usage.usd == 0.0
    assert free.prices.unpriced == frozenset()
    assert not [record for record in caplog.records if record.name == "questline.models"]


@pytest.mark.requirement("llm.prices")
async def test_a_provider_with_a_known_price_is_charged_by_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLM(Reply(text="x", usage=(1_000_000, 1_000_000))) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.root_url)
        environ = {"ANTHROPIC_API_KEY": "k"}
        completion = await ask(
            Gateway.build(model="anthropic:claude-3-haiku-20240307", environ=environ), Meter(Budget())
        )
    assert completion.usage.usd == pytest.approx(0.25 + 1.25)


@pytest.mark.requirement("llm.prices")
async def test_a_model_without_a_price_costs_nothing_and_is_flagged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedLLM("x") as server, caplog.at_level(logging.WARNING, logger="questline.models"):
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.root_url)
        unknown = Gateway.build(model="anthropic:claude-of-tomorrow", environ={"ANTHROPIC_API_KEY": "k"})
        for _ in range(2):
            assert (await ask(unknown, Meter(Budget()))).usage.usd == 0.0
    assert unknown.prices.unpriced == {"anthropic:claude-of-tomorrow"}
    assert len([record for record in caplog.records if record.name == "questline.models"]) == 1


@pytest.mark.requirement("llm.prices")
@pytest.mark.parametrize("pair", [(-1.0, 1.0), (1.0, float("nan")), (1.0,)])
def test_a_price_that_cannot_be_is_refused(pair: tuple[float, float]) -> None:
    with pytest.raises(UsageError) as caught:
        Gateway.build(prices={"m": pair})
    assert (caught.value.code, caught.value.fields["model"]) == ("bad_settings", "m")


async def test_a_price_that_the_provider_reports_is_believed() -> None:
    from decimal import Decimal

    from pydantic_ai.usage import RequestUsage

    from questline.tools.models.prices import Priced, PriceTable

    usage, reported = RequestUsage(input_tokens=10, output_tokens=10), Decimal("0.5")
    priced = Priced(name="m", model="m", base_url="https://router.example/v1")
    assert PriceTable().usd(priced, usage, reported=reported) == 0.5
    assert PriceTable({"m": (1.0, 1.0)}).usd(priced, usage, reported=reported) == pytest.approx(20e-6)


async def test_a_function_can_script_the_server_by_what_was_spent() -> None:
    def answer(request: ChatRequest) -> str:
        return f"{request.max_tokens}"

    with ScriptedLLM(answer) as server:
        texts = [(await ask(gateway(server), Meter(Budget(tokens=tokens)))).text for tokens in (100, 200, 10_000)]
    assert texts == ["46", "146", "512"]
