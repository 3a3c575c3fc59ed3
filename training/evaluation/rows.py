"""Read evaluation data: JSON lines, plain or gzip, each row checked and each fault named by file, line and field."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.tools.retrieval.readers.rows import json_object, opened

__all__ = [
    "Qrels",
    "Query",
    "Question",
    "Row",
    "content_hash",
    "json_rows",
    "read_distinct_questions",
    "read_qrels",
    "read_queries",
    "read_questions",
    "read_rows",
    "row_of",
]

_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")

Qrels = dict[str, dict[str, int]]
"""Query id → document id → grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Something to search for."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to answer, with every accepted answer."""

    id: str
    text: str
    answers: tuple[str, ...]
    source: str
    """The data set that it comes from; ``all`` where the row does not say."""
    kind: str = ""
    """The row's ``type``, such as ``comparison``; empty where it does not say."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file and where it stands, for messages."""

    path: Path
    line: int
    values: dict[str, object]

    def identifier(self, *names: str) -> str:
        """Return the first field of these names as text; whole numbers are identifiers too."""
        value = next((self.values[name] for name in names if self.values.get(name) is not None), None)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise self.fault(names[0], f"needs {' or '.join(map(repr, names))} as text or a whole number")
        return str(value)

    def text(self, *names: str) -> str:
        """Return the first field of these names, which must hold text other than white space."""
        value = next((self.values[name] for name in names if name in self.values), None)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(names[0], f"needs {' or '.join(map(repr, names))} as text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a field that is a list of identifiers or texts, at least one."""
        value = self.values.get(name)
        items = cast("list[object]", value) if isinstance(value, list) else []
        if not items or not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
            raise self.fault(name, f"needs {name!r} as a list of at least one text")
        return tuple(str(item) for item in items)

    def grade(self, *names: str) -> int:
        """Return a whole number; grades below 0 occur in judgements of spam."""
        value = next((self.values[name] for name in names if name in self.values), None)
        if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
            raise self.fault(names[0], f"needs {' or '.join(map(repr, names))} as a whole number")
        return int(value)

    def check_length(self, question: str, most: int) -> None:
        """Refuse a question of more characters than are read: ``question_too_long``."""
        if len(question) > most:
            raise UsageError(
                f"{str(self.path)!r}, line {self.line}: the question has {len(question):,} characters; at most "
                f"{most:,} are read. Shorten it",
                code="question_too_long",
                path=self.path,
                line=self.line,
                limit=most,
                length=len(question),
            )

    def fault(self, field: str, problem: str) -> UsageError:
        """Return the error that names the file, the line and the field."""
        where = f"{str(self.path)!r}, line {self.line}"
        return UsageError(f"{where}: {problem}", code="bad_data", path=self.path, line=self.line, field=field)


def read_queries(path: Path) -> list[Query]:
    """Read ``{_id | id, text | question}`` rows.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``, also for an id that stands twice;
            ``file_not_found``, ``unreadable_file``, ``bad_encoding``.
    """
    rows = _unique(path)
    return [Query(id=name, text=row.text("text", "question")) for name, row in rows.items()]


def read_questions(path: Path) -> list[Question]:
    """Read ``{question, answers[], id | _id?, source?, type?}`` rows; without an id the number of the line is it.

    Raises what `read_queries` raises.
    """
    return [_question(name, row) for name, row in _unique(path, numbered=True).items()]


def read_distinct_questions(path: Path, *, most: int) -> list[Question]:
    """Read questions as `read_questions` does, for what runs each once.

    Args:
        path: JSON lines, plain or gzip.
        most: Characters of a question at most.

    Raises:
        UsageError: What `read_questions` raises; also ``bad_data`` for a question that stands twice or an answer that
            is empty, and ``question_too_long``, with ``path`` and ``line``.
    """
    seen: dict[str, int] = {}
    found: list[Question] = []
    for name, row in _unique(path, numbered=True).items():
        one = _question(name, row)
        plain = " ".join(one.text.casefold().split())
        if plain in seen:
            raise row.fault("question", f"the question {_cut(one.text)!r} stands on line {seen[plain]} already")
        if not all(answer.strip() for answer in one.answers):
            raise row.fault("answers", "an answer is empty, which nothing can be scored by")
        row.check_length(one.text, most)
        seen[plain] = row.line
        found.append(one)
    return found


def read_qrels(path: Path) -> Qrels:
    """Read ``{q, d, s}`` or ``{qid, docid, grade}`` rows, or questions whose ``support`` lists their documents.

    Each support counts with grade 1; a question without any is left out. Raises what `read_queries` raises.
    """
    qrels: Qrels = {}
    for row in read_rows(path):
        if "support" in row.values or "question" in row.values:
            if row.values.get("support"):
                qrels.setdefault(row.identifier("id", "_id"), {}).update(dict.fromkeys(row.texts("support"), 1))
            continue
        judged = qrels.setdefault(row.identifier("q", "qid"), {})
        judged[row.identifier("d", "docid")] = row.grade("s", "grade")
    if not qrels:
        raise UsageError(f"{str(path)!r} holds no judgement", code="bad_data", path=path, field="q")
    return qrels


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the JSON objects of a file with their lines, from 1; raises what `read_queries` raises but for fields."""
    for row in read_rows(path):
        yield row.line, row.values


def content_hash(path: Path) -> str:
    """Return the sha256 of a file's content, unpacked, so that packing again changes nothing.

    Of a folder it is that of its files' names and contents, hidden ones left out.
    """
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(each for each in path.rglob("*") if each.is_file()):
            name = file.relative_to(path)
            if not any(part.startswith(".") for part in name.parts):
                digest.update(f"{name.as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
        return digest.hexdigest()
    with opened(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _kind(row: Row) -> str:
    """Return the type of a question; other sets put lists and numbers there, which say nothing here."""
    kind = row.values.get("type")
    return kind.strip() if isinstance(kind, str) else ""


def _question(name: str, row: Row) -> Question:
    return Question(
        id=name,
        text=row.text("question"),
        answers=row.texts("answers"),
        source=row.text("source") if "source" in row.values else "all",
        kind=_kind(row),
    )


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


def _unique(path: Path, *, numbered: bool = False) -> dict[str, Row]:
    """Return rows by id; where `numbered`, the number of the line stands in for an id that is not there."""
    rows: dict[str, Row] = {}
    for row in read_rows(path):
        bare = numbered and row.values.get("id", row.values.get("_id")) is None
        name = str(row.line) if bare else row.identifier("id", "_id")
        if name in rows:
            raise row.fault("id", f"the id {name!r} stands on line {rows[name].line} already")
        rows[name] = row
    if not rows:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return rows


def read_rows(path: Path) -> Iterator[Row]:
    """Yield every row of a file; raises what `read_queries` raises, but for ids."""
    with opened(path) as file:
        for line, raw in enumerate(file, start=1):
            if raw.strip():
                yield row_of(raw, path, line)


def row_of(raw: bytes, path: Path, line: int) -> Row:
    """Read one line that is not empty.

    Raises:
        UsageError: ``bad_data`` for what is no JSON object, or holds half a character (a lone surrogate), which can be
            neither shown nor written; ``bad_encoding``.
    """
    row = Row(path, line, json_object(raw, path, line))
    if _HALF.search(raw):
        try:
            json.dumps(row.values, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise row.fault("", "holds half a character (a surrogate without its other half)") from error
    return row
