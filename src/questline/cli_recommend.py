"""`agents learn FILE…` and `agents recommend [ITEM…]`: the store of sessions, filled and asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from questline.cli_console import counted, plain
from questline.cli_options import JsonOutput, command
from questline.errors import UsageError
from questline.settings import Settings, load_settings

if TYPE_CHECKING:
    from questline.tools.recommendation import SessionRecommender
    from questline.tools.recommendation.neural import TrainedRecommender

__all__ = [
    "Hybrid",
    "Impressions",
    "SessionStoreFile",
    "TrainedModel",
    "learn",
    "opened",
    "recommend",
    "recommending",
    "store_file",
    "told_setting",
]

SessionStoreFile: TypeAlias = Annotated[
    Path | None, typer.Option("--store", metavar="FILE", help="The store of sessions (setting `sessions`).")
]
Impressions: TypeAlias = Annotated[
    Path | None,
    typer.Option("--impressions", metavar="FILE", help="A suggester's store: users are forgotten there too."),
]

TrainedModel: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Folder of `agents train recommender`, which recommends while nothing was forgotten in the store since "
        "(setting `recommender`).",
    ),
]
Hybrid: TypeAlias = Annotated[
    bool | None,
    typer.Option("--hybrid/--no-hybrid", help="Fuse the ranks of --model with those of the store (setting `hybrid`)."),
]

learn = command("learn")
recommend = command("recommend")
_SNAPSHOT_FROM: Final = 50_000
"""Clicks from which the counts are stored too, so that the file opens quickly."""


@learn.command(epilog="A session whose id is known already is left as it is, so a killed command is just run again.")
def learn_sessions(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="JSON lines of [item, …], {id, user, items} or {session, user, item}, or .gz."
        ),
    ],
    categories: Annotated[
        Path | None,
        typer.Option(
            "--categories", metavar="FILE", help="JSON lines of {item, categories}, so that one can be forgotten."
        ),
    ] = None,
    store: SessionStoreFile = None,
) -> None:
    """Learn from sessions of clicks."""
    from questline.tools.recommendation.files import read_categories, read_sessions

    read = [(path, read_sessions(path)) for path in files]
    described = read_categories(categories) if categories is not None else {}
    store = store_file(store)
    with opened(store, make=True) as recommender:
        for path, sessions in read:
            if again := recommender.forgotten_among(sessions):
                print(
                    f"{path}: {counted(again, 'session')} in it somebody asked to be forgotten, by session or user; if "
                    "nobody came back, take them out of the file and forget them again.",
                    file=sys.stderr,
                )
            new = recommender.learn(sessions, progress=_told(len(sessions)))
            print(f"{path}: {counted(new, 'new session')} of {len(sessions):,}.")
        if described:
            recommender.describe(described)
        held, items, clicks = recommender.size()
        if clicks >= _SNAPSHOT_FROM:
            recommender.snapshot()
    print(f"{str(store)!r} holds {counted(held, 'session')}, {counted(items, 'item')}, {counted(clicks, 'click')}.")


@recommend.command()
def recommend_next(
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[ITEM…]", help="Clicked so far, oldest first; none: what is popular.")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--k", metavar="N", help="How many items.")] = 10,
    seen: Annotated[bool, typer.Option("--seen", help="Also recommend what was clicked.")] = False,
    model: TrainedModel = None,
    hybrid: Hybrid = None,
    as_json: JsonOutput = False,
    store: SessionStoreFile = None,
) -> None:
    """Recommend what comes next in a session."""
    with recommending(store, model, hybrid=hybrid) as recommender:
        found = recommender.recommend(items or [], k, exclude_seen=not seen)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
        return
    for warning in found.warnings:
        print(f"{warning.code}: {plain(warning.message)}", file=sys.stderr)
    for each in found.items:
        print(f"{each.score:.4f}  {plain(each.item)}" + ("  (popular)" if each.origin == "popular" else ""))


@contextmanager
def recommending(
    store: Path | None, model: Path | None, *, hybrid: bool | None = None
) -> Generator[SessionRecommender | TrainedRecommender]:
    """Open a store of sessions, or a trained model with it; a store that nobody names may be absent then.

    What is None is what the settings say.

    Raises:
        UsageError: As `opened`, and ``file_not_found`` where there is no model.
        RunError: As `opened`, and ``damaged_model``.
    """
    settings, named = load_settings(), model is not None
    model = settings.recommender if model is None else model
    hybrid = settings.hybrid if hybrid is None else hybrid
    if model is None:
        if hybrid:
            message = "--hybrid fuses the store with a model: name it with --model, or the setting `recommender`"
            raise UsageError(message, argument="--model")
        with opened(store) as recommender:
            yield recommender
        return
    from questline.tools.recommendation.neural import TrainedRecommender

    if store is None and settings.sessions == Settings().sessions and not settings.sessions.is_file() and not hybrid:
        with told_setting("recommender", named=named):
            trained = TrainedRecommender.load(model)
        yield trained
        return
    with opened(store) as recommender:
        with told_setting("recommender", named=named):
            trained = TrainedRecommender.load(model, store=recommender, hybrid=hybrid)
        yield trained


@contextmanager
def told_setting(setting: str, *, named: bool) -> Generator[None]:
    """Say in the error of a missing file that a setting asked for it, unless the command `named` it.

    Raises:
        UsageError: As it came, with the setting.
    """
    try:
        yield
    except UsageError as error:
        if named or error.code != "file_not_found":
            raise
        message = f"{error.message} (the setting `{setting}`, in agents.toml or the environment, names it)"
        raise UsageError(message, code=error.code, argument=setting, path=error.fields.get("path")) from error


@contextmanager
def opened(store: Path | None, *, make: bool = False, impressions: Path | None = None) -> Generator[SessionRecommender]:
    """Open a store of sessions, that of the settings where None is named, and the suggester's, which forgets with it.

    Raises:
        UsageError: ``file_not_found`` where there is none and none is to be made.
        RunError: As `SessionRecommender.open` and `ImpressionStore`.
    """
    from contextlib import ExitStack

    from questline.tools.recommendation import SessionRecommender

    store = store_file(store)
    if make:
        store.parent.mkdir(parents=True, exist_ok=True)
    for path, option in ((store, "--store"), (impressions, "--impressions")):
        if path is not None and not path.is_file() and not (make and path is store):
            mend = "fill one with `agents learn FILE`, or name another" if path is store else "name another"
            raise UsageError(
                f"there is no store {str(path)!r}; {mend} with {option}",
                code="file_not_found",
                argument=option,
                path=path,
            )
    with ExitStack() as stack:
        followers = {}
        if impressions is not None:
            from questline.tools.suggestion import ImpressionStore

            followers = {"impressions": stack.enter_context(ImpressionStore(impressions))}
        yield stack.enter_context(SessionRecommender.open(store, followers=followers))


def store_file(store: Path | None) -> Path:
    """Return the file of a store of sessions: the one that is named, else that of the settings."""
    return load_settings().sessions if store is None else store


def _told(total: int) -> Callable[[int], None]:
    """Return what writes a line for each part of a long list, for a terminal and for a log."""

    def tell(done: int) -> None:
        if done < total:
            print(f"{done:,} of {total:,}", file=sys.stderr, flush=True)

    return tell
