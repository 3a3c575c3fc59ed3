"""Answers of order, sameness, distance and date from dated passages; and what is left unanswered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.tools.temporal.news import ENGLISH, NEWS

from questline.errors import UsageError
from questline.tools.temporal.answering import Interval, answer_from
from questline.tools.temporal.answering.comparing import apart, in_one, inside, surely_first
from questline.tools.temporal.searching import DatedPassage

TODAY = date(2023, 5, 17)

CASES = [
    ("清溪大桥通车和白塔博物馆重新开放，哪个事件发生得更早？", "清溪大桥通车", "first"),
    ("清溪大桥通车和白塔博物馆重新开放，哪个事件发生得更晚？", "白塔博物馆重新开放", "last"),
    ("清溪大桥通车、清溪县遭遇洪水和白塔博物馆重新开放，哪个事件最早发生？", "清溪县遭遇洪水", "first"),
    ("清溪大桥通车和青石小学迁入新校舍是在同一天吗？", "是的", "same"),
    ("清溪大桥通车和白塔博物馆重新开放是否发生在同一年？", "不是", "same"),
    ("林远山当选市长和白塔博物馆重新开放是在同一个月吗？", "是的", "same"),
    ("林远山当选市长和白塔博物馆重新开放相隔多少天？", "17天", "between"),
    ("清溪县遭遇洪水和清溪大桥通车相隔几个月？", "11个月", "between"),
    ("清溪大桥是什么时候通车的？", "2021年6月18日", "date"),
    ("清溪大桥是哪一年通车的？", "2021年", "date"),
    ("白塔博物馆是在哪个月重新开放的？", "2022年11月", "date"),
    ("林远山何时当选市长？", "2022年11月20日", "date"),
    ("去年云岭茶园春茶是什么时候开采的？", "2022年4月15日", "date"),
    ("清溪大桥是在2021年通车的吗？", "是的", "within"),
    ("清溪大桥是在2022年通车的吗？", "不是", "within"),
    ("清溪大桥通车早于白塔博物馆重新开放吗？", "是的", "order"),
    ("清溪大桥通车是否晚于白塔博物馆重新开放？", "不是", "order"),
    ("清溪县遭遇洪水是在清溪大桥通车之后吗？", "不是", "order"),
    ("白塔博物馆重新开放比清溪大桥通车晚吗？", "是的", "order"),
    ("清溪大桥通车早于青石小学迁入新校舍吗？", "不是", "order"),
    ("林远山当选市长比白塔博物馆重新开放晚多少天？", "17天", "between"),
    ("白塔博物馆重新开放到林远山当选市长相隔多少天？", "17天", "between"),
]
ENGLISH_CASES = [
    ("Which came first, the opening of the Quill Tower or the first sight of the comet Dorn?", "comet", "first"),
    ("Did the Quill Tower open and the bakers go on strike on the same day?", "Yes", "same"),
    ("Did the ferry sink and the Quill Tower open in the same year?", "No", "same"),
    ("Did the ferry sink before the Quill Tower opened?", "Yes", "order"),
    ("Did the bakers go on strike after the comet Dorn was seen?", "Yes", "order"),
    ("Was the Quill Tower opened earlier than the comet Dorn was seen?", "No", "order"),
    ("How many days were between the sinking of the ferry and the opening of the Quill Tower?", "809 days", "between"),
    ("When did the Quill Tower open?", "21 May 2021", "date"),
    ("In which year did the ferry sink?", "2019", "date"),
]


@pytest.mark.requirement("temporal.answer")
@pytest.mark.parametrize(("question", "text", "kind"), CASES)
def test_the_intervals_answer(question: str, text: str, kind: str) -> None:
    found = answer_from(question, anchor=TODAY, passages=NEWS)
    assert (found.text, found.kind) == (text, kind), found.warnings
    assert found.evidence
    assert set(found.evidence) <= {passage.id for passage in NEWS}
    assert found.anchor == TODAY
    assert not found.anchor_assumed


@pytest.mark.requirement("temporal.answer")
@pytest.mark.parametrize(("question", "text", "kind"), ENGLISH_CASES)
def test_the_intervals_answer_in_english(question: str, text: str, kind: str) -> None:
    found = answer_from(question, anchor=TODAY, passages=ENGLISH)
    assert found.kind == kind
    assert text in found.text, found.warnings


@pytest.mark.requirement("temporal.answer-abstains")
@pytest.mark.parametrize(
    "question",
    [
        "清溪大桥通车和火星基地落成，哪个事件更早？",
        "火星基地是什么时候落成的？",
        "红烧豆腐怎么做？",
        "谁当选白塔市市长？",
        "清溪大桥通车和青石小学迁入新校舍不是在同一天吗？",
    ],
)
def test_what_the_evidence_does_not_tell_is_left_unanswered_with_a_reason(question: str) -> None:
    found = answer_from(question, anchor=TODAY, passages=NEWS)
    assert found.text == ""
    assert found.warnings


@pytest.mark.requirement("temporal.answer-abstains")
@pytest.mark.parametrize("question", ["到" * 20_000 + "多少天", "清溪大桥通车不早于白塔博物馆重新开放吗？"])
def test_a_question_that_is_too_long_or_put_in_the_negative_is_left_unanswered(question: str) -> None:
    assert answer_from(question, anchor=TODAY, passages=NEWS).text == ""


@pytest.mark.requirement("temporal.answer-abstains")
def test_overlapping_intervals_do_not_decide() -> None:
    passages = [
        DatedPassage(id="a", text="2021年6月，清溪大桥通车。"),
        DatedPassage(id="b", text="2021年6月18日，白塔博物馆开放。"),
    ]
    order = answer_from("清溪大桥通车和白塔博物馆开放哪个更早？", anchor=TODAY, passages=passages)
    assert (order.text, len(order.intervals)) == ("", 2)
    same = answer_from("清溪大桥通车和白塔博物馆开放是在同一个月吗？", anchor=TODAY, passages=passages)
    assert same.text == "是的"
    day = answer_from("清溪大桥通车和白塔博物馆开放是在同一天吗？", anchor=TODAY, passages=passages)
    assert day.text == ""


@pytest.mark.requirement("temporal.answer-abstains")
def test_one_time_of_one_passage_puts_no_events_in_order() -> None:
    line = [DatedPassage(id="line", text="澄江地铁2号线于今日开通运营。", published=date(2023, 9, 28))]
    found = answer_from("澄江地铁1号线和2号线哪个先开通？", anchor=TODAY, passages=line)
    assert found.text == ""
    assert found.warnings


@pytest.mark.requirement("temporal.answer")
def test_two_events_on_one_day_are_told_as_such() -> None:
    found = answer_from("清溪大桥通车和青石小学迁入新校舍哪个更早？", anchor=TODAY, passages=NEWS)
    assert found.text == "同一天"


@pytest.mark.requirement("temporal.answer")
def test_an_old_article_counts_from_its_own_day_and_an_anchor_is_said_to_be_assumed() -> None:
    old = [DatedPassage(id="old", text="去年，白塔戏院落成。", published=date(1999, 3, 1))]
    found = answer_from("白塔戏院是哪一年落成的？", anchor=None, passages=old)
    assert (found.text, found.anchor_assumed) == ("1998年", True)


@pytest.mark.requirement("temporal.answer-abstains")
def test_bad_input_has_its_code() -> None:
    for question, anchor, code in ((" ", TODAY, "empty_query"), ("谁？", "2023-02-30", "bad_anchor")):
        with pytest.raises(UsageError) as caught:
            answer_from(question, anchor=anchor, passages=NEWS)
        assert caught.value.code == code


def interval(start: date, end: date | None = None) -> Interval:
    return Interval(event="e", start=start, end=end or start, granularity="day", said="", passage="p", coverage=1.0)


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.requirement("temporal.answer-calendar")
@settings(max_examples=100, deadline=None)
@given(first=DAYS, second=DAYS, long=st.integers(0, 60), wide=st.integers(0, 60))
def test_order_and_sameness_agree_with_the_calendar(first: date, second: date, long: int, wide: int) -> None:
    one = interval(first, first + timedelta(days=long))
    two = interval(second, second + timedelta(days=wide))
    early, late = surely_first([one, two]), surely_first([one, two], last=True)
    if early is not None:
        assert late == 1 - early
        assert max(one, two, key=lambda each: each.start) is (one, two)[1 - early]
    else:
        assert one.start <= two.end
        assert two.start <= one.end
    assert in_one([one, two], "day") in ((first == second,) if not long and not wide else (False, None))
    if in_one([one, two], "month"):
        assert in_one([one, two], "year")
    assert inside(one, one.start, one.end) is True


@pytest.mark.requirement("temporal.answer-calendar")
@settings(max_examples=100, deadline=None)
@given(first=DAYS, days=st.integers(0, 3000))
def test_days_apart_are_days_of_the_calendar_over_leap_days_too(first: date, days: int) -> None:
    second = first + timedelta(days=days)
    assert apart(interval(first), interval(second), "day") == days
    assert apart(interval(second), interval(first), "day") == days
    years = apart(interval(first), interval(second), "year")
    assert years is not None
    assert -0.01 < days / 365.25 - years < 1.01


@pytest.mark.requirement("temporal.answer-calendar")
def test_leap_days() -> None:
    assert apart(interval(date(2020, 2, 28)), interval(date(2020, 3, 1)), "day") == 2
    assert apart(interval(date(2021, 2, 28)), interval(date(2021, 3, 1)), "day") == 1
    assert apart(interval(date(2020, 2, 29)), interval(date(2021, 2, 28)), "year") in (0, 1)
    assert apart(interval(date(2020, 1, 1), date(2020, 12, 31)), interval(date(2021, 2, 28)), "day") is None


JOINED = (
    "清溪大桥通车|白塔博物馆开放|和|、|哪个更早|是在同一天吗|相隔多少天|当天|去年|2021年6月|什么时候|？|《|2022年13月"
)
ENGLISH_JOINED = "which came first| or | and |the same day|when |on the day of |, |0001年1月1日|9999年12月31日"
WORDS = st.sampled_from([*JOINED.split("|"), *ENGLISH_JOINED.split("|")])


@pytest.mark.requirement("temporal.answer-abstains")
@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(WORDS | st.text(max_size=6), min_size=1, max_size=12), anchor=DAYS | st.just(date(1, 1, 1)))
def test_whatever_is_asked_nothing_is_raised(pieces: list[str], anchor: date) -> None:
    question = "".join(pieces)
    assume(question.strip())
    passages = [*NEWS, DatedPassage(id="odd", text=question), DatedPassage(id="empty", text="")]
    found = answer_from(question, anchor=anchor, passages=passages)
    assert set(found.evidence) <= {passage.id for passage in passages}
    assert found.text or found.warnings
