"""The HTTP face in memory: what is refused, with which status and code, and what is passed on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from questline.budget import Budget
from questline.errors import (
    BudgetExceeded,
    MissingExtra,
    ModelError,
    QuestlineError,
    RunError,
    ServerUnavailable,
    ToolTimeout,
    UsageError,
)
from questline.health import Check, Report
from questline.types import Event, Expected, Filters, Message, Why

from .conftest import Scripted, answer, body, connect, finished, tokens

MakeApp = Callable[..., FastAPI]
CHAT = "/v1/chat/completions"


def error_of(reply: httpx.Response) -> dict[str, Any]:
    assert set(reply.json()) == {"error"}
    error = reply.json()["error"]
    assert set(error) == {"message", "type", "code", "param"}
    return error


def sent(reply: httpx.Response) -> list[dict[str, Any]]:
    """The JSON of each event of a stream, without the closing mark."""
    events = [line.removeprefix("data: ") for line in reply.text.split("\n\n") if line.startswith("data: ")]
    return [json.loads(event) for event in events if event != "[DONE]"]


def text_of(reply: httpx.Response) -> str:
    return "".join(choice["delta"].get("content", "") for chunk in sent(reply) for choice in chunk.get("choices", ()))


@pytest.mark.requirement("faces.chat-history")
async def test_earlier_messages_are_history_and_none_is_dropped(client: httpx.AsyncClient, scripted: Scripted) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "kind."}]},
        {"role": "user", "content": "Who wrote it?"},
        {"role": "assistant", "content": "Ann."},
        {"role": "user", "content": "When?"},
    ]
    reply = await client.post(CHAT, json=body(messages=messages, temperature=0.2, user="u1"))
    assert reply.status_code == 200
    ((model, ask),) = scripted.asked
    assert (model, ask.question) == ("questline", "When?")
    assert ask.options.get("history") == [
        Message(role="system", content="Be brief."),
        Message(role="system", content="Be\nkind."),
        Message(role="user", content="Who wrote it?"),
        Message(role="assistant", content="Ann."),
    ]


@pytest.mark.requirement("faces.chat-options")
async def test_options_of_one_question_are_passed_on(client: httpx.AsyncClient, scripted: Scripted) -> None:
    options: dict[str, object] = {
        "budget": "calls=1",
        "planner": "rule",
        "workflow": "R,AG",
        "k": 3,
        "run_id": "run-7",
        "filters": {"sources": ["docs/"], "date_from": "2024-01-01"},
    }
    reply = await client.post(CHAT, json=body(questline=options, model="embedded"))
    ((model, ask),) = scripted.asked
    assert model == "embedded"
    assert ask.options == {
        **options,
        "filters": Filters(sources=("docs/",), date_from="2024-01-01"),
        "history": [],
    }
    assert reply.json()["id"] == "chatcmpl-run-7"


@pytest.mark.requirement("use.limits")
async def test_a_budget_may_be_limits_by_name(client: httpx.AsyncClient, scripted: Scripted) -> None:
    await client.post(CHAT, json=body(questline={"budget": {"usd": 0.01, "seconds": 2, "calls": 3.0}}))
    ((_, ask),) = scripted.asked
    assert ask.options.get("budget") == Budget(usd=0.01, seconds=2, calls=3)


@pytest.mark.requirement("use.limits")
@pytest.mark.parametrize(
    "budget",
    [
        *('{"usd": 0}', '{"usd": -1}', '{"seconds": NaN}', '{"seconds": Infinity}', '{"euros": 1}', '{"calls": 1.5}'),
        *('{"usd": "much"}', '{"usd": true}', '{"seconds": []}', "{}", "[]", "5", "false"),
    ],
)
async def test_a_budget_that_cannot_be_read_is_refused(
    budget: str, client: httpx.AsyncClient, scripted: Scripted
) -> None:
    content = f'{{"messages": [{{"role": "user", "content": "Who?"}}], "questline": {{"budget": {budget}}}}}'
    reply = await client.post(CHAT, content=content, headers={"content-type": "application/json"})
    assert (reply.status_code, error_of(reply)["code"]) == (400, "bad_budget")
    assert error_of(reply)["param"] == "questline.budget"
    assert scripted.asked == []


@pytest.mark.requirement("use.why")
async def test_why_and_what_each_role_spent_come_with_the_answer(make_app: MakeApp) -> None:
    why = (Why(task="q1", choice="R,AG", decided_by="trained", expected=(Expected(choice="R,AG", f1=0.5),)),)
    scripted = Scripted(lambda ask: [finished(answer(why=why))])
    async with connect(make_app(scripted)) as client:
        whole = (await client.post(CHAT, json=body())).json()["questline"]
        chunks = sent(await client.post(CHAT, json=body(stream=True)))
    streamed = next(chunk["questline"] for chunk in chunks if "questline" in chunk)
    for told in (whole, streamed):
        assert told["why"][0]["expected"][0]["f1"] == 0.5
        assert told["usage_by_role"]["generate"]["calls"] == 1


@pytest.mark.requirement("use.shipped")
@pytest.mark.parametrize(("planner", "status"), [("trained", 200), ("trained:/etc", 400), ("trained:", 400)])
async def test_a_request_may_name_the_planner_that_ships_and_no_folder(
    planner: str, status: int, client: httpx.AsyncClient
) -> None:
    reply = await client.post(CHAT, json=body(questline={"planner": planner}))
    assert reply.status_code == status


async def test_a_question_without_a_name_keeps_no_checkpoints(client: httpx.AsyncClient, scripted: Scripted) -> None:
    replies = [await client.post(CHAT, json=body()) for _ in range(2)]
    assert all("run_id" not in ask.options for _, ask in scripted.asked)
    assert len({reply.json()["id"] for reply in replies}) == 2


@pytest.mark.requirement("faces.chat-refused")
@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"model": "gpt-99"}, "unknown_model", "model"),
        ({"messages": list[object]()}, "bad_argument", "messages"),
        ({"messages": "hello"}, "bad_argument", "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "bad_argument", "messages.0.role"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "bad_argument", "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "bad_argument", "messages.0.content"),
        ({"messages": [{"role": "user", "content": list[object]()}]}, "bad_argument", "messages.0.content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "bad_argument",
            "messages.0.content.0",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "bad_argument", "messages.0.content.0"),
        ({"n": 2}, "bad_argument", "n"),
        ({"tools": [{"type": "function"}]}, "bad_argument", "tools"),
        ({"functions": [{"name": "f"}]}, "bad_argument", "functions"),
        ({"response_format": {"type": "json_object"}}, "bad_argument", "response_format"),
        ({"questline": {"k": 0}}, "bad_argument", "questline.k"),
        ({"questline": {"bugdet": "cheap"}}, "bad_argument", "questline.bugdet"),
        ({"questline": {"planner": "trained:/etc"}}, "bad_planner", "questline.planner"),
        ({"questline": {"filters": {"source": ["x"]}}}, "bad_argument", "questline.filters.source"),
        ({"stream": "perhaps"}, "bad_argument", "stream"),
        ({"messages": [{"role": "user", "content": "caf\ud83d"}]}, "bad_argument", "messages.0.content"),
        ({"questline": {"run_id": "\udc00"}}, "bad_argument", "questline.run_id"),
        ({"metadata": {"\ud83d": 1}}, "bad_argument", "metadata"),
        ({"\ud83d": 1}, "bad_argument", "body"),
    ],
)
async def test_what_cannot_be_answered_is_refused_by_name(
    changes: dict[str, object], code: str, param: str, client: httpx.AsyncClient, scripted: Scripted
) -> None:
    content = json.dumps({**body(), **changes})  # plain ASCII, half pairs escaped
    reply = await client.post(CHAT, content=content, headers={"content-type": "application/json"})
    error = error_of(reply)
    assert reply.status_code == (404 if code == "unknown_model" else 400)
    assert (error["code"], error["param"], error["type"]) == (code, param, "invalid_request_error")
    assert scripted.asked == []


async def test_what_is_allowed_beside_text_answers_is_let_through(client: httpx.AsyncClient) -> None:
    reply = await client.post(CHAT, json=body(n=1, tools=[], response_format={"type": "text"}))
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "code", "told"),
    [
        (b"{", "application/json", "bad_argument", "not JSON"),
        (b"[]", "application/json", "bad_argument", "content-type"),
        (json.dumps(body()).encode(), "text/plain", "bad_argument", "content-type"),
        (b'{"messages": "\xff"}', "application/json", "bad_encoding", "not UTF-8"),
        (b"[" * 100_000, "application/json", "bad_argument", "cannot be read"),
        (b"", "application/json", "bad_argument", "content-type"),
    ],
    ids=["torn", "list", "text", "bytes", "deep", "empty"],
)
async def test_a_body_that_is_no_json_object_is_refused(
    content: bytes, kind: str, code: str, told: str, client: httpx.AsyncClient
) -> None:
    reply = await client.post(CHAT, content=content, headers={"content-type": kind})
    error = error_of(reply)
    assert (reply.status_code, error["code"], error["param"]) == (400, code, "body")
    assert told in error["message"]


@pytest.mark.requirement("faces.http-errors")
@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (UsageError("empty", code="empty_question"), 400, "invalid_request_error"),
        (UsageError("budget", code="bad_budget"), 400, "invalid_request_error"),
        (UsageError("workflow", code="bad_workflow"), 400, "invalid_request_error"),
        (UsageError("long", code="question_too_long"), 413, "invalid_request_error"),
        (UsageError("none", code="no_index"), 503, "server_error"),
        (UsageError("key", code="missing_key"), 503, "server_error"),
        (MissingExtra("extra"), 503, "server_error"),
        (BudgetExceeded("spent"), 429, "rate_limit_error"),
        (ModelError("gone"), 503, "server_error"),
        (ModelError("prose", code="bad_model_output"), 502, "server_error"),
        (ModelError("refused", code="model_refused"), 502, "server_error"),
        (ServerUnavailable("gone"), 503, "server_error"),
        (ToolTimeout("late"), 504, "server_error"),
        (RunError("torn", code="damaged_index"), 500, "server_error"),
        (RunError("?"), 500, "server_error"),
    ],
    ids=lambda value: value.code if isinstance(value, QuestlineError) else None,
)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
async def test_each_error_has_its_status_before_the_first_byte(
    error: QuestlineError, status: int, kind: str, stream: bool, make_app: MakeApp
) -> None:
    failing = Scripted(lambda ask: [error])
    async with connect(make_app(failing)) as client:
        reply = await client.post(CHAT, json=body(stream=stream))
    assert reply.status_code == status
    assert (error_of(reply)["code"], error_of(reply)["type"]) == (error.code, kind)
    assert ("retry-after" in reply.headers) == (status in {429, 503})


@pytest.mark.requirement("faces.http-errors")
async def test_what_is_wrong_is_named_as_openais_param(make_app: MakeApp) -> None:
    for error, param in (
        (UsageError("no address", code="bad_settings", argument="base_url"), "base_url"),
        (UsageError("none", code="empty_question", argument="question"), "messages"),
        (UsageError("unknown", code="bad_workflow", token="X", position=1), "questline.workflow"),
        (UsageError("below 0", code="bad_budget", argument="seconds"), "questline.budget"),
    ):
        wrong = Scripted(lambda ask, error=error: [error])
        async with connect(make_app(wrong)) as client:
            reply = await client.post(CHAT, json=body())
        assert error_of(reply)["param"] == param


async def test_an_unexpected_error_says_nothing_of_its_inside(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Scripted(lambda ask: [ZeroDivisionError("secret")])
    async with connect(make_app(failing)) as client:
        reply = await client.post(CHAT, json=body())
    assert reply.status_code == 500
    assert error_of(reply)["code"] == "run_failed"
    assert "secret" not in reply.text
    assert "secret" in caplog.text


async def test_a_run_that_ends_without_an_answer_is_an_error(make_app: MakeApp) -> None:
    async with connect(make_app(Scripted(lambda ask: list(tokens("Paris"))))) as client:
        reply = await client.post(CHAT, json=body())
    assert (reply.status_code, error_of(reply)["code"]) == (500, "run_failed")


async def test_unknown_paths_and_methods_have_the_same_shape(client: httpx.AsyncClient) -> None:
    missing, method = await client.get("/v1/nothing"), await client.get(CHAT)
    assert (missing.status_code, method.status_code) == (404, 405)
    assert error_of(missing)["code"] == error_of(method)["code"] == "bad_argument"
    assert method.headers["allow"] == "POST"


@pytest.mark.requirement("faces.chat-stream")
async def test_an_answer_without_tokens_streams_as_one_piece(make_app: MakeApp) -> None:
    steps = [Event(kind="plan", text="R,AG"), Event(kind="step_started", step="R"), finished(answer())]
    async with connect(make_app(Scripted(lambda ask: [*steps]))) as client:
        reply = await client.post(CHAT, json=body(stream=True))
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert text_of(reply) == "Paris is the capital."
    assert reply.text.endswith("data: [DONE]\n\n")
    assert all("usage" not in chunk for chunk in sent(reply))


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (("", "Paris is", " the capital."), "Paris is the capital."),
        (("Paris is", " the"), "Paris is the capital."),
        (("Paris is the capital.", "\n"), "Paris is the capital.\n"),
        (("Lyon", "", "Paris", " is the capital."), "Lyon\n\nParis is the capital."),
        (("Lyon is.",), "Lyon is.\n\nParis is the capital."),
        (("", "", "Paris"), "Paris is the capital."),
        (("Paris is", "", "Paris is the capital."), "Paris is the capital."),
    ],
)
async def test_a_stream_ends_with_the_final_text_whatever_the_drafts_were(
    pieces: tuple[str, ...], shown: str, make_app: MakeApp
) -> None:
    drafts = Scripted(lambda ask: [*tokens(*pieces), finished(answer())])
    async with connect(make_app(drafts)) as client:
        assert text_of(await client.post(CHAT, json=body(stream=True))) == shown


async def test_an_exhausted_budget_finishes_for_length(make_app: MakeApp) -> None:
    cut = Scripted(lambda ask: [finished(answer(status="budget_exhausted"))])
    async with connect(make_app(cut)) as client:
        reply = await client.post(CHAT, json=body())
    assert reply.json()["choices"][0]["finish_reason"] == "length"
    assert reply.json()["questline"]["status"] == "budget_exhausted"


async def test_a_silent_stream_is_kept_open_by_comments(make_app: MakeApp) -> None:
    silent = Scripted(lambda ask: [*tokens("Paris"), 0.2, finished(answer())])
    async with connect(make_app(silent, heartbeat_s=0.05)) as client:
        reply = await client.post(CHAT, json=body(stream=True))
    assert reply.text.count(": still running\n\n") >= 2
    assert text_of(reply) == "Paris is the capital."


@pytest.mark.requirement("faces.http-concurrency")
async def test_more_questions_than_allowed_are_told_to_come_back(make_app: MakeApp) -> None:
    slow = Scripted(lambda ask: [0.3, finished(answer())])
    async with connect(make_app(slow, concurrency=2)) as client:
        replies = await asyncio.gather(*(client.post(CHAT, json=body()) for _ in range(3)))
        again = await client.post(CHAT, json=body())
    statuses = sorted(reply.status_code for reply in replies)
    assert statuses == [200, 200, 429]
    (refused,) = (reply for reply in replies if reply.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert (error_of(refused)["code"], error_of(refused)["type"]) == ("too_busy", "rate_limit_error")
    assert again.status_code == 200


@pytest.mark.requirement("faces.http-limits")
async def test_a_body_over_the_limit_is_refused_with_and_without_its_length(make_app: MakeApp) -> None:
    async def unnamed(text: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(text), 100):
            yield text[start : start + 100]

    long = json.dumps(body("x" * 2000)).encode()
    scripted = Scripted(lambda ask: [finished(answer())])
    async with connect(make_app(scripted, max_body_kib=1)) as client:
        kind = {"content-type": "application/json"}
        named = await client.post(CHAT, content=long, headers=kind)
        chunked = await client.post(CHAT, content=unnamed(long), headers=kind)
        short = await client.post(CHAT, json=body())
    assert (named.status_code, chunked.status_code, short.status_code) == (413, 413, 200)
    assert error_of(named)["code"] == error_of(chunked)["code"] == "bad_argument"
    assert len(scripted.asked) == 1


@pytest.mark.requirement("faces.http-limits")
async def test_a_body_that_does_not_arrive_ends_in_time_and_takes_no_place(listen: Callable[..., str]) -> None:
    url = httpx.URL(listen(Scripted(lambda ask: [finished(answer())]), concurrency=1, body_timeout_s=0.5))
    idle, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        'Content-Length: 100\r\n\r\n{"model":'.encode()
    )
    await writer.drain()
    async with httpx.AsyncClient(base_url=url) as client:
        meanwhile = await client.post(CHAT, json=body())
    told = await asyncio.wait_for(idle.read(), timeout=10)  # to the end: the server hangs up
    writer.close()
    assert meanwhile.status_code == 200
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"bad_argument"' in told
    assert b"0.5 s" in told


async def test_a_caller_who_leaves_in_the_middle_of_a_body_asks_nothing(listen: Callable[..., str]) -> None:
    scripted = Scripted(lambda ask: [finished(answer())])
    url = httpx.URL(listen(scripted, concurrency=1))
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.post(CHAT, json=body())).status_code == 200
    assert len(scripted.asked) == 1


@pytest.mark.requirement("faces.http-rebinding")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:8080"}, 421),
        ({"host": ""}, 421),
        ({"host": "[::1"}, 421),
        ({"origin": "http://[::1"}, 403),
        ({"host": "localhost:8080"}, 200),
        ({"host": "[::1]:8080"}, 200),
        ({"host": "app.localhost"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3000"}, 200),
    ],
)
async def test_a_local_server_turns_foreign_names_away(
    headers: dict[str, str], status: int, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/v1/models", headers=headers)).status_code == status


async def test_a_server_for_others_takes_any_host_with_the_key(scripted: Scripted, make_app: MakeApp) -> None:
    async with connect(make_app(scripted, host="0.0.0.0", api_key="sesame")) as client:
        headers = {"host": "questline.example", "authorization": "bearer sesame"}
        assert (await client.get("/v1/models", headers=headers)).status_code == 200


@pytest.mark.requirement("faces.http-key")
@pytest.mark.parametrize("sent_key", [None, "sesame", "Bearer", "Bearer wrong", "Basic sesame", "Bearer s\xe9same"])
async def test_a_request_without_the_key_is_unauthorized(
    sent_key: str | None, scripted: Scripted, make_app: MakeApp
) -> None:
    headers = [] if sent_key is None else [(b"authorization", sent_key.encode("latin-1"))]
    async with connect(make_app(scripted, api_key="sesame")) as client:
        reply = await client.post(CHAT, json=body(), headers=headers)
        alive = await client.get("/healthz", headers=headers)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert (error_of(reply)["code"], error_of(reply)["type"]) == ("unauthorized", "authentication_error")
    assert alive.status_code == 200
    assert scripted.asked == []


@pytest.mark.requirement("faces.http-health")
async def test_ready_tells_what_is_missing(scripted: Scripted, make_app: MakeApp) -> None:
    async def broken() -> Report:
        return Report(checks=(Check(name="index", state="broken", found="no index", mend="agents index PATH…"),))

    async with connect(make_app(scripted)) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
    async with connect(make_app(scripted, health=broken)) as client:
        unready = await client.get("/readyz")
    assert (alive.json(), ready.status_code) == ({"status": "alive"}, 200)
    assert unready.status_code == 503
    assert unready.json()["checks"][0]["mend"] == "agents index PATH…"


async def test_models_are_listed_in_the_shape_of_the_api(client: httpx.AsyncClient) -> None:
    listing = (await client.get("/v1/models")).json()
    assert listing["object"] == "list"
    assert listing["data"][0] == {"id": "questline", "object": "model", "created": 0, "owned_by": "questline"}


async def test_the_application_closes_its_answers(scripted: Scripted, make_app: MakeApp) -> None:
    app = make_app(scripted)
    async with app.router.lifespan_context(app):
        assert scripted.closed == 0
    assert scripted.closed == 1
