"""What Questline itself may be told of a server, under the key ``questline`` of its entry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Final, Literal, TypeAlias, cast

from questline.errors import UsageError

__all__ = ["Mode", "Pinning", "ServerOptions", "read_options"]

Mode: TypeAlias = Literal["auto", "legacy", "2026-07-28"]
Pinning: TypeAlias = Literal["first_use", "strict", "off"]
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "mode": ("auto", "legacy", "2026-07-28"),
    "pin": ("first_use", "strict", "off"),
}


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """How one server is used. All times are in seconds."""

    mode: Mode = "auto"
    """Which era of the protocol is spoken: ``auto`` asks, ``legacy`` is 2025-11-25 and older."""
    connect_s: float = 30.0
    """Longest wait until a server is started or reached, and has introduced itself."""
    list_s: float = 15.0
    """Longest wait for its list of tools."""
    call_s: float = 60.0
    """Longest wait for one attempt of a call; a call's own deadline may end it earlier."""
    idle_s: float = 300.0
    """A server that was not called for so long is stopped, and started again at its next call; 0: never stopped."""
    refresh_s: float = 60.0
    """The list of tools is asked for again before a call when it is older; 0: before every call."""
    concurrency: int = 8
    """Calls that it answers at a time; others wait for their turn."""
    attempts: int = 3
    """How often a call is tried, where its tool is read-only or idempotent; all others are tried once."""
    breaker_failures: int = 3
    """Failures in a row after which it is left alone."""
    cooldown_s: float = 30.0
    """For how long it is left alone; twice as long each time that the next trial fails, up to 10 times."""
    failover: Sequence[str] = ()
    """Servers whose tool of the same name is called instead, in this order, when this one is not available."""
    allow: Sequence[str] | None = None
    """Patterns such as ``get_*`` of the tools that may be used; None: all."""
    deny: Sequence[str] = ()
    """Patterns of tools that may not be used, allowed or not."""
    cache_s: float = 0.0
    """For how long a result of a read-only tool is given again for the same arguments; 0: never."""
    max_result_bytes: int = 4 * 1024 * 1024
    """Largest message that is taken from the server."""
    pin: Pinning = "first_use"
    """``first_use`` accepts what a server declares when it is first seen, ``strict`` nothing until it is accepted."""
    bearer: str | None = field(default=None, repr=False)
    """A token that is sent as ``Authorization: Bearer …``; HTTP only."""

    def permits(self, tool: str) -> bool:
        """Say whether the rules let a tool of this name be used."""
        allowed = self.allow is None or any(fnmatchcase(tool, pattern) for pattern in self.allow)
        return allowed and not any(fnmatchcase(tool, pattern) for pattern in self.deny)


_DEFAULTS: Final = ServerOptions()
_LEAST: Final = {"connect_s": 0.001, "list_s": 0.001, "call_s": 0.001, "idle_s": 0.0, "refresh_s": 0.0}
_LEAST_WHOLE: Final = {"concurrency": 1, "attempts": 1, "breaker_failures": 1, "max_result_bytes": 1024}


def read_options(given: Mapping[str, Any], *, field: str, base: ServerOptions = _DEFAULTS) -> ServerOptions:
    """Return `base` with what an entry sets.

    Args:
        given: The value under ``questline``.
        field: Where it stands, for errors.
        base: What holds where nothing is set.

    Raises:
        UsageError: ``bad_config`` with ``field``: an unknown name, or a value that the name cannot have.
    """
    names = [each.name for each in fields(ServerOptions)]
    values: dict[str, Any] = {}
    for name, value in given.items():
        where = f"{field}.{name}"
        if name not in names:
            close = get_close_matches(name, names, n=1)
            raise _bad(where, f"is no option{f'; did you mean {close[0]!r}?' if close else ''}")
        values[name] = _checked(name, value, where)
    return replace(base, **values)


def _checked(name: str, value: Any, where: str) -> Any:
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise _bad(where, f"is none of {', '.join(_CHOICES[name])}")
        return value
    if name in _LEAST_WHOLE:
        if type(value) is not int or value < _LEAST_WHOLE[name]:
            raise _bad(where, f"is no whole number of {_LEAST_WHOLE[name]} or more")
        return value
    if name.endswith("_s"):
        if type(value) not in (int, float) or not math.isfinite(value) or value < _LEAST.get(name, 0.0):
            raise _bad(where, f"is no number of seconds of {_LEAST.get(name, 0.0):g} or more")
        return float(value)
    if name == "bearer":
        if not isinstance(value, str) or not value.strip():
            raise _bad(where, "is no token")
        return value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in cast("list[object]", value)):
        raise _bad(where, "is no list of names")
    return tuple(cast("list[str]", value))


def _bad(field: str, why: str) -> UsageError:
    return UsageError(f"{field} {why}", code="bad_config", field=field)
