"""What documents say while servers cannot be asked is not the whole answer; what servers say is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from questline.graphs.tool_search.left_out import held_back, instead
from questline.types import Answer, AnswerWarning, Ledger, LedgerEntry, MissingPart, Plan, Task

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
        answer(status="abstained"),
    ],
)
def test_other_answers_stay_as_they_are(given: Answer) -> None:
    assert held_back(given) == given


@pytest.mark.requirement("mends.unasked")
@pytest.mark.parametrize(
    ("warning", "code"),
    [(_STARTING, "deadline_reached"), (_CUT, "deadline_reached"), (_DEAD, "command_not_found")],
)
def test_no_answer_of_the_documents_is_not_the_last_word_where_servers_were_not_asked(
    warning: AnswerWarning, code: str
) -> None:
    told = held_back(answer(warning, status="abstained", text="No answer was found."))
    assert told.status == "partial"
    assert [part.code for part in told.missing] == [code]
    assert "No answer was found" not in told.text
    assert told.missing[0].message in told.text


@pytest.mark.requirement("mends.unasked")
@pytest.mark.parametrize(
    ("part", "kept"),
    [
        (MissingPart(question="How old is the loom?", code="deadline_reached", message="no time"), True),
        (MissingPart(question="How old is the loom?", code="tool_failed", message="museum/loom failed"), True),
        (MissingPart(question="How old is the loom?", code="not_found"), False),
        (MissingPart(question="How old is the loom?", code="no_tool"), False),
    ],
)
def test_what_kept_the_servers_from_an_answer_stands_in_the_place_of_nothing_found(
    part: MissingPart, kept: bool
) -> None:
    asked = LedgerEntry(step="probe", started_s=0.1, detail="museum/loom: cut short")
    nothing = answer(status="abstained", text="No answer was found.")
    other = replace(nothing, status="partial", text="Not in time.", missing=(part,), ledger=Ledger(entries=(asked,)))
    told = instead(nothing, other)
    assert told.status == ("partial" if kept else "abstained")
    if part.code == "deadline_reached":
        assert "museum/loom had not answered" in told.text
