"""What documents say while servers cannot be asked is not the whole answer; what servers say is."""

from __future__ import annotations

import pytest

from questline.graphs.tool_search.left_out import held_back
from questline.types import Answer, AnswerWarning, Plan, Task

pytestmark = pytest.mark.requirement("tsg.late-servers")

_STARTING = AnswerWarning(code="still_starting", message="the server 'museum' had not said in time which tools it has")
_CUT = AnswerWarning(code="deadline_reached", message="the step find was not done after 0.5 s", step="find")
_DEAD = AnswerWarning(code="command_not_found", message="the server 'museum' cannot be used")


_OTHER = AnswerWarning(code="tool_changed", message="museum/loom was left out until it is accepted")


def answer(
    *warnings: AnswerWarning,
    server: str = "documents",
    status: str = "complete",
    text: str = "The loom was bought in 1904.",
) -> Answer:
    return Answer(
        question="How old is the loom?",
        text=text,
        status=status,  # pyright: ignore[reportArgumentType]  # because a parameter is no literal
        warnings=warnings,
        plan=Plan(tasks=(Task(id="T1", intent="How old is the loom?", server=server, status="done"),)),
    )


@pytest.mark.parametrize("warning", [_STARTING, _CUT])
def test_documents_alone_are_not_the_whole_answer_while_servers_start(warning: AnswerWarning) -> None:
    told = held_back(answer(warning))
    assert told.status == "partial"
    assert [part.code for part in told.missing] == ["open_part"]
    assert told.text.startswith("The loom was bought in 1904. ")


def test_where_a_server_is_down_only_a_value_of_the_kind_is_the_whole_answer() -> None:
    told = held_back(answer(_DEAD))
    assert told.status == "partial"
    assert [(part.code, "the server museum" in part.message) for part in told.missing] == [("open_part", True)]


@pytest.mark.parametrize(
    "given",
    [
        answer(),
        answer(_DEAD, text="The loom is 122 years old."),
        answer(_DEAD, server="museum"),
        answer(_OTHER),
        answer(_STARTING, server="museum"),
        answer(_STARTING, status="abstained"),
    ],
)
def test_other_answers_stay_as_they_are(given: Answer) -> None:
    assert held_back(given) == given
