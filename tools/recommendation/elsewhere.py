"""Forget a user in other stores too, and what can be said of requests before and after any store was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from questline.errors import UsageError
from questline.tools.arguments import check_list, fault

from .contract import AlsoForgets
from .requests import ForgetRequest
from .result import ForgetReport

__all__ = ["check_anything", "checked", "forget_elsewhere"]


def forget_elsewhere(
    followers: Mapping[str, AlsoForgets], requests: Sequence[ForgetRequest]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Let every other store forget the users of some requests; return entries by store, and what failed."""
    found: dict[str, int] = {}
    failed: list[str] = []
    users = sorted({each.id for each in requests if each.kind == "user"})
    for name, follower in followers.items():
        try:
            found[name] = sum(follower.forget(user) for user in users)
        except Exception as error:  # noqa: BLE001 because what is forgotten here stays so, and the report says what is not
            failed.append(f"{name} did not forget: {error}")
    return found, tuple(failed)


def checked(requests: Sequence[ForgetRequest]) -> Sequence[ForgetRequest]:
    """Return requests as they are.

    Raises:
        UsageError: ``bad_request`` for what is no list of them, or an empty one.
    """
    found = check_list("requests", requests, "a list of requests to forget", code="bad_request")
    kept = [each for each in found if isinstance(each, ForgetRequest)]
    if len(kept) != len(found) or not kept:
        raise fault("requests", list(found), "a list of at least one ForgetRequest", code="bad_request")
    return kept


def check_anything(report: ForgetReport, requests: Sequence[ForgetRequest]) -> None:
    """Refuse users of whom neither this store nor another one knew anything.

    Raises:
        UsageError: ``unknown_request``.
    """
    for place, (outcome, request) in enumerate(zip(report.requests, requests, strict=True)):
        if not outcome.already:
            raise UsageError(
                f"request {place} ({request.kind}) names nothing that is stored here or elsewhere",
                code="unknown_request",
                argument="requests",
                index=place,
                kind=request.kind,
            )
