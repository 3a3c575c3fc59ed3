"""The one layer that all our servers share: how a tool is declared, run, watched, cancelled, and how it fails.

    def double(number: Annotated[int, Field(description="What to double.")]) -> Doubled:
        '''Double a whole number.'''
        return Doubled(number=2 * number)

    server = QuestlineServer(
        "doubling", title="Doubling", description="Doubles numbers.",
        tools=[tool(double, title="Double", hints=READ_ONLY, text=lambda found: str(found["number"]))],
    )

Schemas come from the signature, results are structured and readable, work that blocks runs in a thread, and a call that
nobody waits for any more is stopped.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from importlib.metadata import version as version_of
from typing import Annotated, Any, Final, TypeVar, cast

import anyio
import anyio.to_thread
from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import ConfigDict, TypeAdapter, model_validator

from questline.tools.stopping import check, stoppable

from .half_characters import WholeCharacters
from .progress import reporting
from .refusals import refusal, result_of
from .schemas import compact
from .truth_values import check_numbers

__all__ = ["READ_ONLY", "READ_ONLY_OPEN", "WRITES_ONCE", "QuestlineServer", "in_thread", "tool"]

READ_ONLY: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Changes nothing, and speaks to nothing outside."""
READ_ONLY_OPEN: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)
"""Changes nothing; may ask a language model outside."""
WRITES_ONCE: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
"""Adds something of its own; the same call again changes nothing more."""
_BEAT_S: Final = 1.0
_LIST_TTL_MS: Final = 3_600_000
"""Our tools change with the installation, not while a server runs."""

T = TypeVar("T")


class QuestlineServer(MCPServer[Any]):
    """A server of ours on the SDK's, for both eras of the protocol.

    Args:
        name: As users type it.
        title: As people read it.
        description: One line.
        tools: Made by `tool`; they are listed in this order.
        instructions: What a model should know before it calls any of them.
        beat_s: A call that takes longer than this reports its progress, and again each time it has passed.
        options: More of the SDK's own arguments.
    """

    def __init__(
        self,
        name: str,
        *,
        title: str,
        description: str,
        tools: Sequence[Tool] = (),
        instructions: str | None = None,
        beat_s: float = _BEAT_S,
        **options: Any,
    ) -> None:
        log = logging.getLogger()
        handlers, level = list(log.handlers), log.level
        options.setdefault("cache_hints", {"tools/list": CacheHint(ttl_ms=_LIST_TTL_MS, scope="public")})
        super().__init__(
            name,
            title=title,
            description=description,
            instructions=instructions,
            version=version_of("questline"),
            tools=list(tools),
            **options,
        )
        log.handlers[:], log.level = handlers, level  # the SDK sets up logging, which is the process's to do
        self._beat_s = beat_s

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; what fails is a result with ``isError``, also arguments that do not fit.

        Raises:
            MCPError: There is no such tool.
        """
        with stoppable(), reporting(context, every_s=self._beat_s):
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                known = sorted(each.name for each in await self.list_tools())
                if name not in known:
                    message = f"unknown tool {name!r}; this server has {', '.join(known)}"
                    raise MCPError(INVALID_PARAMS, message, {"tool": name}) from error
                return result_of(refusal(name, error))

    async def run_stdio_async(self) -> None:
        """Serve over standard input and output; what anything else prints goes to standard error."""
        low = self._lowlevel_server
        # The SDK diverts the file descriptor; text that Python still buffers would come out after it is put back.
        async with stdio_server() as (read, write):
            with redirect_stdout(sys.stderr):
                await low.run(WholeCharacters(read), write, low.create_initialization_options())


def tool(
    function: Callable[..., T] | Callable[..., Awaitable[T]],
    *,
    title: str,
    hints: ToolAnnotations,
    text: Callable[[T], str],
    name: str | None = None,
    asked_for: Sequence[str] = (),
) -> Tool:
    """Make a tool of a function.

    Args:
        function: Its signature gives the schemas, its docstring's first line the description. The return type is a
            TypedDict. A plain function runs in a thread; both kinds may raise `QuestlineError`.
        title: As people read it.
        hints: What a call may do.
        text: Writes a result for a reader.
        name: By default the function's.
        asked_for: Optional parameters that the schema calls required: few calls do without them, and who plans by the
            schema must not leave them out. A call that does so is taken.
    """
    signature = inspect.signature(function, eval_str=True)
    kind: TypeAdapter[Any] = TypeAdapter(signature.return_annotation)
    is_async = inspect.iscoroutinefunction(function)

    async def call(**arguments: Any) -> CallToolResult:
        if is_async:
            found = await cast("Callable[..., Awaitable[T]]", function)(**arguments)
        else:
            found = await in_thread(partial(cast("Callable[..., T]", function), **arguments))
        return CallToolResult(
            content=[TextContent(type="text", text=text(found))],
            structured_content=kind.dump_python(found, mode="json"),
        )

    returned = Annotated[CallToolResult, signature.return_annotation]
    call.__name__ = call.__qualname__ = name or function.__name__
    call.__signature__ = signature.replace(return_annotation=returned)  # pyright: ignore[reportFunctionMemberAccess]  # because `inspect` reads it there
    call.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()} | {"return": returned}
    description = inspect.cleandoc(function.__doc__ or "").partition("\n")[0]
    made = Tool.from_function(call, title=title, description=description, annotations=hints, structured_output=True)
    accepted = made.fn_metadata.arg_model

    class Strict(accepted):
        model_config = ConfigDict(extra="forbid")  # what a tool does not know is said, not dropped

        @model_validator(mode="before")
        @classmethod
        def no_truth_values_for_numbers(cls, arguments: object) -> object:
            check_numbers(made.parameters, arguments)
            return arguments

    made.fn_metadata.arg_model = Strict
    made.parameters = compact(made.fn_metadata.arg_model.model_json_schema())
    if asked_for:
        made.parameters["required"] = [*made.parameters.get("required", ()), *asked_for]
    made.fn_metadata.output_schema = compact(made.fn_metadata.output_schema or {})
    return made


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a thread; when this is cancelled, the work is told to stop, and waited for."""

    def begun() -> T:
        check()  # where all threads were busy, it may be too late by now
        return work()

    with stoppable() as stop:
        running = asyncio.ensure_future(anyio.to_thread.run_sync(begun))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            stop.set()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # looked at, so that nobody warns of it
            raise
