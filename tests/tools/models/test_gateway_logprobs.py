"""How likely each token was: asked for only where wanted, told plain and streamed, and done without in silence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from questline.budget import Budget, Meter
from questline.errors import ModelError
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Completion, Prompt, TokenChance
from questline.tools.models.logprobs import told_chances
from questline.types import Message

PLAIN = Prompt(system="Answer.", messages=(Message(role="user", content="Capital of France?"),))
ASKING = replace(PLAIN, logprobs=2)
TOKENS = (
    TokenChance(text="Par", logprob=math.log(0.5), top=(("Par", math.log(0.5)), ("Ly", math.log(0.25)), ("N", -3.0))),
    TokenChance(text="is", logprob=0.0),
)


async def ask(
    server: ScriptedLLM, *prompts: Prompt, streamed: bool = False, budget: Budget | None = None
) -> list[Completion[str]]:
    gateway = Gateway.build(model="m", base_url=server.base_url, first_wait_s=0.01)
    return [
        await gateway.complete(
            prompt,
            role="select",
            meter=Meter(budget or Budget()),
            parse=str.strip,
            on_token=(lambda piece: None) if streamed else None,
        )
        for prompt in prompts
    ]


@pytest.mark.requirement("llm.logprobs")
@pytest.mark.parametrize("streamed", [False, True])
async def test_tokens_come_with_their_logarithms_plain_and_streamed(streamed: bool) -> None:
    with ScriptedLLM(Reply(tokens=TOKENS)) as server:
        (completion,) = await ask(server, ASKING, streamed=streamed)
    assert completion.text == "Paris"
    first, second = completion.tokens
    assert (first.text, first.data, second.text, second.top) == ("Par", b"Par", "is", ())
    assert first.top == (("Par", math.log(0.5)), ("Ly", math.log(0.25)))  # as many as were asked for
    assert first.logprob == pytest.approx(math.log(0.5))
    assert (server.requests[0].body["logprobs"], server.requests[0].body["top_logprobs"]) == (True, 2)
    assert server.requests[0].stream == streamed


@pytest.mark.requirement("llm.logprobs")
async def test_nobody_asks_for_what_is_not_wanted() -> None:
    with ScriptedLLM(Reply(tokens=TOKENS)) as server:
        (completion,) = await ask(server, PLAIN)
    assert "logprobs" not in server.requests[0].body
    assert (completion.text, completion.tokens) == ("Paris", ())


@pytest.mark.requirement("llm.logprobs")
async def test_a_server_that_ignores_the_wish_gives_the_text_alone() -> None:
    with ScriptedLLM("Paris") as server:
        (completion,) = await ask(server, ASKING)
    assert (completion.text, completion.tokens, completion.usage.calls) == ("Paris", (), 1)


@pytest.mark.requirement("llm.logprobs")
@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_refuses_is_asked_without_and_never_again_with_it(status: int) -> None:
    def script(request: ChatRequest) -> str | Fault:
        return Fault.status(status, message="logprobs is not supported") if "logprobs" in request.body else "Paris"

    with ScriptedLLM(script) as server:
        first, second = await ask(server, ASKING, ASKING)
    assert ["logprobs" in request.body for request in server.requests] == [True, False, False]
    assert (first.text, first.tokens, first.usage.calls, second.usage.calls) == ("Paris", (), 2, 1)


@pytest.mark.requirement("llm.logprobs")
async def test_a_request_that_is_refused_for_another_reason_fails_as_before_and_is_no_sign() -> None:
    with ScriptedLLM([Fault.status(400), Fault.status(400), Reply(tokens=TOKENS)]) as server:
        gateway = Gateway.build(model="m", base_url=server.base_url, first_wait_s=0.01)
        with pytest.raises(ModelError) as caught:
            await gateway.complete(ASKING, role="select", meter=Meter(Budget()), parse=str.strip)
        after = await gateway.complete(ASKING, role="select", meter=Meter(Budget()), parse=str.strip)
    assert (caught.value.code, caught.value.usage.calls) == ("model_refused", 2)
    assert len(after.tokens) == 2


@pytest.mark.requirement("llm.logprobs")
@pytest.mark.parametrize(
    "items",
    [
        "no list",
        [1],
        [{"token": "a"}],
        [{"token": 3, "logprob": -1.0}],
        [{"token": "a", "logprob": "-1"}],
        [{"token": "a", "logprob": float("nan")}],
        [{"token": "a", "logprob": -1.0, "bytes": [300]}],
        [{"token": "a", "logprob": -1.0, "top_logprobs": [{"token": "b"}]}],
    ],
)
def test_what_cannot_be_read_is_not_there(items: object) -> None:
    assert told_chances({"logprobs": items}) == ()
    assert told_chances(None) == told_chances({}) == ()


@pytest.mark.requirement("testing.scripted-llm")
async def test_a_scripted_answer_that_is_cut_tells_the_tokens_that_are_left() -> None:
    words: Sequence[TokenChance] = [TokenChance(text=text, logprob=-1.0) for text in ("one", " two", " three")]
    with ScriptedLLM(Reply(tokens=tuple(words))) as server:
        gateway = Gateway.build(model="m", base_url=server.base_url)
        done = await gateway.complete(ASKING, role="select", meter=Meter(Budget()), parse=str.strip, max_tokens=2)
    assert (done.text, done.finish_reason, [token.text for token in done.tokens]) == (
        "one two",
        "length",
        ["one", " two"],
    )
