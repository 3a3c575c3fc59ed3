"""Several forgettings one after the other: how far the network drifts from one that never learnt any of it.

    python -P -m questline.training.benchmarks.unlearning_drift --data lastfm.jsonl.gz --json drift.json

After each batch all clicks that were forgotten so far are asked for, and the last clicks of untouched sessions, of the
unlearnt network and of one that was trained without them all.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import Progress

from questline.tools.recommendation.neural.nets import ItemNet
from questline.tools.recommendation.unlearning.approximate import Limits
from questline.tools.recommendation.unlearning.forgetting import forget_clicks, left_of
from questline.tools.recommendation.unlearning.samples import Sample, samples_of
from questline.tools.recommendation.unlearning.ways import WAYS
from questline.training.evaluation.trained_unlearning import TrainedUnlearningSuite
from questline.training.recommender.forgetting_metrics import membership_auc
from questline.training.recommender.forgetting_trial import Trial, copy_of
from questline.training.recommender.model_cache import ModelCache
from questline.training.recommender.ranks import at_depths
from questline.training.recommender.request_sets import drawn
from questline.training.recommender.told import Told, tell

from .harness import parser, positive, run

__all__ = ["main", "measure"]

_COMPARED: Final = 300


def measure(options: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return what each batch left, in order."""
    suite = TrainedUnlearningSuite(
        data=options.data, models=options.models, model=options.model, requests=options.requests, limit=options.sessions
    )
    suite.load()
    world = suite.world
    task = bar.add_task("batches", total=options.batches)
    first = Trial(**world.trial(), clicks={}, cache=ModelCache(options.models), settings=suite.settings, seed=0)
    net, learnt = copy_of(first.original.net), dict(world.learnt)
    gone: dict[int, set[int]] = {}
    asked: list[Sample] = []
    rows: list[dict[str, Any]] = []
    for batch in range(options.batches):
        clicks = drawn({n: [str(item) for item in items] for n, items in learnt.items()}, options.requests, batch)
        asked += samples_of(learnt, clicks)
        found = forget_clicks(
            net,
            learnt,
            clicks,
            unlearnt=[world.watched[n] for n in sorted(world.watched.keys() - clicks.keys() - gone.keys())],
            way=WAYS[options.method],
            rehearsal=first.rehearsal if WAYS[options.method].forgets else None,
            limits=Limits(),
            seed=batch,
        )
        learnt = left_of(learnt, clicks)
        for number, places in clicks.items():
            gone.setdefault(number, set()).update(places)
        trained = Trial(
            **world.trial(learnt), clicks={}, cache=ModelCache(options.models), settings=suite.settings, seed=0
        ).original
        others = [
            Sample(before=tuple(learnt[at]), item=items[-1]) for at, items in enumerate(world.full) if at not in gone
        ]
        named = {"original": first.original.net, "unlearnt": net, "retrained": trained.net}
        told = {name: (_tell(each, asked), _tell(each, others)) for name, each in named.items()}
        row: dict[str, Any] = {"batch": batch + 1, "forgotten": len(asked), "status": found.status}
        for name, (mine, rest) in told.items():
            row[f"hit_u_{name}"] = _mean(at_depths(rank)["hr@10"] for rank in mine.ranks)
            row[f"ndcg@10_{name}"] = _mean(at_depths(rank)["ndcg@10"] for rank in rest.ranks)
            row[f"auc_{name}"] = membership_auc(mine.own, rest.own[:_COMPARED])
        row["kl"] = _mean(kl for kl, _ in told["unlearnt"][0].against(told["retrained"][0]))
        row |= {"seconds": found.seconds, "retrain_seconds": trained.seconds, "steps": len(found.steps)}
        rows.append(row)
        bar.advance(task)
    return {"model": options.model, "method": options.method, "requests": options.requests, "batches": rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with the given words; return the exit code."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, required=True, help="JSON lines of sessions, plain or .gz")
    options.add_argument("--model", choices=("sasrec", "gru4rec", "bert4rec"), default="sasrec", help="which network")
    options.add_argument("--method", choices=sorted(WAYS), default="cau", help="how it unlearns")
    options.add_argument("--requests", default="clicks:0.02", help="what each batch forgets")
    options.add_argument("--batches", type=positive, default=4, help="how many")
    options.add_argument("--sessions", type=positive, help="first so many sessions of the file")
    options.add_argument(
        "--models", type=Path, default=Path(".questline/eval/recommenders"), help="where networks are kept"
    )
    return run("unlearning_drift", options, measure, arguments)


def _tell(net: ItemNet, samples: Sequence[Sample]) -> Told:
    return tell(net, samples, frozenset(), negatives=0, seed=0, compared=_COMPARED)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


if __name__ == "__main__":
    raise SystemExit(main())
