"""Whole calls from whole questions, with the shipped numbers; the schemas are the project's own."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from questline.errors import UsageError
from questline.tools.slot_filling import CallableTool, Filling, choose, fill
from questline.tools.slot_filling.schema import Field
from questline.tools.slot_filling.shipped import read_coefficients

Schema = dict[str, Any]


def _schema(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


BOX = _schema(
    ["width", "height"],
    width={"type": "integer", "description": "Width of the box in centimetres."},
    height={"type": "integer", "description": "Height of the box in centimetres."},
    colour={"type": "string", "description": "Colour. Default is 'white'."},
)
TRIP = _schema(
    ["origin", "destination"],
    origin={"type": "string", "description": "City where the journey starts."},
    destination={"type": "string", "description": "City where the journey ends."},
    day={"type": "string", "description": "Day of the journey, YYYY-MM-DD."},
    kind={"type": "string", "enum": ["train", "bus"], "description": "Kind of transport."},
)
WEATHER = CallableTool(
    name="get_forecast",
    description="Weather forecast for a city.",
    schema=_schema(["city"], city={"type": "string", "description": "The city."}, days={"type": "integer"}),
)
BOXES = CallableTool(name="fold_box", description="Fold a cardboard box of a given width and height.", schema=BOX)


def _filled(question: str, schema: Schema, name: str = "tool", told: str = "", **more: Any) -> Filling:
    return fill(question, schema, tool_name=name, description=told, **more)


@pytest.mark.requirement("calls.fill")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Fold a box with a width of 30 cm and a height of 12 cm", {"width": 30, "height": 12}),
        ("Fold a box with a height of 12 cm and a width of 30 cm", {"width": 30, "height": 12}),
        ("A box, height = 1,200 and width = 7, please", {"width": 7, "height": 1200}),
    ],
)
def test_values_go_where_their_names_stand(question: str, wanted: dict[str, object]) -> None:
    assert _filled(question, BOX, "fold_box").arguments == wanted


@pytest.mark.requirement("calls.fill")
def test_a_journey_has_its_ends_its_day_and_its_kind() -> None:
    question = "Find a train from Lyon to Turin on 3 May 2024"
    found = _filled(question, TRIP, "find_journey", "Find a journey between two cities.")
    assert found.arguments == {"origin": "Lyon", "destination": "Turin", "day": "2024-05-03", "kind": "train"}
    assert not found.missing
    for one in found.fields:
        assert one.span is not None
        assert question[one.span.start : one.span.end] == one.span.text
        assert 0 < one.confidence <= 1
    assert {one.name: one.how for one in found.fields}["kind"] == "choice"
    assert json.loads(json.dumps(found.as_dict()))["tool"] == "find_journey"


@pytest.mark.requirement("calls.fill")
def test_lists_objects_and_shares_take_their_form() -> None:
    numbers = _schema(["scores"], scores={"type": "array", "items": {"type": "float"}, "description": "The scores."})
    assert _filled("Average of the scores 4, 5 and 9", numbers).arguments == {"scores": [4.0, 5.0, 9.0]}
    person = _schema(
        ["person"],
        person={
            "type": "dict",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer", "description": "Age in years."}},
        },
    )
    assert _filled("Add the person named 'Ada Byron', 36 years old", person).arguments == {
        "person": {"name": "Ada Byron", "age": 36}
    }
    loan = _schema(["rate"], rate={"type": "float", "description": "Yearly interest rate."})
    assert _filled("A loan at a rate of 5%", loan).arguments == {"rate": 0.05}
    percent = _schema(["rate"], rate={"type": "float", "description": "Yearly interest rate in percent."})
    assert _filled("A loan at a rate of 5%", percent).arguments == {"rate": 5.0}


@pytest.mark.requirement("calls.fill")
def test_relative_days_count_from_the_day_that_is_given() -> None:
    found = _filled("A bus from Lyon to Turin tomorrow", TRIP, "find_journey", today=date(2024, 12, 31))
    assert found.arguments["day"] == "2025-01-01"


@pytest.mark.requirement("calls.missing")
def test_a_required_field_that_nobody_speaks_of_is_missing_and_not_guessed() -> None:
    found = _filled("Fold a box with a width of 30 cm", BOX, "fold_box", reader=None)
    assert found.arguments == {"width": 30}
    assert found.missing == ("height",)
    assert found.covered < 1
    assert _filled("Hello there", BOX, "fold_box", reader=None).missing == ("width", "height")
    inner = _schema(["box"], box={"type": "object", "properties": {"width": {"type": "integer"}}})
    assert _filled("Hello there", inner, reader=None).missing == ("box",)


@pytest.mark.requirement("calls.missing")
@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ({"type": "integer", "description": "How many. Default is 5."}, 5),
        ({"type": "boolean", "description": "Verbose. Default is true."}, True),
        ({"type": "string", "description": "Mode.", "default": "fast"}, "fast"),
        ({"type": "array", "items": {"type": "string"}, "description": "Kinds. Default is ['a']."}, ["a"]),
        ({"type": "string", "enum": ["Low", "High"], "description": "Defaults to low."}, "Low"),
    ],
)
def test_a_default_stands_in_for_a_required_field(field: Schema, wanted: object) -> None:
    found = _filled("Hello there", _schema(["x"], x=field), reader=None)
    assert found.arguments == {"x": wanted}
    assert (found.fields[0].how, found.fields[0].span) == ("default", None)


@pytest.mark.requirement("calls.choose")
def test_the_tool_that_fits_is_called_and_none_where_none_does() -> None:
    found = choose("What is the weather forecast for Lisbon?", [BOXES, WEATHER])
    assert not found.no_tool
    assert found.filling.tool == "get_forecast"
    assert found.filling.arguments["city"] == "Lisbon"
    assert list(found.fits) == ["get_forecast", "fold_box"]
    assert choose("Who wrote the novel Middlemarch?", [BOXES]).no_tool


@pytest.mark.requirement("calls.choose")
def test_without_models_words_alone_choose() -> None:
    found = choose("Fold a box of width 30 and height 12", [WEATHER, BOXES], encoder=None, reader=None)
    assert (found.filling.tool, found.no_tool) == ("fold_box", False)
    assert choose("Who wrote Middlemarch?", [WEATHER, BOXES], encoder=None, reader=None).no_tool


@pytest.mark.requirement("calls.choose")
def test_what_cannot_be_chosen_from_is_an_error_by_code() -> None:
    with pytest.raises(UsageError) as caught:
        choose("Weather?", [])
    assert caught.value.code == "no_tools"
    with pytest.raises(UsageError) as caught:
        choose("Weather?", [WEATHER, WEATHER], encoder=None, reader=None)
    assert caught.value.code == "duplicate_id"


@pytest.mark.requirement("calls.bad-input")
@pytest.mark.parametrize("question", ["", "  \n "])
def test_an_empty_question_is_an_error(question: str) -> None:
    for call in (lambda: fill(question, BOX), lambda: choose(question, [BOXES])):
        with pytest.raises(UsageError) as caught:
            call()
        assert (caught.value.code, caught.value.fields["argument"]) == ("empty_question", "question")


@pytest.mark.requirement("calls.bad-input")
@pytest.mark.parametrize(
    "piece", ["12, ", "((((", "'a", "a^2 + ", "New York, ", "x=", "$1 ", "the ", "[[1,", "A and ", "十", "/a.b-"]
)
def test_twenty_thousand_characters_are_bounded_work(piece: str) -> None:
    question = (piece * 20_000)[:20_000]
    found = fill(f"width 30 {question}", BOX, reader=None)
    assert found.read == 4_000


@pytest.mark.requirement("calls.bad-input")
def test_dollar_signs_are_text_and_money_never_a_place_to_fill() -> None:
    schema = _schema(["note"], note={"type": "string", "description": "Text of the note."})
    assert _filled("Write the note 'pay $1 and $100 to \\1'", schema).arguments == {"note": "pay $1 and $100 to \\1"}
    money = _schema(["budget"], budget={"type": "integer", "description": "Budget in dollars."})
    assert _filled("A guitar within my budget of $100", money).arguments == {"budget": 100}


@pytest.mark.requirement("calls.bad-input")
def test_other_writing_is_read_as_far_as_it_goes() -> None:
    schema = _schema(["title", "count"], title={"type": "string"}, count={"type": "integer"})
    found = _filled("买三本《红楼梦》", schema, reader=None)
    assert found.arguments == {"title": "红楼梦", "count": 3}
    assert _filled("Hôtel à Zürich 🎉 for Zoë", _schema([], city={"type": "string"}), reader=None).read > 0


@pytest.mark.requirement("calls.bad-input")
@pytest.mark.parametrize(("argument", "value"), [("tool_name", 3), ("description", None), ("today", "2024-01-01")])
def test_an_argument_of_another_type_is_named(argument: str, value: object) -> None:
    with pytest.raises(UsageError) as caught:
        fill("width 3", BOX, **{argument: value})  # pyright: ignore[reportArgumentType]  # because that is what is tested
    assert caught.value.fields["argument"] == argument


@pytest.mark.requirement("calls.bad-input")
def test_a_schema_of_many_fields_ends() -> None:
    fields = {f"value_{n}": {"type": "integer", "description": "A value."} for n in range(200)}
    found = fill("values " + ", ".join(map(str, range(100, 160))), _schema(list(fields), **fields), reader=None)
    assert len(found.fields) <= 64


@pytest.mark.requirement("calls.fill")
def test_a_damaged_file_of_numbers_is_told() -> None:
    with pytest.raises(KeyError):
        read_coefficients("[number]\nbias = 1")
    assert Field(path=("a", "b"), type="string").id == "a.b"
