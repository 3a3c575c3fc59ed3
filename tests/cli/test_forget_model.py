"""`agents forget --model DIR`: a network forgets with its store, and both are put back."""

from __future__ import annotations

import json
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
