"""`agents eval summary` on a few documents of the project's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.testing import ScriptedLLM

ROWS = [
    {
        "id": "lamp",
        "query": "When was the lamp lit?",
        "document": "The harbour is small. The lamp was lit in 1874 by Ada Holm. Boats leave at nine.",
        "answers": ["1874"],
        "references": ["It was lit in 1874 by Ada Holm."],
    },
    {
        "id": "zh",
        "query": "塔有多高？",
        "document": "港口很小。塔高41米，刷成白色。船九点开。",
        "answers": ["41米"],
        "references": ["塔高41米。"],
    },
]
KEYS = ["rouge1", "rouge2", "rougeL", "hit@1", "offset_valid", "mean_sentences", "n"]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    path = tmp_path / "documents.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def _ran(documents: Path, *options: str) -> dict[str, Any]:
    target = documents.parent / "summary.json"
    words = ["eval", "summary", "--documents", str(documents), "--cache", str(documents.parent / "cache")]
    assert main([*words, "--json", str(target), *options]) == 0
    return json.loads(target.read_bytes())


@pytest.mark.requirement("eval.summary")
@pytest.mark.parametrize("method", ["words", "encoder", "cross-encoder"])
def test_it_reports_its_keys_and_finds_the_answers(documents: Path, method: str) -> None:
    report = _ran(documents, "--method", method, "--max-sentences", "1")
    assert list(report)[: len(KEYS)] == KEYS
    assert (report["n"], report["failed"], report["hit@1"], report["offset_valid"]) == (2, 0, 1.0, 1.0)
    assert report["mean_sentences"] == 1.0
    assert report["rougeL"] > 0.5
    assert report["answer_kept"] == 1.0
    assert set(report["intervals"]) >= {"rouge1", "hit@1", "offset_valid"}
    assert "--max-sentences 1" in report["run"]["command"]
    assert report["run"]["options"]["method"] == method


@pytest.mark.requirement("eval.summary")
@pytest.mark.parametrize(("method", "hit"), [("lead", 0.0), ("bm25", 1.0), ("query", 0.0)])
def test_floors_are_measured_on_the_same_segments(documents: Path, method: str, hit: float) -> None:
    report = _ran(documents, "--method", method, "--max-sentences", "1")
    assert report["hit@1"] == hit


@pytest.mark.requirement("eval.summary")
def test_without_references_or_answers_there_are_no_such_figures(documents: Path) -> None:
    row = {key: value for key, value in ROWS[0].items() if key not in {"answers", "references"}}
    documents.write_text(json.dumps(row) + "\n", encoding="utf-8")
    report = _ran(documents, "--max-words", "20")
    assert [report[name] for name in KEYS] == [None, None, None, None, 1.0, report["mean_sentences"], 1]


@pytest.mark.requirement("eval.summary")
def test_a_model_is_measured_strictly(documents: Path) -> None:
    with ScriptedLLM(lambda request: '[{"id": 2}]') as server:
        report = _ran(documents, "--method", "model", "--model", "m", "--base-url", server.base_url)
    assert (report["hit@1"], report["offset_valid"], report["failed"]) == (1.0, 1.0, 0)
    with ScriptedLLM("I do not know what you mean.") as server:
        report = _ran(documents, "--method", "model", "--model", "m", "--base-url", server.base_url, "--fresh")
    assert (report["failed"], report["n"]) == (2, 2)


@pytest.mark.requirement("eval.bad-rows")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--method", "magic"], "bad_argument"),
        (["--max-chars", "9", "--max-words", "9"], "bad_param"),
        (["--method", "model"], "unknown_model"),
    ],
)
def test_wrong_calls_are_usage_errors(
    documents: Path, options: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["eval", "summary", "--documents", str(documents), "--cache", str(documents.parent / "cache"), *options]
    assert main(words) == 2
    assert f"error[{code}]" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.requirement("summarization.hit")
@pytest.mark.parametrize(
    ("name", "method", "least"),
    [
        ("qa/xquad_en", "encoder", 0.82),
        ("zh/cmrc2018_dev", "words", 0.84),
        ("qa/xquad_zh", "words", 0.79),
    ],
)
def test_the_answering_sentence_comes_first(
    data_dir: Path, tmp_path: Path, name: str, method: str, least: float
) -> None:
    target = tmp_path / "figures.json"
    words = ["eval", "summary", "--documents", str(data_dir / f"{name}.jsonl.gz"), "--method", method]
    assert main([*words, "--limit", "400", "--cache", str(tmp_path), "--json", str(target)]) == 0
    report = json.loads(target.read_bytes())
    assert report["offset_valid"] == 1.0
    assert report["hit@1"] >= least - 0.03  # of 400 rows
