"""The servers that a user configured, in the files of Claude Desktop, Cursor and VS Code.

What makes a whole file unreadable is an error. What is wrong with one entry stays with that entry: the server is kept
with its `problem`, which every use of it raises, and the others work.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from questline.errors import UsageError

from .entries import declaration, read_entry, shown_target
from .jsonc import Object, parse
from .options import ServerOptions
from .redaction import Secrets
from .variables import Input, Variables

if TYPE_CHECKING:
    import httpx2
    from mcp.client.session import ElicitationFnT
    from mcp.server import Server
    from mcp.server.mcpserver import MCPServer

__all__ = ["DEFAULT_FILE", "Configuration", "ServerConfiguration"]

DEFAULT_FILE: Final = Path("mcp.json")
_LONGEST: Final = 4 * 1024 * 1024
"""Bytes of a configuration."""
_OF_A_CLIENT: Final = frozenset({".cursor", ".vscode"})
"""Folders that Cursor and VS Code keep their files in; to both, the project around it is the working folder."""


@dataclass(frozen=True, kw_only=True)
class ServerConfiguration:
    """One server: how it is reached, and how it is used. Its repr shows no secret."""

    name: str
    kind: Literal["stdio", "http", "memory"]
    command: str = ""
    args: Sequence[str] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What its process gets besides `HOME`, `LOGNAME`, `PATH`, `SHELL`, `TERM` and `USER`."""
    cwd: Path | None = None
    """Its working folder, where relative commands and arguments start; ours when left out."""
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    server: MCPServer | Server[Any] | None = field(default=None, repr=False)
    """A server of this process, for the kind ``memory``."""
    auth: httpx2.Auth | None = field(default=None, repr=False)
    """Signs in where an HTTP server asks for it, such as the SDK's `OAuthClientProvider`; never from a file."""
    answers: ElicitationFnT | None = field(default=None, repr=False)
    """Asks the user what the server wants to know in the middle of a call; None: it hears that nobody can be asked."""
    enabled: bool = True
    options: ServerOptions = field(default_factory=ServerOptions)
    ignored: Sequence[str] = ()
    """Fields of the entry that other clients know and Questline does not use."""
    problem: UsageError | None = None
    """Why it cannot be used."""
    shown: str = ""
    """Command or address as the file has it, without values of variables."""
    declared: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    """How it is started or reached, as the file has it: see `questline.mcp_servers.gateway.entries.declaration`."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def check_command(self) -> None:
        """Look for the program and the working folder of a child process.

        Raises:
            UsageError: ``command_not_found`` with ``field``.
        """
        if self.kind != "stdio" or self.problem is not None:
            return
        if self.cwd is not None and not self.cwd.is_dir():
            raise UsageError(
                f"the working folder of the server {self.name!r} does not exist",
                code="command_not_found",
                server=self.name,
                field=f"{self.name}.cwd",
            )
        here = self.cwd is not None and os.sep in self.command
        program = str(self.cwd / self.command) if self.cwd is not None and here else self.command
        if shutil.which(program, path=self.env.get("PATH", os.environ.get("PATH"))) is None:
            raise UsageError(
                f"there is no program {self.shown!r} that starts the server {self.name!r}",
                code="command_not_found",
                server=self.name,
                field=f"{self.name}.command",
            )

    @classmethod
    def in_memory(
        cls, name: str, server: MCPServer | Server[Any], *, options: ServerOptions | None = None
    ) -> ServerConfiguration:
        """Return the configuration of a server object of this process."""
        chosen = options or ServerOptions()
        return cls(name=name, kind="memory", server=server, options=chosen, shown="in this process")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Every configured server, by its name."""

    servers: Mapping[str, ServerConfiguration]
    source: Path | None = None
    """The file that it was read from."""
    ignored: Sequence[str] = ()
    """Fields of the file that are not used."""

    @property
    def secrets(self) -> Secrets:
        """Return what must never be shown, of all servers together."""
        return Secrets(value for server in self.servers.values() for value in server.secrets)

    def server(self, name: str) -> ServerConfiguration:
        """Return one server.

        Raises:
            UsageError: ``unknown_server``.
        """
        if name not in self.servers:
            known = ", ".join(sorted(self.servers)[:20]) or "none"
            raise UsageError(
                f"no server {name!r} is configured; there are: {known}", code="unknown_server", server=name
            )
        return self.servers[name]

    def problems(self) -> dict[str, UsageError]:
        """Return what keeps enabled servers from being started, by name; none is started."""
        found: dict[str, UsageError] = {}
        for name, server in self.servers.items():
            try:
                if server.enabled and server.problem is not None:
                    raise server.problem
                if server.enabled:
                    server.check_command()
            except UsageError as problem:
                found[name] = problem
        return found

    def extended(self, servers: Iterable[ServerConfiguration]) -> Configuration:
        """Return it with more servers, such as those of this process.

        Raises:
            UsageError: ``duplicate_server``.
        """
        together = dict(self.servers)
        for server in servers:
            if server.name in together:
                raise _duplicate(server.name)
            together[server.name] = server
        return replace(self, servers=together)

    @classmethod
    def of(cls, *servers: ServerConfiguration) -> Configuration:
        """Return the configuration of some servers.

        Raises:
            UsageError: ``duplicate_server``.
        """
        return cls(servers={}).extended(servers)

    @classmethod
    def read(
        cls,
        path: Path | str = DEFAULT_FILE,
        *,
        environ: Mapping[str, str] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> Configuration:
        """Read a file with ``mcpServers`` (Claude Desktop, Cursor) or ``servers`` and ``inputs`` (VS Code).

        Args:
            path: Of the file; comments and trailing commas are read over.
            environ: Where variables are looked up; this process's own when left out.
            inputs: Values for the entries of ``inputs``, by their id.

        Raises:
            UsageError: ``file_not_found``, ``unreadable_file``, ``bad_config`` (``line`` and ``column``, or ``field``)
                or ``duplicate_server``.
        """
        file = Path(path)
        return cls.parse(_text(file), source=file, environ=environ, inputs=inputs)

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        source: Path | None = None,
        environ: Mapping[str, str] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> Configuration:
        """Read the text of such a file; `read` says how.

        Raises:
            UsageError: ``bad_config`` or ``duplicate_server``.
        """
        name = str(source) if source else "the configuration"
        data = _object(parse(text, name=name), name)
        entries, asked, ignored = _parts(data, name)
        folder = _base(source)
        servers: dict[str, ServerConfiguration] = {}
        for key, entry in entries.items():
            variables = Variables(
                environ=os.environ if environ is None else environ, inputs=asked, given=inputs or {}, folder=folder
            )
            declared = declaration(entry, asked, folder) if isinstance(entry, Object) else {}
            servers[key] = replace(_server(key, entry, variables, folder), declared=declared)
        return cls(servers=servers, source=source, ignored=ignored)


def _server(name: str, entry: object, variables: Variables, folder: Path) -> ServerConfiguration:
    if not name.strip() or "/" in name:
        problem = UsageError(
            f"the name of the server {name!r} is empty or holds a '/'", code="bad_config", field=f"servers.{name}"
        )
        return ServerConfiguration(name=name, kind="stdio", problem=problem)
    try:
        return ServerConfiguration(name=name, **read_entry(name, entry, variables, folder))
    except UsageError as problem:
        kind = "http" if isinstance(entry, Mapping) and "url" in entry else "stdio"
        if not isinstance(entry, Object):
            return ServerConfiguration(name=name, kind=kind, problem=problem)
        return ServerConfiguration(
            name=name,
            kind=kind,
            enabled=entry.get("disabled") is not True,
            problem=problem,
            shown=shown_target(entry),
            secrets=frozenset(variables.secrets),
        )


def _base(source: Path | None) -> Path:
    """Return where relative paths of a file start, and what its servers start in, whoever reads the file from where."""
    folder = (source.parent if source else Path()).resolve()
    return folder.parent if folder.name in _OF_A_CLIENT else folder


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _LONGEST:
            raise UsageError(f"{str(file)!r} is too long for a file of servers", code="bad_config", path=file)
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(file)!r}", code="file_not_found", path=file) from error
    except UnicodeDecodeError:
        raise UsageError(f"{str(file)!r} is not UTF-8", code="bad_config", path=file) from None
    except OSError as error:
        raise UsageError(
            f"{str(file)!r} cannot be read: {error.strerror}", code="unreadable_file", path=file
        ) from error


def _object(value: object, field: str) -> Object:
    if not isinstance(value, Object):
        raise UsageError(f"{field} is no object in braces", code="bad_config", field=field)
    return value


def _parts(data: Object, name: str) -> tuple[Object, dict[str, Input], tuple[str, ...]]:
    """Return the entries by name, the inputs by id, and what else the file holds."""
    holders = [data]
    if isinstance(data.get("mcp"), Object):  # VS Code's settings.json
        holders.append(cast("Object", data["mcp"]))
    entries, inputs, ignored = Object(), dict[str, Input](), list[str]()
    found = False
    for holder in holders:
        for key, value in holder.items():
            if key in ("mcpServers", "servers"):
                found = True
                _add(entries, _object(value, key))
            elif key == "inputs":
                inputs |= _inputs(value)
            elif not (key == "mcp" and holder is data and len(holders) > 1):
                ignored.append(key)
        if repeated := {"mcpServers", "servers"} & set(holder.repeated):
            raise UsageError(f"{name} gives {min(repeated)!r} twice", code="bad_config", field=min(repeated))
    if not found:
        raise UsageError(f"{name} has neither `mcpServers` nor `servers`", code="bad_config", field="mcpServers")
    return entries, inputs, tuple(ignored)


def _add(entries: Object, more: Object) -> None:
    repeated = [*more.repeated, *(key for key in more if key in entries)]
    if repeated:
        raise _duplicate(repeated[0])
    entries.update(more)


def _duplicate(name: str) -> UsageError:
    return UsageError(
        f"two servers are called {name!r}; give one of them another name", code="duplicate_server", server=name
    )


def _inputs(value: object) -> dict[str, Input]:
    if not isinstance(value, list):
        raise UsageError("inputs is no list", code="bad_config", field="inputs")
    found: dict[str, Input] = {}
    for number, entry in enumerate(cast("list[object]", value)):
        where = f"inputs[{number}]"
        given = _object(entry, where)
        name, default = given.get("id"), given.get("default")
        if not isinstance(name, str) or not isinstance(default, str | None):
            raise UsageError(f"{where} has no id, or its default is no text", code="bad_config", field=where)
        found[name] = Input(id=name, default=default)
    return found
