"""One configured server: started by its first use, stopped when idle, left alone while it fails."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp.shared.dispatcher import ProgressFnT

from questline.deadline import Deadline
from questline.errors import QuestlineError, RunError, ServerUnavailable, ToolTimeout, UsageError
from questline.types import AnswerWarning

from .breaker import Breaker, Permit
from .configuration import ServerConfiguration
from .connection import Connection
from .definitions import ServerManifest, ToolDefinition
from .drift import Drift, tool_changed
from .failures import from_server, one_line
from .lifecycle import Lifecycle
from .listing import Listing, read_listing
from .pins import Pins
from .redaction import Secrets
from .result import ToolResult
from .schemas import Schemas
from .state import ServerState, Status

__all__ = ["Upstream"]

_DOWN: Final = frozenset({"server_unavailable", "tool_timeout", "bad_answer", "result_too_large"})
"""Codes that count against a server. Not `tool_changed`: the server answers, and its other tools are sound."""
_LATENCIES: Final = 100


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
        self._life = Lifecycle(
            configuration, secrets=secrets, on_open=self._first_listed, on_change=self.forget_listing
        )
        self._listing_lock = asyncio.Lock()
        self._slots = asyncio.Semaphore(options.concurrency)
        self._breaker = Breaker(failures=options.breaker_failures, cooldown_s=options.cooldown_s)
        self._drift = Drift(failures=options.breaker_failures, cooldown_s=options.cooldown_s)
        self._counted: QuestlineError | None = None
        self._only_slow = True
        """Whether all that counted against it since its last start was that callers did not wait for its start."""
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._calls = 0
        self._failures = 0
        self._last_error = ""

    @property
    def state(self) -> ServerState:
        """Return how it is."""
        connection = self._life.connection
        status: Status = "ready" if connection else "starting" if self._life.starting else "idle"
        if not self.configuration.enabled:
            status = "disabled"
        if self.configuration.problem is not None:
            status = "unusable"
        return ServerState(
            name=self.configuration.name,
            status=status,
            breaker=self._breaker.state,
            retry_in_s=self._breaker.retry_in_s,
            protocol=connection.client.protocol_version if connection else "",
            tools=len(self._listing.manifest.tools) if self._listing else len(self._stored) or None,
            changes=self._listing.changes if self._listing else (),
            left_alone=self._drift.waits(),
            active=connection.active if connection else 0,
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

    def accepted(self) -> None:
        """Hear that the user accepted what it declares: it is asked again before its tools are used next."""
        self._drift.clear()
        self.forget_listing()

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

    async def look_for(self, tool: str, deadline: Deadline) -> None:
        """Ask it for its tools, unless it was asked a short while ago, so that `known` has a tool that can be used.

        A tool that changed is refused without asking for a while; what the user accepts meanwhile is asked for at once.

        Raises:
            UsageError: ``not_allowed``.
            RunError: ``tool_changed``.
            QuestlineError: It cannot be reached or does not answer.
        """
        self.check_usable()
        self.check_allowed(tool)
        change = self._listing.refused.get(tool) if self._listing else None
        if change is not None and self._accepted_since(tool):
            self._drift.sound(tool)
            self.forget_listing()
        elif change is not None and (wait_s := self._drift.wait_s(tool)):
            raise tool_changed(change, self._secrets, wait_s=wait_s)
        await self.manifest(deadline)
        self._check_unchanged(tool)

    def _accepted_since(self, tool: str) -> bool:
        declared = self._listing.declared if self._listing else ()
        return any(each.name == tool and self._pins.accepts(each) for each in declared)

    def _check_unchanged(self, tool: str) -> None:
        change = self._listing.refused.get(tool) if self._listing else None
        if change is None:
            return
        self._drift.refused(tool, listed_at=self._listed_at)
        raise tool_changed(change, self._secrets, wait_s=self._drift.wait_s(tool))

    async def manifest(self, deadline: Deadline, *, fresh: bool = False) -> ServerManifest:
        """Ask it for its tools, unless it was asked a short while ago.

        Raises:
            QuestlineError: It cannot be reached or does not answer.
        """
        self.check_usable()
        if self._listing is not None and not fresh and not self._is_stale():
            return self._listing.manifest
        async with self._turn("", deadline) as permit:
            connection = await self._life.ready(deadline, anew=permit.trial)
            return (await self._listed(connection, deadline, fresh=fresh)).manifest

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
        async with self._turn(tool.name, deadline) as permit:
            connection = await self._life.ready(deadline, anew=permit.trial)
            current, result = await self._call(connection, tool, arguments, deadline, progress)
        if not result.is_error:
            self._check_result(current, result.structured)
        return result

    def _check_result(self, tool: ToolDefinition, structured: object) -> None:
        why = self._schemas.misfit(tool, structured)
        if why is not None:
            raise RunError(
                f"the result of {tool.qualified!r} does not fit the tool's own output schema",
                code="bad_answer",
                server=tool.server,
                tool=tool.name,
                detail=one_line(why, self._secrets),
            )

    async def close(self) -> None:
        """Stop it for good; what it still answers is given up."""
        await self._life.close()

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
        if self._too_hasty(error):
            return
        if error.code in _DOWN:
            if error is not self._counted:  # a start that failed is one failure, however many calls waited for it
                permit.failure()
                self._failures += 1
                self._only_slow = self._only_slow and error.fields.get("reason") == "starting"
            self._counted = error
        elif error.fields.get("sent"):
            permit.success()

    def _too_hasty(self, error: QuestlineError) -> bool:
        """Say whether a caller waited for less than the server usually takes: that tells nothing of the server."""
        waited_s = error.fields.get("waited_s")
        if not isinstance(waited_s, float) or not self._latencies:
            return False
        return waited_s < min(self.options.call_s, statistics.median(self._latencies))

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
        self._check_unchanged(tool.name)
        self._drift.sound(tool.name)
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
                waited_s=round(timeout_s, 3),
            ) from None
        except Exception as error:
            raise from_server(
                error, server=name, tool=tool.name, secrets=self._secrets, lost=connection.lost
            ) from error
        self._latencies.append(time.perf_counter() - began)
        result = ToolResult.of(raw, server=name, tool=tool.name, seconds=deadline.spent_s)
        if self.configuration.kind == "memory" and len(result.text) > self.options.max_result_bytes:
            raise RunError(  # the other transports refuse it before it is here
                f"the answer of {name}/{tool.name} is larger than the limit",
                code="result_too_large",
                server=name,
                tool=tool.name,
                sent=True,
            )
        return current, result

    async def _first_listed(self, connection: Connection) -> Listing:
        listing = await self._listed(connection, Deadline(self.options.list_s), fresh=True)
        if self._only_slow and self._breaker.failures:  # it was slow to start, and now it has
            self._breaker.settle(trial=False, outcome=True)
        self._only_slow = True
        return listing

    async def _listed(self, connection: Connection, deadline: Deadline, *, fresh: bool = False) -> Listing:
        """Ask for the list of tools and compare it with what was accepted; one asks for all who wait."""
        name = self.configuration.name
        try:
            async with asyncio.timeout(deadline.left_s):
                await self._listing_lock.acquire()
        except TimeoutError:
            raise ToolTimeout(f"the server {name!r} is still listing its tools", server=name) from None
        try:
            if self._listing is not None and not fresh and not self._is_stale():
                return self._listing
            timeout_s = min(deadline.left_s, self.options.list_s)
            self._stale = False  # what changes from here on is heard of again
            done = False
            try:
                tools, ttl_ms = await connection.list_tools(timeout_s)
                self._listing = await read_listing(
                    self.configuration, connection.client, tools, ttl_ms=ttl_ms, pins=self._pins
                )
                done = True
            except TimeoutError:
                raise ToolTimeout(
                    f"the server {name!r} did not list its tools within {timeout_s:.3g} s", server=name
                ) from None
            except Exception as error:
                raise from_server(
                    error, server=name, tool="tools/list", secrets=self._secrets, lost=connection.lost
                ) from error
            finally:
                self._stale = self._stale or not done
            self._listed_at = time.monotonic()
            return self._listing
        finally:
            self._listing_lock.release()

    def _is_stale(self) -> bool:
        if self._listing is None or self._stale:
            return True
        kept_s = max(self.options.refresh_s, self._listing.manifest.ttl_ms / 1000)
        return time.monotonic() - self._listed_at >= kept_s

    @asynccontextmanager
    async def _turn(self, tool: str, deadline: Deadline) -> AsyncGenerator[Permit]:
        """Wait for a turn among the calls that it answers at a time, and for the breaker's leave.

        Raises:
            ToolTimeout: It did not come in time.
            ServerUnavailable: The breaker is open.
        """
        try:
            if self._slots.locked():
                async with asyncio.timeout(deadline.left_s):
                    await self._slots.acquire()
            else:
                await self._slots.acquire()
        except TimeoutError:
            name = self.configuration.name
            raise ToolTimeout(
                f"the server {name!r} was busy with {self.options.concurrency} other calls all the time",
                server=name,
                tool=tool,
                reason="busy",
            ) from None

        self._life.enter()
        try:
            with self._admitted() as permit:
                try:
                    yield permit
                except QuestlineError as error:
                    self._count(permit, error)
                    raise
                permit.success()
        finally:
            self._life.leave()
            self._slots.release()
