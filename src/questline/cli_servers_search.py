"""`agents servers search QUESTION`: which tools of the configured servers may serve, and none of them is started."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from questline.cli_console import print_rows
from questline.cli_options import JsonOutput, Servers, command
from questline.cli_servers import RENAMED
from questline.cli_trust import file_of_servers
from questline.errors import UsageError

__all__ = ["search"]

search = command("search", renamed=RENAMED)
_SHOWN = 100
"""Characters of a description in the table."""


@search.command(name="search")
def search_tools(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What the tools are wanted for.")],
    servers: Servers = None,
    most: Annotated[int, typer.Option("-k", metavar="N", help="How many tools.")] = 5,
    as_json: JsonOutput = False,
) -> None:
    """Find tools by what they are for, among those that `agents servers check` has seen. No server is started."""
    from questline.mcp_servers.gateway.catalogue import Catalogue, catalogue_beside
    from questline.mcp_servers.gateway.configuration import Configuration
    from questline.tools.models.encoder import Encoder

    file = file_of_servers(servers)
    configuration = Configuration.read(file)
    usable = {name for name, server in configuration.servers.items() if server.enabled and server.problem is None}
    path = catalogue_beside(file)
    if not path.exists():
        raise UsageError(
            f"the servers in {str(file)!r} were not asked yet; `agents servers check` does it",
            code="no_tools",
            path=file,
        )
    with Catalogue(path, encoder=Encoder.load()) as catalogue:
        for manifest in catalogue.manifests():
            if manifest.name not in usable:  # when it is used again, it is asked again
                catalogue.remove(manifest.name)
        found = catalogue.search(question, k=most)
        rows: list[dict[str, Any]] = [
            {
                "tool": match.id,
                "score": round(match.score, 4),
                "intent": found.intents[match.intent],
                "description": catalogue.tool(match.id).description,
            }
            for match in found.tools
            if configuration.servers[match.server].options.permits(match.tool)
        ]
        unasked = sorted(usable - {manifest.name for manifest in catalogue.manifests()})
        old = sorted(usable & set(catalogue.stale()))
    if as_json:
        told = {"no_tool": found.no_tool, "fits": [round(fit, 4) for fit in found.fits], "tools": rows}
        print(json.dumps({**told, "not_asked": unasked, "old": old}, ensure_ascii=False))
        return
    several = len(found.intents) > 1
    columns = ("tool", "for", "description") if several else ("tool", "description")
    print_rows(
        columns,
        [(row["tool"], *([row["intent"]] if several else []), _short(row["description"])) for row in rows],
    )
    if found.no_tool:
        print("None of them is likely to fit.")
    for names, what in ((unasked, "Not asked yet"), (old, "Asked too long ago")):
        if names:
            print(f"{what}: {', '.join(names)} (`agents servers check`).")


def _short(description: str) -> str:
    line = " ".join(description.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
