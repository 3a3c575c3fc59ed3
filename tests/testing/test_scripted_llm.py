"""The scripted server is a server: it can be asked with any HTTP client, and it does what its script says."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, get_origin

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import questline.testing
from questline.testing import ChatRequest, Fault, Reply, Rule, ScriptedLLM
from questline.testing.replies import count_tokens
from questline.types import Message


def ask(server: ScriptedLLM, text: str = "Hello there", **fields: object) -> httpx.Response:
    body = {"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]}
    return httpx.post(f"{server.base_url}/chat/completions", json={**body, **fields}, timeout=10)


def answer(response: httpx.Response) -> str:
    return response.json()["choices"][0]["message"]["content"]


def events(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


@pytest.mark.requirement("testing.scripted-llm")
def test_a_list_is_answered_in_order_and_a_request_too_many_is_told() -> None:
    with ScriptedLLM(["one", Reply(text="two")]) as server:
        assert [answer(ask(server)), answer(ask(server))] == ["one", "two"]
        extra = ask(server)
        assert (extra.status_code, "2 items" in extra.text) == (400, True)
        assert len(server.requests) == 3


@pytest.mark.requirement("testing.scripted-llm")
def test_rules_answer_by_what_is_asked() -> None:
    rules = [
        Rule("^Be brief", Fault.status(503), "brief", role="system"),
        Rule("capital", "Paris"),
    ]
    with ScriptedLLM(rules) as server:
        assert ask(server, "capital").status_code == 503
        assert [answer(ask(server, "capital")) for _ in range(3)] == ["brief"] * 3
    with ScriptedLLM(rules[1:]) as server:
        assert answer(ask(server, "The capital?")) == "Paris"
        assert "no rule" in ask(server, "The river?").text


def test_a_function_answers_from_the_request() -> None:
    def reverse(request: ChatRequest) -> Reply:
        return Reply(text=request.messages[-1].content[::-1])

    with ScriptedLLM(reverse) as server:
        assert answer(ask(server, "abc")) == "cba"


def test_one_item_answers_everything() -> None:
    with ScriptedLLM("yes") as server:
        assert [answer(ask(server)) for _ in range(3)] == ["yes"] * 3


def test_rules_and_items_do_not_mix() -> None:
    with pytest.raises(TypeError):
        ScriptedLLM([Rule("x", "y"), "z"])  # pyright: ignore[reportArgumentType]  # because the test passes what types forbid
    with pytest.raises(ValueError, match="at least one"):
        Rule("x")


@pytest.mark.requirement("testing.scripted-llm")
def test_requests_are_kept_as_they_came() -> None:
    with ScriptedLLM("ok") as server:
        ask(server, temperature=0, max_tokens=7)
        (request,) = server.requests
    assert request.messages == (
        Message(role="system", content="Be brief."),
        Message(role="user", content="Hello there"),
    )
    assert (request.model, request.stream, request.max_tokens, request.body["temperature"]) == ("m", False, 7, 0)
    assert request.headers["content-type"] == "application/json"
    assert request.text("user") == "Hello there"


@pytest.mark.requirement("testing.scripted-llm")
def test_what_is_billed_is_exactly_what_was_reported() -> None:
    with ScriptedLLM(
        ["Yes, sir.", Reply(text="x", usage=(100, 7)), Reply(text="x", usage="none"), Fault.status(500)]
    ) as server:
        usages = [ask(server).json().get("usage") for _ in range(4)]
        assert usages == [
            {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9},
            {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107},
            None,
            None,
        ]
        assert (server.billed.calls, server.billed.tokens_in, server.billed.tokens_out) == (4, 105, 11)


@pytest.mark.requirement("testing.scripted-llm")
def test_a_streamed_answer_comes_in_pieces_and_tells_usage_only_when_asked() -> None:
    with ScriptedLLM(Reply(pieces=("Hel", "lo"))) as server:
        plain = events(ask(server, stream=True))
        assert server.billed.tokens == 0
        full = events(ask(server, stream=True, stream_options={"include_usage": True}))
        assert server.billed.tokens_out == 1
    assert [event["choices"][0]["delta"].get("content") for event in plain[:-1]] == ["", "Hel", "lo", None]
    assert plain[-2]["choices"][0]["finish_reason"] == "stop"
    assert plain[-1] == full[-1] == "[DONE]"
    assert full[-2]["usage"]["completion_tokens"] == 1


@given(st.text(max_size=60), st.integers(0, 12))
def test_an_answer_is_cut_at_max_tokens_and_says_so(text: str, most: int) -> None:
    pieces, finish = Reply(text=text).cut(most)
    cut = "".join(pieces)
    assert count_tokens(cut) == min(count_tokens(text), most)
    assert finish == ("length" if count_tokens(text) > most else "stop")
    assert text.startswith(cut)
    assert "".join(Reply(text=text).cut(None)[0]) == text


@pytest.mark.requirement("testing.faults")
def test_a_status_comes_with_its_headers() -> None:
    with ScriptedLLM(
        [Fault.status(429, retry_after=3), Fault.status(429, retry_after=0.25, error="slow_down")]
    ) as server:
        first, second = ask(server), ask(server)
    assert (first.status_code, first.headers["retry-after"]) == (429, "3")
    assert (second.headers["retry-after-ms"], second.json()["error"]["code"]) == ("250", "slow_down")


@pytest.mark.requirement("testing.faults")
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("after", [0, 1])
def test_a_drop_breaks_the_connection(stream: bool, after: int) -> None:
    with (
        ScriptedLLM(Fault.drop(after_chunks=after)) as server,
        pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)),
    ):
        ask(server, stream=stream)


@pytest.mark.requirement("testing.faults")
def test_a_drop_inside_a_stream_sends_the_pieces_before_it() -> None:
    body = {"model": "m", "messages": list[object](), "stream": True}
    with (
        ScriptedLLM(Fault.drop(after_chunks=2, text="one two three")) as server,
        httpx.stream("POST", f"{server.base_url}/chat/completions", json=body) as response,
    ):
        heard = _until_it_breaks(response)
    assert '"one"' in heard
    assert '" two"' in heard
    assert "three" not in heard


@pytest.mark.requirement("testing.faults")
@pytest.mark.parametrize("stream", [False, True])
def test_a_stall_is_silent_until_its_end(stream: bool) -> None:
    with ScriptedLLM(Fault.stall(0.3)) as server:
        started = time.monotonic()
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            ask(server, stream=stream)
        assert time.monotonic() - started >= 0.3
        assert server.hung_up == 0


def test_a_client_that_does_not_wait_is_noticed() -> None:
    with ScriptedLLM(Fault.stall(30)) as server:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{server.base_url}/chat/completions", json={}, timeout=0.2)
        deadline = time.monotonic() + 5
        while not server.hung_up and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.hung_up == 1


@pytest.mark.requirement("testing.faults")
@pytest.mark.parametrize("stream", [False, True])
def test_bodies_can_be_broken_or_something_else(stream: bool) -> None:
    with ScriptedLLM([Fault.malformed(), Fault.wrong_content()]) as server:
        broken, page = ask(server, stream=stream), ask(server, stream=stream)
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.text.removeprefix("data: "))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")


@pytest.mark.requirement("testing.faults")
def test_a_stream_can_end_early_or_with_an_error() -> None:
    with ScriptedLLM(
        [Fault.cut_short(after_chunks=1), Fault.stream_error(), Fault.stream_error(), Fault.cut_short()]
    ) as server:
        short, error = events(ask(server, stream=True)), events(ask(server, stream=True))
        assert ask(server).status_code == 500
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            ask(server)
    assert short[-1]["choices"][0]["finish_reason"] is None
    assert error[-1]["error"]["code"] == "server_error"


@pytest.mark.requirement("testing.scripted-llm")
def test_anthropics_format_is_spoken_too() -> None:
    turns = [{"role": "user", "content": [{"type": "text", "text": "Hello there"}]}]
    system = [{"type": "text", "text": "Be brief."}]
    body: dict[str, object] = {"model": "c", "system": system, "messages": turns, "max_tokens": 2}
    with ScriptedLLM("one two three") as server:
        whole = httpx.post(f"{server.root_url}/v1/messages", json=body).json()
        streamed = events(httpx.post(f"{server.root_url}/v1/messages", json={**body, "stream": True}))
        assert server.requests[0].text() == "Be brief.\nHello there"
        assert (server.billed.tokens_in, server.billed.tokens_out) == (10, 4)
    assert (whole["content"][0]["text"], whole["stop_reason"]) == ("one two", "max_tokens")
    assert whole["usage"] == {"input_tokens": 5, "output_tokens": 2}
    assert [event["type"] for event in streamed][-2:] == ["message_delta", "message_stop"]
    assert streamed[-2]["usage"] == {"output_tokens": 2}
    with ScriptedLLM([Fault.stream_error(error="overloaded_error"), Fault.status(429)]) as server:
        failed = events(httpx.post(f"{server.root_url}/v1/messages", json={**body, "stream": True}))
        refused = httpx.post(f"{server.root_url}/v1/messages", json=body)
    assert failed[-1]["error"]["type"] == "overloaded_error"
    assert refused.json()["error"]["type"] == "rate_limit_error"


def test_models_are_listed_and_other_paths_do_not_exist() -> None:
    with ScriptedLLM("x", models=("a", "b")) as server:
        rows = httpx.get(f"{server.base_url}/models").json()["data"]
        assert [row["id"] for row in rows] == ["a", "b"]
        assert httpx.get(f"{server.base_url}/chat/completions").status_code == 404
        assert httpx.post(f"{server.base_url}/embeddings", json={}).status_code == 404
        assert server.requests == []


def test_a_key_can_be_asked_for() -> None:
    with ScriptedLLM("x", api_key="secret") as server:
        url = f"{server.base_url}/models"
        codes = [
            httpx.get(url).status_code,
            httpx.get(url, headers={"authorization": "Bearer secret"}).status_code,
            httpx.get(url, headers={"x-api-key": "secret"}).status_code,
        ]
    assert codes == [401, 200, 200]


@pytest.mark.requirement("testing.scripted-llm")
def test_connections_are_kept_alive_and_answers_run_side_by_side() -> None:
    async def both(server: ScriptedLLM) -> None:
        async with httpx.AsyncClient() as client:
            url, body = f"{server.base_url}/chat/completions", {"messages": list[object]()}
            await client.post(url, json=body)
            await client.post(url, json=body)
            assert server.connections == 1
            await asyncio.gather(*(client.post(url, json=body) for _ in range(3)))

    with ScriptedLLM(Reply(text="x", delay_s=0.2)) as server:
        asyncio.run(both(server))
        assert server.most_at_once == 3


@pytest.mark.requirement("testing.scripted-llm")
def test_the_end_of_the_block_leaves_no_thread_and_no_port() -> None:
    before = set(threading.enumerate())
    with ScriptedLLM(Fault.stall(60)) as server:
        idle = socket.create_connection(("127.0.0.1", int(server.root_url.rpartition(":")[2])))
        waiting = threading.Thread(target=_expect_break, args=(lambda: ask(server),))
        waiting.start()
        while not server.requests:
            time.sleep(0.01)
    waiting.join(5)
    idle.close()
    assert set(threading.enumerate()) <= before
    with pytest.raises(httpx.ConnectError):
        ask(server)
    with pytest.raises(RuntimeError), server:
        pass


def _until_it_breaks(response: httpx.Response) -> str:
    heard = ""
    try:
        for text in response.iter_text():
            heard += text
    except (httpx.ReadError, httpx.RemoteProtocolError):
        return heard
    raise AssertionError(f"the stream came to its end: {heard}")


def _expect_break(call: Callable[[], object]) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        call()


def test_the_packages_names_are_real_and_sorted() -> None:
    assert list(questline.testing.__all__) == sorted(questline.testing.__all__)
    for name in questline.testing.__all__:
        value = getattr(questline.testing, name)
        assert get_origin(value) is not None or value.__name__ == name  # an alias of a type has no name of its own
    assert not hasattr(questline.testing, "Nothing")
