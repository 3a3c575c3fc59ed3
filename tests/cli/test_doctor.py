"""`agents doctor`: what works, what is missing, how to mend it."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from questline.serve import health
from questline.testing import ScriptedLLM
from questline.tools.retrieval import DocumentIndex

from .conftest import Agents, Done


def checks(done: Done) -> dict[str, Any]:
    return {check["name"]: check for check in done.json["checks"]}


@pytest.mark.requirement("faces.doctor")
def test_a_sound_installation_without_an_index_is_no_fault(agents: Agents) -> None:
    done = agents("doctor", "--json")
    found = checks(done)
    assert done.code == 0
    assert done.json["status"] == "ok"
    assert found["packages"]["state"] == "ok"
    assert "langgraph" in found["packages"]["found"]
    assert {"extra docs", "extra eval", "extra otlp", "extra train"} <= set(found)
    assert found["encoder"]["state"] == "ok"
    assert (found["index"]["state"], found["index"]["mend"]) == ("absent", "agents index PATH…")
    assert found["model embedded"]["state"] == "ok"
    assert not Path(".questline").exists()


@pytest.mark.requirement("faces.doctor")
def test_the_index_is_looked_at(library: Path, agents: Agents) -> None:
    agents("index", library)
    assert checks(agents("doctor", "--json"))["index"]["found"].startswith("3 documents, ")
    for file in Path(".questline").glob("*.sqlite*"):
        file.write_bytes(b"no database " * 1000)
    done = agents("doctor", "--json")
    assert done.code == 1
    assert checks(done)["index"]["state"] == "broken"
    assert "agents index" in checks(done)["index"]["mend"]


def test_the_checkpoints_are_looked_at(library: Path, agents: Agents) -> None:
    agents("index", library)
    assert checks(agents("doctor", "--json"))["checkpoints"]["state"] == "absent"
    agents("ask", "Who designed the lighthouse of Velmora?", "--run-id", "one")
    assert checks(agents("doctor", "--json"))["checkpoints"]["state"] == "ok"
    Path(".questline/checkpoints.sqlite").write_bytes(b"no database " * 1000)
    done = agents("doctor", "--json")
    found = checks(done)["checkpoints"]
    assert (done.code, found["state"], "delete that file" in found["mend"]) == (1, "broken", True)


def test_what_is_derived_and_lost_is_no_fault(library: Path, agents: Agents) -> None:
    agents("index", library)
    for file in sorted(Path(".questline").rglob("*"), reverse=True):
        if ".sqlite" not in file.name:
            file.rmdir() if file.is_dir() else file.unlink()
    found = checks(agents("doctor", "--json"))["index"]
    assert found["state"] == "ok"
    assert "words missing, vectors missing: built again" in found["found"]


@pytest.mark.requirement("faces.doctor")
@pytest.mark.parametrize(
    ("words", "state", "found"),
    [
        (("--model", "scripted"), "ok", "answers"),
        (("--model", "other"), "broken", "has no model 'other'; it has scripted"),
        (("--model", "openai:scripted"), "ok", "answers"),
    ],
)
def test_the_server_of_a_model_is_asked(words: tuple[str, ...], state: str, found: str, agents: Agents) -> None:
    with ScriptedLLM("never asked") as server:
        done = agents("doctor", "--json", *words, "--base-url", server.base_url)
        assert server.requests == []  # listing models costs nothing
    check = checks(done)[f"model {words[1]}"]
    assert (check["state"], done.code) == (state, 1 if state == "broken" else 0)
    assert found in check["found"]


@pytest.mark.parametrize(
    ("words", "found", "mend"),
    [
        (("--model", "m", "--base-url", "http://127.0.0.1:9/v1"), "does not answer", "start the server"),
        (("--model", "openai:m"), "missing_key", "set the variable"),
        (("--model", "nothing"), "unknown_model", "correct `model`"),
    ],
)
def test_a_model_that_cannot_be_asked_is_broken(words: tuple[str, ...], found: str, mend: str, agents: Agents) -> None:
    done = agents("doctor", "--json", *words)
    check = checks(done)[f"model {words[1]}"]
    assert done.code == 1
    assert (check["state"], found in check["found"], mend in check["mend"]) == ("broken", True, True)


def test_a_proxy_before_a_provider_is_asked_in_its_place(agents: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    with ScriptedLLM("never asked", api_key="k") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.root_url)
        check = checks(agents("doctor", "--json", "--model", "anthropic:scripted"))["model anthropic:scripted"]
    assert (check["state"], check["found"]) == ("ok", f"{server.base_url} answers")


def test_lines_in_a_pipe_end_where_their_text_ends(library: Path, agents: Agents) -> None:
    agents("index", library)
    for words in (("doctor",), ("index", "list")):
        lines = agents(*words).out.splitlines()
        assert [line for line in lines if line != line.rstrip()] == []
        assert len(lines) > 3


def test_a_key_that_is_refused_is_named(agents: Agents, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLM("never asked", api_key="right") as server:
        monkeypatch.setenv("QUESTLINE_LLM_API_KEY", "wrong")
        wrong = checks(agents("doctor", "--json", "--model", "scripted", "--base-url", server.base_url))
        monkeypatch.setenv("QUESTLINE_LLM_API_KEY", "right")
        right = checks(agents("doctor", "--json", "--model", "scripted", "--base-url", server.base_url))
    assert (wrong["model scripted"]["state"], right["model scripted"]["state"]) == ("broken", "ok")
    assert "refuses the key" in wrong["model scripted"]["found"]


@pytest.mark.requirement("faces.doctor")
def test_the_table_says_how_to_mend(agents: Agents) -> None:
    done = agents("doctor", "--model", "nothing")
    assert done.code == 1
    assert "!!  model nothing" in done.out
    assert "→ correct `model`" in done.out
    assert "→ agents index PATH…" in done.out


def test_a_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["rich>=14", "absent-one>=1", "absent-two[x]>=1; extra == 'otlp'", "rich; extra == 'docs'"]

    def requires(name: str) -> list[str]:
        assert name == "questline"
        return needs

    monkeypatch.setattr(metadata, "requires", requires)
    found = {check.name: check for check in health.check_all(health.Settings()).checks}
    assert (found["packages"].state, found["packages"].mend) == ("broken", "pip install --force-reinstall questline")
    assert (found["extra otlp"].state, found["extra otlp"].mend) == ("absent", "pip install 'questline[otlp]'")
    assert found["extra otlp"].found == "not installed: absent-two"
    assert found["extra docs"].state == "ok"


def test_an_empty_index_and_one_that_was_interrupted_are_told_apart(library: Path, agents: Agents) -> None:
    with DocumentIndex.open(Path(".questline"), encoder=None) as index:
        index.add([])
        empty = checks(agents("doctor", "--json"))["index"]
        index.ingest([library])  # as a run that was killed before the encoder began
    waiting = checks(agents("doctor", "--json"))["index"]
    assert (empty["state"], empty["found"]) == ("absent", "the index in '.questline' is empty")
    assert waiting["state"] == "ok"
    assert "have no vector yet" in waiting["found"]
    assert waiting["mend"] == "agents index PATH… goes on where it stopped"
