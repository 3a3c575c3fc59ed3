"""Read the known sets of questions about time, each told by its columns.

- ChronoQA (arXiv:2508.12282): ``question, question_date, answer, golden_chunks`` and six fields of its taxonomy
- RealTimeQA (arXiv:2207.13332): ``question, choices, answer`` as places, with ``docs`` or without
- TimeQA (arXiv:2108.06314): ``paras`` and ``questions`` about them; an empty answer is one that is not there
- SituatedQA (arXiv:2109.06157): ``edited_question, answer`` with ``date`` or ``location``
- MenatQA (arXiv:2310.05157): ``updated_question, updated_answer, context, type``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from questline.errors import UsageError
from questline.training.evaluation.rows import Row, read_rows

from .answer_kinds import kind_of
from .question import AnswerType, Given, TimedQuestion

__all__ = ["KINDS", "TAXONOMY", "SetKind", "TimedSet", "read_day", "read_timed"]

SetKind: TypeAlias = Literal["chronoqa", "realtimeqa", "timeqa", "situatedqa", "menatqa"]
TAXONOMY: Final[Mapping[str, tuple[str, ...]]] = {
    "temporal_type": ("absolute", "relative", "aggregate"),
    "temporal_expression_type": ("explicit", "implicit"),
    "temporal_scope": ("short-term", "mid-term", "long-term"),
    "temporal_granularity": ("day", "month", "year"),
    "answer_type": ("entity", "judgement", "time", "numerical", "other"),
    "reference_document_count": ("single", "multiple"),
}
"""ChronoQA's fields with their values (arXiv:2508.12282; short, mid and long without ``-term`` are read too)."""
_COLUMNS: Final[Mapping[SetKind, tuple[str, ...]]] = {
    "chronoqa": ("question", "question_date", "answer", "golden_chunks", *TAXONOMY),
    "realtimeqa": ("question", "choices", "answer"),
    "timeqa": ("paras", "questions"),
    "situatedqa": ("edited_question", "answer"),
    "menatqa": ("updated_question", "updated_answer", "context", "type"),
}
KINDS: Final[tuple[SetKind, ...]] = tuple(_COLUMNS)
_MARKS: Final[Mapping[SetKind, tuple[str, ...]]] = {
    "menatqa": ("updated_question", "updated_answer"),
    "timeqa": ("paras",),
    "situatedqa": ("edited_question",),
    "realtimeqa": ("choices",),
    "chronoqa": ("golden_chunks", "question_date", "temporal_type", "temporal_granularity"),
}
"""Columns of which any tells the set, in the order in which they are looked for."""
_DAY: Final = re.compile(r"^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?![\d])")
_NO_ANSWER: Final = frozenset({"", "unanswerable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedSet:
    """The questions of a file."""

    kind: SetKind
    questions: Sequence[TimedQuestion]
    rows: Mapping[str, Mapping[str, object]]
    """The row of each question as it stands in the file, for the audit."""


def read_timed(path: Path, kind: SetKind | None = None) -> TimedSet:
    """Read a file of one of the known sets.

    Args:
        path: JSON lines, plain or gzip.
        kind: Which set; told by the columns of the first row where left out.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field`` for columns that are missing, a value that the
            taxonomy does not know (the known ones are named), or an id that stands twice; ``file_not_found``,
            ``unreadable_file``, ``bad_encoding``.
    """
    questions: dict[str, TimedQuestion] = {}
    rows: dict[str, Mapping[str, object]] = {}
    for row in read_rows(path):
        kind = kind or _told(row)
        missing = [name for name in _COLUMNS[kind] if name not in row.values]
        if missing:
            raise row.fault(
                missing[0], f"lacks {', '.join(map(repr, missing))}, which {kind} has; it has {_listed(row.values)}"
            )
        for question in _READERS[kind](row):
            if question.id in questions:
                raise row.fault("id", f"the id {question.id!r} stands in the file twice")
            questions[question.id] = question
            rows[question.id] = row.values
    if kind is None or not questions:
        raise UsageError(f"{str(path)!r} holds no question", code="bad_data", path=path)
    return TimedSet(kind=kind, questions=tuple(questions.values()), rows=rows)


def read_day(text: object) -> date | None:
    """Return the day at the head of a text (2024-8-3, 2024/08/03, 2024年8月3日), None where there is none."""
    match = _DAY.match(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _told(row: Row) -> SetKind:
    for kind, marks in _MARKS.items():
        if any(mark in row.values for mark in marks):
            return kind
    wanted = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in _COLUMNS.items())
    raise row.fault("question", f"has the columns {_listed(row.values)}, which are of no known set ({wanted})")


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(map(repr, values)) or "none"


def _chronoqa(row: Row) -> Iterator[TimedQuestion]:
    values = row.values
    fields = {name: _known(row, name, known) for name, known in TAXONOMY.items()}
    chunks = values["golden_chunks"]
    texts = cast("list[object]", chunks) if isinstance(chunks, list) else []
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise row.fault("golden_chunks", "needs 'golden_chunks' as a list of at least one text")
    yield TimedQuestion(
        id=_name(row),
        question=row.text("question"),
        answers=(row.text("answer"),),
        answer_type=cast("AnswerType", fields["answer_type"]),
        granularity=cast("Literal['day', 'month', 'year']", fields["temporal_granularity"]),
        anchor=read_day(values["question_date"]),
        gold=tuple(Given(text=str(text)) for text in texts),
        fields=fields,
    )


def _known(row: Row, name: str, known: Sequence[str]) -> str:
    value = row.values[name]
    for each in known:
        if value in {each, each.removesuffix("-term")}:
            return each
    raise row.fault(name, f"{name} {value!r} is none of the known values {', '.join(known)}")


def _realtimeqa(row: Row) -> Iterator[TimedQuestion]:
    choices = row.texts("choices")
    places = row.texts("answer")
    known = {str(place): choice for place, choice in enumerate(choices)}
    if not all(place in known for place in places):
        raise row.fault("answer", f"needs 'answer' as places in 'choices', from 0; it is {list(places)}")
    answers = tuple(known[place] for place in places)
    asked = read_day(row.values.get("date"))
    fields = {"source": str(row.values.get("source", "all")), "year": f"{asked.year}" if asked else "none"}
    yield TimedQuestion(
        id=_name(row),
        question=row.text("question"),
        answers=answers,
        answer_type="choice",
        anchor=asked,
        options=choices,
        passages=_given(row, "docs"),
        fields=fields,
    )


def _given(row: Row, name: str) -> tuple[Given, ...]:
    value = row.values.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        return (Given(text=value),)
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    found: list[Given] = []
    for item in items:
        part = cast("dict[str, object]", item) if isinstance(item, dict) else {"text": item}
        if not isinstance(part.get("text"), str):
            raise row.fault(name, f"needs {name!r} as a list of objects with 'text'")
        if str(part["text"]).strip():
            title = part.get("title")
            found.append(
                Given(
                    text=str(part["text"]),
                    title=title if isinstance(title, str) else "",
                    published=read_day(part.get("date")),
                )
            )
    return tuple(found)


def _timeqa(row: Row) -> Iterator[TimedQuestion]:
    paragraphs = [str(text).strip() for text in _list(row, "paras")]
    title = paragraphs[0] if paragraphs else ""
    given = [Given(text=text, title=title) for text in paragraphs]
    for number, pair in enumerate(_list(row, "questions")):
        try:
            question, marks = cast("tuple[str, list[dict[str, object]]]", pair)
            told = [mark for mark in marks if str(mark["answer"]).strip()]
            answers = tuple(dict.fromkeys(str(mark["answer"]) for mark in told))
            gold = tuple(given[place] for place in sorted({int(cast("int", mark["para"])) for mark in told}))
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise row.fault("questions", "needs pairs of a question and a list of answers with their 'para'") from error
        yield _open(
            f"{row.line}.{number}", question, answers, {"relation": str(row.values.get("type", "none"))}, gold, given
        )


def _list(row: Row, name: str) -> list[object]:
    value = row.values[name]
    if not isinstance(value, list):
        raise row.fault(name, f"needs {name!r} as a list")
    return cast("list[object]", value)


def _open(
    name: str,
    question: str,
    answers: tuple[str, ...],
    fields: Mapping[str, str],
    gold: Sequence[Given] = (),
    given: Sequence[Given] = (),
    anchor: date | None = None,
) -> TimedQuestion:
    """Return a question whose set does not say of what type its answers are."""
    kind, unit = kind_of(answers)
    return TimedQuestion(
        id=name,
        question=question,
        answers=answers,
        answer_type=kind,
        granularity=unit,
        anchor=anchor,
        gold=tuple(gold),
        passages=tuple(each for each in given if each.text),
        fields={**fields, "answerable": "yes" if answers else "no", "answer_type": kind},
    )


def _situatedqa(row: Row) -> Iterator[TimedQuestion]:
    answers = tuple(dict.fromkeys(text for text in row.texts("answer") if text.strip().casefold() not in _NO_ANSWER))
    name = f"{row.values.get('id', row.line)}-{row.line}"
    if "location" in row.values:
        fields = {"context": "place"}
    else:
        fields = {"context": "time", "date_type": str(row.values.get("date_type", "none"))}
    anchor = _year_end(str(row.values.get("date", "")))
    yield _open(name, row.text("edited_question"), answers, fields, anchor=anchor)


def _year_end(text: str) -> date | None:
    """Return the last day of the year in a text such as ``2021``, or the day where it tells one."""
    match = re.search(r"\b(1[5-9]\d\d|20\d\d)\b", text)
    return read_day(text) or (date(int(match[1]), 12, 31) if match else None)


def _menatqa(row: Row) -> Iterator[TimedQuestion]:
    answer = row.values["updated_answer"]
    texts = cast("list[object]", answer) if isinstance(answer, list) else [answer]
    if not all(isinstance(text, str) for text in texts):
        raise row.fault("updated_answer", "needs 'updated_answer' as text or a list of texts")
    answers = tuple(str(text) for text in texts if str(text).strip().casefold() not in _NO_ANSWER)
    gold = _given(row, "annotated_para") if answers else ()
    fields = {"change": row.text("type")}
    yield _open(_name(row), row.text("updated_question"), answers, fields, gold, _given(row, "context"))


def _name(row: Row) -> str:
    return row.identifier("id", "_id", "ID") if {"id", "_id", "ID"} & row.values.keys() else str(row.line)


_READERS: Final[Mapping[SetKind, Callable[[Row], Iterator[TimedQuestion]]]] = {
    "chronoqa": _chronoqa,
    "realtimeqa": _realtimeqa,
    "timeqa": _timeqa,
    "situatedqa": _situatedqa,
    "menatqa": _menatqa,
}
