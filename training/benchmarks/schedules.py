"""What each schedule of the listwise ranker reaches and costs, with a simulated judge of known noise.

    python -P -m questline.training.benchmarks.schedules --candidates dl19.jsonl.gz --qrels qrels.jsonl.gz --json s.json

The judge orders a window by grade plus Gaussian noise. ``ndcg@10`` is of the ranker's own order; ``windows_ndcg@10`` of
the schedule's order alone, without what the overlap of windows adds. All schedules see the same noise for the same
window, and intervals are paired by query and seed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.progress import Progress

from questline.budget import Budget, Meter
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.ranking.panel import Panel
from questline.tools.ranking.schedules import ScheduleName, Windows, start
from questline.tools.ranking.scoring import Scoring
from questline.tools.ranking.simulated import SimulatedJudge
from questline.training.evaluation.intervals import mean, paired_bootstrap
from questline.training.evaluation.lists import RankingList, read_candidates
from questline.training.evaluation.ranking_metrics import ndcg

from .harness import parser, positive, run

__all__ = ["main", "measure"]

_SIGMAS: Final = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
_COMPARED: Final[tuple[ScheduleName, ...]] = ("sliding", "partition", "full")
_BASE: Final = "sliding"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One list ranked once."""

    ndcg: float
    windows_ndcg: float
    rounds: int
    calls: int


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Rank every list with every schedule at every noise, and return the figures."""
    lists = read_candidates(chosen.candidates, chosen.qrels)[: chosen.limit]
    windows = Windows(size=chosen.window, step=chosen.step, deals=chosen.deals)
    work = list(_work(chosen.sigma, chosen.seeds))
    trials = {(sigma, name): list[_Trial]() for sigma in chosen.sigma for name in _COMPARED}
    for sigma, seed in bar.track(work, description="ranking"):
        for each in lists:
            for name in _COMPARED:
                trials[sigma, name].append(asyncio.run(_trial(each, name, windows, sigma, seed)))
    return {
        "n": len(lists),
        "seeds": chosen.seeds,
        "window": windows.size,
        "step": windows.step,
        "deals": windows.deals,
        "sigmas": {f"{sigma:g}": _figures({name: trials[sigma, name] for name in _COMPARED}) for sigma in chosen.sigma},
    }


def _work(sigmas: Sequence[float], seeds: int) -> Iterator[tuple[float, int]]:
    for sigma in sigmas:
        for seed in range(seeds):
            yield sigma, seed


async def _trial(each: RankingList, name: ScheduleName, windows: Windows, sigma: float, seed: int) -> _Trial:
    stage = FirstStage.read(each.query, each.passages)
    judge = SimulatedJudge({key: max(0, grade) for key, grade in each.grades.items()}, sigma=sigma, seed=seed)
    schedule = start(name, stage.order, windows)
    minutes = await Panel(judge, strict=True).run(stage, schedule, top_n=10, meter=Meter(budget=Budget()))
    settled = Scoring().settle(minutes.order, minutes.orders, stage)

    def score(order: Sequence[int]) -> float:
        return ndcg([stage.passages[index].id for index in order], each.grades, 10)

    return _Trial(
        ndcg=score(settled.order), windows_ndcg=score(minutes.order), rounds=minutes.rounds, calls=minutes.asked
    )


def _figures(trials: Mapping[ScheduleName, Sequence[_Trial]]) -> dict[str, object]:
    base = [trial.ndcg for trial in trials[_BASE]]
    figures: dict[str, object] = {}
    for name, done in trials.items():
        scores = [trial.ndcg for trial in done]
        found = paired_bootstrap(base, scores)
        figures[name] = {
            "ndcg@10": mean(scores),
            "windows_ndcg@10": mean([trial.windows_ndcg for trial in done]),
            "minus_sliding": {"difference": found.difference, "low": found.low, "high": found.high},
            "rounds_mean": mean([float(trial.rounds) for trial in done]),
            "rounds_max": max(trial.rounds for trial in done),
            "calls_mean": mean([float(trial.calls) for trial in done]),
        }
    return figures


def _noise(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no noise from 0 upwards")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--candidates", type=Path, required=True, help="JSON lines of {qid, query, candidates[]}")
    options.add_argument("--qrels", type=Path, required=True, help="JSON lines of {qid, docid, grade}")
    options.add_argument(
        "--sigma", type=_noise, nargs="+", default=list(_SIGMAS), help="deviations of the noise, in grades"
    )
    options.add_argument("--seeds", type=positive, default=4, help="draws of the noise for each list")
    options.add_argument("--window", type=positive, default=20)
    options.add_argument("--step", type=positive, default=10)
    options.add_argument("--deals", type=positive, default=1, help="windows of a round that judge an item: 1 or 2")
    options.add_argument("--limit", type=positive, default=None, help="only the first so many lists")
    return run("schedules", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
