"""One filler of a table at a time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from questline.errors import RunError
from questline.tools.retrieval.faults import storage_faults
from questline.tools.retrieval.lock import writer_lock

__all__ = ["table_lock"]

_WHAT = "the table"


@contextmanager
def table_lock(folder: Path) -> Generator[None]:
    """Hold the right to fill the table in `folder`, which is made; it is let go when this process dies.

    Raises:
        RunError: ``table_locked`` with the holder's ``pid`` while another process fills it; ``read_only`` or
            ``disk_full``.
    """
    with storage_faults(folder, what=_WHAT):
        folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(writer_lock(folder, what=_WHAT))
        except RunError as error:
            if error.code != "index_locked":
                raise
            pid = error.fields["pid"]
            raise RunError(
                f"process {pid or 'unknown'} is filling the table in {str(folder)!r}; wait until it has finished, or "
                "take another --out",
                code="table_locked",
                retryable=True,
                pid=pid,
                path=folder,
            ) from error
        yield
