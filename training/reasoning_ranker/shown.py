"""What a ranker made here learns on one core, taught and then reinforced, beside the same from wrong labels.

    python -P -m questline.training.reasoning_ranker.shown --json ranker_tuning.json

Lists are of made-up worlds. What is measured are fresh lists whose questions are held out of all training; each model
is compared with where it began, list by list. A control learns from the labels of other lists, or is paid by them. What
a killed run had learnt is kept in ``--work``, and it goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, run
from questline.training.driver import Options, train
from questline.training.evaluation.intervals import Difference, paired_bootstrap
from questline.training.recipe import Job, Recipe
from questline.training.tuning.last_step import last
from questline.training.tuning.rows import held_out
from questline.training.tuning.worlds import World

from .grpo import GRPORecipe, GRPOSettings
from .lists import TaughtList, write_lists
from .measure import Scored, means, scored, yardsticks
from .prompts import Asking
from .sft import SFTRecipe, SFTSettings
from .worlds import backwards, spoilt, world_lists

__all__ = ["GRPO", "SECOND", "SFT", "WORLD", "main", "measured"]

WORLD: Final = World(passages=3, nouns=4, attributes=4, asked=1, values=3, towns=24, one_thing=True, outdated=0.0)
"""All passages are on the thing asked for, and none has the question's word for the property: BM25 is at chance."""
SFT: Final = SFTSettings(
    steps=160, batch=16, rate=6e-3, warming=10, width=32, layers=2, heads=2, vocabulary=500, tokens=40, tested=60
)
SECOND: Final = replace(SFT, steps=130, rate=2.5e-3)
"""Of a second teacher, who puts half of what is relevant last: the model that GRPO begins with is of two minds."""
GRPO: Final = GRPOSettings(
    model="of the second teacher",
    steps=30,
    questions=12,
    answers=8,
    rate=2e-4,
    beta=0.0,
    temperature=0.7,
    tokens=40,
    tested=60,
)
_LISTS: Final = 1_500
_LOOK: Final = 10
"""Steps of GRPO between two measurements."""
_FRESH: Final = 1_000_000
"""Number of the first fresh item: no training reaches it."""


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return what each training came to on fresh lists, and what was there before."""
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    lists = world_lists(WORLD, _LISTS)
    fresh = [each for each in world_lists(WORLD, 40 * arguments.tested, first=_FRESH) if held_out(each.query)]
    fresh = fresh[: arguments.tested]
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    by_seed = [_seed(work / str(seed), bar, lists, fresh, seed) for seed in seeds]
    return {
        "world": asdict(WORLD),
        "lists": len(lists),
        "tested": len(fresh),
        "steps": {"sft": SFT.steps, "second teacher": SECOND.steps, "grpo": GRPO.steps},
        "yardsticks": yardsticks(fresh),
        "seeds": by_seed,
    }


def _seed(
    work: Path, bar: Progress, lists: Sequence[TaughtList], fresh: Sequence[TaughtList], seed: int
) -> Mapping[str, object]:
    """Return what each training came to with one seed."""
    work.mkdir(parents=True, exist_ok=True)
    trial = _Trial(work, bar, lists, fresh, seed)
    start = trial.untaught(SFT)
    first, taught = trial.taught("sft", SFT, lists)
    _, wrong = trial.taught("sft_wrong", SFT, trial.wrong)
    half, before = trial.taught("second", replace(SECOND, model=str(first)), backwards(lists, share=0.5), at_last=True)
    settings = replace(GRPO, model=str(half))
    found = {
        "sft": trial.told(start, taught, "sft"),
        "sft, labels of other lists": trial.told(start, wrong, "sft_wrong"),
        "grpo": trial.told(before, trial.reinforced("grpo", settings, lists), "grpo"),
    }
    broken = trial.reinforced("grpo_wrong", settings, trial.wrong)
    found["grpo, rewards of other lists"] = trial.told(before, broken, "grpo_wrong")
    return {"seed": seed, "parameters": trial.parameters, "trainings": found}


class _Trial:
    """Trains in folders of its own, and lets each model order the fresh lists."""

    def __init__(
        self, work: Path, bar: Progress, lists: Sequence[TaughtList], fresh: Sequence[TaughtList], seed: int
    ) -> None:
        self.fresh = fresh
        learnt = [each for each in lists if not held_out(each.query)]
        self.wrong = [*spoilt(learnt, seed=1), *(each for each in lists if held_out(each.query))]
        self._work, self._bar, self._seed = work, bar, seed
        self._cpu: dict[str, float] = {}

    def untaught(self, settings: SFTSettings) -> Sequence[Scored]:
        """Return what the untaught model's texts are worth: the first stage's order, where they are no order."""
        home = self._work / "untaught"
        home.mkdir(exist_ok=True)
        write_lists(home / "lists.jsonl", self.wrong[-800:])
        recipe = SFTRecipe(self._job(home, home / "lists.jsonl"), settings)
        recipe.prepare()
        self.parameters = recipe.loaded.parameters
        return self._scores(recipe.written, recipe.asking, settings.tokens)

    def taught(
        self, name: str, settings: SFTSettings, lists: Sequence[TaughtList], *, at_last: bool = False
    ) -> tuple[Path, Sequence[Scored]]:
        """Teach; return the model and its scores."""
        kind = last(SFTRecipe) if at_last else SFTRecipe
        return self._trained("ranker-sft", name, lambda job: kind(job, settings), lists, settings.steps)

    def reinforced(self, name: str, settings: GRPOSettings, lists: Sequence[TaughtList]) -> Sequence[Scored]:
        """Reinforce a model, and return its scores."""
        return self._trained("ranker-grpo", name, lambda job: last(GRPORecipe)(job, settings), lists, settings.steps)[1]

    def told(self, before: Sequence[Scored], after: Sequence[Scored], name: str) -> Mapping[str, object]:
        """Return the figures of a training, and how they differ from where it began."""
        rise: Difference = paired_bootstrap([each.ndcg for each in before], [each.ndcg for each in after])
        first = [scored(each, "").ndcg for each in self.fresh]  # an empty answer leaves the first stage's order
        over_first = paired_bootstrap(first, [each.ndcg for each in after])
        return {
            **means(after),
            "before": means(before),
            "rise of nDCG@10": asdict(rise),
            "over the first stage": asdict(over_first),
            "significant": rise.low > 0 and over_first.low > 0,
            "cpu_minutes": round(self._cpu.get(name, 0.0) / 60, 2),
        }

    def _trained(
        self, recipe: str, name: str, build: Callable[[Job], Recipe], lists: Sequence[TaughtList], steps: int
    ) -> tuple[Path, Sequence[Scored]]:
        home = self._work / name
        home.mkdir(exist_ok=True)
        data = self._work / f"{name}.jsonl"
        write_lists(data, lists)
        made: list[Any] = []

        def built(job: Job) -> Recipe:
            made.append(build(job))
            return made[-1]

        options = Options(
            seed=self._seed, threads=1, evaluate_every=_LOOK if recipe == "ranker-grpo" else steps, checkpoint_every=50
        )
        began = time.process_time()
        done = train(
            recipe,
            built,
            self._job(home, data),
            options,
            settings={"seed": self._seed, "name": name, "steps": steps},
            command=f"agents train {recipe}",
            resume=True,
        )
        self._cpu[name] = time.process_time() - began
        one = made[-1]
        return done.model, self._scores(one.written, one.asking, one.settings.tokens)

    def _scores(self, write: Callable[..., Sequence[str]], asking: Asking, most: int) -> Sequence[Scored]:
        texts = write([asking.messages(each) for each in self.fresh], most=most)
        return [scored(each, text) for each, text in zip(self.fresh, texts, strict=True)]

    def _job(self, home: Path, data: Path) -> Job:
        tasks: dict[str, Any] = {}

        def hears(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = self._bar.add_task(f"{home.name}: {phase}", total=total)
            self._bar.update(tasks[phase], completed=done, total=total)

        return Job(data=data, out=home, cache=home / "cache", seed=self._seed, threads=1, hears=hears)


def main(arguments: list[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--work", type=Path, default=Path("runs") / "ranker_tuning", help="folder of the trainings")
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--first-seed", type=int, default=51, help="seeds count from here; 0 to 50 chose the settings")
    options.add_argument("--tested", type=positive, default=200, help="fresh lists")
    return run("shown", options, measured, arguments, package="questline.training.reasoning_ranker")


if __name__ == "__main__":
    sys.exit(main())
