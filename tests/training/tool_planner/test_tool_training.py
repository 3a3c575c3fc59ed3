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
from questline.training.tuning.generation import Writer  # noqa: E402 because torch decides first
from questline.training.tuning.samples import SAMPLES  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    # Names that TRL and transformers are about to change: their versions are bounded in pyproject.toml.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
WORLD = World(towns=6)
ONE_NEED = [each for each in made_traces(WORLD, most=2) if not each.needs]
TINY: dict[str, Any] = {
    "width": 48,
    "layers": 2,
    "heads": 2,
    "vocabulary": 420,
    "device": "cpu",
    "batch": 8,
    "rate": 8e-3,
    "warming": 10,
    "tested": 20,
    "tokens": 32,
}


def unheard(phase: str, done: int, total: int) -> None:
    del phase, done, total


def drive(
    build: Callable[[Job], Recipe], data: Path, out: Path, *, resume: bool = False, evaluate_every: int = 10_000
) -> Finished:
    torch.set_num_threads(1)
    options = Options(seed=3, threads=1, checkpoint_every=2, evaluate_every=evaluate_every)
    job = Job(data=data, out=out, cache=out / "cache", seed=3, threads=1, hears=unheard)
    return train("tool", build, job, options, settings={"seed": 3}, command="agents train tool", resume=resume)


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("right")
    write_world(folder, WORLD, ONE_NEED)
    return folder


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same with an expert who errs in half of the questions."""
    folder = tmp_path_factory.mktemp("wrong")
    write_world(folder, WORLD, erring(WORLD, ONE_NEED))
    return folder


def sft(**more: Any) -> Callable[[Job], SFTRecipe]:
    settings = SFTSettings(**{**TINY, **more})
    return lambda job: SFTRecipe(job, settings)


@pytest.fixture(scope="module")
def taught(wrong: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return drive(sft(steps=260), wrong, tmp_path_factory.mktemp("sft") / "run")


def test_timing(taught: Finished, right: Path, tmp_path: Path) -> None:
    print(taught.figures)
    for line in (taught.model.parent / LOG).read_text().splitlines():
        if "exact" in line:
            print(line)
    print((taught.model.parent / SAMPLES).read_text()[-700:])
    import time

    t0 = time.process_time()
    s = GRPOSettings(
        model=str(taught.model), steps=30, questions=8, answers=8, rate=2e-3, tokens=32, tested=20, device="cpu"
    )
    found = drive(lambda job: GRPORecipe(job, s), right, tmp_path / "g", evaluate_every=10)
    print(found.figures, time.process_time() - t0)
    for line in (tmp_path / "g" / LOG).read_text().splitlines():
        print(line[:300])
