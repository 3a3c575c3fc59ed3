"""Questions with what is to be read for each: one reader for the forms that data sets have.

- ``{context, qas: [{id?, question, answers}], title?}``: a passage with questions (the form of XQuAD, CMRC, DRCD)
- ``{question, answers, context: [{title, text}]}``: a question with passages (Natural Questions); ``answer`` for one
- ``{paras: [text], questions: [[question, [{answer, …}]]]}``: a page with questions (TimeQA)
- ``{id, question, answers, support: [id], source?}``: a question whose documents stand in a corpus

A question without an answer (an empty list, an empty text, ``unanswerable``) is one that nothing in its passages
answers: the right reading is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.types import Passage

from .rows import Row, read_rows

__all__ = ["ToRead", "read_to_read"]

_NONE: Final = frozenset({"", "unanswerable"})
Documents = Mapping[str, tuple[str, str]]
"""Title and text by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    """A question and its passages."""

    id: str
    question: str
    passages: tuple[Passage, ...]
    answers: tuple[str, ...]
    """Empty where nothing answers it."""
    source: str
    """The data set that it comes from; ``all`` where the row does not say."""


def read_to_read(path: Path, corpus: Path | None = None) -> list[ToRead]:
    """Read a file of questions in any of the forms above.

    Args:
        path: JSON lines, plain or gzip.
        corpus: Documents ``{id | _id, title?, text}`` that rows with ``support`` name.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; ``file_not_found``, ``unreadable_file``,
            ``bad_encoding``.
    """
    documents = None if corpus is None else _documents(corpus)
    found: dict[str, ToRead] = {}
    for row in read_rows(path):
        for item in _items(row, documents):
            if item.id in found:
                raise row.fault("id", f"the id {item.id!r} stands in the file twice")
            found[item.id] = item
    if not found:
        raise UsageError(f"{str(path)!r} holds no question to read for", code="bad_data", path=path)
    return list(found.values())


def _documents(path: Path) -> Documents:
    rows = read_rows(path)
    return {row.identifier("id", "_id"): (str(row.values.get("title", "")), row.text("text")) for row in rows}


def _items(row: Row, documents: Documents | None) -> Iterator[ToRead]:
    values = row.values
    source = row.text("source") if "source" in values else "all"
    if "qas" in values:
        passages = _passages([(str(values.get("title", "")).replace("_", " "), row.text("context"))])
        for number, item in enumerate(_objects(row, "qas")):
            inner = Row(row.path, row.line, item)
            if item.get("question") == "":
                continue  # one published set has a few of these
            name = inner.identifier("id") if "id" in item else f"{row.line}.{number}"
            yield _item(name, inner, passages, source)
    elif "paras" in values and "questions" in values:
        yield from _page(row, source)
    else:
        yield _item(_identifier(row), row, _given(row, documents), source)


def _identifier(row: Row) -> str:
    named = [name for name in ("id", "_id", "ID") if name in row.values]
    return row.identifier(*named) if named else str(row.line)


def _item(name: str, row: Row, passages: tuple[Passage, ...], source: str) -> ToRead:
    return ToRead(id=name, question=row.text("question"), passages=passages, answers=_answers(row), source=source)


def _answers(row: Row) -> tuple[str, ...]:
    given = row.values.get("answers", row.values.get("answer"))
    items = cast("list[object]", given) if isinstance(given, list) else [given]
    if given is None or not all(isinstance(item, str | int | float) for item in items):
        raise row.fault("answers", "needs 'answers' as a list of texts, empty where there is no answer")
    return tuple(text for text in map(str, items) if text.strip().casefold() not in _NONE)


def _given(row: Row, documents: Documents | None) -> tuple[Passage, ...]:
    values = row.values
    given = values.get("context", values.get("paras"))
    if isinstance(given, str):
        return _passages([(str(values.get("title", "")), given)])
    if isinstance(given, list):
        parts = cast("list[object]", given)
        inner = [cast("dict[str, object]", part) if isinstance(part, dict) else {"text": part} for part in parts]
        return _passages([(str(part.get("title", "")), str(part.get("text", ""))) for part in inner])
    if documents is None:
        raise row.fault("context", "needs 'context', 'paras' or, with a corpus, 'support'")
    names = row.texts("support")
    missing = [name for name in names if name not in documents]
    if missing:
        raise row.fault("support", f"names documents that the corpus lacks: {', '.join(missing)}")
    return _passages([documents[name] for name in names])


def _page(row: Row, source: str) -> Iterator[ToRead]:
    paragraphs = [str(text).strip() for text in cast("list[object]", row.values["paras"])]
    title = paragraphs[0] if paragraphs else ""
    passages = _passages([(title, text) for text in paragraphs])
    questions = row.values["questions"]
    for number, pair in enumerate(cast("list[object]", questions) if isinstance(questions, list) else []):
        try:
            question, marks = cast("tuple[str, list[dict[str, object]]]", pair)
            answers = tuple(str(mark["answer"]) for mark in marks if mark["answer"])
        except (TypeError, ValueError, KeyError) as error:
            raise row.fault("questions", "needs pairs of a question and a list of answers") from error
        yield ToRead(id=f"{row.line}.{number}", question=question, passages=passages, answers=answers, source=source)


def _passages(pairs: list[tuple[str, str]]) -> tuple[Passage, ...]:
    kept = [(title, text) for title, text in pairs if text.strip()]
    return tuple(
        Passage(id=f"p{number}", document_id=f"p{number}", source=title, title=title, text=text)
        for number, (title, text) in enumerate(kept)
    )


def _objects(row: Row, name: str) -> list[dict[str, object]]:
    value = row.values.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items or not all(isinstance(item, dict) for item in items):
        raise row.fault(name, f"needs {name!r} as a list of objects")
    return cast("list[dict[str, object]]", items)
