"""A ranker made here learns on one core: taught, then reinforced; and from wrong labels it does not.

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

from questline.errors import RunError
from questline.training.benchmarks.harness import parser, positive, run
from questline.training.driver import Options, train
from questline.training.evaluation.intervals import Difference, paired_bootstrap
from questline.training.recipe import Figures, Job, Recipe
from questline.training.tuning.models import write_model
from questline.training.tuning.rows import held_out
from questline.training.tuning.worlds import World

from .grpo import GRPORecipe, GRPOSettings
from .lists import TaughtList, write_lists
from .measure import OWN, Scored, means, scored, yardsticks
from .prompts import Asking
from .sft import SFTRecipe, SFTSettings
from .worlds import spoilt, world_lists

__all__ = ["BEGUN", "GRPO", "SFT", "WORLD", "main", "measured"]

WORLD: Final = World(passages=4, nouns=4, attributes=6, values=3, towns=12, one_thing=True, outdated=0.0)
"""All passages are on the thing asked for, and none has the question's word for the property: BM25 is at chance."""
SFT: Final = SFTSettings(
    steps=500, batch=24, rate=4e-3, width=64, layers=2, heads=4, vocabulary=800, tokens=48, tested=40
)
GRPO: Final = GRPOSettings(
    model="of the teaching", steps=40, questions=8, answers=8, rate=5e-4, beta=0.001, tokens=48, tested=40
)
BEGUN: Final = 0.75
"""Own nDCG@10 on the held-out lists; GRPO begins with the first measured model of the teaching that has it."""
_LISTS: Final = 4_000
_LOOK: Final = 20
"""Steps between two measurements."""
_FRESH: Final = 1_000_000
"""Number of the first fresh item: no training reaches it."""


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return what each training came to on fresh lists, and what was there before."""
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    lists = world_lists(WORLD, _LISTS)
    fresh = [each for each in world_lists(WORLD, 40 * arguments.tested, first=_FRESH) if held_out(each.query)]
    trial = _Trial(work, bar, lists, fresh[: arguments.tested], arguments.seed)
    taught = replace(SFT, steps=arguments.sft_steps)
    start = trial.untaught(taught)
    found: dict[str, object] = {}
    found["sft"] = trial.told(start, trial.taught("sft", taught, lists)[1], "sft")
    found["sft, labels of other lists"] = trial.told(
        start, trial.taught("sft_wrong", taught, trial.wrong)[1], "sft_wrong"
    )
    half, before = trial.begun
    more = replace(GRPO, model=str(half), steps=arguments.grpo_steps)
    found["grpo"] = trial.told(before, trial.reinforced("grpo", more, lists), "grpo")
    broken = trial.reinforced("grpo_wrong", more, trial.wrong)
    found["grpo, rewards of other lists"] = trial.told(before, broken, "grpo_wrong")
    return {
        "world": asdict(WORLD),
        "lists": len(lists),
        "tested": len(trial.fresh),
        "steps": {"sft": taught.steps, "grpo": arguments.grpo_steps},
        "parameters": trial.parameters,
        "yardsticks": yardsticks(trial.fresh),
        "trainings": found,
    }


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

    @property
    def begun(self) -> tuple[Path, Sequence[Scored]]:
        """The model of the teaching that GRPO begins with, and its scores."""
        home = self._work / "begun"
        if not home.exists():
            raise RunError(
                f"the teaching never reached an own nDCG@10 of {BEGUN} on held-out lists: give it more steps"
            )
        settings = replace(SFT, model=str(home))
        recipe = SFTRecipe(self._job(self._work / "untaught", self._work / "untaught" / "lists.jsonl"), settings)
        recipe.prepare()
        return home, self._scores(recipe.written, recipe.asking, settings.tokens)

    def taught(self, name: str, settings: SFTSettings, lists: Sequence[TaughtList]) -> tuple[Path, Sequence[Scored]]:
        """Teach from random weights; return the model and its scores."""
        return self._trained("ranker-sft", name, lambda job: SFTRecipe(job, settings), lists, settings.steps)

    def reinforced(self, name: str, settings: GRPOSettings, lists: Sequence[TaughtList]) -> Sequence[Scored]:
        """Reinforce a model, and return its scores."""
        return self._trained("ranker-grpo", name, lambda job: GRPORecipe(job, settings), lists, settings.steps)[1]

    def told(self, before: Sequence[Scored], after: Sequence[Scored], name: str) -> Mapping[str, object]:
        """Return the figures of a training, and how they differ from where it began."""
        rise: Difference = paired_bootstrap([each.ndcg for each in before], [each.ndcg for each in after])
        return {
            **means(after),
            "before": means(before),
            "rise of nDCG@10": asdict(rise),
            "significant": rise.low > 0,
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
            if name == "sft":
                self._watch(made[-1])
            return made[-1]

        options = Options(
            seed=self._seed, threads=1, evaluate_every=_LOOK if name == "sft" else steps, checkpoint_every=50
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

    def _watch(self, recipe: SFTRecipe) -> None:
        """Write the first measured model that is good enough to be reinforced."""
        measure, home = recipe.measured, self._work / "begun"

        def measured() -> Figures:
            figures = measure()
            if figures[OWN] >= BEGUN and not home.exists():
                part = home.with_name("begun.part")
                write_model(recipe.loaded.model, recipe.loaded.tokenizer, part)
                recipe.asking.write(part)
                part.rename(home)
            return figures

        recipe.measured = measured

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
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--tested", type=positive, default=200, help="fresh lists")
    options.add_argument("--sft-steps", type=positive, default=SFT.steps)
    options.add_argument(
        "--half-steps", type=positive, default=SFT.steps // 2, help="of the model that GRPO begins with"
    )
    options.add_argument("--grpo-steps", type=positive, default=GRPO.steps)
    return run("shown", options, measured, arguments, package="questline.training.reasoning_ranker")


if __name__ == "__main__":
    sys.exit(main())
