"""Questions of mathematics with their right answers, from the files of a dozen sets; the columns say which set it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError

from .rows import Row, read_rows

__all__ = ["MathRow", "read_math_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MathRow:
    """One question with its right answer."""

    id: str
    file: str
    question: str
    golds: tuple[str, ...]
    """The right answer, once a language."""
    choice: bool | None = None
    """Whether letters of options are asked for; None where the set does not say."""


def read_math_rows(path: Path) -> list[MathRow]:
    """Read a file of SVAMP, ASDiv, MAWPS, CMATH, CARP, college maths, OlympiadBench, Gaokao, AQuA, SAT or MathReal.

    Rows of no known set are read as ``{question, answer}``.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``; ``file_not_found``, ``unreadable_file``.
    """
    name = path.name.split(".")[0]
    found: list[MathRow] = []
    for row in read_rows(path):
        question, golds, choice = _reader(row)(row)
        found.append(MathRow(id=f"{name}-{row.line}", file=name, question=question, golds=golds, choice=choice))
    if not found:
        raise UsageError(f"{str(path)!r} has no rows", code="bad_data", path=path, field="answer")
    return found


_Read = tuple[str, tuple[str, ...], bool | None]


def _mathreal(row: Row) -> _Read:
    golds = tuple(dict.fromkeys((row.text("AnswerCN"), row.text("AnswerEN"))))
    return row.text("QuestionCN"), golds, True if row.values.get("QuestionType") == "MultipleChoice" else None


def _svamp(row: Row) -> _Read:
    return f"{row.text('Body')} {row.text('Question')}", (_number(row, "Answer"),), None


def _mawps(row: Row) -> _Read:
    return row.text("input"), (_number(row, "target"),), None


def _asdiv(row: Row) -> _Read:
    return f"{row.text('body')} {row.text('question')}", (row.text("answer"),), None


def _carp(row: Row) -> _Read:
    return row.text("content"), (row.text("answer"),), None


def _olympiad(row: Row) -> _Read:
    return row.text("question"), ("; ".join(row.texts("final_answer")),), None


def _options(field: str) -> Callable[[Row], _Read]:
    def read(row: Row) -> _Read:
        return row.text("question"), (row.text(field),), True

    return read


def _plain(row: Row) -> _Read:
    return row.text("question", "text"), (_number(row, "answer"),), None


_SETS: Final[Mapping[str, Callable[[Row], _Read]]] = {
    "AnswerCN": _mathreal,
    "Body": _svamp,
    "target": _mawps,
    "solution_type": _asdiv,
    "expr_cands": _carp,
    "final_answer": _olympiad,
    "correct": _options("correct"),
    "Answer": _options("Answer"),
    "label": _options("label"),
}
"""A column that only one set has, in the order in which they are asked."""


def _reader(row: Row) -> Callable[[Row], _Read]:
    return next((read for column, read in _SETS.items() if row.values.get(column) not in (None, "")), _plain)


def _number(row: Row, name: str) -> str:
    value = row.values.get(name)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(cast("float", value))
    return re.sub(r"^(-?\d+)\.0$", r"\1", row.text(name))
