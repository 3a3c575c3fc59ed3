"""Recipes whose steps are parts of one fit: no torch, resumed after a kill, exported only when whole."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.cli import main
from questline.cli_train import NAMES
from questline.errors import UsageError
from questline.training.checkpoints import FILE, PLAIN, Checkpoint, form, load, save
from questline.training.driver import CURVES, LOG, MODEL, Finished, Options, train
from questline.training.licences import MANIFEST
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job, unheard
from questline.training.recipes import RECIPES, find

Kill = Callable[[int], AbstractContextManager[None]]


class Means(InParts):
    """Fits the mean of every second number, and that of the others."""

    fitted = 0

    def __init__(self, job: Job) -> None:
        super().__init__(job, ("even", "odd", "both"))

    def prepare(self) -> Mapping[str, int]:
        (path,) = self.licensed(("numbers.txt",))
        self._numbers = np.array([float(line) for line in path.read_text().split()])
        return {"numbers": len(self._numbers)}

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        type(self).fitted += 1
        if name == "both":
            means = [float(self._fitted[part]["mean"][0]) for part in ("even", "odd")]
            return {"mean": np.array(means, np.float32)}, {}
        chosen = self._numbers[{"even": 0, "odd": 1}[name] :: 2]
        return {"mean": np.array([chosen.mean()]), "n": len(chosen)}, {"spread": float(chosen.std())}

    def export(self, folder: Path) -> Card:
        values = {name: kept["mean"].tolist() for name, kept in self._fitted.items()}
        (folder / "means.json").write_text(json.dumps(values))
        return Card(title="Means", about="Of numbers.", data=self._licences, limits="Nothing else.")


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "numbers.txt").write_text("0.1\n0.2\n0.7\n", encoding="utf-8")
    (data / MANIFEST).write_text("file\tsource\tlicence\nnumbers.txt\town\tMIT\n", encoding="utf-8")
    return data


def run(data: Path, out: Path, *, resume: bool = False, export: bool = False) -> Finished:
    job = Job(data=data, out=out, cache=out, seed=0, threads=1, hears=unheard)
    how = {"settings": {"seed": 0}, "command": "agents train means", "torch": False}
    return train("means", Means, job, Options(), resume=resume, export=export, **how)  # pyright: ignore[reportArgumentType]  # because the values have the types of their names


@pytest.mark.requirement("training.resume", "training.parts")
def test_a_kill_costs_no_finished_part_and_the_result_is_the_same(
    numbers: Path, tmp_path: Path, kill_after: Kill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    whole = run(numbers, tmp_path / "whole")
    Means.fitted = 0
    with kill_after(2):
        run(numbers, tmp_path / "parts")
    assert not (tmp_path / "parts" / MODEL).exists()
    with pytest.raises(UsageError, match="2 of 3 parts"):
        run(numbers, tmp_path / "parts", resume=True, export=True)
    again = run(numbers, tmp_path / "parts", resume=True)
    assert Means.fitted == 3
    assert (again.steps, again.figures) == (whole.steps, whole.figures)
    assert list(again.figures) == ["even: spread", "odd: spread"]
    exported = [(tmp_path / name / MODEL / "means.json").read_bytes() for name in ("whole", "parts")]
    assert exported[0] == exported[1]
    assert run(numbers, tmp_path / "parts", resume=True, export=True).steps == 3
    assert not (tmp_path / "parts" / CURVES).exists()  # nothing was measured twice
    assert len((tmp_path / "whole" / LOG).read_text().splitlines()) == 4
    card = (tmp_path / "parts" / MODEL / "MODEL_CARD.md").read_text()
    for said in ("Fitted in 3 parts.", "| numbers.txt | own | MIT |", "`agents train means`", "numbers: 3"):
        assert said in card


@pytest.mark.requirement("training.interrupt", "training.parts")
def test_a_run_is_neither_overwritten_nor_gone_on_with_on_other_data(
    numbers: Path, tmp_path: Path, kill_after: Kill
) -> None:
    out = tmp_path / "out"
    with kill_after(1):
        run(numbers, out)
    with pytest.raises(UsageError, match="holds a run already"):
        run(numbers, out)
    (numbers / "numbers.txt").write_text("5\n6\n8\n", encoding="utf-8")
    with pytest.raises(UsageError, match="data has changed"):
        run(numbers, out, resume=True)
    (out / PLAIN).write_text('{"identity": "x"', encoding="utf-8")
    with pytest.raises(UsageError) as damaged:
        run(numbers, out, resume=True)
    assert damaged.value.code == "unreadable_file"


@pytest.mark.requirement("training.licences")
def test_a_file_of_ones_own_is_marked_and_one_of_a_data_folder_needs_a_licence(numbers: Path, tmp_path: Path) -> None:
    run(numbers / "numbers.txt", tmp_path / "own")
    assert "not to be shipped" in (tmp_path / "own" / MODEL / "MODEL_CARD.md").read_text()
    (numbers / MANIFEST).write_text("file\tsource\tlicence\nnumbers.txt\town\tresearch only\n", encoding="utf-8")
    with pytest.raises(UsageError, match="research only"):
        run(numbers, tmp_path / "refused")


@pytest.mark.requirement("training.interrupt")
@pytest.mark.parametrize("step", [0, 3])
def test_ctrl_c_says_whether_there_is_something_to_go_on_from(
    step: int, numbers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str, build: Any, job: Job, options: Options, **told: Any) -> Finished:
        del name, build, options, told
        if step:
            job.out.mkdir()
            (job.out / PLAIN).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("questline.training.driver.train", interrupted)
    assert main(["train", "ranking", "--data", str(numbers), "--out", str(tmp_path / "run")]) == 130
    said = capsys.readouterr().err
    assert ("with --resume goes on" in said, "the same command begins again" in said) == (step > 0, step == 0)


@pytest.mark.requirement("training.parts")
def test_a_checkpoint_without_torch_keeps_arrays_to_the_last_bit(tmp_path: Path) -> None:
    plain = form(torch=False)
    state = {"a": np.array([[0.1, 1 / 3]]), "b": {"c": np.array([1, 2], np.int32), "d": ["text", 0.1 + 0.2, None]}}
    kept = Checkpoint(
        identity={"recipe": "x"}, step=2, state=state, curves=[(1, "a", 0.5)], best=None, best_weights={}, seconds=1.5
    )
    save(tmp_path, kept, plain)
    assert not (tmp_path / FILE).exists()
    found = load(tmp_path, plain, identity={"recipe": "x"})
    assert found is not None
    assert (found.step, found.curves, found.seconds) == (2, [(1, "a", 0.5)], 1.5)
    np.testing.assert_array_equal(found.state["a"], state["a"], strict=True)
    assert (found.state["b"]["c"].dtype, found.state["b"]["d"]) == (np.int32, ["text", 0.1 + 0.2, None])
    assert load(tmp_path / "elsewhere", plain, identity={"recipe": "x"}) is None
    other = {"recipe": "x", "prompt": "p" * 99, "b": "1", "c": "2", "d": "3"}
    with pytest.raises(UsageError, match=r"\(prompt none there, p{40}… here; b none there, 1 here; c .*; and 1 more\)"):
        load(tmp_path, plain, identity=other)
    with pytest.raises(TypeError, match="set"):
        save(tmp_path, replace(kept, state={"a": {1}}), plain)


@pytest.mark.requirement("training.extra", "training.parts")
def test_every_recipe_is_named_in_the_help_and_only_one_that_learns_with_torch_needs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tuple(sorted(RECIPES)) == NAMES
    monkeypatch.setitem(sys.modules, "torch", None)
    free = [name for name in NAMES if not RECIPES[name].torch]
    assert {"ranking", "reading", "selection", "suggestion", "summary"} <= set(free)
    for name in free:
        assert find(name).settings()
    assert main(["train", "--help"]) == 0
    shown = "".join(capsys.readouterr().out.replace("│", " ").split())  # a long name may be cut at its hyphen
    assert all(name in shown for name in NAMES)


def test_the_command_in_a_files_head_tells_changed_settings_and_no_folder_of_this_machine(tmp_path: Path) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Own:
        rate: float = 0.1
        files: tuple[str, ...] = ("a",)
        weights: Mapping[str, float] = field(default_factory=lambda: {"a": 1.0})

    job = Job(data=tmp_path / "rows", out=tmp_path, cache=tmp_path, seed=0, threads=1, hears=unheard)
    assert command_lines("own", job, Own()) == ["agents train own --data rows --out DIR"]
    near = Job(data=Path("../rows"), out=tmp_path, cache=tmp_path, seed=3, threads=1, hears=unheard)
    assert command_lines("own", near, Own(rate=0.2)) == [
        "agents train own --data ../rows --out DIR",
        "with the settings run.seed = 3, own.rate = 0.2",
    ]
