"""`agents eval judge`: agreement at equal length and without leaks, biases, and when a judge may not be called good."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.cli import main
from questline.testing import ChatRequest, ScriptedLLM
from questline.tools.writing.judge import embedded_judge, seed_rules
from questline.tools.writing.judge.reply import DIMENSIONS
from questline.tools.writing.types import FloatArray
from questline.training.evaluation.items import Item, Json
from questline.training.writer.judge_audit import (
    agreement,
    area,
    area_matched,
    calibration_error,
    length_slope,
    self_preference,
    verdict,
)
from questline.training.writer.judge_rows import halved, lengthened, probe
from questline.training.writer.judge_summary import summarize
from questline.training.writer.judge_ways import Judged, Length
from questline.training.writer.leaks import read_leaks
from questline.training.writer.pairs import Pair

_GOOD = (
    "院里的石榴红了，给你留着最大的那个",
    "巷口的面馆还开着，等你回来",
    "你修过的伞我还在用",
    "窗台的薄荷又长高了一截",
)
_WORN = ("万事如意，心想事成", "身体健康，工作顺利", "一切顺利，天天开心", "吉祥如意，好运连连")


def rows(n: int, *, chosen_longer: bool, seed: int = 0) -> list[dict[str, Any]]:
    """Return pairs of a text with something of its own and a worn one; the chosen one is longer, or of equal length."""
    chance = random.Random(seed)
    made: list[dict[str, Any]] = []
    for at in range(n):
        good = f"朋友{at}，{'，'.join(chance.sample(_GOOD, 2))}。生日快乐！"
        bad = f"祝你生日快乐，{'，'.join(chance.sample(_WORN, 4))}！"
        bad = bad[: 12 if chosen_longer else len(good)].ljust(12 if chosen_longer else len(good), "！")
        made.append({"query": f"给朋友的生日祝福第{at}条", "chosen": good, "rejected": bad})
    return made


def audited(tmp_path: Path, told: Sequence[dict[str, Any]], *options: str) -> dict[str, Any]:
    file, out = tmp_path / "pairs.jsonl", tmp_path / "out.json"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in told), encoding="utf-8")
    given = [option.replace("SAME", str(file)) for option in options]
    command = ["eval", "judge", "--pairs", str(file), "--cache", str(tmp_path / "cache"), "--json", str(out)]
    assert main([*command, *given]) == 0
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.requirement("writing.audit")
def test_a_judge_that_beats_length_on_both_is_called_good(tmp_path: Path) -> None:
    told = audited(tmp_path, rows(60, chosen_longer=False))
    assert told["n"] == told["n_matched"] == 60
    assert told["pair_accuracy_length_matched"] > 0.9
    assert told["length_baseline_length_matched"] == pytest.approx(0.5, abs=0.1)
    assert told["auc_length_matched"] > 0.9
    assert told["verdict"].startswith("good")
    assert told["position_flip"] == told["praise_flip"] == told["not_repeatable"] == 0
    assert 0 <= told["lengthened_flip"] <= 1
    assert 0 <= told["lengthened_verdict_change"] <= 1
    low, high = told["intervals"]["pair_accuracy_length_matched"]
    assert low <= told["pair_accuracy_length_matched"] <= high
    assert told["beside"]["matched length"]["low"] > 0


@pytest.mark.requirement("writing.audit-refuses")
def test_a_judge_is_not_called_good_where_a_length_rule_does_as_well(tmp_path: Path) -> None:
    told = audited(tmp_path, rows(60, chosen_longer=True))
    assert told["pair_accuracy"] > 0.9
    assert told["length_baseline"] == 1
    assert told["verdict"].startswith("not called good: 0 items of equal length")
    mixed = audited(
        tmp_path, [*rows(60, chosen_longer=True), *rows(40, chosen_longer=False, seed=1)], "--judge", "length"
    )
    assert mixed["verdict"].startswith("not called good: at equal length a length rule does as well")


@pytest.mark.requirement("writing.audit-refuses")
def test_raw_pairs_that_length_explains_cannot_make_a_judge_good() -> None:
    right, half = [1.0] * 50, [0.5] * 50
    rules = {"length": {"matched": half, "raw": right}, "style": {"matched": half, "raw": right}}
    word, _ = verdict({"matched": right, "raw": right}, rules, [])
    assert word.startswith("not called good: on all pairs a length rule does as well")
    rules["length"]["raw"] = half
    assert verdict({"matched": right, "raw": right}, rules, [])[0].startswith("good")
    assert "praise" in verdict({"matched": right, "raw": right}, rules, ["praise_flip 0.5"])[0]


@pytest.mark.requirement("writing.audit-leaks")
def test_figures_are_told_again_without_what_was_seen(tmp_path: Path) -> None:
    told = rows(60, chosen_longer=False)
    seen = tmp_path / "seen.jsonl"
    lines = [{"instruction": told[0]["query"], "output": "x"}, {"text": told[1]["chosen"].replace("，", " ,")}]
    seen.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = audited(tmp_path, told, "--leaks", str(seen))
    assert (found["n"], found["n_leaked"], found["n_unleaked"]) == (60, 2, 58)
    assert found["pair_accuracy_length_matched_unleaked"] > 0.9
    assert {item["labels"]["leaked"] for item in found["items"][:2]} == {"yes"}
    assert read_leaks(seen).saw([told[1]["chosen"]])


@pytest.mark.requirement("writing.audit")
@pytest.mark.parametrize("judge", ["reward-model", "naive-bayes"])
def test_what_learns_from_the_same_file_is_cross_validated(tmp_path: Path, judge: str) -> None:
    told = audited(tmp_path, rows(60, chosen_longer=False), "--judge", judge, "--train", "SAME")
    assert told["pair_accuracy_length_matched"] > 0.9
    assert told["style_baseline_length_matched"] > 0.9
    assert told["run"]["data"].keys() >= {"pairs", "train"}


@pytest.mark.requirement("writing.audit")
def test_labelled_texts_are_audited_too(tmp_path: Path) -> None:
    pairs = rows(40, chosen_longer=False)
    told = [
        {"query": row["query"], "text": row[side], "good": int(side == "chosen")}
        for row in pairs
        for side in ("chosen", "rejected")
    ]
    found = audited(tmp_path, told)
    assert found["n"] == 80
    assert found["kappa"] > 0.8
    assert found["balanced_accuracy"] > 0.9
    assert found["auc_length_matched"] > 0.9
    assert found["verdict"].startswith("good")


@pytest.mark.requirement("writing.audit")
@pytest.mark.parametrize(
    "options",
    [
        ("--judge", "naive-bayes"),
        ("--judge", "embedded", "--train", "SAME"),
        ("--judge", "length", "--reward-model", "SAME"),
        ("--judge", "oracle"),
        ("--judge", "reward-model", "--train", "none.jsonl"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(rows(1, chosen_longer=False)[0]), encoding="utf-8")
    given = [option.replace("SAME", str(file)) for option in options]
    assert main(["eval", "judge", "--pairs", str(file), "--cache", str(tmp_path / "cache"), *given]) == 2
    assert capsys.readouterr().err


def _reads(request: ChatRequest) -> str:
    """Judge by what is worn, as a model would write it."""
    asked = request.messages[-1].content
    if "编号 1 到 2" in asked:  # side by side
        return json.dumps(
            [{"number": at, "score": 1 if "万事如意" in asked.split(f"[{at}]")[1] else 4} for at in (1, 2)]
        )
    good = not any(worn.split("，")[0] in asked for worn in _WORN)
    return _reply(good=good)


def _reply(*, good: bool) -> str:
    rules = [{"id": rule.id, "verdict": good, "evidence": "", "reason": "…"} for rule in seed_rules().principles]
    return json.dumps({"good": good, "dimensions": dict.fromkeys(DIMENSIONS, 4 if good else 2), "principles": rules})


@pytest.mark.requirement("writing.audit")
def test_a_language_model_is_audited_and_what_it_costs_is_told(tmp_path: Path) -> None:
    with ScriptedLLM(_reads) as server:
        options = ("--judge", "llm", "--model", "scripted", "--base-url", server.base_url, "--probes", "2")
        told = audited(tmp_path, rows(40, chosen_longer=False), *options)
    assert (told["pair_accuracy_length_matched"], told["kappa"], told["failed"]) == (1, 1, 0)
    assert told["verdict"].startswith("good")
    assert sum(item["cost"]["llm_tokens"] for item in told["items"]) == server.billed.tokens
    assert sum(item["cost"]["calls"] for item in told["items"]) == len(server.requests)


@pytest.mark.requirement("writing.audit-refuses", "writing.judge-canary")
def test_a_model_that_always_says_good_is_not_called_good(tmp_path: Path) -> None:
    with ScriptedLLM(lambda request: _reply(good=True)) as server:
        options = ("--judge", "llm", "--model", "scripted", "--base-url", server.base_url, "--probes", "0")
        told = audited(tmp_path, rows(40, chosen_longer=False), *options)
    assert (told["pair_accuracy"], told["kappa"], told["balanced_accuracy"]) == (0.5, 0, 0.5)
    assert told["verdict"].startswith("not called good")


@pytest.mark.requirement("writing.audit")
def test_a_model_that_writes_nonsense_fails_its_rows_and_nothing_else_judges(tmp_path: Path) -> None:
    with ScriptedLLM("很好") as server:
        options = ("--judge", "llm", "--model", "scripted", "--base-url", server.base_url)
        told = audited(tmp_path, rows(6, chosen_longer=False), *options)
    assert (told["failed"], told["n"], told["pair_accuracy"]) == (6, 6, 0.0)
    assert {item["error"] for item in told["items"]} == {"bad_model_output"}
    assert told["verdict"].startswith("not called good")


@pytest.mark.requirement("writing.audit-biases", "writing.audit-refuses")
def test_a_judge_that_rewards_length_inside_the_good_ones_is_not_called_good() -> None:
    chance = random.Random(0)
    items: list[Item] = []
    for at in range(200):
        lengths = [chance.randrange(10, 80) for _ in "ab"]
        scores = [0.02 * lengths[0] + 2.0, 0.02 * lengths[1]]
        told: Json = {"scores": list(scores), "lengths": list(lengths), "good": [True, False], "verdicts": None}
        labels = {"query": f"q{at}", "kind": "pair", "matched": "yes" if at % 2 else "no"}
        found = {"pair_accuracy": 1.0, "length_baseline": float(lengths[0] > lengths[1]), "style_baseline": 0.5}
        items.append(Item(id=f"row-{at}", prediction=told, scores=found, labels=labels))
    word = summarize(items).metrics["verdict"]
    assert isinstance(word, str)
    assert word.startswith("not called good: beyond its limits are verbosity_slope")


class Noisy:
    """Scores by place, by praise and by chance: every bias at once."""

    def __init__(self) -> None:
        self.calls = 0

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        self.calls += 1
        return np.array([10.0 * ("佳作" in text) + self.calls / 100 for text in texts])


@pytest.mark.requirement("writing.audit-biases")
def test_probes_find_a_judge_that_goes_by_place_praise_and_chance() -> None:
    pair = Pair(query="祝福", chosen="院里的石榴红了", rejected="万事如意")
    biased = probe(Noisy(), lambda query, one, other: 1.0, pair, "第三段", [0.2, 0.1])
    assert (biased.position_flip, biased.praise_flip, biased.transitivity_violations, biased.not_repeatable) == (
        1,
        1,
        1,
        1,
    )


@pytest.mark.requirement("writing.audit-biases")
def test_probes_cut_the_better_text_and_lengthen_the_worse_one() -> None:
    pair = Pair(
        query="祝福", chosen="院里的石榴红了，给您留着最大的那个。生日快乐！", rejected="祝您生日快乐，万事如意。"
    )
    third = "新店开张之喜，愿宾客盈门，灯火长明。"
    assert halved(pair.chosen) == "院里的石榴红了！"
    assert halved("生日快乐") == "生日快乐"
    assert lengthened(pair.rejected, third) == "祝您生日快乐，万事如意。新店开张之喜，愿宾客盈门。"
    lengths = [float(len(pair.chosen)), float(len(pair.rejected))]

    def compare(query: str, one: str, other: str) -> float:
        return len(one) - len(other)

    by_length = probe(Length(), compare, pair, third, lengths)
    assert (by_length.cut_flip, by_length.lengthened_flip) == (1, 1)
    assert "cut_verdict_change" not in by_length.as_scores()
    judge = embedded_judge()
    told = [judge.judge(pair.query, text) for text in (pair.chosen, pair.rejected)]
    looked = probe(
        Judged(judge=judge),
        compare,
        pair,
        third,
        [one.score for one in told],
        judge=judge,
        verdicts=[one.good for one in told],
    )
    assert looked.cut_verdict_change in (0.0, 1.0)
    assert looked.as_scores().keys() >= {"cut_flip", "lengthened_flip", "lengthened_verdict_change"}


@pytest.mark.requirement("writing.audit-biases")
def test_a_judge_that_rewards_length_shows_a_slope_and_one_that_does_not_shows_none() -> None:
    chance = np.random.default_rng(0)
    lengths: FloatArray = chance.integers(10, 80, 400).astype(float)
    good = np.tile([1.0, 0.0], 200)
    queries = [f"q{at // 2}" for at in range(400)]
    noise: FloatArray = chance.normal(size=400)
    flat = length_slope(good + noise, lengths, good, queries)
    steep = length_slope(good + noise + 2 * np.log(lengths), lengths, good, queries)
    assert flat is not None
    assert flat.low < 0 < flat.high
    assert steep is not None
    assert steep.low > 0.3


def test_figures_on_cases_that_are_known() -> None:
    good = np.array([True, True, False, False])
    assert area(np.array([3.0, 2.0]), np.array([1.0, 2.0])) == 0.875
    assert area_matched(np.array([3.0, 2.0, 1.0, 9.0]), np.array([10.0, 90.0, 12.0, 50.0]), good) == 1.0
    assert area_matched(np.array([3.0, 2.0]), np.array([10.0, 90.0]), np.array([True, False])) is None
    assert agreement(np.array([True, False, False, False]), good) == (0.5, 0.75)
    assert agreement(good, np.array([True] * 4)) == (None, None)
    sources = [("other", "mine"), ("other", "mine"), ("mine", "other"), ("mine", "other")]
    assert self_preference(["mine"], sources, [0, 1, 1, 1]) == 0.5
    assert self_preference(["mine"], sources[:2], [0, 1]) is None
    margins: FloatArray = np.random.default_rng(1).normal(1.0, 1.0, 500)
    told = calibration_error(margins, [f"q{at}" for at in range(500)])
    assert told is not None
    assert told < 0.1
