"""The driver of all training: resume, checkpoints, Ctrl-C, choice of the best step, curves, card."""

from __future__ import annotations

import json
import os
import signal
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

torch = pytest.importorskip("torch")  # of the extra `train`

from questline.errors import RunError, UsageError  # noqa: E402 because torch decides whether there is anything to test
from questline.training.checkpoints import FILE  # noqa: E402 because of torch, see above
from questline.training.driver import CURVES, LOG, MODEL, Finished, Options, train  # noqa: E402 because of torch, see above
from questline.training.licences import Licensed  # noqa: E402 because of torch, see above
from questline.training.recipe import Card, Figures, Hears, Job, unheard  # noqa: E402 because of torch, see above

pytestmark = pytest.mark.slow  # torch takes a second to import, and `make check` does without it


class Line:
    """Learns slope and offset of a line from noisy points, with dropout, so that torch's generator matters."""

    chosen_by: str = "closeness"

    def __init__(self, job: Job, *, stop_at: int | None = None, broken_at: int | None = None) -> None:
        self._job = job
        self._stop_at = stop_at
        self._broken_at = broken_at
        self.taken = 0

    @property
    def steps(self) -> int:
        return 24

    def prepare(self) -> Mapping[str, int]:
        draw = np.random.default_rng(self._job.seed)
        x = draw.normal(size=(64, 1)).astype(np.float32)
        self._x, self._y = torch.as_tensor(x), torch.as_tensor(3 * x - 1)
        self._net = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Linear(1, 1))
        self._optimizer = torch.optim.Adam(self._net.parameters(), lr=0.3)
        return {"points": 64}

    def fit(self, done: int) -> Iterator[Figures]:
        for step in range(done, self.steps):
            self._net.train()
            loss = (self._net(self._x) - self._y).square().mean()
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            self.taken += 1
            if step + 1 == self._stop_at:
                os.kill(os.getpid(), signal.SIGINT)
            yield {"squares": float("nan") if step + 1 == self._broken_at else float(loss.detach())}

    def state(self) -> dict[str, Any]:
        return {"net": self._net.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._net.load_state_dict(state["net"])
        self._optimizer.load_state_dict(state["optimizer"])

    def weights(self) -> dict[str, Any]:
        return {name: value.clone() for name, value in self._net.state_dict().items()}

    def take(self, weights: Mapping[str, Any]) -> None:
        self._net.load_state_dict(dict(weights))

    def evaluate(self) -> Figures:
        self._net.eval()
        with torch.no_grad():
            return {"closeness": -float((self._net(self._x) - self._y).square().mean())}

    def export(self, folder: Path) -> Card:
        (folder / "line.json").write_text(json.dumps([p.detach().flatten().tolist() for p in self._net.parameters()]))
        data = (Licensed(file="points|1", source="drawn", licence="Apache-2.0"),)
        return Card(title="A line", about="Slope and offset.", data=data, limits="Nothing else.", figures={"bytes": 9})


def run(
    out: Path,
    recipe: type[Line] = Line,
    *,
    resume: bool = False,
    export: bool = False,
    seed: int = 5,
    hears: Hears = unheard,
    **how: Any,
) -> Finished:
    made = Options(seed=seed, threads=1, checkpoint_every=4, evaluate_every=6, patience=how.pop("patience", 0))
    job = Job(data=out, out=out, cache=out, seed=seed, threads=1, hears=hears)
    settings = {"seed": seed, "rate": 0.3}
    return train(
        "line",
        lambda job: recipe(job, **how),
        job,
        made,
        settings=settings,
        command="agents train line",
        resume=resume,
        export=export,
    )


def learnt(out: Path) -> object:
    return json.loads((out / MODEL / "line.json").read_text())


@pytest.mark.requirement("training.resume")
def test_a_run_that_was_stopped_and_resumed_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", stop_at=10)
    assert not (tmp_path / "parts" / MODEL).exists()
    again = run(tmp_path / "parts", resume=True)
    assert learnt(tmp_path / "parts") == learnt(tmp_path / "whole")
    assert (again.steps, again.best_step, again.figures) == (whole.steps, whole.best_step, whole.figures)
    curves = [(tmp_path / name / CURVES).read_text() for name in ("whole", "parts")]
    assert curves[0] == curves[1]


@pytest.mark.requirement("training.resume")
def test_a_kill_between_checkpoints_costs_the_steps_since_the_last_one_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path / "whole")
    with pytest.raises(RunError):  # ends at step 10 without a word to the checkpoint, which is step 8's
        run(tmp_path / "parts", broken_at=10)
    taken: list[Line] = []

    class Counted(Line):
        def __init__(self, job: Job) -> None:
            super().__init__(job)
            taken.append(self)

    run(tmp_path / "parts", Counted, resume=True)
    assert taken[0].taken == 24 - 8
    assert learnt(tmp_path / "parts") == learnt(tmp_path / "whole")


@pytest.mark.requirement("llm-planner.nan")
def test_a_loss_that_is_no_number_ends_the_run_with_the_best_step_exported(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"not a number at step 10.*the best step so far, 6, is exported"):
        run(tmp_path / "broken", broken_at=10)
    assert len(cast("list[object]", learnt(tmp_path / "broken"))) == 2
    with pytest.raises(RunError, match=r"lower the learning rate$"):  # nothing was learnt that could be
        run(tmp_path / "early", broken_at=3)
    assert not (tmp_path / "early" / MODEL).exists()


@pytest.mark.requirement("training.interrupt")
def test_ctrl_c_finishes_the_step_and_keeps_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, stop_at=10)
    assert torch.load(tmp_path / FILE, weights_only=True)["step"] == 10
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(UsageError, match="resume"):
        run(tmp_path)
    with pytest.raises(UsageError, match="other settings"):
        run(tmp_path, resume=True, seed=6)
    (tmp_path / FILE).write_bytes(b"PK no")
    with pytest.raises(UsageError) as damaged:
        run(tmp_path, resume=True)
    assert damaged.value.code == "unreadable_file"


@pytest.mark.requirement("training.interrupt")
def test_ctrl_c_between_two_steps_keeps_the_next_one(tmp_path: Path) -> None:
    def hears(phase: str, done: int, total: int) -> None:
        del phase, total
        if done == 9:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, hears=hears)
    assert torch.load(tmp_path / FILE, weights_only=True)["step"] == 10


@pytest.mark.requirement("training.interrupt")
def test_nothing_is_trained_into_a_model(tmp_path: Path) -> None:
    run(tmp_path / "shop")
    (tmp_path / "shop" / MODEL / "manifest.json").touch()
    for out in (tmp_path / "shop" / MODEL, tmp_path / "shop" / MODEL / "again"):
        with pytest.raises(UsageError, match="that a training exported"):
            run(out)
    assert not (tmp_path / "shop" / MODEL / "again").exists()


@pytest.mark.requirement("training.best")
def test_the_best_step_is_exported_and_patience_ends_a_run_that_gets_worse(tmp_path: Path) -> None:
    class Worsens(Line):
        measured = 0

        def evaluate(self) -> Figures:
            type(self).measured += 1
            return {"closeness": -abs(type(self).measured - 2.0)}

    finished = run(tmp_path, Worsens, patience=2)
    assert (finished.best_step, finished.steps) == (6, 18)


@pytest.mark.requirement("training.curves", "training.card")
def test_a_run_leaves_curves_a_log_and_a_card(tmp_path: Path) -> None:
    finished = run(tmp_path)
    picture = ET.fromstring((tmp_path / CURVES).read_text())
    words = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"agents train line", "closeness", "loss: squares", "step 24"} <= set(words)
    log = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [row["step"] for row in log if "squares" in row] == list(range(1, 25))
    assert [row["step"] for row in log if "closeness" in row] == [0, 6, 12, 18, 24]
    card = (finished.model / "MODEL_CARD.md").read_text()
    for part in ("# A line", "| points\\|1 | drawn | Apache-2.0 |", "`agents train line`", "**Seed**: 5", "points: 64"):
        assert part in card
    assert f"| closeness | {finished.figures['closeness']:.4g} |" in card
    assert "`rate=0.3`" in card
    assert "Nothing else." in card


@pytest.mark.requirement("training.best")
def test_a_stopped_run_can_be_exported_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="resume"):
        run(tmp_path, export=True)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, stop_at=10)
    finished = run(tmp_path, resume=True, export=True)
    assert (finished.steps, finished.best_step) == (10, 10)  # the last one is measured too
    assert "10 of 24 planned steps were taken" in (finished.model / "MODEL_CARD.md").read_text()
    assert run(tmp_path, resume=True).steps == 24  # and it can still go on


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"evaluate_every": 0}, {"patience": -1}])
def test_options_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Options(**wrong)
