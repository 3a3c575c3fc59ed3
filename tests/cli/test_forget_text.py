"""`agents forget --text` shows a list and carries out one that was given back; settings name store and network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.testing import ScriptedLLM

from .conftest import Agents

ROWS = [
    {"id": "s1", "user": "ada", "items": ["kettle", "pills", "tea"]},
    {"id": "s2", "user": "bea", "items": ["kettle", "pills", "cup"]},
    *({"id": f"t{n}", "user": "cid", "items": ["kettle", "tea", "cup"]} for n in range(8)),
]
LISTED = '{"kind": "category", "id": "medicine", "user": "ada"}\n'
ASKED = ("forget", "--text", "forget my medicine purchases", "--user", "ada")


@pytest.fixture
def store(agents: Agents, workdir: Path) -> Path:
    (workdir / "sessions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    (workdir / "kinds.jsonl").write_text('{"item": "pills", "categories": ["medicine"]}\n', encoding="utf-8")
    assert agents("learn", "sessions.jsonl", "--categories", "kinds.jsonl").code == 0
    return workdir / ".questline" / "sessions.sqlite"


@pytest.mark.requirement("unlearning.llm")
def test_a_text_is_listed_and_carried_out_when_the_list_is_given_back(agents: Agents, store: Path) -> None:
    shown = agents(*ASKED)
    assert (shown.code, shown.out) == (0, LISTED)
    assert "Would forget 1 click" in shown.err
    assert agents(*ASKED, "--dry-run").out == LISTED
    told = agents(*ASKED, "--json").json
    assert (told["requests"], told["plan"]["clicks"]) == ([json.loads(LISTED)], 1)
    refused = agents(*ASKED, "--yes")
    assert (refused.code, "not_confirmed" in refused.err) == (2, True)
    (store.parent / "wrong.jsonl").write_text('{"kind": "user", "id": "ada"}\n', encoding="utf-8")
    other = agents(*ASKED, "--yes", "--file", store.parent / "wrong.jsonl")
    assert (other.code, "not_confirmed" in other.err) == (2, True)
    assert agents("forget", "status").out == "Nothing was forgotten yet.\n"
    (store.parent / "list.jsonl").write_text(shown.out, encoding="utf-8")
    done = agents(*ASKED, "--yes", "--file", store.parent / "list.jsonl")
    assert (done.code, done.out.startswith("Forgot 1 click")) == (0, True)
    assert agents("forget", "audit", "--file", store.parent / "list.jsonl").code == 0
    assert agents("forget", "--category", "medicine", "--dry-run").out.startswith("Would forget 1 click")  # bea's


@pytest.mark.requirement("unlearning.llm")
@pytest.mark.parametrize(
    "words",
    [
        ["--text", "forget my medicine"],
        ["--text", "forget my medicine", "--user", "ada", "--user", "bea"],
        ["--text", "forget my medicine", "--user", "ada", "--item", "tea"],
    ],
)
def test_a_text_is_about_one_user_and_nothing_else(agents: Agents, store: Path, words: list[str]) -> None:
    del store
    refused = agents("forget", *words)
    assert (refused.code, "--text" in refused.err) == (2, True)


@pytest.mark.requirement("unlearning.llm")
def test_the_model_of_the_settings_reads_it(agents: Agents, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del store
    with ScriptedLLM('[{"kind": "item", "name": "tea"}]') as server:
        monkeypatch.setenv("QUESTLINE_MODEL", "scripted")
        monkeypatch.setenv("QUESTLINE_BASE_URL", server.base_url)
        told = agents("forget", "--text", "what I drink", "--user", "ada", "--json").json
    assert (told["backend"], told["requests"]) == ("llm", [{"kind": "item", "id": "tea", "user": "ada"}])


@pytest.mark.requirement("unlearning.settings")
def test_settings_name_store_network_and_fusion(agents: Agents, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.rename(Path("shop.sqlite"))
    Path("agents.toml").write_text('sessions = "shop.sqlite"\nrecommender = "nowhere"\n', encoding="utf-8")
    assert agents("forget", "--item", "tea", "--dry-run").out.startswith("Would forget 9 clicks")
    unfound = agents("recommend", "kettle").err
    assert "'nowhere'" in unfound
    assert "the setting `recommender`" in unfound
    named = agents("recommend", "kettle", "--model", "elsewhere").err
    assert "'elsewhere'" in named
    assert "setting" not in named
    assert agents("learn", "sessions.jsonl").out.endswith("'shop.sqlite' holds 10 sessions, 4 items, 30 clicks.\n")
    Path("agents.toml").write_text('sessions = "shop.sqlite"\nhybrid = true\n', encoding="utf-8")
    fused = agents("recommend", "kettle")
    assert (fused.code, "--hybrid" in fused.err) == (2, True)
    assert agents("recommend", "kettle", "--no-hybrid", "-k", "1").out.endswith("tea\n")
    monkeypatch.setenv("QUESTLINE_SESSIONS", "none.sqlite")
    assert "none.sqlite" in agents("recommend", "kettle", "--no-hybrid").err
