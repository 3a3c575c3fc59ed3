"""Real servers that misbehave, over stdio and HTTP: no call hangs, no other server suffers, nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import sys
import time
from pathlib import Path
from typing import Any, Literal

import pytest

from questline.errors import QuestlineError, RunError, ServerUnavailable, ToolTimeout
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.gateway import Gateway
from questline.testing.flaky_orders import ServerFault
from questline.testing.flaky_server import FlakyServer

from .conftest import Desk, read, until

Transport = Literal["stdio", "http"]
TRANSPORTS: tuple[Transport, ...] = ("stdio", "http")
LATE_S = 5.0
"""How far past its deadline a call may be seen to end on a busy machine; the benchmark `faults` measures the 100 ms."""


def configured(server: FlakyServer, **options: Any) -> Configuration:
    return read({"flaky": {**server.entry, "questline": {"breaker_failures": 50, "attempts": 1, **options}}})


def sockets() -> int:
    """Count the open sockets of this process."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += str(link.readlink()).startswith("socket:")
    return count


@pytest.mark.requirement("gateway.eras", "gateway.processes")
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_sound_server_answers_and_nothing_of_it_is_left(transport: Transport, mode: str) -> None:
    with FlakyServer(transport=transport) as server:
        before = sockets()
        async with Gateway(configured(server, mode=mode)) as gateway:
            assert not server.running or transport == "http", "it starts with its first call"
            results = await asyncio.gather(*(gateway.call("flaky", "echo", {"text": str(n)}) for n in range(20)))
            assert [result.text for result in results] == [str(n) for n in range(20)]
            assert gateway.state("flaky").protocol == ("2025-11-25" if mode == "legacy" else "2026-07-28")
        if transport == "stdio":
            await until(lambda: not server.running)
        await until(lambda: sockets() <= before)


@pytest.mark.requirement("gateway.deadline", "gateway.faults")
@pytest.mark.parametrize(
    ("transport", "fault", "codes"),
    [
        ("stdio", "hang", {"tool_timeout"}),
        ("http", "hang", {"tool_timeout"}),
        ("stdio", "stubborn", {"tool_timeout"}),
        ("http", "stubborn", {"tool_timeout"}),
        ("stdio", "drip", {"tool_timeout"}),
        ("http", "drip", {"tool_timeout"}),
        ("stdio", "not_json", {"tool_timeout"}),
        ("http", "not_json", {"bad_answer", "server_unavailable"}),
        ("stdio", "not_rpc", {"tool_timeout"}),
        ("http", "not_rpc", {"bad_answer"}),
        ("stdio", "wrong_id", {"tool_timeout"}),
        ("stdio", "die", {"server_unavailable"}),
        ("http", "die", {"server_unavailable"}),
        ("stdio", "huge", {"result_too_large"}),
        ("http", "huge", {"result_too_large"}),
        ("stdio", "rpc_error", {"tool_failed"}),
        ("http", "rpc_error", {"tool_failed"}),
    ],
)
async def test_a_call_that_meets_a_fault_ends_by_its_deadline_with_a_typed_error_and_the_next_one_succeeds(
    transport: Transport, fault: ServerFault, codes: set[str]
) -> None:
    with FlakyServer(transport=transport) as server:
        async with Gateway(configured(server, connect_s=10)) as gateway:
            await gateway.call("flaky", "echo", {"text": "warm"})
            server.misbehave(fault, failures=1)
            began = time.monotonic()
            with pytest.raises(QuestlineError) as caught:
                await gateway.call("flaky", "echo", {"text": "x"}, deadline_s=1.0)
            assert time.monotonic() - began < 1.0 + LATE_S
            assert caught.value.code in codes
            server.recover()
            if fault == "stubborn" and transport == "http":
                server.restart()
            await until_answered(gateway)
        if transport == "stdio":
            await until(lambda: not server.running)


async def until_answered(gateway: Gateway) -> None:
    """Call until a call is answered: a child that has to be killed takes a moment."""
    async with asyncio.timeout(60):
        while True:
            try:
                assert (await gateway.call("flaky", "echo", {"text": "y"}, deadline_s=10)).text == "y"
            except (ServerUnavailable, ToolTimeout):
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.requirement("gateway.faults")
@pytest.mark.parametrize(
    ("transport", "fault"),
    [
        ("stdio", "refuse"),
        ("http", "refuse"),
        ("http", "silent"),
        ("http", "tls"),
        ("http", "backlog"),
    ],
)
async def test_a_server_that_cannot_be_reached_is_left_alone_until_it_recovers(
    transport: Transport, fault: ServerFault
) -> None:
    with FlakyServer(fault, transport=transport) as server:
        options = {"connect_s": 0.5, "breaker_failures": 2, "cooldown_s": 0.2}
        async with Gateway(configured(server, **options)) as gateway:
            for _ in range(2):
                began = time.monotonic()
                with pytest.raises((ServerUnavailable, ToolTimeout)):
                    await gateway.call("flaky", "echo", {"text": "x"}, deadline_s=5)
                assert time.monotonic() - began < 5 + LATE_S
            assert gateway.state("flaky").breaker != "closed"
            if fault == "tls":
                return  # when it recovers it speaks plain TLS, for which this test has no certificate
            server.recover()
            async with asyncio.timeout(60):
                while gateway.state("flaky").breaker != "closed":
                    await asyncio.sleep(0.1)
                    try:
                        await gateway.call("flaky", "echo", {"text": "x"}, deadline_s=10)
                    except (ServerUnavailable, ToolTimeout):
                        continue


@pytest.mark.requirement("gateway.faults")
@pytest.mark.parametrize("fault", ["hang", "die", "not_json", "huge"])
@pytest.mark.parametrize("moment", ["connect", "list"])
async def test_a_fault_before_the_first_call_is_typed_as_well(fault: ServerFault, moment: Any) -> None:
    with FlakyServer(fault, at=moment) as server:
        async with Gateway(configured(server, connect_s=0.7, list_s=0.7)) as gateway:
            with pytest.raises(QuestlineError) as caught:
                await gateway.call("flaky", "echo", {"text": "x"}, deadline_s=20)
            assert caught.value.code in {"server_unavailable", "tool_timeout", "result_too_large"}
        await until(lambda: not server.running)


@pytest.mark.requirement("gateway.pins", "gateway.faults")
async def test_a_server_whose_tools_change_is_refused_with_the_difference() -> None:
    with FlakyServer("change_tools") as server:
        async with Gateway(configured(server, refresh_s=0)) as gateway:
            await gateway.manifest("flaky")
            with pytest.raises(RunError) as caught:
                await gateway.call("flaky", "echo", {"text": "x"})
            assert caught.value.code == "tool_changed"
            assert caught.value.fields["diff"]


@pytest.mark.requirement("gateway.retries")
async def test_what_must_not_be_repeated_is_sent_once_to_a_server_that_dies_and_a_reading_call_again() -> None:
    with FlakyServer() as server:
        async with Gateway(configured(server, attempts=3)) as gateway:
            await gateway.call("flaky", "echo", {"text": "warm"})
            server.misbehave("die", failures=1)
            with pytest.raises(ServerUnavailable):
                await gateway.call("flaky", "append", {"text": "once"})
            assert sum(event.tool == "append" for event in server.events) == 1
            server.misbehave("die", failures=1)
            result = await gateway.call("flaky", "echo", {"text": "again"})
            assert (result.text, result.attempts) == ("again", 2)


@pytest.mark.requirement("gateway.isolation")
async def test_other_servers_answer_while_one_hangs_and_one_is_dead(desk: Desk) -> None:
    with FlakyServer("hang") as hangs, FlakyServer("refuse") as dead, FlakyServer() as sound:
        entries = {"hangs": hangs.entry, "dead": dead.entry, "sound": sound.entry}
        async with Gateway(read(entries).extended([desk.entry()])) as gateway:
            stuck = [
                asyncio.create_task(gateway.call(name, "echo", {"text": "x"}, deadline_s=60))
                for name in ("hangs", "dead")
            ]
            for number in range(50):
                assert (await gateway.call("sound", "echo", {"text": str(number)})).text == str(number)
                assert (await gateway.call("desk", "look_up", {"word": "x"})).text == "x"
            assert not stuck[0].done()
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
        await until(lambda: not hangs.running and not dead.running and not sound.running)


@pytest.mark.requirement("gateway.processes")
async def test_closing_ends_a_child_that_ignores_everything_and_all_that_it_started(tmp_path: Path) -> None:
    script = tmp_path / "stubborn.py"
    script.write_text(
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal, time; "
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'])\n"
        f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n",
        "utf-8",
    )
    configuration = read({"one": {"command": sys.executable, "args": [str(script)], "questline": {"connect_s": 120}}})
    async with Gateway(configuration) as gateway:
        call = asyncio.create_task(gateway.call("one", "x"))
        await until(lambda: (tmp_path / "pids").exists() and bool((tmp_path / "pids").read_text()))
        await asyncio.sleep(0.3)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    await until(lambda: not any(_runs(pid) for pid in pids))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.requirement("gateway.processes", "gateway.http")
@pytest.mark.parametrize("fault", ["tls", "silent", "backlog"])
async def test_no_socket_is_left_of_a_server_that_cannot_be_reached(fault: ServerFault) -> None:
    with FlakyServer(fault, transport="http") as server:
        before = sockets()
        gc.disable()  # what is left behind is not to be cleared up by chance
        try:
            async with Gateway(configured(server, connect_s=0.4)) as gateway:
                with pytest.raises((ServerUnavailable, ToolTimeout)):
                    await gateway.call("flaky", "echo", {"text": "x"}, deadline_s=0.2)
                with pytest.raises((ServerUnavailable, ToolTimeout)):
                    await gateway.call("flaky", "echo", {"text": "x"}, deadline_s=5)
            await until(lambda: sockets() <= before, seconds=5)
        finally:
            gc.enable()


@pytest.mark.requirement("gateway.isolation", "gateway.http")
async def test_a_late_call_of_the_old_era_does_not_end_the_others_on_its_connection() -> None:
    with FlakyServer(transport="http") as server:
        async with Gateway(configured(server, mode="legacy")) as gateway:
            await gateway.call("flaky", "echo", {"text": "warm"})
            slow = asyncio.create_task(gateway.call("flaky", "echo", {"text": "slow", "delay_s": 2}, deadline_s=60))
            await asyncio.sleep(0.2)
            with pytest.raises(ToolTimeout):
                await gateway.call("flaky", "misbehave", {"fault": "hang"}, deadline_s=0.3)
            assert (await gateway.call("flaky", "echo", {"text": "next"}, deadline_s=60)).text == "next"
            assert (await slow).text == "slow"


@pytest.mark.requirement("gateway.size")
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_fifty_megabytes_are_refused_without_being_held_and_calls_beside_are_answered(
    transport: Transport,
) -> None:
    with FlakyServer(transport=transport) as server:
        async with Gateway(configured(server, max_result_bytes=100_000)) as gateway:
            await gateway.call("flaky", "echo", {"text": "warm"})
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            huge = asyncio.create_task(gateway.call("flaky", "misbehave", {"fault": "huge"}, deadline_s=60))
            beside = await asyncio.gather(*(gateway.call("flaky", "echo", {"text": str(n)}) for n in range(5)))
            with pytest.raises(RunError) as caught:
                await huge
            assert caught.value.code == "result_too_large"
            assert [result.text for result in beside] == ["0", "1", "2", "3", "4"]
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 25_000, "KiB"
