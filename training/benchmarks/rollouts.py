"""How many rollouts a second: groups that share the steps of their question, beside a plain loop, and in processes.

    python -P -m questline.training.benchmarks.rollouts --corpus F --questions F --policy DIR --json rollouts.json

A group is some rollouts of one question. The plain loop is one process that shares nothing: each search, vector,
judgement and embedded step runs as often as a rollout asks for it. Each round runs the same groups in every way, in
changing order, and the ratio is the median of the ratios within a round, so that a noisy machine slows all ways alike.
Nothing is known of a question when its group begins; decisions are drawn at the heat that learning begins with.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.progress import Progress

from questline.agents.workflow_planner.trained import POLICY, Policy
from questline.settings import Settings
from questline.tools.models.onnx_session import read_model_files
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.rows import Question, read_questions
from questline.training.planner.live_bench import LiveJob
from questline.training.planner.live_pool import LivePool
from questline.training.planner.rollouts import Ask, Drawn
from questline.training.planner.rows import Asked
from questline.training.planner.seconds import Pace, Seconds

from .harness import indexing_phases, parser, positive, run

__all__ = ["main", "measure"]

_HEAT = 5.0
_FREE = Seconds({"R": Pace(base=0.0, measured=0)})
"""What rollouts are charged is of no matter here, but must be a number."""


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Time every way of drawing the same groups."""
    policy, files = Policy.load(chosen.policy), read_model_files(chosen.policy)
    with open_corpus(chosen.corpus, chosen.cache, progress=indexing_phases(bar)) as index:
        folder = index.folder
    job = LiveJob(
        index=folder,
        settings=Settings(),
        fits=None,
        seconds=_FREE,
        components=policy.components,
        scale=tuple(map(float, policy.scale)),
    )
    rows = read_questions(chosen.questions)[: chosen.groups]
    asks = [_ask(row, place, files.contents[POLICY], policy, chosen.rollouts) for place, row in enumerate(rows)]
    one, all_ = LivePool(jobs=(job,), processes=1), LivePool(jobs=(job,), processes=chosen.processes)
    seconds: dict[str, list[float]] = {"plain": [], "shared": [], "processes": []}
    with one, all_:
        for number in bar.track(range(-1, chosen.rounds), description="rounds"):
            ways = {
                "plain": (one, [replace(ask, plain=True) for ask in asks]),
                "shared": (one, _fresh(asks, f"{number} one")),
                "processes": (all_, _fresh(asks, f"{number} all")),
            }
            for name in ways if number % 2 else reversed(ways):
                pool, groups = ways[name]
                began = time.perf_counter()
                drawn = pool.draw(groups)
                if number >= 0:
                    seconds[name].append((time.perf_counter() - began) / _rollouts(drawn))
    return {
        "groups": len(asks),
        "rollouts_of_a_group": chosen.rollouts,
        "rounds": chosen.rounds,
        "processes": chosen.processes,
        "rollouts_per_second": {name: round(1 / statistics.median(took), 3) for name, took in seconds.items()},
        "times_the_plain_loop": {
            name: round(statistics.median(a / b for a, b in zip(seconds["plain"], seconds[name], strict=True)), 2)
            for name in ("shared", "processes")
        },
    }


def _ask(row: Question, place: int, network: bytes, policy: Policy, count: int) -> Ask:
    asked = Asked(key=f"{place}", id=row.id, text=row.text, source=row.source, answers=row.answers, fold=1)
    weights = tuple(0.0 for _ in policy.components)
    return Ask(asked=asked, policy=network, weights=weights, count=count, seed=place, heat=_HEAT)


def _fresh(asks: Sequence[Ask], mark: str) -> list[Ask]:
    """Return the groups under keys of which nothing is known yet."""
    return [replace(ask, asked=replace(ask.asked, key=f"{ask.asked.key} {mark}")) for ask in asks]


def _rollouts(drawn: Sequence[Drawn]) -> int:
    return max(1, sum(len(one.rollouts) for one in drawn))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--corpus", type=Path, required=True, metavar="F", help="JSON lines of {id, title, text}")
    options.add_argument("--questions", type=Path, required=True, metavar="F", help="with answers, plain or .gz")
    options.add_argument("--policy", type=Path, required=True, metavar="DIR", help="the model of `agents train policy`")
    options.add_argument("--cache", type=Path, default=Path(".questline") / "eval", metavar="DIR")
    options.add_argument("--groups", type=positive, default=8, help="questions")
    options.add_argument("--rollouts", type=positive, default=6, help="of each question")
    options.add_argument("--processes", type=positive, default=os.cpu_count() or 1)
    options.add_argument("--rounds", type=positive, default=5)
    return run("rollouts", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
