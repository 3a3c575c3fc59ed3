"""What `agents train ranker-lists` and `agents train selector-lists` share: options, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from questline.cli_train import shown_progress

if TYPE_CHECKING:
    from questline.training.reasoning_ranker.lists import TaughtList
    from questline.training.recipe import Hears
    from questline.training.tuning.teaching import Taught

__all__ = ["found_lists", "hold_out", "shown_teaching"]

T = TypeVar("T")

Held = Annotated[
    Path | None,
    typer.Option(metavar="F", help="Also write the tenth that is held out, for `agents eval` with `--questions`."),
]
Passages = Annotated[int, typer.Option(metavar="N", help="Passages of a list or window.")]
Seed = Annotated[int, typer.Option(metavar="N", help="Of the draws.")]

# Of worlds.
Shape = Annotated[Literal["tiny", "wide"], typer.Option(help="Passages of a few words, or of sentences.")]
Nouns = Annotated[int, typer.Option(metavar="N", help="Things that there are, 4 to 48.")]
Attributes = Annotated[int, typer.Option(metavar="N", help="Properties of a thing, 2 to 6.")]
Towns = Annotated[int, typer.Option(metavar="N", help="Where those come from who ask, at most 24.")]
Two = Annotated[float, typer.Option(metavar="X", help="Share of questions that need two passages.")]

# Of a corpus.
Corpus = Annotated[
    Path, typer.Option("--corpus", metavar="F", help="JSON lines of {id, title, text}: what is searched.")
]
Questions = Annotated[Path, typer.Option(metavar="F", help="JSON lines of {id, question, support[], answer?}.")]
Hard = Annotated[
    float, typer.Option(metavar="X", help="Share of the negatives that are the best found; others lie deeper.")
]
Limit = Annotated[int | None, typer.Option(metavar="N", help="So many questions, by a hash of their text.")]
Cache = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the index.")]

# Of a teacher.
PassageTokens = Annotated[int, typer.Option(metavar="N", help="Tokens of a passage shown, about.")]
Spends = Annotated[
    str,
    typer.Option(metavar="B", help="What all runs in DIR may spend: unlimited, or calls=500,tokens=300000,usd=2."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")]


def found_lists(
    documents: Path, questions: Path, cache: Path, *, passages: int, hard: float, seed: int, limit: int | None
) -> list[TaughtList]:
    """Return lists that a search of the corpus finds for the questions, showing how far it is."""
    from questline.training.reasoning_ranker.retrieved import Drawn, retrieved_lists

    drawn = Drawn(passages=passages, hard=hard, seed=seed)
    with shown_progress() as hears:
        return retrieved_lists(documents, questions, cache, hears, drawn=drawn, limit=limit)


def shown_teaching(teach: Callable[[Hears], Taught[T]]) -> Sequence[T]:
    """Let a teacher teach, print how its items ended and what that cost, and return what is kept."""
    with shown_progress() as hears:
        try:
            taught = teach(hears)
        except KeyboardInterrupt:
            print("Kept; the same command with --resume goes on from there.", file=sys.stderr)
            raise
    width = max(map(len, taught.counts))
    for ending, count in taught.counts.items():
        print(f"{ending:<{width}} {count:>8,}")
    for cost in taught.costs:
        print(
            f"{f'asked for {cost.agent}':<{width}} {cost.requests:>8,} requests, {cost.tokens_in:,} tokens in, "
            f"{cost.tokens_out:,} out, {cost.usd:.4f} USD"
        )
    return taught.kept


def hold_out(
    path: Path | None, rows: Sequence[T], key: Callable[[T], str], write: Callable[[Path, list[T]], None]
) -> None:
    """Write the rows that no training learns from, if anywhere."""
    from questline.training.tuning.rows import held_out

    if path is not None:
        write(path, [each for each in rows if held_out(key(each))])
