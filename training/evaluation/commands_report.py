"""``agents eval report``: one page of many result files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_options import Seed

__all__ = ["report"]


def report(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES…", help="JSON of `agents eval … --json` and of benchmarks, or folders of it."),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    baseline: Annotated[
        Path | None, typer.Option(help="Compare every other file of its suite with this one; else each with each.")
    ] = None,
    title: Annotated[str, typer.Option(help="Of the page.")] = "",
    images: Annotated[
        list[Path] | None, typer.Option(help="Folder in which images of items are looked for; may be repeated.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="Items shown of each file, the worst first.")] = 20,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is no page of this command.")] = False,
    seed: Seed = 0,
) -> None:
    """Make one HTML page of result files: table, slices, curves, paired comparisons, examples of errors."""
    from .reporting import report_page, write_page
    from .reporting.writing import check_page
    from .table import terminal

    check_page(out, force=force)
    made = report_page(files or [], title=title, baseline=baseline, images=images or [], worst=worst, seed=seed)
    write_page(out, made.html, force=force)
    aside = terminal(stderr=True)
    for warning in made.warnings:
        aside.print(f"warning: {warning}", markup=False, highlight=False, soft_wrap=True)
    said = f"{out}: {made.files} files, {made.failed} failed rows, {made.pairs} paired comparisons"
    terminal().print(said, markup=False, highlight=False, soft_wrap=True)
