"""A tool that changed since it was accepted waits for its user: its server is not asked about it at every call.

Each list of tools that still has the change counts. After a few the refusal comes from the last list alone, for a time
that grows, so that callers who do not give up cost neither the server nor its neighbours anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from questline.errors import RunError

from .pins import Change
from .redaction import Secrets

__all__ = ["Drift", "tool_changed"]

_LONGEST: Final = 10
"""The wait grows to at most so many times its first length."""


@dataclass(kw_only=True)
class _Seen:
    listed_at: float
    times: int
    wait_s: float
    until: float


class Drift:
    """Remembers which changed tools were asked for.

    Args:
        failures: Lists of tools in a row that have the change, until the server is left alone.
        cooldown_s: For how many seconds; doubled each time that the next list has it too.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(self, *, failures: int, cooldown_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures = failures
        self._cooldown_s = cooldown_s
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def wait_s(self, tool: str) -> float:
        """Return the seconds until the server is asked about a tool again; 0: at the next call."""
        seen = self._seen.get(tool)
        return 0.0 if seen is None else max(0.0, seen.until - self._clock())

    def waits(self) -> Mapping[str, float]:
        """Return the tools that the server is not asked about now, with the seconds that are left."""
        return {tool: wait_s for tool in self._seen if (wait_s := self.wait_s(tool)) > 0}

    def refused(self, tool: str, *, listed_at: float) -> None:
        """Count a refusal; those that rest on one and the same list are one.

        Args:
            tool: Its name, as listed.
            listed_at: When the list was got, by any clock.
        """
        seen = self._seen.get(tool)
        if seen is None:
            seen = self._seen[tool] = _Seen(listed_at=listed_at, times=1, wait_s=self._cooldown_s, until=0.0)
        elif seen.listed_at == listed_at:
            return
        else:
            seen.listed_at = listed_at
            seen.times += 1
        if seen.times >= self._failures:
            seen.until = self._clock() + seen.wait_s
            seen.wait_s = min(seen.wait_s * 2, self._cooldown_s * _LONGEST)

    def sound(self, tool: str) -> None:
        """Forget a tool that is what was accepted."""
        self._seen.pop(tool, None)

    def clear(self) -> None:
        """Forget all tools: the user has looked at them."""
        self._seen.clear()


def tool_changed(change: Change, secrets: Secrets, *, wait_s: float = 0.0) -> RunError:
    """Return the error of a tool that is not what was accepted.

    Args:
        change: How it differs.
        secrets: Are kept out of the difference.
        wait_s: Seconds until its server is asked again; the user's acceptance counts at once.
    """
    was = "was not there when its server was accepted" if change.kind == "added" else "is not what was accepted"
    error = RunError(
        f"the tool {change.tool!r} of the server {change.server!r} {was}; look at the change and accept it: "
        f"agents servers accept {change.server}",
        code="tool_changed",
        server=change.server,
        tool=change.tool,
        changed=",".join(change.fields),
        diff=secrets.hide(change.diff),
    )
    if wait_s:
        error.fields["retry_in_s"] = round(wait_s, 3)
    return error
