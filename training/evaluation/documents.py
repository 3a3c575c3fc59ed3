"""Documents with queries and what is known about good answers: one reader for the forms that data sets have.

- ``{context, qas: [{id, question, answers}], title?}``: a passage with questions (the form of XQuAD, CMRC, DRCD)
- ``{question, context: [{title, text}], answers?, long?}``: a question with passages (Natural Questions)
- ``{id, question, context: [text], long_answer}``: a question with an abstract in parts (PubMedQA)
- ``{meeting_transcripts: [{speaker, content}], specific_query_list: [{query, answer, relevant_text_span}]}``: QMSum
- ``{document, questions: [{question_text, responses: [{response_text}]}]}``: a story with references (SQuALITY)
- ``{content, query, summary}``: a short text (Debatepedia)
- ``{query | question, document | text, id?, title?, answers?, references?}``: your own
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from questline.errors import UsageError

from .rows import Row, read_rows

__all__ = ["QueriedDocument", "read_documents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueriedDocument:
    """A query about a document."""

    id: str
    query: str
    document: str
    title: str = ""
    answers: tuple[str, ...] = ()
    """Texts one of which stands in a sentence that answers; empty where none is known."""
    references: tuple[str, ...] = ()
    """Good summaries; empty where none is known."""
    relevant: tuple[tuple[int, int], ...] = ()
    """Characters of the document that people marked as relevant."""


def read_documents(path: Path) -> list[QueriedDocument]:
    """Read a file of documents with queries, in any of the forms above.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; ``file_not_found``, ``unreadable_file``,
            ``bad_encoding``.
    """
    found: dict[str, QueriedDocument] = {}
    for row in read_rows(path):
        for item in _queried(row):
            if item.id in found:
                raise row.fault("id", f"the id {item.id!r} stands in the file twice")
            found[item.id] = item
    if not found:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return list(found.values())


def _queried(row: Row) -> Iterator[QueriedDocument]:
    values = row.values
    if "qas" in values:
        yield from _passage(row)
    elif "meeting_transcripts" in values:
        yield from _meeting(row)
    elif "questions" in values:
        yield from _story(row)
    else:
        yield _single(row)


def _passage(row: Row) -> Iterator[QueriedDocument]:
    document, title = row.text("context"), str(row.values.get("title", "")).replace("_", " ")
    for number, item in enumerate(_objects(row, "qas")):
        if item.get("question") == "":
            continue  # one published set has a few of these
        inner = Row(row.path, row.line, item)
        yield QueriedDocument(
            id=inner.identifier("id") if "id" in item else f"{row.line}.{number}",
            query=inner.text("question"),
            document=document,
            title=title,
            answers=inner.texts("answers"),
        )


def _meeting(row: Row) -> Iterator[QueriedDocument]:
    turns: list[str] = []
    places: list[tuple[int, int]] = []
    size = 0
    for item in _objects(row, "meeting_transcripts"):
        turn = f"{item.get('speaker', '')}: {' '.join(str(item.get('content', '')).split())}"
        places.append((size, size + len(turn)))
        turns.append(turn)
        size += len(turn) + 1
    document = "\n".join(turns)
    for number, item in enumerate(_objects(row, "specific_query_list")):
        inner = Row(row.path, row.line, item)
        yield QueriedDocument(
            id=f"{row.line}.{number}",
            query=inner.text("query"),
            document=document,
            references=(inner.text("answer"),),
            relevant=tuple(_spans(inner, places)),
        )


def _spans(row: Row, places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Turn pairs of turn numbers, written as text, into characters."""
    pairs = row.values.get("relevant_text_span", [])
    for pair in cast("list[object]", pairs) if isinstance(pairs, list) else []:
        ends = cast("list[object]", pair) if isinstance(pair, list) else []
        try:
            first, last = (int(str(end)) for end in ends)
            yield places[first][0], places[last][1]
        except (ValueError, IndexError) as error:
            raise row.fault("relevant_text_span", "needs pairs of the numbers of turns") from error


def _story(row: Row) -> Iterator[QueriedDocument]:
    for number, item in enumerate(_objects(row, "questions")):
        inner = Row(row.path, row.line, item)
        responses = [str(each.get("response_text", "")) for each in _objects(inner, "responses")]
        yield QueriedDocument(
            id=f"{row.line}.{number}",
            query=inner.text("question_text"),
            document=row.text("document"),
            references=tuple(text for text in responses if text.strip()),
        )


def _single(row: Row) -> QueriedDocument:
    values = row.values
    title = str(values.get("title", ""))
    context = values.get("context")
    if isinstance(context, list):
        parts = cast("list[object]", context)
        inner = [cast("dict[str, object]", part) if isinstance(part, dict) else {"text": part} for part in parts]
        document = "\n\n".join(str(part.get("text", "")) for part in inner)
        title = title or str(inner[0].get("title", "") if inner else "")
    else:
        document = row.text("document", "content", "context", "text")
    if not document.strip():
        raise row.fault("document", "needs 'document' as text")
    references = [values.get(name) for name in ("summary", "long_answer", "long")]
    given = row.texts("references") if "references" in values else ()
    return QueriedDocument(
        id=row.identifier("id", "_id") if "id" in values or "_id" in values else str(row.line),
        query=row.text("query", "question"),
        document=document,
        title=title,
        answers=row.texts("answers") if values.get("answers") else (),
        references=given or tuple(text for text in references if isinstance(text, str) and text.strip())[:1],
    )


def _objects(row: Row, name: str) -> list[dict[str, object]]:
    value = row.values.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items or not all(isinstance(item, dict) for item in items):
        raise row.fault(name, f"needs {name!r} as a list of objects")
    return cast("list[dict[str, object]]", items)
