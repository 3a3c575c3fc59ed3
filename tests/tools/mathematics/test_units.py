from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.mathematics.conftest import error_of

import questline.tools.mathematics.unit_table as unit_table
from questline.errors import UsageError
from questline.tools.mathematics import Calculator
from questline.tools.mathematics.unit_reader import read_quantity, read_unit
from questline.tools.mathematics.units import asked_conversion, convert

TABLE: dict[str, Any] = tomllib.loads(Path(unit_table.__file__).with_name("units.toml").read_text(encoding="utf-8"))
BY_DIMENSION: dict[str, list[str]] = {}
for row in TABLE["unit"]:
    BY_DIMENSION.setdefault(row["dimension"], []).append(row.get("names", row.get("chinese"))[0])
PAIRS = st.sampled_from(sorted(BY_DIMENSION)).flatmap(
    lambda dimension: st.tuples(st.sampled_from(BY_DIMENSION[dimension]), st.sampled_from(BY_DIMENSION[dimension]))
)


TYPED = {"bad_expression", "unknown_unit", "dimension_mismatch", "too_large", "undefined"}


@pytest.mark.requirement("mathematics.units")
@given(st.fractions(0, 10**6, max_denominator=10**6), PAIRS)
def test_there_and_back_is_exactly_the_same(value: Fraction, pair: tuple[str, str]) -> None:
    one, other = pair
    there = convert(f"{value} {one}", other)
    assert convert(f"{there.exact} {other}", one).exact == str(value)


@pytest.mark.requirement("mathematics.units")
def test_every_unit_has_a_known_source_and_a_name_of_its_own() -> None:
    assert {row["source"] for row in TABLE["unit"]} <= set(TABLE["sources"])
    for row in TABLE["unit"]:
        for name in (*row.get("names", ()), *row.get("chinese", ())):
            assert read_unit(name).size == Fraction(Fraction(row["size"].partition("/")[0]), _below(row["size"])), name


def _below(size: str) -> Fraction:
    return Fraction(size.partition("/")[2] or 1)


@pytest.mark.requirement("mathematics.units")
@pytest.mark.parametrize(
    ("quantity", "unit", "exact", "symbol"),
    [
        ("90 km/h", "m/s", "25", "m/s"),
        ("72 公里/小时", "米每秒", "20", "m/s"),
        ("60 miles per hour", "公里每小时", "301752/3125", "km/h"),
        ("36.6摄氏度", "华氏度", "2447/25", "°F"),
        ("-40 °C", "°F", "-40", "°F"),
        ("0 K", "degrees Celsius", "-5463/20", "°C"),
        ("5 ft 10 in", "cm", "889/5", "cm"),
        ("1小时30分钟", "s", "5400", "s"),
        ("1 亩", "平方米", "2000/3", "m^2"),
        ("10 平方公里", "公顷", "1000", "ha"),
        ("3 斤", "千克", "3/2", "kg"),
        ("2 两", "克", "100", "g"),
        ("3万公里", "m", "30000000", "m"),
        ("1 GiB", "MB", "16777216/15625", "MB"),
        ("1 MB", "KiB", "15625/16", "KiB"),
        ("100 Mbit/s", "MB/s", "25/2", "MB/s"),
        ("1 kWh", "MJ", "18/5", "MJ"),
        ("9.8 m/s^2", "ft/s²", "12250/381", "ft/s^2"),
        ("1 m3", "L", "1000", "L"),
        ("1 cubic metre", "litres", "1000", "L"),
        ("2 square feet", "square inches", "288", "in^2"),
        ("1 kg*m/s^2", "N", "1", "N"),
        ("1 m/(s kg)", "m/s/g", "1/1000", "m/(s*g)"),
        ("180 deg", "rad", "pi", "rad"),
        ("1 rad", "deg", "180/pi", "°"),
        ("1 turn", "radians", "2*pi", "rad"),
        ("pi/6 rad", "deg", "30", "°"),
        ("180/(7*pi) deg", "rad", "1/7", "rad"),
        ("1 nautical mile", "km", "463/250", "km"),
        ("760 Torr", "atm", "1", "atm"),
        ("5 µm", "nm", "5000", "nm"),
        ("1/2 mile", "yd", "880", "yd"),
        ("-1 ft 6 in", "in", "-18", "in"),
        ("90 degrees", "rad", "pi/2", "rad"),
        ("30 度", "弧度", "pi/6", "rad"),
        ("30度", "华氏度", "86", "°F"),
        ("212 F", "C", "100", "°C"),
        ("350f", "c", "530/3", "°C"),
        ("0 K", "C", "-5463/20", "°C"),
        ("60 rpm", "rad/s", "2*pi", "rad/s"),
        ("1h30m", "min", "90", "min"),
        ("1m30s", "s", "90", "s"),
        ("30 mpg", "l/100km", "112903/14400", "L/(100 km)"),
        ("8 litres per 100 km", "km/L", "25/2", "km/L"),
        ("5升/100公里", "km/L", "20", "km/L"),
        ("6'2\"", "cm", "4699/25", "cm"),
        ("5’10", "cm", "889/5", "cm"),
        ("6′2″", "in", "74", "in"),
        ("5°30'", "deg", "11/2", "°"),
        ("100 Mbps", "MB/s", "25/2", "MB/s"),
    ],
)
def test_conversions(quantity: str, unit: str, exact: str, symbol: str) -> None:
    found = convert(quantity, unit)
    assert (found.exact, found.unit) == (exact, symbol)


@pytest.mark.requirement("mathematics.unit-errors")
@pytest.mark.parametrize(
    ("quantity", "unit", "code"),
    [
        ("5 km", "s", "dimension_mismatch"),
        ("5 km", "m^2", "dimension_mismatch"),
        ("5 ft 3 kg", "m", "dimension_mismatch"),
        ("1 J", "N", "dimension_mismatch"),
        ("90 degrees", "m", "unknown_unit"),
        ("30 度", "m", "unknown_unit"),
        ("72 F", "m", "unknown_unit"),
        ("90 m", "h", "dimension_mismatch"),
        ("5 km", "blorg", "unknown_unit"),
        ("0 mpg", "L/100 km", "undefined"),
        ("5 blorg", "m", "unknown_unit"),
        ("5 m", "mBB", "unknown_unit"),
        ("-300 °C", "K", "undefined"),
        ("km", "m", "bad_expression"),
        ("5", "m", "bad_expression"),
        ("5 km", "", "bad_expression"),
        ("5 km/", "m", "bad_expression"),
        ("5 m^99", "m", "bad_expression"),
        ("5 m m m m m m m m m m m m m m", "m", "too_large"),
    ],
)
def test_what_cannot_be_converted_is_a_typed_error(quantity: str, unit: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        convert(quantity, unit)
    assert caught.value.code == code


@pytest.mark.requirement("mathematics.unit-errors")
@pytest.mark.parametrize(("quantity", "unit"), [("1 gallon", "L"), ("10 KB", "B"), ("1 ton", "kg"), ("1 J/°C", "J/K")])
def test_a_name_with_several_meanings_warns(quantity: str, unit: str) -> None:
    assert [warning.code for warning in convert(quantity, unit).warnings] == ["read_as"]


@pytest.mark.requirement("mathematics.unit-errors")
@given(st.text(max_size=40), st.one_of(st.text(max_size=20), st.text(list("kms/^*()2 度平方公里每-"), max_size=15)))
def test_whatever_the_text_only_a_typed_error_is_raised(quantity: str, unit: str) -> None:
    for call in (lambda: convert(f"5 {unit}", "m"), lambda: read_quantity(quantity), lambda: read_unit(unit)):
        error = error_of(call)
        assert error is None or error.code in TYPED
    asked_conversion(quantity)


@pytest.mark.requirement("mathematics.units")
@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("5 km to miles", "78125/25146"),
        ("5 in to cm", "127/10"),
        ("5 in in cm", "127/10"),
        ("100公里是多少英里？", "781250/12573"),
        ("100 摄氏度 = ? 华氏度", "212"),
        ("1公斤等于多少斤", "2"),
        ("How many feet are in 2 miles?", "10560"),
        ("212 F to C", "100"),
        ("180 degrees to radians", "pi"),
        ("1h30m to min", "90"),
        ("6'2\" to cm", "4699/25"),
    ],
)
def test_a_conversion_can_be_asked_in_words(text: str, exact: str) -> None:
    assert Calculator().calculate(text).exact == exact


@pytest.mark.requirement("mathematics.unit-errors")
@pytest.mark.parametrize(("text", "unit"), [("5 blorg to m", "blorg"), ("5 km in blorgs", "blorgs"), ("7 F to m", "F")])
def test_an_unknown_unit_is_named(text: str, unit: str) -> None:
    with pytest.raises(UsageError) as caught:
        Calculator().calculate(text)
    assert (caught.value.code, caught.value.fields["unit"]) == ("unknown_unit", unit)
