"""`agents mcp install NAME`: what a client needs to start one of our servers, printed or written into its file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from questline.cli_mcp import mcp, named_paths
from questline.cli_options import command
from questline.cli_trust import FOUND
from questline.errors import QuestlineError, UsageError
from questline.settings import load_settings

__all__ = ["install"]

install = command("install")
_CLIENTS: Final = ("claude", "cursor", "vscode")
_NAMED: Final = {"root": "--root", "tables": "--tables"}
_OVER_HTTP: Final = frozenset({"http", "host", "port"})


@install.command(
    name="install",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": ["-h", "--help"]},
    epilog="Options of the server itself may follow: agents mcp install files --client cursor --root notes=./notes. "
    "For a server that runs already: agents mcp install docs --client vscode --url http://127.0.0.1:8080/mcp",
)
def install_server(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The server; `agents mcp` lists them. With --url any name.")
    ],
    client: Annotated[str, typer.Option("--client", metavar="CLIENT", help=f"{', '.join(_CLIENTS)}.")],
    write: Annotated[
        bool, typer.Option("--write", help="Write it into the client's file, never over what is there.")
    ] = False,
    path: Annotated[
        Path | None, typer.Option("--path", metavar="FILE", help="The file; by default where the client looks for it.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--as", metavar="KEY", help="What the client calls the server; by default NAME.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Of a server that runs: the client connects to it and starts none."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header",
            metavar="'NAME: VALUE'",
            help="With --url, sent with each request; may be given several times. The client's own variables keep a "
            "key out of the file.",
        ),
    ] = None,
) -> None:
    """Print the JSON with which a client starts or reaches a server, or write it into the client's file."""
    from questline.mcp_servers.client_config import CLIENTS, add_server, entry, entry_http, snippet

    if client not in CLIENTS:
        raise UsageError(f"--client {client!r} is none of {', '.join(CLIENTS)}", argument="--client")
    kind = CLIENTS[client]
    if url is None:
        if header:
            raise UsageError("--header is for --url", argument="--header")
        program, *first = _program()
        server = entry(kind, program, [*first, "mcp", name, *_arguments(name, context.args)])
    else:
        if context.args:
            raise UsageError(f"{context.args[0]!r} is no option of a server that runs already", argument="--url")
        if path is None and not kind.remote:
            raise UsageError(
                f"the file of {kind.title}'s own application names programs alone: add the address under its "
                "connectors, or say --path .mcp.json for the file of a project",
                argument="--path",
            )
        server = entry_http(kind, url, header or ())
    where = path or kind.path()
    named = key or name
    if not write:
        print(snippet(kind, named, server))
        print(f"Put this into {where}, or run the same command with --write.", file=sys.stderr)
        return
    outcome = add_server(where, kind, named, server)
    if outcome == "added":
        print(f"Added {named} to {where}; restart {kind.title}.", file=sys.stderr)
    elif outcome == "already_there":
        print(f"{named} stands in {where} already.", file=sys.stderr)
    else:
        print(snippet(kind, named, server))
        print(
            f"{where} has comments or trailing commas, which writing would lose, so it is as it was. Put {named} under "
            f'"{kind.key}" there by hand, as printed, and restart {kind.title}.',
            file=sys.stderr,
        )
        raise typer.Exit(1)


def _tell_of_trust(file: Path | None) -> None:
    """Say what keeps a server from starting whose client has no terminal to ask on."""
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.trust import Trust

    with suppress(QuestlineError):  # what is wrong with the file is told when it is used
        if file is not None and Trust().unknown(Configuration.read(file)):
            print(f"Run `agents servers trust {file}` before: a client cannot ask you.", file=sys.stderr)


def _exist(paths: Iterable[Path], flag: str, *, folders: bool = False) -> None:
    """Refuse what is not there: the client that starts the server later would only say that it ended."""
    for path in paths:
        if not path.exists():
            raise UsageError(f"{flag}: {str(path)!r} does not exist", code="file_not_found", argument=flag, path=path)
        if folders and not path.is_dir():
            raise UsageError(f"{flag}: {str(path)!r} is no folder", code="unsupported_file", argument=flag, path=path)


def _program() -> list[str]:
    """Return the command of this very installation, by its absolute path."""
    script = Path(sys.executable).with_name("agents")
    return [str(script)] if script.is_file() else [sys.executable, "-P", "-m", "questline.cli"]


def _arguments(name: str, given: list[str]) -> list[str]:
    """Check the server's own options as it would itself, and return them with absolute paths.

    A client starts its servers in a folder of its own, so nothing may depend on this one.
    """
    servers = cast("Any", typer.main.get_command(mcp)).commands
    if name not in servers:
        raise UsageError(f"there is no server {name!r}; there are: {', '.join(servers)}", argument="NAME")
    parsed = servers[name].make_context(f"agents mcp {name}", list(given))
    values: dict[str, Any] = {
        option: value for option, value in parsed.params.items() if value not in (None, False, ())
    }
    if wrong := sorted(_OVER_HTTP & values.keys()):
        raise UsageError(
            f"a client starts the server over standard input: leave --{wrong[0]} out, or name one that runs by --url",
            argument=f"--{wrong[0]}",
        )
    known = {each.name for each in servers[name].params}
    if "index" in known:
        values.setdefault("index", load_settings(file=values.get("config")).index)
    if "config" in known and "config" not in values and Path("agents.toml").is_file():
        values["config"] = Path("agents.toml")
    if "servers" in known:
        file = values.get("servers") or load_settings(file=values.get("config")).servers
        if file is None and FOUND.is_file():
            file = values["servers"] = FOUND
        if file is not None:
            _exist([file], "--servers")
        if not values.get("trust"):
            _tell_of_trust(file)
    arguments: list[str] = []
    for option, value in values.items():
        flag = f"--{option.replace('_', '-')}"
        if value is True:
            arguments.append(flag)
            continue
        if option in _NAMED:
            named = named_paths(value, flag)
            _exist(named.values(), flag, folders=option == "root")
            rows = [f"{each}={found.resolve()}" for each, found in named.items()]
        else:
            rows = [str(value.resolve() if isinstance(value, Path) else value)]
        arguments += [word for row in rows for word in (flag, row)]
    return arguments
