"""Look for labels that are wrong, and put right those that a person has confirmed, apart from the data."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from questline.tools.temporal.answering import answer_from
from questline.tools.temporal.searching import DatedPassage

from .known_sets import TimedSet, read_day
from .polarity import polarity
from .question import TimedQuestion
from .scorer import score
from .wording import bare

__all__ = ["DEFECTS", "Audit", "Correction", "Defect", "audit", "corrected", "corrections"]

DEFECTS: Final[Mapping[str, str]] = {
    "no_day": "The day on which it is asked is no day of the calendar.",
    "not_padded": "The day is not written with two digits for month and day.",
    "duplicate": "The question stands in the file twice.",
    "relative_multiple": "A relative question, all of which are of one document, is marked `multiple`.",
    "one_gold_text": "Marked `multiple` with one gold text, or `single` with several.",
    "no_yes_or_no": "A judgement whose answer is neither yes nor no.",
    "evidence": "The dates of the gold texts answer otherwise; by rule, and to be confirmed by a person.",
}
"""What is looked for (spec 09 §3 point 3)."""
_PADDED: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SURE: Final = 0.45
"""Least share of an event's words in the gold text that dates it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A label put right."""

    id: str
    rule: str
    reason: str
    question: str
    """Head of the SHA-256 of the question that it is for."""
    field: str = "answer"
    value: str = ""
    span: tuple[int, int] | None = None
    """Where the corrected answer stands in the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A label that is wrong or doubtful."""

    id: str
    kind: str
    """Of `DEFECTS`."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is wrong in a file."""

    defects: Sequence[Defect]
    corrected: Sequence[str]
    """Ids of rows with a correction."""
    judgements: Mapping[str, int]
    """How many judgements are ``yes``, ``no`` and ``other``: always yes is right in the first."""


@lru_cache(maxsize=1)
def corrections() -> tuple[Correction, ...]:
    """Return the corrections that come with the package, of ChronoQA."""
    table = tomllib.loads((Path(__file__).parent / "corrections.toml").read_text(encoding="utf-8"))
    found: list[Correction] = []
    for entry in cast("list[dict[str, object]]", table["correction"]):
        span = cast("list[int] | None", entry.pop("span", None))
        words = {name: str(value) for name, value in entry.items()}
        found.append(Correction(**words, span=(span[0], span[1]) if span else None))
    return tuple(found)


def corrected(questions: Sequence[TimedQuestion]) -> dict[str, TimedQuestion]:
    """Return the questions with a correction, by id, put right; a row of another text is left as it is."""
    by_id = {question.id: question for question in questions}
    found: dict[str, TimedQuestion] = {}
    for each in corrections():
        item = found.get(each.id) or by_id.get(each.id)
        if item is None or hashlib.sha256(item.question.encode()).hexdigest()[:12] != each.question:
            continue
        value = item.question[each.span[0] : each.span[1]] if each.span else each.value
        if each.field == "answer":
            found[each.id] = replace(item, answers=(value,))
        else:
            found[each.id] = replace(item, fields={**item.fields, each.field: value})
    return found


def audit(timed: TimedSet) -> Audit:
    """Look through a file of ChronoQA for the defects of `DEFECTS`; about 15 ms a question of several events."""
    defects = [defect for question in timed.questions for defect in _of(question, timed.rows[question.id])]
    same: dict[str, list[str]] = defaultdict(list)
    for question in timed.questions:
        same[bare(question.question)].append(question.id)
    for names in same.values():
        defects += [Defect(id=name, kind="duplicate", detail=f"as {names[0]}") for name in names[1:]]
    said = Counter(
        (polarity(question.answers[0]) if len(bare(question.answers[0])) <= 4 else None) or "other"
        for question in timed.questions
        if question.answer_type == "judgement"
    )
    return Audit(
        defects=tuple(defects),
        corrected=tuple(corrected(timed.questions)),
        judgements={name: said[name] for name in ("yes", "no", "other")},
    )


def _of(question: TimedQuestion, row: Mapping[str, object]) -> Iterator[Defect]:
    day = str(row.get("question_date", ""))
    if read_day(day) is None:
        yield Defect(id=question.id, kind="no_day", detail=day[:40])
    elif not _PADDED.fullmatch(day):
        yield Defect(id=question.id, kind="not_padded", detail=day[:40])
    several = question.fields.get("reference_document_count") == "multiple"
    if several and question.fields.get("temporal_type") == "relative":
        yield Defect(id=question.id, kind="relative_multiple")
    if several != (len({given.text for given in question.gold}) > 1):
        yield Defect(id=question.id, kind="one_gold_text", detail=f"{len(question.gold)} gold texts")
    if question.answer_type == "judgement" and polarity(question.answers[0]) is None:
        yield Defect(id=question.id, kind="no_yes_or_no")
    if question.fields.get("temporal_type") == "aggregate":
        yield from _against_evidence(question)


def _against_evidence(question: TimedQuestion) -> Iterator[Defect]:
    passages = [DatedPassage(id=str(place), text=given.text) for place, given in enumerate(question.gold)]
    found = answer_from(question.question, anchor=question.anchor, passages=passages)
    if not found.text or found.kind not in {"first", "last", "same"}:
        return
    told = [each for each in found.intervals if each.passage]
    if len({each.passage for each in told}) < len(told) or any(each.coverage < _SURE for each in told):
        return
    if score(found.text, question).correct is False:
        days = ", ".join(f"{each.start}" if each.start == each.end else f"{each.start} to {each.end}" for each in told)
        yield Defect(id=question.id, kind="evidence", detail=f"{found.kind}: the gold texts date the events {days}")
