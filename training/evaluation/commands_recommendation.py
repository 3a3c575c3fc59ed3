"""The suites over sessions of clicks: `recommendation` and `unlearning`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_options import Kept, Sample
from .option_groups import spread
from .suite_runs import one_of, run_suite, unless

__all__ = ["recommendation", "unlearning"]


@spread
def recommendation(
    *,
    train: Annotated[
        Path, typer.Option(help="Sessions to learn from: JSON lines of [item, …], {id, items} or clicks, plain or .gz.")
    ],
    test: Annotated[Path, typer.Option(help="Sessions whose clicks are to be told; with --split last the same file.")],
    method: Annotated[
        str, typer.Option(help="embedded, its halves neighbours and transitions, last, or popularity.")
    ] = "embedded",
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
    from questline.training.recommender.methods import METHODS
    from questline.training.recommender.splits import SPLITS

    from .suites.recommendation import RecommendationSuite

    chosen, parted = one_of("method", method, METHODS), one_of("split", split, SPLITS)
    given = {"train": train, "test": test, "method": unless("embedded", method), "split": unless("sessions", split)}
    run_suite(
        "recommendation",
        lambda _: RecommendationSuite(
            train=train,
            test=test,
            method=chosen,
            split=parted,
            exclude_seen=exclude_seen,
            limit=sample.limit,
            seed=sample.seed,
        ),
        kept,
        given={**given, "limit": sample.limit, "exclude_seen": exclude_seen},
        seed=sample.seed,
    )


@spread
def unlearning(
    *,
    data: Annotated[Path, typer.Option(help="Sessions: JSON lines of [item, …], {id, items} or clicks, plain or .gz.")],
    method: Annotated[
        str, typer.Option(help="exact, retrain (never learnt), or original (nothing is forgotten).")
    ] = "exact",
    requests: Annotated[
        str, typer.Option(help="clicks:SHARE (one click each of so many sessions), sessions:N or items:N.")
    ] = "clicks:0.01",
    seeds: Annotated[int, typer.Option(min=1, help="How often clicks are drawn.")] = 3,
    kept: Kept,
) -> None:
    """Forget, and compare with never having learnt: utility, hits, membership, divergence, time."""
    from .suites.unlearning import METHODS, UnlearningSuite

    chosen = one_of("method", method, METHODS)
    run_suite(
        "unlearning",
        lambda _: UnlearningSuite(data=data, method=chosen, requests=requests, seeds=seeds),
        kept,
        given={"data": data, "method": method, "requests": requests, "seeds": seeds},
    )
