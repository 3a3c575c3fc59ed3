"""What came of one row, and the file that keeps it so that a run that was cut short goes on where it ended.

The file is append-only JSON lines, one finished row a line, named by the suite and the fingerprint of everything that
could change an outcome or its time (data, options, concurrency, models, prompts, code, hardware). A torn last line,
from a kill, is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, cast

from questline.errors import UsageError
from questline.tools.retrieval.faults import storage_faults

__all__ = ["CACHE", "Item", "ItemStore", "Json"]

CACHE: Final = Path(".questline") / "eval"
"""Where items and indexes are kept, in the working folder."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def _no_numbers() -> dict[str, float]:
    return {}


def _no_labels() -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of a suite, run and scored."""

    id: str
    prediction: Json = None
    scores: Mapping[str, float] = field(default_factory=_no_numbers)
    """Quality, by metric; 0 for a failed item."""
    cost: Mapping[str, float] = field(default_factory=_no_numbers)
    """What it took: ``seconds``, ``llm_tokens``, ``usd`` …; empty for a failed item."""
    labels: Mapping[str, str] = field(default_factory=_no_labels)
    """What it can be grouped by: ``source``, ``workflow`` …"""
    shown: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """What a reader of errors looks at, see `questline.training.evaluation.suite.Shows`; no measure is made of it."""
    error: str = ""
    """Code of the error that ended it, empty for a finished item."""
    message: str = ""


class ItemStore:
    """The items of one run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, Item]:
        """Return the finished items by id; failed ones are left out, for they run again."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise UsageError(f"{str(self.path)!r} cannot be read ({error})", code="unreadable_file") from error
        items = (_item(line) for line in lines if line)
        return {item.id: item for item in items if item is not None and not item.error}

    def append(self, item: Item) -> None:
        """Write one item to the end of the file, in one piece.

        Raises:
            RunError: ``read_only``, ``disk_full`` or ``run_failed`` when it cannot be written.
        """
        line = json.dumps(asdict(item), ensure_ascii=False).encode() + b"\n"
        with storage_faults(self.path.parent, what="the results of single items"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                # After a torn line the next one starts afresh; in all other cases an empty line costs a byte.
                file.write(line if not file.tell() else b"\n" + line)


def _item(line: bytes) -> Item | None:
    try:
        return Item(**cast("dict[str, object]", json.loads(line)))  # pyright: ignore[reportArgumentType]  # because this class wrote it
    except (ValueError, TypeError):
        return None
