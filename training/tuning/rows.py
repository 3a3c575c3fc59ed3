"""Rows of a training file, read so that those that do not fit are told together: how many, and the first three."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from questline.errors import UsageError
from questline.tools.retrieval.manifest import write_atomically
from questline.tools.retrieval.readers.rows import opened
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.rows import Row, row_of

__all__ = ["Fitting", "fitting", "held_out", "unlike", "write_rows"]

T = TypeVar("T")
NamedT = TypeVar("NamedT", bound="_Named")
_SHOWN: Final = 3
_FOLDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting(Generic[T]):
    """What a file holds."""

    kept: list[T]
    left_out: int
    """Rows that do not fit."""


class _Named(Protocol):
    @property
    def id(self) -> str: ...


def fitting(path: Path, read: Callable[[Row], T], *, skip: bool | None = False) -> Fitting[T]:
    """Read every row of JSON lines, plain or gzipped.

    Args:
        path: The file.
        read: Makes one of a row, or raises `UsageError`.
        skip: Leave out what does not fit, saying so on standard error, in place of refusing the file. None where there
            is no setting for that.

    Raises:
        UsageError: ``bad_data`` with ``rows`` (numbers of lines), the count and the first three faults; also for a file
            of which nothing fits. ``file_not_found``.
    """
    kept: list[T] = []
    faults: list[tuple[int, str]] = []
    with opened(path) as file:
        for line, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                kept.append(read(row_of(raw, path, line)))
            except UsageError as error:
                faults.append((line, _without(error.message, path, line)))
    if faults:
        told = "; ".join(f"line {line}: {why}" for line, why in faults[:_SHOWN])
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        says = f"{str(path)!r}: {len(faults)} of {len(faults) + len(kept)} rows do not fit: {told}{more}"
        if not skip or not kept:
            mend = ". Mend them" if skip is None else ". Mend them, or leave them out with skip_misfits = true"
            raise UsageError(
                says + ("" if skip else mend), code="bad_data", path=path, rows=[line for line, _ in faults[:100]]
            )
        sys.stderr.write(f"{says}. They are left out.\n")
    if not kept:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return Fitting(kept=kept, left_out=len(faults))


def unlike(read: Callable[[Row], NamedT]) -> Callable[[Row], NamedT]:
    """Return what reads rows of one file, and refuses an id that stands twice there with ``bad_data``."""
    seen: set[str] = set()

    def one(row: Row) -> NamedT:
        made = read(row)
        if made.id in seen:
            raise row.fault("id", f"the id {made.id!r} stands twice")
        seen.add(made.id)
        return made

    return one


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write JSON lines, whole or not at all."""
    write_atomically(path, [(json.dumps(row, ensure_ascii=False) + "\n").encode() for row in rows])


def held_out(key: str) -> bool:
    """Say whether what has this key is of the tenth that is measured on: by a hash, so that nothing else moves it."""
    return int(question_hash(f"held out: {key}") * _FOLDS) == 0


def _without(message: str, path: Path, line: int) -> str:
    return message.removeprefix(f"{str(path)!r}, line {line}").removeprefix(":").strip()
