"""What the store of impressions is given: texts alone, mended where they hold half a character."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.tools.suggestion.conftest import Library, passage

from questline.errors import UsageError
from questline.tools.suggestion import ImpressionStore, Suggester

pytestmark = pytest.mark.requirement("hostile.store")


def test_halves_of_characters_are_mended(tmp_path: Path) -> None:
    with ImpressionStore(tmp_path / "clicks.sqlite") as store:
        shown = store.log_impression("Pella \ud83d", ["Who \ud83d\ude00?", "Where\udc00?"])
        assert store.log_click(shown, 1)
        assert [(row["query"], row["options"]) for row in store.rows()] == [
            ("Pella \ufffd", ["Who \U0001f600?", "Where\ufffd?"])
        ]
        assert not store.delete("\ud800")


async def test_a_suggester_with_a_store_answers_a_query_with_half_a_character(tmp_path: Path) -> None:
    with ImpressionStore(tmp_path / "clicks.sqlite") as store:
        suggester = Suggester(retriever=Library([passage("Pella Glass")]), store=store)
        found = await suggester.suggest(["When was Pella Glass founded \ud83d?"], k=2)
        assert found.items
        assert store.log_click(found.impression_id, 0)


@pytest.mark.parametrize(
    ("method", "given", "named", "code", "argument"),
    [
        ("log_impression", (None, ["a"]), {}, "bad_param", "query"),
        ("log_impression", ("q", "abc"), {}, "bad_argument", "options"),
        ("log_impression", ("q", [1]), {}, "bad_argument", "options"),
        ("log_impression", ("q", ["a"]), {"subject": 5}, "bad_param", "subject"),
        ("log_impression", ("q", ["a"]), {"propensities": 5}, "bad_param", "propensities"),
        ("log_impression", ("q", ["a"]), {"propensities": ["1"]}, "bad_param", "propensities"),
        ("log_impression", ("q", ["a"]), {"propensities": [True]}, "bad_param", "propensities"),
        ("log_click", (["a"], 0), {}, "unknown_impression", "impression_id"),
        ("log_click", ("\ud800", 0), {}, "unknown_impression", "impression_id"),
        ("delete", (10**30,), {}, "bad_argument", "impression_id"),
        ("forget", (None,), {}, "bad_argument", "subject"),
        ("forget", (5,), {}, "bad_argument", "subject"),
    ],
)
def test_what_is_no_text_is_refused_and_nothing_is_stored(
    tmp_path: Path, method: str, given: tuple[Any, ...], named: dict[str, Any], code: str, argument: str
) -> None:
    with ImpressionStore(tmp_path / "clicks.sqlite") as store:
        with pytest.raises(UsageError) as caught:
            getattr(store, method)(*given, **named)
        assert (caught.value.code, caught.value.fields["argument"]) == (code, argument)
        assert list(store.rows()) == []
