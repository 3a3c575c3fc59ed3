"""The benchmark of the cross-encoder's speed: its figures add up, and lists are read in the order it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from questline.training.benchmarks.rank_speed import main, read_in_order

CHEAP = np.array([5.0, 4.0, 3.0, 2.0, 1.0])


@pytest.mark.requirement("benchmarks.rank-speed")
def test_what_is_read_is_ordered_by_reading_and_the_rest_follows_as_it_was() -> None:
    logits = np.array([0.0, 9.0, 1.0, 8.0, 7.0])
    assert read_in_order(CHEAP, logits, depth=5) == ([1, 3, 4, 2, 0], 5)
    assert read_in_order(CHEAP, logits, depth=3) == ([1, 2, 0, 3, 4], 3)


@pytest.mark.requirement("benchmarks.rank-speed")
def test_reading_ends_after_so_many_that_do_not_enter_the_top_ten() -> None:
    cheap = -np.arange(40.0)
    falling = -np.arange(40.0)
    assert read_in_order(cheap, falling, depth=40, patience=5)[1] == 15
    rising = np.arange(40.0)
    assert read_in_order(cheap, rising, depth=40, patience=5) == (list(range(39, -1, -1)), 40)
    late = falling.copy()
    late[14] = 1.0
    order, read = read_in_order(cheap, late, depth=40, patience=5)
    assert (order[0], read) == (14, 20)


@pytest.mark.slow
@pytest.mark.requirement("benchmarks.rank-speed", "benchmarks.report")
def test_the_figures_of_a_small_model_add_up(
    tmp_path: Path, tiny_bert: Callable[[int], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    from questline.training.embedded.bert import CrossEncoderNet
    from questline.training.embedded.bert_graph import BertShape, build_pair_graph
    from questline.training.embedded.export_encoder import Checkpoint
    from questline.training.embedded.safetensors import read_tensors

    made = Checkpoint.read(tiny_bert(3))
    shape = BertShape.of(json.loads(made.config), max_tokens=64)
    net = CrossEncoderNet(read_tensors(made.weights), shape)
    curve = {"slope": 1.0, "offset": 0.0}
    contents = {
        "model.onnx": build_pair_graph(net.tensors(), shape, quantize_words=True).SerializeToString(),
        "tokenizer.json": made.tokenizer,
        "calibration.json": json.dumps(dict.fromkeys(("relevant", "useful", "answered"), curve)).encode(),
    }
    folder = tmp_path / "model"
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    (folder / "manifest.json").write_text(json.dumps({"max_tokens": 64, "files": hashes}), encoding="utf-8")
    rows = [{"docid": f"d{n}", "text": f"Harbour {n} lighthouse.", "score": float(9 - n)} for n in range(4)]
    candidates, qrels = tmp_path / "candidates.jsonl", tmp_path / "qrels.jsonl"
    candidates.write_text(json.dumps({"qid": "q", "query": "harbour 2", "candidates": rows}) + "\n", encoding="utf-8")
    qrels.write_text(json.dumps({"qid": "q", "docid": "d2", "grade": 2}) + "\n", encoding="utf-8")
    words = ["--model", str(folder), "--passages", "4", "--tokens", "24", "--rounds", "2"]
    assert main([*words, "--candidates", str(candidates), "--qrels", str(qrels)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["ways"]) == {f"{kind}_batch_{size}" for kind in ("int8", "torch") for size in (1, 4, 8, 16)}
    assert all(way["seconds_min"] <= way["seconds_median"] for way in told["ways"].values())
    assert told["fastest_torch"].startswith("torch")
    assert set(told["times_faster_than_fastest_torch"]) == {f"int8_batch_{size}" for size in (1, 4, 8, 16)}
    assert told["reading_less"]["best_100"]["minus_reading_all"]["difference"] == 0
    assert told["reading_less"]["best_20"]["passages_read_mean"] == 4
    assert {"commit", "date", "hardware"} <= set(told["run"])
