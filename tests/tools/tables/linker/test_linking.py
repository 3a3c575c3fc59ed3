"""Questions that the rules refuse, read by the shipped linker through `look_up`, and what stays refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from questline.errors import RunError
from questline.tools.tables import Found, Limits, Refused, Tables
from questline.tools.tables.linker.features import hear, see
from questline.tools.tables.linker.linking import chosen, link, read
from questline.tools.tables.linker.network import MODEL, Network, shipped
from questline.tools.tables.linker.sight import View
from questline.tools.tables.sources import single

pytestmark = pytest.mark.requirement("tables.linker")
SLOW = Limits(seconds=60)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("when is Bella the beagle due her next jab please", "2027-05-03"),
    ],
)
def test_a_question_in_everyday_words_is_answered_by_the_model(kennels: Tables, question: str, answer: str) -> None:
    found = kennels.look_up(question, limits=SLOW)
    assert isinstance(found, Found)
    assert found.rows.rows[0][0] == answer


def test_what_the_rules_read_stays_with_them(kennels: Tables) -> None:
    found = kennels.look_up("breed of Bella", limits=SLOW)
    assert isinstance(found, Found)
    assert not found.linked


@pytest.mark.parametrize(
    "question",
    [
        "what's the phone number of Bella's owner",
        "how heavy is Rex the alsatian",
        "who is Bella's vet",
        "how much is Bella for 3 nights in total, roughly",
        "贝拉的兽医叫什么名字",
        "how is she",
        "hi " * 10_000,
    ],
)
def test_what_the_table_does_not_hold_stays_refused(kennels: Tables, question: str) -> None:
    assert isinstance(kennels.look_up(question, limits=SLOW), Refused)


def test_two_tables_that_read_it_alike_are_refused(view: View) -> None:
    seen = see(hear("which is the cheapest one"), view)
    built = read(hear("which is the cheapest one"), view, shipped()).built
    assert built is not None
    assert seen.view is view
    assert chosen([(0.99, view, built), (0.985, view, built)], 0.5) is None
    assert chosen([(0.99, view, built), (0.5, view, built)], 0.5) is not None
    assert chosen([], 0.5) is None


def test_a_table_without_rows_and_one_of_200_columns_are_read_and_refused(tmp_path: Path) -> None:
    wide, empty = tmp_path / "wide.csv", tmp_path / "empty.csv"
    names = [f"measure_{number}" for number in range(200)]
    wide.write_text(f"{','.join(names)}\n{','.join('7' for _ in names)}\n", encoding="utf-8")
    empty.write_text("pet,species\n", encoding="utf-8")
    with Tables.open({"wide": wide, "empty": empty}, seconds=100) as tables:
        for name in ("wide", "empty"):
            assert isinstance(tables.look_up("when is Bella due her next jab", name, SLOW), Refused)
        views = [View(single(each, f'"main"."{each.name}"', tables.query, run=tables.query)) for each in tables.tables]
        assert link("when is Bella due her next jab", views) is None


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(RunError) as error:
        Network.load(tmp_path)
    assert error.value.code == "damaged_model"
    (tmp_path / "manifest.json").write_text('{"files": {}}', encoding="utf-8")
    with pytest.raises(RunError) as error:
        Network.load(tmp_path)
    assert error.value.code == "damaged_model"
    assert MODEL.endswith(".onnx")
