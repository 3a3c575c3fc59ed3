"""Questions with the texts that answer them, in the form of ChronoQA's file, and how well a search finds those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast

from questline.errors import UsageError
from questline.tools.temporal import resolve_time
from questline.training.evaluation.ranking_metrics import average_precision, ndcg, recall
from questline.training.evaluation.rows import read_rows
from questline.training.evaluation.temporal_split import dev_questions

__all__ = ["METRICS", "TemporalQuestion", "marks", "read_questions", "texts_of"]

METRICS: Final = ("recall@5", "recall@10", "all_gold@5", "ndcg@10", "map@10")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalQuestion:
    """One question; its right passages are known by their texts."""

    text: str
    anchor: date
    golds: tuple[str, ...]
    kind: str
    """``absolute``, ``relative`` or ``aggregate``."""
    multiple: bool
    dev: bool
    """Of the fifth that may be tuned on."""
    bare: bool
    """One of the right passages is a day and nothing else."""


def read_questions(path: Path) -> list[TemporalQuestion]:
    """Read questions; a day that cannot be read is replaced by the commonest one of the file.

    Args:
        path: JSON lines with ``question``, ``question_date``, ``golden_chunks``, ``temporal_type`` and
            ``reference_document_count``.

    Raises:
        UsageError: ``bad_data`` for a row that lacks one of them.
    """
    rows = list(read_rows(path))
    days = [_day(str(row.values.get("question_date", ""))) for row in rows]
    if not any(days):
        raise UsageError(f"no row of {str(path)!r} has a question_date", code="bad_data", path=path)
    common = Counter(day for day in days if day is not None).most_common(1)[0][0]
    golds: list[tuple[str, ...]] = []
    for row in rows:
        given = row.values.get("golden_chunks")
        if not row.values.get("question") or not isinstance(given, list) or not given:
            missing = "golden_chunks" if row.values.get("question") else "question"
            raise row.fault(missing, f"lacks {missing!r}")
        golds.append(tuple(dict.fromkeys(str(each) for each in cast("list[object]", given))))
    return [
        TemporalQuestion(
            text=str(row.values["question"]),
            anchor=day or common,
            golds=gold,
            kind=str(row.values.get("temporal_type", "")),
            multiple=row.values.get("reference_document_count") == "multiple",
            dev=dev,
            bare=any(_is_bare(each) for each in gold),
        )
        for row, day, gold, dev in zip(rows, days, golds, dev_questions(golds), strict=True)
    ]


def texts_of(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the texts of rows of reading sets: ``context``, or lists in ``positive`` and ``negative``."""
    found: list[str] = []
    for row in rows:
        for name in ("context", "positive", "negative"):
            value = row.get(name)
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, list):
                found += [each for each in cast("list[object]", value) if isinstance(each, str)]
    return [each for each in dict.fromkeys(found) if each.strip()]


def marks(ranked: Sequence[str], golds: Sequence[str]) -> dict[str, float]:
    """Return the figures of one question.

    Args:
        ranked: Texts that were found, best first.
        golds: Those that are right.
    """
    grades = dict.fromkeys(golds, 1)
    return {
        "recall@5": recall(ranked, grades, 5),
        "recall@10": recall(ranked, grades, 10),
        "all_gold@5": float(set(golds) <= set(ranked[:5])),
        "ndcg@10": ndcg(ranked, grades, 10),
        "map@10": average_precision(ranked[:10], grades),
    }


def _day(text: str) -> date | None:
    try:
        year, month, day = (int(part) for part in text.strip().split("-"))
        return date(year, month, day)
    except ValueError:
        return None


def _is_bare(text: str) -> bool:
    found = resolve_time(text, date(2020, 1, 1)) if len(text) <= 16 else ()
    return len(found) == 1 and len(found[0].span.text) >= len(text.strip()) - 1
