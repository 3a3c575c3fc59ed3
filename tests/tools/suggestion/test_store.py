"""The store of impressions and clicks: nothing twice, nothing unknown, nobody's name, and gone when deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from questline.errors import RunError, UsageError
from questline.tools.suggestion import ImpressionStore

pytestmark = pytest.mark.requirement("suggestion.store")
OPTIONS = ["Who founded it?", "Where is it?"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clicks.sqlite"


def test_a_click_counts_once_and_equal_panes_are_added_up(path: Path) -> None:
    with ImpressionStore(path) as store:
        first = store.log_impression("Pella", OPTIONS, propensities=[0.5, 0.5])
        second = store.log_impression("Pella", OPTIONS)
        store.log_impression("Ulmen", OPTIONS[:1])
        assert store.log_click(first, 1)
        assert not store.log_click(first, 1)
        assert store.log_click(second, 1)
    with ImpressionStore(path) as again:
        assert not again.log_click(first, 1)
        assert list(again.rows()) == [
            {"query": "Pella", "options": OPTIONS, "clicks": [0, 2], "impressions": 2},
            {"query": "Ulmen", "options": OPTIONS[:1], "clicks": [0], "impressions": 1},
        ]


@pytest.mark.parametrize(
    ("index", "code"), [(-1, "bad_index"), (2, "bad_index"), (True, "bad_index"), ("0", "bad_index")]
)
def test_a_click_on_nothing_changes_nothing(path: Path, index: Any, code: str) -> None:
    with ImpressionStore(path) as store:
        shown = store.log_impression("Pella", OPTIONS)
        with pytest.raises(UsageError) as caught:
            store.log_click(shown, index)
        assert caught.value.code == code
        with pytest.raises(UsageError) as unknown:
            store.log_click("nobody", 0)
        assert unknown.value.code == "unknown_impression"
        assert [row["clicks"] for row in store.rows()] == [[0, 0]]


def test_no_name_is_stored_and_what_is_forgotten_is_gone_from_the_file(path: Path) -> None:
    with ImpressionStore(path) as store:
        store.log_impression("secret plans of Velmora", OPTIONS, subject="ada@pella.example")
        store.log_impression("plans of Ulmen", OPTIONS, subject="ada@pella.example")
        kept = store.log_impression("Dunmore", OPTIONS, subject="hugo")
    assert b"secret plans" in path.read_bytes()
    assert b"ada@" not in path.read_bytes()
    assert b"hugo" not in path.read_bytes()
    with ImpressionStore(path) as store:
        assert store.forget("ada@pella.example") == 2
        assert store.forget("ada@pella.example") == 0
        assert [row["query"] for row in store.rows()] == ["Dunmore"]
        assert store.log_click(kept, 0)
        assert store.delete(kept)
        assert not store.delete(kept)
        assert list(store.rows()) == []
        with pytest.raises(UsageError, match="deleted"):
            store.log_click(kept, 0)
    assert b"secret plans" not in path.read_bytes()
    assert b"Dunmore" not in path.read_bytes()


def test_equal_names_in_two_stores_have_different_hashes(tmp_path: Path) -> None:
    found: list[object] = []
    for name in ("a", "b"):
        with ImpressionStore(tmp_path / name) as store:
            store.log_impression("Pella", OPTIONS, subject="ada")
            found += [store._connection.execute("SELECT subject FROM impression").fetchone()[0]]  # pyright: ignore[reportPrivateUsage]  # because what is on disk is looked at
    assert found[0] != found[1]


@pytest.mark.parametrize("shares", [[0.5], [0.0, 1.0], [0.5, 1.5], [float("nan"), 0.5]])
def test_propensities_are_checked(path: Path, shares: list[float]) -> None:
    with ImpressionStore(path) as store:
        with pytest.raises(UsageError) as caught:
            store.log_impression("Pella", OPTIONS, propensities=shares)
        assert caught.value.code == "bad_param"
        with pytest.raises(UsageError):
            store.log_impression("Pella", [])
        assert list(store.rows()) == []


def test_a_file_of_another_kind_and_a_missing_folder_are_named(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(RunError) as caught:
        ImpressionStore(path)
    assert caught.value.code == "damaged_index"
    with pytest.raises(RunError) as missing:
        ImpressionStore(tmp_path / "nowhere" / "clicks.sqlite")
    assert missing.value.code == "read_only"
