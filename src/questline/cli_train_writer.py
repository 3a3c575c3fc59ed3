"""`agents train greeting-pairs` and `agents train judge-principles`: the loops behind the writer's rewards."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from questline.cli_options import BaseUrl, Config, Model, command
from questline.cli_train import shown_progress

if TYPE_CHECKING:
    from questline.training.recipe import Hears
    from questline.training.writer.calls import AgentCost

__all__ = ["pairs", "principles"]

pairs = command("greeting-pairs")
principles = command("judge-principles")
_EPILOG = (
    "Ctrl-C ends after the calls that run; the same command with --resume goes on from there, and asks nothing again "
    "that was answered, also after a kill. What each agent cost is in DIR/costs.json, each answer in DIR/calls.sqlite."
)
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: calls, costs, report, results.")]
Spend = Annotated[
    str,
    typer.Option(
        metavar="B", help="What all runs in DIR may spend together: unlimited, or calls=500,tokens=300000,usd=2."
    ),
]
AtOnce = Annotated[int, typer.Option(metavar="N", help="Requests side by side.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")]


@pairs.command(epilog=f"{_EPILOG} The pairs are DIR/pairs.jsonl, all verdicts DIR/verdicts.jsonl.")
def make(
    queries: Annotated[Path, typer.Option(metavar="F", help="JSON lines of {query, candidates?}.")],
    out: Out,
    corpus: Annotated[
        Path | None, typer.Option(metavar="F", help="Your examples: JSON lines of {query, text, popularity?}.")
    ] = None,
    held_out: Annotated[
        Path | None, typer.Option(metavar="F", help="Texts that the pairs should not hold, for the report of leaks.")
    ] = None,
    drafts: Annotated[int, typer.Option(metavar="N", help="Texts to write a query.")] = 4,
    k_search: Annotated[int, typer.Option(metavar="N", help="Nearest examples, of which the popular are shown.")] = 20,
    k_final: Annotated[int, typer.Option(metavar="N", help="Examples shown.")] = 3,
    match: Annotated[
        Literal["within", "quantile", "none"],
        typer.Option(help="Keep pairs within 5 characters, or as many with the longer text chosen as rejected."),
    ] = "within",
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N queries.")] = None,
    at_once: AtOnce = 4,
    budget: Spend = "unlimited",
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at an answer that cannot be read, even after repair and retry.")
    ] = False,
    resume: Resume = False,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
) -> None:
    """Turn queries into pairs of an accepted and a rejected greeting, by a team of critics, a judge and a reflector."""
    from questline.budget import Budget
    from questline.settings import load_settings
    from questline.training.writer.pairs_loop import Order, make_pairs

    order = Order(
        queries=queries,
        out=out,
        corpus=corpus,
        held_out=held_out,
        drafts=drafts,
        k_search=k_search,
        k_final=k_final,
        matching=match,
        limit=limit,
        at_once=at_once,
        settings=load_settings(file=config, flags={"model": model, "base_url": base_url}),
        budget=Budget.parse(budget),
        strict=strict,
        resume=resume,
    )
    with _kept() as hears:
        made = make_pairs(order, hears)
    for name, value in made.report.items():
        if isinstance(value, int | str):
            print(f"{name:<15} {value}")
    for name in ("pairs_all", "pairs"):
        told = made.report[name]
        if isinstance(told, dict):
            print(f"{name:<15} " + (", ".join(f"{key} {value:.3g}" for key, value in told.items()) or "none"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # because the report is JSON
    _show_costs(made.costs)
    if made.report["lengths_tell"]:
        print("Lengths alone still tell chosen from rejected; --match quantile balances them.", file=sys.stderr)
    print(f"{len(made.pairs)} pairs are in {out / 'pairs.jsonl'}.")


@principles.command(
    epilog=f"{_EPILOG} The rules are DIR/judge.json, all versions DIR/rules, each proposal DIR/history.jsonl."
)
def evolve(
    labelled: Annotated[
        Path,
        typer.Option(
            metavar="F", help="JSON lines of {query, text, good} or of pairs; cut by query where no other set is given."
        ),
    ],
    out: Out,
    gate: Annotated[
        Path | None, typer.Option(metavar="F", help="The set that an edit must not do worse on; else 2/5 of F.")
    ] = None,
    test: Annotated[Path | None, typer.Option(metavar="F", help="The set of the last figure; else 1/5 of F.")] = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="F", help="Rules to start from; else six of the shipped ones.")
    ] = None,
    iterations: Annotated[int, typer.Option(metavar="N", help="Rounds of the game.")] = 5,
    generated: Annotated[int, typer.Option(metavar="N", help="Bad texts a round.")] = 4,
    reflected: Annotated[int, typer.Option(metavar="N", help="Labelled texts a round.")] = 4,
    panel: Annotated[int, typer.Option(metavar="N", help="Queries on which generators are compared.")] = 8,
    no_gate: Annotated[
        bool, typer.Option("--no-gate", help="Keep each edit, as published, and only measure: for comparison.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draws.")] = 0,
    at_once: AtOnce = 4,
    budget: Spend = "unlimited",
    resume: Resume = False,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
) -> None:
    """Improve the rules of a judge by a game against a writer of bad texts, each edit held to texts it never saw."""
    from questline.budget import Budget
    from questline.settings import load_settings
    from questline.training.writer.principles_loop import Game
    from questline.training.writer.principles_run import Order, evolve_principles

    order = Order(
        labelled=labelled,
        out=out,
        gate=gate,
        test=test,
        rules=rules,
        game=Game(
            iterations=iterations,
            generated=generated,
            labelled=reflected,
            panel=panel,
            gate=not no_gate,
            seed=seed,
            at_once=at_once,
        ),
        settings=load_settings(file=config, flags={"model": model, "base_url": base_url}),
        budget=Budget.parse(budget),
        resume=resume,
    )
    with _kept() as hears:
        outcome = evolve_principles(order, hears)
    found = outcome.evolution
    shown = " → ".join(f"{value:.3f}" for value in found.gate_by_iteration)
    print(f"gate set, length-matched balanced accuracy: {shown}")
    for name, figures in (("before", found.before), ("after", found.after)):
        print(
            f"third set, {name}: {figures.balanced_length_matched:.3f} on {figures.n_matched} length-matched pairs, "
            f"{figures.balanced:.3f} on all {figures.n} texts"
        )
    print(f"{found.proposals} edits proposed, {found.accepted} kept; {len(found.judge.principles)} rules.")
    _show_costs(outcome.costs)
    print(f"The rules are {out / 'judge.json'}, version {found.judge.version}.")


@contextmanager
def _kept() -> Generator[Hears]:
    with shown_progress() as hears:
        try:
            yield hears
        except KeyboardInterrupt:
            print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            raise


def _show_costs(costs: Sequence[AgentCost]) -> None:
    width = max((len(cost.agent) for cost in costs), default=5)
    print(f"{'agent':<{width}}  requests  tokens in  tokens out       usd  unread  lost")
    for cost in costs:
        print(
            f"{cost.agent:<{width}}  {cost.requests:>8,}  {cost.tokens_in:>9,}  {cost.tokens_out:>10,}  "
            f"{cost.usd:>8.4f}  {cost.unread:>6}  {cost.lost:>4}"
        )
