"""The way to all servers that a user configured: none can hang a run, hurt another, or change unnoticed.

`Gateway` picks the server and the tool, checks the arguments before anything is started, retries what may be repeated,
fails over where the user says so, and keeps, records or replays results. `Upstream` is one server.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from mcp.shared.dispatcher import ProgressFnT

from questline import telemetry
from questline.deadline import Deadline
from questline.errors import QuestlineError, UsageError
from questline.telemetry import Attributes, Operation
from questline.types import AnswerWarning

from .cache import ResultCache
from .configuration import Configuration
from .definitions import ServerManifest, ToolDefinition, canonical
from .pins import Change, Pins
from .recording import Recorder, Recording
from .result import ToolResult
from .retrying import again, pause_s
from .schemas import Schemas
from .state import ServerState
from .upstream import Upstream

__all__ = ["Gateway"]

_UNSTARTED: Final = frozenset({"command_not_found", "unknown_variable", "bad_config"})
"""Codes of a server that its configuration keeps from starting."""


class Gateway:
    """The client of every configured server; ``async with`` it.

    Entering starts no server: each starts with its first call, and stops when it was idle for a while. One gateway
    belongs to one event loop.

    Args:
        configuration: The servers.
        pins: What the user accepted of them; None keeps what is seen first for the life of the gateway.
        manifests: What is known of servers without starting them, from a catalogue.
        record: File that every call is appended to.
        replay: File of such calls: they are answered from it, and no server is started.
        seed: Of the pauses between retries; None for real chance.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        pins: Pins | None = None,
        manifests: Iterable[ServerManifest] = (),
        record: Path | None = None,
        replay: Path | None = None,
        seed: int | None = None,
    ) -> None:
        self.configuration = configuration
        self.pins = pins or Pins()
        self._secrets = configuration.secrets
        self._schemas = Schemas()
        self._cache = ResultCache()
        self._chance = random.Random(seed)  # noqa: S311 because the pauses are no secret
        self._recorder = Recorder(record, self._secrets) if record else None
        self._recording = Recording(replay, self._secrets) if replay else None
        known = {manifest.name: manifest for manifest in manifests}
        if self._recording is not None:
            known |= {manifest.name: manifest for manifest in self._recording.manifests()}
        self._upstreams = {
            name: Upstream(
                server, pins=self.pins, schemas=self._schemas, secrets=self._secrets, manifest=known.get(name)
            )
            for name, server in configuration.servers.items()
        }
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop every server; no process and no socket stays."""
        self._closed = True
        await asyncio.gather(*(upstream.close() for upstream in self._upstreams.values()))
        if self._recorder is not None:
            self._recorder.close()

    def state(self, server: str) -> ServerState:
        """Return how one server is.

        Raises:
            UsageError: ``unknown_server``.
        """
        return self._upstream(server).state

    def states(self) -> Sequence[ServerState]:
        """Return how every server is, in the order of the configuration."""
        return [upstream.state for upstream in self._upstreams.values()]

    def warnings(self, server: str) -> Sequence[AnswerWarning]:
        """Return which tools of a server were left out when it was last asked, and why.

        Raises:
            UsageError: ``unknown_server``.
        """
        return self._upstream(server).warnings

    async def manifest(self, server: str, *, deadline_s: float | None = None, fresh: bool = False) -> ServerManifest:
        """Ask a server for its tools, starting it where need be; only those that can be used are in it.

        Args:
            server: Its name.
            deadline_s: Seconds; what its options allow for start and list when left out.
            fresh: Ask also where it was asked a short while ago.

        Raises:
            UsageError: ``unknown_server``, ``bad_deadline``, or a problem of its configuration.
            RunError: ``server_unavailable``, ``tool_timeout``, ``bad_answer``.
        """
        upstream = self._upstream(server)
        options = upstream.options
        return await upstream.manifest(
            Deadline(options.connect_s + options.list_s if deadline_s is None else deadline_s), fresh=fresh
        )

    async def list_tools(self, server: str, *, deadline_s: float | None = None) -> Sequence[ToolDefinition]:
        """Return the tools of a server that can be used; `manifest` says how."""
        return (await self.manifest(server, deadline_s=deadline_s)).tools

    async def accept(self, server: str, *, deadline_s: float | None = None) -> Sequence[Change]:
        """Accept what a server declares now, in place of all that was accepted of it before.

        Args:
            server: Its name.
            deadline_s: Seconds for asking it.

        Returns:
            How it differed.

        Raises:
            QuestlineError: It cannot be asked; `manifest` says how.
        """
        await self.manifest(server, deadline_s=deadline_s, fresh=True)
        upstream = self._upstream(server)
        listing = upstream.listing
        assert listing is not None
        self.pins.accept(server, listing.declared, listing.about)
        upstream.accepted()
        return listing.changes

    def changes(self, server: str) -> Sequence[Change]:
        """Return how a server differed from what was accepted when it was last asked.

        Raises:
            UsageError: ``unknown_server``.
        """
        return self.state(server).changes

    async def find(self, name: str, *, deadline_s: float | None = None) -> ToolDefinition:
        """Return the tool that a name means.

        Args:
            name: ``server/tool``, or the bare name of a tool that one known server has. Only the former starts a
                server of which nothing is known yet.
            deadline_s: Seconds.

        Raises:
            UsageError: ``ambiguous_tool`` with ``candidates``, ``unknown_tool``, ``unknown_server``, ``not_allowed``.
            RunError: ``tool_changed``, or the server cannot be asked.
        """
        server, slash, tool = name.partition("/")
        if slash and server in self._upstreams:
            return await self._definition(server, tool, self._deadline(server, deadline_s))
        found = [
            upstream.known[name]
            for upstream in self._upstreams.values()
            if name in upstream.known and upstream.configuration.enabled
        ]
        if len(found) == 1:
            return found[0]
        if found:
            candidates = ", ".join(each.qualified for each in found)
            raise UsageError(
                f"several servers have a tool {name!r}; write one of: {candidates}",
                code="ambiguous_tool",
                tool=name,
                candidates=candidates,
            )
        known = [each.qualified for upstream in self._upstreams.values() for each in upstream.known.values()]
        raise _unknown_tool(name, known, self._unasked())

    async def call(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        deadline_s: float | None = None,
        progress: ProgressFnT | None = None,
    ) -> ToolResult:
        """Call a tool, and return its result or raise a typed error by the deadline.

        Args:
            server: Its name in the configuration.
            tool: The tool's name.
            arguments: Checked against the tool's schema before the call.
            deadline_s: Seconds for everything: waiting, start, retries, failover. What the server's options allow for
                connect, list and one call when left out.
            progress: An async function that hears ``progress``, ``total`` and ``message`` of a long call.

        Raises:
            UsageError: ``unknown_server``, ``unknown_tool``, ``not_allowed``, ``bad_deadline``, ``bad_argument`` (with
                ``field``, ``reason`` and ``missing``), or a problem of the server's configuration.
            ToolTimeout: ``tool_timeout``.
            ServerUnavailable: ``server_unavailable`` with ``reason``.
            RunError: ``tool_changed``, ``tool_failed``, ``bad_answer``, ``result_too_large``.
        """
        deadline = self._deadline(server, deadline_s)
        attributes = {
            Attributes.OPERATION: Operation.EXECUTE_TOOL,
            Attributes.TOOL: tool,
            Attributes.SERVER: server,
        }
        with telemetry.span(f"execute_tool {tool}", attributes) as span:
            given = dict(arguments or {})
            definition: ToolDefinition | None = None
            try:
                _check_json(given)
                definition = await self._definition(server, tool, deadline)
                self._schemas.check_arguments(definition, given)
                result = await self._answer(definition, given, deadline, progress)
            except QuestlineError as error:
                if self._recorder is not None and definition is not None:
                    self._recorder.write(definition, given, error)
                raise
            if result.cached or result.replayed:
                result = replace(result, seconds=deadline.spent_s)
            if self._recorder is not None:
                self._recorder.write(definition, given, result)
            if result.is_error:
                span.set({Attributes.ERROR_TYPE: "tool_error"})
            return result

    async def _answer(
        self,
        definition: ToolDefinition,
        arguments: Mapping[str, Any],
        deadline: Deadline,
        progress: ProgressFnT | None,
    ) -> ToolResult:
        if self._recording is not None:
            return self._recording.play(definition.server, definition.name, arguments)
        ttl_s = self._upstream(definition.server).options.cache_s
        kept = self._cache.get(definition, arguments) if ttl_s else None
        if kept is not None:
            return kept
        result = await self._with_failover(definition, arguments, deadline, progress)
        if ttl_s:
            self._cache.put(definition, arguments, result, ttl_s=ttl_s)
        return result

    async def _with_failover(
        self,
        definition: ToolDefinition,
        arguments: Mapping[str, Any],
        deadline: Deadline,
        progress: ProgressFnT | None,
    ) -> ToolResult:
        servers = (definition.server, *self._upstream(definition.server).options.failover)
        first: QuestlineError | None = None
        whole = deadline
        for number, server in enumerate(servers):
            # What may be repeated leaves as much time for each of the servers that could still stand in.
            waiting = len(servers) - number if definition.repeatable else 1
            deadline = whole.share(waiting)
            try:
                asked = definition if first is None else await self._definition(server, definition.name, deadline)
                if first is not None:
                    self._schemas.check_arguments(asked, arguments)
                return await self._with_retries(asked, arguments, deadline, progress)
            except QuestlineError as error:
                if first is None:
                    first = error
                    if not _passes_on(error, definition):
                        break
                elif error.fields.get("sent") and not definition.repeatable:
                    break  # the stand-in may have done it
                if not whole.left_s:
                    break
        assert first is not None
        raise first

    async def _with_retries(
        self,
        definition: ToolDefinition,
        arguments: Mapping[str, Any],
        deadline: Deadline,
        progress: ProgressFnT | None,
    ) -> ToolResult:
        upstream = self._upstream(definition.server)
        attempt = 1
        while True:
            try:
                result = await upstream.call(definition, arguments, deadline, progress=progress)
                return replace(result, attempts=attempt) if attempt > 1 else result
            except QuestlineError as error:
                pause = pause_s(attempt, self._chance)
                over = attempt >= upstream.options.attempts or pause >= deadline.left_s
                if over or "retry_in_s" in error.fields or not again(error, definition):
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    async def _definition(self, server: str, tool: str, deadline: Deadline) -> ToolDefinition:
        upstream = self._upstream(server)
        known = upstream.known.get(tool)
        if known is not None and upstream.configuration.enabled:
            return known
        if self._recording is None:
            await upstream.look_for(tool, deadline)
        if tool in upstream.known:
            return upstream.known[tool]
        raise _unknown_tool(f"{server}/{tool}", [each.qualified for each in upstream.known.values()], [])

    def _deadline(self, server: str, deadline_s: float | None) -> Deadline:
        options = self._upstream(server).options
        return Deadline(options.connect_s + options.list_s + options.call_s if deadline_s is None else deadline_s)

    def _upstream(self, server: str) -> Upstream:
        if self._closed:
            raise UsageError("the gateway is closed", argument="gateway")
        if server not in self._upstreams:
            self.configuration.server(server)
        return self._upstreams[server]

    def _unasked(self) -> list[str]:
        return [name for name, upstream in self._upstreams.items() if not upstream.asked and not upstream.known]


def _check_json(arguments: Mapping[str, Any]) -> None:
    try:
        canonical(arguments).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"the arguments are not JSON: {error}", argument="arguments") from None


def _passes_on(error: QuestlineError, definition: ToolDefinition) -> bool:
    """Say whether another server may be asked: nobody was, or asking twice does no harm."""
    if error.code in _UNSTARTED:
        return True
    if error.code not in ("server_unavailable", "tool_timeout", "bad_answer"):
        return False
    return definition.repeatable or not error.fields.get("sent")


def _unknown_tool(name: str, known: Sequence[str], unasked: Sequence[str]) -> UsageError:
    close = get_close_matches(name, known, n=3) or get_close_matches(
        name, [each.partition("/")[2] for each in known], n=3
    )
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    if unasked:
        hint += f"; not asked yet: {', '.join(unasked[:10])}"
    return UsageError(f"no server has a tool {name!r}{hint}", code="unknown_tool", tool=name)
