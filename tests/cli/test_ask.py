"""`agents ask`: answers with citations, as text, as JSON, streamed, and every way to ask wrongly."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from questline.testing import Fault, Reply, ScriptedLLM

from .conftest import PROGRAM, Agents

QUESTION = "Where was Ansgar Tollin born?"
WRITTEN = "Ansgar Tollin was born in Brackwater [1].\n=> Brackwater"


@pytest.fixture
def indexed(library: Path, agents: Agents) -> Agents:
    assert agents("index", library).code == 0
    return agents


@pytest.fixture
def server() -> Generator[ScriptedLLM]:
    with ScriptedLLM(WRITTEN) as server:
        yield server


def llm(server: ScriptedLLM) -> tuple[str, ...]:
    return ("--model", "scripted", "--base-url", server.base_url, "--workflow", "R,AG")


@pytest.mark.requirement("faces.cli-answer")
def test_an_answer_comes_with_its_source_and_says_that_it_is_extractive(indexed: Agents) -> None:
    done = indexed("ask", QUESTION)
    assert done.code == 0
    short, sentence = done.out.splitlines()[:2]
    assert "Brackwater" in short
    assert short in sentence
    assert "[1]" in sentence
    assert "tollin.md · characters" in done.out
    assert done.err.startswith("Note: ")
    assert "--model" in done.err
    assert "Warning" not in done.out
    assert "\x1b" not in done.out + done.err


@pytest.mark.requirement("faces.cli-json")
def test_json_is_the_whole_answer_and_nothing_else(indexed: Agents) -> None:
    done = indexed("ask", QUESTION, "--json", "--trace")
    answer = done.json
    assert (answer["question"], answer["backend"], answer["status"]) == (QUESTION, "embedded", "complete")
    assert {"citations", "evidence", "plan", "ledger", "warnings", "usage", "run_id"} <= set(answer)
    assert done.err == ""


@pytest.mark.requirement("faces.cli-trace")
def test_the_trace_follows_the_answer(indexed: Agents) -> None:
    out = indexed("ask", QUESTION, "--trace", "--workflow", "R,AG").out
    assert re.search(r"└── total +\S+ m?s · 0 calls · 0 tokens · \$0\.00000 · 1 retrieval", out)
    assert "q1 R,AG by forced: Where was Ansgar Tollin born?" in out
    assert re.search(r"AG +\S+ m?s · 0 calls .* · embedded · Brackwater", out)


@pytest.mark.requirement("faces.cli-docs")
def test_documents_can_be_asked_without_indexing_them_first(library: Path, agents: Agents) -> None:
    done = agents("ask", QUESTION, "--documents", library / "tollin.md", "--docs", library / "harbour.txt")
    assert done.code == 0
    assert "Brackwater" in done.out
    assert agents("index", "list").code == 2  # the index of the working folder was not touched


def test_the_question_can_come_from_stdin(indexed: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{QUESTION}\n"))
    assert indexed("ask", "-", "--json").json["question"] == QUESTION


@pytest.mark.requirement("faces.cli-llm")
def test_a_language_model_writes_the_answer(server: ScriptedLLM, indexed: Agents) -> None:
    done = indexed("ask", QUESTION, *llm(server), "--trace")
    assert done.out.splitlines()[0] == "Ansgar Tollin was born in Brackwater.[1]"
    assert re.search(r"AG +\S+ m?s · 1 call · \d+ tokens · \$0\.00000 · scripted", done.out)
    assert done.err == ""


@pytest.mark.requirement("faces.cli-stream")
def test_a_streamed_answer_is_followed_by_its_sources(server: ScriptedLLM, indexed: Agents) -> None:
    done = indexed("ask", QUESTION, *llm(server), "--stream")
    assert done.out.startswith("Ansgar Tollin was born in Brackwater.\n\nSources\n[1] ")
    assert done.out.count("was born in Brackwater.") <= 2  # once as text, once in the quotation
    assert server.requests[-1].stream


def test_a_model_that_fails_leaves_a_visible_fallback(indexed: Agents) -> None:
    with ScriptedLLM(Fault.status(400)) as server:
        done = indexed("ask", QUESTION, *llm(server), "--trace")
        strict = indexed("ask", QUESTION, *llm(server), "--strict")
    assert done.code == 0
    assert "Warning [" in done.out
    assert "degraded to embedded" in " ".join(done.out.replace("│", " ").split())  # a narrow terminal wraps it
    assert strict.code == 1
    assert strict.err.startswith("error[")


def test_a_key_in_the_environment_changes_no_model(indexed: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    assert indexed("ask", QUESTION, "--json").json["backend"] == "embedded"


@pytest.mark.requirement("faces.cli-settings")
def test_settings_of_the_working_folder_are_the_defaults(server: ScriptedLLM, indexed: Agents) -> None:
    Path("agents.toml").write_text(f'model = "scripted"\nbase_url = "{server.base_url}"\nworkflow = "R,AG"\n', "utf-8")
    assert indexed("ask", QUESTION, "--json").json["backend"] == "llm"
    assert indexed("ask", QUESTION, "--json", "--model", "embedded").json["backend"] == "embedded"


@pytest.mark.requirement("faces.cli-history")
@pytest.mark.parametrize("form", ["list", "object", "lines", "one"])
def test_earlier_messages_are_condensed_into_the_question(form: str, indexed: Agents) -> None:
    messages = [
        {"role": "user", "content": "Who is Ansgar Tollin?"},
        {"role": "assistant", "content": "Ansgar Tollin was an architect."},
    ]
    texts = {
        "list": json.dumps(messages),
        "object": json.dumps({"messages": messages}),
        "lines": "\n".join(json.dumps(message) for message in messages),
        "one": json.dumps(messages[0]),
    }
    Path("history.json").write_text(texts[form], "utf-8")
    done = indexed("ask", "Where was he born?", "--history", "history.json", "--json")
    assert "Tollin" in done.json["standalone_question"]


@pytest.mark.requirement("faces.cli-run-id")
def test_a_named_run_that_is_done_gives_the_same_answer_without_a_new_call(
    server: ScriptedLLM, indexed: Agents
) -> None:
    first = indexed("ask", QUESTION, *llm(server), "--run-id", "r7", "--json").json
    again = indexed("ask", QUESTION, *llm(server), "--run-id", "r7", "--json").json
    assert first["text"] == again["text"]
    assert len(server.requests) == 1


@pytest.mark.requirement("faces.cli-bad-input")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("",), "empty_question"),
        (("  \n",), "empty_question"),
        (("x" * 9000,), "question_too_long"),
        ((QUESTION, "--workflow", "DS,AG"), "bad_workflow"),
        ((QUESTION, "--workflow", "XX"), "bad_workflow"),
        ((QUESTION, "--planner", "oracle"), "bad_planner"),
        ((QUESTION, "--model", "gpt-99"), "unknown_model"),
        ((QUESTION, "--model", "openai:gpt-99"), "missing_key"),
        ((QUESTION, "--budget", "seconds=0"), "bad_budget"),
        ((QUESTION, "--budget", "usd=nan"), "bad_budget"),
        ((QUESTION, "--budget", "hours=1"), "bad_budget"),
        ((QUESTION, "--k", "0"), "bad_settings"),
        ((QUESTION, "--config", "none.toml"), "file_not_found"),
        ((QUESTION, "--documents", "none"), "file_not_found"),
        ((QUESTION, "--history", "none.json"), "file_not_found"),
        ((QUESTION, "--history", "."), "unreadable_file"),
        ((QUESTION, "--run-id", ""), "bad_argument"),
        ((QUESTION, "--index", "elsewhere"), "no_index"),
    ],
)
def test_what_is_asked_wrongly_exits_with_2_and_its_code(words: tuple[str, ...], code: str, indexed: Agents) -> None:
    done = indexed("ask", *words, "--json")
    assert done.code == 2
    assert done.json["error"]["code"] == code
    assert done.err.startswith(f"error[{code}]: ")
    assert done.err.count("\n") == 1


@pytest.mark.requirement("faces.cli-bad-input")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not json", "bad_history"),
        (b'"text"', "bad_history"),
        (b'[{"role": "user"}]', "bad_history"),
        (b'[{"role": "robot", "content": "x"}]', "bad_history"),
        (b'{"messages": 3}', "bad_history"),
        pytest.param(b"[" * 100_000, "bad_history", id="too deep"),
        (b"\xff\xfe", "bad_encoding"),
    ],
)
def test_a_history_that_is_none_is_refused(content: bytes, code: str, indexed: Agents) -> None:
    Path("history.json").write_bytes(content)
    assert indexed("ask", QUESTION, "--history", "history.json", "--json").json["error"]["code"] == code


def test_without_documents_a_question_says_how_to_index_some(agents: Agents) -> None:
    done = agents("ask", QUESTION)
    assert (done.code, done.err.split(":")[0]) == (2, "error[no_index]")
    assert "agents index PATH" in done.err
    assert not Path(".questline").exists()


@pytest.mark.requirement("faces.cli-llm")
def test_closed_book_answers_from_memory_without_documents(agents: Agents) -> None:
    with ScriptedLLM("Paris.\n=> Paris") as server:
        done = agents(
            "ask", "Capital of France?", "--model", "m", "--base-url", server.base_url, "--closed-book", "--json"
        )
    assert done.json["text"] == "Paris."
    assert done.json["citations"] == []


def in_terminal(*words: str, cwd: Path, **variables: str) -> str:
    """Run a command in a pseudo-terminal and return all that it wrote."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **variables}
    process = subprocess.Popen([*PROGRAM, *words], cwd=cwd, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux reports the other side's end so
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(30) == 0
    return written.decode()


@pytest.mark.slow
@pytest.mark.requirement("faces.cli-stream")
def test_a_terminal_shows_the_text_while_it_is_written(library: Path, indexed: Agents) -> None:
    with ScriptedLLM(Reply(text=WRITTEN, piece_delay_s=0.2)) as server:
        screen = in_terminal("ask", QUESTION, *llm(server), cwd=library.parent)
    final = screen.rindex("Ansgar Tollin was born in Brackwater")
    assert "Ansgar Tollin was" in screen[:final]  # a draft was on the screen before
    assert "Sources" in screen[final:]


@pytest.mark.slow
@pytest.mark.requirement("faces.cli-colours")
def test_a_terminal_gets_colours_unless_told_otherwise(library: Path, indexed: Agents) -> None:
    coloured = in_terminal("ask", QUESTION, "--trace", cwd=library.parent)
    plain = in_terminal("ask", QUESTION, "--trace", cwd=library.parent, NO_COLOR="1")
    colour = re.compile(r"\x1b\[[\d;]*(?:3[0-7]|9[0-7]|38;)[\d;]*m")
    assert colour.search(coloured)
    assert not colour.search(plain)
