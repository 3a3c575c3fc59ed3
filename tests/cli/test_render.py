"""Answers, sources and traces on the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from rich.console import Console, RenderableType

from questline.cli_console import plain
from questline.cli_live import view_for
from questline.cli_render import cited, render_answer, render_trace, sources_of
from questline.types import (
    Answer,
    AnswerWarning,
    Citation,
    Event,
    Evidence,
    Ledger,
    LedgerEntry,
    MissingPart,
    Plan,
    Task,
    Usage,
)

FRANCE = Evidence(
    id="p1", title="France", source="docs/france.md", text="Paris is its capital.", start=10, end=31, date="2024-05-01"
)
LYON = Evidence(id="p2", source="docs/lyon.md", text="word " * 100)


def shown(renderable: RenderableType, **options: object) -> str:
    file = io.StringIO()
    Console(file=file, width=110, **options).print(renderable)  # pyright: ignore[reportArgumentType]  # because options are of many types
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def an_answer(**changes: object) -> Answer:
    values: dict[str, object] = {
        "question": "What is the capital of France?",
        "text": "Paris is the capital. Lyon is not.",
        "citations": (
            Citation(start=22, end=34, evidence_id="p2"),
            Citation(start=0, end=21, evidence_id="p1", quote="Paris is its capital"),
            Citation(start=0, end=21, evidence_id="p2"),
        ),
        "evidence": (LYON, FRANCE, Evidence(id="p3", text="not cited")),
    }
    return Answer(**{**values, **changes})  # pyright: ignore[reportArgumentType]  # because fields of any type are replaced


@pytest.mark.requirement("faces.cli-answer")
def test_an_answer_shows_numbered_citations_and_their_sources() -> None:
    assert shown(render_answer(an_answer())) == snapshot("""\
Paris is the capital.[1][2] Lyon is not.[2]

Sources
[1] France · docs/france.md · characters 10-30 in its text · 2024-05-01
    “Paris is its capital”
[2] docs/lyon.md
    “word word word word word word word word word word word word word word word word word word word word word
word word word word word word word word word word word word word word word word word word word…”\
""")


@pytest.mark.requirement("faces.cli-answer")
@pytest.mark.parametrize(
    ("source", "quote", "place"),
    [
        ("notes.txt", "won the cup", "characters 106-117"),
        ("notes.txt", "has won", "characters 100-118"),  # not the very words: the place of the passage
        ("notes.md", "Mara", "characters 100-104 in its text"),
        ("Notes.PDF", "cup", "characters 114-117 in its text"),
    ],
)
def test_the_place_told_is_that_of_the_quotation(source: str, quote: str, place: str) -> None:
    passage = Evidence(id="p1", source=source, title="Notes", text="Mara  won the cup.", start=100, end=118)
    citation = Citation(start=0, end=9, evidence_id="p1", quote=quote)
    lines = shown(render_answer(an_answer(text="Mara won.", citations=(citation,), evidence=(passage,)))).splitlines()
    assert lines[-2] == f"[1] Notes · {source} · {place}"


def test_status_warnings_and_suggestions_are_told() -> None:
    told = an_answer(
        text="",
        citations=(),
        status="abstained",
        warnings=(AnswerWarning(code="no_hits", message="Nothing was found.", step="R"),),
        suggestions=("And Spain?",),
    )
    assert shown(render_answer(told)) == snapshot("""\

Status: abstained
Warning [no_hits] (R): Nothing was found.

You could ask next
  And Spain?\
""")


@pytest.mark.requirement("mends.told-how")
@pytest.mark.parametrize(("cites", "words"), [(True, "some of the question"), (False, "not answered: what kept it")])
def test_partial_is_said_of_what_is_answered_in_part_alone(cites: bool, words: str) -> None:
    lost = MissingPart(question="And of Spain?", code="server_unavailable", message="'atlas' did not start")
    told = an_answer(status="partial", missing=(lost,), **({} if cites else {"citations": ()}))
    assert words in shown(render_answer(told))
    assert "missing [server_unavailable]: “And of Spain?”: 'atlas' did not start" in shown(render_answer(told))


@pytest.mark.requirement("faces.cli-trace")
def test_the_trace_is_a_tree_with_time_calls_tokens_and_cost() -> None:
    spent = Usage(calls=1, tokens_in=1200, tokens_out=34, usd=0.00021, seconds=1.5)
    searched = Usage(retrievals=1, seconds=0.0042)
    answer = an_answer(
        standalone_question="What is the capital city of France?",
        plan=Plan(
            tasks=(
                Task(
                    id="q1",
                    intent="What is the capital of France?",
                    arguments={"workflow": "R,AG"},
                    status="done",
                    result="Paris",
                    decided_by="rule",
                    reason="a plain question",
                ),
                Task(id="q2", intent="And then?", depends_on=("q1",), status="failed"),
            )
        ),
        ledger=Ledger(
            entries=(
                LedgerEntry(step="condense", usage=Usage(cache_hits=1)),
                LedgerEntry(step="R", task="q1", usage=searched, detail="5 passages"),
                LedgerEntry(step="AG", task="q1", usage=spent, backend="llm", model="openai:m", degraded=True),
            ),
            wall_s=1.61,
        ),
    )
    assert shown(render_trace(answer)) == snapshot("""\
What is the capital of France?
├── read as: What is the capital city of France?
├── condense    0 ms · 0 calls · 0 tokens · $0.00000
├── q1 R,AG by rule: What is the capital of France? (a plain question) · done → Paris
│   ├── R           4 ms · 0 calls · 0 tokens · $0.00000 · 5 passages
│   └── AG        1.50 s · 1 call · 1,234 tokens · $0.00021 · openai:m · degraded to embedded
├── q2 documents.answer after q1: And then? · failed
└── total  1.61 s · 1 call · 1,234 tokens · $0.00021 · 1 retrieval · 1 cache hit · complete\
""")


def test_text_is_left_out_after_it_was_streamed() -> None:
    assert "Paris is the capital" not in shown(render_answer(an_answer(), text=False))


@pytest.mark.requirement("faces.cli-colours")
def test_documents_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;title\x07\x1b[31mred\x9b0m [bold]x[/bold]\r\n"
    answer = an_answer(text=evil, citations=(), warnings=(AnswerWarning(code="w", message=evil),))
    text = shown(render_answer(answer), force_terminal=True)
    assert "\x1b]" not in text
    assert "\x1b[31m" not in text
    assert "[bold]x[/bold]" in text


@given(st.text())
def test_plain_text_has_no_control_characters_but_line_ends_and_tabs(text: str) -> None:
    cleaned = plain(text)
    assert all(char >= " " or char in "\n\t" for char in cleaned)
    assert "\x7f" not in cleaned
    assert plain(cleaned) == cleaned


_CITATIONS = st.lists(
    st.builds(
        Citation,
        start=st.integers(0, 40),
        end=st.integers(-3, 60),
        evidence_id=st.sampled_from(["p1", "p2", "unknown"]),
        quote=st.just(""),
    )
)


@given(st.text(st.characters(blacklist_characters="[]"), max_size=50), _CITATIONS)
def test_marks_change_nothing_but_themselves(text: str, citations: list[Citation]) -> None:
    answer = an_answer(text=text, citations=tuple(citations))
    marked = cited(answer)
    assert marked.replace("[1]", "").replace("[2]", "") == text
    numbers = [number for number, _ in sources_of(answer).values()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(f"[{number}]" in marked for number in numbers)
    assert "[3]" not in marked


def piece(text: str) -> Event:
    return Event(kind="token", text=text)


@pytest.mark.requirement("faces.cli-stream")
@pytest.mark.parametrize(
    ("pieces", "text", "written", "complete"),
    [
        (("", "Paris ", "is."), "Paris is.", "Paris is.\n", True),
        (("Lyon", "", "Paris is."), "Paris is.", "Lyon\n\nParis is.\n", True),
        (("Lyon",), "Paris is.", "Lyon\n\n", False),
        ((), "Paris is.", "", False),
        (("Pa\x1bris",), "Paris", "Paris\n\n", False),
    ],
)
def test_a_pipe_gets_each_piece_as_it_comes(
    pieces: tuple[str, ...], text: str, written: str, complete: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with view_for(stream=True) as view:
        view.show(Event(kind="step_started", step="AG"))
        for each in pieces:
            view.show(piece(each))
        assert view.finish(an_answer(text=text)) is complete
    assert capsys.readouterr().out == written


@pytest.mark.parametrize("stream", [None, False])
def test_a_pipe_gets_nothing_before_the_answer_by_default(
    stream: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with view_for(stream=stream) as view:
        view.show(piece("Paris"))
        assert not view.finish(an_answer())
    assert capsys.readouterr().out == ""
