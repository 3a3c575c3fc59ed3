"""Search with the times of a question in mind: softly, by parts, and from the anchor that was given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tools.temporal.news import ENGLISH, NEWS

from questline.errors import UsageError
from questline.tools.temporal import resolve_time
from questline.tools.temporal.searching import DatedPassage, TemporalSearch
from questline.tools.temporal.searching.asking import asked
from questline.tools.temporal.searching.cutting import cuts
from questline.tools.temporal.searching.dates import Calendar, times_of
from questline.tools.temporal.searching.over import search_over
from questline.tools.temporal.searching.shipped import read_weights, shipped_weights
from questline.tools.temporal.searching.writing import written
from questline.types import Filters, Passage

TODAY = date(2023, 5, 17)
SEARCH = TemporalSearch(NEWS)
GAPS = {"day": 3.0, "month": 20.0, "year": 120.0}


def ids(question: str, anchor: date = TODAY, k: int = 3, **how: bool) -> list[str]:
    return [found.id for found in SEARCH.search(question, anchor=anchor, k=k, **how)]


@pytest.mark.requirement("temporal.search", "temporal.search-anchor")
def test_a_relative_question_finds_the_passage_of_its_year_and_another_anchor_another_passage() -> None:
    question = "去年4月云岭茶园的春茶产量是多少？"
    assert ids(question)[0] == "tea22"
    assert ids(question, date(2024, 5, 17))[0] == "tea23"
    assert ids(question, date(2020, 5, 17))[0] == "tea19"


@pytest.mark.requirement("temporal.search-anchor")
def test_without_times_the_anchor_changes_nothing() -> None:
    question = "去年4月云岭茶园的春茶产量是多少？"
    assert ids(question, temporal=False) == ids(question, date(2020, 5, 17), temporal=False)


@pytest.mark.requirement("temporal.search-soft")
def test_time_lifts_and_never_filters() -> None:
    """The year of the question is wrong: what its words say is still found, all of it."""
    found = ids("2015年清溪大桥通车", k=len(NEWS))
    assert found[0] == "bridge"
    assert sorted(found) == sorted(passage.id for passage in NEWS)


@pytest.mark.requirement("temporal.search-soft")
def test_an_undated_passage_is_counted_and_gains_nothing() -> None:
    assert SEARCH.undated == 1
    (best, *_) = SEARCH.search("2022年红烧豆腐的做法", anchor=TODAY)
    assert (best.id, best.tau) == ("recipe", 0.0)


@pytest.mark.requirement("temporal.search-parts")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("清溪大桥通车和白塔博物馆重新开放，哪个事件发生得更早？", {"bridge", "museum"}),
        ("清溪县洪水、白塔博物馆重新开放和林远山当选市长，哪个事件最早发生？", {"flood", "museum", "mayor"}),
        ("清溪大桥通车与青石小学迁入新校舍是在同一天吗？", {"bridge", "school"}),
    ],
)
def test_each_event_of_a_question_keeps_a_place(question: str, wanted: set[str]) -> None:
    assert set(ids(question, k=len(wanted))) == wanted


@pytest.mark.requirement("temporal.search-parts")
def test_the_day_of_an_event_is_found_first_and_then_what_was_on_it() -> None:
    """The words alone prefer nothing: both tea passages are about as good, and only one is of the museum's year."""
    passages = (*NEWS, DatedPassage(id="day", text="2021年6月18日"))
    search = TemporalSearch(passages)
    found = [each.id for each in search.search("清溪大桥正式通车当天，县教育局宣布了什么？", anchor=TODAY, k=3)]
    assert set(found) == {"bridge", "school", "day"}
    assert ids("白塔博物馆重新开放当年，云岭茶园春茶产量是多少？", k=2) == ["tea22", "museum"] or set(
        ids("白塔博物馆重新开放当年，云岭茶园春茶产量是多少？", k=2)
    ) == {"museum", "tea22"}


@pytest.mark.requirement("temporal.search-parts")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Which came first, the opening of the Quill Tower or the first sight of the comet Dorn?", {"tower", "comet"}),
        ("On the day the Quill Tower opened, who went on strike?", {"tower", "strike"}),
        ("Did the ferry sink and the Quill Tower open in the same year?", {"ferry", "tower"}),
    ],
)
def test_english_questions_are_cut_as_well(question: str, wanted: set[str]) -> None:
    found = TemporalSearch(ENGLISH).search(question, anchor=TODAY, k=2)
    assert {each.id for each in found} == wanted


@pytest.mark.requirement("temporal.search-parts")
def test_a_word_that_joins_inside_an_event_does_not_cut_it() -> None:
    reading = SEARCH.read("林远山和市民的见面与清溪大桥通车哪个事件更早？", anchor=TODAY)
    assert len(reading.parts) == 2
    assert list(cuts("《茶和水》出版和大桥通车", 2, chinese=True)) == [("《茶和水》出版", "大桥通车")]
    assert list(cuts("双方和解与撤军", 2, chinese=True)) == [("双方和解", "撤军")]


@pytest.mark.requirement("temporal.search-bad-input")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"question": " ", "anchor": TODAY}, "empty_query"),
        ({"question": "谁", "anchor": TODAY, "k": 0}, "bad_k"),
        ({"question": "谁", "anchor": TODAY, "k": True}, "bad_k"),
        ({"question": "谁", "anchor": "2023-02-30"}, "bad_anchor"),
    ],
)
def test_bad_input_has_its_code(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        SEARCH.search(**arguments)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # what a caller without a type checker may pass
    assert caught.value.code == code


@pytest.mark.requirement("temporal.search-bad-input")
def test_nothing_to_search_in_finds_nothing_and_no_anchor_is_said_to_be_assumed() -> None:
    assert TemporalSearch(()).search("去年的产量", anchor=TODAY) == ()
    reading = SEARCH.read("去年的产量", anchor=None)
    assert reading.anchor_assumed
    assert abs((reading.anchor - datetime.now().astimezone().date()).days) <= 1
    assert not SEARCH.read("去年的产量", anchor=TODAY).anchor_assumed


@pytest.mark.requirement("temporal.search-tau")
def test_tau_is_the_overlap_or_falls_with_the_gap() -> None:
    calendar = Calendar([*NEWS, DatedPassage(id="year", text="2021年的总结")])
    day = date(2021, 6, 18)
    fits = calendar.tau(day, day, "day", GAPS)
    place = {passage.id: number for number, passage in enumerate(NEWS)}
    assert fits[place["bridge"]] == 1.0
    assert fits[len(NEWS)] == 1.0
    assert fits[place["recipe"]] == 0.0
    near = calendar.tau(day + timedelta(days=3), day + timedelta(days=3), "day", GAPS)
    assert near[place["bridge"]] == pytest.approx(2.718281828**-1, abs=1e-6)


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.requirement("temporal.search-tau")
@settings(max_examples=60, deadline=None)
@given(first=DAYS, second=DAYS, length=st.integers(0, 800))
def test_tau_is_in_0_to_1_and_greatest_where_they_meet(first: date, second: date, length: int) -> None:
    passage = DatedPassage(id="p", text="通车", published=first)
    (fit,) = Calendar([passage]).tau(second, second + timedelta(days=length), "day", GAPS)
    inside = second <= first <= second + timedelta(days=length)
    assert 0.0 <= fit <= 1.0
    assert bool(fit == 1.0) is inside


@pytest.mark.requirement("temporal.search-tau")
@settings(max_examples=60, deadline=None)
@given(day=DAYS)
def test_a_day_written_for_the_corpus_is_read_back_as_itself(day: date) -> None:
    for chinese, text in ((True, f"{day.year}年{day.month}月{day.day}日"), (False, f"{day:%d %B} {day.year}")):
        (reading,) = resolve_time(text, TODAY)
        (again,) = resolve_time(written([reading], chinese=chinese), TODAY)
        assert (again.start, again.end) == (day, day)


@pytest.mark.requirement("temporal.search-tau")
@settings(max_examples=40, deadline=None)
@given(day=DAYS)
def test_the_words_of_a_passage_count_from_its_own_day(day: date) -> None:
    (reading,) = times_of(DatedPassage(id="p", text="昨天，市长辞职。", published=day))
    assert reading.start == day - timedelta(days=1)
    assert times_of(DatedPassage(id="p", text="昨天，市长辞职。")) == ()


@pytest.mark.requirement("temporal.search-asking")
@pytest.mark.parametrize(
    ("question", "ask", "unit"),
    [
        ("甲桥通车和乙馆开放，哪个事件更早发生？", "first", "day"),
        ("以下事件中，哪个最早发生：甲桥通车、乙馆开放、丙村被淹？", "first", "day"),
        ("甲桥通车和乙馆开放哪个发生在后？", "last", "day"),
        ("甲桥通车和乙馆开放是否发生在同一年？", "same", "year"),
        ("甲桥通车与乙馆开放是在同一个月吗？", "same", "month"),
        ("甲桥通车和乙馆开放相隔多少天？", "between", "day"),
        ("甲桥正式通车当天，乙馆展出了什么？", "shared", "day"),
        ("甲桥正式通车当年，谁当选市长？", "shared", "year"),
        ("2023年4月茶园的产量是多少？", "one", "day"),
        ("Which happened first, the flood or the strike?", "first", "day"),
        ("Which event came last: the flood, the strike or the fire?", "last", "day"),
        ("Did the flood and the strike happen in the same month?", "same", "month"),
        ("How many days were between the flood and the strike?", "between", "day"),
        ("In the year of the flood, who was mayor?", "shared", "year"),
        ("Who was mayor in 2021?", "one", "day"),
    ],
)
def test_what_is_asked_of_times_is_recognised(question: str, ask: str, unit: str) -> None:
    found = asked(question)
    assert (found.ask, found.unit) == (ask, unit)


@pytest.mark.requirement("temporal.search-weights")
def test_damaged_weights_are_refused() -> None:
    assert shipped_weights().time["relative"] > 0
    for text in ("", "days = 'two'", '"time absolute" = 1.0\ndays = 1', "days = inf"):
        with pytest.raises((KeyError, TypeError, ValueError, OverflowError)):
            read_weights(text)


class Listed:
    """A retriever that returns its passages in the order of shared words, as few as are asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> list[Passage]:
        del filters
        self.asked.append(query)
        scored = sorted(NEWS, key=lambda each: -len(set(each.text) & set(query)))
        return [
            Passage(
                id=each.id, document_id=each.id, source="", title="", text=each.text,
                date=each.published.isoformat() if each.published else None,
            )
            for each in scored[:k]
        ]  # fmt: skip


@pytest.mark.requirement("temporal.search-index")
async def test_an_index_is_asked_for_the_question_its_days_and_each_event() -> None:
    retriever = Listed()
    found = await search_over(retriever, "去年11月林远山当选和清溪大桥通车哪个更早？", anchor=TODAY, k=2)
    assert {each.id for each in found.passages} == {"mayor", "bridge"}
    assert [each.id for each in found.found] == [each.id for each in found.passages]
    assert any("2022年11月" in each for each in retriever.asked)
    assert len(retriever.asked) == 4


@pytest.mark.requirement("temporal.search-soft")
def test_what_is_newest_counts_where_it_is_asked_for() -> None:
    assert ids("云岭茶园最新的春茶产量是多少？")[0] == "tea23"
    assert ids("云岭茶园最新的春茶产量是多少？", temporal=False)[0] == "tea19"


@pytest.mark.requirement("temporal.search-weights")
def test_other_weights_rank_otherwise() -> None:
    flat = replace(shipped_weights(), time=dict.fromkeys(shipped_weights().time, 0.0), expansion=0.0, later=0.0)
    still = TemporalSearch(NEWS, weights=flat)
    question = "去年4月云岭茶园的春茶产量是多少？"
    first = [each.id for each in still.search(question, anchor=TODAY)]
    assert first == [each.id for each in still.search(question, anchor=date(2020, 5, 17))]
