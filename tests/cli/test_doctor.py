"""`agents doctor`: what works, what is missing, how to mend it."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from questline import health
from questline.mcp_servers.gateway.configuration import Configuration
from questline.testing import ScriptedLLM
from questline.testing.flaky_server import FlakyServer
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


@pytest.mark.requirement("mends.doctor-servers")
def test_without_configured_servers_there_is_no_fault(agents: Agents) -> None:
    assert checks(agents("doctor", "--json"))["servers"]["state"] == "absent"


@pytest.mark.slow
@pytest.mark.requirement("mends.doctor-servers")
def test_each_configured_server_is_looked_at_and_none_is_accepted_by_it(agents: Agents, workdir: Path) -> None:
    with FlakyServer() as sound, FlakyServer("refuse") as broken:
        off = {"command": "sh", "disabled": True}
        entries = {"sound": sound.entry, "broken": broken.entry, "gone": {"command": "no-such-program"}, "off": off}
        file = workdir / "mcp.json"
        file.write_text(json.dumps({"mcpServers": entries}), "utf-8")
        words = ("doctor", "--servers", file, "--json")

        told = agents(*words)
        found = checks(told)
        assert (told.code, found["servers"]["state"]) == (1, "broken")
        assert found["servers"]["mend"] == f"agents servers trust {file}"
        assert found["server sound"]["found"] == "not started: it is not trusted"
        assert sound.events == ()

        assert agents("servers", "trust", file).code == 0
        found = checks(agents(*words))
        assert found["servers"] == {**found["servers"], "state": "ok", "mend": ""}
        assert (found["server sound"]["state"], "accepted with the first use" in found["server sound"]["found"]) == (
            "ok",
            True,
        )
        assert found["server broken"]["found"].startswith("server_unavailable")
        assert found["server gone"]["found"].startswith("command_not_found")
        assert (found["server off"]["state"], found["server off"]["found"]) == ("absent", "disabled in the file")
        assert not (workdir / "mcp.pins.json").exists()

        assert agents("servers", "check", "sound", "--deadline", "60").code == 0
        assert "as accepted" in checks(agents(*words))["server sound"]["found"]
        pins = (workdir / "mcp.pins.json").read_bytes()
        sound.misbehave("change_tools")
        changed = checks(agents(*words))["server sound"]
        assert changed["state"] == "broken"
        assert "refused until accepted" in changed["found"]
        assert "agents servers accept sound" in changed["mend"]
        assert (workdir / "mcp.pins.json").read_bytes() == pins


@pytest.mark.requirement("mends.doctor-servers")
@pytest.mark.parametrize(("text", "code"), [(None, "file_not_found"), ("{", "bad_config")])
def test_a_file_of_servers_that_cannot_be_read_is_broken(
    agents: Agents, workdir: Path, text: str | None, code: str
) -> None:
    if text is not None:
        (workdir / "mcp.json").write_text(text)
    found = checks(agents("doctor", "--servers", "mcp.json", "--json"))["servers"]
    assert (found["state"], found["found"].startswith(f"{code}:")) == ("broken", True)
    assert "mcp.json" in found["mend"]


@pytest.mark.requirement("mends.doctor-servers")
def test_readiness_tells_what_could_not_be_started_and_starts_nothing(workdir: Path) -> None:
    touch = {"command": "sh", "args": ["-c", f"touch {workdir / 'started'}"]}
    entries = {"one": touch, "gone": {"command": "no-such-program"}, "off": {**touch, "disabled": True}}
    (workdir / "mcp.json").write_text(json.dumps({"mcpServers": entries}), "utf-8")
    check = health.check_configured(Configuration.read(workdir / "mcp.json"))
    assert (check.state, check.found) == ("absent", "1 of 2 can be started or reached; gone: command_not_found")
    assert not (workdir / "started").exists()
    assert health.check_configured(Configuration.of()).state == "ok"
