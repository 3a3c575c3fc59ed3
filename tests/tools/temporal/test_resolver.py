"""What a caller sees: bad input, ambiguity, offsets, events that are looked up first."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tools.temporal.conftest import cases

from questline.errors import UsageError
from questline.tools.temporal import TimeReading, resolve_time, with_event

ANCHOR = date(2023, 5, 17)
PIECES = sorted({case.text for language in ("en", "zh") for case in cases(language)})


def fails(text: object = "today", anchor: object = ANCHOR, locale: object = "auto") -> UsageError:
    with pytest.raises(UsageError) as caught:
        resolve_time(text, anchor, locale)  # type: ignore[arg-type]  # what a caller without a type checker may pass
    return caught.value


@pytest.mark.requirement("temporal.bad-input")
@pytest.mark.parametrize("text", ["", "  ", "\n\t", "　"])
def test_empty_text_is_refused(text: str) -> None:
    error = fails(text)
    assert (error.code, error.fields["argument"]) == ("empty_query", "text")


@pytest.mark.requirement("temporal.bad-input")
@pytest.mark.parametrize(
    "anchor",
    [
        "2023-02-30",
        "2023-13-01",
        "17 May 2023",
        "20230517",
        "2023-5-17",
        "2023-W20-3",
        "",
        "２０２３-05-17",
        None,
        20230517,
    ],
)
def test_an_anchor_that_is_no_day_is_refused(anchor: object) -> None:
    error = fails(anchor=anchor)
    assert (error.code, error.fields["argument"]) == ("bad_anchor", "anchor")


@pytest.mark.requirement("temporal.bad-input")
def test_other_wrong_arguments_are_named() -> None:
    assert (fails(None).code, fails(None).fields["argument"]) == ("bad_param", "text")
    assert (fails(locale="fr").code, fails(locale="fr").fields["argument"]) == ("bad_param", "locale")
    assert fails(locale=None).code == "bad_param"


@pytest.mark.requirement("temporal.bad-input")
@pytest.mark.parametrize("text", ["What is the capital of France?", "中国的首都是哪里？", "…", "0"])
def test_a_text_without_time_has_no_readings(text: str) -> None:
    assert resolve_time(text, ANCHOR) == ()


@pytest.mark.requirement("temporal.bad-input", "temporal.impossible")
@pytest.mark.parametrize("text", ["2022年13月", "2022年2月30日", "30 February 2022", "2022-02-30", "13/13/2022"])
def test_an_impossible_date_is_reported_as_invalid(text: str) -> None:
    (reading,) = resolve_time(text, ANCHOR)
    assert (reading.kind, reading.confidence, reading.start, reading.end) == ("invalid", 0.0, None, None)
    assert reading.span.text == text


@pytest.mark.requirement("temporal.bad-input", "temporal.ambiguity")
def test_an_ambiguous_date_has_both_readings_until_a_locale_decides() -> None:
    both = resolve_time("on 3/4/2023", ANCHOR)
    assert [(reading.start, reading.confidence) for reading in both] == [
        (date(2023, 3, 4), 0.5),
        (date(2023, 4, 3), 0.5),
    ]
    assert len({reading.span for reading in both}) == 1
    for locale, day in (("en-US", date(2023, 3, 4)), ("en-GB", date(2023, 4, 3))):
        (one,) = resolve_time("on 3/4/2023", ANCHOR, locale)
        assert (one.start, one.end, one.confidence) == (day, day, 1.0)
    (only,) = resolve_time("8/31/2019", ANCHOR, "en-GB")
    assert only.start == date(2019, 8, 31)


@pytest.mark.requirement("temporal.resolve")
def test_anchor_is_a_day_a_moment_or_a_string() -> None:
    readings = {resolve_time("yesterday", anchor) for anchor in (ANCHOR, "2023-05-17", datetime(2023, 5, 17, 23, 59))}  # noqa: DTZ001 because a moment without a zone is what is meant
    assert len(readings) == 1


@pytest.mark.requirement("temporal.resolve")
def test_a_reading_is_plain_data() -> None:
    (reading,) = resolve_time("It has rained since 2015.", "2023-05-17")
    assert reading.as_dict() == {
        "span": {"start": 14, "end": 24, "text": "since 2015"},
        "start": "2015-01-01",
        "end": "2023-05-17",
        "granularity": "year",
        "kind": "absolute",
        "confidence": 0.9,
        "shift": 0,
    }


@pytest.mark.requirement("temporal.edge-cases")
def test_the_anchor_of_an_old_article_is_its_own_date() -> None:
    (reading,) = resolve_time("去年，公司上市。", "1999-03-01")
    assert (reading.start, reading.end) == (date(1998, 1, 1), date(1998, 12, 31))


@pytest.mark.requirement("temporal.edge-cases")
def test_a_lunar_holiday_outside_the_table_is_not_guessed() -> None:
    (listed,) = resolve_time("2040年中秋节", ANCHOR)
    (unlisted,) = resolve_time("2041年中秋节", ANCHOR)
    assert listed.start == date(2040, 9, 20)
    assert (unlisted.kind, unlisted.start, unlisted.confidence) == ("unresolved", None, 0.0)


@pytest.mark.requirement("temporal.edge-cases")
@pytest.mark.parametrize("text", ["9999年后", "5000 years ago", "3000年前", "2023年后8000年", "in 8000 years"])
def test_times_beyond_the_calendar_are_not_guessed(text: str) -> None:
    assert all(reading.start is None or reading.start.year <= 9999 for reading in resolve_time(text, ANCHOR))


@pytest.mark.requirement("temporal.event-anchored")
@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("on the day of the merger", "2020-03-30", "2020-03-30"),
        ("in the year of the merger", "2020-01-01", "2020-12-31"),
        ("three days after the merger", "2020-04-05", "2020-04-05"),
        ("two years before the merger", "2018-01-01", "2018-12-31"),
        ("in June of the following year", "2021-06-01", "2021-06-30"),
        ("合并当天", "2020-03-30", "2020-03-30"),
        ("合并当年5月", "2020-05-01", "2020-05-31"),
        ("合并次年", "2021-01-01", "2021-12-31"),
        ("合并后第三天", "2020-04-05", "2020-04-05"),
        ("比去年同期增长", "2019-01-01", "2019-12-31"),
    ],
)
def test_an_event_is_looked_up_first_and_then_counted_from(text: str, start: str, end: str) -> None:
    (reading,) = resolve_time(text, ANCHOR)
    assert (reading.kind, reading.start, reading.end) == ("event", None, None)
    known = with_event(reading, date(2020, 3, 30), date(2020, 4, 2))
    assert (str(known.start), str(known.end), known.kind) == (start, end, "relative")
    assert known.span == reading.span


@pytest.mark.requirement("temporal.event-anchored")
def test_only_a_reading_that_waits_takes_an_event() -> None:
    (reading,) = resolve_time("yesterday", ANCHOR)
    (waiting,) = resolve_time("5000 years before the flood", ANCHOR)
    for call in (
        lambda: with_event(reading, ANCHOR, ANCHOR),
        lambda: with_event(waiting, ANCHOR, date(2023, 5, 16)),
        lambda: with_event(waiting, ANCHOR, ANCHOR),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == "bad_param"


def holds(text: str, readings: tuple[TimeReading, ...]) -> None:
    for reading in readings:
        span = reading.span
        assert text[span.start : span.end] == span.text != ""
        assert 0.0 <= reading.confidence <= 1.0
        assert reading.start is None or reading.end is None or reading.start <= reading.end
        if reading.kind in {"event", "invalid", "unresolved"}:
            assert reading.start is None
            assert reading.end is None
        else:
            assert reading.start or reading.end
        if reading.kind in {"invalid", "unresolved"}:
            assert reading.confidence == 0.0
        assert reading.shift == 0 or reading.kind == "event"
    starts = [reading.span.start for reading in readings]
    assert starts == sorted(starts)


days = st.dates()
pieces = st.sampled_from(
    [*PIECES, "from", "to", "until", "of", "至", "前", "后", "的", "9999", "0001年", "第", "，", " ", "-"]
)


@pytest.mark.requirement("temporal.spans")
@given(st.text(min_size=1).filter(str.strip), days)
@example("İn Mаy", ANCHOR)
@example("ſunday Kay", ANCHOR)
def test_any_text_has_readings_that_hold(text: str, anchor: date) -> None:
    holds(text, resolve_time(text, anchor))


@pytest.mark.requirement("temporal.spans")
@given(st.lists(pieces, min_size=1, max_size=6), st.sampled_from(["", " ", "，"]), days)
@example(["截至目前", "截至目前"], "", ANCHOR)
def test_any_mixture_of_time_words_has_readings_that_hold(words: list[str], glue: str, anchor: date) -> None:
    text = glue.join(words)
    if text.strip():
        holds(text, resolve_time(text, anchor))


@pytest.mark.requirement("temporal.resolve")
@given(st.sampled_from(PIECES), days)
def test_the_same_text_and_anchor_give_the_same_readings(text: str, anchor: date) -> None:
    assert resolve_time(text, anchor) == resolve_time(text, anchor.isoformat())


@pytest.mark.requirement("temporal.light")
def test_resolving_loads_no_library_beside_the_standard_one() -> None:
    code = """
import sys
import questline.tools.temporal as temporal
temporal.resolve_time("last year", "2023-05-17")
print(sorted(name for name in ("numpy", "pydantic", "onnxruntime", "langgraph", "httpx2") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
