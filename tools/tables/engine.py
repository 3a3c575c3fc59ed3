"""The engine's settings and the errors it may raise; only ever loaded in a child process."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import duckdb

from questline.errors import QuestlineError, RunError, UsageError

__all__ = ["CLOSED", "READ_ONLY", "typed_errors"]

CLOSED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "max_temp_directory_size": "0KB",
    "threads": "1",
}
"""For loading: no extension comes from anywhere, and nothing is spilled to disk."""
READ_ONLY: Final = CLOSED | {"enable_external_access": "false", "lock_configuration": "true"}
"""For queries, with a database that is opened read-only: no file, no network, and no setting that could change that."""
_WHERE: Final = re.compile(r"^(?P<head>LINE (?P<line>\d+): )(?P<text>.*)\n(?P<blank> *)\^", re.MULTILINE)
_FORBIDDEN: Final = ("read-only mode", "configuration has been locked", "in-memory database in read-only")


@contextmanager
def typed_errors() -> Generator[None]:
    """Turn what the engine raises into the errors of the house."""
    try:
        yield
    except (duckdb.Error, RuntimeError) as error:
        raise _typed(error) from error


def _typed(error: Exception) -> QuestlineError:
    whole = str(error)
    said = whole.partition("\n\nLINE ")[0].strip()[:500]
    if isinstance(error, duckdb.InterruptException):
        return RunError("the query was stopped at its time limit: ask for less", code="time_limit")
    if isinstance(error, duckdb.OutOfMemoryException):
        return RunError("the query needs more memory than its limit allows: ask for less", code="memory_limit")
    if isinstance(error, duckdb.PermissionException) or any(words in whole for words in _FORBIDDEN):
        return UsageError(f"only reading the opened tables is allowed: {said}", code="not_permitted")
    if isinstance(error, duckdb.Error) and not isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
        return UsageError(said, code="bad_sql", **_place(whole))
    return RunError(f"the engine failed: {said}", code="run_failed")


def _place(message: str) -> dict[str, Any]:
    """Return line and column, both from 1, where the engine points at one."""
    match = _WHERE.search(message)
    if match is None:
        return {}
    place = {"line": int(match["line"])}
    if not match["text"].startswith("..."):  # a long line is shown cut
        place["column"] = len(match["blank"]) - len(match["head"]) + 1
    return place
