"""`agents forget --model DIR`: a network forgets with its store, and both are put back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from questline.tools.recommendation import SessionRecommender

from .conftest import Agents

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")
pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")

SESSIONS = [
    {"id": f"s{number}", "user": f"user-{number % 4}", "items": [f"i{(number * 3 + at) % 16:02}" for at in range(4)]}
    for number in range(20)
]
ITEMS = tuple(f"i{number:02}" for number in range(16))


@pytest.fixture
def model(agents: Agents, workdir: Path) -> Path:
    from questline.tools.recommendation.neural import NetConfig, Trained, made
    from questline.tools.recommendation.neural.standing import standing
    from questline.training.recommender.exporting import export

    (workdir / "sessions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SESSIONS), encoding="utf-8")
    assert agents("learn", "sessions.jsonl").code == 0
    net = made(NetConfig(items=16, max_length=4, width=8, layers=1, dropout=0.0, seed=2))
    with SessionRecommender.open(workdir / ".questline" / "sessions.sqlite") as recommender:
        learnt = {"store": standing(recommender.store).as_dict(), "split": "sessions", "recent": 0}
    (workdir / "model").mkdir()
    export(Trained(net=net, items=ITEMS), workdir / "model", clicks=np.full(16, 5, np.int64), learnt=learnt)
    return workdir / "model"


@pytest.mark.requirement("unlearning.command")
def test_it_is_planned_forgotten_and_put_back(agents: Agents, model: Path) -> None:
    plan = agents("forget", "--session", "s3", "--model", "model", "--dry-run")
    assert (plan.code, plan.out.startswith("Would forget 4 clicks")) == (0, True)
    assert agents("forget", "--session", "s3", "--model", "model").code == 2  # nobody to ask
    was = (model / "manifest.json").read_bytes()  # which holds the hashes of all files
    done = agents("forget", "--session", "s3", "--model", "model", "--undoable", "--yes", "--json").json
    assert done["status"] in {"done", "partial"}
    assert (done["method"], done["clicks"], done["store"]["clicks"]) == ("cau", 4, 4)
    assert (model / "manifest.json").read_bytes() != was
    assert agents("forget", "undo", done["store"]["certificate"], "--model", "model").out == "It is back.\n"
    assert (model / "manifest.json").read_bytes() == was
    assert agents("recommend", "i00", "--model", "model").err == ""
    gone = agents("forget", "undo", done["store"]["certificate"], "--model", "model")
    assert (gone.code, "no_snapshot" in gone.err) == (2, True)


@pytest.mark.requirement("unlearning.audit", "unlearning.command")
def test_an_audit_looks_beside_the_model_too(agents: Agents, model: Path) -> None:
    assert agents("forget", "--session", "s3", "--model", "model", "--undoable", "--yes").code in {0, 1}
    kept = agents("forget", "audit", "--session", "s3", "--model", "model")
    assert (kept.code, "older networks beside it" in kept.out) == (1, True)
    certificate = agents("forget", "status", "--json").json["entries"][0]["id"]
    agents("forget", "finish", certificate, "--model", "model")
    told = agents("forget", "audit", "--session", "s3", "--model", "model", "--json").json
    assert {each["where"]: each["found"] for each in told["findings"]}["model kept aside"] == 0
    journal = model.with_name("model.certificates.jsonl")
    journal.write_text(journal.read_text(encoding="utf-8").replace('"seed": 0', '"seed": 1'), encoding="utf-8")
    changed = agents("forget", "audit", "--session", "s3", "--model", "model")
    assert (changed.code, "1: entries that cannot be read" in changed.out) == (1, True)


@pytest.mark.requirement("unlearning.command")
def test_it_says_what_came_of_it(agents: Agents, model: Path) -> None:
    told = agents("forget", "--click", "s3:2", "--model", "model", "--undoable", "--yes", "--method", "npo")
    assert "The network forgot 1 click by npo in " in told.out
    assert "Forgot 1 click" in told.out
    certificate = agents("forget", "status", "--json").json["entries"][0]["id"]
    assert agents("forget", "finish", certificate, "--model", "model").out == "Nothing of it is kept.\n"
    assert not model.with_name("model.before").exists()
    again = agents("forget", "--click", "s3:2", "--model", "model", "--yes")
    assert again.out == "Nothing of it is left: it was forgotten before.\n" or "stale" in again.err
    bad = agents("forget", "--session", "s4", "--model", "model", "--yes", "--method", "magic")
    assert (bad.code, "bad_param" in bad.err) == (2, True)
    alone = agents("forget", "--session", "s4", "--yes", "--method", "npo")
    assert (alone.code, "--model" in alone.err) == (2, True)


@pytest.mark.requirement("unlearning.command")
def test_a_certificate_that_is_not_to_be_undone_leaves_the_model(agents: Agents, model: Path) -> None:
    first = agents("forget", "--session", "s3", "--yes", "--json").json["certificate"]
    shutil.copytree(model, model.with_name("model.before"))
    wrong = agents("forget", "undo", first, "--model", "model")
    assert (wrong.code, "no_snapshot" in wrong.err) == (2, True)
    assert (model.exists(), model.with_name("model.before").exists()) == (True, True)


@pytest.mark.slow
@pytest.mark.requirement("unlearning.command", "recommendation.trained")
def test_it_is_learnt_forgotten_and_served(agents: Agents, workdir: Path) -> None:
    rows = [
        {"id": f"s{n}", "user": f"user-{n % 8}", "items": [f"i{(n * 5 + at) % 24:02}" for at in range(5)]}
        for n in range(60)
    ]
    rows[7]["items"] = ["i11", "i12", "private", "i13"]
    (workdir / "sessions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert agents("learn", "sessions.jsonl").code == 0
    store = Path(".questline") / "sessions.sqlite"
    small = ("width=16", "epochs=30", "batch=16", "rate=0.01", "dropout=0.0", "held_out=0.1", "max_length=8")
    options = [word for each in (*small, "run.threads=1", "run.evaluate_every=20") for word in ("--set", each)]
    learnt = agents("train", "recommender", "--data", store, "--out", "runs", *options)
    assert learnt.code == 0, learnt.err
    model = Path("runs") / "model"
    told = json.loads((workdir / model / "manifest.json").read_bytes())["learnt"]
    assert (told["held_out"], told["sessions"]) == (0.1, [1, 54])
    assert agents("recommend", "i11", "i12", "--model", model, "--json").json["warnings"] == []
    words = ("forget", "--item", "private", "--session", "s3", "--session", "s58", "--model", model, "--method", "cau")
    done = agents(*words, "--yes", "--json").json
    assert (done["clicks"], done["store"]["clicks"]) == (6, 11)  # s58 was held out: the network never learnt it
    assert done["chance_after"] < done["chance_before"]
    found = agents("recommend", "i11", "i12", "--model", model, "-k", "24", "--json").json
    assert "private" not in {each["item"] for each in found["items"]}
    assert {each["code"] for each in found["warnings"]} == ({"stale_model"} if done["status"] == "partial" else set())
    assert b"private" not in b"".join(path.read_bytes() for path in (workdir / model).iterdir())
    assert agents("forget", "audit", "--item", "private").code == 0


@pytest.mark.requirement("unlearning.command", "unlearning.settings")
def test_one_network_forgets_and_that_of_the_settings_is_minded(agents: Agents, model: Path) -> None:
    twice = agents("forget", "--session", "s3", "--model", "model", "--model", "other", "--yes")
    assert (twice.code, "--model is given 2 times" in twice.err) == (2, True)
    Path("agents.toml").write_text('recommender = "model"\n', encoding="utf-8")
    plan = agents("forget", "--session", "s3", "--dry-run")
    assert "With --model model it forgets too." in plan.err
    done = agents("forget", "--session", "s3", "--model", "model", "--undoable", "--yes")
    assert "stale from then on" not in done.err
    assert " --model model` takes this back" in done.out
    certificate = done.out.rsplit("agents forget undo ", 1)[1].split()[0]
    alone = agents("forget", "undo", certificate)
    assert (alone.code, "name it with --model" in alone.err) == (2, True)
    assert agents("forget", "undo", certificate, "--model", "model").code == 0
    store_alone = agents("forget", "--session", "s3", "--yes")
    assert "is stale from then on" in store_alone.err
    audit = agents("forget", "audit", "--session", "s3")  # looks through the network of the settings
    assert (audit.code, "It is not absent." in audit.out) == (1, True)
    again = agents("forget", "--session", "s3", "--model", "model", "--yes")
    assert (again.code, "forgotten all of it already" in again.err) == (2, True)
    assert "4 sessions" not in agents("learn", "sessions.jsonl").err
    assert "1 session in it somebody asked to be forgotten" in agents("learn", "sessions.jsonl").err
    assert (model / "manifest.json").is_file()


@pytest.mark.requirement("unlearning.command")
def test_a_dry_run_promises_nothing_that_is_refused(agents: Agents, model: Path) -> None:
    many = agents("forget", *(word for user in range(3) for word in ("--user", f"user-{user}")), "--dry-run")
    assert "It would be refused (use_retrain)" in many.err
    (model / "network.pt").write_bytes((model / "network.pt").read_bytes()[:3000])
    torn = agents("forget", "--session", "s3", "--model", "model", "--dry-run")
    assert (torn.code, "damaged_model" in torn.err) == (1, True)
