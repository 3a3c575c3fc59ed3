"""A teacher over a real socket: asked twice a list, read strictly, kept, resumed, counted, checked against itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.training.reasoning_ranker.marked import marked

from questline.budget import Budget
from questline.errors import RunError, UsageError
from questline.settings import Settings, load_settings
from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM
from questline.training.reasoning_ranker.lists import TaughtList, read_lists
from questline.training.reasoning_ranker.teacher import LISTS, REPORT, Order, consistent, read_verdicts, teach
from questline.training.recipe import unheard

LISTS_OF = marked(12, passages=4)


class Teacher:
    """Finds the red thing; some lists it cannot do, by the number of their query."""

    def __init__(self) -> None:
        self.labels = self.orders = 0

    def __call__(self, request: ChatRequest) -> Reply | Fault:
        asked = request.text("user")
        texts = re.findall(r"^\[(\d+)\] (.+)$", asked, re.MULTILINE)
        found = re.search(r"red thing (\d+)", asked)
        assert found is not None
        number = int(found[1])
        red = next(int(place) for place, text in texts if text.endswith("red"))
        if "Its answer:" in asked:
            self.labels += 1
            if number == 3:
                return Reply(text="The red one helps.")
            if number == 4:
                return Reply(text="\n".join(f"[{place}] no" for place, _ in texts))
            return Reply(text="\n".join(f"[{place}] {'yes' if int(place) == red else 'no'}" for place, _ in texts))
        self.orders += 1
        if number == 5:
            return Reply(text="<reasoning>I cannot tell.</reasoning>")
        rest = [int(place) for place, _ in texts if int(place) != red]
        order = [*rest, red] if number == 6 else [red, *rest]
        chain = " > ".join(f"[{place}]" for place in order)
        return Reply(
            text=f"<reasoning>The query wants red;\n passage {red} has it.</reasoning>\n<answer>{chain}</answer>"
        )


def settings(server: ScriptedLLM) -> Settings:
    return load_settings(flags={"model": "teacher", "base_url": server.base_url})


@pytest.mark.requirement("ranker.teacher", "ranker.consistency")
def test_a_teacher_labels_orders_and_is_checked(tmp_path: Path) -> None:
    teacher = Teacher()
    with ScriptedLLM(teacher) as server:
        order = Order(lists=LISTS_OF, out=tmp_path, settings=settings(server), thoughts=200)
        taught = teach(order, unheard)
        billed = server.billed
    # the least order of 4 with the relevant one last has 1 / log2(5) = .43: it is filtered at .5 alone, below
    assert taught.counts == {
        "kept": 9,
        "filtered": 0,
        "unreadable labels": 1,
        "unreadable order": 1,
        "nothing relevant": 1,
    }
    report = json.loads((tmp_path / REPORT).read_text())
    assert report["kept"] == 9
    assert {each["agent"] for each in report["costs"]} == {"labels", "order"}
    assert sum(each["requests"] for each in report["costs"]) == billed.calls
    assert sum(each["tokens_in"] for each in report["costs"]) == billed.tokens_in
    assert sum(each["tokens_out"] for each in report["costs"]) == billed.tokens_out
    kept = read_lists(tmp_path / LISTS).kept
    assert {each.id for each in kept} == {str(number) for number in range(12)} - {"3", "4", "5"}
    by_id = {each.id: each for each in LISTS_OF}
    for each in kept:
        was = by_id[each.id]
        assert each.relevant == was.relevant
        assert each.reasoning.startswith("The query wants red; passage ")
        assert sorted(each.final_list) == sorted(was.ids)


@pytest.mark.requirement("ranker.teacher", "ranker.consistency")
def test_what_was_answered_is_not_asked_again_and_the_check_may_be_stricter(tmp_path: Path) -> None:
    teacher = Teacher()
    with ScriptedLLM(teacher) as server:
        first = Order(lists=LISTS_OF[:7], out=tmp_path, settings=settings(server), thoughts=200)
        teach(first, unheard)
        asked = len(server.requests)
        with pytest.raises(UsageError) as caught:
            teach(first, unheard)
        again = Order(lists=LISTS_OF, out=tmp_path, settings=settings(server), thoughts=200, least=0.5, resume=True)
        taught = teach(again, unheard)
        new = len(server.requests) - asked
    assert caught.value.code == "already_there"
    assert new == 2 * 5
    assert (taught.counts["kept"], taught.counts["filtered"]) == (8, 1)
    assert sum(each.requests for each in taught.costs) == asked + new


@pytest.mark.requirement("ranker.teacher")
def test_a_budget_that_is_spent_and_a_server_that_fails_keep_what_was_answered(tmp_path: Path) -> None:
    teacher = Teacher()
    with ScriptedLLM(teacher) as server:
        order = Order(lists=LISTS_OF[8:], out=tmp_path, settings=settings(server), budget=Budget(calls=3), at_once=1)
        with pytest.raises(RunError) as caught:
            teach(order, unheard)
        assert caught.value.code == "budget_exceeded"
        assert len(read_lists(tmp_path / LISTS).kept) == 1
        rest = Order(lists=LISTS_OF[8:], out=tmp_path, settings=settings(server), resume=True)
        assert teach(rest, unheard).counts["kept"] == 4
        assert len(server.requests) == 8


@pytest.mark.requirement("ranker.teacher")
def test_without_a_language_model_there_is_no_teacher(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        teach(Order(lists=LISTS_OF, out=tmp_path), unheard)
    assert caught.value.code == "unknown_model"
    for wrong in ({"least": 1.5}, {"thoughts": 0}, {"at_once": 0}):
        with pytest.raises(UsageError):
            Order(lists=LISTS_OF, out=tmp_path, **wrong)  # pyright: ignore[reportArgumentType]  # because it is the mistake


@pytest.mark.requirement("ranker.teacher")
def test_verdicts_are_one_a_passage_or_none() -> None:
    assert read_verdicts("[1] yes\n[2] no\n[3]: Yes.", 3) == (1, 3)
    assert read_verdicts("So:\n2. no\n1) no", 2) == ()
    for text in ("[1] yes", "[1] yes\n[1] no", "[1] yes\n[3] no", "yes, no", ""):
        with pytest.raises(ValueError, match="one line"):
            read_verdicts(text, 2)


@pytest.mark.requirement("ranker.consistency")
@pytest.mark.parametrize(("place", "kept"), [(0, True), (3, True), (4, False), (9, False), (10, False)])
def test_the_check_is_ndcg_at_10_of_at_least_four_tenths(place: int, kept: bool) -> None:
    ids = [str(number) for number in range(12)]
    [model] = marked(1, passages=12)
    made = TaughtList(
        id="x",
        query="q",
        passages=model.passages,
        relevant=(ids[place],),
        final_list=tuple(ids),
    )
    assert consistent(made) == kept  # 1 / log2(place + 2): .43 at the fourth place, .387 at the fifth
