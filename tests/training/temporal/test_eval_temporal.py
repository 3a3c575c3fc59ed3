"""`agents eval chronoqa` and `temporal-qa` on rows of the project's own; the models speak over a real socket."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.training.temporal.test_audit import ORDER, SAME
from tests.training.temporal.test_known_sets import CHRONO, MENAT, REAL, SITUATED, TIMEQA, written

from questline.cli import main
from questline.errors import UsageError
from questline.testing import ChatRequest, Fault, ScriptedLLM
from questline.training.evaluation.suites.timed import TimedSuite
from questline.training.evaluation.temporal.tallies import RETRIEVAL

ROWS: list[dict[str, Any]] = [
    CHRONO,
    CHRONO
    | {
        "id": "when",
        "question": "北港渡口什么时候停航？",
        "answer": "2022年3月5日",
        "answer_type": "time",
        "golden_chunks": ["2022年3月5日，北港渡口停航。"],
    },
    CHRONO
    | {
        "id": "many",
        "question": "去年9月雁城新增了多少例病例？",
        "answer": "12例",
        "answer_type": "numerical",
        "temporal_type": "relative",
        "temporal_granularity": "month",
        "golden_chunks": ["2023年9月，雁城新增12例病例。"],
    },
    ORDER | {"answer": "雾山索道检修"},
    SAME,
]
"""The last one's label contradicts its gold texts."""


def _run(data: Path, *options: str, suite: str = "chronoqa", status: int = 0) -> dict[str, Any]:
    target = data.parent / "out.json"
    words = ["eval", suite, "--data", str(data), "--cache", str(data.parent / "cache"), "--json", str(target), *options]
    assert main(words) == status
    return json.loads(target.read_bytes()) if status == 0 else {}


def _answers(found: dict[str, Any], condition: str) -> dict[str, str]:
    return {item["id"]: item["prediction"][condition] for item in found["items"] if "error" not in item}


@pytest.mark.requirement("temporal-eval.chronoqa", "temporal-eval.retrieval")
def test_the_embedded_backend_is_measured_in_every_condition(tmp_path: Path) -> None:
    found = _run(written(tmp_path, *ROWS), "--condition", "all")
    answers = ["n", "scored", "accuracy_retrieved", "accuracy_gold", "accuracy_none", "gap_gold", "gap_retrieved"]
    assert list(found)[: len(answers) + len(RETRIEVAL) + 1] == [*answers, *RETRIEVAL, "retrieval_n"]
    assert (found["recall@5"], found["all_gold@5"], found["n"], found["scored"], found["pool"]) == (1.0, 1.0, 5, 5, 5)
    assert found["map@10"] == pytest.approx(1.0)
    assert set(_answers(found, "none").values()) == {""}
    gold = _answers(found, "gold")
    assert (gold["when"], gold["order"], gold["same"]) == ("2022年3月5日", "雾山索道检修", "是的")
    assert found["accuracy_none"] == 0
    assert (found["overlay_gold"], found["corrected"]) == (found["accuracy_gold"], 0)  # no row of the published set
    assert found["gap_gold"] == found["accuracy_gold"] >= 0.6
    assert found["accuracy_gold"] <= found["accuracy_high_gold"]
    low, high = found["intervals"]["gap_gold"]
    assert low <= found["gap_gold"] <= high
    assert (found["always_yes"], found["judgements"]) == (0.0, 1)
    by_type = found["by_temporal_type"]
    assert {name: row["n"] for name, row in by_type.items()} == {"absolute": 2, "aggregate": 2, "relative": 1}
    row = by_type["aggregate"]
    assert row["from"] <= row["retrieved"] <= row["to"]
    kinds = [row["gold"] for row in found["by_answer_type"].values()]
    assert found["macro_gold"] == pytest.approx(sum(kinds) / len(kinds))
    assert {"by_temporal_scope", "by_temporal_granularity", "by_temporal_expression_type"} <= found.keys()
    assert sum(sum(counts.values()) for counts in found["rules"]["gold"].values()) == 5


@pytest.mark.requirement("temporal-eval.retrieval")
def test_a_corpus_is_searched_with_the_gold_texts_that_it_lacks(tmp_path: Path) -> None:
    corpus = written(
        tmp_path,
        {"id": "held", "text": CHRONO["golden_chunks"][0], "date": "2021-06-10"},
        {"id": "other", "title": "面包", "text": "面包在夜里烤。"},
        name="corpus.jsonl",
    )
    found = _run(written(tmp_path, *ROWS), "--corpus", str(corpus), "--condition", "gold", "--alone")
    assert (found["pool"], found["gold_added"], found["recall@5"]) == (6, 4, 1.0)
    assert found["items"][0]["prediction"]["found"][0] == "held"
    assert "accuracy_none" not in found


@pytest.mark.requirement("temporal-eval.audit", "temporal-eval.chronoqa")
def test_the_audit_counts_defects_and_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = _run(written(tmp_path, *ROWS, CHRONO | {"id": "x", "question_date": "2023-02-30"}), "--audit")
    assert (found["audit"]["evidence"], found["audit"]["no_day"], found["audit"]["duplicate"]) == (1, 1, 1)
    assert found["without_day"] == 1
    assert "1 question has no day of asking that a calendar knows" in found["warnings"]
    assert {"same", "x"} <= {each["id"] for each in found["defects"]}
    assert "evidence" in capsys.readouterr().out


def _scripted(request: ChatRequest) -> str | Fault:
    text = request.messages[-1].content
    if "Right answer:" in text:
        return "right" if "大坝" in text else "wrong"
    if "北港渡口" in text.rpartition("Question:")[2]:
        return Fault.status(400, message="no")
    if "哪个事件更早" in text:
        return "银山书展开幕"
    if "雁城" in text.rpartition("Question:")[2]:
        return "12例" if "(none)" not in text else "UNANSWERABLE"
    return "据当地报道，当天大坝合龙并且开始蓄水发电" if "云门" in text.rpartition("Question:")[2] else "是的"


@pytest.mark.requirement("temporal-eval.models", "temporal-eval.judge", "temporal-eval.resume")
def test_a_model_answers_over_a_socket_and_what_it_fails_at_is_not_wrong(tmp_path: Path) -> None:
    data = written(tmp_path, *ROWS)
    with ScriptedLLM(_scripted) as server:
        options = ["--model", "any", "--base-url", server.base_url, "--judge", "referee", "--judge-checks", "1"]
        found = _run(data, *options, "--concurrency", "2")
        asked = [request for request in server.requests if "Right answer:" not in request.text()]
        judged = [request for request in server.requests if "Right answer:" in request.text()]
        assert {request.model for request in judged} == {"referee"}
        assert {request.model for request in asked} == {"any"}
        assert sum("(none)" in request.text("user") for request in asked) == 5
        assert any("Asked on: 2024-08-03" in request.text() for request in asked)
        assert (found["n"], found["scored"], found["failed"]) == (5, 4, 1)
        assert [item["error"] for item in found["items"] if "error" in item] == ["model_refused"]
        right = {item["id"]: item["scores"]["accuracy_retrieved"] for item in found["items"] if "scores" in item}
        assert {name: right[name] for name in ("many", "order", "same")} == {"many": 1.0, "order": 0.0, "same": 0.0}
        assert found["items"][0]["scores"]["undecided_retrieved"] == 1.0  # a sentence: the judge decides
        assert found["judged_retrieved"] == found["accuracy_high_retrieved"] == 0.5
        assert found["accuracy_retrieved"] == 0.25
        assert found["judge_checks_retrieved"] == 3
        assert found["judge_agrees_retrieved"] == pytest.approx(2 / 3)
        before = len(server.requests)
        again = _run(data, *options, "--concurrency", "2")
        assert again["run"]["resumed"] == 4
        assert len(server.requests) - before <= 2  # only what failed is asked again
    assert found["run"]["models"].items() >= {"llm": "any", "judge": "referee"}.items()


@pytest.mark.requirement("temporal-eval.models")
def test_a_model_that_declines_in_words_is_wrong_and_one_that_writes_nothing_has_failed(tmp_path: Path) -> None:
    data = written(tmp_path, *ROWS[:2])
    script = {"云门": "抱歉，我无法回答这个问题。", "北港": " "}

    def answer(request: ChatRequest) -> str:
        asked = request.text("user").rpartition("Question:")[2]
        return next((text for word, text in script.items() if word in asked), " ")

    with ScriptedLLM(answer) as server:
        found = _run(data, "--model", "any", "--base-url", server.base_url, "--condition", "none")
    assert (found["scored"], found["failed"], found["accuracy_none"]) == (1, 1, 0.0)
    assert [item.get("error", "") for item in found["items"]] == ["", "bad_model_output"]


@pytest.mark.requirement("temporal-eval.predictions")
def test_predictions_are_scored_and_missing_ones_counted_and_listed(tmp_path: Path) -> None:
    given = written(
        tmp_path,
        {"id": "when", "prediction": "2022年3月5日"},
        {"id": "same", "prediction": "是的"},
        {"id": "q1", "prediction": ""},
        name="given.jsonl",
    )
    found = _run(written(tmp_path, *ROWS), "--predictions", str(given))
    assert (found["n"], found["scored"], found["missing"], found["accuracy_given"]) == (5, 5, 2, 0.2)
    assert found["missing_ids"] == ["many", "order"]
    assert found["rules"]["given"]["missing"] == {"right": 0, "wrong": 2, "undecided": 0}


@pytest.mark.requirement("temporal-eval.predictions", "temporal-eval.bad-input")
@pytest.mark.parametrize(
    ("row", "code"),
    [({"id": "zz", "prediction": "x"}, "unknown_id"), ({"id": "q1", "prediction": 4}, "bad_prediction")],
)
def test_the_command_names_a_prediction_that_cannot_be_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: dict[str, Any], code: str
) -> None:
    given = written(tmp_path, row, name="given.jsonl")
    _run(written(tmp_path, *ROWS), "--predictions", str(given), status=2)
    assert row["id"] in capsys.readouterr().err
    assert code in {"unknown_id", "bad_prediction"}


@pytest.mark.requirement("temporal-eval.other-sets")
@pytest.mark.parametrize(
    ("rows", "condition", "right"),
    [
        ([REAL], "retrieved", {"r1": "Skerry Bay"}),
        ([TIMEQA], "retrieved", {"1.0": "Oda Berg"}),
        ([TIMEQA], "gold", {"1.0": "Oda Berg", "1.1": ""}),
        ([SITUATED], "none", {"7-1": ""}),
        ([MENAT], "none", {"4": ""}),
    ],
)
def test_the_other_sets_run_with_the_same_scorer(
    tmp_path: Path, rows: Sequence[dict[str, Any]], condition: str, right: dict[str, str]
) -> None:
    found = _run(written(tmp_path, *rows), "--condition", condition, suite="temporal-qa")
    answers = _answers(found, condition)
    assert {name: answers[name] for name in right} == right
    scores = {item["id"]: item["scores"][f"accuracy_{condition}"] for item in found["items"]}
    assert {name: scores[name] for name in right} == dict.fromkeys(right, 0.0 if rows[0] is SITUATED else 1.0)


@pytest.mark.requirement("temporal-eval.bad-input")
@pytest.mark.parametrize(
    ("row", "options", "told"),
    [
        (SITUATED, ["--condition", "retrieved"], "without passages"),
        (REAL, ["--condition", "gold"], "no gold passages"),
        (CHRONO, ["--condition", "silver"], "none, gold, retrieved, all"),
        (CHRONO, ["--k", "0"], "--k"),
        ({"text": "x"}, [], "no known set"),
        (CHRONO | {"temporal_type": "sideways"}, [], "absolute, relative, aggregate"),
    ],
)
def test_what_cannot_be_run_is_told_with_what_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: dict[str, Any], options: list[str], told: str
) -> None:
    _run(written(tmp_path, row), *options, suite="temporal-qa", status=2)
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.requirement("temporal-eval.bad-input")
def test_no_passages_at_all_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as wrong:
        TimedSuite(data=written(tmp_path, CHRONO), k=0).load()
    assert wrong.value.code == "bad_k"


@pytest.mark.requirement("eval.interrupt")
async def test_indexing_ends_soon_after_an_interrupt_and_tells_how_far_it_is(tmp_path: Path) -> None:
    """The thread that indexes hears of it: it never reaches the last of the texts."""
    gold = [f"{year}年{month}月，雁城新增{month}例病例。" for year in range(1800, 2020) for month in range(1, 13)]
    heard: list[int] = []
    loop = asyncio.get_running_loop()

    def hears(phase: str, done: int, total: int) -> None:
        assert (phase, total) == ("lexical", len(gold))
        heard.append(done)
        if done == 0:
            assert threading.current_thread() is not threading.main_thread()
            asyncio.run_coroutine_threadsafe(interrupt(), loop).result()

    async def interrupt() -> None:
        running.cancel()
        await asyncio.sleep(0.01)

    suite = TimedSuite(data=written(tmp_path, CHRONO | {"golden_chunks": gold}), indexing=hears)
    suite.load()

    async def opened() -> None:
        async with suite.open():
            pass

    running = asyncio.create_task(opened())
    with pytest.raises(asyncio.CancelledError):
        await running
    await loop.shutdown_default_executor()
    assert heard[0] == 0
    assert len(heard) < len(gold) / 50
