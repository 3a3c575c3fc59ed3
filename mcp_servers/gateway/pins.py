"""Definitions that the user accepted: what a server changes later is refused until it is accepted again.

The file is JSON, sorted, one value a line: it can be read, compared and kept with the project.
"""

from __future__ import annotations

import difflib
import fcntl
import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from questline.errors import RunError, UsageError

from .definitions import ToolDefinition

__all__ = ["Change", "Pins", "pins_beside"]

_VERSION: Final = 1
_LINES: Final = 60
"""Most lines of one difference that are shown."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a tool differs from what was accepted."""

    server: str
    tool: str
    kind: Literal["changed", "added", "removed"]
    fields: Sequence[str] = ()
    """What changed of the definition."""
    diff: str = field(default="", repr=False)
    """The difference, line by line; the server's own words stand in it."""


def pins_beside(configuration: Path) -> Path:
    """Return the file of accepted definitions that belongs to a configuration: ``mcp.pins.json`` for ``mcp.json``."""
    return configuration.with_name(f"{configuration.stem}.pins.json")


class Pins:
    """Accepted definitions by server and tool, in a file or in memory.

    Args:
        path: The file; None keeps them for the life of the object.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._held: dict[str, dict[str, Any]] = {}
        self._stamp: tuple[int, int] | None = None

    def known(self, server: str) -> bool:
        """Say whether anything of a server was ever accepted."""
        return server in self._read()

    def count(self, server: str) -> int | None:
        """Return how many tools of a server are accepted; None where it was never accepted."""
        tools = self._read().get(server)
        return None if tools is None else len(tools)

    def accept(self, server: str, tools: Sequence[ToolDefinition]) -> None:
        """Accept these definitions, and forget all others of the server."""
        with self._locked():
            held = dict(self._read())
            held[server] = {tool.name: {"digest": tool.digest, "declared": tool.declared()} for tool in tools}
            self._write(held)

    def forget(self, server: str) -> None:
        """Forget what was accepted of a server."""
        with self._locked():
            self._write({name: tools for name, tools in self._read().items() if name != server})

    def changes(self, server: str, tools: Sequence[ToolDefinition]) -> tuple[Change, ...]:
        """Compare what a server declares now with what was accepted; nothing accepted yet makes all ``added``."""
        accepted = self._read().get(server, {})
        now = {tool.name: tool for tool in tools}
        found = [
            _changed(tool, accepted.get(tool.name))
            for tool in tools
            if accepted.get(tool.name, {}).get("digest") != tool.digest
        ]
        found += [Change(server=server, tool=name, kind="removed") for name in accepted if name not in now]
        return tuple(found)

    def _read(self) -> Mapping[str, dict[str, Any]]:
        if self._path is None:
            return self._held
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._held, self._stamp = {}, None
            return self._held
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._held, self._stamp = _parsed(self._path), stamp
        return self._held

    def _write(self, held: dict[str, dict[str, Any]]) -> None:
        self._held = held
        if self._path is None:
            return
        text = json.dumps({"version": _VERSION, "servers": held}, ensure_ascii=False, indent=1, sort_keys=True)
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            beside.write_text(text + "\n", encoding="utf-8")
            beside.replace(self._path)
        except OSError as error:
            raise RunError(
                f"{str(self._path)!r} cannot be written: {error.strerror}", code="read_only", path=self._path
            ) from error
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        self._stamp = None

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Keep other processes from writing between our reading and our writing."""
        if self._path is None:
            yield
            return
        try:
            lock = os.open(self._path.parent, os.O_RDONLY)
        except FileNotFoundError as error:
            folder = self._path.parent
            raise UsageError(f"there is no folder {str(folder)!r}", code="file_not_found", path=folder) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _parsed(path: Path) -> dict[str, dict[str, Any]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        servers = data["servers"]
        sound = data["version"] == _VERSION and all(
            isinstance(pin["digest"], str) and isinstance(pin["declared"], dict)
            for tools in servers.values()
            for pin in tools.values()
        )
    except OSError as error:
        raise UsageError(
            f"{str(path)!r} cannot be read: {error.strerror}", code="unreadable_file", path=path
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound, servers = False, None
    if not sound:
        raise UsageError(
            f"{str(path)!r} is no file of accepted tools; remove it to accept everything anew",
            code="bad_config",
            path=path,
        )
    return cast("dict[str, dict[str, Any]]", servers)


def _changed(tool: ToolDefinition, pin: Mapping[str, Any] | None) -> Change:
    now = tool.declared()
    before = cast("dict[str, Any]", pin["declared"]) if pin else {}
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    lines: list[str] = []
    for name in names:
        lines += difflib.unified_diff(
            _lines(before.get(name)), _lines(now.get(name)), f"accepted {name}", f"now {name}", lineterm="", n=1
        )
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], f"… and {len(lines) - _LINES} more lines"]
    return Change(
        server=tool.server,
        tool=tool.name,
        kind="changed" if pin else "added",
        fields=tuple(names),
        diff="\n".join(lines),
    )


def _lines(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return value.splitlines()
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
