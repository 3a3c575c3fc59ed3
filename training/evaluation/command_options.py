"""Options that the suites' commands share, alone and in groups.

A group is one parameter of a command, see `questline.training.evaluation.option_groups`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from .items import CACHE

__all__ = [
    "BaseUrl",
    "Concurrency",
    "Corpus",
    "JsonFile",
    "Kept",
    "Limit",
    "Limits",
    "Sample",
    "Seed",
    "Threads",
]

Corpus: TypeAlias = Annotated[Path, typer.Option(help="Documents: JSON lines of {id|_id, title, text}, plain or .gz.")]
JsonFile: TypeAlias = Annotated[
    Path | None, typer.Option("--json", help="Write metrics, intervals, items and run as one JSON object.")
]
Limit: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Run only so many rows.")]
Seed: TypeAlias = Annotated[int, typer.Option(min=0, help="Of the bootstrap, and of the rows that --limit draws.")]
BaseUrl: TypeAlias = Annotated[str | None, typer.Option(help="Address of an OpenAI-compatible server, with its /v1.")]
Threads: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Threads of encoder and index; from the settings by default.")
]
Concurrency: TypeAlias = Annotated[int, typer.Option(min=1, help="Rows run side by side.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Which rows are run, and what chance there is in it."""

    limit: Limit = None
    seed: Seed = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What language models may cost."""

    max_usd: Annotated[float | None, typer.Option(help="Start no further row once this much was spent.")] = None
    max_tokens: Annotated[int | None, typer.Option(help="Start no further row once so many LLM tokens were used.")] = (
        None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stays of a run: its report, and the finished rows that a later one takes over."""

    json_file: JsonFile = None
    no_items: Annotated[bool, typer.Option("--no-items", help="Leave the items out of the JSON.")] = False
    cache: Annotated[Path, typer.Option(help="Folder of indexes and finished rows.")] = CACHE
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run every row again instead of taking over finished ones.")
    ] = False
