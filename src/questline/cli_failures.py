"""How every command ends when it fails: one line on stderr, the exit code, and JSON where it was asked for."""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from typing import Final

import typer

from questline.errors import QuestlineError, RunError, UsageError

__all__ = ["INTERRUPTED", "report"]

INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
_PARAMETER: Final = re.compile(
    r"(?<![\w'\"-])(deadline_s\b|run_id\b|(?:base_url|closed_book|documents|history|servers)(?==))(=?)"
)
"""Parameters of `questline.Agent` and its questions, where they are no words of a sentence and no keys of a file."""


def report(error: BaseException, *, as_json: bool = False) -> int:
    """Tell the user what went wrong and what to do, and return the exit code.

    Args:
        error: What ended the command.
        as_json: Also print ``{"error": {…}}`` on stdout, so that a reader of JSON always gets one object.
    """
    if isinstance(error, KeyboardInterrupt):
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, typer.Abort):  # Typer's name for an end of input at a prompt
        print("Aborted.", file=sys.stderr)
        return RunError.exit_code
    known = _known(error)
    message = in_options(known.message)
    print(f"error[{known.code}]: {' '.join(message.split())}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {**known.as_dict(), "message": message}}, ensure_ascii=False))
    if debugging():
        traceback.print_exception(error)
    return known.exit_code


def in_options(message: str) -> str:
    """Return an error's text with the options of the command line where it names the parameters of Python."""

    def option(found: re.Match[str]) -> str:
        name = found[1]
        return f"--{name.removesuffix('_s').replace('_', '-')}{' ' if found[2] else ''}"

    return _PARAMETER.sub(option, message).rstrip()


def debugging() -> bool:
    """Say whether tracebacks are wanted (``QUESTLINE_DEBUG=1``)."""
    return os.environ.get("QUESTLINE_DEBUG", "") not in {"", "0"}


def _known(error: BaseException) -> QuestlineError:
    if isinstance(error, QuestlineError):
        return error
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        hint = f" (see `{context.command_path} --help`)" if context is not None else ""
        return UsageError(f"{error.format_message().rstrip('.')}{hint}")
    hint = "" if debugging() else "; set QUESTLINE_DEBUG=1 to see where"
    return RunError(f"unexpected {type(error).__name__}: {error}{hint}")
