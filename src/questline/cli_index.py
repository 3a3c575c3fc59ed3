"""`agents index PATH…`, `agents index list`, `agents index remove SOURCE…`."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from questline.cli_console import counted
from questline.cli_options import Config, Index, JsonOutput, command, document_path
from questline.errors import UsageError
from questline.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from questline.tools.retrieval.report import IngestReport
    from questline.tools.retrieval.store import SourceInfo

__all__ = ["add", "remove", "show"]

add = command("index")
show = command("list")
remove = command("remove")
_SHOWN: Final = 20
"""Skipped files that are named; the rest are counted."""


@add.command(
    epilog="`agents index list` and `agents index remove` are commands of their own: write ./list for a folder "
    "called list."
)
def index(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files and folders: Markdown, text, HTML, JSON lines, PDF, DOCX.",
            parser=document_path,
            metavar="PATH…",
        ),
    ],
    prune: Annotated[
        bool, typer.Option("--prune", help="Also take out files of the given folders that are gone.")
    ] = False,
    as_json: JsonOutput = False,
    index: Index = None,
    config: Config = None,
) -> None:
    """Read documents into the index. Files that have not changed are not read again; a killed run is continued."""
    settings = load_settings(file=config, flags={"index": index})
    from questline.tools.retrieval import DocumentIndex

    _refuse_command(paths)
    with DocumentIndex.open(settings.index, threads=settings.threads) as opened, _progress() as hear:
        report = opened.ingest(paths, progress=hear, prune=prune)
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        _print_report(report, settings)


@show.command(name="list")
def list_sources(as_json: JsonOutput = False, index: Index = None, config: Config = None) -> None:
    """List what the index holds: source, kind, documents, passages, date."""
    settings = load_settings(file=config, flags={"index": index})
    from questline.tools.retrieval import DocumentIndex

    with DocumentIndex.open(settings.index, encoder=None, read_only=True) as opened:
        sources = opened.sources()
    if as_json:
        print(json.dumps({"sources": [asdict(source) for source in sources]}, ensure_ascii=False))
    else:
        _print_sources(sources, settings)


@remove.command(name="remove")
def remove_sources(
    sources: Annotated[
        list[str], typer.Argument(help="Sources as `agents index list` names them, or folders of them.")
    ],
    index: Index = None,
    config: Config = None,
) -> None:
    """Take documents out of the index; their files stay untouched."""
    settings = load_settings(file=config, flags={"index": index})
    from questline.tools.retrieval import DocumentIndex

    DocumentIndex.open(settings.index, encoder=None, read_only=True).close()  # refuses to make one in order to empty it
    with DocumentIndex.open(settings.index, threads=settings.threads) as opened:
        for source in sources:
            count = opened.remove(source)
            print(f"Removed {source}: {counted(count, 'document')}.")


def _refuse_command(paths: list[Path]) -> None:
    """Tell someone who wrote an option between ``index`` and ``list`` where the word belongs."""
    for word in ("list", "remove"):
        if Path(word) in paths and not Path(word).exists():
            raise UsageError(f"write `agents index {word} …`: options stand behind both words", argument="PATH")


_PHASES: Final = {"read": "Reading", "lexical": "Words", "embed": "Encoding", "dense": "Vectors"}


class _Bars:
    """One bar for each phase, made when it begins."""

    def __init__(self, progress: RichProgress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase not in self._bars:
            self._bars[phase] = self._progress.add_task(_PHASES[phase])
        self._progress.update(self._bars[phase], completed=done, total=total)


@contextmanager
def _progress() -> Generator[_Bars]:
    """Show progress bars on stderr while the block runs; nothing where that is not a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from questline.cli_console import messages

    console = messages()
    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        yield _Bars(progress)


def _print_report(report: IngestReport, settings: Settings) -> None:
    from questline.cli_console import messages, output, plain

    console = output()
    changes = ", ".join(
        f"{count:,} {name}"
        for name, count in (
            ("added", report.added),
            ("replaced", report.replaced),
            ("unchanged", report.unchanged),
            ("removed", report.removed),
            ("skipped", len(report.skipped)),
        )
        if count or name == "added"
    )
    took = sum(report.seconds.values())
    console.print(f"Documents: {changes} ({took:.1f} s).", soft_wrap=True)
    console.print(
        f"The index in {str(settings.index)!r} holds {counted(report.documents, 'document')} "
        f"in {counted(report.passages, 'passage')}.",
        soft_wrap=True,
    )
    notes = messages()
    unread = [item for item in report.skipped if item.code == "unsupported_file"]
    named = [item for item in report.skipped if item.code != "unsupported_file"]
    if unread:
        endings = ", ".join(sorted({Path(item.path).suffix or Path(item.path).name for item in unread}))
        kinds = plain(f"skipped {counted(len(unread), 'file')} of a kind that is not read ({endings})")
        notes.print(kinds, style="yellow", soft_wrap=True)
    for skipped in named[:_SHOWN]:
        notes.print(plain(f"skipped {skipped.path}: {skipped.code}: {skipped.message}"), style="yellow", soft_wrap=True)
    if len(named) > _SHOWN:
        notes.print(f"… and {len(named) - _SHOWN} more; --json names all", style="yellow")
    if report.missing:
        verbs, them = ("exists and was", "it") if len(report.missing) == 1 else ("exist and were", "them")
        gone = counted(len(report.missing), "indexed file")
        notes.print(f"{gone} no longer {verbs} kept; use --prune to remove {them}.", style="yellow")


def _print_sources(sources: Sequence[SourceInfo], settings: Settings) -> None:
    from rich.table import Table

    from questline.cli_console import plain, print_table

    if not sources:
        print(f"The index in {str(settings.index)!r} is empty.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("source", "kind"):
        table.add_column(name, overflow="fold")
    for name in ("documents", "passages", "KiB"):
        table.add_column(name, justify="right")
    table.add_column("date")
    for each in sources:
        size = f"{each.bytes / 1024:,.1f}"
        row = (each.source, each.kind, f"{each.documents:,}", f"{each.passages:,}", size, each.date or "")
        table.add_row(*map(plain, row))
    print_table(table)
