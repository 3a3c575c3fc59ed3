"""`agents train ranker-lists`: lists of passages to learn an order from, and a teacher's orders of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline import cli_train_lists as shared
from questline.cli_options import BaseUrl, Config, Model, command

if TYPE_CHECKING:
    from questline.training.reasoning_ranker.lists import TaughtList

__all__ = ["lists"]

lists = command("ranker-lists", help="Make lists to learn an order from: {id, query, passages[], grades, …}.")
Out = Annotated[Path, typer.Option(metavar="F", help="File of lists to write, JSON lines.")]


@lists.command(epilog="No model is asked: a teacher that knows each world reasons and orders.")
def worlds(
    out: Out,
    count: Annotated[int, typer.Option(metavar="N", help="Lists.")] = 4000,
    shape: shared.Shape = "tiny",
    passages: shared.Passages = 4,
    nouns: shared.Nouns = 12,
    attributes: shared.Attributes = 4,
    towns: shared.Towns = 0,
    one_thing: Annotated[
        bool, typer.Option("--one-thing", help="All passages on the thing asked for; with --outdated 0.")
    ] = False,
    outdated: Annotated[float, typer.Option(metavar="X", help="Share of lists with an outdated passage.")] = 0.5,
    two: shared.Two = 0.0,
    held_out: shared.Held = None,
    seed: shared.Seed = 0,
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
    documents: shared.Corpus,
    questions: shared.Questions,
    out: Out,
    passages: shared.Passages = 20,
    hard: shared.Hard = 0.7,
    limit: shared.Limit = None,
    held_out: shared.Held = None,
    seed: shared.Seed = 0,
    cache: shared.Cache = Path(".questline") / "train",
) -> None:
    """Search a corpus for questions that name their support: what answers among what only looks like it."""
    found = shared.found_lists(documents, questions, cache, passages=passages, hard=hard, seed=seed, limit=limit)
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
    passage_tokens: shared.PassageTokens = 300,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N lists.")] = None,
    at_once: Annotated[int, typer.Option(metavar="N", help="Lists side by side.")] = 4,
    budget: shared.Spends = "unlimited",
    resume: shared.Resume = False,
    held_out: shared.Held = None,
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
    kept = shared.shown_teaching(lambda hears: teach(order, hears))
    _held(held_out, kept)
    print(f"{len(kept)} taught lists are in {out / LISTS}.")


def _write(out: Path, held_out: Path | None, found: Sequence[TaughtList]) -> None:
    from questline.training.reasoning_ranker.lists import write_lists

    write_lists(out, found)
    _held(held_out, found)
    print(f"{len(found)} lists are in {out}.")


def _held(path: Path | None, found: Sequence[TaughtList]) -> None:
    from questline.training.reasoning_ranker.lists import held_out_rows

    shared.hold_out(path, found, lambda each: each.query, held_out_rows)
