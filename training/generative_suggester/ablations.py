"""What each part of the loop brings, with a policy that is no language model: rows of one change each, over seeds.

    python -P -m questline.training.generative_suggester.ablations --json suggester_ablations.json

Users are made here by a known click model, so that every row can be told the truth: what users truly click of the last
policy's lists, on queries that were shown and on others; how far the slots' effects are from the true ones; how well
the model orders all suggestions of a query; how many clicks too many it expects of what the policy came to prefer; and
the error of DR where its effective size is at least 200.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from rich.progress import Progress

from questline.training.benchmarks.harness import parser, positive, run
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.pane_metrics import kendall

from .click_model import ClickModel, load_clicks
from .command import known_of
from .made import made_rows, pool
from .policy import TablePolicy, grown
from .rounds import ENOUGH, Order, RoundSettings, run_rounds
from .users import KnownUsers

__all__ = ["WAYS", "Shuffled", "main", "measured", "trial"]

WAYS: Final[dict[str, dict[str, Any]]] = {
    "whole": {},
    "no list shuffled": {"shuffle": 0.0},
    "no position tower": {"position": False},
    "not calibrated again": {"recalibrate": False},
    "no price of likeness": {"variety": 0.0},
    "no ensemble penalty": {"penalty": 0.0, "interval": 0.0},
    "shuffled clicks": {},
}


@dataclass(frozen=True, kw_only=True)
class Shuffled:
    """Users whose clicks are handed to other lists: as many in each slot, and nothing in them."""

    users: KnownUsers
    known: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])

    def clicks(self, query: str, options: Sequence[str], chance: random.Random) -> tuple[float, ...]:
        """Return the clicks that some list before got."""
        self.known.append(self.users.clicks(query, options, chance))
        return chance.choice(self.known)

    def chances(self, query: str, options: Sequence[str]) -> Any:
        """Return the truth."""
        return self.users.chances(query, options)


def trial(way: str, seed: int, *, rounds: int, impressions: int, folder: Path) -> dict[str, float]:
    """Run one loop and return what came of it.

    Args:
        way: Of `WAYS`.
        seed: Of users, data and draws.
        rounds: At most, where the way says nothing else.
        impressions: Of a round.
        folder: For the run.
    """
    rows = made_rows(seed=seed)
    _, held, documents = known_of(rows)
    pools = {row.query: pool(row.query) for row in rows if row.query not in held}
    users = KnownUsers(seed=seed)
    own: dict[str, Any] = {"rounds": rounds, "impressions": impressions, "seed": seed, **WAYS[way]}
    settings = RoundSettings(**own)
    order = Order(out=folder, pools=pools, held=held, documents=documents, settings=settings)
    begun = TablePolicy.imitating(rows, pool)
    asked = Shuffled(users=users) if way == "shuffled clicks" else users
    ended = run_rounds(order, begun, asked, lambda phase, done, total: None)
    last = load_clicks(folder / f"round-{len(ended.rounds)}" / "clicks.json")
    known = [
        (abs(one["after"]["dr"] / one["lists"]["after"]["shown"]["true clicks a list"] - 1), one["after"])
        for one in ended.rounds
    ]
    sure = [error for error, after in known if after["effective_size"] >= ENOUGH]
    first = ended.rounds[0]["lists"]["now"]["shown"]
    lists = _truth(ended.policy, sorted(pools), users, last)
    return {
        "true clicks, start": first["true clicks a list"],
        "true clicks, end": lists["truth"],
        "true clicks, held out": _truth(ended.policy, held, users, last)["truth"],
        "expected clicks, end": lists["expected"],
        "similarity, start": first["pairwise similarity"],
        "similarity, end": ended.rounds[-1]["lists"]["now"]["shown"]["pairwise similarity"],
        "slots off": max(abs(one - true) for one, true in zip(last.slots[:3], users.position, strict=False)),
        "kendall": _order(last, sorted(pools), users),
        "ece": float(last.figures["ece"]),
        "dr off": fmean(sure) if sure else float("nan"),
        "dr off, most": max(sure) if sure else float("nan"),
        "estimates": float(len(sure)),
        "rounds": float(len(ended.rounds)),
    }


def _truth(policy: Any, queries: Sequence[str], users: KnownUsers, model: ClickModel) -> dict[str, float]:
    asked = [query for query in queries for _ in range(max(1, 900 // len(queries)))]
    lists = list(zip(asked, grown(policy, asked, 3, seed="truth"), strict=True))
    return {
        "truth": fmean(float(users.chances(query, options).sum()) for query, options in lists),
        "expected": fmean(float(model.expected(query, options).sum()) for query, options in lists),
    }


def _order(model: ClickModel, queries: Sequence[str], users: KnownUsers) -> float:
    """Return Kendall's tau of expected and true relevance within a query, in the mean."""
    found: list[float] = []
    for query in queries:
        told = [float(model.log_odds(query, (option,))[0]) for option in pool(query)]
        true = [users.relevance(query, option) for option in pool(query)]
        found.append(kendall(told, true) or 0.0)
    return fmean(found)


def measured(arguments: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return for each way the mean of each figure over the seeds, with the 95 % interval where it says more."""
    task = bar.add_task("loops", total=len(arguments.ways) * arguments.seeds)
    found: dict[str, object] = {}
    base: list[dict[str, float]] = []
    for way in arguments.ways:
        trials: list[dict[str, float]] = []
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
            with tempfile.TemporaryDirectory() as folder:
                told = trial(
                    way, seed, rounds=arguments.rounds, impressions=arguments.impressions, folder=Path(folder) / "run"
                )
            trials.append(told)
            bar.advance(task)
        base = base or trials
        found[way] = _summary(trials, base)
    return {"ways": found, "seeds": arguments.seeds, "rounds": arguments.rounds, "impressions": arguments.impressions}


def _summary(trials: Sequence[Mapping[str, float]], base: Sequence[Mapping[str, float]]) -> dict[str, object]:
    told: dict[str, object] = {}
    for name in trials[0]:
        values = [each[name] for each in trials if each[name] == each[name]]
        told[name] = round(fmean(values), 4) if values else None
    gain = [each["true clicks, end"] - each["true clicks, start"] for each in trials]
    change = [each["true clicks, end"] - first["true clicks, end"] for each, first in zip(trials, base, strict=True)]
    over = [each["expected clicks, end"] / each["true clicks, end"] - 1 for each in trials]
    for name, values in (("gain", gain), ("change to the whole", change), ("expected too much", over)):
        low, high = bootstrap_interval(values)
        told[name] = {"mean": round(fmean(values), 4), "low": round(low, 4), "high": round(high, 4)}
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return the exit code."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=positive, default=3)
    options.add_argument("--first-seed", type=int, default=0)
    options.add_argument("--rounds", type=positive, default=3)
    options.add_argument("--impressions", type=positive, default=1200)
    options.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    return run("ablations", options, measured, arguments, package="questline.training.generative_suggester")


if __name__ == "__main__":
    sys.exit(main())
