"""What is found in a question, each with its place."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.slot_filling.choices import choices_in
from questline.tools.slot_filling.currencies import currencies_in
from questline.tools.slot_filling.dates import dates_in, times_in, written
from questline.tools.slot_filling.formulas import formulas_in
from questline.tools.slot_filling.hints import read_hints
from questline.tools.slot_filling.lists import number_lists, text_lists
from questline.tools.slot_filling.names import codes_in, names_in, quoted_in
from questline.tools.slot_filling.numbers import numbers_in, read_words
from questline.tools.slot_filling.phrases import phrases_in
from questline.tools.slot_filling.places import is_place, nation_of, with_state
from questline.tools.slot_filling.reading import Question
from questline.tools.slot_filling.schema import Field
from questline.tools.slot_filling.switches import switch_in
from questline.tools.slot_filling.wording import Wording

pytestmark = pytest.mark.requirement("calls.extractors")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pay $1,250.50 now", [(1250.5, "dollar")]),
        ("cool it to -5 degrees", [(-5, "degrees")]),
        ("7 km and 12 minutes", [(7, "km"), (12, "minutes")]),
        ("at 4.5% interest", [(4.5, "percent")]),
        ("2.5 million people", [(2_500_000, "people")]),
        ("twenty-one days", [(21, "days")]),
        ("half of 1e-9 C", [(1e-9, "c")]),
        ("two dozen eggs", [(24, "eggs")]),
        ("note C4, room B12, 10.0.0.1", []),
        ("it starts from rest", [(0, "m/s")]),
        ("298K and 3k", [(298, "k"), (3000, "")]),
        ("values=[200,300,400]", [(200, ""), (300, ""), (400, "")]),
        ("三个苹果", [(3, "个")]),
        ("case 123456-ABC", []),
    ],
)
def test_numbers_have_their_value_and_unit(text: str, wanted: list[tuple[float, str]]) -> None:
    assert [(one.value, one.unit) for one in numbers_in(text)] == wanted


def test_an_ordinal_says_so() -> None:
    assert [(one.value, one.ordinal) for one in numbers_in("the 19th and the third")] == [(19, True), (3, True)]


@given(st.integers(min_value=-(10**12), max_value=10**12), st.booleans())
def test_every_whole_number_is_read_back_with_or_without_separators(number: int, separated: bool) -> None:
    text = f"take {number:,} now" if separated else f"take {number} now"
    (found,) = numbers_in(text)
    assert found.value == number
    assert text[found.start : found.end].replace(",", "") == str(number)


@given(st.text(max_size=300))
def test_every_extractor_keeps_to_its_text(text: str) -> None:
    asked = Question(text=text)
    for one in (*asked.numbers, *asked.texts, *asked.number_lists, *asked.text_lists):
        assert 0 <= one.start < one.end <= len(text)


def test_words_that_are_no_number_are_none() -> None:
    assert read_words("two hundred and five thousand") == 205_000
    assert read_words("a hundred") == 100
    assert read_words("two cats") is None


def _field(name: str = "day", told: str = "", kind: str = "string") -> Field:
    return Field(path=(name,), type=kind, description=told)  # pyright: ignore[reportArgumentType]  # because the test gives plain text


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("The day.", "2023-05-04"),
        ("The day, in the format MM/DD/YYYY.", "05/04/2023"),
        ("The day (month-day-year).", "05-04-2023"),
        ("The day, e.g. '01/31/2020'.", "05/04/2023"),
    ],
)
def test_a_day_is_written_as_the_description_asks(told: str, wanted: str) -> None:
    (found,) = dates_in("Weather on May 4, 2023?", None)
    assert written(found, _field(told=told)) == wanted


def test_tomorrow_needs_a_day_to_count_from() -> None:
    (plain,) = dates_in("Rain tomorrow?", None)
    assert written(plain, _field()) == "tomorrow"
    (known,) = dates_in("Rain tomorrow?", date(2024, 2, 28))
    assert written(known, _field()) == "2024-02-29"
    (after,) = dates_in("filed after January 1, 2021", None)
    assert (after.text, written(after, _field())) == ("January 1, 2021", "2021-01-01")


def test_a_month_and_a_year_are_parts_of_a_day() -> None:
    (found,) = dates_in("on 4 May 2023", None)
    assert written(found, _field("month")) == "May"
    assert written(found, _field("year", kind="integer")) == 2023
    assert [one.text for one in times_in("from 6:30 PM to 11 pm, not at 25:00")] == ["6:30 PM", "11 pm"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("say 'It's late' to Bo", ["It's late"]),
        ('the book "Emma" or «x»', ["Emma"]),
        ("Bo's and Al's cats", []),
        ("读《红楼梦》", ["红楼梦"]),
    ],
)
def test_quotation_marks_hold_a_text(text: str, wanted: list[str]) -> None:
    assert [one.value for one in quoted_in(text)] == wanted


def test_names_are_runs_of_capitals_without_the_word_that_opens_a_sentence() -> None:
    found = {
        one.text for one in names_in("Find Leonardo da Vinci's works in the Museum of Art and Craft. Is Ada there?")
    }
    assert {"Leonardo da Vinci", "Museum of Art", "Ada"} <= found
    assert not {"Find", "Is", "Find Leonardo"} & found


def test_addresses_paths_and_codes_are_found_whole() -> None:
    text = "send ~/data/run.csv and id B-1204/x7 to ann.lee@mail.example, see https://a.example/p?q=1."
    assert [one.text for one in codes_in(text)] == [
        "~/data/run.csv", "B-1204/x7", "ann.lee@mail.example", "https://a.example/p?q=1",
    ]  # fmt: skip


def test_places_are_known_and_get_their_state() -> None:
    assert is_place("Denver")
    assert is_place("Peru")
    assert is_place("Hyde Park")
    assert not is_place("Ada Lovelace")
    assert with_state("Denver") == "Denver, CO"
    assert with_state("Denver, Colorado") == "Denver, Colorado"
    assert with_state("Atlantis") == "Atlantis"
    assert nation_of("Finnish") == "Finland"


def test_currencies_become_codes() -> None:
    assert [one.value for one in currencies_in("from 20 Euros to Canadian dollars, or $, or GBP")] == [
        "EUR", "CAD", "GBP", "USD",
    ]  # fmt: skip
    assert not currencies_in("who won?")


def test_formulas_leave_the_left_side_and_plain_words_alone() -> None:
    assert [one.value for one in formulas_in("integrate y = 3x^2 + 2x - 1 from a to b")] == ["3x^2 + 2x - 1"]
    assert not list(formulas_in("I am at a hotel"))


def test_numbers_in_a_row_make_a_list() -> None:
    def lists(text: str) -> list[object]:
        return [one.value for one in number_lists(text, numbers_in(text))]

    assert [5, 4, 3] in lists("sides 5, 4 and 3")
    assert [1, 3] in lists("from x=1 to x=3")
    assert [33.4, -112.1] in lists("at (33.4 N, 112.1 W)")
    assert [[1, 2], [3, 4]] in lists("invert [[1, 2], [3, 4]]")


def test_texts_in_a_row_make_a_list() -> None:
    text = "with 'oil', 'salt' and 'rice'; then bread, ham and olives"
    found = [one.value for one in text_lists(text, [*quoted_in(text), *phrases_in(Wording(text))])]
    assert ["oil", "salt", "rice"] in found
    assert ["bread", "ham", "olives"] in found
    assert [one.value for one in text_lists("play ['C', 'F']", [])] == [["C", "F"]]


@pytest.mark.parametrize(
    ("text", "options", "wanted"),
    [
        ("the fastest way", ["fastest", "scenic"], ["fastest"]),
        ("in Celsius please", ["celsius", "fahrenheit"], ["celsius"]),
        ("sort low to high", ["ascending", "descending"], ["ascending"]),
        ("a gluten-free, vegan place", ["Vegan", "Gluten-free", "Nut-free"], ["Gluten-free", "Vegan"]),
        ("with players and their ages", ["number_of_players", "age"], ["age"]),
        ("nothing of it", ["red", "blue"], []),
    ],
)
def test_choices_are_named_by_word_stem_or_synonym(text: str, options: list[str], wanted: list[str]) -> None:
    found = [one.value for one in choices_in(Wording(text), options) if one.strength >= 0.7]
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("forecast with humidity", True),
        ("forecast without humidity", False),
        ("do not include humidity", False),
        ("forecast for Oslo", None),
    ],
)
def test_a_switch_is_on_off_or_not_spoken_of(text: str, wanted: bool | None) -> None:
    field = _field("include_humidity", "Whether humidity is part of the forecast.", "boolean")
    found = switch_in(Wording(text), field, frozenset({"forecast"}))
    assert (found.value if found else None) == wanted


def test_a_description_says_defaults_examples_options_and_forms() -> None:
    assert read_hints("Unit. Default is 'km'.").default == "km"
    assert read_hints("How many. Defaults to 5.").default == "5"
    assert read_hints("Mode, can be 'fast' or 'slow'.").options == ("fast", "slow")
    assert read_hints("Mode (walk, bike, drive).").options == ("walk", "bike", "drive")
    assert read_hints("A note, e.g. 'C4'.").examples == ("C4",)
    assert read_hints("The city and state, e.g. Reno, NV").city_state
    assert read_hints("Day in YYYY-MM-DD").date_form == "yyyy-mm-dd"


@given(st.text(max_size=400))
def test_any_description_is_read(text: str) -> None:
    read_hints(text)
