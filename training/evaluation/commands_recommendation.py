"""The suites over sessions of clicks: `recommendation` and `unlearning`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from questline.errors import UsageError, require

from .command_options import CacheFolder, Fresh, JsonFile, Limit, NoItems, Seed, command_line, run_suite, shown_phases
from .items import CACHE

if TYPE_CHECKING:
    from questline.tools.recommendation.neural.config import Kind
    from questline.tools.retrieval.report import Progress as Hears

    from .suites.recommendation import RecommendationSuite
    from .suites.unlearning import UnlearningSuite
    from .suites.unlearning_trained import TrainedUnlearningSuite

__all__ = ["recommendation", "unlearning"]


def recommendation(
    train: Annotated[
        Path, typer.Option(help="Sessions to learn from: JSON lines of [item, …], {id, items} or clicks, plain or .gz.")
    ],
    test: Annotated[Path, typer.Option(help="Sessions whose clicks are to be told; with --split last the same file.")],
    method: Annotated[
        str | None,
        typer.Option(
            help="embedded (as it comes), its halves neighbours and transitions, last, popularity; "
            "with --model: trained (as it comes) or hybrid; gru4rec, sasrec or bert4rec learns one first, and keeps it."
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What `agents train recommender` made of --train.")
    ] = None,
    split: Annotated[
        str, typer.Option(help="sessions: every click after the first. last: the last one, which is not learnt.")
    ] = "sessions",
    exclude_seen: Annotated[
        bool, typer.Option("--exclude-seen", help="Items of the session itself are not recommended.")
    ] = False,
    limit: Limit = None,
    seed: Seed = 0,
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Tell the next clicks of sessions: HR, NDCG, MRR among all items, and among 500 random ones, marked as biased."""
    from questline.tools.recommendation.neural.config import KINDS
    from questline.training.recommender.methods import METHODS, NETWORKS, Method
    from questline.training.recommender.splits import SPLITS, Split

    from .suites.recommendation import RecommendationSuite

    method = method or ("embedded" if model is None else "trained")
    for option, value, known in (("method", method, (*METHODS, *NETWORKS, *KINDS)), ("split", split, SPLITS)):
        if value not in known:
            raise UsageError(f"{option} {value!r} is not one of {', '.join(known)}", code="bad_param", argument=option)

    if model is not None and method not in NETWORKS:
        raise UsageError(f"--method {method} reads no --model", code="bad_param", argument="model")

    suite = RecommendationSuite(
        train=train,
        test=test,
        method="trained" if method in KINDS else cast("Method", method),
        model=model,
        split=cast("Split", split),
        exclude_seen=exclude_seen,
        limit=limit,
        seed=seed,
    )

    def build(indexing: Hears) -> RecommendationSuite:
        del indexing
        return suite

    if method in KINDS:
        suite.model = _network(suite, method, cache)
    told = {"train": train, "test": test, "method": None if method == "embedded" else method, "model": model}
    told |= {"split": None if split == "sessions" else split, "limit": limit}
    command = command_line("recommendation", told, seed) + (" --exclude-seen" if exclude_seen else "")
    options = {"cache": cache, "seed": seed, "fresh": fresh, "command": command}
    run_suite(build, options, json_file=json_file, items=not no_items)


def _network(suite: RecommendationSuite, kind: Kind, cache: Path) -> Path:
    """Learn a network for a suite, once; what the suite would refuse is refused before."""
    from dataclasses import replace

    from questline.errors import require

    replace(suite, method="popularity").load()
    require("torch", feature=f"the method {kind}")
    from questline.training.recommender.on_demand import learnt_network

    with shown_phases() as hears:
        return learnt_network(
            kind,
            suite.train,
            split=suite.split,
            exclude_seen=suite.exclude_seen,
            seed=suite.seed,
            cache=cache,
            hears=hears,
        )


def unlearning(
    data: Annotated[Path, typer.Option(help="Sessions: JSON lines of [item, …], {id, items} or clicks, plain or .gz.")],
    model: Annotated[
        str, typer.Option(help="embedded, or a network that is trained for it: sasrec, gru4rec or bert4rec.")
    ] = "embedded",
    method: Annotated[
        str | None,
        typer.Option(
            help="original (nothing is forgotten), retrain (never learnt); embedded: exact, the default; networks: "
            "cau, the default, cau-… for its orders and ablations, sisa, ga, gd, npo, finetune."
        ),
    ] = None,
    requests: Annotated[
        str,
        typer.Option(help="clicks:SHARE (one click each of so many sessions), sessions:N, items:N or categories:N."),
    ] = "clicks:0.01",
    seeds: Annotated[int, typer.Option(min=1, help="How often clicks are drawn.")] = 3,
    sessions: Annotated[int | None, typer.Option(min=1, help="First so many sessions of the file.")] = None,
    categories: Annotated[
        Path | None, typer.Option(help="JSON lines of {item, categories}, for requests of categories.")
    ] = None,
    models: Annotated[
        Path, typer.Option(metavar="DIR", help="Where trained networks are kept, for all methods.")
    ] = CACHE / "recommenders",
    json_file: JsonFile = None,
    no_items: NoItems = False,
    cache: CacheFolder = CACHE,
    fresh: Fresh = False,
) -> None:
    """Forget, and compare with never having learnt: utility, hits, membership, divergence, time."""
    from questline.tools.recommendation.neural import KINDS

    if model not in ("embedded", *KINDS):
        known = ", ".join(("embedded", *KINDS))
        raise UsageError(f"model {model!r} is not one of {known}", code="bad_param", argument="model")

    def build(indexing: Hears) -> UnlearningSuite | TrainedUnlearningSuite:
        del indexing
        if model == "embedded":
            return _embedded(data, method or "exact", requests, seeds, sessions, categories)
        require("torch", feature="unlearning from a network")
        from .suites.unlearning_trained import TrainedUnlearningSuite

        return TrainedUnlearningSuite(
            data=data,
            models=models,
            model=model,
            method=method or "cau",
            requests=requests,
            seeds=seeds,
            categories=categories,
            limit=sessions,
        )

    told = {"data": data, "model": None if model == "embedded" else model, "method": method}
    told |= {"requests": requests, "seeds": seeds, "sessions": sessions, "categories": categories}
    options = {"cache": cache, "seed": 0, "fresh": fresh, "command": command_line("unlearning", told, 0)}
    run_suite(build, options, json_file=json_file, items=not no_items)


def _embedded(
    data: Path, method: str, requests: str, seeds: int, sessions: int | None, categories: Path | None
) -> UnlearningSuite:
    from .suites.unlearning import METHODS, UnlearningSuite

    if method not in METHODS:
        known = ", ".join(METHODS)
        raise UsageError(f"method {method!r} is not one of {known}", code="bad_param", argument="method")
    return UnlearningSuite(
        data=data, method=method, requests=requests, seeds=seeds, limit=sessions, categories=categories
    )
