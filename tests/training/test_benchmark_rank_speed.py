"""The benchmarks of the ranker's speed and of reading less: their figures add up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from questline.tools.ranking.embedded import HEAD, SKIMMED
from questline.training.benchmarks import rank_speed, reading_less


@pytest.mark.slow
@pytest.mark.requirement("benchmarks.rank-speed", "benchmarks.reading-less", "benchmarks.report")
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
    words = ["--model", str(folder), "--passages", "4", "--tokens", "24", "--rounds", "2"]
    assert rank_speed.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    rankers = {"ranker_whole", "ranker_early_exit", "ranker_early_exit_vectors_known"}
    int8, torch = [{f"{kind}_batch_{size}" for size in (1, 4, 8, 16)} for kind in ("int8", "torch")]
    assert set(told["ways"]) == int8 | torch | rankers
    assert all(way["seconds_min"] <= way["seconds_median"] for way in told["ways"].values())
    assert told["fastest_torch"].startswith("torch")
    assert set(told["times_faster_than_fastest_torch"]) == int8 | rankers
    assert {"commit", "date", "hardware"} <= set(told["run"])

    count = 2 * SKIMMED
    rows = [{"docid": f"d{n}", "text": f"Harbour {n} lighthouse.", "score": float(-n)} for n in range(count)]
    candidates, qrels = tmp_path / "candidates.jsonl", tmp_path / "qrels.jsonl"
    candidates.write_text(json.dumps({"qid": "q", "query": "harbour 2", "candidates": rows}) + "\n", encoding="utf-8")
    qrels.write_text(json.dumps({"qid": "q", "docid": "d2", "grade": 2}) + "\n", encoding="utf-8")
    words = ["--model", str(folder), "--candidates", str(candidates), "--qrels", str(qrels)]
    assert reading_less.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    ways = told["ways"]
    assert (told["n"], told["head"], told["skimmed"]) == (1, HEAD, SKIMMED)
    assert ways["whole"]["minus_whole"]["difference"] == 0
    assert (ways["whole"]["passages_read_mean"], ways["whole"]["cosines_mean"]) == (count, count)
    assert (ways["early_exit"]["passages_read_mean"], ways["early_exit"]["cosines_mean"]) == (HEAD, SKIMMED)
    assert (ways["vectors_known"]["passages_read_mean"], ways["vectors_known"]["cosines_mean"]) == (HEAD, count)
    assert ways["read_8_of_all"]["passages_read_mean"] == 8
