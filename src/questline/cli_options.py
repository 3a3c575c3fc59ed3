"""Options that several commands share; each is a setting of the same name, whose default comes from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from questline.errors import UsageError

__all__ = [
    "BaseUrl",
    "Config",
    "Index",
    "JsonOutput",
    "Model",
    "Servers",
    "command",
    "document_path",
]

Config: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file; else QUESTLINE_CONFIG, else ./agents.toml."),
]
Index: TypeAlias = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="Folder of the index (setting `index`).")
]
Model: TypeAlias = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="embedded, openai:NAME, anthropic:NAME, or NAME with --base-url."),
]
BaseUrl: TypeAlias = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="OpenAI-compatible server, with its /v1.")
]
Servers: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--servers",
        metavar="FILE",
        help="File of MCP servers; else setting `servers`, else ./mcp.json if there is one.",
    ),
]
JsonOutput: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]

_HELP: Final = {"help_option_names": ["-h", "--help"]}


def document_path(text: str) -> Path:
    """Read a path of documents; whether it can be read is the index's to say, with a code of its own."""
    if not text.strip():
        raise UsageError(
            "a path is empty (an unset variable?) and names nothing; write . for this folder", argument="PATH"
        )
    return Path(text)


def command(name: str, *, renamed: Mapping[str, str] | None = None, **options: Any) -> typer.Typer:
    """Return the application of one command; help is plain text, which is quicker and reads well in a pipe.

    Args:
        name: As the user types it.
        renamed: Options of before and their names of now, without dashes: both are understood, the help has the new.
        options: More arguments of `typer.Typer`.
    """
    old = dict(renamed or {})

    def now(word: str) -> str:
        return old.get(word, word)

    settings: dict[str, Any] = {**_HELP, "token_normalize_func": now} if old else dict(_HELP)
    return typer.Typer(name=name, add_completion=False, rich_markup_mode=None, context_settings=settings, **options)
