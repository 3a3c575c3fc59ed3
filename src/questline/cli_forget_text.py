"""`agents forget --text`: words become a list of requests, and only somebody who saw the list has it carried out."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from questline import event_loop
from questline.cli_console import counted, plain
from questline.errors import UsageError
from questline.settings import load_settings

if TYPE_CHECKING:
    from questline.tools.recommendation import ForgetReport, ForgetRequest, SessionRecommender
    from questline.tools.recommendation.text_requests import TextRequests

__all__ = ["check_given_back", "read_text", "sentence", "show_text", "tell_text"]

_MEND: Final = "look at the list of `--text … --user …` alone, save it, and give it back with --file"


def read_text(recommender: SessionRecommender, text: str, users: Sequence[str] | None) -> TextRequests:
    """Return what a text asks to be forgotten of one user; raises what `requests_of_text` raises."""
    from questline.budget import Budget, Meter
    from questline.tools.models.gateway import Gateway
    from questline.tools.recommendation.text_requests import requests_of_text

    if users is None or len(users) != 1:
        raise UsageError("--text is about one user's clicks: say whose with one --user", argument="--user")
    settings = load_settings()
    return event_loop.run(
        requests_of_text(
            text,
            users[0],
            recommender=recommender,
            llm=Gateway.of(settings),
            meter=Meter(budget=Budget.parse(settings.budget)),
            strict=settings.strict,
        )
    )


def check_given_back(requests: Sequence[ForgetRequest], file: Path | None) -> None:
    """Refuse --yes to a list that was not given back.

    Raises:
        UsageError: ``not_confirmed``; and as `read_requests`.
    """
    from questline.tools.recommendation import read_requests

    if file is None:
        message = f"nobody has seen what the text was read as, and --yes alone carries nothing of it out: {_MEND}"
        raise UsageError(message, code="not_confirmed", argument="--yes")
    if {each.key for each in read_requests(file)} != {each.key for each in requests}:
        message = (
            f"the requests of {str(file)!r} are not those that the text is read as now; nothing was changed: {_MEND}"
        )
        raise UsageError(message, code="not_confirmed", argument="--file", path=file)


def tell_text(read: TextRequests) -> None:
    """Show the list to whoever is asked about it."""
    _warn(read)
    print(_lines(read), file=sys.stderr)


def show_text(read: TextRequests, plan: ForgetReport, *, as_json: bool) -> None:
    """Print the list, as lines that --file reads, and beside it what would come of it."""
    if as_json:
        told = {**asdict(read), "requests": [each.as_dict() for each in read.requests], "plan": asdict(plan)}
        print(json.dumps(told, ensure_ascii=False))
        return
    _warn(read)
    print(_lines(read))
    print(sentence(plan), file=sys.stderr)
    print("Nothing was forgotten. To do it, save these lines, and give them back with --file.", file=sys.stderr)


def _warn(read: TextRequests) -> None:
    for warning in read.warnings:
        print(f"{warning.code}: {plain(warning.message)}", file=sys.stderr)


def _lines(read: TextRequests) -> str:
    return "\n".join(json.dumps(each.as_dict(), ensure_ascii=False) for each in read.requests)


def sentence(report: ForgetReport) -> str:
    """Return what a forgetting came to, or would come to."""
    if report.status == "already":
        return "Nothing of it is left: it was forgotten before."
    verb = "Would forget" if report.status == "planned" else "Forgot"
    gone = f"{counted(report.sessions, 'session')}, {report.sessions_gone:,} of them wholly"
    return (
        f"{verb} {counted(report.clicks, 'click')} ({report.share:.2%} of all) of {gone}; "
        f"{counted(report.items_gone, 'item')} nobody else clicked."
    )
