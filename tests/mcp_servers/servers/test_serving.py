"""The layer that all our servers share, shown by a server of a few odd tools, in memory and in both eras."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import anyio.to_thread
import pytest
from mcp import Client, MCPError
from pydantic import Field
from typing_extensions import TypedDict

from questline.errors import RunError, UsageError
from questline.mcp_servers.progress import note
from questline.mcp_servers.serving import READ_ONLY, QuestlineServer, tool
from questline.tools.stopping import check

from .conftest import Mode, called, error_of, text_of

PATIENCE_S = 30.0


class Out(TypedDict):
    """A number."""

    number: int


class Row(TypedDict):
    """A row."""

    text: str


class Odd:
    """A server whose tools do odd things, and what they saw."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.running = threading.Event()
        self.threads: set[str] = set()

        def double(
            number: Annotated[int, Field(ge=0, description="What to double.")],
            rows: Sequence[Row] = (),
            title: str = "",
        ) -> Out:
            """Double a number."""
            self.threads.add(threading.current_thread().name)
            del rows, title
            return Out(number=2 * number)

        def fail(kind: str) -> Out:
            """Fail."""
            raise {
                "usage": UsageError("not this", code="too_large", argument="kind", limit=7),
                "run": RunError("later", code="time_limit", retryable=True),
                "value": ValueError("the password is swordfish"),
                "system": SystemError("swordfish"),
            }[kind]

        async def fail_soon() -> Out:
            """Fail in the event loop."""
            await asyncio.sleep(0)
            raise KeyError("swordfish")

        def lie() -> Out:
            """Return what the schema does not allow."""
            return {"number": "swordfish"}  # pyright: ignore[reportReturnType]  # because this is what is tested

        def wait(seconds: float) -> Out:
            """Wait in a thread, looking whether to stop."""
            self.running.set()
            return self._wait("thread", seconds, lambda: time.sleep(0.01))

        async def wait_soon(seconds: float) -> Out:
            """Wait in the event loop."""
            note("sleeping")
            self.running.set()
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.ended.append("loop")
                raise
            return Out(number=1)

        def say(words: list[str]) -> Out:
            """Say what is being done, from a thread."""
            for word in words:
                note(word)
                time.sleep(0.15)
            return Out(number=len(words))

        self.server = QuestlineServer(
            "odd",
            title="Odd",
            description="Odd tools.",
            beat_s=0.1,
            tools=[
                tool(function, title=function.__name__, hints=READ_ONLY, text=lambda found: f"it is {found['number']}")
                for function in (double, fail, fail_soon, lie, wait, wait_soon, say)
            ],
        )

    def _wait(self, place: str, seconds: float, pause: Callable[[], None]) -> Out:
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                check()
                pause()
        except RunError as error:
            self.ended.append(f"{place} {error.code}")
            raise
        return Out(number=1)


@pytest.fixture
def odd() -> Odd:
    return Odd()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 because what is waited for happens in threads
            await asyncio.sleep(0.01)


@pytest.mark.requirement("mcp-servers.both-eras")
async def test_a_result_is_structured_and_can_be_read(odd: Odd, mode: Mode) -> None:
    async with Client(odd.server, mode=mode) as client:
        assert client.protocol_version == {"auto": "2026-07-28", "legacy": "2025-11-25"}[mode]
        result = await client.call_tool("double", {"number": 21})
    assert not result.is_error
    assert result.structured_content == {"number": 42}
    assert text_of(result) == "it is 42"
    assert odd.threads
    assert threading.current_thread().name not in odd.threads


@pytest.mark.requirement("mcp-servers.errors")
@pytest.mark.parametrize(
    ("arguments", "argument", "reason"),
    [
        ({}, "number", "required"),
        ({"number": "many"}, "number", "integer"),
        ({"number": -1}, "number", "greater"),
        ({"number": None}, "number", "integer"),
        ({"number": 1, "numbr": 2}, "numbr", "not permitted"),
        ({"number": 1, "rows": [{"text": "a"}, {"text": 7}]}, "rows.1.text", "string"),
        ({"number": 1, "rows": "many"}, "rows", "Sequence"),
    ],
)
async def test_arguments_that_do_not_fit_name_the_field_and_the_reason(
    odd: Odd, mode: Mode, arguments: dict[str, Any], argument: str, reason: str
) -> None:
    error = error_of(await called(odd.server, "double", mode, **arguments))
    assert error["code"] == "bad_argument"
    assert error["retryable"] is False
    assert error["fields"]["argument"] == argument
    assert reason in error["fields"]["reason"]
    assert not odd.threads


@pytest.mark.requirement("mcp-servers.errors")
async def test_many_wrong_arguments_are_counted_and_not_repeated(odd: Odd) -> None:
    rows = [{"text": number, "secret": "swordfish"} for number in range(20)]
    error = error_of(await called(odd.server, "double", number=1, rows=rows))
    assert "and 35 more" in error["message"]
    assert "swordfish" not in str(error)


@pytest.mark.requirement("mcp-servers.errors")
async def test_our_errors_keep_code_fields_and_retryable(odd: Odd, mode: Mode) -> None:
    usage = error_of(await called(odd.server, "fail", mode, kind="usage"))
    assert usage == {
        "code": "too_large",
        "message": "not this",
        "retryable": False,
        "fields": {"argument": "kind", "limit": 7},
    }
    run = error_of(await called(odd.server, "fail", mode, kind="run"))
    assert (run["code"], run["retryable"]) == ("time_limit", True)


@pytest.mark.requirement("mcp-servers.errors")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("fail", {"kind": "value"}), ("fail", {"kind": "system"}), ("fail_soon", {}), ("lie", {})],
    ids=["thread", "thread-odd", "loop", "schema"],
)
async def test_what_nobody_foresaw_is_told_without_internals_and_logged(
    odd: Odd, mode: Mode, caplog: pytest.LogCaptureFixture, name: str, arguments: dict[str, Any]
) -> None:
    result = await called(odd.server, name, mode, **arguments)
    assert error_of(result)["code"] == "run_failed"
    assert "swordfish" not in result.model_dump_json()
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert name in record.getMessage()


@pytest.mark.requirement("mcp-servers.errors")
async def test_an_unknown_tool_is_a_protocol_error_that_names_the_known_ones(odd: Odd, mode: Mode) -> None:
    async with Client(odd.server, mode=mode) as client:
        with pytest.raises(MCPError) as raised:
            await client.call_tool("dubble", {})
    assert raised.value.error.code == -32602
    assert "double" in raised.value.error.message


@pytest.mark.requirement("mcp-servers.cancelled")
@pytest.mark.parametrize(("name", "ended"), [("wait", "thread cancelled"), ("wait_soon", "loop")])
async def test_a_cancelled_call_stops_its_work_and_the_next_is_answered(
    odd: Odd, mode: Mode, name: str, ended: str
) -> None:
    async with Client(odd.server, mode=mode) as client:
        call = asyncio.create_task(client.call_tool(name, {"seconds": 600}))
        await until(odd.running.is_set)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: odd.ended)
        assert odd.ended == [ended]
        result = await client.call_tool("double", {"number": 1})
        assert result.structured_content == {"number": 2}


@pytest.mark.requirement("mcp-servers.cancelled")
async def test_a_client_that_goes_away_stops_its_calls(odd: Odd, mode: Mode) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async with Client(odd.server, mode=mode) as client:
            call = asyncio.create_task(client.call_tool("wait", {"seconds": 600}))
            await until(odd.running.is_set)
        with pytest.raises((MCPError, asyncio.CancelledError)):
            await call
    await until(lambda: odd.ended)
    assert odd.ended == ["thread cancelled"]


class Heard:
    def __init__(self) -> None:
        self.numbers: list[float] = []
        self.messages: list[str] = []

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        self.numbers.append(progress)
        if message is not None and message not in self.messages:
            self.messages.append(message)


@pytest.mark.requirement("mcp-servers.progress")
@pytest.mark.parametrize("name", ["wait", "wait_soon"])
async def test_a_long_call_reports_numbers_that_grow(odd: Odd, mode: Mode, name: str) -> None:
    heard = Heard()
    async with Client(odd.server, mode=mode) as client:
        call = asyncio.create_task(client.call_tool(name, {"seconds": 600}, progress_callback=heard))
        await until(lambda: len(heard.numbers) >= 3)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert heard.numbers == sorted(set(heard.numbers))
    assert heard.messages == (["sleeping"] if name == "wait_soon" else [])


@pytest.mark.requirement("mcp-servers.progress")
async def test_a_tool_says_what_it_does_from_its_thread(odd: Odd, mode: Mode) -> None:
    heard = Heard()
    async with Client(odd.server, mode=mode) as client:
        await client.call_tool("say", {"words": ["one", "two", "three"]}, progress_callback=heard)
    assert heard.messages[0] == "one"
    assert heard.messages == [word for word in ("one", "two", "three") if word in heard.messages]


@pytest.mark.requirement("mcp-servers.progress")
async def test_a_quick_call_reports_nothing_and_a_note_elsewhere_has_no_effect(odd: Odd) -> None:
    note("nobody hears this")
    server = QuestlineServer("quick", title="Quick", description="Quick.", beat_s=PATIENCE_S)
    server.add_tool(odd.running.is_set, name="quick")
    heard = Heard()
    async with Client(server) as client:
        await client.call_tool("quick", {}, progress_callback=heard)
    assert heard.numbers == []


@pytest.mark.requirement("mcp-servers.declared")
def test_making_a_server_leaves_the_logging_of_the_process_alone() -> None:
    log = logging.getLogger()
    before = (list(log.handlers), log.level)
    Odd()
    assert (list(log.handlers), log.level) == before


@pytest.mark.requirement("mcp-servers.cancelled")
async def test_a_call_that_waits_for_a_thread_is_cancelled_before_it_begins(odd: Odd) -> None:
    threads = anyio.to_thread.current_default_thread_limiter()
    kept = threads.total_tokens
    threads.total_tokens = 1
    try:
        async with Client(odd.server) as client:
            first = asyncio.create_task(client.call_tool("wait", {"seconds": 600}))
            await until(odd.running.is_set)
            second = asyncio.create_task(client.call_tool("double", {"number": 1}))
            await until(lambda: threads.statistics().tasks_waiting)
            second.cancel()
            first.cancel()
            await asyncio.gather(first, second, return_exceptions=True)
            await until(lambda: odd.ended and not threads.borrowed_tokens)
    finally:
        threads.total_tokens = kept
    assert not odd.threads


@pytest.mark.requirement("mcp-servers.both-eras")
async def test_calls_run_side_by_side(odd: Odd, mode: Mode) -> None:
    async with Client(odd.server, mode=mode) as client:
        slow = asyncio.create_task(client.call_tool("wait", {"seconds": 600}))
        await until(odd.running.is_set)
        results = await asyncio.gather(*(client.call_tool("double", {"number": number}) for number in range(20)))
        assert [result.structured_content for result in results] == [{"number": 2 * number} for number in range(20)]
        assert not slow.done()
        slow.cancel()
