"""JSON lines, plain or gzip: each row is one document. Lines are read one at a time and never beyond the limit."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from questline.errors import UsageError
from questline.tools.retrieval.documents import Document, iso_date, tidy

__all__ = ["MAX_LINE_BYTES", "Row", "count_rows", "json_object", "opened", "read_rows"]

MAX_LINE_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A document with its place in the file."""

    line: int
    """From 1."""
    document: Document


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows ``{id | _id, title?, text, date?, url? | source?}`` of a file as documents.

    Raises:
        UsageError: ``bad_data``, ``bad_encoding`` or ``line_too_long`` with the ``line``; ``unreadable_file``.
    """
    with opened(path) as lines:
        number = 0
        while data := lines.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(data) > MAX_LINE_BYTES:
                raise UsageError(
                    f"{str(path)!r}, line {number} is longer than {MAX_LINE_BYTES // 1024**2} MB; cut the document up",
                    code="line_too_long",
                    path=path,
                    line=number,
                    limit=MAX_LINE_BYTES,
                )
            if data.strip():
                yield Row(number, _document(json_object(data, path, number), path, number))


def count_rows(path: Path) -> int:
    """Read the whole file and return how many rows it has; raises what `read_rows` raises, before anything is kept."""
    return sum(1 for _ in read_rows(path))


@contextmanager
def opened(path: Path) -> Generator[IO[bytes]]:
    """Open a file for reading bytes, unpacked where its name ends in ``.gz``, and name what goes wrong meanwhile.

    Raises:
        UsageError: ``file_not_found`` or ``unreadable_file``.
    """
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            yield cast("IO[bytes]", file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UsageError(
            f"{str(path)!r} is not a whole gzip file ({error})", code="unreadable_file", path=path
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read ({error})", code="unreadable_file", path=path) from error


def json_object(data: bytes, path: Path, line: int) -> dict[str, object]:
    """Read one line of a file as a JSON object.

    Raises:
        UsageError: ``bad_data`` or ``bad_encoding`` with the ``line``.
    """
    try:
        row: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{str(path)!r}, line {line} is not UTF-8 text; convert the file", code="bad_encoding", path=path, line=line
        ) from error
    except (ValueError, RecursionError) as error:
        raise _bad(path, line, f"is not JSON ({getattr(error, 'msg', error)})") from error
    if not isinstance(row, dict):
        raise _bad(path, line, f"is a {type(row).__name__}, not a JSON object")
    return cast("dict[str, object]", row)


def _bad(path: Path, line: int, what: str) -> UsageError:
    return UsageError(f"{str(path)!r}, line {line} {what}", code="bad_data", path=path, line=line)


def _document(row: dict[str, object], path: Path, line: int) -> Document:
    identifier = next((row[name] for name in ("id", "_id") if row.get(name) is not None), None)
    if isinstance(identifier, bool) or not isinstance(identifier, (str, int)) or identifier == "":
        raise _bad(path, line, "has no 'id' (or '_id') that is text or a whole number")
    texts = {name: row.get(name) or "" for name in ("text", "title", "url", "source")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise _bad(path, line, f"has a {name!r} that is not text: {value!r:.60}")
    if "text" not in row:
        raise _bad(path, line, "has no 'text'")
    clean = {name: _valid(cast("str", value)) for name, value in texts.items()}
    return Document(
        id=_valid(str(identifier)),
        source=clean["url"] or clean["source"] or _valid(str(identifier)),
        text=clean["text"].replace("\r\n", "\n"),
        title=tidy(clean["title"]),
        date=iso_date(row.get("date")),
        kind="row",
    )


def _valid(text: str) -> str:
    """Replace lone surrogates, which JSON can spell and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
