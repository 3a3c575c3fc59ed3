"""Both loops over a real socket, in a world whose rules are known: the gate holds, faults are told, calls counted."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from questline.budget import Budget
from questline.errors import BudgetExceeded, RunError, UsageError
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.testing.principles import played
from questline.testing.rule_game import RuleGame
from questline.tools.writing.types import MOST_PRINCIPLES, RuleSet
from questline.training.writer.pairs import read_pairs
from questline.training.writer.pairs_loop import Made, make_pairs
from questline.training.writer.pairs_loop import Order as PairsOrder
from questline.training.writer.principles_loop import Game
from questline.training.writer.principles_run import Order, evolve_principles


def _silent(phase: str, done: int, total: int) -> None:
    del phase, done, total


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


@pytest.mark.requirement("loops.evolution")
@pytest.mark.parametrize("seed", [0, 1])
def test_agreement_never_falls_with_the_gate_and_falls_without(seed: int, tmp_path: Path) -> None:
    game = RuleGame(seed=seed, harmful=0.6)
    held, sent, told = played(tmp_path, game, Game(seed=seed, iterations=3), texts=60)
    free, free_sent, free_told = played(tmp_path, game, Game(seed=seed, iterations=3, gate=False), texts=60)

    curve = list(held.gate_by_iteration)
    assert curve == sorted(curve)
    assert any(later < earlier for earlier, later in pairwise(free.gate_by_iteration))
    assert (sent, free_sent) == (told, free_told)
    assert held.accepted < held.proposals
    assert free.accepted == free.proposals
    for evolution in (held, free):
        assert len(evolution.judge.principles) <= MOST_PRINCIPLES


@pytest.mark.requirement("loops.history")
def test_the_history_holds_each_version_and_each_proposal_with_its_fate(tmp_path: Path) -> None:
    held, _, _ = played(tmp_path, RuleGame(seed=1), Game(seed=1, iterations=2), texts=60)
    out = tmp_path / "gate-True"
    events = _lines(out / "history.jsonl")
    proposals = [event for event in events if event["kind"] == "judge"]

    assert len(proposals) == held.proposals
    assert sum(event["decision"]["accepted"] for event in proposals) == held.accepted
    assert all(event["diff"] for event in proposals)
    versions = [RuleSet.from_json(path.read_text("utf-8")) for path in sorted((out / "rules").glob("judge_v*.json"))]
    assert [rules.version for rules in versions] == list(range(1, held.accepted + 2))
    assert versions[-1] == RuleSet.from_json((out / "judge.json").read_text("utf-8"))
    assert (out / "agreement.svg").read_text("utf-8").startswith("<svg")
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["gate_agreement"] == list(held.gate_by_iteration)


def _evolve(folder: Path, world: RuleGame, **more: Any) -> Any:
    labelled = _write(folder / "l.jsonl", world.rows(60))
    rules = folder / "r.json"
    rules.write_text(world.rules().to_json(), encoding="utf-8")
    with ScriptedLLM(world) as server:
        settings = Settings(model="m", base_url=server.base_url)
        given: dict[str, Any] = {"labelled": labelled, "rules": rules, "out": folder / "out", "settings": settings}
        return evolve_principles(Order(**{**given, **more}), _silent)


@pytest.mark.requirement("loops.always-good")
def test_a_model_that_calls_everything_good_is_found_before_the_game(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        _evolve(tmp_path, RuleGame(always_good=True))
    assert caught.value.code == "undiscerning_judge"
    agents = Counter(cost["agent"] for cost in json.loads((tmp_path / "out" / "costs.json").read_text("utf-8")))
    assert set(agents) == {"detect"}  # no text was generated, no rule edited


@pytest.mark.requirement("loops.unreadable")
def test_answers_that_cannot_be_read_are_counted_and_never_raise_agreement(tmp_path: Path) -> None:
    outcome = _evolve(tmp_path, RuleGame(unreadable=0.3, seed=2), game=Game(iterations=1))

    assert sum(cost.unread for cost in outcome.costs) > 0
    curve = list(outcome.evolution.gate_by_iteration)
    assert curve == sorted(curve)


def test_a_model_that_writes_no_json_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        _evolve(tmp_path, RuleGame(unreadable=1.0))
    assert caught.value.code == "bad_model_output"


@pytest.mark.requirement("loops.contradictory-rules")
def test_rules_that_contradict_each_other_are_refused_before_a_call(tmp_path: Path) -> None:
    rules = tmp_path / "own.json"
    texts = ["不超过 20 字。", "不少于 50 字。"]
    rows = [{"id": f"r{place}", "text": text} for place, text in enumerate(texts)]
    rules.write_text(json.dumps({"name": "own", "version": 1, "principles": rows}), encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        _evolve(tmp_path, RuleGame(), rules=rules)
    assert caught.value.code == "bad_rules"
    assert not (tmp_path / "out").exists()


def test_without_a_language_model_it_says_which_option_to_give(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        _evolve(tmp_path, RuleGame(), settings=Settings())
    assert caught.value.code == "unknown_model"


def _pairs(folder: Path, game: RuleGame, *, resume: bool = False, **more: Any) -> tuple[Made, int]:
    rows = game.rows(40)
    queries = _write(folder / "q.jsonl", [{"query": row["query"]} for row in rows[:8]])
    corpus = _write(folder / "c.jsonl", [{"query": row["query"], "text": row["text"], "clicks": 3} for row in rows[8:]])
    with ScriptedLLM(game) as server:
        given: dict[str, Any] = {
            "queries": queries,
            "corpus": corpus,
            "out": folder / "out",
            "settings": Settings(model="m", base_url=server.base_url),
            "resume": resume,
        }
        return make_pairs(PairsOrder(**{**given, **more}), _silent), len(server.requests)


@pytest.mark.requirement("loops.pairs")
def test_queries_become_pairs_whose_verdicts_are_all_kept(tmp_path: Path) -> None:
    game = RuleGame(seed=4)
    made, sent = _pairs(tmp_path, game)
    verdicts = _lines(tmp_path / "out" / "verdicts.jsonl")
    good = {(row["query"], row["text"]): row["good"] for row in verdicts}

    assert made.pairs
    assert read_pairs(tmp_path / "out" / "pairs.jsonl") == list(made.pairs)
    assert all(good[pair.query, pair.chosen] and not good[pair.query, pair.rejected] for pair in made.pairs)
    assert all(pair.matched for pair in made.pairs)
    assert made.report["texts"] == len(verdicts)
    assert sum(cost.requests for cost in made.costs) == sent
    assert {cost.agent for cost in made.costs} == {"draft", "positive", "negative", "strict", "reflect"}


@pytest.mark.requirement("loops.pairs")
def test_a_second_run_asks_nothing_and_says_the_same(tmp_path: Path) -> None:
    game = RuleGame(seed=4)
    first, _ = _pairs(tmp_path, game)
    # The server's address is no part of what was asked.
    again, sent = _pairs(tmp_path, game, resume=True)

    assert sent == 0
    assert again.pairs == first.pairs
    assert again.costs == first.costs


@pytest.mark.requirement("loops.calls-budget")
def test_a_budget_ends_the_loop_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    game = RuleGame(seed=4)
    with pytest.raises(BudgetExceeded):
        _pairs(tmp_path, game, budget=Budget(calls=30))
    made, sent = _pairs(tmp_path, game, resume=True, budget=Budget(calls=1000))

    assert sum(cost.requests for cost in made.costs) == 30 + sent
    assert (tmp_path / "out" / "pairs.jsonl").exists()


@pytest.mark.requirement("loops.always-good")
def test_a_team_that_calls_everything_good_is_told_once_the_verdicts_are_written(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        _pairs(tmp_path, RuleGame(always_good=True))
    assert caught.value.code == "undiscerning_judge"
    assert len(_lines(tmp_path / "out" / "verdicts.jsonl")) >= 20


@pytest.mark.requirement("loops.pairs-leak")
def test_copies_of_the_corpus_are_not_judged_and_leaks_are_reported(tmp_path: Path) -> None:
    game = RuleGame(seed=4)
    rows = game.rows(40)
    copied = str(rows[9]["text"])
    queries = _write(tmp_path / "own.jsonl", [{"query": rows[0]["query"], "candidates": [copied, "另写的一句。"]}])
    held = _write(tmp_path / "held.jsonl", [{"query": rows[0]["query"], "text": "别的。"}])
    made, _ = _pairs(tmp_path, game, queries=queries, held_out=held, drafts=4)

    assert made.report["drafts_copied"] == 1
    assert copied not in {row["text"] for row in _lines(tmp_path / "out" / "verdicts.jsonl")}
    leaks = made.report["in_held_out"]
    assert leaks == {"chosen": 0, "rejected": 0, "queries": len(made.pairs)}


def test_nothing_to_judge_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        _pairs(tmp_path, RuleGame(), drafts=0)
    assert caught.value.fields["argument"] == "drafts"
