"""How an error leaves a server: a tool result that says `isError`, with the same structured body as every other face.

{"error": {"code": "bad_argument", "message": "…", "retryable": false, "fields": {"argument": "k"}}}
"""

from __future__ import annotations

import logging
from typing import Final

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, TextContent
from pydantic import ValidationError

from questline.errors import QuestlineError, RunError, UsageError
from questline.tools.fencing import verbatim

__all__ = ["refusal", "result_of", "unfit"]

_LOG: Final = logging.getLogger(__name__)
_MOST_SAID: Final = 5
_QUOTING: Final = frozenset({"bad_sql", "not_permitted", "unknown_table"})
"""Errors whose messages hold names and values from the user's files, which are data and stay between marks."""


def refusal(tool: str, error: ToolError) -> QuestlineError:
    """Return what a tool that failed tells its caller; what nobody foresaw is logged here and told without details."""
    cause = error.__cause__
    if isinstance(cause, QuestlineError):
        return cause
    if not isinstance(error, UnexpectedToolError):
        if isinstance(cause, ValidationError):
            return unfit(cause)
        return RunError(str(cause or error))
    _LOG.error("the tool %r failed unexpectedly", tool, exc_info=cause or error)
    return RunError(f"the tool {tool!r} failed unexpectedly; the log of its server says where")


def unfit(error: ValidationError) -> UsageError:
    """Return ``bad_argument`` for arguments that do not fit their schema, with each field and the reason."""
    problems = [
        (".".join(map(str, problem["loc"])), problem["msg"])
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    said = "; ".join(f"{field or 'arguments'}: {reason}" for field, reason in problems[:_MOST_SAID])
    more = f"; and {len(problems) - _MOST_SAID} more" if len(problems) > _MOST_SAID else ""
    return UsageError(
        f"the arguments do not fit: {said}{more}", argument=problems[0][0] or "arguments", reason=problems[0][1]
    )


def result_of(error: QuestlineError) -> CallToolResult:
    """Return the tool result for an error."""
    said = verbatim("message", error.message) if error.code in _QUOTING else error.message
    return CallToolResult(
        content=[TextContent(type="text", text=f"error[{error.code}]: {said}")],
        structured_content={"error": error.as_dict()},
        is_error=True,
    )
