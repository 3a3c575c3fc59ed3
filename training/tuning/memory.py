"""Say what to lower when a step does not fit into memory."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch

from questline.errors import RunError

__all__ = ["within_memory"]


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
        if isinstance(error, RuntimeError) and "memory" not in str(error).lower():
            raise
        raise RunError(
            f"a step does not fit into memory: raise {table}.accumulate (parts of a step) or lower {table}.{rows}; "
            f"{table}.lora = 16 learns an adapter alone, and a smaller model needs less of everything. Another "
            f"accumulate takes the same steps, so that --resume goes on with it. ({str(error).splitlines()[0]})",
            code="memory_limit",
        ) from error
