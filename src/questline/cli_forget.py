"""`agents forget`: what was clicked is taken back, after its plan was shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from questline.cli_console import counted
from questline.cli_forget_model import (
    audited_model,
    planned,
    show_plan,
    show_unlearnt,
    tell_limit,
    tell_others,
    told_plan,
    unlearnt,
)
from questline.cli_forget_text import check_given_back, read_text, sentence, show_text, tell_text
from questline.cli_options import JsonOutput, command
from questline.cli_recommend import Impressions, SessionStoreFile, opened
from questline.errors import UsageError

if TYPE_CHECKING:
    from questline.tools.recommendation import ForgetReport, ForgetRequest
    from questline.tools.recommendation.unlearning.planning import ModelPlan

__all__ = ["audit", "forget"]

forget = command("forget")
audit = command("audit")

Users: TypeAlias = Annotated[list[str] | None, typer.Option("--user", metavar="ID", help="All sessions of a user.")]
Sessions: TypeAlias = Annotated[list[str] | None, typer.Option("--session", metavar="ID", help="A whole session.")]
Clicks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--click", metavar="SESSION:PLACE", help="One click, by its place as it was learnt, from 0."),
]
Items: TypeAlias = Annotated[list[str] | None, typer.Option("--item", metavar="ID", help="All clicks on an item.")]
Categories: TypeAlias = Annotated[
    list[str] | None, typer.Option("--category", metavar="NAME", help="All clicks on the items of a category.")
]
Spam: TypeAlias = Annotated[
    int | None,
    typer.Option("--spam", metavar="N", help="Lists of three clicks and more that occur at least N times."),
]
RequestFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help='JSON lines of {"kind": "user", "id": "…"}, for any of these.'),
]


@forget.command(
    epilog="Without --yes the plan is shown and asked about; --dry-run shows it alone. A trained model that is not "
    "named with --model still holds what a store forgets: it says `stale_model` when it is served beside the store, "
    "and is to be learnt again. The words status, audit, undo, finish, hold and release after `forget` are commands "
    "of their own."
)
def forget_requests(
    user: Users = None,
    session: Sessions = None,
    click: Clicks = None,
    item: Items = None,
    category: Categories = None,
    spam: Spam = None,
    file: RequestFile = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            metavar="TEXT",
            help="In words, of one --user: lists the requests to look at; see docs/howto/recommend.md.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be forgotten, and end.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Forget without asking.")] = False,
    force: Annotated[bool, typer.Option("--force", help="More than a fifth of all clicks may go.")] = False,
    undoable: Annotated[
        bool, typer.Option("--undoable", help="Keep it aside for `agents forget undo`, until `finish` or the next one.")
    ] = False,
    models: Annotated[
        list[Path] | None,
        typer.Option(
            "--model", metavar="DIR", help="Folder of `agents train recommender`, learnt of this store: unlearn it too."
        ),
    ] = None,
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help="How a model unlearns: cau, npo, ga, gd or finetune.")
    ] = "cau",
    as_json: JsonOutput = False,
    store: SessionStoreFile = None,
    impressions: Impressions = None,
) -> None:
    """Forget clicks, exactly: what is left is what a store without them would be."""
    model = _one(models)
    if text is None:
        requests = _requests(user, session, click, item, category, spam, file)
    elif session or click or item or category or spam is not None:
        raise UsageError("--text goes with one --user, and with --file alone", argument="--text")
    else:
        requests = []
    if model is None and method != "cau":
        message = "--method says how a trained model unlearns, and a store forgets exactly: name the model with --model"
        raise UsageError(message, argument="--method")
    with opened(store, impressions=impressions) as recommender:
        if text is not None:
            read = read_text(recommender, text, user)
            requests = list(read.requests)
            if yes:
                check_given_back(requests, file)
            if dry_run or not (yes or sys.stdin.isatty()):
                show_text(read, recommender.plan(requests), as_json=as_json)
                return
            tell_text(read)
        plan = recommender.plan(requests)
        beside = None if model is None else planned(recommender, model, requests, method=method, force=force)
        if dry_run:
            if as_json:
                show_plan(plan, beside)
                return
            _tell(plan, as_json=False)
            if beside is not None:
                print(told_plan(beside))
            tell_limit(plan, force=force)
            tell_others(recommender, model)
            return
        if not yes and not _agreed(plan, beside):
            raise typer.Exit(1)
        tell_others(recommender, model)
        if model is not None:
            found = unlearnt(recommender, model, requests, method=method, force=force, undoable=undoable, planned=plan)
            show_unlearnt(found, as_json=as_json)
            if found.store is not None and not as_json:
                _tell(found.store, as_json=False, model=model)
            if found.status in {"partial", "failed"}:
                raise typer.Exit(1)
            return
        report = recommender.forget(requests, force=force, undoable=undoable, planned=plan)
    _tell(report, as_json=as_json)
    if report.status == "partial":
        raise typer.Exit(1)


@audit.command()
def audit_requests(
    user: Users = None,
    session: Sessions = None,
    click: Clicks = None,
    item: Items = None,
    category: Categories = None,
    spam: Spam = None,
    file: RequestFile = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", metavar="DIR", help="A trained model of this store: look there as well (setting `recommender`)."
        ),
    ] = None,
    as_json: JsonOutput = False,
    store: SessionStoreFile = None,
) -> None:
    """Search every table and byte of a store for what was to be forgotten; 1 where something is left."""
    model = audited_model(model, store)
    requests = _requests(user, session, click, item, category, spam, file)
    with opened(store) as recommender:
        found = recommender.audit(requests)
        if model is not None:
            from questline.tools.recommendation.result import Audit
            from questline.tools.recommendation.unlearning.auditing import audit_model

            beside = audit_model(model, recommender.store, requests)
            absent = found.absent and not any(each.found for each in beside)
            found = Audit(absent=absent, findings=(*found.findings, *beside))
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
    else:
        width = max(len(each.where) for each in found.findings)
        for each in found.findings:
            print(f"{each.where:<{width}}  {each.found or 'nothing'}: {each.looked}")
        print("It is absent." if found.absent else "It is not absent.")
    if not found.absent:
        raise typer.Exit(1)


def _requests(
    users: Sequence[str] | None,
    sessions: Sequence[str] | None,
    clicks: Sequence[str] | None,
    items: Sequence[str] | None,
    categories: Sequence[str] | None,
    spam: int | None,
    file: Path | None,
) -> list[ForgetRequest]:
    from questline.tools.recommendation import ForgetRequest, read_requests

    found = [ForgetRequest.user(each) for each in users or ()]
    found += [ForgetRequest.session(each) for each in sessions or ()]
    found += [_click(each) for each in clicks or ()]
    found += [ForgetRequest.everywhere(each) for each in items or ()]
    found += [ForgetRequest.category(each) for each in categories or ()]
    found += [] if spam is None else [ForgetRequest.spam(spam)]
    found += [] if file is None else read_requests(file)
    if not found:
        raise UsageError(
            "name what to forget: --user, --session, --click, --item, --category, --spam or --file", argument="--user"
        )
    return found


def _click(text: str) -> ForgetRequest:
    from questline.tools.recommendation import ForgetRequest

    session, _, place = text.rpartition(":")
    if not session or not place.isdecimal() or not place.isascii():
        raise UsageError(f"--click {text!r} is not SESSION:PLACE, such as s1:0", code="bad_request", argument="--click")
    return ForgetRequest.click(session, place=int(place))


def _agreed(plan: ForgetReport, beside: ModelPlan | None) -> bool:
    if not plan.clicks:
        return True
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: look with --dry-run, then say --yes", argument="--yes")
    print(sentence(plan), file=sys.stderr)
    if beside is not None:
        print(told_plan(beside), file=sys.stderr)
    return typer.confirm("Forget them?", err=True)


def _one(models: Sequence[Path] | None) -> Path | None:
    """Return the network that forgets with the store: one, for to the others the store is another one afterwards."""
    if models and len(models) > 1:
        raise UsageError(
            f"--model is given {len(models)} times, and one network can forget with its store: others are learnt again",
            argument="--model",
        )
    return models[0] if models else None


def _tell(report: ForgetReport, *, as_json: bool, model: Path | None = None) -> None:
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return
    print(sentence(report))
    for name, count in report.followers.items():
        print(f"{name}: {counted(count, 'entry').replace('entrys', 'entries')}.")
    for each in report.remaining:
        print(f"still to do: {each}", file=sys.stderr)
    if report.certificate:
        print(f"Certificate {report.certificate}.")
        if report.undoable:
            with_it = f" {report.certificate}" + ("" if model is None else f" --model {quote(str(model))}")
            print(f"`agents forget undo{with_it}` takes this back,\n`agents forget finish{with_it}` lets go for good.")
