"""`agents eval` on a small corpus of the project's own: figures, JSON, comparison, and what is refused."""

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from questline.cli import main
from questline.training.evaluation.reports import write_json
from questline.training.evaluation.results import render_results

CORPUS = [
    {"id": "p1", "title": "Harrow Point", "text": "The lighthouse at Harrow Point was built in 1874 by Edith Marlow."},
    {"_id": "p2", "title": "Edith Marlow", "text": "Edith Marlow was an engineer. She was born in Dunmore in 1840."},
    {
        "id": "p3",
        "title": "Dunmore",
        "text": "Dunmore is a market town known for its red clay tiles and its three bridges.",
    },
    {
        "id": "p4",
        "title": "Saltworks",
        "text": "The saltworks closed in 1902 after a flood destroyed the last of its pans.",
    },
    {
        "id": "p5",
        "title": "Ferry",
        "text": "A ferry crosses the bay twice a day, in summer four times, and carries no cars.",
    },
]
QUESTIONS = [
    {"id": "a", "question": "Who built the lighthouse at Harrow Point?", "answers": ["Edith Marlow"], "source": "one"},
    {"id": "b", "question": "When did the saltworks close?", "answers": ["1902", "in 1902"], "source": "one"},
    {"id": "c", "question": "Where was Edith Marlow born?", "answers": ["Dunmore"], "source": "two"},
]
SUPPORT = (["p1"], ["p4"], ["p2"])
RETRIEVAL_KEYS = [
    "ndcg@10",
    "recall@5",
    "recall@10",
    "recall@100",
    "mrr@10",
    "ms_p50",
    "ms_p95",
    "passages_per_second_indexed",
    "n",
]
QA_KEYS = [
    *("f1", "em", "n", "seconds_p50", "seconds_p95", "calls", "retrievals", "turns", "llm_tokens", "usd"),
    *("abstained", "by_source", "workflows"),
]
COMMON_KEYS = ["failed", "intervals", "items", "run"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("eval")
    questions = [{**row, "support": support} for row, support in zip(QUESTIONS, SUPPORT, strict=True)]
    for name, rows in {"corpus.jsonl": CORPUS, "questions.jsonl": questions}.items():
        (made / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return made


def ran(folder: Path, suite: str, *options: str, code: int = 0) -> dict[str, Any]:
    """Run a suite over the small corpus and return its JSON."""
    questions = str(folder / "questions.jsonl")
    data = ["--questions", questions] if suite == "qa" else ["--queries", questions, "--qrels", questions]
    target = folder / f"{suite}.json"
    words = ["eval", suite, "--corpus", str(folder / "corpus.jsonl"), *data, "--json", str(target)]
    assert main([*words, "--cache", str(folder / "cache"), *options]) == code
    return json.loads(target.read_bytes())


@pytest.mark.requirement("eval.retrieval")
@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_retrieval_reports_exactly_its_keys_and_finds_the_support(
    folder: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = ran(folder, "retrieval", "--mode", mode)
    assert list(report) == RETRIEVAL_KEYS + COMMON_KEYS
    assert (report["n"], report["failed"]) == (3, 0)
    assert report["recall@5"] == report["recall@100"] == 1.0
    assert report["mrr@10"] >= 0.8
    assert report["passages_per_second_indexed"] > 0
    assert set(report["intervals"]) == {"ndcg@10", "recall@5", "recall@10", "recall@100", "mrr@10"}
    assert [item["id"] for item in report["items"]] == ["a", "b", "c"]
    assert report["items"][0]["prediction"][0] == "p1"
    assert f"--mode {mode}" in report["run"]["command"]
    assert {"corpus", "queries", "qrels"} == set(report["run"]["data"])
    assert "recall@5" in capsys.readouterr().out


@pytest.mark.requirement("eval.qa")
@pytest.mark.parametrize("choice", [("--workflow", "R,AG"), ("--planner", "constant:R,AG"), ("--planner", "rule")])
def test_qa_reports_exactly_its_keys_and_answers_plain_questions(folder: Path, choice: tuple[str, str]) -> None:
    report = ran(folder, "qa", *choice)
    assert list(report) == QA_KEYS + COMMON_KEYS
    assert (report["n"], report["failed"], report["calls"], report["usd"]) == (3, 0, 0, 0)
    assert report["f1"] > 0.5
    assert report["retrievals"] >= 1 <= report["turns"]
    assert {name: cell["n"] for name, cell in report["by_source"].items()} == {"one": 2, "two": 1}
    assert sum(report["workflows"].values()) == 3
    if choice != ("--planner", "rule"):
        assert report["workflows"] == {"R,AG": 3}
    assert set(report["intervals"]) >= {"f1", "em", "calls", "abstained"}
    assert "generate" in report["run"]["prompts"]
    assert report["run"]["models"]["llm"] == "embedded"


@pytest.mark.requirement("eval.qa")
def test_an_abstention_scores_0_with_an_empty_prediction(folder: Path) -> None:
    report = ran(folder, "qa", "--workflow", "AG")  # the embedded backend knows nothing by heart
    assert (report["f1"], report["abstained"]) == (0.0, 1.0)
    assert {item["prediction"] for item in report["items"]} == {""}


def test_a_seeded_limit_draws_the_same_rows_again(folder: Path) -> None:
    drawn = [
        [item["id"] for item in ran(folder, "qa", "--limit", "2", "--seed", str(s))["items"]] for s in (1, 1, 2, 3, 4)
    ]
    assert drawn[0] == drawn[1] == sorted(drawn[0])
    assert all(len(ids) == 2 for ids in drawn)
    assert len({tuple(ids) for ids in drawn}) > 1


def test_the_second_run_takes_everything_over(folder: Path) -> None:
    ran(folder, "retrieval")
    assert ran(folder, "retrieval")["run"]["resumed"] == 3
    assert ran(folder, "retrieval", "--fresh")["run"]["resumed"] == 0


@pytest.mark.requirement("eval.concurrency")
def test_the_command_that_repeats_a_run_side_by_side_says_so(folder: Path) -> None:
    alone = ran(folder, "qa", "--workflow", "R,AG")["run"]
    side_by_side = ran(folder, "qa", "--workflow", "R,AG", "--concurrency", "2")["run"]
    assert "--concurrency" not in alone["command"]
    assert "--concurrency 2" in side_by_side["command"]
    assert (alone["options"]["concurrency"], side_by_side["options"]["concurrency"]) == (1, 2)
    assert side_by_side["resumed"] == 0


@pytest.mark.requirement("eval.index-cache")
def test_the_index_of_a_corpus_is_made_once_whatever_file_it_lies_in(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "same.jsonl.gz"
    packed.write_bytes(gzip.compress((folder / "corpus.jsonl").read_bytes()))
    speeds = [
        ran(folder, "retrieval", "--corpus", str(corpus), "--fresh")["passages_per_second_indexed"]
        for corpus in (folder / "corpus.jsonl", packed)
    ]
    assert speeds[0] == speeds[1]  # measured once: the second run built nothing
    assert len(list((folder / "cache" / "indexes").iterdir())) == 1


@pytest.mark.requirement("eval.failed")
def test_a_model_that_is_down_fails_every_question_and_nothing_else_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUESTLINE_RETRIES", "0")
    report = ran(folder, "qa", "--model", "some-model", "--base-url", "http://127.0.0.1:9/v1", "--workflow", "R,AG")
    assert (report["failed"], report["n"], report["f1"]) == (3, 3, 0.0)
    assert {item["error"] for item in report["items"]} == {"backend_unavailable"}
    assert report["seconds_p50"] is None


@pytest.mark.slow
@pytest.mark.requirement("eval.resume")
def test_an_interrupt_keeps_finished_rows_and_says_so(folder: Path) -> None:
    questions = [{"id": str(n), "question": f"Who built lighthouse {n}?", "answers": ["x"]} for n in range(3000)]
    path = folder / "many.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in questions), encoding="utf-8")
    cache = folder / "interrupted"
    words = ["eval", "qa", "--corpus", str(folder / "corpus.jsonl"), "--questions", str(path), "--cache", str(cache)]
    command = [sys.executable, "-P", "-c", "import sys; from questline.cli import main; sys.exit(main())", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while not (kept := [*cache.glob("items/*.jsonl")]) or kept[0].read_bytes().count(b'{"id"') < 5:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in errors
    rows = [json.loads(line) for line in kept[0].read_bytes().split(b"\n") if line]
    assert 5 <= len(rows) < 3000
    assert all(row["scores"] for row in rows)


@pytest.mark.requirement("eval.compare")
def test_two_reports_are_compared_item_by_item(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(folder, "qa", "--workflow", "AG")
    (folder / "qa.json").rename(folder / "a.json")
    ran(folder, "qa", "--workflow", "R,AG")
    (folder / "qa.json").rename(folder / "b.json")
    both = [str(folder / "a.json"), str(folder / "b.json")]
    capsys.readouterr()
    assert main(["eval", "--compare", *both, "--json", str(folder / "c.json")]) == 0
    shown = capsys.readouterr().out
    assert "f1" in shown
    assert "3 shared items" in shown
    found = json.loads((folder / "c.json").read_bytes())
    assert (found["shared"], found["only_a"], found["only_b"], found["warnings"]) == (3, 0, 0, [])
    assert found["differences"]["f1"]["a"] == 0.0
    assert found["differences"]["f1"]["difference"] > 0.5
    assert found["differences"]["seconds"]["n"] == 3


def report_of(
    suite: str, scores: dict[str, float], *, failed: Sequence[str] = (), data: str = "x"
) -> dict[str, object]:
    items = [{"id": name, "scores": {"f1": score}, "cost": {"seconds": 1.0}} for name, score in scores.items()]
    return {
        "f1": sum(scores.values()) / len(scores),
        "n": len(scores),
        "failed": len(failed),
        "intervals": {"f1": [0.1, 0.9]},
        "items": [*items, *({"id": name, "error": "tool_timeout"} for name in failed)],
        "run": {"suite": suite, "command": "agents eval a|b", "date": "2026-01-02", "data": data, "stopped": ""},
    }


@pytest.mark.requirement("eval.compare")
def test_a_failed_item_counts_as_0_in_quality_and_not_at_all_in_cost(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", report_of("qa", {"1": 1.0, "2": 1.0, "4": 1.0}))
    write_json(tmp_path / "b.json", report_of("qa", {"1": 1.0, "3": 1.0}, failed=["2"], data="y"))
    target = tmp_path / "c.json"
    assert main(["eval", "--compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json", str(target)]) == 0
    found = json.loads(target.read_bytes())
    assert (found["shared"], found["only_a"], found["only_b"]) == (2, 1, 1)
    assert found["warnings"] == ["the two runs read different data"]
    assert found["differences"]["f1"]["difference"] == -0.5
    assert found["differences"]["seconds"]["n"] == 1


@pytest.mark.requirement("eval.results-table")
def test_kept_reports_become_a_markdown_table(tmp_path: Path) -> None:
    for name, score in (("one", 0.5), ("two", float("nan"))):
        report = report_of("qa", {"1": score})
        del report["items"]
        write_json(tmp_path / f"{name}.json", report)
    text = render_results([tmp_path / "one.json", tmp_path / "two.json"], columns=["f1", "n", "failed"])
    assert text.splitlines() == [
        "| run | f1 | n | failed |",
        "| --- | ---: | ---: | ---: |",
        "| one | 0.500 [0.100, 0.900] | 1 | 0 |",
        "| two | – | 1 | 0 |",
        "",
        "- **one**: `agents eval a|b` (2026-01-02, no commit, ? cores, unknown)",
        "- **two**: `agents eval a|b` (2026-01-02, no commit, ? cores, unknown)",
    ]
    assert "f1" in render_results([tmp_path / "one.json"]).splitlines()[0]


@pytest.mark.requirement("eval.bad-rows")
def test_wrong_calls_are_usage_errors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus, questions = str(folder / "corpus.jsonl"), str(folder / "questions.jsonl")
    write_json(folder / "list.json", {"no": "report"})
    write_json(folder / "bare.json", {"run": {"suite": "qa"}})
    write_json(folder / "other.json", report_of("retrieval", {"1": 1.0}))
    write_json(folder / "own.json", report_of("qa", {"1": 1.0}))
    write_json(folder / "apart.json", report_of("qa", {"9": 1.0}))
    (folder / "text.json").write_text("no JSON", encoding="utf-8")
    qa = ["qa", "--corpus", corpus, "--questions", questions, "--cache", str(folder / "cache")]
    retrieval = ["retrieval", "--corpus", corpus, "--queries", questions, "--qrels"]
    calls: list[tuple[list[str], str]] = [
        ([], "bad_argument"),
        ([*qa, "--workflow", "DS,AG"], "bad_workflow"),
        ([*qa, "--planner", "wise"], "bad_planner"),
        ([*qa, "--planner", "rule", "--workflow", "R,AG"], "bad_argument"),
        ([*qa, "--max-usd", "0"], "bad_argument"),
        ([*qa, "--limit", "0"], "bad_argument"),
        ([*qa, "--model", "nonsense:x"], "unknown_model"),
        ([*qa, "--json", str(folder / "absent" / "x.json")], "file_not_found"),
        ([*retrieval, questions, "--mode", "psychic"], "bad_argument"),
        ([*retrieval, corpus], "bad_data"),
        (["--compare", str(folder / "own.json"), str(folder / "absent.json")], "file_not_found"),
        *(
            (["--compare", str(folder / "own.json"), str(folder / f"{name}.json")], "bad_data")
            for name in ("list", "bare", "other", "apart", "text")
        ),
        (["--compare", "a", "b", *qa], "bad_argument"),
    ]
    for words, code in calls:
        assert main(["eval", *words]) == 2, words
        assert f"error[{code}]" in capsys.readouterr().err, words
