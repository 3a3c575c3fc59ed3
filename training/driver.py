"""Run a recipe: seeds, checkpoints, resume, progress, Ctrl-C, curves and the model card, once for all recipes.

A folder holds one run: ``checkpoint.pt`` (``checkpoint.json`` without torch) while it learns, ``log.jsonl``,
``curves.svg`` where something is measured more than once, in ``model/`` what the best step was exported to, and
``finished.json``, which tells what came of it. Steps
are counted, not timed, so that a run that was killed and resumed takes the same steps, evaluates at the same ones and
ends with the same weights as one that was not (on a CPU).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from questline.errors import RunError, UsageError
from questline.tools.retrieval.manifest import write_atomically

from . import checkpoints, finished
from .interrupts import Asked, interrupts
from .pace import Pace
from .recipe import Card, Figures, Job, Recipe
from .run_lock import alone
from .tuning.samples import SAMPLES

__all__ = ["CURVES", "LOG", "MODEL", "Finished", "Options", "train"]

CURVES: Final = "curves.svg"
LOG: Final = "log.jsonl"
MODEL: Final = "model"
_SEEDS: Final = 1 << 32
_FREE: Final = frozenset({"minutes", "accumulate"})
"""Settings that a resumed run may be given anew: more time, and steps in more parts, which come to the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the driver itself is asked for; ``[run]`` of the settings file."""

    seed: int = 0
    threads: int = 2
    checkpoint_every: int = 100
    """Steps between two checkpoints; a fit in parts is kept after each."""
    evaluate_every: int = 300
    """Steps between two measurements on held-out examples."""
    patience: int = 0
    """Measurements without a better one after which learning ends; 0 never."""
    minutes: float = 0.0
    """Of learning, over all resumed runs, after which it ends with a last measurement; 0 never. A run that the clock
    has ended is not the same on another machine."""

    def __post_init__(self) -> None:
        for name, least in (("threads", 1), ("checkpoint_every", 1), ("evaluate_every", 1), ("patience", 0)):
            if getattr(self, name) < least:
                raise UsageError(f"run.{name}={getattr(self, name)!r} must be at least {least}", argument=name)
        if not 0 <= self.seed < _SEEDS:
            raise UsageError(f"run.seed={self.seed!r} must be at least 0 and below 2 ** 32", argument="seed")
        if not (math.isfinite(self.minutes) and self.minutes >= 0):
            raise UsageError(f"run.minutes={self.minutes!r} must be at least 0", argument="minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a run came to."""

    steps: int
    best_step: int
    figures: Figures
    """Held-out, of the best step."""
    card: Card
    seconds: float
    model: Path


@dataclass
class _Progress:
    step: int = 0
    curves: list[tuple[int, str, float]] = field(default_factory=list[tuple[int, str, float]])
    best: tuple[int, float] | None = None
    best_weights: Mapping[str, object] = field(default_factory=dict[str, object])
    seconds: float = 0.0
    worse: int = 0
    """Measurements since the best one."""
    pace: Pace = field(default_factory=Pace)
    """Of the steps of this process."""


def train(
    name: str,
    build: Callable[[Job], Recipe],
    job: Job,
    options: Options,
    *,
    settings: Mapping[str, object],
    command: str,
    torch: bool = True,
    resume: bool = False,
    export: bool = False,
) -> Finished:
    """Train one part and export its best step.

    Args:
        name: Of the recipe.
        build: Makes the recipe.
        job: What is read, and where it goes.
        options: Seeds and intervals.
        settings: Everything that decides the run, as text and numbers: for the card, and to know the run again.
        command: That repeats it.
        torch: Whether the recipe needs it.
        resume: Go on from the folder's checkpoint, where there is one.
        export: Learn no more, measure the last step and export the best so far; needs `resume`.

    Raises:
        MissingExtra: Without torch, where it is needed.
        UsageError: When the folder holds another run, or this one and `resume` is not asked for, or a fit in parts
            is to be exported before it is whole.
        RunError: When a loss is not a number any more; the best step that was measured, if any, is exported first.
            ``run_locked`` while another process trains in the same folder.
        KeyboardInterrupt: After the checkpoint of the last whole step is written.
    """
    form = checkpoints.form(torch=torch)
    if export and not resume:
        raise UsageError("what is exported early is a run that is resumed: give --resume too", argument="export")
    if not resume and checkpoints.there(job.out):
        raise UsageError(
            f"{str(job.out)!r} holds a run already; go on with it with --resume, or take another --out", path=job.out
        )
    form.seed(job.seed, job.threads)
    if any((each / "manifest.json").is_file() for each in (job.out, *job.out.parents[:1])):
        raise UsageError(
            f"{str(job.out)!r} is, or lies in, a model that a training exported: take another --out",
            code="bad_settings",
            argument="--out",
            path=job.out,
        )
    recipe = build(replace(job, run=asdict(options)))
    try:
        job.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{str(job.out)!r} cannot be made a folder ({error.strerror}): take another --out"
        raise UsageError(why, code="bad_settings", argument="--out", path=job.out) from error
    with alone(job.out):
        counts = recipe.prepare()
        identity = _identity(name, settings, counts, getattr(recipe, "reads", ""))
        run = _Progress()
        saved = checkpoints.load(job.out, form, identity=identity) if resume else None
        if saved is not None:
            recipe.restore(saved.state)
            run = _Progress(saved.step, saved.curves, saved.best, saved.best_weights, saved.seconds)
            run.worse = sum(step > (run.best or (0, 0.0))[0] for step, key, _ in run.curves if key == recipe.chosen_by)
        else:
            form.seed(job.seed, job.threads)  # what preparing drew depends on what was kept from before
        for file in (LOG, SAMPLES):
            _cut(job.out / file, run.step if saved is not None else -1)
        before = run.seconds
        started = time.perf_counter()

        def spent() -> float:
            return before + time.perf_counter() - started

        def keep() -> None:
            run.seconds = spent()
            checkpoints.save(
                job.out,
                checkpoints.Checkpoint(
                    identity=identity,
                    step=run.step,
                    state=recipe.state(),
                    curves=run.curves,
                    best=run.best,
                    best_weights=run.best_weights,
                    seconds=run.seconds,
                ),
                form,
            )
            _draw(job.out, name, run)

        if export:
            if not recipe.chosen_by and run.step < recipe.steps:
                raise UsageError(
                    f"{run.step} of {recipe.steps} parts are fitted; only all of them make a model: go on with "
                    "--resume",
                    argument="export",
                )
            measured = [step for step, key, _ in run.curves if key == recipe.chosen_by]
            if recipe.chosen_by and run.step > max(measured, default=-1):
                _measure(recipe, job, run)
        else:
            try:
                with interrupts() as asked:
                    _learn(recipe, job, options, run, keep, spent, asked)
            except RunError as error:
                if not recipe.chosen_by or run.best is None or not run.best[0]:
                    raise
                _export(name, recipe, job, run, counts=counts, settings=settings, command=command, ended=error.message)
                told = f"{error.message}; the best step so far, {run.best[0]}, is exported to {str(job.out / MODEL)!r}"
                ended = RunError(told, code=error.code)
                ended.fields = error.fields
                raise ended from error
        return _export(name, recipe, job, run, counts=counts, settings=settings, command=command)


def _learn(
    recipe: Recipe,
    job: Job,
    options: Options,
    run: _Progress,
    keep: Callable[[], None],
    spent: Callable[[], float],
    asked: Asked,
) -> None:
    total = recipe.steps
    given_up = options.patience and run.worse >= options.patience

    def over() -> bool:
        return bool(options.minutes) and spent() >= 60 * options.minutes and bool(recipe.chosen_by)

    if run.step >= total or given_up or (run.step and over()):
        return
    in_parts = not recipe.chosen_by
    if not run.step and not in_parts:
        _measure(recipe, job, run)
    job.hears("learning", run.step, total)
    run.pace.go()
    for losses in recipe.fit(run.step):
        run.pace.taken()
        run.step += 1
        broken = [key for key, value in losses.items() if math.isnan(value)]
        if broken:
            raise RunError(f"the loss {', '.join(broken)} is not a number at step {run.step}; lower the learning rate")
        run.curves += [(run.step, f"loss: {key}", value) for key, value in losses.items()]
        _log(job.out, run.step, losses)
        late = over()
        if run.step == total or late or (run.step % options.evaluate_every == 0 and not in_parts):
            _measure(recipe, job, run)
            if late or (options.patience and run.worse >= options.patience):
                keep()
                return
        ending = asked.to_end  # looked at once: asked for later, it is the next step that is kept
        if in_parts or run.step % options.checkpoint_every == 0 or run.step == total or ending:
            keep()
        job.hears("learning", run.step, total)
        if ending:
            raise KeyboardInterrupt
        run.pace.go()


def _measure(recipe: Recipe, job: Job, run: _Progress) -> None:
    figures = recipe.evaluate()
    run.curves += [(run.step, key, value) for key, value in figures.items()]
    _log(job.out, run.step, figures)
    value = figures[recipe.chosen_by] if recipe.chosen_by else 0.0
    if run.best is None or value > run.best[1]:
        run.best, run.worse = (run.step, value), 0
        run.best_weights = recipe.weights()
    else:
        run.worse += 1


def _export(
    name: str,
    recipe: Recipe,
    job: Job,
    run: _Progress,
    *,
    counts: Mapping[str, int],
    settings: Mapping[str, object],
    command: str,
    ended: str = "",
) -> Finished:
    from .cards import written

    if run.best is None:
        raise RunError("nothing was measured, so there is no best step to export")
    job.hears("exporting", 0, 1)
    recipe.take(run.best_weights)
    figures = recipe.evaluate()
    folder = job.out / MODEL
    folder.mkdir(exist_ok=True)
    card = recipe.export(folder)
    text = written(
        card,
        command=command,
        seed=job.seed,
        settings=settings,
        counts=counts,
        figures=figures,
        steps=(run.best[0], run.step, recipe.steps),
        in_parts=not recipe.chosen_by,
        minutes=run.seconds / 60,
        ended=ended,
    )
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")
    finished.write(
        job.out,
        recipe=name,
        command=command,
        seed=job.seed,
        settings=settings,
        counts=counts,
        figures=figures,
        export=card.figures,
        steps=(run.best[0], run.step, recipe.steps),
        minutes=run.seconds / 60,
        ended=ended,
        pace=run.pace.figures(),
    )
    _draw(job.out, name, run)
    job.hears("exporting", 1, 1)
    return Finished(
        steps=run.step, best_step=run.best[0], figures=figures, card=card, seconds=run.seconds, model=folder
    )


def _identity(name: str, settings: Mapping[str, object], counts: Mapping[str, int], reads: str) -> dict[str, str]:
    # The entropy of an answer is averaged over parts, and noise drawn for each: there another split is another run.
    in_parts = any(settings.get(each) for each in ("entropy", "neftune"))
    free = _FREE - {"accumulate"} if in_parts else _FREE
    told: dict[str, object] = {"recipe": name}
    told |= {key: value for key, value in settings.items() if key not in free}
    told |= {f"number of {key}": count for key, count in counts.items()}
    told["hash of data and model"] = reads
    return {
        key: value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
        for key, value in told.items()
    }


def _draw(out: Path, name: str, run: _Progress) -> None:
    from .curves import drawn

    names = [key for _, key, _ in run.curves]
    if len(names) == len(set(names)):
        return  # nothing was measured twice
    best = None if run.best is None else run.best[0]
    part = out / f"{CURVES}.part"
    part.write_text(drawn(run.curves, title=f"agents train {name}", best_step=best), encoding="utf-8")
    part.replace(out / CURVES)


def _cut(path: Path, step: int) -> None:
    """Take out of a log what a run that was killed had told after its last checkpoint, or begun to tell."""
    if not path.exists():
        return
    kept: list[str] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            if json.loads(line)["step"] <= step:
                kept.append(f"{line}\n")
        except ValueError:
            continue
    write_atomically(path, ["".join(kept).encode()])


def _log(out: Path, step: int, figures: Figures) -> None:
    with (out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": step, **{key: round(value, 5) for key, value in figures.items()}}) + "\n")
