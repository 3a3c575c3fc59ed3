"""`agents eval ranking` on small lists of the project's own, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.testing import ChatRequest, ScriptedLLM
from questline.training.evaluation.lists import read_candidates, read_labelled
from questline.training.evaluation.ranking_metrics import ndcg
from questline.training.ranking.calibrate import ece, pool

KEYS = ["ndcg@10", "mrr", "map", "ece", "invalid", "passages_per_second", "n", "skipped"]
COMMON_KEYS = ["failed", "intervals", "items", "run"]
TEXTS = {
    "mill": "The mill of Kelby was built in 1802 by Edith Marlow.",
    "ferry": "A ferry crosses the bay twice a day and carries no cars.",
    "tiles": "Dunmore is known for its red clay tiles.",
    "salt": "The saltworks closed in 1902 after a flood.",
}
CANDIDATES = [
    {
        "qid": 1,
        "query": "when was the mill of Kelby built",
        "candidates": [{"docid": name, "text": TEXTS[name], "bm25_score": 9.0 - n} for n, name in enumerate(TEXTS)][
            ::-1
        ],
    },
    {
        "qid": "2",
        "query": "why did the saltworks close",
        "candidates": [{"docid": name, "text": TEXTS[name]} for name in TEXTS],
    },
    {"qid": "3", "query": "nothing fits", "candidates": [{"docid": name, "text": TEXTS[name]} for name in TEXTS]},
    {"qid": "4", "query": "unjudged", "candidates": [{"docid": "mill", "text": TEXTS["mill"]}]},
]
QRELS = [
    {"qid": "1", "docid": "mill", "grade": 3},
    {"qid": "1", "docid": "elsewhere", "grade": 1},
    {"qid": "2", "docid": "salt", "grade": 2},
    {"qid": "3", "docid": "ferry", "grade": 0},
]
QUESTIONS = [
    {
        "id": "a",
        "question": "when was the mill of Kelby built",
        "candidates": [{"text": TEXTS[name], "label": int(name == "mill")} for name in ("salt", "mill", "ferry")],
    },
    {
        "question": "why did the saltworks close",
        "candidates": [{"text": TEXTS["tiles"], "label": 0}, {"text": TEXTS["salt"], "label": True}],
    },
    {"question": "nothing fits", "candidates": [{"text": TEXTS["tiles"], "label": 0}]},
    {"question": "everything fits", "candidates": [{"text": TEXTS["tiles"], "label": 1}]},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in {"candidates": CANDIDATES, "qrels": QRELS, "questions": QUESTIONS}.items():
        write(tmp_path / f"{name}.jsonl", rows)
    return tmp_path


def ran(folder: Path, *options: str, code: int = 0, labelled: bool = False) -> dict[str, Any]:
    data = ["--candidates", str(folder / "candidates.jsonl"), "--qrels", str(folder / "qrels.jsonl")]
    if labelled:
        data = ["--questions", str(folder / "questions.jsonl")]
    target = folder / "ranking.json"
    target.unlink(missing_ok=True)
    assert main(["eval", "ranking", *data, "--json", str(target), "--cache", str(folder / "cache"), *options]) == code
    return json.loads(target.read_bytes()) if target.exists() else {}


@pytest.mark.requirement("eval.ranking")
@pytest.mark.parametrize("ranker", ["embedded", "cosine", "first_stage"])
@pytest.mark.parametrize("labelled", [False, True])
def test_ranking_reports_exactly_its_keys(folder: Path, ranker: str, labelled: bool) -> None:
    report = ran(folder, "--ranker", ranker, labelled=labelled)
    assert list(report) == KEYS + COMMON_KEYS
    assert (report["n"], report["failed"], report["invalid"]) == (2, 0, 0.0)
    assert report["skipped"] == (2 if labelled else 1)
    assert 0 <= report["ece"] <= 1
    assert report["passages_per_second"] > 0
    assert set(report["intervals"]) == {"ndcg@10", "mrr", "map"}
    assert ("encoder" in report["run"]["models"]) == (ranker != "first_stage")
    assert f"--ranker {ranker}" in report["run"]["command"]
    if ranker != "first_stage":
        assert report["mrr"] == 1.0
    if labelled:
        assert [item["id"] for item in report["items"]] == ["a", "2"]


@pytest.mark.requirement("eval.ranking", "ranking.calibration")
def test_the_calibration_error_is_over_all_candidates_together(folder: Path) -> None:
    report = ran(folder, "--ranker", "cosine")
    parts = [item["prediction"]["bins"] for item in report["items"]]
    assert sum(cell[0] for cell in pool(parts)) == 8
    assert sum(cell[2] for cell in pool(parts)) == 2
    assert report["ece"] == pytest.approx(ece(pool(parts)))


@pytest.mark.requirement("eval.ranking")
def test_the_first_stages_order_is_that_of_its_scores(folder: Path) -> None:
    report = ran(folder, "--ranker", "first_stage")
    first, second = report["items"]
    assert first["prediction"]["ids"] == ["mill", "ferry", "tiles", "salt"]
    assert second["prediction"]["ids"] == ["mill", "ferry", "tiles", "salt"]
    judged = {"mill": 3, "elsewhere": 1}
    assert first["scores"]["ndcg@10"] == ndcg(["mill", "ferry", "tiles", "salt"], judged, 10)
    assert first["scores"]["map"] == 0.5  # one of two relevant documents is no candidate
    assert second["scores"]["mrr"] == 0.25


@pytest.mark.requirement("eval.ranking")
def test_a_query_without_anything_relevant_is_skipped_and_counted(folder: Path) -> None:
    assert [item["id"] for item in ran(folder, "--ranker", "first_stage")["items"]] == ["1", "2"]
    report = ran(folder, "--ranker", "first_stage", "--relevant-from", "3")
    assert (report["n"], report["skipped"]) == (1, 2)


@pytest.mark.requirement("eval.ranking")
def test_the_order_of_a_labelled_file_is_not_what_is_ranked_by(folder: Path) -> None:
    # Such files often put what is relevant first: the order within the list is BM25's instead.
    rows = [{**QUESTIONS[0], "candidates": QUESTIONS[0]["candidates"][::-1]}]
    write(folder / "questions.jsonl", rows)
    assert ran(folder, "--ranker", "first_stage", labelled=True)["items"][0]["prediction"]["ids"][0] == "1"


def answer(request: ChatRequest) -> str:
    text = request.messages[-1].content
    at = next(n for n in range(1, 5) if f"[{n}] The {'mill' if 'Query: when' in text else 'saltworks'}" in text)
    others = [f"[{n}]" for n in range(1, 5) if n != at]
    return f"<answer>[{at}] > {' > '.join(others)}</answer>" if "Query: when" in text else f"[{at}] > [{at}]"


@pytest.mark.requirement("eval.ranking")
def test_a_language_model_is_measured_with_its_invalid_answers_and_its_cost(folder: Path) -> None:
    with ScriptedLLM(answer) as server:
        options = ("--ranker", "llm", "--model", "scripted", "--base-url", server.base_url, "--thinking", "short")
        report = ran(folder, *options)
    assert (report["mrr"], report["invalid"], report["failed"]) == (1.0, 0.5, 0)
    assert sum(item["cost"]["llm_tokens"] for item in report["items"]) == server.billed.tokens
    assert report["run"]["models"] == {"llm": "scripted"}
    assert report["run"]["options"]["thinking"] == "short"
    assert set(report["run"]["prompts"]) == {"rank"}


@pytest.mark.requirement("eval.failed")
def test_a_model_that_answers_nonsense_fails_its_queries_and_nothing_else_answers(folder: Path) -> None:
    with ScriptedLLM("no") as server:
        report = ran(folder, "--ranker", "llm", "--model", "scripted", "--base-url", server.base_url)
    assert (report["failed"], report["n"], report["mrr"], report["passages_per_second"]) == (2, 2, 0.0, None)
    assert {item["error"] for item in report["items"]} == {"bad_model_output"}


@pytest.mark.requirement("eval.bad-rows")
@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"qid": "1", "query": "q"}, "candidates"),
        ({"qid": "1", "query": "q", "candidates": []}, "candidates"),
        ({"qid": "1", "query": "q", "candidates": ["text"]}, "candidates"),
        ({"qid": "1", "query": "q", "candidates": [{"docid": "a"}]}, "candidates"),
        ({"qid": "1", "query": "q", "candidates": [{"text": "a"}]}, "docid"),
        ({"qid": "1", "query": "q", "candidates": [{"docid": "a", "text": "a", "score": "high"}]}, "candidates"),
        ({"qid": "1", "query": "q", "candidates": [{"docid": "a", "text": "a"}] * 2}, "candidates"),
        ({"qid": "1", "candidates": [{"docid": "a", "text": "a"}]}, "query"),
        ({"qid": "", "query": "q", "candidates": [{"docid": "a", "text": "a"}]}, "qid"),
    ],
)
def test_a_bad_list_names_line_and_field(
    folder: Path, row: dict[str, Any], field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "candidates.jsonl", [CANDIDATES[1], row])
    ran(folder, "--ranker", "first_stage", code=2)
    assert "bad_data" in capsys.readouterr().err


@pytest.mark.requirement("eval.bad-rows")
@pytest.mark.parametrize(
    "row",
    [
        {"question": "q", "candidates": [{"text": "a"}]},
        {"question": "q", "candidates": [{"text": "a", "label": "yes"}]},
        {"question": "q", "candidates": [{"label": 1}]},
        {"id": "a", "question": "q", "candidates": [{"text": "a", "label": 1}]},
    ],
)
def test_a_bad_labelled_list_is_refused(folder: Path, row: dict[str, Any]) -> None:
    write(folder / "questions.jsonl", [QUESTIONS[0], row])
    assert ran(folder, "--ranker", "first_stage", code=2, labelled=True) == {}


@pytest.mark.parametrize(
    "options",
    [
        ("--ranker", "best"),
        ("--schedule", "best"),
        ("--thinking", "loud"),
        ("--window", "1"),
        ("--window", "4", "--step", "5"),
        ("--ranker", "llm"),
    ],
)
def test_options_that_make_no_sense_are_refused(folder: Path, options: tuple[str, ...]) -> None:
    assert ran(folder, *options, code=2) == {}


def test_either_candidates_with_judgements_or_questions_are_given(folder: Path) -> None:
    assert main(["eval", "ranking"]) == 2
    assert main(["eval", "ranking", "--candidates", str(folder / "candidates.jsonl")]) == 2
    both = ["--candidates", str(folder / "candidates.jsonl"), "--qrels", str(folder / "qrels.jsonl")]
    assert main(["eval", "ranking", *both, "--questions", str(folder / "questions.jsonl")]) == 2


def test_judgements_of_other_queries_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "qrels.jsonl", [{"qid": "x", "docid": "mill", "grade": 1}])
    ran(folder, code=2)
    assert "their ids differ" in capsys.readouterr().err
    write(folder / "qrels.jsonl", [{"qid": "3", "docid": "mill", "grade": 0}])
    ran(folder, code=2)


@pytest.mark.data
@pytest.mark.requirement("eval.ranking")
@pytest.mark.parametrize(("year", "official", "queries"), [("19", 0.5058, 43), ("21", 0.4458, 53)])
def test_the_first_stage_of_trec_dl_scores_its_known_figure(
    data_dir: Path, year: str, official: float, queries: int
) -> None:
    files = data_dir / "ir" / f"dl{year}_bm25_top100"
    lists = read_candidates(files / "candidates.jsonl.gz", files / "qrels.jsonl.gz")
    scores = [ndcg([passage.id for passage in each.passages], each.grades, 10) for each in lists]
    assert len(lists) == queries
    assert sum(scores) / len(scores) == pytest.approx(official, abs=2e-4)


@pytest.mark.data
@pytest.mark.requirement("eval.ranking")
def test_labelled_sentences_are_read_with_the_usable_number_of_questions(data_dir: Path) -> None:
    wikiqa = read_labelled(data_dir / "rank" / "wikiqa_dev.jsonl.gz")
    trecqa = read_labelled(data_dir / "rank" / "trecqa_dev.jsonl.gz")
    usable = [sum({0, 1} <= set(each.grades.values()) for each in lists) for lists in (wikiqa, trecqa)]
    assert (len(wikiqa), len(trecqa), usable) == (296, 81, [122, 65])
