"""What a suggester refuses to work with, each with its code, before anything is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast, get_args

from questline.errors import UsageError
from questline.tools.arguments import check_is
from questline.types import Answer

from .result import Wanted

__all__ = ["MOST", "session"]

MOST: Final = 20
"""Suggestions that one list may have."""


def session(history: Sequence[str], answer: Answer | None, k: int, kind: str) -> tuple[str, tuple[str, ...]]:
    """Return the query and the earlier queries of a session.

    The query is the answer's question, made standalone where it was; without an answer, the last of the history.

    Raises:
        UsageError: ``bad_history`` when the history is no list of texts; ``bad_param`` for `k` outside 1 to `MOST` or
            an unknown `kind`; ``empty_query`` when there is no query.
    """
    given = cast("object", history)
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        raise UsageError(f"history={given!r} is not a list of texts", code="bad_history", argument="history")
    for place, text in enumerate(cast("Sequence[object]", given)):
        if not isinstance(text, str):
            raise UsageError(
                f"history[{place}]={text!r} is not a text", code="bad_history", argument=f"history[{place}]"
            )
    number = cast("object", k)
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST:
        raise UsageError(f"k={number!r} must be a whole number from 1 to {MOST}", code="bad_param", argument="k")
    check_is("answer", answer, Answer, "an Answer or None")
    if kind not in get_args(Wanted):
        raise UsageError(
            f"kind={kind!r} is not one of {', '.join(get_args(Wanted))}", code="bad_param", argument="kind"
        )
    earlier = list(history)
    query = (answer.standalone_question or answer.question) if answer else earlier.pop() if earlier else ""
    query = " ".join(query.split())
    if not query:
        raise UsageError(
            "there is no query: give an answer with its question, or a history",
            code="empty_query",
            argument="answer" if answer else "history",
        )
    if answer and answer.question.strip() and answer.question.strip() != query:
        earlier.append(answer.question)
    return query, tuple(text for text in earlier if text.strip())
