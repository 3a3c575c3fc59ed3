"""The suites over sessions of clicks: `recommendation` and `unlearning`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline.errors import UsageError, require

from .command_options import Kept, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, shown_phases, unless

if TYPE_CHECKING:
    from questline.tools.recommendation.neural.config import Kind

    from .suites.recommendation import RecommendationSuite
    from .suites.unlearning import UnlearningSuite
    from .trained_unlearning import TrainedUnlearningSuite

__all__ = ["recommendation", "unlearning"]


@spread
def recommendation(
    *,
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
    sample: Sample,
    kept: Kept,
) -> None:
    """Tell the next clicks of sessions: HR, NDCG, MRR among all items, and among 500 random ones, marked as biased."""
    from questline.tools.recommendation.neural.config import KINDS
    from questline.training.recommender.methods import METHODS, NETWORKS
    from questline.training.recommender.splits import SPLITS

    from .suites.recommendation import RecommendationSuite

    method = method or ("embedded" if model is None else "trained")
    one_of("method", method, (*METHODS, *NETWORKS, *KINDS))
    kind = one_of("method", method, KINDS) if method in KINDS else None
    if model is not None and method not in NETWORKS:
        raise UsageError(f"--method {method} reads no --model", code="bad_param", argument="model")
    suite = RecommendationSuite(
        train=train,
        test=test,
        method="trained" if kind else one_of("method", method, (*METHODS, *NETWORKS)),
        model=model,
        split=one_of("split", split, SPLITS),
        exclude_seen=exclude_seen,
        limit=sample.limit,
        seed=sample.seed,
    )
    if kind:
        suite.model = _network(suite, kind, kept.cache)
    given = {"train": train, "test": test, "method": unless("embedded", method), "model": model}
    run_suite(
        "recommendation",
        lambda _: suite,
        kept,
        given={
            **given,
            "split": unless("sessions", split),
            "limit": sample.limit,
            "exclude_seen": exclude_seen,
        },
        seed=sample.seed,
    )


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


@spread
def unlearning(
    *,
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
        Path | None,
        typer.Option(metavar="DIR", help="Where trained networks are kept, for all methods; in the cache as it comes."),
    ] = None,
    kept: Kept,
) -> None:
    """Forget, and compare with never having learnt: utility, hits, membership, divergence, time."""
    from questline.tools.recommendation.neural import KINDS

    chosen = one_of("model", model, ("embedded", *KINDS))
    where = models or kept.cache / "recommenders"

    def build(_: object) -> UnlearningSuite | TrainedUnlearningSuite:
        if chosen == "embedded":
            return _embedded(data, method or "exact", requests, seeds, sessions, categories)
        require("torch", feature="unlearning from a network")
        from .trained_unlearning import TrainedUnlearningSuite

        return TrainedUnlearningSuite(
            data=data,
            models=where,
            model=chosen,
            method=method or "cau",
            requests=requests,
            seeds=seeds,
            categories=categories,
            limit=sessions,
        )

    given = {"data": data, "model": unless("embedded", model), "method": method, "requests": requests}
    given |= {"seeds": seeds, "sessions": sessions, "categories": categories}
    run_suite("unlearning", build, kept, given=given)


def _embedded(
    data: Path, method: str, requests: str, seeds: int, sessions: int | None, categories: Path | None
) -> UnlearningSuite:
    from .suites.unlearning import METHODS, UnlearningSuite

    chosen = one_of("method", method, METHODS)
    return UnlearningSuite(
        data=data, method=chosen, requests=requests, seeds=seeds, limit=sessions, categories=categories
    )
