"""The table of commands, and how every command fails."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from questline import cli
from questline.cli import COMMANDS, Command
from questline.errors import ModelError, UsageError

from .conftest import Agents, finish, start


def test_help_lists_every_command(agents: Agents) -> None:
    done = agents("--help")
    assert done.code == 0
    assert all(f"  {name} " in done.out and command.summary in done.out for name, command in COMMANDS.items())
    assert agents("-h") == done


def test_no_command_shows_the_help_and_is_a_usage_error(agents: Agents) -> None:
    done = agents()
    assert done.code == 2
    assert done.out == agents("--help").out


@pytest.mark.requirement("faces.cli-light")
def test_help_imports_neither_typer_nor_rich(workdir: Path) -> None:
    code = (
        "import sys; from questline.cli import main; main(['--help'])\n"
        "print(*{name.partition('.')[0] for name in sys.modules} "
        "& {'typer', 'rich', 'click', 'pydantic', 'dataclasses'})"
    )
    # coverage starts itself in every process that these variables reach, and brings imports of its own
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, agents: Agents) -> None:
    done = agents(*name.split(), "--help")
    assert done.code == 0
    assert f"Usage: agents {name} [OPTIONS]" in done.out
    assert agents(*name.split(), "-h").out == done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_entry_of_the_table_is_an_application(name: str) -> None:
    command = COMMANDS[name]
    assert isinstance(getattr(import_module(command.module), command.application), typer.Typer)


def test_the_version_is_that_of_the_package(agents: Agents) -> None:
    assert agents("--version").out.startswith("questline 0.")


@pytest.mark.parametrize(
    ("words", "hint"),
    [(("ind",), "'index'"), (("sevre",), "'serve'"), (("zzz",), "agents --help"), (("--loud",), "option")],
)
def test_an_unknown_command_is_a_usage_error_with_close_matches(
    words: tuple[str, ...], hint: str, agents: Agents
) -> None:
    done = agents(*words)
    assert done.code == 2
    assert done.err.startswith("error[bad_argument]: ")
    assert hint in done.err
    assert done.out == ""


@pytest.mark.requirement("faces.cli-errors")
@pytest.mark.parametrize("words", [("ask", "caf\udce9?", "--json"), ("index", "caf\udce9.md", "--json")])
def test_words_that_are_not_utf_8_are_refused_before_anything_runs(words: tuple[str, ...], agents: Agents) -> None:
    done = agents(*words)
    assert (done.code, done.json["error"]["code"]) == (2, "bad_encoding")
    assert r"'caf\udce9" in done.err
    assert not list(Path().iterdir())


def test_bytes_on_the_command_line_that_are_not_utf_8_end_in_one_line(workdir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "questline.cli", "ask", b"caf\xe9?"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert done.stderr.startswith(b"error[bad_encoding]: ")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_question_on_stdin_that_is_not_utf_8_is_refused(locale: str, workdir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "questline.cli", "ask", "-"],
        input=b"caf\xe9?",
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": locale},
    )
    assert (done.returncode, done.stderr.split(b":")[0]) == (2, b"error[bad_encoding]")


@pytest.mark.requirement("faces.cli-errors")
@pytest.mark.parametrize(
    "words", [("ask",), ("ask", "q", "--k", "many"), ("ask", "q", "--loud"), ("index", "list", "more"), ("serve", "x")]
)
def test_wrong_words_are_one_line_that_names_the_command(words: tuple[str, ...], agents: Agents) -> None:
    done = agents(*words)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert done.err.startswith("error[bad_argument]: ")
    assert "--help`)" in done.err


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `ask` that raises what stands in the list."""
    errors: list[BaseException] = []

    def run(rest: list[str], **options: object) -> None:
        del rest, options
        raise errors[0]

    monkeypatch.setitem(COMMANDS, "ask", Command("module", "run", "Fails."))

    def load(name: str) -> SimpleNamespace:
        assert name == "module"
        return SimpleNamespace(run=run)

    monkeypatch.setattr(cli, "import_module", load)
    return errors


@pytest.mark.requirement("faces.cli-errors")
@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("no\nsuch", code="unknown_model"), 2, "error[unknown_model]: no such\n"),
        (ModelError("gone"), 1, "error[backend_unavailable]: gone\n"),
        (
            ZeroDivisionError("by zero"),
            1,
            "error[run_failed]: unexpected ZeroDivisionError: by zero; set QUESTLINE_DEBUG=1 to see where\n",
        ),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (typer.Abort(), 1, "Aborted.\n"),
    ],
)
def test_each_failure_is_one_line_and_an_exit_code(
    error: BaseException, code: int, line: str, failing: list[BaseException], agents: Agents
) -> None:
    failing.append(error)
    assert (agents("ask", "q").code, agents("ask", "q").err, agents("ask", "q").out) == (code, line, "")


@pytest.mark.requirement("faces.cli-json-errors")
def test_with_json_the_error_is_an_object_on_stdout_too(failing: list[BaseException], agents: Agents) -> None:
    failing.append(UsageError("k=0", code="bad_argument", argument="k"))
    done = agents("ask", "q", "--json")
    expected = {"code": "bad_argument", "message": "k=0", "retryable": False, "fields": {"argument": "k"}}
    assert done.json == {"error": expected}
    assert done.err.startswith("error[bad_argument]")
    assert agents("ask", "--", "--json").out == ""


def test_debugging_shows_the_traceback(
    failing: list[BaseException], agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing.append(ZeroDivisionError())
    monkeypatch.setenv("QUESTLINE_DEBUG", "1")
    assert "Traceback" in agents("ask", "q").err


def test_the_module_runs_as_a_program(workdir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "questline.cli", "nothing"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "error[bad_argument]")


def test_a_reader_that_closes_the_pipe_causes_no_traceback(workdir: Path) -> None:
    process = start("ask", "--help", cwd=workdir)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert "Traceback" not in finish(process).err
