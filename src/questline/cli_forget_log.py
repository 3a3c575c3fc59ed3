"""`agents forget status`, `undo`, `finish`, `hold` and `release`: the log of a store, and what may not be forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from questline.cli_console import counted
from questline.cli_options import JsonOutput, command
from questline.cli_recommend import SessionStoreFile, opened

__all__ = ["finish", "hold", "release", "status", "undo"]

status = command("status")
undo = command("undo")
finish = command("finish")
hold = command("hold")
release = command("release")

Certificate: TypeAlias = Annotated[str, typer.Argument(metavar="CERTIFICATE", help="As `agents forget` printed it.")]
UnlearntModel: TypeAlias = Annotated[
    Path | None, typer.Option("--model", metavar="DIR", help="The trained model that was unlearnt with it.")
]
HoldKind: TypeAlias = Annotated[str, typer.Argument(metavar="KIND", help="user, session or item.")]
HoldId: TypeAlias = Annotated[str, typer.Argument(metavar="ID")]


@status.command(name="status")
def show_status(
    certificate: Annotated[
        str | None, typer.Argument(metavar="[CERTIFICATE]", help="All of them when left out.")
    ] = None,
    as_json: JsonOutput = False,
    store: SessionStoreFile = None,
) -> None:
    """Show the log of what was forgotten; nothing of the content stands in it."""
    with opened(store) as recommender:
        entries = recommender.certificates(certificate)
        states = {str(entry["id"]): recommender.status(str(entry["id"])) for entry in entries}
    if as_json:
        print(json.dumps({"entries": [{**entry, "status": states[str(entry["id"])]} for entry in entries]}))
        return
    for entry in entries:
        clicks = entry.get("clicks")
        told = f", {counted(clicks, 'click')}" if isinstance(clicks, int) else ""
        print(f"{entry['id']}  {entry['time']}  {entry['action']}{told}  {states[str(entry['id'])]}")
    if not entries:
        print("Nothing was forgotten yet.")


@undo.command(name="undo")
def put_back(certificate: Certificate, model: UnlearntModel = None, store: SessionStoreFile = None) -> None:
    """Put back what a forgetting with --undoable took out."""
    with opened(store) as recommender:
        if model is not None:
            from questline.tools.recommendation.unlearning.undoing import undo_both

            undo_both(recommender, model, certificate)
        else:
            recommender.rollback(certificate)
    print("It is back.")


@finish.command(name="finish")
def let_go(certificate: Certificate, model: UnlearntModel = None, store: SessionStoreFile = None) -> None:
    """Let go for good of what a forgetting with --undoable kept aside."""
    with opened(store) as recommender:
        there = recommender.finish(certificate, network=model)
    if model is not None:
        from questline.tools.recommendation.unlearning.undoing import finish_model

        there = finish_model(model) or there
    print("Nothing of it is kept." if there else "Nothing of it was kept.")


@hold.command(name="hold")
def keep(
    kind: HoldKind,
    name: HoldId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What refusals will say.")],
    store: SessionStoreFile = None,
) -> None:
    """Keep a user's sessions, a session or an item from being forgotten."""
    with opened(store) as recommender:
        recommender.hold(kind, name, reason)
    print("It is held.")


@release.command(name="release")
def let_be_forgotten(kind: HoldKind, name: HoldId, store: SessionStoreFile = None) -> None:
    """End a hold."""
    with opened(store) as recommender:
        was = recommender.release(kind, name)
    print("It is held no more." if was else "It was not held.")
