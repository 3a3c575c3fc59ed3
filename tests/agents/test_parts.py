from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.contract import SubQuestion
from questline.agents.executors.parts import MAX_PARTS, references, settle_parts

PARENT = "Where was the director of The Mill born?"


def _settle(*texts: str) -> tuple[list[tuple[str, tuple[int, ...]]], tuple[str, ...]]:
    parts, codes = settle_parts([SubQuestion(text=text) for text in texts], PARENT)
    return [(part.text, part.depends_on) for part in parts], codes


@pytest.mark.requirement("agents.sub-questions-settled")
def test_a_part_that_repeats_the_parent_or_another_part_is_dropped() -> None:
    parts, codes = _settle(
        "where was the director of the mill born", "Who directed it?", "who directed it", "Is #3 old?"
    )

    assert parts == [("Who directed it?", ()), ("Is #1 old?", (1,))]
    assert codes == ()


@pytest.mark.requirement("agents.too-many-sub-questions")
def test_the_fifth_part_is_cut_with_a_warning() -> None:
    parts, codes = _settle("a?", "b?", "c?", "d?", "e #4?")

    assert [text for text, _ in parts] == ["a?", "b?", "c?", "d?"]
    assert codes == ("too_many_subquestions",)


@pytest.mark.requirement("agents.cyclic-sub-questions")
def test_a_part_that_needs_a_later_one_is_put_behind_it() -> None:
    parts, codes = _settle("Where was #2 born?", "Who directed The Mill?")

    assert parts == [("Who directed The Mill?", ()), ("Where was #1 born?", (1,))]
    assert codes == ("cyclic_subquestions",)


@pytest.mark.requirement("agents.cyclic-sub-questions")
def test_a_circle_is_run_one_after_the_other() -> None:
    parts, codes = _settle("Who made #2?", "What did #1 make?", "Is #9 old?", "Is #4 new?")

    assert parts == [
        ("Who made ?", ()),
        ("What did #1 make?", (1,)),
        ("Is #9 old?", (1, 2)),
        ("Is #3 new?", (1, 2, 3)),
    ]
    assert codes == ("cyclic_subquestions",)


def test_depends_on_without_a_reference_in_the_text_is_kept() -> None:
    parts, codes = settle_parts([SubQuestion(text="a?"), SubQuestion(text="b?", depends_on=(1,))], PARENT)

    assert parts == (SubQuestion(text="a?"), SubQuestion(text="b?", depends_on=(1,)))
    assert codes == ()


@pytest.mark.requirement("graphs.own-numbers")
def test_numbers_that_the_question_writes_itself_are_no_references() -> None:
    proposed = [SubQuestion(text="When was issue #12 opened?"), SubQuestion(text="When was issue #1 opened?")]
    parts, codes = settle_parts(proposed, "Which is older, issue #12 or issue #1?")

    assert parts == tuple(proposed)
    assert codes == ()


def test_nothing_is_left_of_empty_parts() -> None:
    assert settle_parts([SubQuestion(text="?"), SubQuestion(text=PARENT)], PARENT) == ((), ())


def test_references_are_read_once_and_sorted() -> None:
    assert references("is #2 older than #1 or #2? C#5 #100") == (1, 2, 5)


@pytest.mark.requirement("agents.sub-questions-settled")
@given(
    st.lists(
        st.builds(
            SubQuestion,
            text=st.text(alphabet="ab #123? ", max_size=10),
            depends_on=st.lists(st.integers(-1, 8), max_size=3).map(tuple),
        ),
        max_size=8,
    ),
    st.integers(1, 6),
)
def test_whatever_was_proposed_can_run_in_order(proposed: list[SubQuestion], limit: int) -> None:
    parts, _ = settle_parts(proposed, "ab", limit=limit)

    assert len(parts) <= min(limit, len(proposed))
    for number, part in enumerate(parts, start=1):
        assert all(1 <= need < number for need in part.depends_on)
        assert all(need in part.depends_on for need in references(part.text) if 1 <= need <= len(proposed))
        assert list(part.depends_on) == sorted(set(part.depends_on))


def test_the_limit_is_the_published_one() -> None:
    assert MAX_PARTS == 4
