"""Say what to lower when a step does not fit into memory."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import torch

from questline.errors import RunError

__all__ = ["within_memory"]

_USED_UP: Final = re.compile("out of memory|allocate memory|not enough memory", re.IGNORECASE)
"""What torch's allocators say that have no error of their own; an illegal access to memory is another matter."""


@contextmanager
def within_memory(table: str, rows: str) -> Generator[None]:
    """Turn what torch raises when memory is used up into an error that says what to lower.

    Args:
        table: Of the settings.
        rows: Setting that says how many rows a step has.

    Raises:
        RunError: ``memory_limit``.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not _USED_UP.search(str(error)):
            raise
        raise RunError(
            f"a step does not fit into memory: raise {table}.accumulate (parts of a step) or lower {table}.{rows}; "
            f"{table}.lora = 16 learns an adapter alone, and a smaller model needs less of everything. Another "
            f"accumulate takes the same steps, so that --resume goes on with it. ({_first_line(error)})",
            code="memory_limit",
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
