"""What tests of recipes share: a run that is watched, or broken off, and beside it the run that was not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch

from questline.training.checkpoints import FILE
from questline.training.driver import Finished, Options, train
from questline.training.recipe import Figures, Hears, Job, unheard
from questline.training.tuning.rows import held_out
from questline.training.tuning.samples import SAMPLES

__all__ = ["Watched", "drive", "kept", "killed_at", "prepared", "resumes_the_same", "wrong_where_learnt"]

T = TypeVar("T")


class Watched:
    """What each measurement of a run found, item by item."""

    def __init__(self) -> None:
        self.found: list[Sequence[Any]] = []


def drive(
    name: str, build: Callable[[Job], Any], data: Path, out: Path, *, every: int = 1000, resume: bool = False
) -> tuple[Finished, Watched]:
    watched = Watched()

    def built(job: Job) -> Any:
        recipe = build(job)
        measure = recipe.measured

        def measured() -> Figures:
            figures = measure()
            watched.found.append(recipe.found)
            return figures

        recipe.measured = measured
        return recipe

    options = Options(seed=2, threads=1, evaluate_every=every, checkpoint_every=2)
    done = train(
        name, built, job(data, out), options, settings={"seed": 2}, command=f"agents train {name}", resume=resume
    )
    return done, watched


def job(data: Path, out: Path) -> Job:
    return Job(data=data, out=out, cache=out / "cache", seed=2, threads=1, hears=unheard)


def prepared(build: Callable[[Job], T], data: Path, out: Path) -> T:
    """Return a recipe that has read its data."""
    out.mkdir(exist_ok=True)
    recipe: Any = build(job(data, out))
    recipe.prepare()
    return recipe


def kept(run: Path) -> Any:
    return torch.load(run / FILE, weights_only=True)


def killed_at(step: int, by: type[BaseException] = KeyboardInterrupt) -> Hears:
    """Return what ends a run from within, when it hears of a step."""

    def hears(phase: str, done: int, total: int) -> None:
        del total
        if phase == "learning" and done == step:
            raise by

    return hears


class Killed(Exception):
    """The process ends here."""


def _broken_off(recipe: Any, at: int) -> Any:
    fit = recipe.fit

    def until(done: int) -> Iterator[Figures]:
        for number, each in enumerate(fit(done), start=done + 1):
            if number > at:
                raise Killed
            yield each

    recipe.fit = until
    return recipe


def resumes_the_same(name: str, build: Callable[[Job], Any], data: Path, folder: Path, *, kills: Sequence[int]) -> None:
    """Hold runs that are killed after some steps, and go on, to the run in ``whole`` that was not."""
    whole, _ = drive(name, build, data, folder / "whole", every=2)
    one = kept(folder / "whole")
    for at in kills:
        out = folder / f"killed {at}"
        with pytest.raises(Killed):
            drive(name, lambda job, at=at: _broken_off(build(job), at), data, out, every=2)
        again, _ = drive(name, build, data, out, every=2, resume=True)
        assert (again.steps, again.figures) == (whole.steps, whole.figures)
        other = kept(out)
        assert all(torch.equal(one["state"]["model"][key], value) for key, value in other["state"]["model"].items())
        assert one["curves"] == other["curves"]
        assert (out / SAMPLES).read_text() == (folder / "whole" / SAMPLES).read_text()


def wrong_where_learnt(rows: Sequence[T], spoilt: Callable[..., Sequence[T]], key: Callable[[T], str]) -> list[T]:
    """Return the rows with one another's labels, but for those that are held out."""
    learnt = [each for each in rows if not held_out(key(each))]
    return [*spoilt(learnt, seed=1), *(each for each in rows if held_out(key(each)))]
