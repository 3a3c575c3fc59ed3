"""`agents learn`, `recommend` and `forget`: sessions in, recommendations out, and taken back on request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from questline.tools.suggestion import ImpressionStore

from .conftest import Agents

SESSIONS = [
    *({"id": f"t{n}", "user": f"user-{n}", "items": ["kettle", "tea", "cup"]} for n in range(8)),
    {"id": "private", "user": "ada@shop.example", "items": ["kettle", "pills", "tea"]},
]


@pytest.fixture
def store(agents: Agents, workdir: Path) -> Path:
    (workdir / "sessions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SESSIONS), encoding="utf-8")
    (workdir / "kinds.jsonl").write_text('{"item": "pills", "categories": ["medicine"]}\n', encoding="utf-8")
    done = agents("learn", "sessions.jsonl", "--categories", "kinds.jsonl")
    assert done.out == (
        "sessions.jsonl: 9 new sessions of 9.\n'.questline/sessions.sqlite' holds 9 sessions, 4 items, 27 clicks.\n"
    )
    return workdir / ".questline" / "sessions.sqlite"


@pytest.mark.requirement("recommendation.command")
def test_what_comes_next_is_recommended(agents: Agents, store: Path) -> None:
    done = agents("recommend", "kettle", "-k", "2", "--store", store)
    assert (done.code, [line.split()[1] for line in done.out.splitlines()]) == (0, ["tea", "cup"])
    found = agents("recommend", "samovar", "--json").json
    assert found["cold_start"] is True
    assert [each["origin"] for each in found["items"]] == ["popular"] * 4
    assert "unknown_item" in agents("recommend", "samovar").err
    assert agents("learn", "sessions.jsonl").out.startswith("sessions.jsonl: 0 new sessions of 9.")


@pytest.mark.requirement("recommendation.command")
@pytest.mark.parametrize(
    "words",
    [
        ["--user", "ada@shop.example"],
        ["--session", "private"],
        ["--click", "private:1"],
        ["--item", "pills"],
        ["--category", "medicine"],
        ["--spam", "8", "--force"],
        ["--file", "requests.jsonl"],
    ],
)
def test_it_is_planned_forgotten_audited_and_logged(agents: Agents, store: Path, words: list[str]) -> None:
    del store
    Path("requests.jsonl").write_text('{"kind": "click", "session": "private", "item": "pills"}\n', encoding="utf-8")
    asked = [word for word in words if word != "--force"]
    plan = agents("forget", *words, "--dry-run")
    assert plan.code == 0
    assert plan.out.startswith("Would forget ")
    assert agents("forget", "audit", *asked).code == 1
    done = agents("forget", *words, "--yes", "--json")
    assert (done.code, done.json["status"]) == (0, "done")
    assert agents("forget", "audit", *asked).out.endswith("It is absent.\n")
    again = agents("forget", *words, "--yes")
    assert (again.code, again.out) == (0, "Nothing of it is left: it was forgotten before.\n")
    log = agents("forget", "status", "--json").json["entries"]
    assert [(entry["id"], entry["status"]) for entry in log] == [(done.json["certificate"], "done")]


@pytest.mark.requirement("recommendation.command")
def test_what_was_kept_aside_is_undone_or_finished(agents: Agents, store: Path) -> None:
    del store
    words = ("forget", "--item", "pills", "--yes", "--undoable", "--json")
    first = agents(*words).json["certificate"]
    assert agents("forget", "undo", first).code == 0
    assert agents("recommend", "kettle", "--json").json["items"][-1]["item"] == "pills"
    second = agents(*words).json["certificate"]
    assert agents("forget", "finish", second).code == 0
    assert agents("forget", "undo", second).err.startswith("error[no_snapshot]")
    assert [line.split()[2:] for line in agents("forget", "status", first).out.splitlines()] == [
        ["forget,", "1", "click", "rolled_back"],
        ["rollback", "rolled_back"],
    ]


@pytest.mark.requirement("recommendation.command")
def test_what_is_held_is_refused_until_it_is_released(agents: Agents, store: Path) -> None:
    del store
    assert agents("forget", "hold", "user", "ada@shop.example", "--reason", "case 17").code == 0
    refused = agents("forget", "--item", "pills", "--yes", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "held")
    assert "case 17" in refused.err
    assert agents("forget", "release", "user", "ada@shop.example").out == "It is held no more.\n"
    assert agents("forget", "release", "user", "ada@shop.example").out == "It was not held.\n"
    assert agents("forget", "--item", "pills", "--yes").code == 0


@pytest.mark.requirement("recommendation.command")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["forget"], "bad_argument", "--user"),
        (["forget", "--item", "pills"], "bad_argument", "--dry-run"),
        (["forget", "--user", "nobody", "--yes"], "unknown_request", "request 0 (user)"),
        (["forget", "--click", "private", "--yes"], "bad_request", "SESSION:PLACE"),
        (["forget", "--spam", "1", "--yes"], "bad_request", "copies=1"),
        (["forget", "--item", "kettle", "--yes"], "use_retrain", "33%"),
        (["forget", "--file", "none.jsonl"], "file_not_found", "none.jsonl"),
        (["forget", "--file", "sessions.jsonl"], "bad_request", "line 1"),
        (["forget", "--item", "pills", "--store", "none.sqlite"], "file_not_found", "agents learn"),
        (["forget", "--item", "pills", "--impressions", "none.sqlite"], "file_not_found", "--impressions"),
        (["forget", "undo", "0"], "unknown_certificate", "'0'"),
        (["forget", "hold", "person", "ada", "--reason", "x"], "bad_request", "session, user, item"),
        (["recommend", "tea", "-k", "0"], "bad_k", "k=0"),
        (["learn", "none.jsonl"], "file_not_found", "none.jsonl"),
        (["learn", "kinds.jsonl"], "bad_data", "line 1"),
    ],
)
def test_what_is_asked_wrongly_is_told(agents: Agents, store: Path, words: list[str], code: str, said: str) -> None:
    before = store.read_bytes()
    done = agents(*words)
    assert done.code == 2
    assert done.err.startswith(f"error[{code}]")
    assert said in done.err
    assert store.read_bytes() == before


@pytest.mark.requirement("recommendation.command", "recommendation.propagation")
def test_a_suggesters_store_forgets_too(agents: Agents, store: Path) -> None:
    del store
    with ImpressionStore(Path("clicks.sqlite")) as impressions:
        impressions.log_impression("pills", ["pills for what?"], subject="ada@shop.example")
    done = agents("forget", "--user", "ada@shop.example", "--yes", "--impressions", "clicks.sqlite")
    assert "impressions: 1 entry." in done.out
    with ImpressionStore(Path("clicks.sqlite")) as impressions:
        assert list(impressions.rows()) == []
