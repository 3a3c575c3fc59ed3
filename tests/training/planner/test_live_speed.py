"""The benchmark of rollouts: the same groups in a plain loop, with shared steps, and in processes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.training.planner.conftest import Small

from questline.training.benchmarks.rollouts import main

torch = pytest.importorskip("torch", reason="the policy is made with torch (extra train)")

from tests.training.planner.made_world import COMPONENTS, SCALE, base  # noqa: E402 because it needs torch

from questline.training.planner.assess import SWEEP, Chosen  # noqa: E402 because it needs torch
from questline.training.planner.policy_graph import export  # noqa: E402 because it needs torch


@pytest.mark.slow
@pytest.mark.requirement("live.speed")
@pytest.mark.timeout(240)
def test_shared_steps_are_faster_than_a_plain_loop(
    small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    constants = Chosen(scale=np.array(SCALE), overall=dict.fromkeys(SWEEP, 2), by_source={lam: {} for lam in SWEEP})
    export(base(), tmp_path, components=COMPONENTS, chosen=constants, identity={"corpus": "made"})
    files = ["--corpus", str(small.corpus), "--questions", str(small.questions), "--cache", str(small.cache)]
    words = [*files, "--policy", str(tmp_path), "--groups", "3", "--rollouts", "4", "--rounds", "2", "--processes", "2"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["rollouts_per_second"]) == {"plain", "shared", "processes"}
    assert all(rate > 0 for rate in told["rollouts_per_second"].values())
    assert told["times_the_plain_loop"]["shared"] > 1
