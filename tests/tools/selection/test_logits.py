"""From the chances of tokens to those of passages: split numbers, brackets, other orders, and what cannot be told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tools.selection.conftest import passages

from questline.testing import ChatRequest, Fault, Reply, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import TokenChance
from questline.tools.selection.contract import Selection
from questline.tools.selection.judge import Judge
from questline.tools.selection.llm_judge import LLMJudge
from questline.tools.selection.logits import id_chances
from questline.tools.selection.sliding import SlidingSelector
from questline.tools.selection.votes import Vote, Votes
from questline.tools.selection.written import listed_part, read

Item = str | tuple[str, float] | tuple[str, float, Mapping[str, float]]


def tokens(*items: Item) -> tuple[TokenChance, ...]:
    """Tokens with their probabilities, and those of their rivals; a bare text is sure."""
    found: list[TokenChance] = []
    for item in items:
        text, chance, *rivals = (item, 1.0) if isinstance(item, str) else item
        told = {text: chance, **(rivals[0] if rivals else {})}
        ranked = sorted(told.items(), key=lambda pair: -pair[1])
        found.append(
            TokenChance(text=text, logprob=math.log(chance), top=tuple((each, math.log(p)) for each, p in ranked))
        )
    return tuple(found)


def chances(made: Sequence[TokenChance], n: int) -> dict[int, float] | None:
    text = "".join(token.text for token in made)
    return id_chances(text, made, read(text, n).members, n)


@pytest.mark.requirement("selection.logits")
def test_what_ends_the_list_or_takes_a_passages_place_counts_against_it() -> None:
    made = tokens(
        *("Answer", ": 4\n", "Selection", ":"),
        (" [", 0.9, {" []": 0.1}),
        ("1", 0.6, {"3": 0.1, "2": 0.3}),
        (",", 0.8, {"]": 0.2}),
        " ",
        ("3", 0.9, {"4": 0.05}),
        ("]", 0.7, {",": 0.3}),
    )
    told = chances(made, 4)
    assert told is not None
    assert told[1] == pytest.approx(0.9 * 0.7)  # not empty, and not 2; 3 first is only another order
    assert told[3] == pytest.approx(0.8 * 0.95)  # not ended, and not 4
    assert (told[2], told[4]) == (pytest.approx(0.3), pytest.approx(0.05))


@pytest.mark.requirement("selection.logits")
@pytest.mark.parametrize("opening", [" [[", " [", "\n["])
def test_a_number_may_lie_in_several_tokens(opening: str) -> None:
    closing = "]" * opening.count("[")
    made = tokens("Selection:", opening, ("1", 0.9, {"2": 0.05}), ("2", 0.7, {"3": 0.2, closing: 0.1}), closing)
    told = chances(made, 15)
    assert told is not None
    assert told[12] == pytest.approx(0.95 * 0.7)
    assert told[13] == pytest.approx(0.9 * 0.2)
    assert told[1] == pytest.approx(0.9 * 0.1)
    assert told[2] == pytest.approx(0.05)
    assert max(told[number] for number in (3, 11, 14, 15)) < 0.05


@pytest.mark.requirement("selection.logits")
def test_one_token_may_hold_brackets_commas_and_numbers() -> None:
    made = tokens("<think>[2]?</think>", "Selection:", (" [1", 0.6, {" [2": 0.4}), (", 3", 0.9, {"]": 0.1}), "].")
    text = "".join(token.text for token in made).removeprefix("<think>[2]?</think>")
    told = id_chances(text, made, (1, 3), 3)
    assert told == {1: pytest.approx(0.6), 2: pytest.approx(0.4), 3: pytest.approx(0.9)}


@pytest.mark.requirement("selection.logits")
def test_an_empty_list_tells_how_near_others_came() -> None:
    told = chances(tokens("Selection:", (" []", 0.75, {" [2": 0.2})), 2)
    assert told == {1: pytest.approx(0.05), 2: pytest.approx(0.2)}
    told = chances(tokens("Selection:", (" []", 0.6, {" [": 0.4})), 2)
    assert told == {1: pytest.approx(0.2), 2: pytest.approx(0.2)}


@pytest.mark.requirement("selection.logits")
def test_without_rivals_the_tokens_own_chances_count() -> None:
    bare = tuple(
        TokenChance(text=text, logprob=math.log(chance))
        for text, chance in (("Selection: [", 0.5), ("2", 0.8), ("]", 0.5))
    )
    told = chances(bare, 3)
    assert told is not None
    assert told[2] == pytest.approx(0.8)


@pytest.mark.requirement("selection.logits")
@pytest.mark.parametrize(
    "made",
    [
        tokens("Selection: [2]"),  # not what was read
        tokens("Choice: ", "[1, 2]", "?"),
        (TokenChance(text="Selection: [1]", logprob=0.0, data=b"Selection: [1]\xff"),),
        (),
    ],
)
def test_tokens_that_are_not_the_text_tell_nothing(made: Sequence[TokenChance]) -> None:
    assert id_chances("Selection: [1]", made, (1,), 2) is None


@pytest.mark.requirement("selection.logits")
def test_a_character_may_lie_in_several_tokens() -> None:
    first, second = (TokenChance(text="\ufffd", logprob=0.0, data=part) for part in (b"\xe7\x81", b"\xaf"))
    made = (*tokens("答案："), first, second, *tokens("\n选择：[", ("1", 0.5, {"2": 0.5}), "]"))
    told = id_chances("答案：灯\n选择：[1]", made, (1,), 2)
    assert told == {1: pytest.approx(0.5), 2: pytest.approx(0.5)}


@pytest.mark.requirement("selection.logits")
@given(
    st.lists(st.integers(1, 30), max_size=8, unique=True),
    st.lists(st.tuples(st.text("0123456789[], \n", max_size=3), st.floats(0.001, 0.3)), max_size=5),
    st.floats(0.01, 1.0),
)
def test_chances_are_chances_whatever_the_rivals(
    numbers: list[int], rivals: list[tuple[str, float]], chance: float
) -> None:
    text = f"Answer: x\nSelection: {numbers}"
    top = tuple((rival, math.log(p * (1 - chance) + 1e-9)) for rival, p in rivals)
    made = tuple(TokenChance(text=part, logprob=math.log(chance), top=top) for part in re.findall(r"\d|\D+", text))
    told = id_chances(text, made, numbers, 30)
    assert told is not None
    assert list(told) == list(range(1, 31))
    assert all(0 <= each <= 1 for each in told.values())


@pytest.mark.parametrize(
    ("text", "part"),
    [("Answer: 1\nSelection: [2]\n\nAs [3] says", " [2]"), ("[1, 2]", "[1, 2]"), ("Selection:", None)],
)
def test_the_list_is_found_in_the_text(text: str, part: str | None) -> None:
    found = listed_part(text)
    assert (None if found is None else text[found[0] : found[1]]) == part


@pytest.mark.requirement("selection.posterior", "selection.logits")
def test_windows_that_tell_their_chances_are_averaged_and_others_counted() -> None:
    votes = Votes()
    both = frozenset({1, 2})
    votes.add(Vote(seen=both, chosen=frozenset({1}), answer="", weight=1.0, chances={1: 0.9, 2: 0.2}))
    assert (votes.chance(1), votes.chance(2), votes.chance(3), votes.source) == (0.9, 0.2, 0.5, "logits")
    votes.add(Vote(seen=both, chosen=both, answer="", weight=0.5, chances={1: 0.6, 2: 0.8}))
    assert votes.chance(2) == pytest.approx((0.2 + 0.5 * 0.8) / 1.5)
    votes.add(Vote(seen=both, chosen=frozenset({1}), answer="", weight=1.0))
    assert votes.chance(1) == pytest.approx((0.5 + 0.9 + 0.5 * 0.6 + 1) / (1 + 2.5))
    assert votes.source == "windows"


QUESTION = "How high is the tide?"
TIDES = ("The tide is 4 metres high.", "Bread needs yeast.", "A kitten slept.")
SURE = Reply(tokens=tokens("Answer: 4 metres\n", "Selection: [", ("1", 0.9, {"3": 0.1}), "]"))


async def select(script: Callable[[ChatRequest], Reply | str | Fault] | Reply, logprobs: int = 5) -> Selection:
    with ScriptedLLM(script) as server:
        judge: Judge = LLMJudge(Gateway.build(model="scripted", base_url=server.base_url), logprobs=logprobs)
        return await SlidingSelector(judge).select(QUESTION, passages(*TIDES))


@pytest.mark.requirement("selection.logits")
async def test_a_servers_logits_are_the_probabilities() -> None:
    selection = await select(SURE)
    assert (selection.ids, selection.source) == (("p0",), "logits")
    assert selection.members[0].p == pytest.approx(0.9)
    assert {each.id: each.p for each in selection.rejected} == {"p1": pytest.approx(0.0), "p2": pytest.approx(0.1)}


@pytest.mark.requirement("selection.logits")
async def test_without_logits_windows_are_counted_and_the_selection_says_so() -> None:
    def refuses(request: ChatRequest) -> Reply | Fault:
        return Fault.status(400) if "logprobs" in request.body else SURE

    for selection in (
        await select(refuses),
        await select(SURE, logprobs=0),
        await select(Reply(text="Selection: [1]")),
    ):
        assert (selection.ids, selection.source, selection.members[0].p) == (("p0",), "windows", 0.75)
        assert (selection.warnings, selection.degraded) == ((), False)


@pytest.mark.requirement("selection.logits")
async def test_a_long_passage_is_as_likely_as_its_likeliest_piece() -> None:
    long = "The tide turns. " * 200 + "It is 4 metres high."
    made = tokens("Selection: [", ("3", 0.8, {"1": 0.1, "2": 0.05}), "]")
    with ScriptedLLM(Reply(tokens=made)) as server:
        judge = LLMJudge(Gateway.build(model="scripted", base_url=server.base_url))
        selection = await SlidingSelector(judge).select(QUESTION, passages(long, *TIDES[1:]))
    assert selection.ids == ("p0",)
    assert selection.members[0].p == pytest.approx(0.85)


def test_an_embedded_selection_says_that_its_probabilities_were_fitted() -> None:
    assert Selection().source == "features"
