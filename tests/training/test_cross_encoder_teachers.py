"""Learning goes on from earlier runs: prepared examples, the mean of their weights, and what they say of each batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")  # of the extra `train`

from questline.cli import main
from questline.errors import UsageError
from questline.training.embedded.bert import Outputs
from questline.training.embedded.losses import taught_losses
from questline.training.embedded.passes import WEIGHTS, device_named, mean_weights
from questline.training.embedded.safetensors import read_tensors, written_tensors

pytestmark = pytest.mark.slow  # torch takes a second to import, and `make check` does without it

Bert = Callable[[int], Path]
SETTINGS = """
[run]
seed = {seed}
threads = 1
checkpoint_every = 50
evaluate_every = 20

[cross-encoder]
start = "{start}"
made = 8
steps = {steps}
uses = {{nq = 3.0, "made/" = 1.0}}
learning_rate = {rate}
max_tokens = 96
read_tokens = 128
held_out = 0.2
batch_tokens = 900
bf16 = false
device = "cpu"
{more}
"""


def run(folder: Path, data: Path, start: Path, out: str, *, seed: int = 4, more: str = "", steps: int = 8) -> Path:
    """Train, and return the folder of the run."""
    config = folder / f"{out}.toml"
    rate = 0.002 if steps > 1 else 1e-9
    config.write_text(SETTINGS.format(start=start, seed=seed, steps=steps, rate=rate, more=more), encoding="utf-8")
    words = ["train", "cross-encoder", "--data", str(data), "--out", str(folder / out), "--config", str(config)]
    assert main([*words, "--cache", str(folder / "cache")]) == 0
    return folder / out


@pytest.mark.requirement("training.teachers")
def test_runs_teach_another_and_their_mean_is_a_start_where_no_data_is(
    tmp_path: Path, small_data: Path, tiny_bert: Bert
) -> None:
    start = tiny_bert(3)
    one = run(tmp_path, small_data, start, "one")
    two = run(tmp_path, small_data, start, "two", more="distillation = 0.1")
    groups = next((tmp_path / "cache").glob("groups-*.jsonl"))
    bare = tmp_path / "bare"  # a machine that learns and has no data but the manifest
    bare.mkdir()
    (bare / "MANIFEST.tsv").write_text((small_data / "MANIFEST.tsv").read_text(encoding="utf-8"), encoding="utf-8")
    away = f'groups = {json.dumps(str(groups))}\nfiles = ["qa/mixed_corpus.jsonl.gz", "qa/mixed_train.jsonl.gz"]'
    both = json.dumps([str(one), str(two)])
    student = run(tmp_path, bare, start, "student", seed=5, more=f"{away}\nteachers = {both}\ntaught = 1.0")
    rows = [json.loads(line) for line in (student / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [row for row in rows if "taught ranking" in row]
    assert len(told) == 8
    assert all(row[f"taught {name}"] >= 0 for row in told for name in ("ranking", "span", "useful", "salience"))
    assert "Apache-2.0" in (student / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")

    soup = run(tmp_path, bare, start, "soup", more=f"{away}\nbegin = {both}", steps=1)
    mean = mean_weights([str(one), str(two)])
    kept = read_tensors((soup / WEIGHTS).read_bytes())
    assert kept.keys() == mean.keys()
    assert all(np.allclose(kept[name], mean[name], atol=2e-3) for name in mean)


@pytest.mark.requirement("training.teachers")
def test_a_model_that_agrees_with_its_teachers_has_nothing_to_learn_of_them() -> None:
    draw = torch.Generator().manual_seed(7)
    spans = torch.randn((3, 5, 2), generator=draw)
    spans[:, 1] = -torch.inf  # the question's
    own = Outputs(torch.randn((3, 2), generator=draw), spans, torch.randn((3, 5), generator=draw))
    other = Outputs(own.pair + 1.0, spans.flip(2), own.salience - 2.0)
    batch = Rows(np.array([[0, 1], [2, -1]], np.int64))
    same = taught_losses(own, [own, own], batch)  # pyright: ignore[reportArgumentType]  # because rows are all it reads
    moved = taught_losses(own, [other], batch)  # pyright: ignore[reportArgumentType]  # as above
    assert float(same["taught ranking"]) == pytest.approx(0.0, abs=1e-6)
    assert float(same["taught span"]) == pytest.approx(0.0, abs=1e-6)
    assert float(moved["taught ranking"]) == pytest.approx(0.0, abs=1e-6)  # a shift of all scores orders as before
    assert float(moved["taught span"]) > 0.01
    assert float(moved["taught salience"]) > float(same["taught salience"])


class Rows:
    """The part of a batch that says which rows are groups."""

    def __init__(self, rows: NDArray[np.int64]) -> None:
        self.rows = rows


@pytest.mark.requirement("training.teachers")
@pytest.mark.parametrize("name", ["cuda:99x", "tpu", "meta"])
def test_a_device_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        device_named(name)
    assert caught.value.fields["argument"] == "device"


@pytest.mark.requirement("training.teachers")
def test_weights_that_do_not_fit_together_are_named(tmp_path: Path) -> None:
    for name, wide in (("a", 3), ("b", 4)):
        (tmp_path / name).mkdir()
        (tmp_path / name / WEIGHTS).write_bytes(written_tensors({"x": np.ones((2, wide), np.float32)}))
    with pytest.raises(UsageError) as caught:
        mean_weights([str(tmp_path / "a"), str(tmp_path / "b")])
    assert caught.value.code == "bad_data"
    with pytest.raises(UsageError) as missing:
        mean_weights([str(tmp_path / "nowhere")])
    assert missing.value.code == "file_not_found"
    assert mean_weights([str(tmp_path / "a")])["x"].tolist() == [[1.0] * 3] * 2
