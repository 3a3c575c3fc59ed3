"""Made-up worlds: the same from the same seed, and each passage is what its role says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.errors import UsageError
from questline.training.tuning.worlds import KINDS, ROLES, Kind, World, WorldItem, main

ALL: Mapping[Kind, float] = {"fact": 1.0, "two": 1.0, "none": 1.0}
WORLDS = st.builds(
    World,
    seed=st.integers(0, 99),
    shape=st.sampled_from(["tiny", "wide"]),
    passages=st.integers(4, 8),
    nouns=st.integers(8, 48),
    attributes=st.integers(2, 6),
    values=st.integers(2, 8),
    sentences=st.integers(1, 4),
    towns=st.sampled_from([0, 3, 24]),
    kinds=st.just(ALL),
)


def role(item: WorldItem, name: str) -> list[str]:
    return [each.text for each in item.passages if each.role == name]


@pytest.mark.requirement("worlds.items")
@settings(max_examples=60, deadline=None)
@given(world=WORLDS, number=st.integers(0, 500))
def test_an_item_holds_what_its_kind_and_roles_say(world: World, number: int) -> None:
    item = world.item(number)
    ids = [each.id for each in item.passages]
    assert len(set(ids)) == len(ids) == world.passages
    assert len({each.text for each in item.passages}) == len(ids)
    assert len(item.support) == {"fact": 1, "two": 2, "none": 0}[item.kind]
    assert set(item.support) == {each.id for each in item.passages if each.role == "support"}
    assert sorted(item.best) == sorted(ids)
    roles = {each.id: ROLES.index(each.role) for each in item.passages}
    assert [roles[each] for each in item.best] == sorted(roles.values())
    assert bool(item.answer) == (item.kind != "none")
    if item.answer:
        told = next(each.text for each in item.passages if each.id == item.support[-1])
        assert item.answer in told
        assert not any(told == text for text in role(item, "other"))


@pytest.mark.requirement("worlds.items")
def test_one_thing_leaves_the_property_alone_to_tell_passages_apart() -> None:
    world = World(passages=4, attributes=6, one_thing=True, outdated=0.0)
    for item in world.items(40):
        assert len({each.text.split()[0] for each in item.passages}) == 1
        assert len({each.text.split()[1] for each in item.passages}) == 4
        assert [each.role for each in item.passages].count("support") == 1


@pytest.mark.requirement("worlds.items")
def test_tiny_passages_have_few_words_and_wide_ones_are_sentences() -> None:
    tiny = World(kinds=ALL).items(50)
    assert {len(each.text.split()) for item in tiny for each in item.passages} <= {2, 3, 4}
    wide = World(kinds=ALL, shape="wide", sentences=3).items(50)
    assert all(each.text.count(".") == 3 for item in wide for each in item.passages)
    assert all(item.question.endswith("?") for item in wide)


@pytest.mark.requirement("worlds.items")
def test_the_same_seed_gives_the_same_items_in_every_process(tmp_path: Path) -> None:
    words = ["--count", "30", "--seed", "3", "--kinds", *KINDS, "--out"]
    assert main([*words, str(tmp_path / "here")]) == 0
    command = [sys.executable, "-P", "-m", "questline.training.tuning.worlds", *words, str(tmp_path / "there")]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "77"})
    assert (tmp_path / "here").read_text() == (tmp_path / "there").read_text()
    rows = [json.loads(line) for line in (tmp_path / "here").read_text().splitlines()]
    assert [row["id"] for row in rows] == [f"w3-{number}" for number in range(30)]
    assert World(seed=3, kinds=ALL).item(7) == World(seed=3, kinds=ALL).items(3, first=5)[2]


@pytest.mark.requirement("worlds.refuses")
@pytest.mark.parametrize(
    "wrong",
    [
        {"passages": 2},
        {"nouns": 99},
        {"attributes": 1},
        {"shape": "round"},
        {"kinds": {}},
        {"kinds": {"four": 1.0}},
        {"passages": 20, "nouns": 4},
        {"outdated": 2.0},
        {"one_thing": True},
        {"one_thing": True, "outdated": 0.0, "passages": 5, "attributes": 4},
    ],
)
def test_a_world_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        World(**wrong)
    assert caught.value.code == "bad_settings"


@pytest.mark.requirement("worlds.refuses")
def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "out"), "--nouns", "1"]) == 2
    assert "nouns=1 must be in [4, 48]" in capsys.readouterr().err
