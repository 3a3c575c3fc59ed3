"""`agents train greeting-pairs` and `judge-principles`: real processes, killed, interrupted, gone on with."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from questline.testing import Reply, ScriptedLLM
from questline.testing.principles import killed_loop
from questline.testing.replies import ChatRequest
from questline.testing.rule_game import RuleGame

from .conftest import finish, start

pytestmark = pytest.mark.slow


@pytest.mark.requirement("loops.killed")
def test_kill_9_loses_no_answer_and_the_rules_come_out_the_same(tmp_path: Path) -> None:
    found = killed_loop(tmp_path, seed=5, kills=2, texts=40, iterations=1)

    assert found.kills == 2
    assert found.same_rules
    assert found.asked_again == 0
    assert found.accounted == found.requests_unbroken
    assert found.requests <= found.accounted + found.lost


@pytest.mark.requirement("loops.interrupt")
def test_ctrl_c_keeps_what_was_answered_and_resume_makes_the_pairs(tmp_path: Path) -> None:
    game = RuleGame(seed=6)
    queries = [json.dumps({"query": row["query"]}, ensure_ascii=False) for row in game.rows(6)]
    (tmp_path / "q.jsonl").write_text("\n".join(queries), encoding="utf-8")

    def slowly(request: ChatRequest) -> Reply:
        return Reply(text=game(request), delay_s=0.05)

    with ScriptedLLM(slowly) as server:
        words = ["train", "greeting-pairs", "--queries", "q.jsonl", "--out", "o", "--model", "m"]
        words += ["--base-url", server.base_url]
        process = start(*words, cwd=tmp_path)
        while len(server.requests) < 10 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        stopped = finish(process)
        asked = len(server.requests)
        done = finish(start(*words, "--resume", cwd=tmp_path))
        total = len(server.requests)
    costs = json.loads((tmp_path / "o" / "costs.json").read_text("utf-8"))

    assert stopped.code == 130
    assert "--resume" in stopped.err
    assert "Traceback" not in stopped.err
    assert done.code == 0, done.err
    assert "pairs are in" in done.out
    assert asked < total == sum(cost["requests"] for cost in costs)
    assert all(cost["lost"] == 0 for cost in costs)
