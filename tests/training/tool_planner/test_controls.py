"""What is measured was not learnt from, and a control learns from, or is paid by, other questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the recipes learn with torch (extra train)")

from questline.training.recipe import Job, unheard
from questline.training.tool_planner.controls import (
    ForeignGRPO,
    ShuffledExecutor,
    ShuffledSFT,
    others,
)
from questline.training.tool_planner.executor_recipe import ExecutorRecipe
from questline.training.tool_planner.executor_recipe import Settings as ExecutorSettings
from questline.training.tool_planner.made import made_traces, write_world
from questline.training.tool_planner.planner_recipes import (
    GRPOSettings,
    SFTRecipe,
    SFTSettings,
)
from questline.training.tool_planner.shown import FRESH, parted
from questline.training.tool_planner.world import World, drawn_names
from questline.training.tuning.reinforced import Rollout

pytestmark = pytest.mark.requirement("tool-training.controls")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    world = World(towns=4, called=drawn_names(5))
    write_world(tmp_path / "data", world, made_traces(world, 60, most=2))
    return Job(data=tmp_path / "data", out=tmp_path / "out", cache=tmp_path, seed=3, threads=1, hears=unheard)


def test_fresh_questions_are_a_part_that_is_not_learnt_from_in_any_world_of_these_names() -> None:
    names = drawn_names(5)
    learnt, fresh = parted(made_traces(World(seed=5, called=names), seed=5))
    _, elsewhere = parted(made_traces(World(seed=1_000_005, called=names), seed=5))
    known = {each.question for each in learnt}
    assert 0.6 * FRESH < len(fresh) / (len(learnt) + len(fresh)) < 1.5 * FRESH
    assert not known & {each.question for each in (*fresh, *elsewhere)}
    other = {each.question for each in made_traces(World(seed=6, called=drawn_names(6)))}
    assert len(other & known) < len(known) / 30
    here, there = (
        {each.question: [step.result for step in each.steps] for each in some} for some in (fresh, elsewhere)
    )
    both = here.keys() & there.keys()
    assert both
    assert sum(here[each] != there[each] for each in both) > 0.8 * len(both)


def test_none_of_a_control_has_what_is_its_own(job: Job) -> None:
    assert all(one != other for one, other in zip(range(40), others(range(40), 1), strict=True))
    for control, recipe, settings in (
        (ShuffledSFT, SFTRecipe, SFTSettings()),
        (ShuffledExecutor, ExecutorRecipe, ExecutorSettings()),
    ):
        made: Any = control
        plain: Any = recipe
        wrong, right = made(job, settings).lessons(), plain(job, settings).lessons()
        assert [each.messages for each in wrong.train] == [each.messages for each in right.train]
        assert sorted(each.answer for each in wrong.train) == sorted(each.answer for each in right.train)
        same = sum(one.answer == other.answer for one, other in zip(wrong.train, right.train, strict=True))
        assert same < 0.3 * len(right.train)
        assert made.chosen_by == "steps taken"  # and so no held-out answer chooses what is exported


def test_a_foreign_reward_is_of_another_question_and_always_of_the_same(job: Job) -> None:
    recipe = ForeignGRPO(job, GRPOSettings(model="none"))
    recipe.chats()
    places = [0, 1, 2, 1]
    paid = recipe.paid_for([Rollout(place=place, text="", tokens=1, ended=True) for place in places])
    assert all(trace.question != recipe.learnt[place].question for trace, place in zip(paid, places, strict=True))
    assert paid[1] == paid[3]
