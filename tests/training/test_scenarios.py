"""The reader and the checkers of scenarios: what is right passes, what is wrong does not, faults name their field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.evaluation.scenario_answers import dates_in, has_words, numbers_in, times_in
from questline.training.evaluation.scenarios import Scenario, check, read_scenarios
from questline.types import Citation

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": "single-1", "kind": "single", "level": "easy", "question": "What is 2 * 21?", "servers": ["mathematics"],
        "expect": {"status": "complete", "answer": {"number": {"value": 42}}}, "free_writing": False, "note": "",
    }  # fmt: skip
    return plain | changes


def read(path: Path, *rows: dict[str, Any]) -> list[Scenario]:
    file = path / "some.jsonl"
    file.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in rows), encoding="utf-8")
    return read_scenarios(file)


def expecting(path: Path, **expect: Any) -> Scenario:
    return read(path, row(expect={"status": "complete", "answer": {}} | expect))[0]


def cited(count: int) -> list[Citation]:
    return [Citation(start=0, end=1, evidence_id=str(number)) for number in range(count)]


RIGHT_AND_WRONG: list[tuple[dict[str, Any], Sequence[str], Sequence[str]]] = [
    (
        {"contains_all": ["Ann", "Friday|星期五"]},
        ["ANN came on friday.", "Ann: 星期五。"],
        ["Annual report of Friday", "Ann", "Friday", ""],
    ),
    ({"contains_all": ["the cat's name"]}, ["The  cat’s\nname"], ["the cats name"]),
    ({"one_of": ["06:30", "6:30"]}, ["at 06:30", "at 6:30 AM", "2027-02-03T06:30:00+00:00"], ["at 16:30", "06:300"]),
    ({"one_of": ["six", "6"]}, ["six of them", "6 members", "6."], ["sixty", "16", "6.5", "1,6"]),
    ({"not_contains": ["BANANA"], "one_of": ["12.6"]}, ["It weighs 12.6 kg."], ["12.6, banana", "kg"]),
    ({"number": {"value": 1305.8, "tolerance": 0.05}}, ["1,305.8 mm", "1305.84"], ["1305.9", "305.8", "-1305.8", "1"]),
    (
        {"number": {"value": 35.188, "tolerance": 0.05, "unit": "km|kilometres"}},
        ["35.19 km", "35.188km.", "about 35.2 kilometres"],
        ["35.188", "35.188 miles", "35.188 km/h", "km 35.188"],
    ),
    ({"number": {"value": 131.2, "unit": "$"}}, ["$131.20", "131.2 $"], ["131.2", "€131.20"]),
    ({"number": [{"value": 3}, {"value": 8}]}, ["x = 3 or x = 8"], ["x = 3", "38", "x = 4 [3] and 8", "3:08 and 8"]),
    ({"number": {"value": -5}}, ["-5 °C", "−5"], ["5", "10-5"]),
    (
        {"date": "2027-04-16"},
        ["2027-04-16", "on 16 April 2027", "April 16th, 2027", "16th of Apr 2027", "2027年4月16日"],
        ["2027-04-17", "16 May 2027", "2027-04-161", "2027-02-30", "April 2027"],
    ),
    ({"date": ["2027-04-16", "2028-01-01"]}, ["2027-04-16 to 1 January 2028"], ["2027-04-16"]),
    (
        {"now": {"zone": "Africa/Nairobi", "minutes": 10}},
        ["15:04", "2:55 PM"],
        ["12:00", "15:11", "3 o'clock", "25:00"],
    ),
    ({"now": {"zone": "Asia/Tokyo", "minutes": 10}}, ["21:00"], ["9:00 AM"]),
]


@pytest.mark.requirement("scenarios.check")
@pytest.mark.parametrize(("answer", "right", "wrong"), RIGHT_AND_WRONG)
def test_each_checker_passes_on_a_right_text_and_fails_on_a_wrong_one(
    tmp_path: Path, answer: dict[str, Any], right: Sequence[str], wrong: Sequence[str]
) -> None:
    scenario = expecting(tmp_path, answer=answer)
    assert [text for text in right if not check(scenario, text, "complete", [], [], at=NOON).right] == []
    assert [text for text in wrong if check(scenario, text, "complete", [], [], at=NOON).right] == []


@pytest.mark.requirement("scenarios.check")
def test_the_hour_before_midnight_is_near_the_hour_after(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, answer={"now": {"zone": "UTC", "minutes": 10}})
    midnight = datetime(2027, 3, 1, 0, 2, tzinfo=UTC)
    assert check(scenario, "23:58", "complete", [], [], at=midnight).right
    assert not check(scenario, "23:40", "complete", [], [], at=midnight).right


@pytest.mark.requirement("scenarios.check")
def test_the_status_must_be_one_of_the_expected(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, status=["abstained", "partial"])
    found = {
        state: check(scenario, "", state, [], []).right for state in ("abstained", "partial", "complete", "no_tool")
    }
    assert found == {"abstained": True, "partial": True, "complete": False, "no_tool": False}


@pytest.mark.requirement("scenarios.check")
def test_no_tool_after_a_call_is_wrong(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, status="no_tool", calls=[])
    assert check(scenario, "", "no_tool", [], []).right
    verdict = check(scenario, "", "no_tool", [("clock", "now")], [])
    assert (verdict.right, verdict.routed) == (False, False)
    assert verdict.faults == ("status: no_tool after 1 calls", "calls: clock/now is one too many")


@pytest.mark.requirement("scenarios.check")
@pytest.mark.parametrize(
    ("text", "named", "right"),
    [
        ("I need the path.", (), True),
        ("Which FILE?", (), True),
        ("", ("path",), True),
        ("", ("to",), False),
        ("The pathway is clear.", (), False),
    ],
)
def test_what_is_missing_must_be_named(tmp_path: Path, text: str, named: Sequence[str], right: bool) -> None:
    scenario = expecting(tmp_path, status="needs_input", missing=["path|file"])
    assert check(scenario, text, "needs_input", [], [], named=named).missing == right


@pytest.mark.requirement("scenarios.check")
def test_a_field_with_a_short_name_must_stand_in_quotation_marks(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, status="needs_input", missing=["to"])
    assert check(scenario, "'to' is missing", "needs_input", [], []).right
    assert check(scenario, "", "needs_input", [], [], named=["to"]).right
    assert not check(scenario, "I have to know more.", "needs_input", [], []).right


@pytest.mark.requirement("scenarios.check")
def test_citations_count_by_their_evidence(tmp_path: Path) -> None:
    scenario = expecting(tmp_path, cites=2)
    assert check(scenario, "", "complete", [], cited(2)).right
    assert not check(scenario, "", "complete", [], [*cited(1), *cited(1)]).right


@pytest.mark.requirement("scenarios.check")
def test_calls_are_judged_apart(tmp_path: Path) -> None:
    calls = [{"server": "tables", "tool": "query|look_up"}, {"server": "clock", "tool": "calendar"}]
    scenario = expecting(tmp_path, calls=calls)
    made = [("clock", "calendar"), ("tables", "look_up"), ("tables", "list_tables")]
    assert check(scenario, "", "complete", made, []).routed
    verdict = check(scenario, "", "complete", made[:1], [])
    assert (verdict.right, verdict.routed) == (True, False)
    assert verdict.faults == ("calls: tables/query|look_up was not made",)
    assert check(expecting(tmp_path), "", "complete", made, []).routed


BAD: list[tuple[str, dict[str, Any]]] = [
    ("id", {"id": ""}),
    ("kind", {"kind": "double"}),
    ("level", {"level": "trivial"}),
    ("question", {"question": " "}),
    ("servers", {"servers": "clock"}),
    ("free_writing", {"free_writing": "no"}),
    ("note", {"note": None}),
    ("colour", {"colour": "red"}),
    ("expect", {"expect": []}),
    ("expect.status", {"expect": {"status": "done", "answer": {}}}),
    ("expect.status", {"expect": {"status": [], "answer": {}}}),
    ("expect.answer", {"expect": {"status": "complete"}}),
    ("expect.tone", {"expect": {"status": "complete", "answer": {}, "tone": "kind"}}),
    ("expect.cites", {"expect": {"status": "complete", "answer": {}, "cites": -1}}),
    ("expect.cites", {"expect": {"status": "complete", "answer": {}, "cites": True}}),
    ("expect.calls", {"expect": {"status": "complete", "answer": {}, "calls": "none"}}),
    ("expect.calls.server", {"expect": {"status": "complete", "answer": {}, "calls": [{"tool": "now"}]}}),
    ("expect.calls.tool", {"expect": {"status": "complete", "answer": {}, "calls": [{"server": "clock"}]}}),
    ("expect.missing", {"expect": {"status": "complete", "answer": {}, "missing": []}}),
    ("expect.missing", {"expect": {"status": "complete", "answer": {}, "missing": ["a||b"]}}),
]
BAD_ANSWERS: list[tuple[str, dict[str, Any]]] = [
    ("words", {"words": ["a"]}),
    ("contains_all", {"contains_all": "a"}),
    ("contains_all", {"contains_all": ["a|"]}),
    ("one_of", {"one_of": [1]}),
    ("number", {"number": 4}),
    ("number.value", {"number": {"value": "4"}}),
    ("number.value", {"number": {"value": float("nan")}}),
    ("number.tolerance", {"number": {"value": 4, "tolerance": -1}}),
    ("number.unit", {"number": {"value": 4, "unit": ""}}),
    ("number.units", {"number": {"value": 4, "units": "km"}}),
    ("date", {"date": "16 April"}),
    ("date", {"date": 20270416}),
    ("now.zone", {"now": {"zone": "Merrin/Anstrey", "minutes": 1}}),
    ("now.minutes", {"now": {"zone": "UTC", "minutes": 0}}),
]


@pytest.mark.requirement("scenarios.read")
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        *BAD,
        *(
            (f"expect.answer.{field}", {"expect": {"status": "complete", "answer": answer}})
            for field, answer in BAD_ANSWERS
        ),
    ],
)
def test_a_bad_row_names_file_line_and_field(tmp_path: Path, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, row(id="first"), row(**changes))
    assert caught.value.code == "bad_data"
    assert caught.value.fields == {"path": tmp_path / "some.jsonl", "line": 2, "field": field}


@pytest.mark.requirement("scenarios.read")
def test_an_id_that_stands_twice_and_an_empty_file_are_bad_data(tmp_path: Path) -> None:
    for rows in ([row(), row()], []):
        with pytest.raises(UsageError) as caught:
            read(tmp_path, *rows)
        assert (caught.value.code, caught.value.fields["field"]) == ("bad_data", "id")


@pytest.mark.requirement("scenarios.check")
@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.booleans())
def test_a_number_is_read_as_it_was_written(whole: int, places: int, grouped: bool) -> None:
    value = whole / 10**places
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    ((found, start, end),) = numbers_in(f"It is {text} m [1].")
    assert found == float(f"{value:.{places}f}")
    assert f"It is {text} m"[start:end] == text


@pytest.mark.requirement("scenarios.check")
@given(
    st.dates(min_value=date(1583, 1, 1)),
    st.sampled_from(["{0:%Y-%m-%d}", "{0.day} {0:%B} {0.year}", "{0:%B} {0.day}, {0.year}"]),
)
def test_a_date_is_read_as_it_was_written(day: date, form: str) -> None:
    text = f"On {form.format(day)} it began."
    assert set(dates_in(text)) == {day}
    if form.startswith("{0:%Y"):
        assert list(numbers_in(text)) == []


@pytest.mark.requirement("scenarios.check")
@given(st.times())
def test_a_time_is_read_as_it_was_written(moment: Any) -> None:
    for form in ("%H:%M", "%I:%M %p", "%H:%M:%S"):
        assert list(times_in(moment.strftime(f"It is {form}."))) == [moment.hour * 60 + moment.minute]


@pytest.mark.requirement("scenarios.check")
@given(st.text(max_size=40), st.text(max_size=12))
def test_words_that_stand_alone_are_found_and_any_text_can_be_checked(text: str, form: str) -> None:
    assert has_words(f"{text} {form} {text}", [form]) or not " ".join(form.split())
    list(numbers_in(text))
    list(dates_in(text))
    list(times_in(text))
