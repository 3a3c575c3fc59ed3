"""One configured server: started by its first use, stopped when idle, left alone while it fails."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from mcp.shared.dispatcher import ProgressFnT

from questline.errors import QuestlineError, RunError, ServerUnavailable, ToolTimeout, UsageError
from questline.types import AnswerWarning

from .breaker import Breaker, BreakerState, Permit
from .configuration import ServerConfiguration
from .connection import Connection
from .deadline import Deadline
from .definitions import ServerManifest, ToolDefinition
from .failures import from_server, unavailable
from .listing import Listing, read_listing
from .pins import Change, Pins
from .redaction import Secrets
from .result import ToolResult
from .schemas import Schemas

__all__ = ["ServerState", "Status", "Upstream"]

Status: TypeAlias = Literal["idle", "starting", "ready", "unusable", "disabled"]
_DOWN: Final = frozenset({"server_unavailable", "tool_timeout", "bad_answer"})
"""Codes that count against a server."""
_LATENCIES: Final = 100


@dataclass(frozen=True, kw_only=True)
class ServerState:
    """How one server is, now."""

    name: str
    status: Status
    """``idle``: not running, its next call starts it; ``unusable``: its configuration has a problem."""
    breaker: BreakerState
    retry_in_s: float = 0.0
    """Seconds until an open breaker lets a call through."""
    protocol: str = ""
    """The version of the protocol that was agreed on, while it runs."""
    tools: int | None = None
    """How many of its tools can be used; None where it was never asked."""
    changes: Sequence[Change] = ()
    """Where it differs from what was accepted."""
    active: int = 0
    """Calls that it answers at this moment."""
    calls: int = 0
    """Calls that were sent to it."""
    failures: int = 0
    """Calls that it did not answer, or not in the protocol."""
    latency_ms: float | None = None
    """Median of its last 100 answers."""
    last_error: str = ""
    """Code of the last error."""


class Upstream:
    """Used by `Gateway`, which knows all servers; this knows one.

    Args:
        configuration: Of the server.
        pins: What the user accepted.
        schemas: Validators, shared by all servers.
        secrets: Are kept out of errors.
        manifest: What is known of it without starting it.
    """

    def __init__(
        self,
        configuration: ServerConfiguration,
        *,
        pins: Pins,
        schemas: Schemas,
        secrets: Secrets,
        manifest: ServerManifest | None = None,
    ) -> None:
        options = configuration.options
        self.configuration = configuration
        self.options = options
        self._pins = pins
        self._schemas = schemas
        self._secrets = secrets
        self._stored = {tool.name: tool for tool in manifest.tools} if manifest else {}
        self._listing: Listing | None = None
        self._listed_at = 0.0
        self._stale = False
        self._connection: Connection | None = None
        self._opening: asyncio.Task[Connection] | None = None
        self._starts: set[asyncio.Task[Connection]] = set()
        self._listing_lock = asyncio.Lock()
        self._slots = asyncio.Semaphore(options.concurrency)
        self._busy = 0
        self._breaker = Breaker(failures=options.breaker_failures, cooldown_s=options.cooldown_s)
        self._counted: QuestlineError | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._calls = 0
        self._failures = 0
        self._last_error = ""

    @property
    def state(self) -> ServerState:
        """Return how it is."""
        connection = self._connection
        running = connection is not None and connection.alive
        status: Status = "ready" if running else "starting" if self._opening else "idle"
        if not self.configuration.enabled:
            status = "disabled"
        if self.configuration.problem is not None:
            status = "unusable"
        return ServerState(
            name=self.configuration.name,
            status=status,
            breaker=self._breaker.state,
            retry_in_s=self._breaker.retry_in_s,
            protocol=connection.client.protocol_version if connection is not None and running else "",
            tools=len(self._listing.manifest.tools) if self._listing else len(self._stored) or None,
            changes=self._listing.changes if self._listing else (),
            active=connection.active if connection is not None else 0,
            calls=self._calls,
            failures=self._failures,
            latency_ms=round(statistics.median(self._latencies) * 1000, 3) if self._latencies else None,
            last_error=self._last_error,
        )

    @property
    def warnings(self) -> Sequence[AnswerWarning]:
        """Return which tools were left out when it was last asked, and why."""
        return self._listing.warnings if self._listing else ()

    @property
    def known(self) -> Mapping[str, ToolDefinition]:
        """Return the tools that can be used, by name, without asking it: those it listed, or those that were stored."""
        if self._listing is not None:
            return self._listing.tools
        return {name: tool for name, tool in self._stored.items() if self.options.permits(name)}

    @property
    def asked(self) -> bool:
        """Whether it was asked for its tools since the gateway was opened."""
        return self._listing is not None

    @property
    def listing(self) -> Listing | None:
        """Return what came of the last question for its tools."""
        return self._listing

    def forget_listing(self) -> None:
        """Ask for the tools again before they are used next."""
        self._stale = True

    def check_usable(self) -> None:
        """Raise what is wrong with its configuration.

        Raises:
            UsageError: The problem of its entry, or ``not_allowed`` where the user disabled it.
        """
        if self.configuration.problem is not None:
            raise self.configuration.problem
        if not self.configuration.enabled:
            name = self.configuration.name
            raise UsageError(f"the server {name!r} is disabled in its configuration", code="not_allowed", server=name)

    def check_allowed(self, tool: str) -> None:
        """Raise what the user's rules say against a tool.

        Raises:
            UsageError: ``not_allowed``.
        """
        name = self.configuration.name
        if not self.options.permits(tool):
            raise UsageError(
                f"the rules of the server {name!r} do not allow {tool!r}", code="not_allowed", server=name, tool=tool
            )

    def check_unchanged(self, tool: str) -> None:
        """Raise how a tool differed from what was accepted when the server was last asked.

        Raises:
            RunError: ``tool_changed``.
        """
        name = self.configuration.name
        change = self._listing.refused.get(tool) if self._listing else None
        if change is not None:
            told = (
                "was not there when its server was accepted" if change.kind == "added" else "is not what was accepted"
            )
            raise RunError(
                f"the tool {tool!r} of the server {name!r} {told}; look at the change and accept it: "
                f"agents servers accept {name}",
                code="tool_changed",
                server=name,
                tool=tool,
                changed=",".join(change.fields),
                diff=self._secrets.hide(change.diff),
            )

    async def manifest(self, deadline: Deadline, *, fresh: bool = False) -> ServerManifest:
        """Ask it for its tools, unless it was asked a short while ago.

        Raises:
            QuestlineError: It cannot be reached or does not answer.
        """
        self.check_usable()
        if self._listing is not None and not fresh and not self._is_stale():
            return self._listing.manifest
        async with _Slot(self, "", deadline):
            with self._admitted() as permit:
                try:
                    connection = await self._ready(deadline, anew=permit.trial)
                    listing = await self._listed(connection, deadline, fresh=fresh)
                except QuestlineError as error:
                    self._count(permit, error)
                    raise
                permit.success()
        return listing.manifest

    async def call(
        self,
        tool: ToolDefinition,
        arguments: Mapping[str, Any],
        deadline: Deadline,
        *,
        progress: ProgressFnT | None = None,
    ) -> ToolResult:
        """Call a tool once.

        Args:
            tool: As it was known when the arguments were checked; they are checked again if it has changed since.
            arguments: Fit its schema.
            deadline: Of the whole call.
            progress: Hears how far it is.

        Raises:
            QuestlineError: It could not be reached, did not answer, or not as it should.
        """
        self.check_usable()
        async with _Slot(self, tool.name, deadline):
            with self._admitted() as permit:
                try:
                    connection = await self._ready(deadline, anew=permit.trial)
                    current, result = await self._call(connection, tool, arguments, deadline, progress)
                except QuestlineError as error:
                    self._count(permit, error)
                    raise
                permit.success()
        if not result.is_error:
            self._schemas.check_result(current, result.structured)
        return result

    async def close(self) -> None:
        """Stop it; what it still answers is given up."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for start in self._starts:
            start.cancel()
        if self._starts:
            await asyncio.wait(set(self._starts))
        if self._connection is not None:
            self._let_go(self._connection)
        if self._closing:
            await asyncio.wait(self._closing)

    def _admitted(self) -> Permit:
        permit = self._breaker.admit()
        if permit is None:
            name, wait_s = self.configuration.name, self._breaker.retry_in_s
            raise ServerUnavailable(
                f"the server {name!r} failed {self._breaker.failures} times in a row and is left alone "
                f"for {wait_s:.1f} s",
                server=name,
                reason="breaker open",
                breaker=self._breaker.state,
                retry_in_s=round(wait_s, 3),
            )
        return permit

    def _count(self, permit: Permit, error: QuestlineError) -> None:
        self._last_error = error.code
        if error.code in _DOWN:
            if error is not self._counted:  # a start that failed is one failure, however many calls waited for it
                permit.failure()
                self._failures += 1
            self._counted = error
        elif error.fields.get("sent"):
            permit.success()

    async def _call(
        self,
        connection: Connection,
        tool: ToolDefinition,
        arguments: Mapping[str, Any],
        deadline: Deadline,
        progress: ProgressFnT | None,
    ) -> tuple[ToolDefinition, ToolResult]:
        name = self.configuration.name
        listing = self._listing
        if listing is None or self._is_stale():
            listing = await self._listed(connection, deadline)
        self.check_unchanged(tool.name)
        current = listing.tools.get(tool.name)
        if current is None:
            raise UsageError(
                f"the server {name!r} no longer has a tool {tool.name!r}",
                code="unknown_tool",
                server=name,
                tool=tool.name,
            )
        if current.digest != tool.digest:
            self._schemas.check_arguments(current, arguments)
        began = time.perf_counter()
        timeout_s = min(deadline.left_s, self.options.call_s)
        self._calls += 1
        try:
            raw = await connection.call(tool.name, arguments, timeout_s=timeout_s, progress=progress)
        except TimeoutError:
            raise ToolTimeout(
                f"{name}/{tool.name} did not answer within {timeout_s:.3g} s",
                server=name,
                tool=tool.name,
                sent=True,
                reason=connection.garbage or "no answer",
            ) from None
        except Exception as error:
            raise from_server(
                error, server=name, tool=tool.name, secrets=self._secrets, lost=connection.lost
            ) from error
        self._latencies.append(time.perf_counter() - began)
        result = ToolResult.of(raw, server=name, tool=tool.name)
        if self.configuration.kind == "memory" and len(result.text) > self.options.max_result_bytes:
            raise RunError(  # the other transports refuse it before it is here
                f"the answer of {name}/{tool.name} is larger than the limit",
                code="result_too_large",
                server=name,
                tool=tool.name,
                sent=True,
            )
        return current, result

    async def _ready(self, deadline: Deadline, *, anew: bool) -> Connection:
        """Return a live connection; the start goes on for the next caller where this one's time is over.

        Args:
            deadline: Of the caller.
            anew: Give up a start that has not come to an end, and begin another.
        """
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        connection = self._connection
        if connection is not None and connection.alive:
            return connection
        if self._opening is not None and anew:
            self._opening.cancel()
            self._opening = None
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._starts.add(self._opening)
            self._opening.add_done_callback(self._opened)
        opening = self._opening
        done, _ = await asyncio.wait((opening,), timeout=deadline.left_s)
        if not done:
            name = self.configuration.name
            raise ToolTimeout(f"the server {name!r} is still starting", server=name, reason="starting")
        if opening.cancelled():
            raise unavailable(self.configuration.name, "its start was given up")
        return opening.result()

    async def _open(self) -> Connection:
        if self._connection is not None:
            self._let_go(self._connection)
        connection = Connection(self.configuration, secrets=self._secrets, on_change=self.forget_listing)
        try:
            await connection.open()
            await self._listed(connection, Deadline(self.options.list_s), fresh=True)
        except BaseException:
            await connection.close(kill=True)
            raise
        self._connection = connection
        return connection

    def _opened(self, opening: asyncio.Task[Connection]) -> None:
        self._starts.discard(opening)
        if self._opening is opening:
            self._opening = None
        if not opening.cancelled():
            opening.exception()  # whoever waits is told; nobody need

    async def _listed(self, connection: Connection, deadline: Deadline, *, fresh: bool = False) -> Listing:
        """Ask for the list of tools and compare it with what was accepted; one asks for all who wait."""
        async with self._listing_lock:
            if self._listing is not None and not fresh and not self._is_stale():
                return self._listing
            name = self.configuration.name
            timeout_s = min(deadline.left_s, self.options.list_s)
            self._stale = False  # what changes from here on is heard of again
            try:
                tools, ttl_ms = await connection.list_tools(timeout_s)
            except TimeoutError:
                self._stale = True
                raise ToolTimeout(
                    f"the server {name!r} did not list its tools within {timeout_s:.3g} s", server=name
                ) from None
            except Exception as error:
                self._stale = True
                raise from_server(
                    error, server=name, tool="tools/list", secrets=self._secrets, lost=connection.lost
                ) from error
            self._listing = read_listing(self.configuration, connection.client, tools, ttl_ms=ttl_ms, pins=self._pins)
            self._listed_at = time.monotonic()
            return self._listing

    def _is_stale(self) -> bool:
        if self._listing is None or self._stale:
            return True
        kept_s = max(self.options.refresh_s, self._listing.manifest.ttl_ms / 1000)
        return time.monotonic() - self._listed_at >= kept_s

    def _rest(self) -> None:
        """Begin to count the time after which it is stopped, once it has nothing to do."""
        if self.options.idle_s and self._connection is not None and not self._busy:
            if self._idle_timer is not None:
                self._idle_timer.cancel()
            self._idle_timer = asyncio.get_running_loop().call_later(self.options.idle_s, self._stop_idle)

    def _stop_idle(self) -> None:
        if self._connection is not None and not self._busy:
            self._let_go(self._connection)

    def _let_go(self, connection: Connection) -> None:
        """Close a connection beside everything else."""
        if self._connection is connection:
            self._connection = None
        task = asyncio.create_task(connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def take_slot(self, tool: str, deadline: Deadline) -> None:
        """Wait for a turn among the calls that it answers at a time.

        Raises:
            ToolTimeout: It did not come in time.
        """
        if not self._slots.locked():
            await self._slots.acquire()
            self._busy += 1
            return
        try:
            async with asyncio.timeout(deadline.left_s):
                await self._slots.acquire()
            self._busy += 1
        except TimeoutError:
            name = self.configuration.name
            raise ToolTimeout(
                f"the server {name!r} was busy with {self.options.concurrency} other calls all the time",
                server=name,
                tool=tool,
                reason="busy",
            ) from None

    def give_slot(self) -> None:
        """Let the next one in."""
        self._busy -= 1
        self._slots.release()
        self._rest()


class _Slot:
    def __init__(self, upstream: Upstream, tool: str, deadline: Deadline) -> None:
        self._upstream = upstream
        self._tool = tool
        self._deadline = deadline

    async def __aenter__(self) -> None:
        await self._upstream.take_slot(self._tool, self._deadline)

    async def __aexit__(self, *_: object) -> None:
        self._upstream.give_slot()
