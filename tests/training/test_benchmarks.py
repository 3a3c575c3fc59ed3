"""The benchmarks on a small corpus of the project's own: they run, their JSON adds up, and bad input is refused."""

import importlib
import json
import logging
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.errors import RunError
from questline.tools.retrieval.index import DocumentIndex
from questline.tools.retrieval.ranking import Mode
from questline.training.benchmarks import start_up
from questline.training.benchmarks.fusion import reciprocal_rank_fusion
from questline.training.benchmarks.harness import quiet
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.ranking_metrics import ndcg, recall

Benchmark = Callable[..., dict[str, Any]]
PLACES = ("Dunmore", "Harrow", "Kelby", "Ostrand", "Penwick", "Rothby")
CORPUS = [
    {
        "id": f"p{number}",
        "title": place,
        "text": f"{place} is a town. The mill of {place} was built in {1800 + number}.",
    }
    for number, place in enumerate(PLACES)
] + [
    {"id": "w", "title": "Edith Marlow", "text": "Edith Marlow was an engineer. She was born in Kelby in 1840."},
    {"id": "f", "title": "Ferry", "text": "A ferry crosses the bay twice a day and carries no cars."},
]
QUESTIONS = [
    {
        "id": f"q{number}",
        "question": f"When was the mill of {place} built?",
        "answers": [str(1800 + number)],
        "source": "mills" if number else "other",
        "support": [f"p{number}"],
    }
    for number, place in enumerate(PLACES)
]
VARIANTS = {
    *("lexical", "dense", "reciprocal_rank", "z_scores"),
    *("shipped_without_title", "shipped_without_link", "shipped"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("benchmarks")
    for name, rows in {"corpus.jsonl": CORPUS, "questions.jsonl": QUESTIONS}.items():
        (made / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return made


@pytest.fixture
def benchmark(folder: Path, capsys: pytest.CaptureFixture[str]) -> Benchmark:
    """Run a benchmark and return its JSON, which stdout and the file must tell alike."""

    def ran(name: str, *words: object) -> dict[str, Any]:
        target = folder / f"{name}.json"
        assert main(name)([*map(str, words), "--json", str(target)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert json.loads(target.read_bytes()) == told
        assert told["benchmark"] == name
        return told

    return ran


def main(name: str) -> Callable[[list[str]], int]:
    return importlib.import_module(f"questline.training.benchmarks.{name}").main


def data(folder: Path) -> list[object]:
    return ["--corpus", folder / "corpus.jsonl", "--questions", folder / "questions.jsonl", "--cache", folder / "cache"]


@pytest.mark.requirement("benchmarks.indexing")
def test_indexing_tells_its_parts_and_the_encoders_share(folder: Path, benchmark: Benchmark) -> None:
    told = benchmark("indexing", "--corpus", folder / "corpus.jsonl", "--threads", 1)
    assert (told["passages"], told["skipped"], told["threads"]) == (len(CORPUS), 0, 1)
    parts = [told["seconds_read_split_lexical"], told["seconds_encoder"], told["seconds_dense"]]
    assert all(part > 0 for part in parts)
    assert sum(parts) <= told["seconds"] + 0.002
    assert told["encoder_share"] == pytest.approx(told["seconds_encoder"] / told["seconds"], abs=0.02)
    assert told["passages_per_second"] == pytest.approx(len(CORPUS) / told["seconds"], rel=0.02)


@pytest.mark.requirement("benchmarks.report")
def test_a_report_says_where_its_figures_come_from_and_not_where_it_was_put(folder: Path, benchmark: Benchmark) -> None:
    corpus = str(folder / "corpus.jsonl")
    run = benchmark("indexing", f"--corpus={corpus}", "--threads", 1)["run"]
    module = "questline.training.benchmarks.indexing"
    assert shlex.split(run["command"]) == ["python", "-P", "-m", module, f"--corpus={corpus}", "--threads", "1"]
    assert {"date", "commit", "versions", "hardware", "data"} < set(run)
    assert run["versions"]["onnxruntime"]
    assert set(run["data"]) == {"corpus"}
    assert len(run["data"]["corpus"]) == 64


@pytest.mark.requirement("benchmarks.ask-latency")
def test_latency_is_of_the_questions_of_a_source_after_the_warm_up(folder: Path, benchmark: Benchmark) -> None:
    told = benchmark("ask_latency", *data(folder), "--source", "mills", "--workflow", "R,DS,AG")
    assert (told["n"], told["n_single_hop"], told["n_without_answer"]) == (2, 2, 0)
    assert (told["workflow"], told["planner"]) == ("R,DS,AG", None)
    assert told["workflows"] == {"R,DS,AG": 2}
    assert 0 < told["ms_p50"] <= told["ms_p95"]
    assert told["all"] == {name: told[name] for name in ("ms_p50", "ms_p95", "ms_mean")}
    steps = told["steps"]
    assert {step: steps[step]["runs"] for step in ("R", "DS", "AG")} == {"R": 2, "DS": 2, "AG": 2}
    assert max(step["ms_p50"] for step in steps.values()) < told["ms_p95"]


def test_questions_that_were_split_are_not_among_the_single_hops(folder: Path, benchmark: Benchmark) -> None:
    told = benchmark("ask_latency", *data(folder), "--planner", "constant:QDS", "--limit", 1)
    assert (told["n"], told["n_single_hop"], told["planner"]) == (1, 0, "constant:QDS")
    assert (told["ms_p50"], told["steps"]) == (None, {})
    assert told["all"]["ms_p50"] > 0
    assert next(iter(told["workflows"])).startswith("QDS")


@pytest.mark.slow
@pytest.mark.requirement("benchmarks.start-up")
def test_start_up_times_every_command_in_processes_of_their_own(benchmark: Benchmark) -> None:
    told = benchmark("start_up", "--rounds", 1)
    assert set(told["commands"]) == {"agents_help", "agents_ask_help", "agents_ask", "python", "import_questline"}
    for times in told["commands"].values():
        assert times["ms_median"] == times["ms_min"] > 0
    commands = told["commands"]
    assert commands["agents_ask"]["ms_min"] > commands["python"]["ms_min"]
    difference = commands["import_questline"]["ms_median"] - commands["python"]["ms_median"]
    assert told["import_over_python_ms"] == pytest.approx(difference, abs=0.01)


@pytest.mark.slow
def test_a_command_that_fails_ends_the_measurement_with_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start_up, "_QUESTION", " ")
    assert start_up.main(["--rounds", "1"]) == RunError.exit_code
    assert "empty_question" in capsys.readouterr().err


@pytest.mark.requirement("benchmarks.fusion")
def test_fusion_compares_all_variants_with_the_shipped_one(folder: Path, benchmark: Benchmark) -> None:
    told = benchmark("fusion", *data(folder))
    assert told["n"] == len(QUESTIONS)
    assert set(told["variants"]) == VARIANTS
    assert set(told["shipped_minus"]) == VARIANTS - {"shipped"}
    for name, figures in told["variants"].items():
        for metric in ("recall@5", "recall@10", "ndcg@10"):
            low, high = figures["intervals"][metric]
            assert 0 <= low <= figures[metric] <= high <= 1
            if name != "shipped":
                difference = told["shipped_minus"][name][metric]["difference"]
                assert difference == pytest.approx(told["variants"]["shipped"][metric] - figures[metric])


def test_the_shipped_variant_scores_what_the_index_itself_finds(folder: Path, benchmark: Benchmark) -> None:
    told = benchmark("fusion", *data(folder), "--limit", 4)
    index_folder = next((folder / "cache" / "indexes").iterdir()) / "index"
    modes: dict[str, Mode] = {"shipped": "hybrid", "lexical": "lexical", "dense": "dense"}
    for variant, mode in modes.items():
        with DocumentIndex.open(index_folder, read_only=True) as index:
            ranked = [
                [passage.document_id for passage in index.search_now(str(row["question"]), k=100, mode=mode)]
                for row in QUESTIONS[:4]
            ]
        grades = [{str(row["support"][0]): 1} for row in QUESTIONS[:4]]
        pairs = list(zip(ranked, grades, strict=True))
        assert told["variants"][variant]["recall@5"] == mean([recall(found, wanted, 5) for found, wanted in pairs])
        assert told["variants"][variant]["ndcg@10"] == mean([ndcg(found, wanted, 10) for found, wanted in pairs])


def test_without_the_link_term_a_passage_that_only_another_one_names_is_missed(
    tmp_path: Path, benchmark: Benchmark
) -> None:
    plays = ("Lantern of Kelby", "The Silver Mill", "A Silver Bell", "Lantern Night", "Who Goes", "Silver and Tin")
    others = [
        {"id": f"t{number}", "title": title, "text": f"{title} is a play. " + "It was written in spring. " * number}
        for number, title in enumerate(plays, start=1)
    ]
    topics = (
        "tiles",
        "bridges",
        "boats",
        "bread",
        "snow",
        "wool",
        "clocks",
        "roads",
        "salt",
        "bees",
        "glass",
        "horses",
    )
    others += [{"id": topic, "title": topic, "text": f"Some people know much about {topic}."} for topic in topics]
    chain = [
        {"id": "a", "title": "Silver Lantern", "text": "A play that was written by Jonas Quill."},
        {"id": "b", "title": "Jonas Quill", "text": "He grew apples."},
    ]
    question = {"id": "q", "question": "Who has written the play Silver Lantern?", "support": ["a", "b"]}
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*others, *chain]), "utf-8")
    (tmp_path / "questions.jsonl").write_text(json.dumps(question) + "\n", "utf-8")
    variants = benchmark("fusion", *data(tmp_path))["variants"]
    assert variants["shipped"]["recall@5"] == variants["shipped_without_title"]["recall@5"] == 1.0
    assert variants["lexical"]["recall@5"] == variants["shipped_without_link"]["recall@5"] == 0.5


@given(st.lists(st.lists(st.integers(0, 20), unique=True), min_size=1, max_size=3))
def test_reciprocal_ranks_keep_every_entry_once_and_never_rise(lists: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(lists)
    assert sorted(fused) == sorted({number for ranked in lists for number in ranked})
    scores = [sum(1 / (61 + ranked.index(number)) for ranked in lists if number in ranked) for number in fused]
    assert all(before >= after - 1e-12 for before, after in pairwise(scores))


def test_reciprocal_ranks_prefer_what_both_lists_hold() -> None:
    assert reciprocal_rank_fusion([[1, 2, 3], [4, 2, 5]]) == [2, 1, 4, 3, 5]


def test_the_graphs_overhead_is_written_to_a_file_too(folder: Path, benchmark: Benchmark) -> None:
    notes = folder / "notes.md"
    notes.write_text("# Mill\n\nThe mill of Kelby was built in 1802 by Edith Marlow.\n", "utf-8")
    words = ["--documents", notes, "--questions", folder / "questions.jsonl", "--rounds", 2]
    told = benchmark("graph_overhead", *words)
    assert (told["rounds"], told["checkpoints"]) == (2, False)
    assert told["bare_ms"] > 0
    assert set(told["run"]["data"]) == {"questions"}


@pytest.fixture
def lists(tmp_path: Path) -> list[object]:
    rows = [
        {
            "qid": q,
            "query": q,
            "candidates": [{"docid": f"d{n}", "text": f"text {n}", "score": 60 - n} for n in range(60)],
        }
        for q in ("one", "two", "unjudged")
    ]
    judged = [{"qid": q, "docid": f"d{n}", "grade": n % 4} for q in ("one", "two") for n in range(7, 60, 3)]
    for name, content in {"candidates.jsonl": rows, "qrels.jsonl": judged}.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    return ["--candidates", tmp_path / "candidates.jsonl", "--qrels", tmp_path / "qrels.jsonl"]


@pytest.mark.requirement("benchmarks.schedules")
def test_schedules_are_compared_at_several_noises(lists: list[object], benchmark: Benchmark) -> None:
    told = benchmark("schedules", *lists, "--sigma", 0, 2, "--seeds", 2)
    assert (told["n"], told["seeds"], told["window"], told["step"]) == (2, 2, 20, 10)
    assert set(told["sigmas"]) == {"0", "2"}
    sure, unsure = told["sigmas"]["0"], told["sigmas"]["2"]
    for name in ("sliding", "partition", "full"):
        assert sure[name]["ndcg@10"] == pytest.approx(1.0)
        assert unsure[name]["ndcg@10"] < 1.0
    assert (sure["sliding"]["rounds_max"], sure["sliding"]["calls_mean"]) == (5, 5)
    assert sure["partition"]["rounds_max"] <= 4
    assert sure["full"]["rounds_mean"] == 1
    assert sure["partition"]["minus_sliding"]["difference"] == pytest.approx(0.0)
    assert set(told["run"]["data"]) == {"candidates", "qrels"}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.requirement("benchmarks.schedules", "ranking.partition")
@pytest.mark.parametrize("year", ["19", "21"])
def test_partition_reaches_sliding_in_at_most_half_the_rounds(year: str, data_dir: Path, benchmark: Benchmark) -> None:
    files = data_dir / "ir" / f"dl{year}_bm25_top100"
    words = ["--candidates", files / "candidates.jsonl.gz", "--qrels", files / "qrels.jsonl.gz"]
    told = benchmark("schedules", *words, "--sigma", 0, 0.5, 1, 2, "--seeds", 1)
    for sigma, figures in told["sigmas"].items():
        partition, sliding = figures["partition"], figures["sliding"]
        assert partition["minus_sliding"]["difference"] >= -0.01, sigma
        assert partition["ndcg@10"] >= sliding["windows_ndcg@10"] - 0.01, sigma
        assert 2 * partition["rounds_max"] <= sliding["rounds_mean"], sigma


@pytest.mark.requirement("benchmarks.bad-input")
@pytest.mark.parametrize("name", ["indexing", "ask_latency", "fusion"])
def test_a_missing_data_file_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--corpus", str(tmp_path / "none.jsonl")]
    words += [] if name == "indexing" else ["--questions", str(tmp_path / "none.jsonl")]
    assert main(name)(words) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error[file_not_found]: ")
    assert told.out == ""


def test_a_missing_folder_for_the_json_is_told_before_measuring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start_up.main(["--json", str(tmp_path / "none" / "file.json")]) == 2
    assert "file_not_found" in capsys.readouterr().err


def test_too_few_questions_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*map(str, data(folder)), "--source", "other"]
    assert main("ask_latency")(words) == 2
    assert "error[bad_data]" in capsys.readouterr().err


def test_questions_without_support_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = folder / "bare.jsonl"
    bare.write_text(json.dumps({"id": "q", "question": "Why?", "answers": ["so"]}) + "\n", "utf-8")
    assert main("fusion")(["--corpus", str(folder / "corpus.jsonl"), "--questions", str(bare)]) == 2
    assert "error[bad_data]" in capsys.readouterr().err


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_numbers_that_make_no_sense_are_refused(rounds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        start_up.main(["--rounds", rounds])
    assert ended.value.code == 2


@pytest.mark.requirement("benchmarks.quiet")
def test_what_is_measured_quietly_leaves_logging_as_it_was() -> None:
    before = logging.root.manager.disable

    @quiet()
    def measured() -> None:
        assert logging.root.manager.disable == logging.ERROR
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        measured()
    assert logging.root.manager.disable == before
