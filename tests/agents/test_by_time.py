"""Retrieval with the times of a query in mind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from questline.agents.contract import Work
from questline.agents.executors.retrieve import Retrieve
from questline.settings import Settings

from .conftest import Bench, Shelf, passage

YEARS = [
    passage(f"tea{year}", f"The tea harvest of {year} was good.", score=1 - 0.02 * (year > 2011) - (year > 2015))
    for year in range(2010, 2022)
]


@pytest.mark.requirement("temporal.executor")
@pytest.mark.parametrize(("by_time", "wanted"), [(True, "tea2012"), (False, "tea2010")])
async def test_passages_of_the_time_that_is_named_are_lifted_unless_it_is_turned_off(
    bench: Bench, by_time: bool, wanted: str
) -> None:
    made, _ = bench.context(shelf=Shelf(passages=YEARS))
    question = "How good was the tea harvest in 2012?"
    result = await Retrieve().run(Work(question=question), replace(made, by_time=by_time))
    found = [each.id for each in result.passages or ()]
    assert found[0] == wanted
    assert len(found) == made.k


@pytest.mark.requirement("temporal.executor")
async def test_without_a_time_nothing_moves(bench: Bench) -> None:
    made, _ = bench.context(shelf=Shelf(passages=YEARS))
    result = await Retrieve().run(Work(question="How good was the tea harvest?"), replace(made, by_time=True))
    assert [each.id for each in result.passages or ()] == [each.id for each in YEARS[: made.k]]


@pytest.mark.requirement("temporal.executor")
def test_it_is_on_by_default() -> None:
    assert Settings().by_time
