"""A plain question over several tables, none of which is named."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from questline.tools.tables import Found, Limits, Refused, Tables

pytestmark = [pytest.mark.slow, pytest.mark.requirement("tables.choose")]
AMPLE = Limits(seconds=60)


@pytest.fixture
def two(tmp_path: Path) -> Generator[Tables]:
    (tmp_path / "staff.csv").write_text("name,town,salary\nAnn,Ulm,100\nBob,Bonn,200\n", "utf-8")
    (tmp_path / "boats.csv").write_text("boat,town,seats\nTern,Ulm,12\nGull,Bonn,30\n", "utf-8")
    with Tables.open({"staff": tmp_path / "staff.csv", "boats": tmp_path / "boats.csv"}) as made:
        yield made


def test_it_is_the_only_one_that_understands_every_word(two: Tables) -> None:
    found = two.look_up("What salary does Ann get?", limits=AMPLE)
    assert isinstance(found, Found)
    assert found.rows.rows == ((100,),)
    found = two.look_up("the highest seats", limits=AMPLE)
    assert isinstance(found, Found)
    assert found.rows.rows == ((30,),)


def test_several_that_do_are_named_and_nothing_is_guessed(two: Tables) -> None:
    found = two.look_up("how many rows where town is Ulm", limits=AMPLE)
    assert isinstance(found, Refused)
    assert found.reason == "ambiguous"
    assert "staff" in found.message
    assert "boats" in found.message
    named = two.look_up("how many rows where town is Ulm", "boats", AMPLE)
    assert isinstance(named, Found)


def test_where_none_does_the_nearest_says_what_it_does_not_understand(two: Tables) -> None:
    found = two.look_up("What salary does Zoe get?", limits=AMPLE)
    assert isinstance(found, Refused)
    assert found.reason == "not_understood"
    assert [word.lower() for word in found.words] == ["zoe"]
    assert "staff" in found.message


@pytest.mark.requirement("tables.how-many")
@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How many seats does the boat Tern have?", ((12,),)),
        ("how many seats can the Gull take", ((30,),)),
        ("how many boats are there", None),
        ("how many seats", None),
        ("how many seats in Ulm or Bonn", None),
    ],
)
def test_how_many_asks_for_the_number_of_the_only_row_that_is_meant(
    two: Tables, question: str, rows: tuple[tuple[int, ...], ...] | None
) -> None:
    found = two.look_up(question, "boats", AMPLE)
    if rows is None:
        assert isinstance(found, Refused) or found.rows.sql.startswith("SELECT count(*)")
    else:
        assert isinstance(found, Found)
        assert found.rows.rows == rows
