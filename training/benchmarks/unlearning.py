"""All ways to unlearn from a trained network in one table, held against the network that never learnt the clicks.

    python -P -m questline.training.benchmarks.unlearning --data lastfm.jsonl.gz --requests clicks:0.05 --json out.json

What `agents eval unlearning --model …` measures for one method, for many over the same networks. Times are of the
processor, on one thread, so that a retraining and a forgetting can be compared on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rich.progress import Progress

from questline.errors import UsageError
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.items import Item
from questline.training.evaluation.trained_unlearning import TrainedUnlearningSuite
from questline.training.recommender.forgetting_chance import against, chances
from questline.training.recommender.forgetting_picture import forgetting_picture
from questline.training.recommender.forgetting_trial import METHODS

from .harness import natural, parser, positive, run

__all__ = ["main", "measure"]

_DEFAULT: Final = [name for name in METHODS if name not in {"retrain-again", "sisa", "sisa-original"}]
_HELD_AGAINST: Final = ("cau", "retrain-again")
_WHOSE: Final = {"ndcg@10": "asked", "hit_u_full": "users", "hit_u_500": "users"}
_KINDS: Final = ("sasrec", "gru4rec", "bert4rec")


def measure(options: argparse.Namespace, bar: Progress) -> Mapping[str, object]:
    """Return the measures of each method, and write the picture where one is asked for."""
    methods = cast("str", options.methods).split(",") if options.methods else _DEFAULT
    if unknown := sorted(set(methods) - set(METHODS)):
        known = ", ".join(METHODS)
        raise UsageError(f"method {unknown[0]!r} is not one of {known}", code="bad_param", argument="--methods")
    task = bar.add_task("unlearning", total=len(methods) * options.seeds)
    shared: dict[tuple[int, str], object] = {}
    found: dict[str, Any] = {}
    told: dict[str, list[Item]] = {}
    facts: dict[str, object] = {}
    for method in methods:
        suite = TrainedUnlearningSuite(
            data=options.data,
            models=options.models,
            model=options.model,
            method=method,
            requests=options.requests,
            seeds=options.seeds,
            first=options.first_seed,
            categories=options.categories,
            limit=options.sessions,
            shared=shared,
        )
        items = told[method] = asyncio.run(_items(suite, lambda: bar.advance(task)))
        summary = suite.summarize(items)
        found[method] = {
            **summary.metrics,
            "intervals": {
                name: bootstrap_interval(values, clusters=_users(items, name))
                for name, values in summary.means.items()
                if values
            },
            "chance": chances(items),
            "status": [cast("dict[str, Any]", item.prediction).get("status") for item in items],
        }
        facts = {"network": suite.identity()["options"]}
    for method, items in told.items():
        found[method]["against"] = {
            name: against(items, told[name]) for name in _HELD_AGAINST if name in told and name != method
        }
    if options.picture is not None and "retrain" in found:
        points = {name: (each["hit_u_full"], each["ndcg@10"]) for name, each in found.items()}
        title = f"{options.model} on {options.data.name.split('.')[0]}: {options.requests} forgotten"
        options.picture.write_text(forgetting_picture(points, title=title), encoding="utf-8")
    return {
        "model": options.model,
        "requests": options.requests,
        "seeds": options.seeds,
        "first_seed": options.first_seed,
        "methods": found,
        **facts,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark with the given words; return the exit code."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, required=True, help="JSON lines of sessions, plain or .gz")
    options.add_argument("--categories", type=Path, help="JSON lines of {item, categories}")
    options.add_argument("--model", choices=_KINDS, default="sasrec", help="which network")
    options.add_argument("--requests", default="clicks:0.05", help="what is forgotten, as in `agents eval unlearning`")
    options.add_argument("--seeds", type=positive, default=3, help="how often clicks are drawn")
    options.add_argument("--first-seed", type=natural, default=0, help="seeds count up from here")
    options.add_argument("--sessions", type=positive, help="first so many sessions of the file")
    options.add_argument("--methods", help="names with commas between; all but those that train several networks")
    options.add_argument(
        "--models", type=Path, default=Path(".questline/eval/recommenders"), help="where networks are kept"
    )
    options.add_argument("--picture", type=Path, help="where the picture is written (SVG)")
    return run("unlearning", options, measure, arguments)


def _users(items: Sequence[Item], name: str) -> list[str]:
    """Return whose each value of a mean is; nobody's for what only the first requests are asked for."""
    if (key := _WHOSE.get(name)) is None:
        return []
    return [str(each) for item in items for each in cast("Mapping[str, list[int]]", item.prediction)[key]]


async def _items(suite: TrainedUnlearningSuite, hear: Any) -> list[Item]:
    found: list[Item] = []
    rows = suite.load()
    async with suite.open():
        for row in rows:
            made = await suite.run(row)
            found.append(
                Item(
                    id=suite.identify(row),
                    prediction=made.prediction,
                    scores=dict(made.scores),
                    cost=dict(made.cost),
                    labels=dict(made.labels),
                )
            )
            hear()
    return found


if __name__ == "__main__":
    raise SystemExit(main())
