"""One call of a tool: an id, the server and tool, the arguments, the result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from questline.deadline import Deadline
from questline.errors import RunError, UsageError
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.mcp_servers.gateway.gateway import Gateway
from questline.mcp_servers.gateway.result import ToolResult

from .refusals import finds_nothing
from .shapes import view
from .views import Refused

__all__ = ["Call", "call", "value_of"]

_DETAIL: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that was made, and what it gave."""

    id: str
    definition: ToolDefinition
    arguments: Mapping[str, object]
    value: object
    """JSON."""
    at: str
    """When, ISO 8601 in UTC."""
    server: str = ""
    """Who answered; another than the definition's where that one had failed and may be stood in for."""


async def call(
    gateway: Gateway,
    definition: ToolDefinition,
    arguments: Mapping[str, object],
    *,
    call_id: str,
    approve: bool,
    deadline: Deadline,
) -> Call:
    """Call a tool; the gateway checks the arguments against its schema before anything is sent.

    A tool that may be called twice, and says that it failed, is asked once more, unless it says that this is of no use.

    Raises:
        UsageError: ``not_allowed`` with ``server`` and ``tool``: it is destructive and not approved; and what
            `Gateway.call` raises.
        RunError: ``tool_failed`` with ``detail``: the tool says that it failed; ``not_found`` with ``detail``: it says
            that it has no answer, or refuses the question; and what `Gateway.call` raises.
    """
    if definition.needs_approval and not approve:
        raise UsageError(
            f"{definition.qualified} may destroy something, and is called with your approval only",
            code="not_allowed",
            server=definition.server,
            tool=definition.name,
        )
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    for again in (definition.repeatable, False):
        result = await gateway.call(
            definition.server, definition.name, dict(arguments), deadline_s=max(deadline.left_s, 1e-3)
        )
        if not (again and result.is_error and _may_pass(result)):
            break
    if result.is_error:
        said = _error_text(result)
        raise _failed(definition, said, nothing=finds_nothing(said))
    value = value_of(result)
    found = view(value)
    if isinstance(found, Refused):
        raise _failed(definition, found.reason, nothing=found.nothing)
    return Call(id=call_id, definition=definition, arguments=arguments, value=value, at=at, server=result.server)


def value_of(result: ToolResult) -> object:
    """Return the structured result; of a tool without one its text, read as JSON where it is an object or a list."""
    if result.structured is not None:
        return cast("object", result.structured)
    if result.text.lstrip()[:1] in ("{", "["):
        try:
            return cast("object", json.loads(result.text))
        except ValueError:
            pass
    return result.text


def _may_pass(result: ToolResult) -> bool:
    """Say whether a failure may pass: what says of itself that it is for good, or that there is nothing, does not."""
    if finds_nothing(_error_text(result)):
        return False
    structured = cast("object", result.structured)
    error = cast("Mapping[str, object]", structured).get("error") if isinstance(structured, Mapping) else None
    return not (isinstance(error, Mapping) and cast("Mapping[str, object]", error).get("retryable") is False)


def _error_text(result: ToolResult) -> str:
    found = view(cast("object", result.structured)) if result.structured is not None else None
    return found.reason if isinstance(found, Refused) else result.text


def _failed(definition: ToolDefinition, said: str, *, nothing: bool) -> RunError:
    detail = " ".join(said.split())
    nothing = nothing and definition.read_only is not False  # what was to be done, and is refused, has failed
    what = "has no answer" if nothing else "failed"
    return RunError(
        f"the tool {definition.qualified} says that it {what}",
        code="not_found" if nothing else "tool_failed",
        server=definition.server,
        tool=definition.name,
        detail=detail if len(detail) <= _DETAIL else detail[: _DETAIL - 1] + "…",
        sent=True,
    )
