"""The question before anything of a file of MCP servers is started, and `agents servers trust`, which answers it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from questline.cli_console import counted
from questline.cli_options import JsonOutput, command
from questline.errors import UsageError

if TYPE_CHECKING:
    from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
    from questline.mcp_servers.gateway.trust import Unknown

__all__ = [
    "FOUND",
    "Trusted",
    "check_trust",
    "file_of_servers",
    "not_trusted",
    "read_trusted",
    "servers_to_use",
    "trust",
]

trust = command("trust")
Trusted: TypeAlias = Annotated[
    bool,
    typer.Option("--trust", help="Start what the file of servers names without asking, this once; for scripts."),
]
FOUND: Final = Path("mcp.json")
"""The file of servers that is used where none is named."""


@trust.command(name="trust")
def trust_servers(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Of Claude Desktop, Cursor or VS Code; else setting `servers`, else ./mcp.json."
        ),
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Trust nothing of the file any more.")] = False,
    as_json: JsonOutput = False,
) -> None:
    """Show what a file of servers starts and reaches, and trust it as it is now. Nothing is started."""
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.trust import Trust, started_by

    file = file_of_servers(file)
    configuration, trust = Configuration.read(file), Trust()
    if forget:
        found = trust.forget(configuration)
        if as_json:
            print(json.dumps({"file": str(file), "forgotten": found}, ensure_ascii=False))
        else:
            print(f"{str(file)!r} is not trusted any more." if found else f"{str(file)!r} was not trusted.")
        return
    unknown = {each.server.name: each.kind for each in trust.unknown(configuration)}
    enabled = [server for server in configuration.servers.values() if server.enabled]
    trust.accept(configuration)
    if as_json:
        rows = [
            {"name": server.name, "starts": started_by(server), "was": unknown.get(server.name, "trusted")}
            for server in enabled
        ]
        print(json.dumps({"file": str(file), "servers": rows}, ensure_ascii=False))
        return
    for line in _told(enabled, unknown):
        print(line)
    print(f"Trusted {counted(len(enabled), 'server')} of {str(file)!r} as it is now.")


def file_of_servers(named: Path | None) -> Path:
    """Return the file that a command about servers is for: the one that is named, else the setting's, else ./mcp.json.

    Raises:
        UsageError: As `load_settings`.
    """
    from questline.settings import load_settings

    return load_settings(flags={"servers": named}).servers or FOUND


def servers_to_use(named: Path | None, *, trusted: bool) -> Configuration | None:
    """Return the servers that a question may use: of the file that was named, else of ./mcp.json where there is one.

    Nobody asked for a file that was only found: what is wrong with it, or not trusted, is told on stderr with what to
    do, and the question goes on without; that it is used is told as well.

    Args:
        named: By an option or a setting.
        trusted: The user said so for this command.

    Raises:
        UsageError: For a file that was named, as `read_trusted`.
        RunError: As `read_trusted`.
    """
    if named is not None or not FOUND.is_file():
        return read_trusted(named, trusted=trusted)
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.trust import Trust

    try:
        configuration = Configuration.read(FOUND)
        unknown = () if trusted else Trust().unknown(configuration)
    except UsageError as error:
        _note(f"{str(FOUND)!r} was found here and is not used: {error.message}")
        return None
    if unknown:
        _note(
            f"{str(FOUND)!r} was found here and is not used, for you do not trust it yet: {_what_to_do(FOUND, unknown)}"
        )
        return None
    _note(f"using the MCP servers of {str(FOUND)!r}, which was found here; --servers names another file")
    return configuration


def _note(text: str) -> None:
    from questline.cli_console import plain

    print(f"Note: {plain(text)}.", file=sys.stderr)


def read_trusted(file: Path | None, *, trusted: bool) -> Configuration | None:
    """Read a file of servers once and ask for trust in what was read; what is returned is what may be started.

    A file may change after it was looked at: whoever starts its servers takes them from here, and reads nothing again.

    Raises:
        UsageError: As `check_trust`; and what `Configuration.read` raises.
        RunError: As `check_trust`.
    """
    if file is None:
        return None
    from questline.mcp_servers.gateway.configuration import Configuration

    configuration = Configuration.read(file)
    check_trust(configuration, trusted=trusted)
    return configuration


def check_trust(configuration: Configuration, *, trusted: bool) -> None:
    """Ask on the terminal before anything is started that the user was not shown; what is agreed to is remembered.

    Args:
        configuration: As it was read from a file, and as it will be used.
        trusted: The user said so for this command; nothing is remembered.

    Raises:
        UsageError: ``not_trusted`` with ``path`` and ``servers`` where nobody can be asked, or the answer is no.
        RunError: ``read_only``: what was agreed to cannot be remembered.
    """
    file = configuration.source
    if file is None or trusted:
        return
    from questline.mcp_servers.gateway.trust import Trust

    trust = Trust()
    unknown = trust.unknown(configuration)
    if not unknown:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise not_trusted(file, unknown)
    print(f"{str(file)!r} names what was not started or reached from it before:", file=sys.stderr)
    for line in _told([each.server for each in unknown], {each.server.name: each.kind for each in unknown}):
        print(line, file=sys.stderr)
    print("Trust it from now on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise not_trusted(file, unknown)
    trust.accept(configuration)


def not_trusted(file: Path, unknown: Sequence[Unknown]) -> UsageError:
    """Return the error about servers that nobody has agreed to."""
    return UsageError(
        f"nothing was started: {str(file)!r} has servers that you do not trust yet: {_what_to_do(file, unknown)}",
        code="not_trusted",
        path=file,
        servers=_names(unknown),
    )


def _what_to_do(file: Path, unknown: Sequence[Unknown]) -> str:
    told = f"look at them and trust them with `agents servers trust {file}`, or for one command with --trust"
    return f"{_names(unknown)}; {told}"


def _names(unknown: Sequence[Unknown]) -> str:
    return ", ".join(each.server.name if each.kind == "new" else f"{each.server.name} (changed)" for each in unknown)


def _told(servers: Iterable[ServerConfiguration], unknown: dict[str, str]) -> Iterator[str]:
    from questline.cli_console import plain
    from questline.mcp_servers.gateway.trust import started_by

    for server in servers:
        first, *others = started_by(server)
        mark = f"  ({unknown[server.name]})" if server.name in unknown else ""
        yield plain(f"  {server.name}: {first}{mark}")
        yield from (plain(f"      {line}") for line in others)
