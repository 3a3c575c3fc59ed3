"""OpenAI's own client against a real socket."""

from __future__ import annotations

import time
from collections.abc import Callable

import openai
import pytest
from openai.types.chat import ChatCompletionUserMessageParam

from questline.errors import ModelError

from .conftest import Scripted, answer, finished, tokens

Listen = Callable[..., str]
QUESTION: ChatCompletionUserMessageParam = {"role": "user", "content": "What is the capital of France?"}


def sdk(address: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=10)


@pytest.mark.requirement("faces.chat-plain")
def test_a_plain_answer_reads_as_a_chat_completion(scripted: Scripted, listen: Listen) -> None:
    with sdk(listen(scripted)) as client:
        reply = client.chat.completions.create(model="questline", messages=[QUESTION])
    assert reply.choices[0].message.content == "Paris is the capital."
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (20, 5, 25)
    extras = (reply.model_extra or {})["questline"]
    assert (extras["status"], extras["run_id"], extras["short"]) == ("complete", "r1", "Paris")
    assert extras["citations"] == [{"start": 0, "end": 21, "evidence_id": "p1", "quote": ""}]
    assert extras["evidence"][0]["source"] == "france.md"
    assert extras["ledger"]["entries"][0]["usage"]["calls"] == 1


@pytest.mark.requirement("faces.chat-stream")
def test_a_streamed_answer_comes_in_chunks_with_usage_at_the_end(scripted: Scripted, listen: Listen) -> None:
    with sdk(listen(scripted)) as client:
        stream = client.chat.completions.create(
            model="questline", messages=[QUESTION], stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    pieces = [choice.delta.content for chunk in chunks for choice in chunk.choices]
    assert pieces == ["", "Paris is ", "the capital.", None]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-2].model_extra or {})["questline"]["status"] == "complete"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 25
    assert len({chunk.id for chunk in chunks}) == 1


def test_pieces_arrive_while_the_question_runs(listen: Listen) -> None:
    slow = Scripted(lambda ask: [*tokens("Paris is "), 0.5, *tokens("the capital."), finished(answer())])
    with sdk(listen(slow)) as client:
        began = time.monotonic()
        stream = client.chat.completions.create(model="questline", messages=[QUESTION], stream=True)
        arrived = [time.monotonic() - began for chunk in stream if chunk.choices[0].delta.content]
    assert arrived[0] < 0.4
    assert arrived[1] >= 0.5


@pytest.mark.requirement("faces.chat-stream")
def test_an_error_after_the_first_chunk_ends_the_stream_with_its_code(listen: Listen) -> None:
    failing = Scripted(lambda ask: [*tokens("Paris"), ModelError("the model is gone", code="backend_unavailable")])
    with sdk(listen(failing)) as client:
        stream = client.chat.completions.create(model="questline", messages=[QUESTION], stream=True)
        with pytest.raises(openai.APIError) as caught:
            list(stream)
    assert caught.value.code == "backend_unavailable"


@pytest.mark.requirement("faces.http-errors")
def test_errors_are_the_classes_that_the_sdk_knows(listen: Listen) -> None:
    down = Scripted(lambda ask: [ModelError("no answer after all retries")])
    with sdk(listen(down)) as client:
        with pytest.raises(openai.NotFoundError) as unknown:
            client.chat.completions.create(model="gpt-99", messages=[QUESTION])
        with pytest.raises(openai.InternalServerError) as gone:
            client.chat.completions.create(model="questline", messages=[QUESTION], stream=True)
        with pytest.raises(openai.BadRequestError) as wrong:
            client.chat.completions.create(model="questline", messages=[QUESTION], n=2)
    assert (unknown.value.code, unknown.value.param) == ("unknown_model", "model")
    assert (gone.value.status_code, gone.value.code) == (503, "backend_unavailable")
    assert (wrong.value.code, wrong.value.param) == ("bad_argument", "n")


@pytest.mark.requirement("faces.http-key")
def test_a_server_with_a_key_asks_for_it(scripted: Scripted, listen: Listen) -> None:
    address = listen(scripted, api_key="sesame")
    with sdk(address, "wrong") as client, pytest.raises(openai.AuthenticationError) as refused:
        client.models.list()
    with sdk(address, "sesame") as client:
        assert [model.id for model in client.models.list()] == ["questline", "embedded"]
    assert refused.value.code == "unauthorized"


@pytest.mark.requirement("faces.http-disconnect")
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "plain"])
def test_a_client_that_hangs_up_stops_the_question(stream: bool, listen: Listen) -> None:
    endless = Scripted(lambda ask: [*tokens("Paris"), 60.0, finished(answer())])
    client = sdk(listen(endless)).with_options(timeout=0.3)
    with pytest.raises(openai.APIError), client:
        list(client.chat.completions.create(model="questline", messages=[QUESTION], stream=stream))
    deadline = time.monotonic() + 5
    while not endless.cancelled and time.monotonic() < deadline:
        time.sleep(0.01)
    assert endless.cancelled == 1
