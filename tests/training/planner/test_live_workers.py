"""The command over real processes: rollouts that share steps, workers that die, Ctrl-C, what is refused."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.training.planner.conftest import Small

from questline.cli import main
from questline.errors import UsageError
from questline.settings import Settings
from questline.training.planner.live_bench import LiveJob, open_live_bench
from questline.training.planner.live_pool import LivePool
from questline.training.planner.rollouts import Ask, Drawn, Rollout
from questline.training.planner.rows import Asked
from questline.training.planner.store import FILE, Store

torch = pytest.importorskip("torch", reason="the policy learns with torch (extra train)")

from tests.training.planner.made_world import COMPONENTS, SCALE, SECONDS, base  # noqa: E402 because it needs torch

from questline.training.planner.assess import SWEEP, Chosen  # noqa: E402 because it needs torch
from questline.training.planner.live_source import read_source  # noqa: E402 because it needs torch
from questline.training.planner.matrix import read_matrix  # noqa: E402 because it needs torch
from questline.training.planner.policy_graph import export, graph  # noqa: E402 because it needs torch
from questline.training.planner.rewards import scales  # noqa: E402 because it needs torch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SETTINGS = """
[run]
evaluate_every = 2
checkpoint_every = 1
threads = 1
[live]
steps = 4
batch = 4
rollouts = 3
rate = 0.05
wide = 8
"""


@pytest.fixture(scope="module")
def table(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("live") / "table"
    files = ["--corpus", str(small.corpus), "--questions", str(small.questions), "--out", str(out)]
    assert main(["train", "planner", "table", *files, "--cache", str(small.cache), "--processes", "2"]) == 0
    return out


@pytest.fixture(scope="module")
def policy(table: Path) -> Path:
    folder = table.parent / "policy" / "model"
    folder.mkdir(parents=True)
    with Store.open(table) as store:
        identity = store.about()["identity"]
    matrix = read_matrix(table)
    scale = scales(matrix.costs)
    constants = Chosen(scale=scale, overall=dict.fromkeys(SWEEP, 2), by_source={lam: {} for lam in SWEEP})
    export(base(), folder, components=matrix.components, chosen=constants, identity=identity)
    return folder


def _job(small: Small) -> LiveJob:
    return LiveJob(
        index=small.index, settings=Settings(), fits=None, seconds=SECONDS, components=COMPONENTS, scale=SCALE
    )


def _asks(small: Small, *, plain: bool = False) -> list[Ask]:
    weights, network = tuple(0.0 for _ in COMPONENTS), graph(base())
    return [
        Ask(asked=one, policy=network, weights=weights, count=3, seed=place, heat=5.0, plain=plain)
        for place, one in enumerate(small.asked[:3])
    ]


def _same(one: Sequence[Rollout], other: Sequence[Rollout]) -> None:
    assert [(each.plan, each.f1, each.answer) for each in one] == [(each.plan, each.f1, each.answer) for each in other]
    for left, right in zip(one, other, strict=True):
        for a, b in zip(left.turns, right.turns, strict=True):
            assert np.allclose(a.features, b.features, atol=1e-6)
            assert (a.allowed, a.drawn, a.costs) == (b.allowed, b.drawn, pytest.approx(b.costs))


@pytest.mark.requirement("live.workers")
async def test_shared_steps_change_no_rollout_and_each_decision_is_charged(small: Small) -> None:
    async with open_live_bench(_job(small)) as bench:
        for shared, plain in zip(_asks(small), _asks(small, plain=True), strict=True):
            first = await bench.group(shared)
            _same(first, await bench.group(plain))
            _same(first, await bench.group(shared))
            assert all(one.turns[0].choice == 2 and not one.turns[0].drawn for one in first)
            calls = COMPONENTS.index("calls")
            assert all(one.turns[0].costs[calls] == 1 for one in first)
            assert all(one.illegal == 0 for one in first)


@pytest.mark.requirement("live.workers")
def test_a_dead_workers_rollouts_are_drawn_again_the_same_and_once(small: Small) -> None:
    with LivePool(jobs=(_job(small),), processes=2) as pool:
        before = pool.draw(_asks(small))
        killed: list[int] = []

        def hears(done: int) -> None:
            for child in multiprocessing.active_children() if done == 1 else ():
                os.kill(child.pid or 0, signal.SIGKILL)
                child.join()
                killed.append(child.pid or 0)

        after: list[Drawn] = pool.draw(_asks(small), hears)
        assert killed
        assert pool.deaths >= 1
        assert [one.key for one in after] == [ask.asked.key for ask in _asks(small)]
        for one, other in zip(before, after, strict=True):
            _same(one.rollouts, other.rollouts)
        assert pool.rollouts == 2 * 3 * 3
    assert multiprocessing.active_children() == []


def _words(small: Small, table: Path, policy: Path, out: Path, *more: str) -> list[str]:
    config = out.parent / "live.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    given = {"table": table, "policy": policy, "corpus": small.corpus, "cache": small.cache, "config": config}
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return ["train", "planner", "live", *words, "--out", str(out), "--processes", "2", *more]


@pytest.mark.requirement("live.resume")
def test_a_run_that_was_cut_short_ends_as_one_that_was_not(
    small: Small, table: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_words(small, table, policy, tmp_path / "whole")) == 0
    assert "rollouts a second, plain loop" in capsys.readouterr().out
    command = [sys.executable, "-P", "-m", "questline.cli", *_words(small, table, policy, tmp_path / "cut")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, process_group=0) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if line.startswith("learning: 1 of"):
                os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the workers get it too
                break
        rest = run.stderr.read()
        assert run.wait(60) == 130, rest
    assert not (tmp_path / "cut" / "model").exists()
    assert main(_words(small, table, policy, tmp_path / "cut")) == 2
    assert "holds a run already" in capsys.readouterr().err
    assert main(_words(small, table, policy, tmp_path / "cut", "--resume")) == 0
    for name in ("policy.onnx", "manifest.json"):
        assert (tmp_path / "cut" / "model" / name).read_bytes() == (tmp_path / "whole" / "model" / name).read_bytes()
    steps = [json.loads(line)["step"] for line in (tmp_path / "cut" / "log.jsonl").read_text().splitlines()]
    assert sorted(set(steps)) == [0, 1, 2, 3, 4]
    assert (tmp_path / "cut" / "curves.svg").read_text().startswith("<svg")


@pytest.mark.requirement("live.refuses")
def test_another_corpus_table_or_seen_questions_are_refused(
    small: Small, table: Path, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "x", "title": "X", "text": "Something else."}\n', encoding="utf-8")
    assert main(_words(replace(small, corpus=other), table, policy, tmp_path / "out")) == 2
    assert "another corpus" in capsys.readouterr().err
    assert main(_words(small, table, policy, tmp_path / "out", "--processes", "0")) == 2
    assert "processes=0" in capsys.readouterr().err
    assert main(_words(small, table, policy.parent, tmp_path / "out")) == 2
    assert "did you mean" in capsys.readouterr().err
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / FILE).write_bytes((table / FILE).read_bytes())
    with Store.open(seen) as store:
        store.note("seen", value=True)
    with pytest.raises(UsageError, match="cross-fitting"):
        read_source(seen, policy)
    assert read_source(seen, policy, allow_seen=True).learn
    with Store.open(seen) as store:
        store.note("identity", {"corpus": "another"})
    with pytest.raises(UsageError, match="another table"):
        read_source(seen, policy)
    few = Asked(key="k", id="1", text="Who?", source="s", answers=("me",), fold=1)
    with Store.open(seen) as store:
        store.note("identity", read_source(table, policy).identity)
        store.note("asked", [few.key])
    with pytest.raises(UsageError, match="too few"):
        read_source(seen, policy, allow_seen=True)
