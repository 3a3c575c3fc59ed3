from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.agents.workflow_planner.parse import ALIASES, Choice, parse_choice
from questline.agents.workflow_planner.workflow import SUB_WORKFLOWS, TOP_WORKFLOWS, Workflow

LONG_NAMES = {token: [name for name, of in ALIASES.items() if of == token] + [token] for token in set(ALIASES.values())}


@pytest.mark.requirement("planner.parser")
@given(
    st.sampled_from(TOP_WORKFLOWS),
    st.sampled_from(["", "Workflow: ", "workflow:\n", "The plan is: ", "**Workflow**: ", "Output: Workflow: "]),
    st.sampled_from([",", ", ", " -> ", " and ", "、", " then ", " + "]),
    st.sampled_from(["", ".", "</s>", "<|im_end|>", "\n\nBecause it is hard.", "`", " ."]),
    st.data(),
)
def test_every_workflow_is_read_in_the_ways_models_write_it(
    workflow: Workflow, prefix: str, separator: str, end: str, data: st.DataObject
) -> None:
    names = [data.draw(st.sampled_from(LONG_NAMES[token])) for token in workflow.tokens]
    shout = data.draw(st.sampled_from([str.upper, str.title, str.lower]))

    assert parse_choice(prefix + shout(separator.join(names)) + end) == workflow


@pytest.mark.requirement("planner.parser")
def test_about_thirty_long_names_are_known() -> None:
    assert 25 <= len(ALIASES) <= 45


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("the Document Retrieval module, the Answer Generator (AG)", "R,AG"),
        ("[R, DS, AG]", "R,DS,AG"),
        ("Workflow：R，AG。", "R,AG"),
        ("```\nR,AG\n```", "R,AG"),
    ],
)
def test_names_in_other_dress(text: str, tokens: str) -> None:
    assert parse_choice(text) == Workflow.parse(tokens)


@pytest.mark.requirement("planner.parser")
@pytest.mark.parametrize(
    "text",
    ["", "...", "I do not know", "DS,R,AG", "R,DS", "QDS,AG", "R,R,AG", "search the web and answer", "Workflow:"],
)
def test_an_illegal_plan_is_refused_and_not_mended(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_choice(text)


def test_a_sub_question_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="QDS"):
        parse_choice("QDS", top_level=False)


def test_only_open_choices_are_accepted() -> None:
    allowed: list[Choice] = [*SUB_WORKFLOWS[1:], "answer"]

    assert parse_choice("ANSWER.", allowed=allowed) == "answer"
    assert parse_choice("r,ag", allowed=allowed) == SUB_WORKFLOWS[1]
    with pytest.raises(ValueError, match=r"R,AG \| R,DS,AG \| answer"):
        parse_choice("AG", allowed=allowed)
    with pytest.raises(ValueError, match="abstain cannot be chosen"):
        parse_choice("abstain", allowed=allowed)


@given(st.text(max_size=80))
def test_any_text_is_a_choice_or_a_value_error(text: str) -> None:
    try:
        choice = parse_choice(text)
    except ValueError:
        return
    assert choice in ("answer", "abstain") or choice in TOP_WORKFLOWS
