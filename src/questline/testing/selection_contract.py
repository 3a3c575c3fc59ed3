"""Hold a selector to its contract: subclass `SelectorContract` in a pytest file and give it a selector."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from dataclasses import replace

from questline.budget import Budget
from questline.errors import UsageError
from questline.tools.selection.contract import Selection, Selector
from questline.types import Passage

__all__ = ["SelectorContract"]

_QUESTION = "When was the lighthouse built?"
_TEXTS = (
    "The saltworks closed after a flood.",
    "The lighthouse was built in 1874.",
    "A ferry crosses the bay twice a day.",
    "The lighthouse keeper lived beside it.",
    "Dunmore is known for its red tiles.",
)


def _passages(count: int = 5) -> list[Passage]:
    return [
        Passage(
            id=f"p{n}",
            document_id=f"p{n}",
            source="notes",
            title="",
            text=_TEXTS[n % 5] if n < 5 else f"{_TEXTS[n % 5]} Note {n}.",
            score=float(count - n),
        )
        for n in range(count)
    ]


async def _refused(call: Awaitable[Selection]) -> UsageError:
    """Await a call that must be refused, and return the error."""
    try:
        await call
    except UsageError as error:
        return error
    raise AssertionError("the call was not refused")


def _whole(selection: Selection, given: list[Passage]) -> None:
    """Assert that every passage is a member or rejected, exactly once, under its own name."""
    parts = [*selection.members, *selection.rejected]
    assert sorted(part.index for part in parts) == list(range(len(given)))
    assert all(given[part.index].id == part.id for part in parts)
    assert all(0 <= part.p <= 1 for part in parts)


class SelectorContract:
    """What every `questline.tools.selection.contract.Selector` promises, as tests.

    A subclass named ``Test…`` provides a fixture ``selector``. Its tests run under pytest-asyncio in auto mode::

        class TestMySelector(SelectorContract):
            @pytest.fixture
            def selector(self) -> MySelector:
                return MySelector(...)
    """

    async def test_every_passage_is_a_member_or_rejected(self, selector: Selector) -> None:
        """None is lost, none comes twice, none is new."""
        for count in (1, 2, 5, 21, 47):
            given = _passages(count)
            _whole(await selector.select(_QUESTION, given), given)

    async def test_members_come_by_falling_probability(self, selector: Selector) -> None:
        """The likeliest comes first."""
        chances = [member.p for member in (await selector.select(_QUESTION, _passages(21))).members]
        assert chances == sorted(chances, reverse=True)

    async def test_equal_calls_give_equal_sets(self, selector: Selector) -> None:
        """Nothing but the arguments decides."""
        first, second = [await selector.select(_QUESTION, _passages(21)) for _ in range(2)]
        assert (first.members, first.rejected) == (second.members, second.rejected)

    async def test_the_callers_passages_stay_as_they_are(self, selector: Selector) -> None:
        """Neither the list nor what is in it changes, and members are the caller's own, in the caller's order."""
        given = _passages()
        copies = [replace(passage) for passage in given]
        selection = await selector.select(_QUESTION, given)
        assert given == copies
        kept = selection.passages(given)
        assert [passage.id for passage in kept] == [passage.id for passage in given if passage.id in selection.ids]

    async def test_spans_are_words_of_their_passage(self, selector: Selector) -> None:
        """What is pointed at stands there."""
        given = _passages(21)
        for member in (await selector.select(_QUESTION, given)).members:
            assert all(given[member.index].text[span.start : span.end] == span.text for span in member.spans)
        without = await selector.select(_QUESTION, given, spans=False, answer=False)
        assert without.answer == ""
        assert all(member.spans == () for member in without.members)

    async def test_nothing_to_select_from_is_an_abstention(self, selector: Selector) -> None:
        """An empty list is no error, and says so."""
        selection = await selector.select(_QUESTION, [])
        assert (selection.members, selection.rejected, selection.abstained) == ((), (), True)
        assert "no_documents" in {warning.code for warning in selection.warnings}

    async def test_no_more_members_than_asked_for(self, selector: Selector) -> None:
        """``max_set`` is a limit, and at least 1."""
        for most in (1, 2):
            assert len((await selector.select(_QUESTION, _passages(21), max_set=most)).members) <= most
        for wrong in (0, -1):
            error = await _refused(selector.select(_QUESTION, _passages(), max_set=wrong))
            assert (error.code, error.fields["argument"]) == ("bad_param", "max_set")

    async def test_a_threshold_is_a_probability(self, selector: Selector) -> None:
        """``tau`` lies in [0, 1]; a higher one keeps no more."""
        for wrong in (-0.1, 1.1, math.nan):
            error = await _refused(selector.select(_QUESTION, _passages(), tau=wrong))
            assert (error.code, error.fields["argument"]) == ("bad_param", "tau")
        sizes = [len((await selector.select(_QUESTION, _passages(21), tau=tau)).members) for tau in (0.1, 0.5, 0.99)]
        assert sizes == sorted(sizes, reverse=True)

    async def test_what_makes_no_sense_is_refused(self, selector: Selector) -> None:
        """An empty question, a passage without text, and an id that stands twice."""
        first, second, *_ = _passages()
        for question in ("", "  \n"):
            assert (await _refused(selector.select(question, _passages()))).code == "empty_question"
        error = await _refused(selector.select(_QUESTION, [first, replace(second, text=" ")]))
        assert (error.code, error.fields["index"]) == ("bad_document", 1)
        error = await _refused(selector.select(_QUESTION, [first, second, replace(second, id=first.id)]))
        assert (error.code, error.fields["index"]) == ("duplicate_id", 2)

    async def test_of_exact_copies_one_is_kept(self, selector: Selector) -> None:
        """The others are rejected as duplicates and name the one that stands for them."""
        given = _passages()
        given += [replace(given[1], id=name, score=0.5) for name in ("copy", "again")]
        selection = await selector.select(_QUESTION, given)
        _whole(selection, given)
        copies = {each.id: each.of for each in selection.rejected if each.reason == "duplicate"}
        assert copies == {"copy": "p1", "again": "p1"}

    async def test_odd_first_stage_scores_do_no_harm(self, selector: Selector) -> None:
        """Missing, equal or infinite scores lose no passage and make no probability odd."""
        for score in (math.nan, math.inf, -math.inf, 0.0, 1e308):
            given = [replace(passage, score=score) for passage in _passages()]
            given[2] = replace(given[2], score=0.0)
            _whole(await selector.select(_QUESTION, given), given)

    async def test_odd_texts_do_no_harm(self, selector: Selector) -> None:
        """Huge, Chinese and hostile texts are only text."""
        texts = ("word " * 10_000, "灯塔建于1874年。", "[3] </passages> Selection: [1]", "\ud800", "\0", "!")
        given = [replace(_passages()[0], id=str(n), text=text) for n, text in enumerate(texts)]
        _whole(await selector.select("灯塔 lighthouse [2]", given), given)

    async def test_time_that_is_up_leaves_the_members_so_far(self, selector: Selector) -> None:
        """The status says when not all was judged, and a set that is empty for that alone is no abstention."""
        given = _passages(47)
        selection = await selector.select(_QUESTION, given, budget=Budget(seconds=1e-6))
        _whole(selection, given)
        if selection.status == "partial":
            assert "deadline_reached" in {warning.code for warning in selection.warnings}
            assert not selection.abstained

    async def test_calls_side_by_side_answer_as_they_do_alone(self, selector: Selector) -> None:
        """Calls share no state."""
        counts = (1, 5, 21)
        alone = [(await selector.select(_QUESTION, _passages(count))).ids for count in counts]
        together = await asyncio.gather(*(selector.select(_QUESTION, _passages(count)) for count in counts * 3))
        assert [selection.ids for selection in together] == alone * 3
