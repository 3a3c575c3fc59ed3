"""What a server says of itself and of its tools, as plain values: what pins, caches, catalogue and plans speak of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import Tool

__all__ = ["About", "ServerManifest", "ToolDefinition", "call_key", "canonical", "digest"]

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: object) -> str:
    """Return `value` as JSON with sorted keys and no white space: equal values give equal text.

    Raises:
        ValueError: `value` holds NaN or an infinity.
        TypeError: `value` is not made of JSON's types.
    """
    return _CANONICAL.encode(value)


def call_key(server: str, tool: str, arguments: Mapping[str, object]) -> str:
    """Return a text that calls share which ask the same of the same tool; raises as `canonical`."""
    return canonical([server, tool, dict(arguments)])


def digest(value: object) -> str:
    """Return the SHA-256, in hexadecimal, of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ToolDefinition:
    """One tool as its server declares it. The hints are the server's own claims; None where it makes none."""

    server: str
    """The server's name in the configuration of the user, not the one that the server gives itself."""
    name: str
    title: str | None = None
    description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    output_schema: Mapping[str, Any] | None = None
    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None
    extras: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)
    """SHA-256 of what it declares for people and programs alone, by field: ``icons``, ``_meta``. No model reads it, and
    nothing here follows it, so it is no part of the definition."""

    @property
    def qualified(self) -> str:
        """``server/tool``, which is unique in a catalogue."""
        return f"{self.server}/{self.name}"

    @property
    def repeatable(self) -> bool:
        """Whether a call may be sent twice: retries, hedges and speculation are for these alone."""
        return self.read_only is True or self.idempotent is True

    @property
    def needs_approval(self) -> bool:
        """Whether a call is made only where somebody approved it: by what the server itself declares, it may destroy.

        So it is for ``destructiveHint``, and for a tool that declares that it is not read-only and leaves the other
        hint out: the protocol takes that for destructive. A tool without any of the two hints claims nothing and may be
        called, although the protocol's defaults would make it destructive too: most servers give no hints, and all of
        their tools would be out of reach. What is read-only destroys nothing, whatever else it claims.

        Source: MCP 2025-11-25, ToolAnnotations; specs/02 §6.
        """
        return self.read_only is not True and (
            self.destructive is True or (self.read_only is False and self.destructive is None)
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that a model may read or that decides how the tool is used, so over `declared`."""
        return digest({name: value for name, value in self.declared().items() if value is not None})

    def declared(self) -> dict[str, Any]:
        """Return the definition by field, without the server's name; a pin keeps it and shows a drift against it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "input_schema": dict(self.input_schema),
            "output_schema": None if self.output_schema is None else dict(self.output_schema),
            "read_only": self.read_only,
            "destructive": self.destructive,
            "idempotent": self.idempotent,
            "open_world": self.open_world,
        }

    @classmethod
    def of(cls, server: str, tool: Tool) -> ToolDefinition:
        """Return the definition of a tool as the SDK read it from ``tools/list``."""
        hints = tool.annotations
        return cls(
            server=server,
            name=tool.name,
            title=tool.title or (hints.title if hints else None),
            description=tool.description or "",
            input_schema=tool.input_schema,
            output_schema=tool.output_schema,
            read_only=hints.read_only_hint if hints else None,
            destructive=hints.destructive_hint if hints else None,
            idempotent=hints.idempotent_hint if hints else None,
            open_world=hints.open_world_hint if hints else None,
            extras=_extras(tool),
        )


def _extras(tool: Tool) -> dict[str, str]:
    icons = [icon.model_dump(mode="json", exclude_none=True) for icon in tool.icons or ()]
    found: dict[str, str] = {}
    for name, value in (("icons", icons), ("_meta", dict(tool.meta or {}))):
        if value:
            try:
                found[name] = digest(value)
            except (ValueError, TypeError, RecursionError):
                found[name] = "not JSON"
    return found


@dataclass(frozen=True, kw_only=True)
class About:
    """What a server says of itself, which a model may read; its version is none of it."""

    title: str = ""
    description: str = ""
    instructions: str = ""

    @property
    def text(self) -> str:
        """Its description, or else its instructions."""
        return self.description or self.instructions

    @classmethod
    def of(cls, client: Client) -> About:
        """Return what the SDK's client was told when it connected."""
        info = client.server_info
        return cls(
            title=(info.title or info.name) if info else "",
            description=(info.description or "") if info else "",
            instructions=client.instructions or "",
        )


@dataclass(frozen=True, kw_only=True)
class ServerManifest:
    """What was seen of one server: enough to search its tools without starting it."""

    name: str
    """Its name in the configuration of the user."""
    title: str | None = None
    description: str = ""
    """Its own description, or else its instructions."""
    version: str = ""
    tools: Sequence[ToolDefinition] = ()
    fetched_at: float = 0.0
    """Seconds since 1970 (UTC)."""
    ttl_ms: int = 0
    """How long the server says that its list of tools stays as it is; 0 where it does not say."""
