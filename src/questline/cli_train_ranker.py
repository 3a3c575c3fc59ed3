"""`agents train ranker-lists`: lists of passages to learn an order from, and a teacher's orders of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from questline.cli_options import BaseUrl, Config, Model, command
from questline.cli_train import shown_progress

if TYPE_CHECKING:
    from questline.training.reasoning_ranker.lists import TaughtList

__all__ = ["Held", "Passages", "Seed", "lists"]

lists = command("ranker-lists", help="Make lists to learn an order from: {id, query, passages[], grades, …}.")
Out = Annotated[Path, typer.Option(metavar="F", help="File of lists to write, JSON lines.")]
Held = Annotated[
    Path | None,
    typer.Option(metavar="F", help="Also write the tenth that is held out, for `agents eval` with `--questions`."),
]
Passages = Annotated[int, typer.Option(metavar="N", help="Passages of a list or window.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Of the draws.")]


@lists.command(epilog="No model is asked: a teacher that knows each world reasons and orders.")
def worlds(
    out: Out,
    count: Annotated[int, typer.Option(metavar="N", help="Lists.")] = 4000,
    shape: Annotated[Literal["tiny", "wide"], typer.Option(help="Passages of a few words, or of sentences.")] = "tiny",
    passages: Passages = 4,
    nouns: Annotated[int, typer.Option(metavar="N", help="Things that there are, 4 to 48.")] = 12,
    attributes: Annotated[int, typer.Option(metavar="N", help="Properties of a thing, 2 to 6.")] = 4,
    towns: Annotated[int, typer.Option(metavar="N", help="Where those come from who ask, at most 24.")] = 0,
    one_thing: Annotated[
        bool, typer.Option("--one-thing", help="All passages on the thing asked for; with --outdated 0.")
    ] = False,
    outdated: Annotated[float, typer.Option(metavar="X", help="Share of lists with an outdated passage.")] = 0.5,
    two: Annotated[float, typer.Option(metavar="X", help="Share of questions that need two passages.")] = 0.0,
    held_out: Held = None,
    seed: Seed = 0,
) -> None:
    """Draw questions on small made-up worlds, with taught reasoning and orders."""
    from questline.training.reasoning_ranker.worlds import world_lists
    from questline.training.tuning.worlds import World

    world = World(
        seed=seed,
        shape=shape,
        passages=passages,
        nouns=nouns,
        attributes=attributes,
        outdated=outdated,
        towns=towns,
        one_thing=one_thing,
        kinds={"fact": 1.0 - two, "two": two},
    )
    _write(out, held_out, world_lists(world, count))


@lists.command(
    epilog="The corpus is indexed once a content; questions whose support it does not hold are left out. The lists "
    "have grades, no reasoning: they teach `ranker-grpo`, and `teach` makes them teach `ranker-sft`."
)
def corpus(
    documents: Annotated[
        Path, typer.Option("--corpus", metavar="F", help="JSON lines of {id, title, text}: what is searched.")
    ],
    questions: Annotated[Path, typer.Option(metavar="F", help="JSON lines of {id, question, support[], answer?}.")],
    out: Out,
    passages: Passages = 20,
    hard: Annotated[
        float, typer.Option(metavar="X", help="Share of the negatives that are the best found; others lie deeper.")
    ] = 0.7,
    limit: Annotated[int | None, typer.Option(metavar="N", help="So many questions, by a hash of their text.")] = None,
    held_out: Held = None,
    seed: Seed = 0,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the index.")] = Path(".questline") / "train",
) -> None:
    """Search a corpus for questions that name their support: what answers among what only looks like it."""
    from questline.training.reasoning_ranker.retrieved import Drawn, retrieved_lists

    drawn = Drawn(passages=passages, hard=hard, seed=seed)
    with shown_progress() as hears:
        found = retrieved_lists(documents, questions, cache, hears, drawn=drawn, limit=limit)
    _write(out, held_out, found)


@lists.command(
    epilog="Two requests a list: which passages help, given the gold answer; and reasoning with an order, without it. "
    "Kept in DIR/lists.jsonl where nDCG@10 of the order against the labels is at least --least; counts and costs are "
    "in DIR/report.json, each answer in DIR/calls.sqlite. Ctrl-C ends after the calls that run; --resume goes on, also "
    "after a kill, and asks nothing again that was answered."
)
def teach(
    data: Annotated[Path, typer.Option(metavar="F", help="Lists, as the other two commands make them.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: lists, report, calls.")],
    least: Annotated[float, typer.Option(metavar="X", help="Agreement of order and labels, nDCG@10.")] = 0.4,
    thoughts: Annotated[int, typer.Option(metavar="N", help="Tokens of the reasoning, at most.")] = 1024,
    passage_tokens: Annotated[int, typer.Option(metavar="N", help="Tokens of a passage shown, about.")] = 300,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N lists.")] = None,
    at_once: Annotated[int, typer.Option(metavar="N", help="Lists side by side.")] = 4,
    budget: Annotated[
        str,
        typer.Option(metavar="B", help="What all runs in DIR may spend: unlimited, or calls=500,tokens=300000,usd=2."),
    ] = "unlimited",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    held_out: Held = None,
    model: Model = None,
    base_url: BaseUrl = None,
    config: Config = None,
) -> None:
    """Let a language model label lists, reason and order, and keep those where its order agrees with its labels."""
    from questline.budget import Budget
    from questline.settings import load_settings
    from questline.training.reasoning_ranker.lists import read_lists
    from questline.training.reasoning_ranker.teacher import LISTS, Order, teach

    order = Order(
        lists=read_lists(data).kept[:limit],
        out=out,
        settings=load_settings(file=config, flags={"model": model, "base_url": base_url}),
        budget=Budget.parse(budget),
        least=least,
        thoughts=thoughts,
        passage_tokens=passage_tokens,
        at_once=at_once,
        resume=resume,
    )
    with shown_progress() as hears:
        try:
            taught = teach(order, hears)
        except KeyboardInterrupt:
            print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            raise
    for ending, count in taught.counts.items():
        print(f"{ending:<17} {count:>8,}")
    for cost in taught.costs:
        print(
            f"asked for {cost.agent:<7} {cost.requests:>8,} requests, {cost.tokens_in:,} tokens in, "
            f"{cost.tokens_out:,} out, {cost.usd:.4f} USD"
        )
    _held(held_out, taught.kept)
    print(f"{len(taught.kept)} taught lists are in {out / LISTS}.")


def _write(out: Path, held_out: Path | None, found: Sequence[TaughtList]) -> None:
    from questline.training.reasoning_ranker.lists import write_lists

    write_lists(out, found)
    _held(held_out, found)
    print(f"{len(found)} lists are in {out}.")


def _held(path: Path | None, found: Sequence[TaughtList]) -> None:
    from questline.training.reasoning_ranker.lists import held_out_rows
    from questline.training.tuning.rows import held_out

    if path is not None:
        held_out_rows(path, [each for each in found if held_out(each.query)])
