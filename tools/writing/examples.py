"""The user's own examples: read from a file, and the nearest ones found for a brief."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

from .script import is_chinese
from .similarity import alike

__all__ = ["Encoder", "Example", "nearest", "read_examples"]

_TEXTS: Final = ("text", "chosen", "response", "output")
_QUERIES: Final = ("query", "prompt", "instruction")
_MOST: Final = 50_000


class Encoder(Protocol):
    """Vectors of texts; `questline.tools.models.encoder.Encoder` is one."""

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        """Return one L2-normalised vector a text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that the user likes, with what it was written for where that is known."""

    text: str
    query: str = ""


def read_examples(path: Path) -> tuple[Example, ...]:
    """Read JSON lines of ``{"query", "text"}`` or of texts, or a plain file of one text a line; ``.gz`` too.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, ``bad_encoding``; ``bad_data`` for a row without a text,
            with its ``line``, and for a file without any.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        rows = data.decode("utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r} of examples", code="file_not_found", path=path) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{str(path)!r} is not UTF-8 text", code="bad_encoding", path=path) from error
    except (OSError, EOFError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error}", code="unreadable_file", path=path) from error
    found = [_example(row, line, path) for line, row in enumerate(rows[:_MOST], start=1) if row.strip()]
    if not found:
        raise UsageError(f"{str(path)!r} holds no example; write one text a line", code="bad_data", path=path)
    return tuple(dict.fromkeys(found))


def nearest(query: str, examples: Sequence[Example], k: int, *, encoder: Encoder | None = None) -> list[Example]:
    """Return the `k` examples nearest to a query, by meaning where it is English and an encoder is given, else by
    characters."""
    if not examples:
        return []
    told = [each.query or each.text for each in examples]
    if encoder is not None and not is_chinese(query):
        vectors = encoder.encode([query, *told])
        scores = [float(score) for score in vectors[1:] @ vectors[0]]
    else:
        scores = [alike(query, text) + (query in text) for text in told]
    order = sorted(range(len(examples)), key=lambda place: -scores[place])
    return [examples[place] for place in order[:k]]


def _example(row: str, line: int, path: Path) -> Example:
    if row.lstrip()[:1] not in ("{", '"'):
        return Example(text=row.strip())
    try:
        told: object = json.loads(row)
    except ValueError as error:
        raise UsageError(f"line {line} of {str(path)!r} is no JSON", code="bad_data", path=path, line=line) from error
    if isinstance(told, str) and told.strip():
        return Example(text=told.strip())
    fields: Mapping[str, object] = cast("Mapping[str, object]", told) if isinstance(told, dict) else {}
    text = _first(fields, _TEXTS)
    if not text:
        raise UsageError(
            f'line {line} of {str(path)!r} has no text; write {{"query": …, "text": …}}',
            code="bad_data",
            path=path,
            line=line,
        )
    return Example(text=text, query=_first(fields, _QUERIES))


def _first(fields: Mapping[str, object], names: Sequence[str]) -> str:
    """Return the first field that is a text with something in it, else an empty one."""
    told = [value.strip() for name in names if isinstance(value := fields.get(name), str)]
    return next((value for value in told if value), "")
