"""Definitions that the user accepted: what a server changes later is refused until it is accepted again.

Pinned is what a model may read or what decides how a tool is used: titles, descriptions, schemas and hints of tools,
and what a server says of itself. A change of the latter takes no tool away: the accepted text stands in its place.
Icons and `_meta` are for people and programs; their change is noted and refuses nothing.

The file is JSON, sorted, one value a line: it can be read, compared and kept with the project.
"""

from __future__ import annotations

import difflib
import fcntl
import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, cast

from questline.errors import RunError, UsageError

from .definitions import About, ToolDefinition

__all__ = ["Change", "Pins", "pins_beside"]

_VERSION: Final = 1
_ABOUT: Final = frozenset(each.name for each in fields(About))
_LINES: Final = 60
"""Most lines of one difference that are shown."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a tool, or what a server says of itself, differs from what was accepted."""

    server: str
    tool: str
    """Empty where it is about the server itself."""
    kind: Literal["changed", "added", "removed", "noted"]
    """``noted``: what no model reads is different; the tool is used as before."""
    fields: Sequence[str] = ()
    """What changed of the definition."""
    diff: str = field(default="", repr=False)
    """The difference, line by line; the server's own words stand in it."""


@dataclass(frozen=True, kw_only=True)
class _Held:
    servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Pins by server and tool."""
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """What servers say of themselves; not there for one that was accepted before this was kept."""


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
        self._held = _Held()
        self._stamp: tuple[int, int] | None = None

    def apart(self) -> Pins:
        """Return a copy in memory: no file learns what it is told to accept."""
        copy = Pins()
        copy._held = self._read()
        return copy

    def known(self, server: str) -> bool:
        """Say whether anything of a server was ever accepted."""
        return server in self._read().servers

    def count(self, server: str) -> int | None:
        """Return how many tools of a server are accepted; None where it was never accepted."""
        tools = self._read().servers.get(server)
        return None if tools is None else len(tools)

    def about(self, server: str) -> About | None:
        """Return what was accepted of a server's words about itself; None where nothing was."""
        said = self._read().about.get(server)
        return None if said is None else About(**said)

    def accepts(self, tool: ToolDefinition) -> bool:
        """Say whether a definition is the one that was accepted."""
        return self._read().servers.get(tool.server, {}).get(tool.name, {}).get("digest") == tool.digest

    def accept(self, server: str, tools: Sequence[ToolDefinition], about: About | None = None) -> None:
        """Accept these definitions, and forget all others of the server."""
        with self._locked():
            held = self._read()
            pins = {tool.name: _pin(tool) for tool in tools}
            said = {name: words for name, words in held.about.items() if name != server}
            if about is not None:
                said[server] = asdict(about)
            self._write(_Held(servers={**held.servers, server: pins}, about=said))

    def complete(self, server: str, tools: Sequence[ToolDefinition], about: About) -> None:
        """Add what an older file does not hold of an accepted server, as it is now; what is there stays.

        A file that cannot be written is left as it is: nothing that it lacks was ever compared.
        """
        if self._completed(self._read(), server, tools, about) is None:
            return
        with suppress(RunError, OSError), self._locked():
            made = self._completed(self._read(), server, tools, about)
            if made is not None:
                self._write(made)

    def forget(self, server: str) -> None:
        """Forget what was accepted of a server."""
        with self._locked():
            held = self._read()
            self._write(
                _Held(
                    servers={name: tools for name, tools in held.servers.items() if name != server},
                    about={name: words for name, words in held.about.items() if name != server},
                )
            )

    def changes(self, server: str, tools: Sequence[ToolDefinition], about: About | None = None) -> tuple[Change, ...]:
        """Compare what a server declares now with what was accepted; nothing accepted yet makes all ``added``."""
        held = self._read()
        accepted = held.servers.get(server, {})
        now = {tool.name: tool for tool in tools}
        found = [
            _changed(tool, accepted.get(tool.name))
            for tool in tools
            if accepted.get(tool.name, {}).get("digest") != tool.digest
        ]
        found += [
            Change(server=server, tool=tool.name, kind="noted", fields=names)
            for tool in tools
            if (names := _other_extras(tool, accepted.get(tool.name, {})))
        ]
        found += [Change(server=server, tool=name, kind="removed") for name in accepted if name not in now]
        said = held.about.get(server)
        if about is not None and (said is not None or server not in held.servers):
            words = {name: text or None for name, text in (said or {}).items()}
            names, diff = _difference(words, {name: text or None for name, text in asdict(about).items()})
            if names:
                found.append(
                    Change(server=server, tool="", kind="changed" if said else "added", fields=names, diff=diff)
                )
        return tuple(found)

    def _completed(self, held: _Held, server: str, tools: Sequence[ToolDefinition], about: About) -> _Held | None:
        """Return what is held with what is missing of a server; None where nothing is."""
        pins = held.servers.get(server, {})
        older = [tool for tool in tools if "extras" not in pins.get(tool.name, {"extras": {}}) and self.accepts(tool)]
        if not older and server in held.about:
            return None
        return _Held(
            servers={**held.servers, server: {**pins, **{tool.name: _pin(tool) for tool in older}}},
            about={server: asdict(about), **held.about},
        )

    def _read(self) -> _Held:
        if self._path is None:
            return self._held
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._held, self._stamp = _Held(), None
            return self._held
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            self._held, self._stamp = _parsed(self._path), stamp
        return self._held

    def _write(self, held: _Held) -> None:
        self._held = held
        if self._path is None:
            return
        text = json.dumps({"version": _VERSION, **asdict(held)}, ensure_ascii=False, indent=1, sort_keys=True)
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


def _parsed(path: Path) -> _Held:
    servers: dict[str, Any] = {}
    about: dict[str, Any] = {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        servers, about = data["servers"], data.get("about", {})
        sound = data["version"] == _VERSION and all(
            isinstance(pin["digest"], str)
            and isinstance(pin["declared"], dict)
            and isinstance(pin.get("extras", {}), dict)
            for tools in servers.values()
            for pin in tools.values()
        )
        sound = sound and all(
            words.keys() <= _ABOUT and all(isinstance(text, str) for text in words.values()) for words in about.values()
        )
    except OSError as error:
        raise UsageError(
            f"{str(path)!r} cannot be read: {error.strerror}", code="unreadable_file", path=path
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise UsageError(
            f"{str(path)!r} is no file of accepted tools; remove it to accept everything anew",
            code="bad_config",
            path=path,
        )
    return _Held(servers=servers, about=about)


def _pin(tool: ToolDefinition) -> dict[str, Any]:
    return {"digest": tool.digest, "declared": tool.declared(), "extras": dict(tool.extras)}


def _other_extras(tool: ToolDefinition, pin: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which of the things that no model reads differ; none of a tool whose definition itself does."""
    if "extras" not in pin or pin["digest"] != tool.digest:
        return ()
    before = cast("dict[str, str]", pin["extras"])
    return tuple(name for name in {**before, **tool.extras} if before.get(name) != tool.extras.get(name))


def _changed(tool: ToolDefinition, pin: Mapping[str, Any] | None) -> Change:
    names, diff = _difference(cast("dict[str, Any]", pin["declared"]) if pin else {}, tool.declared())
    return Change(server=tool.server, tool=tool.name, kind="changed" if pin else "added", fields=names, diff=diff)


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Return the names of what differs, and the difference line by line."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    lines: list[str] = []
    for name in names:
        lines += difflib.unified_diff(
            _lines(before.get(name)), _lines(now.get(name)), f"accepted {name}", f"now {name}", lineterm="", n=1
        )
    if len(lines) > _LINES:
        lines = [*lines[:_LINES], f"… and {len(lines) - _LINES} more lines"]
    return tuple(names), "\n".join(lines)


def _lines(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return value.splitlines()
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
