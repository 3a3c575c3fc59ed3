"""Learning on the live graph: the return rises where going on pays, and does not where the reward says nothing."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
from tests.training.planner.conftest import Small

from questline.agents.workflow_planner.trained import Policy
from questline.errors import RunError, UsageError
from questline.training.driver import Options, train
from questline.training.recipe import Job

torch = pytest.importorskip("torch", reason="the policy learns with torch (extra train)")

from tests.training.planner.made_world import Local, bench, source  # noqa: E402 because it needs torch

from questline.training.planner.live_recipe import PLANS, LiveRecipe, Settings  # noqa: E402 because it needs torch
from questline.training.planner.policy_graph import graph, read_net  # noqa: E402 because it needs torch
from questline.training.planner.rollouts import Ask, Rollout  # noqa: E402 because it needs torch

Run = Callable[[Ask], tuple[Rollout, ...]]
QUICK = Settings(steps=20, batch=8, rollouts=4, rate=0.02, entropy=0.02, wide=16)


def _deaf(phase: str, done: int, total: int) -> None:
    del phase, done, total


def _job(out: Path, seed: int = 1) -> Job:
    return Job(data=out, out=out, cache=out, seed=seed, threads=1, hears=_deaf)


@pytest.fixture
def run(small: Small) -> Generator[Run]:
    """Answer with the real graph over the made world's steps."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        opened = runner.run(stack.enter_async_context(bench(small.index, source())))
        yield lambda ask: runner.run(opened.group(ask))
        runner.run(stack.aclose())


def _learnt(run: Run, out: Path, reward: Callable[[Rollout], float] | None = None) -> tuple[float, float]:
    """Return the return on other questions before and after."""
    torch.manual_seed(1)
    recipe = LiveRecipe(_job(out), QUICK, source(), Local(run, reward))
    recipe.prepare()
    before = recipe.evaluate()["return"]
    for _ in recipe.fit(0):
        pass
    return before, recipe.evaluate()["return"]


@pytest.mark.slow
@pytest.mark.requirement("live.learns")
def test_the_return_rises_where_going_on_after_poor_evidence_pays(run: Run, tmp_path: Path) -> None:
    before, after = _learnt(run, tmp_path)
    assert before == pytest.approx(0.5 - _price())  # half of the questions are answered by the first search
    assert after > before + 0.2


@pytest.mark.slow
@pytest.mark.requirement("live.learns")
def test_the_return_does_not_rise_with_a_reward_that_says_nothing(run: Run, tmp_path: Path) -> None:
    before, after = _learnt(run, tmp_path, reward=lambda rollout: 0.5)
    assert after <= before + 0.02


def _price() -> float:
    """Return the mean price of a search and an answer, one call, at the three named budgets."""
    return float(np.mean([lam / 4.0 for lam in (0.4, 0.1, 0.0)]))


@pytest.mark.slow
@pytest.mark.requirement("live.first")
def test_the_first_decision_and_all_estimates_stay_what_the_table_taught(run: Run, tmp_path: Path) -> None:
    made = source()
    recipe = LiveRecipe(_job(tmp_path), QUICK, made, Local(run))
    recipe.prepare()
    steps = recipe.fit(0)
    for _ in range(3):
        next(steps)
    folder = tmp_path / "model"
    folder.mkdir()
    recipe.export(folder)
    before, after = Policy.of(made.network, made.components, made.scale), Policy.load(folder)
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(5, 384)).astype(np.float32)
    features = chance.random((5, made.base.shape.features), np.float32)
    weights = chance.random((5, 4), np.float32)
    features[:, -8:] = 0
    one, two = before.judge(vectors, features, weights), after.judge(vectors, features, weights)
    assert all((old == new).all() for old, new in zip(one, two, strict=True))
    features[:, -6] = 1  # R,AG has run
    one, two = before.judge(vectors, features, weights), after.judge(vectors, features, weights)
    assert (one.quality == two.quality).all()
    assert np.abs(one.logits - two.logits).max() > 0.01
    with pytest.raises(UsageError, match="learnt on the live graph already"):
        read_net((folder / "policy.onnx").read_bytes())
    told = json.loads((folder / "live.json").read_bytes())
    assert [one["lambda_calls"] for one in told["lambda_calls"]] == [0.4, 0.1, 0.0]
    assert all(one["n"] == 12 and one["low"] <= one["gain"] <= one["high"] for one in told["lambda_calls"])
    assert told["rollouts_per_second"]["while it learnt, all processes"] > 0


@pytest.mark.requirement("live.first")
def test_an_exported_network_is_read_back(tmp_path: Path) -> None:
    made = source()
    assert graph(read_net(made.network)) == made.network


@pytest.mark.slow
@pytest.mark.requirement("live.nan")
def test_a_reward_that_is_no_number_ends_it_and_the_last_good_policy_is_exported(run: Run, tmp_path: Path) -> None:
    drawn = 0

    def reward(rollout: Rollout) -> float:
        nonlocal drawn
        drawn += 1
        return math.nan if drawn > 40 else rollout.f1

    options = Options(seed=1, threads=1, checkpoint_every=1, evaluate_every=1)

    def begun(draws: Local, *, again: bool) -> None:
        train(
            "planner live",
            lambda job: LiveRecipe(job, QUICK, source(), draws),
            _job(tmp_path),
            options,
            settings={},
            command="",
            resume=again,
            export=again,
        )

    with pytest.raises(RunError, match="not a finite number"):
        begun(Local(run, reward), again=False)
    (tmp_path / "table.sqlite").write_bytes(b"")
    begun(Local(run), again=True)
    assert (tmp_path / "model" / "policy.onnx").is_file()
    assert (tmp_path / PLANS).read_text().count("\n") >= 2


@pytest.mark.slow
@pytest.mark.requirement("live.collapse")
def test_learning_ends_when_all_questions_get_one_decision_after_evidence(run: Run, tmp_path: Path) -> None:
    settings = Settings(steps=9, batch=2, rollouts=2, wide=4, patience=2, collapsed=10.0)
    recipe = LiveRecipe(_job(tmp_path), settings, source(), Local(run))
    recipe.prepare()
    recipe.evaluate()
    steps = recipe.fit(0)
    for _ in range(3):
        next(steps)
        recipe.evaluate()
    assert not recipe.collapsed  # it began as narrow as that
    recipe._begun = 11.0  # pyright: ignore[reportPrivateUsage]  # because no small world begins that wide
    for _ in range(2):
        next(steps)
        recipe.evaluate()
    assert recipe.collapsed
    assert list(steps) == []


@pytest.mark.requirement("live.refuses")
@pytest.mark.parametrize("settings", [{"rate": float("nan")}, {"rollouts": 1}, {"entropy": -1.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError) as refused:
        Settings(**settings)  # pyright: ignore[reportArgumentType]  # because they are wrong
    assert refused.value.code == "bad_settings"
