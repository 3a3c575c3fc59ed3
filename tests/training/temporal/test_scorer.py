"""The rules against answers that were marked by hand; every disagreement is listed with its reason."""

from __future__ import annotations

import time
from datetime import date

import pytest
from tests.training.temporal.conftest import Pair, pairs

from questline.errors import UsageError
from questline.training.evaluation.temporal.question import TimedQuestion
from questline.training.evaluation.temporal.scorer import LONGEST, score

TABLES = ("pairs_first", "pairs_second", "pairs_third", "pairs_fourth", "pairs_fifth")
MISSES = {
    ("pairs_first", "一二"): "numerals without 十 are read digit by digit, as years are, so that 一二 is 12",
    ("pairs_first", "《銀山日報》"): "no table of traditional characters in the package but for those of times",
    ("pairs_second", "37人死亡"): "what is counted is not compared when the unit is a person",
    ("pairs_third", "没有数据可查"): "a refusal in words that the list of refusals lacks, and 没有 is a no",
    ("pairs_third", "2018年3月25日前后两天"): "a span around a day is read as the day",
    ("pairs_third", "The harbour board is chaired by Ines Calder."): "a title is left out inside a sentence",
    ("pairs_fourth", "华星科技公司"): "two forms of a company are not the same name",
    ("pairs_fifth", "9月30日"): "the year is the one before the question's day, which nothing says",
    ("pairs_fifth", "河口大桥通车在前，南岸隧道贯通更晚"): "both events are named",
}
"""The second table's figure when it was fresh was 94 of 98; three of its four faults were then mended. The third's is
as it was when fresh. The fourth's was 160 of 175, with 11 answers held for right that are not. The fifth was written
when those were mended: 106 of 115 with 5 such (98 and 13 under the rules before); its faults were mended too."""
TARGET = 0.98
ALL = [(name, pair) for name in TABLES for pair in pairs(name)]


def _marked(pair: Pair) -> bool | None:
    return score(pair.prediction, pair.item).correct


@pytest.mark.requirement("temporal-eval.scorer")
def test_the_rules_agree_with_the_marks_but_for_the_misses_that_are_listed() -> None:
    wrong = {(name, pair.prediction) for name, pair in ALL if _marked(pair) is not pair.correct}
    assert wrong == set(MISSES)
    first = [pair for name, pair in ALL if name == "pairs_first"]
    assert len(first) >= 250
    assert sum(_marked(pair) is pair.correct for pair in first) / len(first) >= TARGET
    assert 1 - len(wrong) / len(ALL) >= TARGET


@pytest.mark.requirement("temporal-eval.scorer")
def test_a_gold_answer_scores_its_own_question_as_right() -> None:
    for _, pair in ALL:
        for gold in pair.item.answers:
            assert score(gold, pair.item).correct is True, (pair.item.question, gold)


@pytest.mark.requirement("temporal-eval.scorer")
def test_partial_credit_for_times_stands_beside_the_verdict() -> None:
    item = TimedQuestion(id="q", question="云门大坝是什么时候合龙的？", answers=("2021年6月9日",), answer_type="time")
    found = {text: score(text, item) for text in ("2021年6月9日", "2021年6月", "2021年", "2020年6月9日", "没有")}
    assert {text: told.correct for text, told in found.items()} == dict.fromkeys(found, False) | {"2021年6月9日": True}
    assert [round(told.partial, 2) for told in found.values()] == [1.0, 0.67, 0.33, 0.0, 0.0]


@pytest.mark.requirement("temporal-eval.scorer")
def test_relative_answers_are_counted_from_the_day_of_the_question() -> None:
    def asked(day: date) -> TimedQuestion:
        return TimedQuestion(
            id="q",
            question="书展何时开幕？",
            answers=("2023年8月",),
            answer_type="time",
            granularity="month",
            anchor=day,
        )

    assert score("去年8月", asked(date(2024, 5, 1))).correct is True
    assert score("去年8月", asked(date(2025, 5, 1))).correct is False


@pytest.mark.requirement("temporal-eval.scorer")
def test_one_of_listed_choices_is_named_by_letter_or_text_and_only_one() -> None:
    item = TimedQuestion(
        id="q",
        question="Which town flooded?",
        answers=("Skerry Bay",),
        answer_type="choice",
        options=("Brindle", "Skerry", "Skerry Bay", "Marrow"),
    )
    right = ("Skerry Bay", "C", "(c)", "C. Skerry Bay", "It was Skerry Bay.", "option c")
    wrong = ("Skerry", "B", "Brindle or Skerry Bay", "not Skerry Bay", "", "C. Skerry Bay and Marrow", "Hythe", "E")
    assert [score(text, item).correct for text in right] == [True] * len(right)
    assert [score(text, item).correct for text in wrong] == [False] * len(wrong)


@pytest.mark.requirement("temporal-eval.scorer")
def test_where_nothing_answers_saying_so_is_right() -> None:
    item = TimedQuestion(id="q", question="Who kept the mill in 1780?", answers=(), answer_type="entity")
    assert [score(text, item).correct for text in ("", "unknown", "I don't know", "Oda Berg")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.requirement("temporal-eval.bad-input")
def test_an_answer_of_50000_characters_is_wrong_and_quick() -> None:
    started = time.process_time()
    for kind, gold in (("entity", "北京"), ("time", "2021年6月9日"), ("numerical", "12例"), ("other", "雷电预警")):
        item = TimedQuestion(id="q", question="是什么？", answers=(gold,), answer_type=kind)  # pyright: ignore[reportArgumentType]  # because each is a type
        long = (gold + "，") * (50_000 // (len(gold) + 1))
        told = score(long, item)
        assert told.correct is False, kind
    yes = TimedQuestion(id="q", question="是同一天吗？", answers=("是的",), answer_type="judgement")
    assert score("是的，" + "因为" * 25_000, yes).correct is True  # its head decides
    assert len("是的，" + "因为" * 25_000) > LONGEST
    assert time.process_time() - started < 60  # no backtracking without end


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize("answer", [None, 3, ["是的"], {"text": "是的"}])
def test_an_answer_that_is_no_text_is_refused_with_its_id(answer: object) -> None:
    item = TimedQuestion(id="q7", question="是同一天吗？", answers=("是的",), answer_type="judgement")
    with pytest.raises(UsageError) as wrong:
        score(answer, item)
    assert (wrong.value.code, wrong.value.fields["id"]) == ("bad_prediction", "q7")


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize(
    "text", ["", " \n", "？", "🙂", "\u200b", "é\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace")]
)
def test_an_answer_without_content_is_wrong_for_every_type(text: str) -> None:
    golds = {"judgement": "是的", "time": "2021年", "numerical": "3", "entity": "北京", "other": "雷电预警"}
    for kind, gold in golds.items():
        item = TimedQuestion(id="q", question="怎样？", answers=(gold,), answer_type=kind)  # pyright: ignore[reportArgumentType]  # because each is a type
        assert score(text, item).correct in {False, None}
        assert score(text, item).correct is not True
