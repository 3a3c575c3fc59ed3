"""What the recipes of planner and executor teach a tiny model on a made-up tool world, beside controls that may not.

    python -P -m questline.training.tool_planner.shown --json tool_training.json

The executor learns an expert's steps. The planner learns plans of an expert who errs in half of the questions in a way
that no filter sees (the last call is of another tool), so that GRPO, whose reward runs each plan and compares it, has
something to mend. Controls: the same lessons with shuffled answers, and a reward of noise. Before its lessons a model
that is made at random calls nothing right: its start is 0.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, run
from questline.training.driver import MODEL, Options, train
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.intervals import bootstrap_interval, paired_bootstrap
from questline.training.recipe import Job, Recipe
from questline.training.tuning.supervised import Lessons
from questline.training.tuning.tuned import Lesson

from .executor_recipe import ExecutorRecipe
from .executor_recipe import Settings as ExecutorSettings
from .made import made_traces, write_world
from .planner_recipes import GRPORecipe, GRPOSettings, SFTRecipe, SFTSettings
from .reward import Judged
from .traces import Step, Trace, called
from .world import CURRENCIES, World

__all__ = ["erring", "main", "measured", "noise", "shuffled"]

_TINY: Final[Mapping[str, Any]] = {"width": 64, "layers": 2, "heads": 4, "vocabulary": 800, "batch": 16, "rate": 5e-3}
_OTHERS: Final[Mapping[str, str]] = {
    "forecast": "tide",
    "tide": "forecast",
    "phone": "office",
    "fare": "captain",
    "mayor": "population",
    "population": "mayor",
}
_STARTS: Final = 0.02


def erring(world: World, traces: Sequence[Trace], share: float = 0.5) -> list[Trace]:
    """Return traces in a share of which, by a hash, the last call is of another tool that takes the same."""
    return [_wrong(world, each) if question_hash(f"errs {each.question}") < share else each for each in traces]


def _wrong(world: World, trace: Trace) -> Trace:
    last = trace.steps[-1]
    given = dict(last.arguments)
    plain = _sent(trace)
    name = _OTHERS.get(last.tool, last.tool)
    if last.tool == "convert":
        other = CURRENCIES[(CURRENCIES.index(str(given["currency"])) + 1) % len(CURRENCIES)]
        given["currency"] = plain["currency"] = other
    elif last.tool == "difference":
        given = {"first": given["second"], "second": given["first"]}
        plain = {"first": plain["second"], "second": plain["first"]}
    [server] = [tool.server for tool in world.tools if tool.name == name]
    result = world.recorded.call(server, name, plain)
    wrong: Step = replace(last, server=server, tool=name, arguments=given, result=result, thought="I need the last.")
    return replace(trace, steps=(*trace.steps[:-1], wrong), answer="That is it.")


def _sent(trace: Trace) -> dict[str, object]:
    return called(trace, len(trace.steps) - 1) or {}


def shuffled(made: Lessons, seed: int) -> Lessons:
    """Return lessons in which each chat that is learnt has the answer of another one."""
    answers = [each.answer for each in made.train]
    random.Random(f"shuffled {seed}").shuffle(answers)  # noqa: S311 because it is a control
    train_on = [Lesson(each.messages, answer) for each, answer in zip(made.train, answers, strict=True)]
    return replace(made, train=train_on)


def noise(seed: int) -> Callable[[Judged], Mapping[str, float]]:
    """Return a reward that is none: a number that nothing decides."""
    drawn = random.Random(f"noise {seed}")  # noqa: S311 because it is a control

    def reward(one: Judged) -> Mapping[str, float]:
        del one
        return {"noise": drawn.random()}

    return reward


def _unheard(phase: str, done: int, total: int) -> None:
    del phase, done, total


class _ShuffledPlanner(SFTRecipe):
    def lessons(self) -> Lessons:
        return shuffled(super().lessons(), self.job.seed)


class _ShuffledExecutor(ExecutorRecipe):
    def lessons(self) -> Lessons:
        return shuffled(super().lessons(), self.job.seed)


class _Bench:
    """Trains into a folder, each training once; one that was broken off goes on."""

    def __init__(self, work: Path, bar: Progress, tested: int) -> None:
        self.work, self.tested, self._bar = work, tested, bar
        self.seconds: dict[str, float] = {}

    def train(self, name: str, data: Path, seed: int, build: Callable[[Job], Recipe], every: int) -> Path:
        """Return the folder of the model."""
        out = self.work / f"{name}_{seed}"
        shown: dict[str, Any] = {}

        def hears(phase: str, done: int, total: int) -> None:
            if phase not in shown:
                shown[phase] = self._bar.add_task(f"{name} {seed}: {phase}", total=total)
            self._bar.update(shown[phase], completed=done, total=total)

        job = Job(data=data, out=out, cache=self.work / "cache", seed=seed, threads=1, hears=hears)
        if not (out / MODEL / "config.json").exists():
            options = Options(seed=seed, threads=1, evaluate_every=every, checkpoint_every=100)
            began = time.process_time()
            train(name, build, job, options, settings={}, command="shown", resume=(out / "checkpoint.pt").exists())
            self.seconds[f"{name}_{seed}"] = round(time.process_time() - began, 1)
            sys.stderr.write(f"{name} {seed}: {self.seconds[f'{name}_{seed}']} CPU seconds\n")
        for each in shown.values():
            self._bar.remove_task(each)
        return out / MODEL

    def job(self, data: Path, seed: int) -> Job:
        out = self.work / "measured"
        return Job(data=data, out=out, cache=self.work / "cache", seed=seed, threads=1, hears=_unheard)

    def plans(self, model: Path, data: Path, seed: int) -> list[Judged]:
        """Return what a model plans for held-out questions."""
        made = SFTRecipe(self.job(data, seed), SFTSettings(model=str(model), tested=self.tested, tokens=64))
        made.prepare()
        return made.plans()

    def calls(self, model: Path, data: Path, seed: int, *, thinks: bool) -> list[float]:
        """Return whether each held-out call is right, name and arguments."""
        settings = ExecutorSettings(model=str(model), tested=4 * self.tested, tokens=64)
        made = ExecutorRecipe(self.job(data, seed), settings)
        made.prepare()
        pairs = zip(made.actions(thinks=thinks), made.held_states, strict=True)
        return [float(made.right(text, state, thinks=thinks)[1]) for text, state in pairs if not state.ends]


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return for each seed what was learnt, with intervals over held-out items, and what the controls did."""
    bench = _Bench(arguments.work, bar, arguments.tested)
    world = World()
    traces = made_traces(world)
    right, wrong = bench.work / "right", bench.work / "erring"
    write_world(right, world, traces)
    write_world(wrong, world, erring(world, traces))
    planners: list[Mapping[str, object]] = []
    executors: list[Mapping[str, object]] = []
    for seed in range(arguments.seeds):
        planners.append(_planner(bench, arguments, right, wrong, seed))
        executors.append(_executor(bench, arguments, right, seed))
        sys.stderr.write(f"{planners[-1]}\n{executors[-1]}\n")
    return {
        "traces": len(traces),
        "tools": len(world.tools),
        "steps": {name: getattr(arguments, f"{name}_steps") for name in ("executor", "sft", "grpo")},
        "planner": planners,
        "executor": executors,
    }


def _planner(bench: _Bench, arguments: argparse.Namespace, right: Path, wrong: Path, seed: int) -> Mapping[str, object]:
    sft = SFTSettings(**_TINY, steps=arguments.sft_steps, tested=bench.tested, tokens=64)
    taught = bench.train("planner_sft", wrong, seed, lambda job: SFTRecipe(job, sft), 10_000)
    grpo = GRPOSettings(
        model=str(taught), steps=arguments.grpo_steps, questions=8, answers=8, rate=arguments.grpo_rate, tokens=64,
        tested=bench.tested, entropy=0.0,
    )  # fmt: skip
    tuned = bench.train("planner_grpo", right, seed, lambda job: GRPORecipe(job, grpo), 10_000)
    broken = bench.train("planner_noise", right, seed, lambda job: GRPORecipe(job, grpo, reward=noise(seed)), 10_000)
    mixed = bench.train("planner_shuffled", wrong, seed, lambda job: _ShuffledPlanner(job, sft), 10_000)
    found = {
        name: bench.plans(model, right, seed)
        for name, model in (("sft", taught), ("shuffled", mixed), ("grpo", tuned), ("noise", broken))
    }
    exact = {name: [float(one.exact and one.valid) for one in each] for name, each in found.items()}
    edges = {name: [one.edges if one.parsed else 0.0 for one in each] for name, each in found.items()}
    executed = {name: [float(one.executed == 1.0) for one in each] for name, each in found.items()}
    return {
        "seed": seed,
        "questions": len(exact["sft"]),
        "exact": {name: _mean(each) for name, each in exact.items()},
        "edge_f1": {name: _mean(each) for name, each in edges.items()},
        "executed": {name: _mean(each) for name, each in executed.items()},
        "grpo_less_sft": {"exact": _rise(exact["sft"], exact["grpo"]), "edge_f1": _rise(edges["sft"], edges["grpo"])},
        "noise_less_sft": {"exact": _rise(exact["sft"], exact["noise"])},
    }


def _executor(bench: _Bench, arguments: argparse.Namespace, right: Path, seed: int) -> Mapping[str, object]:
    made = ExecutorSettings(**_TINY, steps=arguments.executor_steps, tested=bench.tested, tokens=64)
    taught = bench.train("executor", right, seed, lambda job: ExecutorRecipe(job, made), 10_000)
    alone = bench.calls(taught, right, seed, thinks=False)
    thought = bench.calls(taught, right, seed, thinks=True)
    told: dict[str, Any] = {
        "seed": seed,
        "calls": len(alone),
        "call_accuracy": {"taught": _mean(alone), "after_a_thought": _mean(thought)},
        "taught_less_start": _rise([0.0] * len(alone), alone),
        "thought_less_none": _rise(alone, thought),
    }
    if arguments.executor_control:
        mixed = bench.train("executor_shuffled", right, seed, lambda job: _ShuffledExecutor(job, made), 10_000)
        control = bench.calls(mixed, right, seed, thinks=False)
        told["call_accuracy"]["shuffled"] = _mean(control)
        told["taught_less_shuffled"] = _rise(control, alone)
    return told


def _mean(values: Sequence[float]) -> dict[str, float]:
    low, high = bootstrap_interval(values)
    return {"mean": round(sum(values) / len(values), 4), "low": round(low, 4), "high": round(high, 4)}


def _rise(before: Sequence[float], after: Sequence[float]) -> dict[str, float]:
    told = asdict(paired_bootstrap(before, after))
    return {name: round(float(told[name]), 4) for name in ("difference", "low", "high", "p")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--work", type=Path, default=Path("runs/tool_training"), help="folder of the trainings")
    options.add_argument("--seeds", type=positive, default=1)
    options.add_argument("--tested", type=positive, default=100, help="held-out questions, at most")
    options.add_argument("--sft-steps", type=positive, default=400)
    options.add_argument("--executor-steps", type=positive, default=600)
    options.add_argument("--grpo-steps", type=positive, default=60)
    options.add_argument("--grpo-rate", type=float, default=1e-3)
    options.add_argument("--executor-control", action="store_true", help="teach an executor shuffled answers too")
    return run("shown", options, measured, arguments, package="questline.training.tool_planner")


if __name__ == "__main__":
    sys.exit(main())
