"""Lists to learn an order from: a query, its passages as a first stage put them, and what is known of their relevance.

One JSON object a line:

    {"id": …, "query": …, "answer": …, "passages": [{"id": …, "title": …, "text": …, "score": …}],
     "grades": {passage id: grade}, "relevant": [ids], "reasoning": …, "final_list": [all ids, best first]}

``grades`` are given (by people, or by how a world was made), ``relevant``, ``reasoning`` and ``final_list`` are a
teacher's. Which lists are held out says a hash of the query.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.training.evaluation.rows import Row
from questline.training.tuning.rows import Fitting, fitting, unlike, write_rows
from questline.types import Passage

__all__ = [
    "MOST",
    "TaughtList",
    "held_out_rows",
    "ids_of",
    "need_relevant",
    "passage_rows",
    "passages_of",
    "read_lists",
    "write_lists",
]

MOST: Final = 100
"""Passages of a list, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtList:
    """A list, and what a teacher made of it."""

    id: str
    query: str
    passages: tuple[Passage, ...]
    """As they are shown, numbered from 1; ``score`` is the first stage's."""
    grades: Mapping[str, int] = field(default_factory=dict[str, int])
    """By passage; empty where nobody but the teacher judged."""
    answer: str = ""
    """The gold answer, for the teacher alone."""
    relevant: tuple[str, ...] = ()
    """Ids that the teacher found to help."""
    reasoning: str = ""
    """The teacher's thoughts; they speak of passages by their numbers."""
    final_list: tuple[str, ...] = ()
    """The teacher's order: all ids, best first; empty where there was no teacher."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in the order shown."""
        return tuple(each.id for each in self.passages)

    @property
    def first_stage(self) -> tuple[str, ...]:
        """Ids by falling score, as they stand where scores are equal."""
        return tuple(each.id for each in sorted(self.passages, key=lambda each: -each.score))

    @property
    def judged(self) -> Mapping[str, int]:
        """Given grades; the teacher's where there are none."""
        return self.grades or dict.fromkeys(self.relevant, 1)

    def numbers(self, ids: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers, from 1, under which passages are shown."""
        place = {each: number for number, each in enumerate(self.ids, start=1)}
        return tuple(place[each] for each in ids)

    def shuffled(self, seed: str) -> TaughtList:
        """Return the list with its passages in an order that the seed and the id decide, without the reasoning.

        What the reasoning says of numbers would be wrong then, so only a list without one may be shuffled.
        """
        if self.reasoning:
            raise ValueError("a list with reasoning keeps its numbers")
        chance = random.Random(f"{seed} {self.id}")  # noqa: S311 because an order is no secret
        return replace(self, passages=tuple(chance.sample(self.passages, len(self.passages))))

    def row(self) -> dict[str, object]:
        """Return the JSON object; what is empty is left out."""
        told: dict[str, object] = {
            "id": self.id,
            "query": self.query,
            "answer": self.answer,
            "passages": passage_rows(self.passages),
            "grades": dict(self.grades),
            "relevant": list(self.relevant),
            "reasoning": self.reasoning,
            "final_list": list(self.final_list),
        }
        return {name: value for name, value in told.items() if value or name in ("id", "query", "passages")}


def read_lists(path: Path, *, skip: bool = False) -> Fitting[TaughtList]:
    """Read lists.

    Args:
        path: JSON lines, plain or gzipped.
        skip: Leave out rows that do not fit.

    Raises:
        UsageError: ``bad_data`` with the rows that do not fit, or an id that stands twice; ``file_not_found``.
    """
    return fitting(path, unlike(_list), skip=skip)


def write_lists(path: Path, lists: Iterable[TaughtList]) -> None:
    """Write lists as JSON lines, whole or not at all."""
    write_rows(path, (each.row() for each in lists))


def held_out_rows(path: Path, lists: Iterable[TaughtList]) -> None:
    """Write lists as ``agents eval ranking --questions`` reads them: a query and candidates with their labels."""
    write_rows(
        path,
        [
            {
                "id": each.id,
                "question": each.query,
                "candidates": [
                    {"text": one.as_text(), "label": int(each.judged.get(one.id, 0) > 0)} for one in each.passages
                ],
            }
            for each in lists
        ],
    )


def passage_rows(passages: Iterable[Passage]) -> list[dict[str, object]]:
    """Return passages as `passages_of` reads them."""
    return [
        {"id": each.id, **({"title": each.title} if each.title else {}), "text": each.text, "score": each.score}
        for each in passages
    ]


def passages_of(row: Row, *, least: int = 2) -> tuple[Passage, ...]:
    """Return the passages of a row, each with an id of its own; raises `UsageError` that says what does not fit."""
    passages = tuple(_passage(row, number, each) for number, each in enumerate(_objects(row, least), start=1))
    ids = [each.id for each in passages]
    if len(set(ids)) < len(ids):
        raise row.fault("passages", "two passages have the same id")
    return passages


def ids_of(row: Row, name: str, passages: Iterable[Passage]) -> tuple[str, ...]:
    """Return the ids under a name, all of them of the row's passages; empty where there are none."""
    told = row.texts(name) if row.values.get(name) else ()
    _known(row, name, told, passages)
    return told


def _known(row: Row, name: str, told: Iterable[str], passages: Iterable[Passage]) -> None:
    ids = {each.id for each in passages}
    strange = [each for each in told if each not in ids]
    if strange:
        raise row.fault(name, f"{name!r} names {strange[0]!r}, which is no passage of the list")


def _list(row: Row) -> TaughtList:
    passages = passages_of(row)
    ids = [each.id for each in passages]
    grades = _grades(row)
    _known(row, "grades", grades, passages)
    relevant, final = ids_of(row, "relevant", passages), ids_of(row, "final_list", passages)
    if final and sorted(final) != sorted(ids):
        raise row.fault("final_list", "needs 'final_list' to name each passage exactly once")
    reasoning = row.values.get("reasoning", "")
    if not isinstance(reasoning, str):
        raise row.fault("reasoning", "needs 'reasoning' as text")
    answer = row.values.get("answer", "")
    return TaughtList(
        id=row.identifier("id", "qid", "_id"),
        query=row.text("query", "question"),
        passages=passages,
        grades=grades,
        answer=answer if isinstance(answer, str) else "",
        relevant=relevant,
        reasoning=reasoning.strip(),
        final_list=final,
    )


def _objects(row: Row, least: int) -> Sequence[dict[str, object]]:
    value = row.values.get("passages")
    items = cast("list[object]", value) if isinstance(value, list) else []
    if not least <= len(items) <= MOST or not all(isinstance(each, dict) for each in items):
        raise row.fault("passages", f"needs 'passages' as a list of {least} to {MOST} objects")
    return cast("list[dict[str, object]]", items)


def _passage(row: Row, number: int, values: dict[str, object]) -> Passage:
    text, title, score = values.get("text"), values.get("title") or "", values.get("score", 0.0)
    name = values.get("id", values.get("docid", str(number)))
    if not isinstance(text, str) or not text.strip() or not isinstance(title, str):
        raise row.fault("passages", f"passage {number} needs 'text' as text")
    if isinstance(score, bool) or not isinstance(score, int | float) or not isinstance(name, str | int):
        raise row.fault("passages", f"passage {number} needs an id, and a score that is a number")
    if not math.isfinite(score):
        raise row.fault("passages", f"passage {number} has a score that is no finite number")
    name = str(name)
    return Passage(id=name, document_id=name, source=name, title=title, text=text, score=float(score))


def _grades(row: Row) -> dict[str, int]:
    value = row.values.get("grades")
    if value and not isinstance(value, dict):
        raise row.fault("grades", "needs 'grades' as an object of whole numbers")
    found = cast("dict[str, object]", value or {})
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in found.values()):
        raise row.fault("grades", "needs 'grades' as an object of whole numbers")
    return cast("dict[str, int]", dict(found))


def need_relevant(lists: Sequence[TaughtList]) -> None:
    """Refuse lists that say nothing: an order can do neither well nor badly on them.

    Raises:
        UsageError: ``bad_data`` with their count and the first three ids.
    """
    silent = [each.id for each in lists if not any(grade > 0 for grade in each.judged.values())]
    if len(silent) == len(lists):
        raise UsageError(
            f"none of {len(lists)} lists has a relevant passage (first: {', '.join(silent[:3])}): give 'grades', or "
            "let a teacher label them",
            code="bad_data",
        )
