"""What was issued before, so that the next call says something else: in memory, or in a file of JSON lines."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from questline.errors import RunError, UsageError

__all__ = ["Seen"]

_KEPT: Final = 2_000
"""Latest texts that are remembered."""


class Seen:
    """The latest texts, newest last.

    Args:
        path: A file that keeps them between runs; made where there is none. None keeps them in memory.

    Raises:
        UsageError: ``unreadable_file`` for a file that holds something else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._texts: deque[str] = deque(maxlen=_KEPT)
        if path is not None and path.exists():
            try:
                self._texts.extend(_text(line) for line in path.read_text("utf-8").splitlines() if line.strip())
            except (OSError, ValueError) as error:
                raise UsageError(
                    f"{str(path)!r} holds no texts that were seen: {error}; name another file",
                    code="unreadable_file",
                    path=path,
                ) from error

    @property
    def texts(self) -> Sequence[str]:
        """Oldest first."""
        return tuple(self._texts)

    def add(self, texts: Iterable[str]) -> None:
        """Remember texts that were issued.

        Raises:
            RunError: ``read_only``; the file cannot be written.
        """
        new = list(texts)
        self._texts.extend(new)
        if self._path is None or not new:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(text, ensure_ascii=False) + "\n" for text in new)
        except OSError as error:
            raise RunError(
                f"{str(self._path)!r} cannot be written: {error}", code="read_only", path=self._path
            ) from error


def _text(line: str) -> str:
    told: object = json.loads(line)
    if not isinstance(told, str):
        raise ValueError(f"a line is {type(told).__name__} and not a text")  # noqa: TRY004 because the file is wrong
    return told
