"""The check of sentences against what they cite: exact for figures in any form, and for names word by word."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.composer.faithfulness import unsupported
from questline.types import Evidence

pytestmark = pytest.mark.requirement("tura.comp.faithfulness")
DIGITS = "零一二三四五六七八九"
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def held(text: str) -> list[Evidence]:
    return [Evidence(id="T1:1", kind="tool", text=text, source="harbour/look_up")]


FERRY = held('{"sql": "select passengers from ferries where ferry = \'Northern Light\'"}\n{"passengers": 275}')
MIXED = held(
    '{"day": "2027-03-14", "zone": "Africa/Nairobi"}\n{"time": "2026-11-26T17:39:14+03:00", "weekday": "Thursday",'
    ' "length_m": 61.5, "share": 0.625, "decimal": "62.0833333333333", "unit": "km", "author": "Anna Lee",'
    ' "fault": "E47", "price": "$1.35", "rows": [[149, 240]], "title": "The Ploughman\'s Silver"}'
)
TEAHOUSE = held("潮声茶馆位于安斯特里港口，2009年4月12日开业，店主是林晚秋。有320名客人，其中25%来自布里尔。")


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("The ferry Northern Light can take 275 passengers.", FERRY),
        ("Passengers: 275.", FERRY),
        ("It is 17:39 on Thursday, 26 November 2026 (Africa/Nairobi).", MIXED),
        ("It is 5:39 pm.", MIXED),
        ("下午五点三十九分。", MIXED),
        ("About 62.08 km, or 62.1 km.", MIXED),
        ("It is 61.5 metres long.", MIXED),
        ("That is 62.5 %.", MIXED),
        ("14 March 2027 is a Sunday.", MIXED),
        ("In March 2027 and in 2026, and so in March.", MIXED),
        ("Anna Lee wrote The Ploughman's Silver for $1.35.", MIXED),
        ("149 of 240, fault E47.", MIXED),
        ("二〇二六年十一月二十六日是星期四。", MIXED),
        ("潮声茶馆的店主是林晚秋。", TEAHOUSE),
        ("有三百二十名客人。", TEAHOUSE),
        ("It opened on 12 April 2009; 25 percent of 320 guests.", TEAHOUSE),
    ],
)
def test_what_the_evidence_says_in_another_form_is_borne(sentence: str, evidence: list[Evidence]) -> None:
    assert unsupported(sentence, evidence) == ()


@pytest.mark.parametrize(
    ("sentence", "evidence", "reason"),
    [
        ("It takes 276 passengers.", FERRY, "number '276'"),
        ("It takes 2,750 passengers.", FERRY, "number '2,750'"),
        ("It is 275 km.", FERRY, "number '275 km'"),
        ("It takes 275 %.", FERRY, "number '275%'"),
        ("Southern Light takes 275.", FERRY, "name 'Southern Light'"),
        ("It was built by Holmvik Yard.", FERRY, "name 'Holmvik Yard'"),
        ("It is 62.09 km.", MIXED, "number '62.09'"),
        ("It is 17:40.", MIXED, "time '17:40'"),
        ("It was on 27 November 2026.", MIXED, "date '27 November 2026'"),
        ("14 March 2027 is a Monday.", MIXED, "weekday 'Monday'"),
        ("It happened in June.", MIXED, "month 'June'"),
        ("Lee Anna wrote it.", MIXED, "name 'Lee Anna'"),
        ("The fault is E48.", MIXED, "name 'E48'"),
        ("It costs £1.35.", MIXED, "number '£1.35'"),
        ("店主是王大伟。", TEAHOUSE, "name '王大伟'"),
        ("《红楼梦》在这里。", TEAHOUSE, "name '红楼梦'"),
        ("有三百二十一名客人。", TEAHOUSE, "number '三百二十一'"),
        ("2009年4月13日开业。", TEAHOUSE, "date '2009年4月13日'"),
    ],
)
def test_what_the_evidence_does_not_hold_is_named(sentence: str, evidence: list[Evidence], reason: str) -> None:
    found = unsupported(sentence, evidence)

    assert any(each.startswith(reason.rstrip("'")) for each in found), found


def test_a_sentence_that_cites_nothing_is_not_borne() -> None:
    assert unsupported("Yes.", []) == ("it cites nothing",)


def test_the_first_word_is_a_name_unless_the_question_writes_it_small() -> None:
    assert unsupported("Zelda takes 275.", FERRY) == ("name 'Zelda'",)
    assert unsupported("Boats take 275.", FERRY) == ("name 'Boats'",)
    assert unsupported("Boats take 275.", FERRY, question="How many people do boats take?") == ()


def test_the_question_supports_no_name() -> None:
    assert unsupported("The Zelda takes 275.", FERRY, question="How many does the Zelda take?") == ("name 'Zelda'",)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_a_whole_number_is_borne_by_itself_alone_however_it_is_grouped(number: int, other: int) -> None:
    for written in (str(number), f"{number:,}", f"{number:,}".replace(",", "\u202f")):
        assert unsupported(f"It is {written}.", held(json.dumps({"value": number}))) == ()
        parts = {abs(int(part)) for part in f"{other:,}".split(",")}
        if abs(number) != abs(other) and number not in parts:
            assert unsupported(f"It is {written}.", held(json.dumps({"value": other}))) != ()


@given(st.decimals(-10_000, 10_000, allow_nan=False, places=8), st.integers(1, 7))
def test_a_decimal_may_be_shown_with_fewer_digits_and_not_with_other_ones(value: Decimal, places: int) -> None:
    step = Decimal(1).scaleb(-places)
    shown = value.quantize(step)
    evidence = held(json.dumps({"value": str(value)}))
    if abs(shown / step) >= 10:
        assert unsupported(f"It is {shown:f} here.", evidence) == ()
    wrong = shown + 2 * step * (1 if shown >= 0 else -1)
    assert unsupported(f"It is {wrong:f} here.", evidence) != ()


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)), st.integers(1, 400))
def test_a_day_is_borne_in_each_form_and_no_other_day_is(day: date, apart: int) -> None:
    month = MONTHS[day.month - 1]
    forms = (
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.day:02}.{day.month:02}.{day.year}",
    )
    other = day + timedelta(days=apart)
    for form in forms:
        for evidence_form in forms[:5]:
            assert unsupported(f"It was on {form}.", held(f"on {evidence_form} it was")) == ()
        swapped = form == forms[-1] and (other.year, other.day, other.month) == (day.year, day.month, day.day)
        if not swapped:
            assert unsupported(f"It was on {form}.", held(f"on {other.isoformat()} it was")) != ()


def in_chinese(number: int) -> str:
    """Write 1 to 9999 in Chinese numerals."""
    text, zero = "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += ("零" if zero and text else "") + DIGITS[digit] + unit
        zero = digit == 0
    return text


@given(st.integers(21, 9999), st.integers(21, 9999))
def test_chinese_numerals_are_the_numbers_that_they_write(number: int, other: int) -> None:
    assert unsupported(f"一共有{in_chinese(number)}人。", held(f'{{"count": {number}}}')) == ()
    if number != other:
        assert unsupported(f"一共有{in_chinese(number)}人。", held(f'{{"count": {other}}}')) != ()


WORDS = st.sampled_from(
    ["The", "ferry", "Northern", "Light", "of", "takes", "275", "1,234.50", "km", "on", "14 July 2031", "at", "06:30",
     "Monday", "E47",
     "潮声茶馆", "由", "林晚秋", "设计", "三百", "个", "“Sea Thrift”", "%", "-5 °C", "$3.20", "and", "May"]
)  # fmt: skip


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_a_sentence_is_always_borne_by_its_own_words(words: list[str]) -> None:
    sentence = f"{' '.join(words)}."
    assert unsupported(sentence, held(sentence)) == ()


FIGURES = st.text(alphabet="0123456789,.-:/年月日点分星期一二三十百千万亿零两%$ eE+aApmMayJune\u202f²٣", max_size=60)


@given(FIGURES | st.text(max_size=60), FIGURES | st.text(max_size=60))
def test_any_text_can_be_checked_against_any_other(sentence: str, evidence: str) -> None:
    assert isinstance(unsupported(sentence, held(evidence)), tuple)


def test_numbers_of_any_length_are_read() -> None:
    long = "9" * 6_000
    for written in (long, f"{long}.5", f"1e{long}", f"0.{long}", f"{long}%", "九" * 6_000):
        assert isinstance(unsupported(f"It is {written}.", held(f"{written} 1 2.5 {long}1")), tuple)
