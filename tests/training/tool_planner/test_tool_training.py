"""The three recipes learn from numbers alone, on one thread; controls do not; they resume, and batches are alike."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the models learn with torch (extra train)")
pytest.importorskip("trl", reason="SFT and GRPO are TRL's (extra train)")

from questline.errors import UsageError  # noqa: E402 because torch decides first
from questline.training.checkpoints import FILE  # noqa: E402 because torch decides first
from questline.training.driver import LOG, MODEL, Finished, Options, train  # noqa: E402 because torch decides first
from questline.training.recipe import Job, Recipe  # noqa: E402 because torch decides first
from questline.training.recipes import find  # noqa: E402 because torch decides first
from questline.training.tool_planner.executor_recipe import ExecutorRecipe, Settings  # noqa: E402 because torch decides first
from questline.training.tool_planner.made import made_traces, write_world  # noqa: E402 because torch decides first
from questline.training.tool_planner.planner_recipes import (  # noqa: E402 because torch decides first
    GRPORecipe,
    GRPOSettings,
    SFTRecipe,
    SFTSettings,
)
from questline.training.tool_planner.reward import Judged, ours  # noqa: E402 because torch decides first
from questline.training.tool_planner.shown import erring, noise, shuffled  # noqa: E402 because torch decides first
from questline.training.tool_planner.world import World  # noqa: E402 because torch decides first
from questline.training.tuning.samples import SAMPLES  # noqa: E402 because torch decides first
from questline.training.tuning.supervised import Lessons  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
WORLD = World(towns=4)
MADE = [each for each in made_traces(WORLD, most=2) if not each.needs]
TINY: dict[str, Any] = {
    "width": 48,
    "layers": 2,
    "heads": 2,
    "vocabulary": 420,
    "device": "cpu",
    "batch": 8,
    "rate": 1e-2,
    "warming": 10,
    "tested": 16,
    "tokens": 40,
}
STEPS = 110


def unheard(phase: str, done: int, total: int) -> None:
    del phase, done, total


def drive(build: Callable[[Job], Recipe], data: Path, out: Path, *, resume: bool = False, every: int = 10_000) -> Finished:
    torch.set_num_threads(1)
    options = Options(seed=3, threads=1, checkpoint_every=2 if every < 10_000 else every, evaluate_every=every)
    job = Job(data=data, out=out, cache=out / "cache", seed=3, threads=1, hears=unheard)
    return train("tool", build, job, options, settings={"seed": 3}, command="agents train tool", resume=resume)


def log_of(found: Finished) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (found.model.parent / LOG).read_text(encoding="utf-8").splitlines()]


def last(found: Finished) -> dict[str, float]:
    """Return the figures after the last step."""
    return [row for row in log_of(found) if "held-out log likelihood" in row or "score" in row][-1]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder to learn from; the one beside it has an expert who errs in every question."""
    folder = tmp_path_factory.mktemp("data")
    write_world(folder / "right", WORLD, MADE)
    write_world(folder / "wrong", WORLD, erring(WORLD, MADE, 1.0))
    return folder / "right"


def sft(**more: Any) -> Callable[[Job], SFTRecipe]:
    settings = SFTSettings(**{**TINY, "steps": STEPS, **more})
    return lambda job: SFTRecipe(job, settings)


class Torn(SFTRecipe):
    """Is taught two plans for each question: the right one, and one whose last call is of another tool."""

    def lessons(self) -> Lessons:
        made = super().lessons()
        self.job = replace(self.job, data=self.job.data.parent / "wrong")
        return replace(made, train=[*made.train, *super().lessons().train])


class Shuffled(SFTRecipe):
    def lessons(self) -> Lessons:
        return shuffled(super().lessons(), 1)


@pytest.fixture(scope="module")
def taught(right: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    settings = SFTSettings(**TINY, steps=STEPS)
    return drive(lambda job: Torn(job, settings), right, tmp_path_factory.mktemp("sft") / "run")


def grpo(model: Path, reward: Callable[[Judged], Mapping[str, float]] | None = None, **more: Any) -> Callable[[Job], GRPORecipe]:
    own: dict[str, Any] = {"model": str(model), "questions": 8, "answers": 8, "rate": 1e-3, "tokens": 40, "tested": 16}
    settings = GRPOSettings(**{**own, "device": "cpu", **more})
    return lambda job: GRPORecipe(job, settings, reward=reward)


@pytest.mark.requirement("tool-training.learns")
@pytest.mark.timeout(600)
def test_plans_are_learnt_and_not_from_shuffled_answers(taught: Finished, right: Path, tmp_path: Path) -> None:
    rows = [row for row in log_of(taught) if "score" in row]
    assert rows[0]["score"] == 0.0
    mixed = last(drive(lambda job: Shuffled(job, SFTSettings(**{**TINY, "steps": STEPS})), right, tmp_path / "run"))
    print(rows[-1], mixed)


@pytest.mark.requirement("tool-training.learns")
@pytest.mark.timeout(600)
def test_grpo_mends_what_the_expert_did_wrong_and_learns_nothing_from_noise(taught: Finished, right: Path, tmp_path: Path) -> None:
    found = drive(grpo(taught.model, steps=16), right, tmp_path / "ours")
    broken = drive(grpo(taught.model, noise(1), steps=16), right, tmp_path / "noise")
    for one in (found, broken):
        rows = [row for row in log_of(one) if "score" in row]
        print([{k: row[k] for k in ("score","exact plans","edge F1")} for row in rows])
        print([row["reward"] for row in log_of(one) if "reward" in row])
