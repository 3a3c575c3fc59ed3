"""`agents servers list|check|show|accept`: the MCP servers of a configuration, and what became of them."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from questline import event_loop
from questline.cli_console import counted, print_rows
from questline.cli_options import JsonOutput, Servers, command
from questline.cli_trust import Trusted, check_trust, file_of_servers
from questline.errors import QuestlineError, UsageError

if TYPE_CHECKING:
    from questline.mcp_servers.gateway.catalogue import Catalogue
    from questline.mcp_servers.gateway.configuration import Configuration, ServerConfiguration
    from questline.mcp_servers.gateway.definitions import ToolDefinition
    from questline.mcp_servers.gateway.gateway import Gateway
    from questline.mcp_servers.gateway.pins import Change, Pins

__all__ = ["RENAMED", "accept", "check", "listing", "show"]

RENAMED: Final = {"config": "servers"}
"""Options of before: elsewhere --config is the file of settings."""

listing = command("list", renamed=RENAMED)
check = command("check", renamed=RENAMED)
show = command("show", renamed=RENAMED)
accept = command("accept", renamed=RENAMED)

Seconds: TypeAlias = Annotated[float, typer.Option("--deadline", metavar="SECONDS", help="Longest wait for a server.")]
Name: TypeAlias = Annotated[str, typer.Argument(help="A server's name in the file.", metavar="NAME")]
_WAIT_S = 15.0


@listing.command(name="list")
def list_servers(servers: Servers = None, as_json: JsonOutput = False) -> None:
    """List the servers of a file, and what is wrong with their entries. None is started."""
    from questline.mcp_servers.gateway.trust import Trust

    file = file_of_servers(servers)
    configuration, pins = _read(file)
    unknown = {each.server.name: each.kind for each in Trust().unknown(configuration)}
    rows = [
        {
            "name": server.name,
            "kind": server.kind,
            "target": server.shown,
            "enabled": server.enabled,
            "problem": _problem(server),
            "ignored": list(server.ignored),
            "accepted": pins.count(server.name),
            "trust": unknown.get(server.name, "trusted"),
        }
        for server in configuration.servers.values()
    ]
    if as_json:
        print(json.dumps({"servers": rows, "ignored": list(configuration.ignored)}, ensure_ascii=False))
        return
    if not rows:
        print(f"{str(file)!r} configures no server.")
        return
    print_rows(
        ("server", "kind", "target", "accepted tools", "state"),
        [
            (
                str(row["name"]),
                str(row["kind"]),
                str(row["target"]),
                str(row["accepted"] if row["accepted"] is not None else ""),
                _entry_state(row),
            )
            for row in rows
        ],
    )


@check.command(name="check")
def check_servers(
    names: Annotated[list[str] | None, typer.Argument(help="Servers; all that are enabled.", metavar="[NAME…]")] = None,
    servers: Servers = None,
    deadline_s: Seconds = _WAIT_S,
    trust: Trusted = False,
    as_json: JsonOutput = False,
) -> None:
    """Start or reach servers, side by side.

    What a server declares when it is first seen is accepted, unless its options say otherwise. It is also kept, so that
    `agents servers search` finds its tools without it.

    The exit code is 1 when one cannot be used, or is no longer what was accepted.
    """
    from questline.mcp_servers.gateway.catalogue import catalogue_beside

    file = file_of_servers(servers)
    configuration, pins = _read(file)
    chosen = names or [server.name for server in configuration.servers.values() if server.enabled]
    for name in chosen:
        configuration.server(name)
    check_trust(configuration, trusted=trust)
    rows = event_loop.run(_check_all(configuration, pins, chosen, deadline_s, catalogue_beside(file)))
    if as_json:
        print(json.dumps({"servers": rows}, ensure_ascii=False))
    elif not rows:
        print(f"{str(file)!r} configures no server that is enabled.")
    else:
        print_rows(
            ("server", "state", "protocol", "ms", "tools", "found"),
            [
                (
                    row["name"],
                    row["state"],
                    row["protocol"],
                    f"{row['ms']:,.0f}",
                    "" if row["tools"] is None else str(row["tools"]),
                    _found(row),
                )
                for row in rows
            ],
        )
    if any(row["state"] != "ok" for row in rows):
        raise typer.Exit(1)


@show.command(name="show")
def show_server(
    name: Name,
    servers: Servers = None,
    deadline_s: Seconds = _WAIT_S,
    trust: Trusted = False,
    as_json: JsonOutput = False,
) -> None:
    """Show what a server offers now, and the difference from what was accepted. The texts are the server's own."""
    file = file_of_servers(servers)
    configuration, pins = _read(file)
    check_trust(configuration, trusted=trust)
    told = event_loop.run(_show(configuration, pins, name, deadline_s))
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return
    from questline.cli_console import output, plain

    console = output()
    title = "" if told["title"] in (None, told["name"]) else told["title"]
    head = " ".join(
        filter(None, (f"{told['name']}:" if title or told["version"] else told["name"], title, told["version"]))
    )
    lines = [head, *([told["description"], ""] if told["description"] else [""])]
    for tool in told["tools"]:
        hints = [hint for hint in ("read_only", "destructive", "idempotent", "open_world") if tool[hint]]
        lines.append(f"{tool['name']}  [{', '.join(hints).replace('_', ' ') or 'no hints'}]")
        lines += [f"    {line}" for line in str(tool["description"]).splitlines()[:3]]
        lines.append(f"    {_arguments(tool['input_schema'])}")
    lines += [f"left out: {warning['message']}" for warning in told["warnings"]]
    lines += _differences(told["changes"])
    for line in lines:
        console.print(plain(line), soft_wrap=True)


@accept.command(name="accept")
def accept_server(
    name: Name,
    servers: Servers = None,
    deadline_s: Seconds = _WAIT_S,
    trust: Trusted = False,
    as_json: JsonOutput = False,
) -> None:
    """Accept all that a server declares now. Look at it before with `agents servers show`."""
    file = file_of_servers(servers)
    configuration, pins = _read(file)
    check_trust(configuration, trusted=trust)

    async def work() -> Sequence[Change]:
        async with _gateway(configuration, pins) as gateway:
            return await gateway.accept(name, deadline_s=deadline_s)

    changes = [asdict(change) for change in event_loop.run(work())]
    if as_json:
        print(json.dumps({"name": name, "accepted": pins.count(name), "changes": changes}, ensure_ascii=False))
        return
    from questline.cli_console import plain

    for line in _differences(changes):
        print(plain(line))
    print(f"Accepted {counted(pins.count(name) or 0, 'tool')} of {name}.")


def _read(file: Path) -> tuple[Configuration, Pins]:
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # what fails is told by the table, in one line each
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.mcp_servers.gateway.pins import Pins, pins_beside

    return Configuration.read(file), Pins(pins_beside(file))


def _gateway(configuration: Configuration, pins: Pins) -> Gateway:
    from questline.mcp_servers.gateway.gateway import Gateway

    return Gateway(configuration, pins=pins)


async def _check_all(
    configuration: Configuration, pins: Pins, names: Sequence[str], deadline_s: float, kept: Path
) -> list[dict[str, Any]]:
    from questline.mcp_servers.gateway.catalogue import Catalogue

    # Without an encoder: the first search embeds what is new, and keeps that.
    with Catalogue(kept) as catalogue:
        for manifest in catalogue.manifests():
            if manifest.name not in configuration.servers:
                catalogue.remove(manifest.name)
        async with _gateway(configuration, pins) as gateway:
            checks = (_check(gateway, name, deadline_s, catalogue) for name in dict.fromkeys(names))
            return await asyncio.gather(*checks)


async def _check(gateway: Gateway, name: str, deadline_s: float, catalogue: Catalogue) -> dict[str, Any]:
    began = time.perf_counter()
    row: dict[str, Any] = {"name": name, "state": "ok", "protocol": "", "tools": None, "error": None}
    try:
        manifest = await gateway.manifest(name, deadline_s=deadline_s, fresh=True)
        row["tools"] = len(manifest.tools)
        catalogue.put(manifest)
    except QuestlineError as error:
        row |= {"state": "broken", "error": error.as_dict()}
    row["ms"] = round((time.perf_counter() - began) * 1000, 1)
    row["protocol"] = gateway.state(name).protocol
    row["changes"] = [asdict(change) for change in gateway.changes(name)]
    row["warnings"] = [asdict(warning) for warning in gateway.warnings(name)]
    if row["state"] == "ok" and any(change["kind"] != "noted" for change in row["changes"]):
        row["state"] = "changed"
    return row


async def _show(configuration: Configuration, pins: Pins, name: str, deadline_s: float) -> dict[str, Any]:
    async with _gateway(configuration, pins) as gateway:
        manifest = await gateway.manifest(name, deadline_s=deadline_s, fresh=True)
        return {
            "name": name,
            "title": manifest.title,
            "version": manifest.version,
            "description": manifest.description,
            "protocol": gateway.state(name).protocol,
            "tools": [_told(tool) for tool in manifest.tools],
            "changes": [asdict(change) for change in gateway.changes(name)],
            "warnings": [asdict(warning) for warning in gateway.warnings(name)],
        }


def _told(tool: ToolDefinition) -> dict[str, Any]:
    return {**tool.declared(), "digest": tool.digest}


def _problem(server: ServerConfiguration) -> dict[str, object] | None:
    try:
        server.check_command()
    except UsageError as error:
        return error.as_dict()
    return server.problem.as_dict() if server.problem else None


def _entry_state(row: dict[str, Any]) -> str:
    if row["problem"]:
        return f"{row['problem']['code']}: {row['problem']['message']}"
    if not row["enabled"]:
        return "disabled"
    trust = "ok" if row["trust"] == "trusted" else f"not trusted ({row['trust']})"
    return f"{trust}; not used: {', '.join(row['ignored'])}" if row["ignored"] else trust


def _found(row: dict[str, Any]) -> str:
    if row["error"]:
        detail = row["error"]["fields"].get("detail", "")
        return f"{row['error']['code']}: {row['error']['message']}{f' ({detail})' if detail else ''}"
    changed = ", ".join(map(_change, row["changes"]))
    left_out = [warning["message"] for warning in row["warnings"] if warning["code"] == "bad_schema"]
    return "; ".join([*([changed] if changed else []), *left_out])


def _change(change: dict[str, Any]) -> str:
    what = f"{', '.join(change['fields'])} changed" if change["kind"] == "noted" else change["kind"]
    return f"{change['tool'] or 'its own description'} {what}"


def _arguments(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    names = [name if name in required else f"[{name}]" for name in schema.get("properties", {})]
    return f"({', '.join(names)})"


def _differences(changes: Sequence[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for change in changes:
        beside = f" ({', '.join(change['fields'])}; used as before)" if change["kind"] == "noted" else ""
        lines.append(f"{change['kind']}: {change['tool'] or 'what it says of itself'}{beside}")
        lines += [f"    {line}" for line in change["diff"].splitlines()]
    return lines
