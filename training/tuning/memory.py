"""Say what to lower when a model or a step does not fit into memory."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import torch

from questline.errors import RunError

__all__ = ["model_within_memory", "within_memory"]

_USED_UP: Final = re.compile("out of memory|allocate memory|not enough memory", re.IGNORECASE)
"""What torch's allocators say that have no error of their own; an illegal access to memory is another matter."""


@contextmanager
def within_memory(table: str, rows: str) -> Generator[None]:
    """Turn what torch raises when memory is used up by a step into an error that says what to lower.

    Args:
        table: Of the settings.
        rows: Setting that says how many rows a step has.

    Raises:
        RunError: ``memory_limit``.
    """
    with _told(
        f"a step does not fit into memory: raise {table}.accumulate (parts of a step) or lower {table}.{rows}; "
        f"{table}.lora = 16 learns an adapter alone, and a smaller model needs less of everything. Another "
        "accumulate takes the same steps, so that --resume goes on with it (not with entropy or neftune)."
    ):
        yield


@contextmanager
def model_within_memory(table: str) -> Generator[None]:
    """The same while the model is made or loaded.

    Args:
        table: Of the settings.

    Raises:
        RunError: ``memory_limit``.
    """
    with _told(f"the model does not fit into memory: take a smaller one, or lower {table}.width, layers or lora."):
        yield


@contextmanager
def _told(message: str) -> Generator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not _USED_UP.search(str(error)):
            raise
        raise RunError(f"{message} ({_first_line(error)})", code="memory_limit") from error


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
