"""How a server is, as the user may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .breaker import BreakerState
from .pins import Change

__all__ = ["ServerState", "Status"]

Status: TypeAlias = Literal["idle", "starting", "ready", "unusable", "disabled"]


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
    left_alone: Mapping[str, float] = field(default_factory=dict[str, float])
    """Tools that changed and that it is not asked about now, by name; seconds until it is, if none is accepted."""
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
