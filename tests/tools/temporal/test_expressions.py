"""The hand-made tables: each expression has its place in the text, its days, its unit and its kind."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.tools.temporal.conftest import Case, cases, shown

from questline.tools.temporal import TimeReading, add, resolve_time

RELATIVE = cases("zh", "relative")
CLAIMED = [*(case for language in ("en", "zh") for case in cases(language)), *RELATIVE]
NOT_YET = [case for language in ("en", "zh") for case in cases(language, "not_yet")]
ENOUGH = 300
TARGET = 0.97


@pytest.mark.requirement("temporal.resolve", "temporal.edge-cases")
@pytest.mark.parametrize("case", CLAIMED, ids=lambda case: case.id)
def test_expression_means_these_days(case: Case) -> None:
    assert shown(resolve_time(case.text, case.anchor)) == case.expected, f"{case.group}: {case.text}"


@pytest.mark.parametrize("case", NOT_YET, ids=lambda case: case.id)
def test_what_is_not_read_yet_is_listed_with_its_reason(case: Case) -> None:
    """A line that comes out right belongs into the other table."""
    assert case.group
    assert shown(resolve_time(case.text, case.anchor)) != case.expected


@pytest.mark.requirement("temporal.exact")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_share_of_exact_readings_reaches_the_target(language: str) -> None:
    mine = [case for case in (*CLAIMED, *NOT_YET) if case.id.startswith(language)]
    right = sum(shown(resolve_time(case.text, case.anchor)) == case.expected for case in mine)
    assert len(mine) >= ENOUGH
    assert right / len(mine) >= TARGET


@pytest.mark.requirement("temporal.relative-table")
def test_relative_expressions_of_chinese_questions_reach_the_target_alone() -> None:
    mine = [case for case in (*CLAIMED, *NOT_YET) if "zh" in case.id and " relative" in case.expected]
    right = sum(shown(resolve_time(case.text, case.anchor)) == case.expected for case in mine)
    assert len(mine) >= ENOUGH
    assert right / len(mine) >= TARGET


def test_no_expression_stands_twice() -> None:
    times = Counter((case.text, case.anchor) for case in (*CLAIMED, *NOT_YET))
    assert [text for text, count in times.items() if count > 1] == []


def moved_days(reading: TimeReading) -> list[int]:
    return [day.toordinal() for day in (reading.start, reading.end) if day is not None]


@pytest.mark.requirement("temporal.anchor-swap")
@pytest.mark.parametrize("case", [case for case in CLAIMED if " relative" in case.expected], ids=lambda case: case.id)
def test_every_relative_reading_moves_with_its_anchor(case: Case) -> None:
    """Shifted by a year, the days lie about a year later; a decade or a century may stay the same one."""
    before = resolve_time(case.text, case.anchor)
    after = resolve_time(case.text, add(case.anchor, years=1))
    moving = [
        reading for reading in before if reading.kind == "relative" and reading.granularity not in {"decade", "century"}
    ]
    for reading in moving:
        later = [other for other in after if other.span == reading.span and other.kind == "relative"]
        gaps = [
            abs(new - old - 365)
            for other in later
            for old, new in zip(moved_days(reading), moved_days(other), strict=False)
        ]
        assert gaps, case.text
        assert min(gaps) <= 31, case.text
    assert shown(after) != shown(before) or not moving
