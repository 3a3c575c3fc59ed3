"""One live connection to a server: a task of its own enters and leaves the SDK's client, others call through it.

The client's cancel scopes belong to the task that entered it; so no caller ever enters or leaves one, and no caller
waits for longer than its deadline, whatever the server, or the client on its way out, does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Any, Final

from mcp import Client
from mcp.client import IncomingMessage, Transport
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CONNECTION_CLOSED,
    REQUEST_TIMEOUT,
    CallToolResult,
    Implementation,
    Tool,
    ToolListChangedNotification,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from questline.deadline import bounded
from questline.errors import QuestlineError

from .configuration import ServerConfiguration
from .failures import leaf, one_line, session_lost, unavailable
from .redaction import Secrets
from .stdio import ChildProcess
from .wire import open_http, plain_address

__all__ = ["Connection"]

_PROBE_S: Final = 1.0
"""How long a child may take to answer anything at all after a call ran out of time."""
_CLOSE_S: Final = 5.0
_LOOSE_S: Final = 0.5
_PAGES: Final = 100
_TOOLS: Final = 10_000


class Connection:
    """Opened once, closed once.

    Args:
        configuration: Of the server.
        secrets: Are kept out of errors.
        on_change: Called when the server says that its list of tools changed.
    """

    def __init__(self, configuration: ServerConfiguration, *, secrets: Secrets, on_change: Callable[[], None]) -> None:
        self._configuration = configuration
        self._options = configuration.options
        self._secrets = secrets
        self._on_change = on_change
        self._leave = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None
        self._client: Client | None = None
        self._child: ChildProcess | None = None
        self._failure: BaseException | None = None
        self._loose: set[asyncio.Task[Any]] = set()
        self._wakers: set[Callable[[], None]] = set()
        self._retired = False
        self.active = 0
        """Calls that wait for an answer."""

    @property
    def alive(self) -> bool:
        """Whether a new call may go through it."""
        return self._client is not None and not self._retired and not self._leave.is_set()

    @property
    def client(self) -> Client:
        """The SDK's client; for reading what the server said of itself."""
        assert self._client is not None
        return self._client

    @property
    def lost(self) -> str:
        """How it ended, in the words of the server or of the system."""
        words = self._child.last_words if self._child else ""
        return one_line(words or (leaf(self._failure) if self._failure else ""), self._secrets)

    @property
    def garbage(self) -> str:
        """What a child wrote besides messages, in words of ours."""
        lines = self._child.garbage if self._child else 0
        return f"it wrote {lines} lines that are no messages of the protocol" if lines else ""

    async def open(self) -> None:
        """Start or reach the server, and agree on a version of the protocol.

        Raises:
            UsageError: ``command_not_found``.
            ServerUnavailable: Anything else.
        """
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._own(ready), name=f"mcp server {self._configuration.name}")
        self._owner.add_done_callback(self._wake)
        done, _ = await asyncio.wait(
            (ready, self._owner), timeout=self._options.connect_s, return_when="FIRST_COMPLETED"
        )
        if ready in done:
            return
        if self._owner in done:
            raise self._not_opened()
        await self.close(kill=True)
        raise unavailable(
            self._configuration.name,
            f"it did not introduce itself within {self._options.connect_s:g} s",
            detail=self.lost,
        )

    async def list_tools(self, timeout_s: float) -> tuple[list[Tool], int]:
        """Return all pages of the list of tools, and for how many milliseconds it stays as it is (0: not said).

        Raises:
            TimeoutError: It took longer.
            Exception: As the SDK raises them.
        """
        return await bounded(self._pages(), timeout_s, loose=self._loose)

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, timeout_s: float, progress: ProgressFnT | None = None
    ) -> CallToolResult:
        """Call a tool.

        Raises:
            TimeoutError: It took longer; the server is told, where the protocol can, and a child that no longer answers
                anything is killed.
            Exception: As the SDK raises them.
        """
        self.active += 1
        try:
            work = self.client.call_tool(tool, dict(arguments), progress_callback=progress)
            return await bounded(work, timeout_s, loose=self._loose, wakers=self._wakers)
        except TimeoutError:
            if self._owner is None or self._owner.done():
                raise MCPError(code=CONNECTION_CLOSED, message="Connection closed") from None
            self._after_timeout()
            raise
        except MCPError as error:
            self._retired |= session_lost(error)
            raise
        finally:
            self.active -= 1
            if self._retired and not self.active:
                self._leave.set()

    async def finish(self) -> None:
        """Close it when the last call that it carries has ended; `leave` ends it earlier."""
        if self._owner is not None and self._retired and self.active:
            await asyncio.wait((self._owner,))
        await self.close()

    def leave(self) -> None:
        """Begin to end it, whatever it carries."""
        self._leave.set()

    async def close(self, *, kill: bool = False) -> None:
        """End it; a child that does not leave is killed, and a client that does not close is left behind.

        Args:
            kill: End a child at once.
        """
        self._leave.set()
        if kill and self._child is not None:
            self._child.kill()
        if self._owner is not None:
            if kill or self._client is None:
                self._owner.cancel()
            _, late = await asyncio.wait((self._owner,), timeout=_CLOSE_S)
            if late:
                self._owner.cancel()
                if self._child is not None:
                    self._child.kill()
        if self._loose:
            await asyncio.wait(self._loose, timeout=_LOOSE_S)

    async def _own(self, ready: asyncio.Future[None]) -> None:
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(
                    Client(
                        await self._target(stack),
                        mode=self._options.mode,
                        cache=None,  # the list of tools is kept by its owner, and compared with what was accepted
                        client_info=Implementation(name="questline", version=version("questline")),
                        message_handler=self._heard,
                        elicitation_callback=self._configuration.answers,
                    )
                )
                # Ours runs instead, which no schema of a server can hold up.
                client.session.validate_tool_result = _not_here
                self._client = client
                ready.set_result(None)
                async with _while(self._watch(client)):
                    await self._leave.wait()
        except asyncio.CancelledError as error:
            self._failure = error
        except Exception as error:  # noqa: BLE001 because whoever waits for the connection tells what it was
            self._failure = error
        finally:
            self._leave.set()

    def _wake(self, _: object) -> None:
        """End the calls that a connection without wires would not end."""
        for wake in tuple(self._wakers):
            wake()

    async def _target(self, stack: AsyncExitStack) -> Any:
        chosen = self._configuration
        if chosen.kind == "memory":
            return chosen.server
        if chosen.kind == "http":
            limit = self._options.max_result_bytes
            http = open_http(
                chosen.url, chosen.headers, connect_s=self._options.connect_s, limit=limit, auth=chosen.auth
            )
            await stack.enter_async_context(http)
            return streamable_http_client(plain_address(chosen.url), http_client=http, max_sse_event_size=limit)
        chosen.check_command()
        self._child = ChildProcess(
            command=chosen.command,
            args=chosen.args,
            env=chosen.env,
            cwd=chosen.cwd,
            limit=self._options.max_result_bytes,
            on_end=self._leave.set,
        )
        transport: Transport = self._child
        return transport

    def _not_opened(self) -> QuestlineError:
        name, error = self._configuration.name, self._failure
        if isinstance(error, QuestlineError):
            return error
        reason = "it did not start" if self._configuration.kind == "stdio" else "it did not answer as a server should"
        return unavailable(name, reason, detail=self.lost)

    async def _heard(self, message: IncomingMessage) -> None:
        if isinstance(message, ToolListChangedNotification):
            self._on_change()

    async def _watch(self, client: Client) -> None:
        """Hear of changes from a server of the new era, which tells those alone who ask."""
        tools = client.server_capabilities.tools
        if client.protocol_version not in MODERN_PROTOCOL_VERSIONS or tools is None or not tools.list_changed:
            return
        with contextlib.suppress(Exception):  # it is a hint: the list is also asked for again by its age
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._on_change()

    async def _pages(self) -> tuple[list[Tool], int]:
        tools: list[Tool] = []
        cursor: str | None = None
        ttl_ms = 0
        for _ in range(_PAGES):
            page = await self.client.list_tools(cursor=cursor)
            tools += page.tools
            ttl_ms = page.ttl_ms
            if page.next_cursor is None or page.next_cursor == cursor or len(tools) > _TOOLS:
                break
            cursor = page.next_cursor
        return tools[:_TOOLS], ttl_ms

    def _after_timeout(self) -> None:
        if self._child is not None:
            probe = asyncio.create_task(self._probe(self._child))
            self._loose.add(probe)
            probe.add_done_callback(self._loose.discard)
        elif self._configuration.kind == "http" and self.client.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            self._retired = True  # the old era keeps an answer's socket open until it comes

    async def _probe(self, child: ChildProcess) -> None:
        try:
            await bounded(self.client.session.send_discover(MODERN_PROTOCOL_VERSIONS[-1]), _PROBE_S, loose=self._loose)
        except MCPError as error:
            if error.code not in (CONNECTION_CLOSED, REQUEST_TIMEOUT):
                return  # it answers, if only that it does not know the question
        except TimeoutError:
            pass
        else:
            return
        child.kill()
        self._leave.set()


async def _not_here(name: str, result: CallToolResult) -> None:
    del name, result


@contextlib.asynccontextmanager
async def _while(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Do `work` as long as the block runs."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))
