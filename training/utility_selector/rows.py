"""Windows to learn a selection from: a question, its passages, and what a teacher answered and kept of them.

One JSON object a line:

    {"id": …, "question": …, "passages": [{"id": …, "title": …, "text": …, "score": …}], "gold": [ids], "answers": […],
     "kind": …, "so_far": …, "answer": …, "selection": [ids], "notes": {passage id: …}}

``gold`` and ``answers`` are given (by people, or by how a world was made); ``answer``, ``selection`` and ``notes`` are
a teacher's. An empty ``selection`` says that nothing helps; without one the window is not taught. Which windows are
held out says a hash of the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, cast

from questline.errors import UsageError
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.rows import Row
from questline.training.reasoning_ranker.lists import TaughtList, ids_of, passage_rows, passages_of
from questline.training.reasoning_ranker.worlds import swapped
from questline.training.tuning.rows import Fitting, fitting, unlike, write_rows
from questline.types import Passage

__all__ = ["TaughtSet", "bare", "held_out_rows", "read_sets", "spoilt", "write_sets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtSet:
    """A window, what is known of it, and what a teacher made of it."""

    id: str
    question: str
    passages: tuple[Passage, ...]
    """As they are shown, numbered from 1."""
    gold: tuple[str, ...] | None = None
    """Ids of the passages that help; empty where none does, None where nobody but the teacher judged."""
    answers: tuple[str, ...] = ()
    """Accepted answers; empty where none is known."""
    kind: str = ""
    """Of the question, where one is told: thresholds are chosen for each."""
    so_far: str = ""
    """The answer of the windows before."""
    answer: str = ""
    """The teacher's; empty for none."""
    selection: tuple[str, ...] | None = None
    """Ids that the teacher kept; empty for none of them, None without a teacher."""
    notes: Mapping[str, str] = field(default_factory=dict[str, str])
    """By id what the teacher notes of a passage before it decides."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in the order shown."""
        return tuple(each.id for each in self.passages)

    @property
    def helps(self) -> tuple[str, ...]:
        """What is right: the given gold, the teacher's selection where there is none."""
        return self.gold if self.gold is not None else self.selection or ()

    def numbers(self, ids: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers, from 1, under which passages are shown, rising."""
        place = {each: number for number, each in enumerate(self.ids, start=1)}
        return tuple(sorted(place[each] for each in ids))

    def row(self) -> dict[str, object]:
        """Return the JSON object; what is empty and says nothing is left out."""
        told: dict[str, object] = {
            "id": self.id,
            "question": self.question,
            "passages": passage_rows(self.passages),
            "answers": list(self.answers),
            "kind": self.kind,
            "so_far": self.so_far,
            "answer": self.answer,
            "notes": dict(self.notes),
        }
        kept = {name: value for name, value in told.items() if value}
        sets = {"gold": self.gold, "selection": self.selection}
        return {**kept, **{name: list(value) for name, value in sets.items() if value is not None}}

    @classmethod
    def of(cls, found: TaughtList) -> Self:
        """Make it of a list: what is relevant there helps here."""
        gold = tuple(each for each in found.ids if found.grades.get(each, 0) > 0) if found.grades else None
        return cls(
            id=found.id,
            question=found.query,
            passages=found.passages,
            gold=gold,
            answers=(found.answer,) if found.answer else (),
        )


def read_sets(path: Path, *, skip: bool = False) -> Fitting[TaughtSet]:
    """Read windows.

    Args:
        path: JSON lines, plain or gzipped.
        skip: Leave out rows that do not fit.

    Raises:
        UsageError: ``bad_data`` with the rows that do not fit, or an id that stands twice; ``file_not_found``.
    """
    return fitting(path, unlike(_set), skip=skip)


def write_sets(path: Path, sets: Iterable[TaughtSet]) -> None:
    """Write windows as JSON lines, whole or not at all."""
    write_rows(path, (each.row() for each in sets))


def held_out_rows(path: Path, sets: Iterable[TaughtSet]) -> None:
    """Write windows as ``agents eval selection --questions`` reads them: a question and candidates with labels."""
    write_rows(
        path,
        [
            {
                "id": each.id,
                "question": each.question,
                "source": each.kind or "all",
                "candidates": [{"text": one.as_text(), "label": int(one.id in each.helps)} for one in each.passages],
            }
            for each in sets
        ],
    )


def bare(sets: Sequence[TaughtSet], *, share: float) -> list[TaughtSet]:
    """Return the windows, a share of them without what helps there: questions that nothing helps (spec 04 §3.8).

    Which, says a hash of the question; a window of which nothing would be left stays.

    Raises:
        UsageError: ``bad_param`` for a share outside of [0, 1].
    """
    if not 0 <= share <= 1:
        raise UsageError(f"without={share!r} must be in [0, 1]", code="bad_param", argument="without")
    return [_bare(each) if question_hash(f"without: {each.question}") < share else each for each in sets]


def _bare(each: TaughtSet) -> TaughtSet:
    rest = tuple(one for one in each.passages if one.id not in each.helps)
    if not rest or each.gold is None:
        return each
    kind = f"{each.kind} without support".strip()
    return replace(each, passages=rest, gold=(), kind=kind, answer="", selection=None, notes={})


def spoilt(sets: Sequence[TaughtSet], *, seed: int = 0) -> list[TaughtSet]:
    """Return the windows with one another's gold, answer and selection, among those of one size.

    Passages keep their numbers, so each answer stays in form; for showing that a figure rises by learning alone.
    """
    return swapped(sets, _taught_as, [len(each.passages) for each in sets], seed=seed)


def _taught_as(one: TaughtSet, other: TaughtSet) -> TaughtSet:
    name = dict(zip(other.ids, one.ids, strict=True))

    def named(ids: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if ids is None else tuple(name[each] for each in ids)

    return replace(
        one,
        gold=named(other.gold),
        answers=other.answers,
        answer=other.answer,
        selection=named(other.selection),
        notes={name[each]: note for each, note in other.notes.items()},
    )


def _set(row: Row) -> TaughtSet:
    passages = passages_of(row, least=1)
    notes: object = row.values.get("notes") or {}
    if not isinstance(notes, dict):
        raise row.fault("notes", "needs 'notes' as an object of texts")
    told = cast("dict[str, object]", notes)
    strange = [name for name, note in told.items() if name not in {each.id for each in passages} or not _plain(note)]
    if strange:
        raise row.fault("notes", f"needs 'notes' as texts by passage, of one line and without brackets: {strange[0]!r}")
    return TaughtSet(
        id=row.identifier("id", "qid", "_id"),
        question=row.text("question", "query"),
        passages=passages,
        gold=ids_of(row, "gold", passages) if "gold" in row.values else None,
        answers=row.texts("answers") if row.values.get("answers") else (),
        kind=_word(row, "kind"),
        so_far=_word(row, "so_far"),
        answer=_word(row, "answer"),
        selection=ids_of(row, "selection", passages) if "selection" in row.values else None,
        notes={name: str(note) for name, note in told.items()},
    )


def _plain(note: object) -> bool:
    return isinstance(note, str) and len(note) <= 200 and not set(note) & set("[]\n")


def _word(row: Row, name: str) -> str:
    value = row.values.get(name) or ""
    if not isinstance(value, str):
        raise row.fault(name, f"needs {name!r} as text")
    return value
