"""What a selecting model may write, and what is never read as a selection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.selection.written import read


@pytest.mark.requirement("selection.parser")
@pytest.mark.parametrize(
    ("text", "members", "answer"),
    [
        ("Answer: 212 metres\nSelection: [1, 3]", (1, 3), "212 metres"),
        ("answer: 212 metres\nSELECTION: [[3]] and [[1]]", (3, 1), "212 metres"),
        ("**Answer:** Oslo\n\n**Selection:** [2]", (2,), "Oslo"),
        ("<think>Is [2] any good? Selection: [2]</think>\nAnswer: x\nSelection: [1]", (1,), "x"),
        ("no tag opened this</think>Answer: x\nSelection: 1, 2", (1, 2), "x"),
        ("Answer: unknown\nSelection: none", (), ""),
        ("Answer: I do not know.\nSelection: []", (), ""),
        ("Selection: [[]]", (), ""),
        ("Answer: x\nSelection: [1, 3]\n\nPassage [2] is about birds.", (1, 3), "x"),
        ("答案：212米\n选择：【1】、【3】", (1, 3), "212米"),
        ("[3, 1]", (3, 1), ""),
        ('```json\n["1", "[3]"]\n```', (1, 3), ""),
        ('{"ids": [1, 3]}', (1, 3), ""),
        ("[1] and [3]", (1, 3), ""),
        ("[]", (), ""),
        (
            "Answer: the mark\nSelection: of the jury was bad\nSelection: [2]",
            (2,),
            "the mark Selection: of the jury was bad",
        ),
    ],
)
def test_selections_are_read_in_their_usual_forms(text: str, members: tuple[int, ...], answer: str) -> None:
    written = read(text, 3)
    assert (written.members, written.answer) == (members, answer)
    assert (written.foreign, written.repeated) == ((), 0)


@pytest.mark.requirement("selection.parser")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "The first one.",
        "Answer: 212 metres",
        "Answer: in passage 1\nSelection:",
        "Selection: all of them",
        "<think>Selection: [1] perhaps, or",
        "[7]",
        "[0]",
        "Selection: [9, 12]",
        '[{"id": 1}]',
        "[true]",
        "Selection: [1]" + " because" * 4_000,
    ],
)
def test_what_has_not_the_form_is_refused_with_words_for_the_model(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        read(text, 3)


@pytest.mark.requirement("selection.parser")
def test_foreign_and_repeated_numbers_are_left_out_and_reported() -> None:
    written = read("Selection: [0, 2, 2, 7, 99999999999, 1]", 3)
    assert written.members == (2, 1)
    assert written.foreign == (0, 7)
    assert written.repeated == 1


@given(st.text(max_size=200), st.integers(1, 30))
def test_no_text_names_a_passage_that_was_not_shown(text: str, n: int) -> None:
    for each in (text, f"Selection: {text}", f"Answer: {text}\nSelection: [{text}]"):
        try:
            written = read(each, n)
        except ValueError:
            continue
        assert set(written.members) <= set(range(1, n + 1))
        assert len(set(written.members)) == len(written.members)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<", "< ", "[", "[1", "[1, ", "Selection:", "Selection: [", "and ", "_", "*"])
def test_no_text_takes_long_to_read(piece: str) -> None:
    for text in (piece * (100_000 // len(piece)), "Selection: " + piece * (3_000 // len(piece))):
        try:
            read(text, 3)
        except ValueError:
            continue
