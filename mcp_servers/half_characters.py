"""Messages that hold half a character are read with U+FFFD in its place, where they would never be answered.

A client that cuts a text between the two halves of an emoji sends JSON such as ``"\\ud83d"``. That is no text; the SDK
refuses the whole line, cannot tell which request it was, and its sender waits in vain.
"""

from __future__ import annotations

import re
from contextvars import Context
from typing import TYPE_CHECKING, Final, Self, cast

from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter
from pydantic import ValidationError

if TYPE_CHECKING:
    from types import TracebackType

    from mcp.shared._stream_protocols import ReadStream

__all__ = ["WholeCharacters", "mended"]

_ESCAPES: Final = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
"""A backslash of the text, a whole character in two halves, and a half alone."""


def mended(item: SessionMessage | Exception) -> SessionMessage | Exception:
    """Return the message of a line that was refused for half a character, and anything else as it is."""
    if not isinstance(item, ValidationError):
        return item
    line: object = item.errors(include_url=False, include_context=False)[0]["input"]
    if not isinstance(line, str):
        return item
    whole = _ESCAPES.sub(lambda match: "\\ufffd" if match["half"] else match[0], line)
    if whole == line:
        return item
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(whole, by_name=False))
    except ValidationError as error:
        return error


class WholeCharacters:
    """The SDK's stream of messages from a client, mended."""

    def __init__(self, stream: ReadStream[SessionMessage | Exception]) -> None:
        self._stream = stream

    @property
    def last_context(self) -> Context | None:
        """The context in which the last message was sent on, as the SDK's own streams tell it."""
        return cast("Context | None", getattr(self._stream, "last_context", None))

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message."""
        return mended(await self._stream.receive())

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        return mended(await self._stream.__anext__())

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> bool | None:
        return await self._stream.__aexit__(exc_type, exc_val, exc_tb)
