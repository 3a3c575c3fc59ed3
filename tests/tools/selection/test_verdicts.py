"""A line of verdicts: written, found again, and how sure it was."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.tools.models.llm_contract import TokenChance
from questline.tools.selection.verdicts import verdict_chances, verdict_line, verdict_places
from questline.tools.selection.written import read


def told(text: str, chance: float, *rivals: tuple[str, float]) -> TokenChance:
    top = ((text, math.log(chance)), *((rival, math.log(each)) for rival, each in rivals))
    return TokenChance(text=text, logprob=math.log(chance), top=top)


LINE = "[1] drop [2] keep\nAnswer: keep\nSelection: [2]"
TOKENS = [
    *(told("[1]", 1.0, ("x", 1e-9)), told(" drop", 0.7, (" keep", 0.2), (" no", 0.1))),
    *(told(" [2]", 1.0, ("x", 1e-9)), told(" ke", 0.6, (" d", 0.3)), told("ep", 1.0, ("x", 1e-9))),
    *(told("\nAnswer: keep", 1.0, ("x", 1e-9)), told("\nSelection: [2]", 1.0, ("x", 1e-9))),
]


@pytest.mark.requirement("selector.verdicts")
def test_a_verdict_says_how_sure_the_model_was() -> None:
    found = verdict_chances(LINE, TOKENS, 2)
    assert found is not None
    assert found == pytest.approx({1: 0.2 / 0.9, 2: 0.6 / 0.9})
    # what was cut from the text in front, or stands before it, moves nothing
    assert verdict_chances(LINE, [told("Well. ", 1.0, ("x", 1e-9)), *TOKENS], 2) == found


@pytest.mark.requirement("selector.verdicts")
@pytest.mark.parametrize(
    "text",
    [
        "Answer: x\nSelection: [1]",
        "[1] keep\nAnswer: x\nSelection: [1]",
        "[1] keep [1] drop\nAnswer: x\nSelection: [1]",
        "[2] keep [1] drop\nAnswer: x\nSelection: [1]",
        "[1] keep [2] drop [3] keep\nAnswer: x\nSelection: [1]",
        "[1] keeper [2] drop\nAnswer: x\nSelection: [1]",
        "Answer: [1] keep [2] drop\nSelection: [1]",
        "",
    ],
)
def test_what_is_no_verdict_on_each_tells_nothing(text: str) -> None:
    assert verdict_places(text, 2) is None
    assert verdict_chances(text, TOKENS, 2) is None


@pytest.mark.requirement("selector.verdicts")
def test_tokens_of_another_text_or_without_rivals_tell_nothing() -> None:
    assert verdict_chances(LINE, TOKENS[1:], 2) is None
    assert verdict_chances(LINE, [TokenChance(text=each.text, logprob=each.logprob) for each in TOKENS], 2) is None


@pytest.mark.requirement("selector.verdicts")
@given(st.integers(1, 30), st.data())
def test_what_is_written_is_found_and_the_product_reads_what_follows(n: int, data: st.DataObject) -> None:
    kept = sorted(data.draw(st.sets(st.integers(1, n))))
    notes = data.draw(
        st.dictionaries(st.integers(1, n), st.sampled_from(["lamp colour", "keep", "drop it", "第二", 200 * "x"]))
    )
    text = f"{verdict_line(kept, n, notes)}\nAnswer: unknown\nSelection: {kept}"
    places = verdict_places(text, n)
    assert places is not None
    assert [number for number, (_, keep) in places.items() if keep] == kept
    assert all(text[at : at + 4] in ("keep", "drop") for at, _ in places.values())
    assert read(text, n).members == tuple(kept)
