"""Three parts of the prompts: for the writer and its reward, for the judges, and what is measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.training.writer.pairs import Pair, fold_of, read_pairs
from questline.training.writer.tuning.texts import read_prompts

__all__ = ["Split", "split"]

_FOLDS: Final = 5
_WRITER: Final = (0, 1)
_JUDGES: Final = (2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """By the hash of the prompt; no prompt is in two parts."""

    writer: Path
    """Pairs: the chosen sides teach the writer, both its reward model."""
    queries: Path
    """More prompts of that part, to write for."""
    judges: Path
    """Pairs."""
    tested: tuple[str, ...]
    """Prompts that nothing has seen."""


def split(pairs: Path, queries: Path, folder: Path, *, tested: int) -> Split:
    """Write the parts into `folder`; `tested` prompts of the third are taken, others are left to choose settings on.

    Raises:
        UsageError: What reading pairs and queries raises; ``bad_data`` where a part has nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    read = read_pairs(pairs)
    asked = read_prompts(queries)
    parts = {name: [pair for pair in read if _fold(pair.query) in folds] for name, folds in _PARTS.items()}
    left = [query for query in asked if _fold(query) not in (*_WRITER, *_JUDGES)]
    first = max(0, (len(left) - tested) // 2)
    left = left[first : first + tested]
    own = [query for query in asked if _fold(query) in _WRITER]
    if not left or not own or not all(parts.values()):
        raise UsageError("too few prompts for three parts; give more", code="bad_data", path=pairs)
    for name, rows in parts.items():
        _write(folder / f"{name}.jsonl", map(_row, rows))
    _write(folder / "queries.jsonl", ({"query": query} for query in own))
    return Split(
        writer=folder / "writer.jsonl",
        queries=folder / "queries.jsonl",
        judges=folder / "judges.jsonl",
        tested=tuple(left),
    )


_PARTS: Final = {"writer": _WRITER, "judges": _JUDGES}


def _fold(query: str) -> int:
    return fold_of(query, _FOLDS)


def _row(pair: Pair) -> dict[str, str]:
    return {"query": pair.query, "chosen": pair.chosen, "rejected": pair.rejected}


def _write(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
