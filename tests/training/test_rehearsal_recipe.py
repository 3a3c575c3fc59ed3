"""`agents train rehearsal` writes what forgetting asks into the manifest of the recommender that it is of."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.errors import UsageError
from questline.training.recipe import Job, unheard

pytest.importorskip("torch", reason="networks learn with torch (extra train)")

from questline.tools.recommendation.unlearning.rehearsal import Rehearsal
from questline.tools.recommendation.unlearning.replacing import alone
from questline.training.recommender.rehearsal_recipe import RehearsalRecipe, RehearsalSettings

SMALL = ("width=8", "batch=16", "epochs=3", "held_out=0.1", "run.evaluate_every=5", "run.threads=1")


def sessions(count: int) -> str:
    draw = random.Random(0)
    rows = [[f"i{draw.randrange(12)}" for _ in range(6)] for _ in range(count)]
    return "".join(json.dumps({"items": each}) + "\n" for each in rows)


def train(name: str, data: Path, out: Path, *settings: str) -> int:
    given = [word for each in settings for word in ("--set", each)]
    return main(["train", name, "--data", str(data), "--out", str(out), *given])


def learnt(model: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((model / "manifest.json").read_bytes())["learnt"]
    return found


@pytest.mark.requirement("unlearning.references")
def test_a_recommender_learns_once_what_forgetting_asks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, model = tmp_path / "clicks.jsonl", tmp_path / "shop/model"
    data.write_text(sessions(100), encoding="utf-8")
    assert train("recommender", data, tmp_path / "shop", *SMALL) == 0
    before = learnt(model)
    assert "rehearsal" not in before
    network = (model / "network.pt").read_bytes()
    assert train("rehearsal", data, tmp_path / "rehearsal", f"model={model}", "share=0.6") == 0
    told = Rehearsal.read(learnt(model).pop("rehearsal"))
    assert told.clicks == 54  # of the 90 sessions that are learnt
    assert len(told.weights) == 6
    assert {name: it for name, it in learnt(model).items() if name != "rehearsal"} == before
    assert (model / "network.pt").read_bytes() == network
    assert json.loads((tmp_path / "rehearsal/model/rehearsal.json").read_bytes()) == told.as_dict()
    assert (
        json.loads((tmp_path / "rehearsal/finished.json").read_bytes())["settings"]["evaluate_every"] == 5
    )  # as it was
    assert not list((tmp_path / "rehearsal").rglob("*.pt"))  # it learnt clicks that may have to be forgotten
    capsys.readouterr()
    data.write_text(sessions(101), encoding="utf-8")
    assert train("rehearsal", data, tmp_path / "again", f"model={model}") == 2
    assert "is not what" in capsys.readouterr().err


@pytest.mark.requirement("unlearning.references")
def test_what_cannot_be_rehearsed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, model = tmp_path / "clicks.jsonl", tmp_path / "shop/model"
    data.write_text(sessions(32), encoding="utf-8")

    def refused(*settings: str) -> str:
        capsys.readouterr()
        assert train("rehearsal", data, tmp_path / "rehearsal", *settings) == 2
        return capsys.readouterr().err

    assert "--set model=DIR" in refused()
    assert "nothing to unlearn from" in refused(f"model={tmp_path / 'none'}")
    assert "share" in refused(f"model={model}", "share=0")
    assert train("recommender", data, tmp_path / "shop", *SMALL) == 0
    assert "29 sessions" in refused(f"model={model}")
    assert train("rehearsal", data, model / "again", f"model={model}") == 2
    assert "that a training exported" in capsys.readouterr().err
    assert not (model / "again").exists()
    manifest = json.loads((model / "manifest.json").read_bytes())
    del manifest["learnt"]["settings"]
    (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "how it was learnt" in refused(f"model={model}")


@pytest.mark.requirement("unlearning.references")
def test_a_recommender_that_changes_meanwhile_gets_no_rehearsal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, model = tmp_path / "clicks.jsonl", tmp_path / "shop/model"
    data.write_text(sessions(60), encoding="utf-8")
    assert train("recommender", data, tmp_path / "shop", *SMALL) == 0
    with alone(model):
        assert train("rehearsal", data, tmp_path / "locked", f"model={model}") == 1
    assert "model_locked" in capsys.readouterr().err
    assert "rehearsal" not in learnt(model)
    job = Job(data=data, out=tmp_path, cache=tmp_path, seed=0, threads=1, hears=unheard)
    recipe = RehearsalRecipe(job, RehearsalSettings(model=str(model)))
    recipe.prepare()
    manifest = json.loads((model / "manifest.json").read_bytes())
    manifest["network"] = "another"
    (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(UsageError, match="another one") as raised:
        recipe.export(tmp_path)
    assert raised.value.code == "use_retrain"
    assert "rehearsal" not in learnt(model)
