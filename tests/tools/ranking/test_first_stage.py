"""What rankers and selectors are given: checked once, whatever it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from questline.errors import UsageError
from questline.tools.ranking.first_stage import LONGEST_QUERY, FirstStage
from questline.types import Passage

HARBOUR = Passage(id="a", document_id="a", source="a", title="", text="The harbour lies in the bay.", score=1.0)


@pytest.mark.requirement("ranking.bad-document")
@pytest.mark.parametrize("given", [5, None, "harbour", [HARBOUR, "harbour"], [replace(HARBOUR, score="x")]])  # pyright: ignore[reportArgumentType]  # because that is the mistake
def test_what_is_no_list_of_passages_is_refused(given: object) -> None:
    with pytest.raises(UsageError) as caught:
        FirstStage.read("harbour", given)  # pyright: ignore[reportArgumentType]  # because that is the mistake
    assert caught.value.code == "bad_document"


@pytest.mark.requirement("ranking.bad-document")
def test_passages_that_can_be_looked_at_only_once_are_kept() -> None:
    stage = FirstStage.read("harbour", (replace(HARBOUR, id=str(n)) for n in range(3)))  # pyright: ignore[reportArgumentType]  # because callers do it
    assert [passage.id for passage in stage.passages] == ["0", "1", "2"]
    assert not stage.warnings


@pytest.mark.requirement("ranking.long-query")
def test_of_a_query_without_end_the_beginning_counts() -> None:
    stage = FirstStage.read("harbour " * 10_000, [HARBOUR])
    assert len(stage.query) == LONGEST_QUERY
    assert [warning.code for warning in stage.warnings] == ["query_truncated"]
    assert not FirstStage.read("h" * LONGEST_QUERY, [HARBOUR]).warnings
