"""Look at every server of a file, side by side, and change nothing: what is seen first is not accepted by looking."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from questline.errors import QuestlineError

from .configuration import Configuration, ServerConfiguration
from .gateway import Gateway
from .pins import Pins, pins_beside

__all__ = ["ServerCheck", "check_servers"]

_WAIT_S: Final = 15.0
_MOST: Final = 5
"""Changes that are named."""


@dataclass(frozen=True, kw_only=True)
class ServerCheck:
    """How one server is."""

    name: str
    state: Literal["ok", "disabled", "not_trusted", "broken", "changed"]
    found: str
    mend: str = ""
    """What to do about it."""


async def check_servers(
    configuration: Configuration, *, trusted: Collection[str], deadline_s: float = _WAIT_S
) -> Sequence[ServerCheck]:
    """Start or reach the servers of a file, and compare what they declare with what was accepted.

    Args:
        configuration: With the file that it was read from.
        trusted: Names of the servers that may be started; the others are not.
        deadline_s: Longest wait for one of them, in seconds.

    Raises:
        UsageError: The file of accepted tools cannot be read.
    """
    file = configuration.source
    pins = Pins(pins_beside(file)).apart() if file is not None else Pins()
    known = {name for name in configuration.servers if pins.known(name)}
    async with Gateway(configuration, pins=pins) as gateway:

        async def look(server: ServerConfiguration) -> ServerCheck:
            if not server.enabled:
                return ServerCheck(name=server.name, state="disabled", found="disabled in the file")
            if server.problem is None and server.name not in trusted:
                return ServerCheck(name=server.name, state="not_trusted", found="not started: it is not trusted")
            return await _checked(gateway, server, deadline_s, accepted=server.name in known, file=file)

        return await asyncio.gather(*map(look, configuration.servers.values()))


async def _checked(
    gateway: Gateway, server: ServerConfiguration, deadline_s: float, *, accepted: bool, file: Path | None
) -> ServerCheck:
    name = server.name
    try:
        manifest = await gateway.manifest(name, deadline_s=deadline_s, fresh=True)
    except QuestlineError as error:
        detail = error.fields.get("detail", "")
        found = f"{error.code}: {error.message}{f' ({detail})' if detail else ''}"
        mend = "correct its entry in the file" if server.problem or error.exit_code == 2 else "start it, or mend it"
        return ServerCheck(name=name, state="broken", found=found, mend=mend)
    tools = f"{len(manifest.tools)} tool{'' if len(manifest.tools) == 1 else 's'}"
    changed = [change for change in gateway.changes(name) if change.kind != "noted"]
    if changed:
        said = [f"{change.tool or 'what it says of itself'} {change.kind}" for change in changed[:_MOST]]
        more = f" and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
        where = f" --servers {file}" if file is not None else ""
        return ServerCheck(
            name=name,
            state="changed",
            found=f"answers, {tools} as accepted; refused until accepted: {', '.join(said)}{more}",
            mend=f"agents servers show {name}{where}, then agents servers accept {name}{where}",
        )
    left_out = [warning.message for warning in gateway.warnings(name) if warning.code == "bad_schema"]
    state = "as accepted" if accepted else "accepted with the first use"
    return ServerCheck(name=name, state="ok", found="; ".join([f"answers, {tools}, {state}", *left_out]))
