"""`agents train selector-lists`: windows of passages to learn a selection from, and a teacher's selections of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from questline import cli_train_lists as shared
from questline.cli_options import BaseUrl, Config, Model, command

if TYPE_CHECKING:
    from questline.training.utility_selector.rows import TaughtSet

__all__ = ["lists"]

lists = command("selector-lists", help="Make windows to learn a selection from: {id, question, passages[], gold, …}.")
Out = Annotated[Path, typer.Option(metavar="F", help="File of windows to write, JSON lines.")]


@lists.command(epilog="No model is asked: a teacher that knows each world judges every passage.")
def worlds(
    out: Out,
    count: Annotated[int, typer.Option(metavar="N", help="Windows.")] = 4000,
    shape: shared.Shape = "tiny",
    passages: shared.Passages = 4,
    nouns: shared.Nouns = 8,
    attributes: shared.Attributes = 3,
    values: Annotated[int, typer.Option(metavar="N", help="Of a property, 2 to 8.")] = 4,
    towns: shared.Towns = 24,
    one_thing: Annotated[
        bool, typer.Option("--one-thing", help="All passages on the thing asked for; with --outdated 0 and --two 0.")
    ] = False,
    outdated: Annotated[float, typer.Option(metavar="X", help="Share of windows with an outdated passage.")] = 0.3,
    two: shared.Two = 0.0,
    none: Annotated[float, typer.Option(metavar="X", help="Share of questions that nothing helps.")] = 0.3,
    held_out: shared.Held = None,
    seed: shared.Seed = 0,
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
    documents: shared.Corpus,
    questions: shared.Questions,
    out: Out,
    passages: shared.Passages = 20,
    hard: shared.Hard = 0.7,
    without: Annotated[
        float, typer.Option(metavar="X", help="Share of questions whose support is left out of their window.")
    ] = 0.1,
    limit: shared.Limit = None,
    held_out: shared.Held = None,
    seed: shared.Seed = 0,
    cache: shared.Cache = Path(".questline") / "train",
) -> None:
    """Search a corpus for questions that name their support: what helps among what only looks like it."""
    from questline.training.utility_selector.rows import TaughtSet, bare

    found = shared.found_lists(documents, questions, cache, passages=passages, hard=hard, seed=seed, limit=limit)
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
    passage_tokens: shared.PassageTokens = 300,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N questions.")] = None,
    at_once: Annotated[int, typer.Option(metavar="N", help="Questions side by side.")] = 4,
    budget: shared.Spends = "unlimited",
    resume: shared.Resume = False,
    held_out: shared.Held = None,
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
    kept = shared.shown_teaching(lambda hears: teach(order, hears))
    _held(held_out, kept)
    print(f"{len(kept)} taught windows are in {out / SETS}.")


def _write(out: Path, held_out: Path | None, found: Sequence[TaughtSet]) -> None:
    from questline.training.utility_selector.rows import write_sets

    write_sets(out, found)
    _held(held_out, found)
    print(f"{len(found)} windows are in {out}.")


def _held(path: Path | None, found: Sequence[TaughtSet]) -> None:
    from questline.training.utility_selector.rows import held_out_rows

    shared.hold_out(path, found, lambda each: each.question, held_out_rows)
