"""Needs that go on from an earlier one, and things that are described: over a bakery's tables and notes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.intents import split
from questline.agents.intents.references import resolved
from questline.agents.tool_planner.contract import Candidate, Planned
from questline.agents.tool_planner.described_things import described_things
from questline.agents.tool_planner.pieces import asking
from questline.agents.tool_planner.plain_values import plain_value
from questline.agents.tool_planner.pointing import asked_kinds, pointer, things
from questline.agents.tool_planner.toolbox import Toolbox
from questline.agents.tool_planner.validate import validate
from questline.mcp_servers import clock, documents, mathematics, tables
from questline.mcp_servers.gateway.configuration import ServerConfiguration
from questline.tools.mathematics import Calculator
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.tables import Tables
from questline.types import Task

from .shelf import TEXT, calls, own_servers, plan, tool
from .test_probing import Notes, in_memory, planned, unasked

WORDS = st.sampled_from(
    listed("what does the supplier of our rye flour that which who sits in is was her it there then 那天 她 Ada , ?")
)


def bakery(folder: Path) -> Tables:
    (folder / "staff.csv").write_text(
        "name,role,joined,wage,town\nAda Moss,baker,2015-04-02,3100,Velmora\nBo Hart,driver,2019-08-12,2700,Ulmen\n",
        "utf-8",
    )
    (folder / "flours.csv").write_text("flour,supplier,price\nrye,Doughline,4.20\nspelt,Millward,6.10\n", "utf-8")
    (folder / "suppliers.csv").write_text("supplier,city,days\nDoughline,Bergen,3\nMillward,Kyoto,9\n", "utf-8")
    names = ("staff", "flours", "suppliers")
    return Tables.open({name: folder / f"{name}.csv" for name in names})


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[ServerConfiguration, ...]]:
    notes = Notes("The lamp of Bergen was built by Ada Brandt in 1931.", "Each town has a wage office of its own.")
    with bakery(tmp_path) as held, Calculator() as calculator:
        yield (
            in_memory("tables", tables.server(held)),
            in_memory("documents", documents.server(notes, unasked)),
            in_memory("clock", clock.server()),
            in_memory("mathematics", mathematics.server(calculator)),
        )


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> list[Candidate]:
    return own_servers(tmp_path_factory.mktemp("own"))


def read_of(task: Task, source: str) -> bool:
    """Whether an argument of a task reads another's result."""
    return f'"$ref": "{source}.result' in json.dumps(dict(task.arguments)) and source in task.depends_on


def last(told: Planned) -> Task:
    return told.plan.tasks[-1]


@pytest.mark.requirement("tura.intents.carried")
@pytest.mark.parametrize(
    ("question", "called"),
    [
        ("Which baker joined in 2015, and what is her wage?", "tables/look_up"),
        ("Who is the driver? When did he join?", "tables/look_up"),
        ("Which city is Doughline in, and what time is it there?", "clock/now"),
        ("When did Ada Moss join? What day of the week was that?", "clock/calendar"),
        ("What is the wage of Ada Moss? And what is 15% of it?", "mathematics/calculate"),
    ],
)
async def test_what_points_back_refers_to_the_result_of_the_need_before(
    servers: tuple[ServerConfiguration, ...], question: str, called: str
) -> None:
    told = await planned(question, *servers)
    assert told.unserved == ()
    assert f"{last(told).server}/{last(told).tool}" == called
    assert read_of(last(told), "T1")


@pytest.mark.requirement("tura.intents.carried")
@pytest.mark.parametrize(
    ("question", "code", "fields"),
    [
        ("When did she join?", "needs_input", ("she",)),
        ("What is the date today, and when did he join?", "needs_input", ("he",)),
        ("When does the fair begin? How old is he?", "needs_input", ("he",)),
    ],
)
def test_a_word_that_nothing_explains_is_asked_for(
    own: list[Candidate], question: str, code: str, fields: tuple[str, ...]
) -> None:
    told = plan(question, own)
    place = len(split(question).items) - 1
    assert [(one.intent, one.code, one.fields) for one in told.unserved] == [(place, code, fields)]
    assert place not in {number for numbers in told.serves.values() for number in numbers}


@pytest.mark.requirement("tura.intents.carried")
async def test_several_answers_are_carried_nowhere_as_one(servers: tuple[ServerConfiguration, ...]) -> None:
    told = await planned("Which staff are there, and when did she join?", *servers)
    assert [(one.intent, one.code, one.fields) for one in told.unserved] == [(1, "needs_input", ("she",))]


@pytest.mark.requirement("tura.intents.when")
@pytest.mark.parametrize("question", ["When did the fair start?", "When was the start?", "When does the day start?"])
def test_the_day_of_an_event_is_not_what_a_clock_tells_that_is_told_nothing(
    own: list[Candidate], question: str
) -> None:
    assert not {("clock", "now"), ("clock", "calendar")} & set(calls(plan(question, own)))


@pytest.mark.requirement("tura.intents.when")
def test_a_clock_that_tells_the_time_now_is_not_asked_about_another_moment(own: list[Candidate]) -> None:
    told = plan("What does a clock say when it is 2028-04-13T22:15 in London?", own)
    assert ("clock", "now") not in calls(told)


@pytest.mark.requirement("tura.intents.carried")
def test_a_time_that_opens_a_question_is_converted_for_each_of_its_needs(own: list[Candidate]) -> None:
    opened = "Curtain up is 19:30 London time on 2028-04-13. What time is that in Shanghai, and what time in New York?"
    told = plan(opened, own)
    assert calls(told) == [("clock", "convert"), ("clock", "convert")]
    assert [task.arguments["to"] for task in told.plan.tasks] == ["Asia/Shanghai", "America/New_York"]


@pytest.mark.requirement("tura.intents.described")
@pytest.mark.parametrize(
    ("question", "inner"),
    [
        ("what city does the supplier of our rye flour sit in", "What is the supplier of our rye flour?"),
        ("Who built the lamp of the city that Doughline is in?", "Which city Doughline is in?"),
    ],
)
async def test_a_described_thing_is_found_first_where_sources_bear_it_out(
    servers: tuple[ServerConfiguration, ...], question: str, inner: str
) -> None:
    told = await planned(question, *servers)
    first, then = told.plan.tasks
    assert first.intent == inner
    assert read_of(then, first.id)


@pytest.mark.requirement("tura.intents.described")
@pytest.mark.parametrize(
    ("question", "inner", "before", "after"),
    [
        (
            "what city does the maker of our tyres sit in",
            "What is the maker of our tyres?",
            "what city does ",
            " sit in",
        ),
        ("Who made the cap with the biggest deposit?", "Which cap has the biggest deposit?", "Who made ", "?"),
        ("What time does the show start that Ada is in?", "Which show Ada is in?", "What time does ", " start?"),
        ("who directs the play ada has tickets for", "Which play ada has tickets for?", "who directs ", ""),
        ("Our oldest hire bike: who made it?", "What is the oldest hire bike?", "who made ", "?"),
        ("Who built our boat that has the most seats?", "Which boat has the most seats?", "Who built ", "?"),
    ],
)
def test_described_things_and_what_is_asked_of_them(question: str, inner: str, before: str, after: str) -> None:
    first = next(described_things(question))
    assert (first.ask, first.before, first.after) == (inner, before, after)


@pytest.mark.requirement("tura.intents.described")
@pytest.mark.parametrize(
    "question", ["What is the size of the hall?", "Who is the owner of the dog?", "What is 2 + 2?"]
)
def test_a_question_that_is_nothing_but_a_thing_describes_none(question: str) -> None:
    assert list(described_things(question)) == []


@pytest.mark.requirement("tura.intents.described", "tura.intents.carried")
@given(st.lists(WORDS, min_size=1, max_size=14).map(" ".join))
def test_any_text_is_read_and_readings_are_made_of_it(text: str) -> None:
    for one in described_things(text):
        assert one.ask.endswith("?")
        assert one.before in text
        assert one.after.strip(" ?") in text
    spot = pointer(text)
    assert spot is None or (text[spot.start : spot.end] == spot.said and spot.kinds)
    assert asked_kinds(text)
    assert all(thing in text for thing in things(text))


@pytest.mark.requirement("tura.intents.carried")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what is her hourly rate", "her"),
        ("那天是星期几？", "那天"),
        ("which date is that many days after 2027-02-01", "that many"),
        ("what is that in feet", "that"),
        ("what time is it there", "there"),
        ("茶室开业那天是星期几？", ""),
        ("其他人几点来", ""),
        ("what time is it", ""),
        ("How many days did the barn wait for its vinegar?", ""),
        ("Which vet saw Saffron when she'd swallowed a tie?", ""),
        ("wat did farah siddiqui have to pay for her repair", ""),
        ("does the kiln cool down before it is opened", ""),
    ],
)
def test_a_word_points_back_only_where_its_own_need_does_not_say_what_it_means(text: str, said: str) -> None:
    spot = pointer(text)
    assert (spot.said if spot else "") == said


@pytest.mark.requirement("tura.intents.carried")
@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"columns": ["name"], "rows": [["Ada Moss"]]}, "Ada Moss"),
        ({"columns": ["name"], "rows": [["Ada Moss"], ["Bo Hart"]]}, None),
        ({"columns": ["wage"], "rows": [[3100]]}, "3100"),
        ({"refused": "not understood", "words": ["x"]}, ""),
        (None, ""),
    ],
)
def test_one_plain_value_is_read_off_an_answer(value: object, plain: str | None) -> None:
    assert plain_value(value, "Who is it?") == plain


@pytest.mark.requirement("tura.intents.writing")
def test_equal_calls_are_made_as_often_as_they_are_wanted_where_they_may_change_something() -> None:
    def bells(**hints: bool) -> list[Candidate]:
        ring = tool(
            "bells", "ring_bell", "Ring the bell of a door.", {"door": {**TEXT, "enum": ["front", "back"]}}, **hints
        )
        return [Candidate(tool=ring, score=1.0, about="Bells")]

    question = "Ring the front bell. Ring the front bell."
    intents = split(question)
    assert len(intents.items) == 2
    told = plan(question, bells())
    assert [dict(task.arguments) for task in told.plan.tasks] == [{"door": "front"}, {"door": "front"}]
    assert sorted(told.serves.values()) == [(0,), (1,)]
    for hint in ("read_only", "idempotent"):
        once = plan(question, bells(**{hint: True}))
        assert [once.serves[task.id] for task in once.plan.tasks] == [(0, 1)]


@pytest.mark.requirement("tura.intents.carried")
@given(text=st.lists(WORDS, min_size=1, max_size=12).map(" ".join))
def test_every_plan_with_words_that_point_back_can_run(own_shelf: list[Candidate], text: str) -> None:
    question = f"Who built the mill, and {text}"
    told = plan(question, own_shelf)
    assert validate(told.plan, Toolbox([each.tool for each in own_shelf])).errors == ()
    reached = {number for numbers in told.serves.values() for number in numbers}
    assert reached | {one.intent for one in told.unserved} == set(range(len(split(question).items)))
    assert "Quillon" not in json.dumps([dict(task.arguments) for task in told.plan.tasks])


@pytest.fixture(scope="module")
def own_shelf(own: list[Candidate]) -> list[Candidate]:
    return own


@pytest.mark.requirement("tura.intents.described", "tura.intents.carried")
@pytest.mark.parametrize("piece", ["she ", "the one of ", "it, and ", "that ", "a", " ", "我那天", "the biggest "])
def test_long_texts_are_read_in_no_time(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    started = time.monotonic()
    pointer(text)
    asked_kinds(text)
    things(text)
    list(described_things(text))
    list(described_things(text[:300]))
    asking(text)
    resolved(text, text)
    assert time.monotonic() - started < 20
