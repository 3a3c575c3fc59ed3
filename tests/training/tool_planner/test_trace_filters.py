"""J_correct and J_efficient on hand-made traces: each fault once, what is good untouched, what is redundant out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.training.tool_planner.correct import correct, counted
from questline.training.tool_planner.data import distilled
from questline.training.tool_planner.efficient import efficient
from questline.training.tool_planner.grounding import Known, mentions
from questline.training.tool_planner.made import made_traces, wasteful
from questline.training.tool_planner.plan_text import linked
from questline.training.tool_planner.traces import Trace
from questline.training.tool_planner.world import World

from .lakes import DEPTH, FIND, GOOD, RECORDED, SAID, WASTEFUL, WRONG, ref, step, trace

BOX = RECORDED.toolbox
WORLD = World(towns=6)
MADE = made_traces(WORLD, 60)


def test_the_table_is_no_small_one() -> None:
    assert len(GOOD) + len(WRONG) + len(WASTEFUL) >= 40


@pytest.mark.requirement("tool-training.correct")
@pytest.mark.parametrize("name", GOOD)
def test_a_good_trace_has_no_fault_and_nothing_goes(name: str) -> None:
    one = GOOD[name]
    assert correct(one, BOX, recorded=RECORDED) == ()
    told = efficient(one, BOX, recorded=RECORDED)
    assert (told.trace, told.changes) == (one, {})


@pytest.mark.requirement("tool-training.correct")
@pytest.mark.parametrize("name", WRONG)
def test_each_fault_is_found_and_no_other(name: str) -> None:
    one, kinds = WRONG[name]
    assert set(counted(correct(one, BOX, recorded=RECORDED))) == kinds
    kept, counts = distilled([one], RECORDED)
    if kinds != {"no_thought"}:
        assert distilled([one], RECORDED, thoughts=False)[1]["discarded"] == 1
    assert (kept, counts["discarded"]) == ([], 1)
    assert {f"discarded: {kind}" for kind in kinds} <= counts.keys()


@pytest.mark.requirement("tool-training.efficient")
@pytest.mark.parametrize("name", WASTEFUL)
def test_what_is_redundant_goes(name: str) -> None:
    one, tools, changes = WASTEFUL[name]
    told = efficient(one, BOX, recorded=RECORDED)
    assert [each.tool for each in told.trace.steps] == tools
    assert told.changes == changes
    assert bool(correct(one, BOX, recorded=RECORDED)) == bool(correct(told.trace, BOX, recorded=RECORDED))


@pytest.mark.requirement("tool-training.efficient")
def test_a_round_trip_is_taken_for_one_only_where_the_recording_shows_it() -> None:
    twin = next(each for each in MADE_ALL if each.question == "what is the weather in the twin of Varn?")
    there, locate, forecast = twin.steps
    back = replace(there, thought="I need the twin of the twin.", arguments=ref_of(1, "town"))
    result = WORLD.recorded.call("places", "twin", {"town": there.result["town"]})  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]  # as the world made it
    square = WORLD.recorded.call("places", "locate", {"town": "Varn"})
    assert isinstance(square, dict)
    sky = WORLD.recorded.call("weather", "forecast", square)  # pyright: ignore[reportUnknownArgumentType]  # as above
    assert isinstance(sky, dict)
    long = replace(
        twin,
        steps=(
            there,
            replace(back, result=result),
            replace(locate, arguments=ref_of(2, "town"), result=square),
            replace(forecast, arguments={"square": {"$ref": "T3.result.square"}}, result=sky),
        ),
        answer=f"It will be {sky['sky']}.",
    )
    assert correct(long, WORLD.recorded.toolbox, recorded=WORLD.recorded) == ()
    told = efficient(long, WORLD.recorded.toolbox, recorded=WORLD.recorded)
    assert ([each.tool for each in told.trace.steps], told.changes) == (["locate", "forecast"], {"round_trip": 2})
    assert told.trace.steps[0].arguments == {"town": "Varn"}
    works = next(each for each in MADE_ALL if each.question == "what is the weather where the mayor of Varn works?")
    assert efficient(works, WORLD.recorded.toolbox, recorded=WORLD.recorded).changes == {}


MADE_ALL = made_traces(WORLD)


def ref_of(place: int, way: str) -> dict[str, object]:
    return {"town": ref(place, way)}


ANY = st.sampled_from([*GOOD.values(), *(one for one, _ in WRONG.values()), *(one for one, _, _ in WASTEFUL.values())])


@st.composite
def shuffled(draw: st.DrawFn) -> Trace:
    """Return a trace with steps of it left out, doubled or in another order."""
    one = draw(ANY)
    places = draw(st.lists(st.integers(0, max(0, len(one.steps) - 1)), max_size=5)) if one.steps else []
    return replace(one, steps=tuple(one.steps[place] for place in places))


@pytest.mark.requirement("tool-training.efficient")
@settings(max_examples=80, deadline=None)
@given(one=st.one_of(ANY, shuffled()))
def test_pruning_never_makes_a_correct_trace_incorrect_and_twice_changes_nothing_more(one: Trace) -> None:
    told = efficient(one, BOX, recorded=RECORDED)
    assert bool(correct(one, BOX, recorded=RECORDED)) == bool(correct(told.trace, BOX, recorded=RECORDED))
    again = efficient(told.trace, BOX, recorded=RECORDED)
    assert (again.trace, again.changes) == (told.trace, {})
    assert len(told.trace.steps) == len(one.steps) - sum(told.changes.values())


@pytest.mark.requirement("tool-training.made")
def test_all_that_is_made_is_correct_and_what_is_padded_becomes_what_it_was() -> None:
    kept, counts = distilled(MADE, WORLD.recorded)
    assert (kept, counts["discarded"]) == (MADE, 0)
    again, counts = distilled(wasteful(MADE), WORLD.recorded)
    assert again == MADE
    assert counts["calls taken out: repeated"] == len(MADE)
    assert made_traces(WORLD, 60) == MADE != made_traces(WORLD, 60, seed=1)
    assert {len(each.steps) for each in MADE} == {1, 2, 3, 4}


@pytest.mark.requirement("tool-training.correct")
def test_values_that_were_seen_become_references_and_what_was_asked_stays() -> None:
    plain = trace(DEEP_OF_11, SAID, FIND, step("Its depth.", "atlas/depth", id=11))
    assert linked(plain).steps[1].arguments == {"id": 11}  # the question says it
    unasked = trace("How deep is Serin?", SAID, FIND, step("Its depth.", "atlas/depth", id=11))
    assert linked(unasked).steps[1] == replace(DEPTH, thought="Its depth.")
    for one in MADE:
        bare = replace(
            one, steps=tuple(replace(each, arguments=called_of(one, at)) for at, each in enumerate(one.steps))
        )
        assert linked(bare) == one


DEEP_OF_11 = "How deep is Serin, which has the id 11?"


def called_of(one: Trace, place: int) -> dict[str, object]:
    from questline.training.tool_planner.traces import called

    return called(one, place) or {}


@pytest.mark.requirement("tool-training.correct")
def test_a_judge_of_thoughts_decides_in_place_of_the_rule() -> None:
    one = GOOD["a chain"]
    asked: list[int] = []

    def sound(given: Trace, place: int, *_: object) -> str:
        assert given == one
        asked.append(place)
        return "it is rash" if place else ""

    [fault] = correct(one, BOX, recorded=RECORDED, sound=sound)
    assert (fault.kind, fault.step, fault.reason, asked) == ("unsound_thought", "T2", "it is rash", [0, 1])


@pytest.mark.requirement("tool-training.correct")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Now I ask for Varn.", ["Varn"]),
        ("Varn is asked for.", []),
        ("It has 1,200 people, not 1200.5.", ["1,200", "1200.5"]),
        ("step 2 needs the square B2 of it.", ["B", "2"]),  # the number of a step is none
        ("他说“向北走”。", ["向北走"]),
        ("what iPhone is", ["iPhone"]),
    ],
)
def test_what_a_text_mentions(text: str, found: list[str]) -> None:
    assert mentions(text) == found


@pytest.mark.requirement("tool-training.correct")
@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("Varn", True), ("varn", True), ("Var", False), (1200, True), ("1200", True), (12, False), (True, True),
        (None, True), ("2031-07-14", True), ("2031-08-14", False), ("北京", True), ("上海", False), ("Varn's", True),
    ],
)  # fmt: skip
def test_what_is_known(value: object, known: bool) -> None:
    said = Known.of("1,200 people of Varn on 14 July 2031 来自北京市", {"x": [1]})
    assert said.says(value) is known
