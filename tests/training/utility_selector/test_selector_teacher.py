"""A teacher over a real socket: the product's windows, each a row; checked, kept, resumed, counted."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.training.reasoning_ranker.marked import passage
from tests.training.utility_selector.red import red

from questline.budget import Budget
from questline.errors import RunError, UsageError
from questline.settings import Settings, load_settings
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM
from questline.training.recipe import unheard
from questline.training.utility_selector.rows import TaughtSet, read_sets
from questline.training.utility_selector.teacher import REPORT, SETS, Order, teach

SETS_OF = red(12, passages=4)


def settings(server: ScriptedLLM) -> Settings:
    return load_settings(flags={"model": "teacher", "base_url": server.base_url})


def teacher(request: ChatRequest) -> Reply | Fault:
    """Keep what is red; one question it cannot do, of one it says that nothing helps."""
    asked = request.text("user")
    asked = asked[asked.rindex("<passages>") :]
    texts = re.findall(r"^\[(\d+)\] (?:.+\n)?(\w+) (\w+)$", asked, re.MULTILINE)
    number = int(re.findall(r"red thing (\d+)", asked)[-1])
    if number == 3:
        return Reply(text="The red ones.")
    kept = [int(place) for place, _, colour in texts if colour == "red" and number != 4]
    answer = next((thing for _, thing, colour in texts if colour == "red" and number != 4), "unknown")
    return Reply(text=f"Answer: {answer}\nSelection: {kept}")


@pytest.mark.requirement("selector.teacher", "selector.filter")
def test_a_teacher_judges_windows_and_is_checked(tmp_path: Path) -> None:
    assert SETS_OF[4].helps  # of which the teacher says that nothing helps
    with ScriptedLLM(teacher) as server:
        taught = teach(Order(sets=SETS_OF, out=tmp_path, settings=settings(server)), unheard)
        billed = server.billed
    assert taught.counts == {
        "kept": 10,
        "kept unchecked": 0,
        "another answer": 0,
        "something would help": 1,
        "unreadable": 1,
    }
    report = json.loads((tmp_path / REPORT).read_text())
    assert (report["questions"], report["windows"], report["kept"]) == (12, 11, 10)
    assert sum(each["requests"] for each in report["costs"]) == billed.calls
    assert sum(each["tokens_in"] for each in report["costs"]) == billed.tokens_in
    kept = {each.id: each for each in read_sets(tmp_path / SETS).kept}
    assert kept.keys() == {str(number) for number in range(12)} - {"3", "4"}
    for was in SETS_OF:
        if was.id in kept:
            assert kept[was.id].selection == was.helps
            assert (kept[was.id].answer, kept[was.id].answers) == (was.answer, was.answers)
    assert any(each.selection == () for each in kept.values())


@pytest.mark.requirement("selector.teacher")
def test_a_long_list_becomes_windows_that_carry_what_was_kept_and_the_answer(tmp_path: Path) -> None:
    colours = ["red" if place in (1, 6) else "blue" for place in range(9)]
    long = TaughtSet(
        id="long",
        question="red thing 50",
        passages=tuple(
            passage(f"p{place}", f"bell{place} {colour}", -float(place)) for place, colour in enumerate(colours)
        ),
        gold=("p1", "p6"),
        answers=("bell1",),
    )
    with ScriptedLLM(teacher) as server:
        order = Order(sets=[long], out=tmp_path, settings=settings(server), window=4, carry=2)
        taught = teach(order, unheard)
    ids = [each.ids for each in taught.kept]
    # three windows, the first member carried on, and both members once more in the end
    assert ids == [("p0", "p1", "p2", "p3"), ("p1", "p4", "p5", "p6"), ("p1", "p6", "p7", "p8"), ("p1", "p6")]
    assert [each.so_far for each in taught.kept] == ["", "bell1", "bell1", "bell1"]
    assert [each.selection for each in taught.kept] == [("p1",), ("p1", "p6"), ("p1", "p6"), ("p1", "p6")]
    assert [each.gold for each in taught.kept] == [("p1",), ("p1", "p6"), ("p1", "p6"), ("p1", "p6")]


@pytest.mark.requirement("selector.teacher")
def test_of_pieces_of_a_long_passage_nobody_says_whether_they_help(tmp_path: Path) -> None:
    text = "\n\n".join(["The harbour lies in fog."] * 60 + ["lamp red"] + ["Gulls nest here."] * 60)
    long = TaughtSet(
        id="1", question="red thing 1", passages=(passage("a", text), passage("b", "vase blue")), gold=("a",)
    )
    with ScriptedLLM(lambda request: Reply(text="Answer: lamp\nSelection: [1]")) as server:
        order = Order(sets=[long], out=tmp_path, settings=settings(server), passage_tokens=60)
        taught = teach(order, unheard)
    assert [each.gold for each in taught.kept] == [None]
    assert any("#" in each for each in taught.kept[0].ids)


@pytest.mark.requirement("selector.teacher")
def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    with ScriptedLLM(teacher) as server:
        first = Order(sets=SETS_OF[:6], out=tmp_path, settings=settings(server))
        teach(first, unheard)
        asked = len(server.requests)
        with pytest.raises(UsageError) as caught:
            teach(first, unheard)
        taught = teach(replace(first, sets=SETS_OF, resume=True), unheard)
        new = len(server.requests) - asked
    assert caught.value.code == "already_there"
    assert new == 6
    assert taught.counts["kept"] == 10
    assert sum(each.requests for each in taught.costs) == asked + new


@pytest.mark.requirement("selector.teacher")
def test_a_budget_that_is_spent_and_a_server_that_fails_keep_what_was_answered(tmp_path: Path) -> None:
    with ScriptedLLM(teacher) as server:
        order = Order(sets=SETS_OF[5:], out=tmp_path, settings=settings(server), budget=Budget(calls=3), at_once=1)
        with pytest.raises(RunError) as caught:
            teach(order, unheard)
        assert caught.value.code == "budget_exceeded"
        assert len(read_sets(tmp_path / SETS).kept) == 3
        rest = replace(order, budget=Budget(), resume=True)
        assert teach(rest, unheard).counts["kept"] == 7
    gone = Order(sets=SETS_OF[:2], out=tmp_path / "gone", settings=settings(server))
    with pytest.raises(RunError) as caught:
        teach(gone, unheard)
    assert caught.value.code == "backend_unavailable"


@pytest.mark.requirement("selector.teacher")
@pytest.mark.parametrize(
    ("changed", "argument"), [({"least": 2.0}, "least"), ({"window": 0}, "window"), ({"at_once": 0}, "at_once")]
)
def test_orders_that_cannot_be_are_refused(changed: dict[str, object], argument: str) -> None:
    with pytest.raises(UsageError) as caught:
        replace(Order(sets=SETS_OF, out=Path("x")), **changed)
    assert caught.value.fields["argument"] == argument


@pytest.mark.requirement("selector.teacher")
def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        teach(Order(sets=SETS_OF, out=tmp_path), unheard)
    assert caught.value.code == "unknown_model"
