"""`agents train selector-lists`: windows of passages to learn a selection from, and a teacher's selections of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from questline.cli_options import BaseUrl, Config, Model, command
from questline.cli_train import shown_progress
from questline.cli_train_ranker import Held, Passages, Seed

if TYPE_CHECKING:
    from questline.training.utility_selector.rows import TaughtSet

__all__ = ["lists"]

lists = command("selector-lists", help="Make windows to learn a selection from: {id, question, passages[], gold, …}.")
Out = Annotated[Path, typer.Option(metavar="F", help="File of windows to write, JSON lines.")]


@lists.command(epilog="No model is asked: a teacher that knows each world judges every passage.")
def worlds(
    out: Out,
    count: Annotated[int, typer.Option(metavar="N", help="Windows.")] = 4000,
    shape: Annotated[Literal["tiny", "wide"], typer.Option(help="Passages of a few words, or of sentences.")] = "tiny",
    passages: Passages = 4,
    nouns: Annotated[int, typer.Option(metavar="N", help="Things that there are, 4 to 48.")] = 8,
    attributes: Annotated[int, typer.Option(metavar="N", help="Properties of a thing, 2 to 6.")] = 3,
    values: Annotated[int, typer.Option(metavar="N", help="Of a property, 2 to 8.")] = 4,
    towns: Annotated[int, typer.Option(metavar="N", help="Where those come from who ask, at most 24.")] = 24,
    one_thing: Annotated[
        bool, typer.Option("--one-thing", help="All passages on the thing asked for; with --outdated 0 and --two 0.")
    ] = False,
    outdated: Annotated[float, typer.Option(metavar="X", help="Share of windows with an outdated passage.")] = 0.3,
    two: Annotated[float, typer.Option(metavar="X", help="Share of questions that need two passages.")] = 0.0,
    none: Annotated[float, typer.Option(metavar="X", help="Share of questions that nothing helps.")] = 0.3,
    held_out: Held = None,
    seed: Seed = 0,
) -> None:
    """Draw questions on small made-up worlds, with a teacher's answers and selections."""
    from questline.errors import UsageError
    from questline.training.tuning.worlds import Kind, World
    from questline.training.utility_selector.worlds import world_sets

    if min(two, none) < 0 or two + none > 1:
        raise UsageError(
            f"--two {two} and --none {none} must be shares that are at most 1 together",
            code="bad_param",
            argument="none",
        )
    shares: dict[Kind, float] = {"fact": 1.0 - two - none, "two": two, "none": none}
    world = World(
        seed=seed,
        shape=shape,
        passages=passages,
        nouns=nouns,
        attributes=attributes,
        values=values,
        outdated=outdated,
        towns=towns,
        one_thing=one_thing,
        kinds={name: share for name, share in shares.items() if share},
    )
    _write(out, held_out, world_sets(world, count))


@lists.command(
    epilog="The corpus is indexed once a content; questions whose support it does not hold are left out. The windows "
    "say what helps, no answer: `teach` lets a model answer and select. --without makes questions that nothing helps."
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
    without: Annotated[
        float, typer.Option(metavar="X", help="Share of questions whose support is left out of their window.")
    ] = 0.1,
    limit: Annotated[int | None, typer.Option(metavar="N", help="So many questions, by a hash of their text.")] = None,
    held_out: Held = None,
    seed: Seed = 0,
    cache: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the index.")] = Path(".questline") / "train",
) -> None:
    """Search a corpus for questions that name their support: what helps among what only looks like it."""
    from questline.training.reasoning_ranker.retrieved import Drawn, retrieved_lists
    from questline.training.utility_selector.rows import TaughtSet, bare

    drawn = Drawn(passages=passages, hard=hard, seed=seed)
    with shown_progress() as hears:
        found = retrieved_lists(documents, questions, cache, hears, drawn=drawn, limit=limit)
    _write(out, held_out, bare([TaughtSet.of(each) for each in found], share=without))


@lists.command(
    epilog="The product's own sliding windows, a request each: an answer and what helps; --window passages at once, "
    "the best of what was kept and the answer so far carried on, all that was kept once more in the end. It is kept "
    "in DIR/windows.jsonl where its answer is near a gold one, or what it selected holds one; counts and costs are in "
    "DIR/report.json, each answer in DIR/calls.sqlite. Ctrl-C ends after the calls that run; --resume goes on, also "
    "after a kill, and asks nothing again that was answered."
)
def teach(
    data: Annotated[Path, typer.Option(metavar="F", help="Windows, as the other two commands make them.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: windows, report, calls.")],
    window: Annotated[int, typer.Option(metavar="N", help="Passages that one request judges.")] = 20,
    least: Annotated[float, typer.Option(metavar="X", help="Token F1 of the answer with a gold one.")] = 0.5,
    passage_tokens: Annotated[int, typer.Option(metavar="N", help="Tokens of a passage shown, about.")] = 300,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N questions.")] = None,
    at_once: Annotated[int, typer.Option(metavar="N", help="Questions side by side.")] = 4,
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
    """Let a language model answer and select, and keep the windows that agree with what is known."""
    from questline.budget import Budget
    from questline.settings import load_settings
    from questline.training.utility_selector.rows import read_sets
    from questline.training.utility_selector.teacher import SETS, Order, teach

    order = Order(
        sets=read_sets(data).kept[:limit],
        out=out,
        settings=load_settings(file=config, flags={"model": model, "base_url": base_url}),
        budget=Budget.parse(budget),
        window=window,
        least=least,
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
        print(f"{ending:<20} {count:>8,}")
    for cost in taught.costs:
        print(
            f"asked for {cost.agent:<10} {cost.requests:>8,} requests, {cost.tokens_in:,} tokens in, "
            f"{cost.tokens_out:,} out, {cost.usd:.4f} USD"
        )
    _held(held_out, taught.kept)
    print(f"{len(taught.kept)} taught windows are in {out / SETS}.")


def _write(out: Path, held_out: Path | None, found: Sequence[TaughtSet]) -> None:
    from questline.training.utility_selector.rows import write_sets

    write_sets(out, found)
    _held(held_out, found)
    print(f"{len(found)} windows are in {out}.")


def _held(path: Path | None, found: Sequence[TaughtSet]) -> None:
    from questline.training.tuning.rows import held_out
    from questline.training.utility_selector.rows import held_out_rows

    if path is not None:
        held_out_rows(path, [each for each in found if held_out(each.question)])
