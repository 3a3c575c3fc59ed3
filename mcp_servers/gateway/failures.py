"""What goes wrong between us and a server, as errors of one tree.

The words of a server stand in the field ``detail`` alone, short and on one line: a message of ours never holds them.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

from mcp.shared.exceptions import MCPError
from mcp.types import CONNECTION_CLOSED, INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, REQUEST_TIMEOUT
from pydantic import ValidationError

from questline.errors import QuestlineError, RunError, ServerUnavailable, ToolTimeout

from .redaction import Secrets

__all__ = ["TOO_LARGE", "UNREACHABLE", "from_server", "leaf", "one_line", "session_lost", "unavailable"]

UNREACHABLE: Final = -32091
TOO_LARGE: Final = -32092
"""Codes of the errors that our own transports answer with in a server's place; the protocol leaves them free."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST: Final = 500


def one_line(text: str, secrets: Secrets) -> str:
    """Return a server's words on one line, at most 500 characters, without control characters and secrets."""
    line = _CONTROL.sub(" ", secrets.hide(text)).strip()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def unavailable(server: str, reason: str, *, detail: str = "", **fields: object) -> ServerUnavailable:
    """Return the error of a server that cannot be reached.

    Args:
        server: Its name in the configuration.
        reason: Why, in words of ours.
        detail: What it, or the system, said.
        fields: More for machines, such as ``retry_in_s``.
    """
    told: dict[str, Any] = {"detail": detail, **fields} if detail else dict(fields)
    return ServerUnavailable(f"the server {server!r} cannot be reached: {reason}", server=server, reason=reason, **told)


def session_lost(error: BaseException) -> bool:
    """Say whether a server has forgotten the session that we had with it."""
    return isinstance(error, MCPError) and error.code == INVALID_REQUEST and error.message == "Session terminated"


def from_server(error: BaseException, *, server: str, tool: str, secrets: Secrets, lost: str = "") -> QuestlineError:
    """Return the typed error for what a call ended with.

    Args:
        error: As the SDK raised it.
        server: Who was called.
        tool: Which tool.
        secrets: Are kept out of ``detail``.
        lost: Why the connection ended, where that is known.
    """
    if isinstance(error, QuestlineError):
        return error
    where: dict[str, Any] = {"server": server, "tool": tool, "sent": True}
    if isinstance(error, MCPError):
        detail = one_line(error.message, secrets)
        if error.code == TOO_LARGE or (error.code in (PARSE_ERROR, CONNECTION_CLOSED) and "byte limit" in detail):
            return RunError(f"the answer of {server}/{tool} is larger than the limit", code="result_too_large", **where)
        if error.code == UNREACHABLE or session_lost(error):
            return unavailable(server, "the request failed", detail=detail, tool=tool, sent=True)
        if error.code == CONNECTION_CLOSED or (error.code == PARSE_ERROR and "connection broken" in detail):
            return unavailable(
                server, "the connection ended during the call", detail=lost or detail, tool=tool, sent=True
            )
        if error.code == REQUEST_TIMEOUT:
            return ToolTimeout(f"{server}/{tool} did not answer in its time", **where)
        if error.code != PARSE_ERROR:
            known = "failed inside the server" if error.code == INTERNAL_ERROR else "was refused by the server"
            return RunError(
                f"the call of {server}/{tool} {known}", code="tool_failed", rpc_code=error.code, detail=detail, **where
            )
    elif not isinstance(error, ValidationError | RuntimeError):
        return unavailable(server, "the connection failed", detail=one_line(leaf(error), secrets), tool=tool, sent=True)
    return RunError(
        f"{server}/{tool} answered with something that the protocol does not allow",
        code="bad_answer",
        detail=one_line(leaf(error), secrets),
        **where,
    )


def leaf(error: BaseException) -> str:
    """Return the first of the errors that a task group gathered, in words."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    if isinstance(error, ValidationError):
        places = ("/".join(map(str, each["loc"])) + ": " + each["msg"] for each in error.errors(include_input=False))
        return "; ".join(list(places)[:3])
    return f"{type(error).__name__}: {error}"
