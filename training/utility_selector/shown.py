"""What a tiny selector learns on made-up worlds, and what it must not: selections of other windows.

    python -P -m questline.training.utility_selector.shown --json selector_tuning.json

Beside it the loss without verdicts' weight, and the twin that ranks (arXiv:2507.19102 §4): a model that learnt the best
order of the same questions, cut where it does best on what it learnt from. All is measured after the last step, on
windows of another seed of the world. Every training is kept in ``--work`` and goes on from there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from questline.tools.ranking.permutation import parse
from questline.training.benchmarks.harness import parser, positive, run
from questline.training.evaluation.intervals import Difference, paired_bootstrap
from questline.training.evaluation.selection_metrics import micro_f1
from questline.training.reasoning_ranker.lists import TaughtList, write_lists
from questline.training.reasoning_ranker.settings import SFTSettings as RankerSettings
from questline.training.reasoning_ranker.sft import SFTRecipe as RankerRecipe
from questline.training.reasoning_ranker.worlds import world_lists
from questline.training.recipe import Job, unheard
from questline.training.tuning.last_step import last_step
from questline.training.tuning.worlds import World
from questline.training.writer.shown.begun import Trainings

from .measure import Scored, counted, means, set_values, yardsticks
from .recipe import SelectorRecipe
from .rows import TaughtSet, spoilt, write_sets
from .settings import Settings
from .worlds import world_sets

__all__ = ["SETTINGS", "WORLD", "main", "measured"]

WORLD: Final = World(
    passages=3,
    nouns=6,
    attributes=6,
    values=4,
    towns=24,
    one_thing=True,
    outdated=0.0,
    kinds={"fact": 0.7, "none": 0.3},
)
"""Its seed is that of the trainings; what is measured has that seed and a thousand."""
SETTINGS: Final = Settings(steps=500, tokens=60, vocabulary=400, tested=100)
_RANKER: Final = RankerSettings(steps=500, tokens=60, vocabulary=400, tested=60)
_PLACES: Final = 4


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the figures of each training, seed by seed."""
    import torch

    torch.set_num_threads(1)
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    world = asdict(replace(WORLD, seed=0))
    return {
        "world": {name: value for name, value in world.items() if name != "seed"},
        "windows": arguments.windows,
        "tested": arguments.tested,
        "steps": SETTINGS.steps,
        "seeds": {str(seed): _seed(arguments, bar, seed) for seed in seeds},
    }


def _seed(arguments: argparse.Namespace, bar: Progress, seed: int) -> Mapping[str, object]:
    world = replace(WORLD, seed=seed)
    fresh = world_sets(replace(world, seed=1000 + seed), arguments.tested)
    trial = _Trial(Trainings(arguments.work / str(seed), bar, threads=1), seed, fresh)
    sets = world_sets(world, arguments.windows)
    right = trial.file("windows", sets)
    before = trial.untaught(right)
    told: dict[str, object] = {"before": _figures(before), "yardsticks": yardsticks(fresh)}
    ways = {
        "taught": (right, SETTINGS),
        "without the verdicts' loss": (right, replace(SETTINGS, beta=0.0)),
        "selections of other windows": (trial.file("spoilt", spoilt(sets, seed=1)), SETTINGS),
    }
    found: dict[str, Sequence[Scored]] = {}
    for way, (data, settings) in ways.items():
        began = time.process_time()
        found[way] = trial.taught(way.replace(" ", "_").replace("'", ""), data, settings)
        told[way] = {
            **_figures(found[way]),
            "rise": _difference(before, found[way]),
            "over never keeping any": _difference(_never(fresh), found[way]),
            "cpu_minutes": round((time.process_time() - began) / 60, 2),
        }
    twin, most = trial.twin(world_lists(world, arguments.windows))
    told["ranking twin"] = {**_figures(twin), "cut at": most, "taught over it": _difference(twin, found["taught"])}
    told["over other windows"] = _difference(found["selections of other windows"], found["taught"])
    told["of the verdicts' loss"] = _difference(found["without the verdicts' loss"], found["taught"])
    told["parameters"] = trial.parameters
    return told


@dataclass(kw_only=True)
class _Opened:
    """A trained model that is asked about windows."""

    recipe: Any

    def scores(self, fresh: Sequence[TaughtSet]) -> Sequence[Scored]:
        return self.recipe.selections(fresh)[0]


class _Trial:
    """Trains in folders of its own, and lets each model select from the fresh windows."""

    parameters = 0

    def __init__(self, trainings: Trainings, seed: int, fresh: Sequence[TaughtSet]) -> None:
        self._trainings, self._seed, self._fresh = trainings, seed, fresh

    def file(self, name: str, sets: Sequence[TaughtSet]) -> Path:
        path = self._trainings.work / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sets(path, sets)
        return path

    def untaught(self, data: Path) -> Sequence[Scored]:
        """Return what the texts of the untaught model are worth."""
        return self._opened(data, SETTINGS).scores(self._fresh)

    def taught(self, name: str, data: Path, settings: Settings) -> Sequence[Scored]:
        """Teach, and return the scores."""
        folder = self._trainings.train("selector-sft", name, data, settings, seed=self._seed)
        return self._opened(data, replace(settings, model=str(last_step(folder)))).scores(self._fresh)

    def twin(self, lists: Sequence[TaughtList]) -> tuple[Sequence[Scored], int]:
        """Teach orders, and return what is kept of each window, and how many passages that is."""
        data = self._trainings.work / "lists.jsonl"
        write_lists(data, lists)
        folder = self._trainings.train("ranker-sft", "twin", data, _RANKER, seed=self._seed)
        recipe = RankerRecipe(self._job(data, "twin_asked"), replace(_RANKER, model=str(last_step(folder))))
        recipe.prepare()

        def orders(asked: Sequence[TaughtList]) -> list[tuple[int, ...]]:
            texts = recipe.written([recipe.asking.messages(each) for each in asked], most=_RANKER.tokens)
            return [
                parse(text, len(each.passages), prior=each.numbers(each.first_stage)).order
                for each, text in zip(asked, texts, strict=True)
            ]

        learnt = lists[: len(self._fresh)]
        known = [TaughtSet.of(each) for each in learnt]
        most = _best_cut(known, orders(learnt))
        asked = [TaughtList(id=each.id, query=each.question, passages=each.passages) for each in self._fresh]
        pairs = zip(self._fresh, orders(asked), strict=True)
        return [counted(each, order[:most]) for each, order in pairs], most

    def _opened(self, data: Path, settings: Settings) -> _Opened:
        recipe = SelectorRecipe(self._job(data, "asked"), settings)
        recipe.prepare()
        self.parameters = recipe.loaded.parameters
        return _Opened(recipe=recipe)

    def _job(self, data: Path, name: str) -> Job:
        out = self._trainings.work / name
        out.mkdir(parents=True, exist_ok=True)
        return Job(data=data, out=out, cache=out / "cache", seed=self._seed, threads=1, hears=unheard)


def _best_cut(sets: Sequence[TaughtSet], orders: Sequence[tuple[int, ...]]) -> int:
    """Return how many of the best are kept for the best micro-F1."""
    longest = max(len(each) for each in orders)

    def worth(most: int) -> float:
        return micro_f1([counted(each, order[:most]).counts for each, order in zip(sets, orders, strict=True)]) or 0.0

    return max(range(1, longest + 1), key=worth)


def _never(sets: Sequence[TaughtSet]) -> Sequence[Scored]:
    return [counted(each, ()) for each in sets]


def _figures(found: Sequence[Scored]) -> dict[str, float]:
    return {name: round(value, _PLACES) for name, value in means(found).items()}


def _difference(before: Sequence[Scored], after: Sequence[Scored]) -> dict[str, float]:
    """Return how sets' own F1 differ, window by window."""
    told: Difference = paired_bootstrap(set_values(before), set_values(after))
    return {name: round(float(getattr(told, name)), _PLACES) for name in ("difference", "low", "high")}


def main(arguments: list[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--work", type=Path, default=Path("runs") / "selector_tuning", help="folder of the trainings")
    options.add_argument("--first-seed", type=int, default=10, help="0 to 9 chose the settings")
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--windows", type=positive, default=4000, help="to learn from")
    options.add_argument("--tested", type=positive, default=200, help="fresh windows")
    return run("shown", options, measured, arguments, package="questline.training.utility_selector")


if __name__ == "__main__":
    sys.exit(main())
