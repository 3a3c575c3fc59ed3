"""Questions split by rule: against cases written before the rules, and against any text at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questline.agents.intents import Intents, split
from questline.errors import UsageError
from questline.tools.tool_retrieval.intents import MOST

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
WORDS = st.sampled_from(
    re.split(
        r"\|", "What|is|the weather|in|Oslo|,|and|Paris|.|Find a file|then|read it|?|;|If it rains|First|it|12|the"
    )
    + re.split(r"\|", '\n- |\n1. |"|Thanks|北京和上海的天气|，然后|？|；|mean of|Please|also|!|which is longer|or')
)


def plain(text: str) -> str:
    return " ".join(text.split()).strip(" .?!,;。？").casefold()


def assert_whole(question: str, found: Intents) -> None:
    """Every word is somewhere, spans are in order, and an intent waits for earlier ones only."""
    spans = [(each.start, each.end) for each in (*found.items, *found.shared, *found.cuts)]
    covered = {place for start, end in spans for place in range(start, end)}
    lost = [match[0] for match in re.finditer(r"\w", question) if match.start() not in covered]
    assert lost == []
    assert 1 <= len(found.items) <= MOST
    ends = [0, *(item.end for item in found.items)]
    for place, item in enumerate(found.items):
        assert ends[place] <= item.start < item.end <= len(question)
        assert item.text.strip()
        assert all(each < place for each in item.after)


@pytest.mark.requirement("intents.rules", "intents.plain", "intents.order")
def test_nearly_all_cases_come_out_as_they_were_written_down() -> None:
    wrong: dict[str, list[str]] = {"one": [], "several": [], "after": []}
    for case in CASES:
        found = split(case["question"])
        assert_whole(case["question"], found)
        if "parts" not in case:
            kept = found.texts == (case["question"],) and case.get("kind", "") in {"", found.items[0].kind}
            members = [member.text for member in found.items[0].members]
            if not kept or members != case.get("members", members):
                wrong["one"].append(case["question"])
        elif [plain(text) for text in found.texts] != [plain(text) for text in case["parts"]]:
            wrong["several"].append(case["question"])
        elif [list(item.after) for item in found.items] != case.get("after", [[] for _ in case["parts"]]):
            wrong["after"].append(case["question"])

    assert len(CASES) >= 120
    assert len(wrong["one"]) <= 1
    assert len(wrong["several"]) <= 4
    assert len(wrong["after"]) <= 2


@pytest.mark.requirement("intents.rules")
def test_the_members_of_an_enumeration_have_their_own_places_and_share_the_rest() -> None:
    question = "What is the weather in Oslo, Paris and Rome?"
    found = split(question)

    assert [question[item.start : item.end] for item in found.items] == ["Oslo", "Paris", "Rome"]
    assert [span.text for span in found.shared] == ["What is the weather in "]
    assert [cut.rule for cut in found.cuts if cut.start] == ["enumeration", "enumeration", "lead"][: len(found.cuts)]
    assert found.backend == "embedded"


@pytest.mark.requirement("intents.order")
def test_what_compares_earlier_results_waits_for_all_of_them() -> None:
    found = split("Get the weather in Oslo, Paris and Rome, and then compare them.")
    assert [item.after for item in found.items] == [(), (), (), (0, 1, 2)]


@pytest.mark.requirement("intents.bad-input")
@pytest.mark.parametrize("question", ["", " \n\t"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(UsageError) as caught:
        split(question)
    assert (caught.value.code, caught.value.fields["argument"]) == ("empty_query", "question")


@pytest.mark.requirement("intents.plain", "intents.bad-input")
@pytest.mark.parametrize("question", ["???", "。", " ! ", "Thanks!"])
def test_marks_and_thanks_alone_stay_as_they_are(question: str) -> None:
    assert split(question).texts == (question.strip(),)


@pytest.mark.requirement("intents.bad-input", "intents.nothing-lost")
@pytest.mark.parametrize(
    "question",
    [
        "What is the weather in Oslo? " * 690,
        "and then " * 2_222,
        "Compare the price of a and b of " * 625,
        "A, " * 6_666,
        "\n- find it" * 2_000,
        '"' * 20_000,
    ],
)
def test_a_question_of_20000_characters_is_split_in_its_beginning_and_kept_whole(question: str) -> None:
    found = split(question)

    assert_whole(question, found)
    assert found.items[-1].end == len(question.rstrip()) or found.cuts
    if len(found.items) > 1:
        assert "query_truncated" in [warning.code for warning in found.warnings]


@pytest.mark.requirement("intents.nothing-lost")
def test_more_needs_than_are_planned_apart_stay_together_in_the_last() -> None:
    places = ["Oslo", "Paris", "Rome", "Lima", "Bonn", "Bern", "Prague", "Tokyo", "Delhi", "Cairo"]
    question = f"What is the weather in {', '.join(places[:-1])} and {places[-1]}?"
    found = split(question)

    assert len(found.items) == MOST
    assert [warning.code for warning in found.warnings] == ["too_many_intents"]
    assert all(place in found.items[-1].text for place in places[MOST - 1 :])
    assert question[found.items[-1].start : found.items[-1].end] == "Tokyo, Delhi and Cairo"


@pytest.mark.requirement("intents.nothing-lost", "intents.order")
@example('" " ? What')
@given(st.lists(WORDS, min_size=1, max_size=40).map(" ".join) | st.text(max_size=200))
@example("In Oslo, what is it? and who?")
def test_no_word_of_any_text_is_lost(question: str) -> None:
    if question.strip():
        assert_whole(question, split(question))
