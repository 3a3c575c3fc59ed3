"""`agents doctor`: what is installed, what works, and how to mend what does not."""

from __future__ import annotations

import json

import typer

from questline.cli_options import BaseUrl, Config, Index, JsonOutput, Model, Servers, command
from questline.settings import load_settings

__all__ = ["doctor"]

doctor = command("doctor")
_MARKS = {"ok": ("ok", "green"), "absent": ("--", "yellow"), "broken": ("!!", "bold red")}


@doctor.command(name="doctor")
def run_checks(
    as_json: JsonOutput = False,
    model: Model = None,
    base_url: BaseUrl = None,
    index: Index = None,
    servers: Servers = None,
    config: Config = None,
) -> None:
    """Check packages, extras, encoder, index, model and MCP servers; the exit code is 1 when something is broken.

    Servers of a trusted file are started or reached; nothing that they declare is accepted by it.
    """
    import logging

    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # what fails is told by the table
    settings = load_settings(
        file=config, flags={"model": model, "base_url": base_url, "index": index, "servers": servers}
    )
    from questline.health import check_all

    report = check_all(settings)
    if as_json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        from rich.table import Table

        from questline.cli_console import plain, print_table

        table = Table(box=None, show_header=False, pad_edge=False)
        for column in ("state", "name", "found"):
            table.add_column(column, overflow="fold")
        for check in report.checks:
            mark, style = _MARKS[check.state]
            table.add_row(mark, check.name, plain(check.found), style=style if check.state != "ok" else "")
            if check.mend:
                table.add_row("", "", plain(f"→ {check.mend}"))
        print_table(table)
    if not report.ok:
        raise typer.Exit(1)
