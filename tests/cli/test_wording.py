"""Names of options, help of groups, and what is said before anything is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli_failures import in_options

from .conftest import Agents

WATCHED = "langgraph", "mcp", "questline.runtime"


@pytest.mark.requirement("graphs2.one-name")
@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        (("ask",), "--docs", "--documents"),
        *((("servers", name), "--config", "--servers") for name in ("list", "check", "show", "accept", "search")),
    ],
)
def test_an_option_has_one_name_and_its_old_one_is_understood(
    agents: Agents, words: tuple[str, ...], old: str, new: str
) -> None:
    told = agents(*words, "--help").out.split()
    assert new in told
    assert old not in told
    rest = ("Who?",) if words[0] == "ask" else ("x",) if words[1] in ("show", "accept", "search") else ()
    assert agents(*words, *rest, old, "nowhere").err == agents(*words, *rest, new, "nowhere").err


@pytest.mark.requirement("graphs2.groups")
def test_a_word_before_commands_has_a_help_and_close_names(agents: Agents) -> None:
    done = agents("servers", "--help")
    assert (done.code, "servers check" in done.out, "doctor" in done.out) == (0, True, False)
    bare = agents("servers")
    assert (bare.code, bare.out) == (2, done.out)
    wrong = agents("servers", "chek")
    assert (wrong.code, "servers check" in wrong.err) == (2, True)


@pytest.mark.requirement("graphs2.early")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--budget", "cheep"), "bad_budget"),
        (("--deadline", "0"), "bad_deadline"),
        (("--planner", "best"), "bad_planner"),
        (("--workflow", "AG,R"), "bad_workflow"),
    ],
)
def test_a_wrong_limit_is_refused_before_anything_is_loaded(workdir: Path, options: tuple[str, ...], code: str) -> None:
    program = (
        "import sys; from questline.cli import main; "
        f"code = main(['ask', 'Who?', '--documents', 'nowhere', *{options!r}]); "
        f"print(code, [name for name in {WATCHED!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=workdir, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr.startswith(f"error[{code}]")
    assert done.stdout.strip() == "2 []"


@pytest.mark.requirement("graphs2.options-named")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Index some, or pass documents=", "Index some, or pass --documents"),
        ("run_id='' must be text", "--run-id '' must be text"),
        ("run_id 'x' belongs to another question", "--run-id 'x' belongs to another question"),
        ("agents.toml: base_url = 5 must be text", "agents.toml: base_url = 5 must be text"),
        ("the documents hold no answer", "the documents hold no answer"),
        ("budget 'documents=5': is not one", "budget 'documents=5': is not one"),
    ],
)
def test_errors_name_options(text: str, told: str) -> None:
    assert in_options(text) == told


@pytest.mark.requirement("graphs2.options-named")
@given(st.text())
def test_naming_options_twice_changes_nothing_more(text: str) -> None:
    assert in_options(in_options(text)) == in_options(text)


@pytest.mark.requirement("graphs2.options-named")
def test_the_command_line_says_its_own_options(agents: Agents, workdir: Path) -> None:
    nothing = agents("ask", "Who?")
    assert "--documents" in nothing.err
    assert "documents=" not in nothing.err
    address = agents("ask", "Who?", "--base-url", "http://127.0.0.1:9/v1")
    assert "--model NAME" in address.err
    assert "model=" not in address.err
