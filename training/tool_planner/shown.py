"""What the recipes of planner and executor teach a tiny model on a made-up tool world, beside controls that may not.

    python -P -m questline.training.tool_planner.shown --json tool_training.json

The executor learns an expert's steps. The planner learns plans of an expert who errs in half of the questions in a way
that no filter sees (the last call is of another tool), so that GRPO, whose reward runs each plan and compares it, has
something to mend. Controls: the answers of other questions, and rewards as if for another question. Before its lessons
a model that is made at random calls nothing right: its start is 0.

Each seed has a world with towns of its own. A part of its questions is left out of the folder that is learnt from, and
measured: nothing is chosen by it. The executor is measured on them once more in a world where the same tools answer
otherwise, so that a result that it learnt by heart is wrong. Every model is the one of its last step. What a killed run
had learnt is kept in ``--work``, and it goes on.
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

from questline.training.benchmarks.harness import natural, parser, positive, run
from questline.training.driver import MODEL, Options, train
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.intervals import bootstrap_interval, paired_bootstrap
from questline.training.recipe import Job, Recipe, unheard

from .controls import ForeignGRPO, LastExecutor, LastGRPO, LastSFT, ShuffledExecutor, ShuffledSFT, erring
from .executor_recipe import ExecutorRecipe, states
from .executor_recipe import Settings as ExecutorSettings
from .made import made_traces, write_world
from .planner_recipes import GRPOSettings, SFTRecipe, SFTSettings
from .reward import Judged
from .traces import Trace
from .world import World, drawn_names

__all__ = ["EXECUTOR", "FRESH", "GRPO", "SFT", "main", "measured", "parted"]

_TINY: Final[Mapping[str, Any]] = {
    "width": 64, "layers": 2, "heads": 4, "vocabulary": 800, "tokens": 64, "tested": 20, "device": "cpu",
}  # fmt: skip
SFT: Final = SFTSettings(**_TINY, steps=500, batch=32, rate=3e-3)
GRPO: Final = GRPOSettings(
    model="of the erring expert", steps=120, questions=8, answers=8, rate=3e-4, tokens=64, tested=20, device="cpu"
)
EXECUTOR: Final = ExecutorSettings(**_TINY, steps=1000, batch=32, rate=3e-3)
FRESH: Final = 0.15
"""Share of a world's questions, by their hash, that is left out of what is learnt from."""
_ELSEWHERE: Final = 1_000_000
"""Added to a seed for the world whose tools answer otherwise."""


def parted(traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """Return the traces to learn from, and the fresh ones."""
    fresh = [each for each in traces if question_hash(f"fresh {each.question}") < FRESH]
    left = {each.question for each in fresh}
    return [each for each in traces if each.question not in left], fresh


class _Bench:
    """Trains into a folder, each training once; one that was broken off goes on."""

    def __init__(self, work: Path, bar: Progress, seed: int, tested: int) -> None:
        self.work, self._bar, self.seed = work / str(seed), bar, seed
        self.right, self.wrong = self.work / "right", self.work / "erring"
        world = World(seed=seed, called=drawn_names(seed))
        learnt, fresh = parted(made_traces(world, seed=seed))
        write_world(self.right, world, learnt)
        write_world(self.wrong, world, erring(world, learnt))
        other = made_traces(World(seed=seed + _ELSEWHERE, called=drawn_names(seed)), seed=seed)
        self.tools, self.learnt = len(world.tools), len(learnt)
        self.fresh, self.elsewhere = fresh[:tested], parted(other)[1][:tested]

    def train(self, name: str, data: Path, build: Callable[[Job], Recipe]) -> Path:
        """Return the folder of the model."""
        out = self.work / name
        tasks: dict[str, Any] = {}

        def hears(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = self._bar.add_task(f"{name} {self.seed}: {phase}", total=total)
            self._bar.update(tasks[phase], completed=done, total=total)

        job = Job(data=data, out=out, cache=self.work / "cache", seed=self.seed, threads=1, hears=hears)
        options = Options(seed=self.seed, threads=1, evaluate_every=10_000, checkpoint_every=100)
        began = time.process_time()
        done = train(name, build, job, options, settings={"name": name}, command="shown", resume=True)
        sys.stderr.write(f"{name} {self.seed}: {time.process_time() - began:.0f} CPU seconds\n")
        for each in tasks.values():
            self._bar.remove_task(each)
        assert done.model == out / MODEL
        return done.model

    def plans(self, model: Path) -> list[Judged]:
        """Return what a model plans for fresh questions."""
        made = SFTRecipe(self._measures(), replace(SFT, model=str(model)))
        made.prepare()
        return made.plans(self.fresh)

    def calls(self, model: Path, traces: Sequence[Trace], *, thinks: bool = False) -> list[float]:
        """Return whether each call of traces is right, name and arguments, where those before it are the expert's."""
        made = ExecutorRecipe(self._measures(), replace(EXECUTOR, model=str(model)))
        made.prepare()
        asked = [each for each in states(traces) if not each.ends]
        texts = made.actions(asked, thinks=thinks)
        return [float(made.right(text, each, thinks=thinks)[1]) for text, each in zip(texts, asked, strict=True)]

    def _measures(self) -> Job:
        out = self.work / "measured"
        return Job(data=self.right, out=out, cache=self.work / "cache", seed=self.seed, threads=1, hears=unheard)


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return for each seed what was learnt, with intervals over fresh items, and what the controls did."""
    first: int = arguments.first_seed
    benches = [_Bench(arguments.work, bar, seed, arguments.tested) for seed in range(first, first + arguments.seeds)]
    planners: list[Mapping[str, object]] = []
    executors: list[Mapping[str, object]] = []
    for bench in benches if arguments.only != "executor" else ():
        planners.append({"seed": bench.seed, **_planner(bench)})
        sys.stderr.write(f"{planners[-1]}\n")
    most = arguments.seeds if arguments.executor_seeds is None else arguments.executor_seeds
    for place, bench in enumerate(benches[:most] if arguments.only != "planner" else ()):
        executors.append({"seed": bench.seed, **_executor(bench, ablated=place < arguments.ablated)})
        sys.stderr.write(f"{executors[-1]}\n")
    return {
        "traces": benches[0].learnt,
        "tools": benches[0].tools,
        "steps": {"executor": EXECUTOR.steps, "sft": SFT.steps, "grpo": GRPO.steps},
        "planner": planners,
        "executor": executors,
    }


def _planner(bench: _Bench) -> Mapping[str, object]:
    taught = bench.train("planner_sft", bench.wrong, lambda job: LastSFT(job, SFT))
    mixed = bench.train("planner_shuffled", bench.wrong, lambda job: ShuffledSFT(job, SFT))
    grpo = replace(GRPO, model=str(taught))
    tuned = bench.train("planner_grpo", bench.right, lambda job: LastGRPO(job, grpo))
    foreign = bench.train("planner_foreign", bench.right, lambda job: ForeignGRPO(job, grpo))
    models = {"sft": taught, "shuffled": mixed, "grpo": tuned, "foreign": foreign}
    found = {name: bench.plans(model) for name, model in models.items()}
    exact = {name: [float(one.exact and one.valid) for one in each] for name, each in found.items()}
    edges = {name: [one.edges if one.parsed else 0.0 for one in each] for name, each in found.items()}
    executed = {name: [float(one.executed == 1.0) for one in each] for name, each in found.items()}
    return {
        "questions": len(bench.fresh),
        "exact": {name: _mean(each) for name, each in exact.items()},
        "edge_f1": {name: _mean(each) for name, each in edges.items()},
        "executed": {name: _mean(each) for name, each in executed.items()},
        "sft_less_shuffled": {"exact": _rise(exact["shuffled"], exact["sft"])},
        "grpo_less_sft": {"exact": _rise(exact["sft"], exact["grpo"]), "edge_f1": _rise(edges["sft"], edges["grpo"])},
        "foreign_less_sft": {"exact": _rise(exact["sft"], exact["foreign"])},
    }


def _executor(bench: _Bench, *, ablated: bool) -> Mapping[str, object]:
    taught = bench.train("executor", bench.right, lambda job: LastExecutor(job, EXECUTOR))
    mixed = bench.train("executor_shuffled", bench.right, lambda job: ShuffledExecutor(job, EXECUTOR))
    found = {
        "taught": bench.calls(taught, bench.fresh),
        "after_a_thought": bench.calls(taught, bench.fresh, thinks=True),
        "shuffled": bench.calls(mixed, bench.fresh),
    }
    if ablated:
        unmixed = replace(EXECUTOR, thoughts=0.0)
        plain = bench.train("executor_unmixed", bench.right, lambda job: LastExecutor(job, unmixed))
        found["no_thoughts"] = bench.calls(plain, bench.fresh)
    elsewhere = bench.calls(taught, bench.elsewhere)
    of, of_elsewhere = (
        [each.question for each in traces for _ in each.steps] for traces in (bench.fresh, bench.elsewhere)
    )

    def change(before: str, after: str) -> dict[str, float]:
        """Return how two differ; calls of one question are drawn together."""
        told = _mean([two - one for one, two in zip(found[before], found[after], strict=True)], of)
        return {"difference": told.pop("mean"), **told}

    return {
        "questions": len(bench.fresh),
        "calls": len(of),
        "call_accuracy": {
            **{name: _mean(each, of) for name, each in found.items()},
            "elsewhere": _mean(elsewhere, of_elsewhere),
        },
        "calls_elsewhere": len(elsewhere),
        "taught_less_shuffled": change("shuffled", "taught"),
        "thought_less_none": change("taught", "after_a_thought"),
        **({"taught_less_no_thoughts": change("no_thoughts", "taught")} if ablated else {}),
    }


def _mean(values: Sequence[float], clusters: Sequence[str] = ()) -> dict[str, float]:
    low, high = bootstrap_interval(values, clusters=clusters)
    return {"mean": round(sum(values) / len(values), 4), "low": round(low, 4), "high": round(high, 4)}


def _rise(before: Sequence[float], after: Sequence[float]) -> dict[str, float]:
    told = asdict(paired_bootstrap(before, after))
    return {name: round(float(told[name]), 4) for name in ("difference", "low", "high", "p")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--work", type=Path, default=Path("runs/tool_training"), help="folder of the trainings")
    options.add_argument("--first-seed", type=natural, default=12, help="of worlds and trainings; 10, 11 and 100 chose")
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--executor-seeds", type=natural, help="of them, for the executor; all when left out")
    options.add_argument(
        "--ablated", type=natural, default=1, help="of these, with an executor taught without thoughts"
    )
    options.add_argument("--tested", type=positive, default=100, help="fresh questions, at most")
    options.add_argument("--only", choices=("planner", "executor"), default="", help="leave the other out")
    return run("shown", options, measured, arguments, package="questline.training.tool_planner")


if __name__ == "__main__":
    sys.exit(main())
