"""`agents train list` and `agents train run NAME --model ID`."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from questline.training.recipes import RECIPES, find

from .conftest import Agents

pytestmark = pytest.mark.requirement("llm-recipes.surface")


def test_the_list_tells_each_recipe_and_what_it_is_given(agents: Agents) -> None:
    done = agents("train", "list")
    assert done.code == 0
    assert set(RECIPES) <= {line for line in done.out.splitlines() if line and not line.startswith(" ")}
    assert max(map(len, done.out.splitlines())) <= 100
    told = json.loads(agents("train", "list", "--json").out)["recipes"]
    assert {row["name"]: row["learns"] for row in told} == {name: entry.summary for name, entry in RECIPES.items()}
    assert all(row["data"] and isinstance(row["torch"], bool) for row in told)


def test_the_settings_of_a_recipe_are_told_with_defaults_and_meanings(agents: Agents) -> None:
    done = agents("train", "list", "ranking")
    assert done.code == 0
    assert "agents train run ranking --set NAME=VALUE" in done.out
    wrong = agents("train", "list", "rankings")
    assert (wrong.code, "did you mean 'ranking'" in wrong.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_setting_is_told(name: str, agents: Agents) -> None:
    pytest.importorskip("torch", reason="half of the recipes learn with torch (extra train)")
    told = json.loads(agents("train", "list", name, "--json").out)["settings"]
    assert [each["name"] for each in told] == [each.name for each in fields(find(name).settings)]
    if name == "ranker-grpo":  # its own, and one that it shares
        says = {each["name"]: (each["default"], each["says"]) for each in told}
        assert says["p"][0] == 0.9
        assert says["p"][1].startswith("Of the rank-biased overlap with the teacher's order")
        assert says["answers"] == (8, "Written for each.")


@pytest.mark.slow
def test_what_the_list_tells_of_models_is_what_the_recipes_have() -> None:
    pytest.importorskip("torch", reason="half of the recipes learn with torch (extra train)")
    having = {name for name in RECIPES if any(each.name == "model" for each in fields(find(name).settings))}
    assert {name for name, entry in RECIPES.items() if entry.model} == having


def test_a_model_for_a_recipe_that_has_none_is_refused_with_those_that_have(agents: Agents, tmp_path: Path) -> None:
    done = agents("train", "run", "ranking", "--data", str(tmp_path), "--out", str(tmp_path / "o"), "--model", "a/b")
    assert done.code == 2
    assert "ranking takes no --model; these do: " in done.err
    assert "llm-planner, " in done.err


def test_two_models_are_refused(agents: Agents, tmp_path: Path) -> None:
    words = ["train", "run", "selection", "--data", str(tmp_path), "--out", str(tmp_path / "o"), "--model", "a"]
    done = agents(*words, "--set", "model=b")
    assert done.code == 2
    assert "--model 'a' and the setting selection.model='b' name two models" in done.err


def test_run_is_another_way_to_say_train(agents: Agents, tmp_path: Path) -> None:
    words = ["nothing", "--data", str(tmp_path), "--out", str(tmp_path / "o")]
    one, other = agents("train", "run", *words), agents("train", *words)
    assert (one.code, one.err) == (other.code, other.err)
    assert "there is no recipe 'nothing'" in one.err
