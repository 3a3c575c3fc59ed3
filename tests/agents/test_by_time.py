"""Retrieval with the times of a query in mind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from questline.agents.contract import Draft, Work
from questline.agents.executors.generate import Generate
from questline.agents.executors.retrieve import Retrieve
from questline.settings import Settings
from questline.types import Passage

from .conftest import Bench, Shelf, passage

YEARS = [
    passage(f"tea{year}", f"The tea harvest of {year} was good.", score=1 - 0.02 * (year > 2011) - (year > 2015))
    for year in range(2010, 2022)
]


@pytest.mark.requirement("temporal.executor")
@pytest.mark.parametrize(("by_time", "wanted"), [(True, "tea2012"), (False, "tea2010")])
async def test_passages_of_the_time_that_is_named_are_lifted_unless_it_is_turned_off(
    bench: Bench, by_time: bool, wanted: str
) -> None:
    made, _ = bench.context(shelf=Shelf(passages=YEARS))
    question = "How good was the tea harvest in 2012?"
    result = await Retrieve().run(Work(question=question), replace(made, by_time=by_time))
    found = [each.id for each in result.passages or ()]
    assert found[0] == wanted
    assert len(found) == made.k


@pytest.mark.requirement("temporal.executor")
async def test_without_a_time_nothing_moves(bench: Bench) -> None:
    made, _ = bench.context(shelf=Shelf(passages=YEARS))
    result = await Retrieve().run(Work(question="How good was the tea harvest?"), replace(made, by_time=True))
    assert [each.id for each in result.passages or ()] == [each.id for each in YEARS[: made.k]]


@pytest.mark.requirement("temporal.executor")
def test_it_is_on_by_default() -> None:
    assert Settings().by_time


NEWS = (
    Passage(
        id="bridge", document_id="bridge", source="news", title="", text="2021年6月18日，清溪大桥正式通车，全长1200米。"
    ),
    Passage(
        id="school", document_id="school", source="news", title="", text="今天，青石小学迁入新校舍。", date="2021-09-01"
    ),
    Passage(id="mayor", document_id="mayor", source="news", title="", text="昨天，林远山当选市长。", date="2022-11-21"),
)
STORM = Passage(
    id="storm",
    document_id="storm",
    source="news",
    title="",
    text="A storm flooded Brindle yesterday.",
    date="2021-11-08",
)


async def drafted(bench: Bench, question: str, *passages: Passage, by_time: bool = True) -> Draft:
    made, _ = bench.context()
    result = await Generate("AG").run(Work(question=question, passages=passages), replace(made, by_time=by_time))
    assert result.draft is not None
    return result.draft


@pytest.mark.requirement("temporal.executor-answers")
@pytest.mark.parametrize(
    ("question", "short", "rests"),
    [
        ("清溪大桥通车和青石小学迁入新校舍哪个更晚？", "青石小学迁入新校舍", ["bridge", "school"]),
        ("清溪大桥通车和青石小学迁入新校舍是在同一年吗？", "是的", ["bridge", "school"]),
        ("清溪大桥通车和青石小学迁入新校舍相隔多少天？", "75天", ["bridge", "school"]),
        ("林远山是哪一年当选市长的？", "2022年", ["mayor"]),
    ],
)
async def test_chinese_questions_of_times_are_answered_by_times_and_cited(
    bench: Bench, question: str, short: str, rests: list[str]
) -> None:
    draft = await drafted(bench, question, *NEWS)
    assert (draft.short, draft.abstained) == (short, False)
    assert [each.evidence_id for each in draft.citations] == rests
    told = {each.id: each.text for each in NEWS}
    assert all(draft.text[each.start : each.end] == each.quote for each in draft.citations)
    assert all(each.quote in told[each.evidence_id] for each in draft.citations)
    assert (await drafted(bench, question, *NEWS, by_time=False)).short != short


@pytest.mark.requirement("temporal.executor-answers")
async def test_a_word_that_needs_the_day_of_its_passage_becomes_a_day(bench: Bench) -> None:
    asked = "When did a storm flood Brindle?"
    assert (await drafted(bench, asked, STORM)).short == "7 November 2021"
    assert (await drafted(bench, asked, STORM, by_time=False)).short.endswith("yesterday")


@pytest.mark.requirement("temporal.executor-answers")
@pytest.mark.parametrize(
    "question", ["谁设计了清溪大桥？", "火星基地和青石小学迁入新校舍哪个更早？", "Who built the mill?", ""]
)
async def test_what_times_do_not_answer_is_left_to_the_reader(bench: Bench, question: str) -> None:
    made = await drafted(bench, question or "?", *NEWS)
    assert made == await drafted(bench, question or "?", *NEWS, by_time=False)


@pytest.mark.requirement("temporal.executor-answers")
async def test_one_passage_of_two_events_compares_nothing(bench: Bench) -> None:
    line = Passage(
        id="line", document_id="line", source="news", title="", text="澄江地铁2号线于今日开通运营。", date="2023-09-28"
    )
    for question in ("澄江地铁1号线和2号线哪个先开通？", "澄江地铁1号线开通和2号线开通是在同一天吗？"):
        assert (await drafted(bench, question, line)).short not in ("同一天", "是的", "澄江地铁1号线")


FERRY = Passage(
    id="ferry", document_id="ferry", source="news", title="", text="Ferry line 7 carried 73,000 people in May 2003."
)


@pytest.mark.requirement("temporal.executor-answers")
@pytest.mark.parametrize(
    ("question", "passage", "codes"),
    [
        ("How many people did ferry line 7 carry in May last year?", FERRY, ["other_time"]),
        ("How many people did ferry line 7 carry in May 2003?", FERRY, []),
        ("How many people did ferry line 7 carry?", FERRY, []),
        (
            "How many people did ferry line 7 carry last year?",
            replace(FERRY, text="Ferry line 7 carried 73,000 people."),
            [],
        ),
        (
            "How many people did ferry line 7 carry last year?",
            replace(FERRY, text=f"Ferry line 7 carried 73,000 people in {datetime.now().astimezone().year - 1}."),
            [],
        ),
    ],
)
async def test_an_answer_of_another_time_than_was_asked_for_says_so(
    bench: Bench, question: str, passage: Passage, codes: list[str]
) -> None:
    made, _ = bench.context()
    work = Work(question=question, passages=(passage,))
    result = await Generate("AG").run(work, replace(made, by_time=True))
    assert result.draft is not None
    assert "73,000" in result.draft.short
    assert [each.code for each in result.warnings] == codes
    assert not (await Generate("AG").run(work, replace(made, by_time=False))).warnings
