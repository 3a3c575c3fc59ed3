"""What kind of thing a result is, by forms that many tools share; and which of it an intent asks for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.tool_executor.asked import asked_of
from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.trimming import needed_of, shown
from questline.agents.tool_executor.views import (
    Cited,
    Nothing,
    Passages,
    Place,
    Record,
    Refused,
    Rows,
    Text,
    Value,
    View,
    plain_name,
)

pytestmark = pytest.mark.requirement("tura.exec.trimmed")
PART = {"path": "notes/a.txt", "text": "One line.", "start": 0, "end": 9, "characters": 9}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("result", "found"),
    [
        (None, Nothing()),
        ("", Nothing()),
        ([], Nothing()),
        ({}, Nothing()),
        ({"warnings": ["x"], "truncated": False}, Nothing()),
        (12, Value(value=12)),
        ("Monday", Value(value="Monday")),
        ({"result": 12}, Value(value=12)),
        ({"data": {"passengers": 275}}, Value(value=275, name="passengers")),
        ({"exact": "8797/250", "decimal": "35.188", "unit": "km", "warnings": []}, Value(value="35.188", unit="km")),
        ({"value": 3, "unit": "kg"}, Value(value=3, unit="kg")),
        ({"amount": 5, "currency": "EUR"}, Value(value=5, unit="EUR")),
        ({"a": 1, "b": {"c": "x"}}, Record(fields={"a": 1, "b.c": "x"})),
        ({"columns": ["a"], "rows": [[1], [None]], "truncated": True}, Rows(columns=("a",), rows=((1,),), more=True)),
        ({"columns": ["a"], "rows": [], "truncated": False}, Nothing()),
        ([{"a": 1}, {"b": 2}], Rows(columns=("a", "b"), rows=((1, None), (None, 2)))),
        (["x", "y"], Rows(columns=("",), rows=(("x",), ("y",)))),
        ([[1, 2], [3]], Rows(columns=("", ""), rows=((1, 2), (3, None)))),
        ({"boats": [{"a": 1}], "next_cursor": "3"}, Rows(columns=("a",), rows=((1,),), name="boats")),
        ('{"a": 1, "b": 2}', Record(fields={"a": 1, "b": 2})),
        (PART, Text(text="One line.", name="notes/a.txt")),
        ("A letter.\nWith two lines.", Text(text="A letter.\nWith two lines.")),
        (
            {"passages": [{"id": "p1", "title": "T", "source": "s.md", "text": "Words."}]},
            Passages(items=(Text(text="Words.", name="T", id="p1", source="s.md"),)),
        ),
        (
            {"answer": "Yes.", "short": "yes", "status": "complete", "citations": [{"start": 0, "end": 4, "id": "p"}]},
            Cited(text="Yes.", short="yes", status="complete", places=(Place(start=0, end=4, id="p"),)),
        ),
        ({"refused": "no such word", "words": ["x"]}, Refused(reason="no such word (x)", nothing=True)),
        ({"error": {"code": "x", "message": "it failed"}}, Refused(reason="it failed")),
        ({"error": None, "price": 5}, Value(value=5, name="price")),
    ],
)
def test_a_result_is_what_its_form_says(result: object, found: View) -> None:
    assert view(result) == found


@given(JSON)
def test_any_json_has_a_view_a_short_text_and_parts_that_have_one_too(result: object) -> None:
    asked = asked_of("How many boats are there?")
    found = view(result)
    needed = needed_of(found, asked, {"boats": 1}, {"required": ["a"], "properties": {"a": {}, "b": {}}})

    assert len(shown(found, asked)) <= 2_000
    if needed is not None:
        json.dumps(needed)
        view(needed)


@pytest.mark.parametrize(
    ("question", "fields", "needed"),
    [
        ("What is the length of the Gull?", {"name": "Gull", "length_m": 8.5, "built": 1998}, {"length_m": 8.5}),
        ("Who owns the Gull?", {"boat": "Gull", "seats": 12, "owner": "Ada Lund"}, {"owner": "Ada Lund"}),
        ("When was it built?", {"seats": 12, "built": "1998-05-02"}, {"built": "1998-05-02"}),
        (
            "What time is it there?",
            {"time": "2026-11-26T17:39:14+03:00", "zone": "Africa/Nairobi", "weekday": "Thursday"},
            {"time": "2026-11-26T17:39:14+03:00", "zone": "Africa/Nairobi"},
        ),
        ("那天是星期几？", {"day": "2028-03-01", "weekday": "Wednesday", "day_of_year": 61}, {"weekday": "Wednesday"}),
    ],
)
def test_of_a_record_the_members_that_are_asked_for_are_kept(
    question: str, fields: dict[str, object], needed: dict[str, object]
) -> None:
    assert needed_of(view(fields), asked_of(question), {"boat": "Gull"}, None) == needed


def test_what_a_call_asked_for_in_particular_is_what_is_needed() -> None:
    schema: dict[str, object] = {
        "required": ["day", "weekday"],
        "properties": {"day": {}, "weekday": {}, "moved_to": {}},
    }
    fields = {"day": "2027-02-01", "weekday": "Monday", "moved_to": "2027-07-07"}
    found = needed_of(view(fields), asked_of("And 156 days on?"), {"day": "2027-02-01", "days": 156}, schema)
    assert found == {"moved_to": "2027-07-07"}


@pytest.mark.parametrize(
    ("name", "words"), [("daysInAll", "days in all"), ("length_m", "length m"), ("Home-Port", "home port")]
)
def test_names_are_told_as_words(name: str, words: str) -> None:
    assert plain_name(name) == words
