"""Read lists to be ranked: a query with its candidates, and how relevant each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from questline.errors import UsageError
from questline.types import Passage

from .rows import Row, read_qrels, read_rows

__all__ = ["RankingList", "read_candidates", "read_labelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingList:
    """One query with what a first stage found for it, and its grades."""

    id: str
    query: str
    passages: tuple[Passage, ...]
    """In the order of the file; ``score`` is the first stage's where the file has one, else 0."""
    grades: Mapping[str, int] = field(default_factory=dict[str, int])
    """By passage id; judged documents that are no candidates are here too. What is not named is not relevant."""

    def relevant(self, grade: int = 1) -> bool:
        """Say whether anything is judged relevant, from `grade` upwards."""
        return any(value >= grade for value in self.grades.values())


def read_candidates(path: Path, qrels: Path) -> list[RankingList]:
    """Read ``{qid, query, candidates[{docid, text, title?, score?}]}`` rows, judged by the rows of `qrels`.

    ``bm25_score`` serves as a score too. A query without any judgement is left out.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; what `rows.read_qrels` raises.
    """
    judged = read_qrels(qrels)
    lists = [
        RankingList(id=name, query=row.text("query", "question"), passages=_passages(row, "docid"), grades=judged[name])
        for name, row in _named(path).items()
        if name in judged
    ]
    if not lists:
        raise UsageError(
            f"no query of {str(path)!r} has a judgement in {str(qrels)!r}: their ids differ",
            code="bad_data",
            path=qrels,
            field="qid",
        )
    return lists


def read_labelled(path: Path) -> list[RankingList]:
    """Read ``{question, candidates[{text, label}], id?, title?}`` rows; a candidate's id is its place, from 0.

    A question without an id is named by its line; a row's title is that of the page all its candidates stand on.
    Raises what `read_candidates` raises.
    """
    lists: list[RankingList] = []
    for name, row in _named(path).items():
        labels = [_label(row, place, values) for place, values in enumerate(_candidates(row))]
        grades = {str(place): label for place, label in enumerate(labels)}
        lists.append(RankingList(id=name, query=row.text("question", "query"), passages=_passages(row), grades=grades))
    return lists


def _named(path: Path) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for row in read_rows(path):
        named = any(row.values.get(name) is not None for name in ("qid", "id", "_id"))
        name = row.identifier("qid", "id", "_id") if named else str(row.line)
        if name in rows:
            raise row.fault("qid", f"the id {name!r} stands on line {rows[name].line} already")
        rows[name] = row
    if not rows:
        raise UsageError(f"{str(path)!r} holds no row", code="bad_data", path=path)
    return rows


def _candidates(row: Row) -> Sequence[Mapping[str, object]]:
    value = row.values.get("candidates")
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not items or not all(isinstance(item, dict) for item in items):
        raise row.fault("candidates", "needs 'candidates' as a list of at least one object")
    return cast("list[dict[str, object]]", items)


def _passages(row: Row, identifier: str | None = None) -> tuple[Passage, ...]:
    found: list[Passage] = []
    for place, values in enumerate(_candidates(row)):
        each = Row(row.path, row.line, dict(values))
        text, title = values.get("text"), values.get("title", row.values.get("title", ""))
        if not isinstance(text, str) or not isinstance(title, str):
            raise row.fault("candidates", f"candidate {place} needs 'text' as text")
        name = str(place) if identifier is None else each.identifier(identifier, "id", "_id")
        score = values.get("score", values.get("bm25_score", 0.0))
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise row.fault("candidates", f"candidate {place} has the score {score!r}, which is no number")
        found.append(Passage(id=name, document_id=name, source=name, title=title, text=text, score=float(score)))
    places: dict[str, int] = {}
    for place, passage in enumerate(found):
        before = places.setdefault(passage.id, place)
        if before != place:
            raise row.fault("candidates", f"candidate {place} has the id {passage.id!r} of candidate {before}")
    return tuple(found)


def _label(row: Row, place: int, values: Mapping[str, object]) -> int:
    label = values.get("label")
    if not isinstance(label, bool | int):
        raise row.fault("candidates", f"candidate {place} needs 'label' as a whole number")
    return int(label)
