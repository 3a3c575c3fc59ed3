"""One line of the fault table: a gateway calls a server that fails in one way, beside a sound one.

Three things are measured with the gateway between: that no call outlasts its deadline while the neighbour answers as
fast as alone, both with the breaker kept closed, so that every call reaches the failing server, and with a gateway as
it comes; that the breaker opens after its threshold and closes after recovery; and that nothing stays behind.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from questline.errors import QuestlineError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.gateway import Gateway

from .flaky_orders import Moment, ServerFault
from .flaky_server import FlakyServer

__all__ = ["Case", "Row", "measure"]

GRACE_S: Final = 0.1
"""By how much a call may outlast its deadline."""
_EVERY_S: Final = 0.08
"""From one call of the failing server to the next, which does not wait for the one before."""
_PACE_S: Final = 0.01
"""Between two calls of the neighbour."""
_ROUNDS: Final = 10
_NEIGHBOUR_CALLS: Final = 40
"""Of the neighbour in each half of a round, at least."""
_THRESHOLD: Final = 3
_COOLDOWN_S: Final = 0.3
_CLOSING_S: Final = 1.0
"""After it, what is still open has been left behind."""
_PATIENCE_S: Final = 20.0
"""For a recovery, a start of Python on a loaded machine included."""
Told = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How the server fails."""

    fault: ServerFault
    transport: Literal["stdio", "http"]
    at: Moment = "call"

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{self.fault} {self.transport}" + ("" if self.at == "call" else f" at {self.at}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured of one case."""

    case: str
    calls: int
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Calls by the code of their error; ``ok`` for a result, ``untyped`` for an error outside of the tree."""
    late: int
    """Calls that ended more than 100 ms after their deadline."""
    worst_over_ms: float
    """By how much the slowest call outlasted its deadline; below 0 where none did."""
    neighbour_ratio: float
    """95th percentile of the neighbour's times, by that of the rounds without the failing server."""
    neighbour_p95_ms: float
    neighbour_alone_p95_ms: float
    forced_neighbour_ratio: float
    """The same while the breaker is kept closed: a child is started for each call that needs one, for instance."""
    forced_neighbour_p95_ms: float
    forced_neighbour_alone_p95_ms: float
    machine_stall_ms: float
    """The longest that a process beside, which does nothing but sleep for 5 ms at a time, was kept from waking."""
    neighbour_calls: int
    neighbour_failed: int
    opened_after: int | None
    """Failed calls until the server was left alone, by its breaker or about a tool that changed; None: never."""
    refused_ms: float
    """The slowest refusal of the open breaker."""
    closed_after_s: float | None
    """From the server's recovery to the closed breaker, its cooldown included; None: never."""
    close_s: float
    """How long it took to close the gateway."""
    left_processes: int
    left_sockets: int
    left_tasks: int


def _configuration(bad: FlakyServer, good: FlakyServer | None, **options: object) -> Configuration:
    entries = {"bad": dict(bad.entry) | {"questline": {"attempts": 1, "refresh_s": 3600.0, **options}}}
    if good is not None:
        entries["good"] = dict(good.entry)
    return Configuration.parse(json.dumps({"mcpServers": entries}))


class _Sleeper:
    """A process that sleeps, to see how long this machine keeps one from waking."""

    _PROGRAM: Final = """
import select, sys, time
worst = 0.0
while True:
    began = time.perf_counter()
    over, _, _ = select.select([sys.stdin], [], [], 0.005)
    if over:
        break
    worst = max(worst, time.perf_counter() - began - 0.005)
print(worst * 1000)
"""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> _Sleeper:
        """Start to sleep."""
        command = (sys.executable, "-I", "-S", "-c", cls._PROGRAM)
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))

    async def stop(self) -> float:
        """End it, once; return the longest delay in milliseconds."""
        if self._process.returncode is not None:
            return 0.0
        told, _ = await self._process.communicate(b"\n")
        return round(float(told), 1)


async def _until(condition: Callable[[], bool]) -> None:
    """Give what is being closed a moment."""
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(_CLOSING_S / 100)


def _sockets() -> int:
    return sum(_is_socket(entry) for entry in Path("/proc/self/fd").iterdir())


def _is_socket(entry: Path) -> bool:
    try:
        return str(entry.readlink()).startswith("socket:")
    except OSError:
        return False  # closed in between


async def measure(
    case: Case,
    *,
    calls: int,
    deadline_s: float = 0.5,
    rounds: int = _ROUNDS,
    certificate: Path | None = None,
    advance: Told = lambda: None,
) -> Row:
    """Measure one case; `advance` is called after each call of the failing server.

    Args:
        case: How the server fails.
        calls: Of the failing server, while its breaker is kept from opening.
        deadline_s: Of each call.
        rounds: With and without the failing server, by turns.
        certificate: PEM file for the fault ``tls``, which ``SSL_CERT_FILE`` names too; without it there is no recovery.
        advance: Hears of each call.
    """
    tasks, sockets = len(asyncio.all_tasks()), _sockets()
    with ExitStack() as stack:
        given = certificate if case.fault == "tls" else None
        bad = stack.enter_context(
            FlakyServer(transport=case.transport, name="bad", interval_s=deadline_s / 10, certificate=given)
        )
        good = stack.enter_context(FlakyServer(transport=case.transport, name="good"))
        kept = bad.running
        row = await _isolation(case, bad, good, calls=calls, deadline_s=deadline_s, rounds=rounds, advance=advance)
        row = await _breaker(case, bad, row, deadline_s=deadline_s)
        await _until(lambda: _sockets() <= sockets and len(asyncio.all_tasks()) <= tasks)
        left = {*bad.running, *good.running} - {*kept, *good.running} if case.transport == "stdio" else set[int]()
        return replace(
            row,
            left_processes=len(left),
            left_sockets=max(0, _sockets() - sockets),
            left_tasks=max(0, len(asyncio.all_tasks()) - tasks),
        )


async def _timed(work: Awaitable[object]) -> tuple[str, float]:
    began = time.perf_counter()
    try:
        await work
    except QuestlineError as error:
        outcome = error.code
    except Exception:  # noqa: BLE001  because that there is none is what is measured
        outcome = "untyped"
    else:
        outcome = "ok"
    return outcome, time.perf_counter() - began


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    """What was seen while both servers were called; seconds."""

    outcomes: Counter[str]
    took: list[float]
    alone: list[float]
    beside: list[float]
    failed: int
    stall_ms: float
    close_s: float


async def _isolation(
    case: Case, bad: FlakyServer, good: FlakyServer, *, calls: int, deadline_s: float, rounds: int, advance: Told
) -> Row:
    def times(calls: int, **options: object) -> Awaitable[_Times]:
        return _side_by_side(
            case,
            bad,
            good,
            calls=calls,
            deadline_s=deadline_s,
            rounds=min(rounds, calls),
            advance=advance,
            options=options,
        )

    forced = await times(calls, breaker_failures=1_000_000)
    await _sound_again(bad)
    shipped = await times(max(1, calls // 2))
    near, far = _p95(shipped.alone), _p95(shipped.beside)
    forced_near, forced_far = _p95(forced.alone), _p95(forced.beside)
    return Row(
        case=case.name,
        calls=len(forced.took),
        outcomes=dict(sorted(forced.outcomes.items())),
        late=sum(seconds > deadline_s + GRACE_S for seconds in (*forced.took, *shipped.took)),
        worst_over_ms=round((max(*forced.took, *shipped.took) - deadline_s) * 1000, 1),
        neighbour_ratio=round(far / near, 3),
        neighbour_p95_ms=round(far * 1000, 3),
        neighbour_alone_p95_ms=round(near * 1000, 3),
        forced_neighbour_ratio=round(forced_far / forced_near, 3),
        forced_neighbour_p95_ms=round(forced_far * 1000, 3),
        forced_neighbour_alone_p95_ms=round(forced_near * 1000, 3),
        machine_stall_ms=max(forced.stall_ms, shipped.stall_ms),
        neighbour_calls=sum(len(part) for each in (forced, shipped) for part in (each.alone, each.beside)),
        neighbour_failed=forced.failed + shipped.failed,
        opened_after=None,
        refused_ms=0.0,
        closed_after_s=None,
        close_s=round(max(forced.close_s, shipped.close_s), 3),
        left_processes=0,
        left_sockets=0,
        left_tasks=0,
    )


async def _side_by_side(
    case: Case,
    bad: FlakyServer,
    good: FlakyServer,
    *,
    calls: int,
    deadline_s: float,
    rounds: int,
    advance: Told,
    options: Mapping[str, object],
) -> _Times:
    outcomes: Counter[str] = Counter()
    took: list[float] = []
    alone: list[float] = []
    beside: list[float] = []
    failed = 0
    sleeper = await _Sleeper.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(sleeper.stop)
        gateway = Gateway(_configuration(bad, good, refresh_s=0.0 if _listed(case) else 3600.0, **options))
        stack.push_async_callback(gateway.close)
        await gateway.call("good", "echo", {"text": "warm"})
        if _known_before(case):
            await gateway.call("bad", "echo", {"text": "warm"})
        bad.misbehave(case.fault, at=case.at, interval_s=deadline_s / 10)

        async def neighbour(times: list[float], least: int, busy: Callable[[], bool]) -> None:
            nonlocal failed
            count = 0
            while count < least or busy():
                outcome, seconds = await _timed(gateway.call("good", "echo", {"text": "near"}))
                times.append(seconds)
                failed += outcome != "ok"
                count += 1
                await asyncio.sleep(_PACE_S)

        async def call() -> None:
            outcome, seconds = await _timed(gateway.call("bad", "echo", {"text": "far"}, deadline_s=deadline_s))
            outcomes[outcome] += 1
            took.append(seconds)
            advance()

        async def caller(count: int) -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(call())
                    await asyncio.sleep(_EVERY_S)

        for number in range(rounds):
            await neighbour(alone, _NEIGHBOUR_CALLS, lambda: False)
            calling = asyncio.create_task(caller(calls // rounds + (number < calls % rounds)))
            await neighbour(beside, _NEIGHBOUR_CALLS, lambda: not calling.done())  # noqa: B023  because it is awaited within the round
            await calling
        stall_ms = await sleeper.stop()
        began = time.perf_counter()
    close_s = time.perf_counter() - began
    bad.recover()
    return _Times(
        outcomes=outcomes,
        took=took,
        alone=alone,
        beside=beside,
        failed=failed,
        stall_ms=stall_ms,
        close_s=close_s,
    )


async def _breaker(case: Case, bad: FlakyServer, row: Row, *, deadline_s: float) -> Row:
    await _sound_again(bad)
    options = {"breaker_failures": _THRESHOLD, "cooldown_s": _COOLDOWN_S, "connect_s": max(2.0, deadline_s)}
    gateway = Gateway(_configuration(bad, None, refresh_s=0.0 if _listed(case) else 3600.0, **options))
    try:
        if _known_before(case):
            await _until_ok(gateway)
        bad.misbehave(case.fault, at=case.at, interval_s=deadline_s / 10)
        opened_after: int | None = None
        for number in range(1, 4 * _THRESHOLD):
            await _timed(gateway.call("bad", "echo", {"text": "far"}, deadline_s=deadline_s))
            if _left_alone(gateway):
                opened_after = number
                break
        refused_ms = 0.0
        while opened_after is not None and _left_alone(gateway) and refused_ms == 0.0:
            _, seconds = await _timed(gateway.call("bad", "echo", {"text": "far"}, deadline_s=deadline_s))
            refused_ms = round(seconds * 1000, 3)
        bad.recover()
        if case.fault == "stubborn" and case.transport == "http":
            bad.restart()
        closed_after_s = await _until_ok(gateway)
        if gateway.state("bad").breaker != "closed" or _left_alone(gateway):
            closed_after_s = None
    finally:
        await gateway.close()
    return replace(row, opened_after=opened_after, refused_ms=refused_ms, closed_after_s=closed_after_s)


def _left_alone(gateway: Gateway) -> bool:
    """Say whether calls are refused without asking: all of them, or those of a tool that changed."""
    state = gateway.state("bad")
    return state.breaker == "open" or "echo" in state.left_alone


async def _sound_again(bad: FlakyServer) -> None:
    """Wait until a server answers that has recovered; over HTTP in a new process, for the old one may be stubborn."""
    if bad.transport == "stdio":
        return  # each gateway starts a child of its own
    bad.restart()
    gateway = Gateway(_configuration(bad, None, breaker_failures=1_000_000))
    try:
        await _until_ok(gateway)
    finally:
        await gateway.close()


async def _until_ok(gateway: Gateway) -> float | None:
    """Call until there is a result, and return the seconds that it took; None: it never came."""
    began = time.perf_counter()
    while time.perf_counter() < began + _PATIENCE_S:
        outcome, _ = await _timed(gateway.call("bad", "echo", {"text": "back"}, deadline_s=_PATIENCE_S))
        if outcome == "ok":
            return round(time.perf_counter() - began, 3)
        await asyncio.sleep(0.02)
    return None


def _known_before(case: Case) -> bool:
    """Say whether the server starts sound, so that its tools are known when it fails."""
    return case.at == "call" or case.fault == "change_tools"


def _listed(case: Case) -> bool:
    return case.fault == "change_tools" or case.at == "list"


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
