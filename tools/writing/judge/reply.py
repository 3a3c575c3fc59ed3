"""Read what a judging language model wrote: strictly, then with what a rule can mend, else not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar, cast

from questline.tools.json_text import json_list
from questline.tools.writing.types import AppliedPrinciple, RuleSet, Verdict, warning

__all__ = ["DIMENSIONS", "Read", "read_scores", "read_verdict"]

DIMENSIONS: Final = ("fit", "propriety", "language", "sincerity", "specificity", "originality")
_GOOD_SCORE: Final = 0.5
T = TypeVar("T")


class Read(NamedTuple):
    """A verdict that was read."""

    verdict: Verdict
    mended: bool
    """Whether a rule had to mend the JSON."""


def read_verdict(reply: str, rules: RuleSet, text: str) -> Read:
    """Return the verdict of a reply.

    A quote that does not stand in `text` is dropped, with the warning ``unquoted_evidence``.

    Raises:
        ValueError: What the reply lacks, with a message for the model.
    """
    told, mended = _object(reply)
    good = told.get("good")
    if not isinstance(good, bool):
        raise ValueError('"good" must be true or false')  # noqa: TRY004  # one kind of error for one caller
    grades = _mapping(told.get("dimensions"), "dimensions")
    dimensions = {name: _grade(grades.get(name), f"dimensions.{name}") for name in DIMENSIONS}
    rows = {str(row.get("id")): row for row in _objects(told.get("principles"), "principles")}
    if lacking := [rule.id for rule in rules.principles if rule.id not in rows]:
        raise ValueError(f'"principles" lacks {lacking[0]!r}; give every rule, by its id')
    applied: list[AppliedPrinciple] = []
    invented = False
    for rule in rules.principles:
        row = rows[rule.id]
        if not isinstance(row.get("verdict"), bool):
            raise ValueError(f'"verdict" of {rule.id!r} must be true or false')  # noqa: TRY004  # as above
        quote = str(row.get("evidence") or "")
        invented |= quote not in text
        applied.append(
            AppliedPrinciple(
                id=rule.id,
                text=rule.text,
                verdict=bool(row["verdict"]),
                evidence=quote if quote in text else "",
                reason=str(row.get("reason") or ""),
            )
        )
    mean = math.fsum(dimensions.values()) / len(dimensions)
    score = (mean - 1) / 4
    score = max(score, _GOOD_SCORE) if good else min(score, math.nextafter(_GOOD_SCORE, 0))
    reasons = [f"{one.id}: {one.reason}" for one in applied if not one.verdict]
    verdict = Verdict(
        good=good,
        score=score,
        dimensions=dimensions,
        principles=applied,
        reasons=reasons,
        warnings=warning("unquoted_evidence", given=invented),
    )
    return Read(verdict, mended)


def read_scores(reply: str, count: int) -> tuple[list[float], bool]:
    """Return one score from 1 to 5 for each of so many candidates, and whether the JSON was mended.

    Raises:
        ValueError: What the reply lacks.
    """
    try:
        rows, mended = _objects(json.loads(reply), "the list"), False
    except json.JSONDecodeError:
        rows, mended = _objects(json_list(reply), "the list"), True
    scores: dict[int, float] = {}
    for row in rows:
        number = row.get("number")
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= count or number in scores:
            raise ValueError(f'"number" must be each of 1 to {count}, once')
        scores[number] = _grade(row.get("score"), f"the score of {number}")
    if len(scores) < count:
        raise ValueError(f"{len(scores)} candidates have a score; give all {count}")
    return [scores[number] for number in range(1, count + 1)], mended


def _object(reply: str) -> tuple[Mapping[str, object], bool]:
    try:
        told, mended = cast("object", json.loads(reply)), False
    except (json.JSONDecodeError, RecursionError):
        found = json_list(reply)
        told, mended = (found[0] if found else None), True
    return _mapping(told, "the answer"), mended


def _mapping(told: object, name: str) -> Mapping[str, object]:
    if not isinstance(told, Mapping):
        raise ValueError(f"{name} must be a JSON object")  # noqa: TRY004  # as above
    return cast("Mapping[str, object]", told)


def _objects(told: object, name: str) -> list[Mapping[str, object]]:
    if not isinstance(told, list):
        raise ValueError(f"{name} must be a JSON list")  # noqa: TRY004  # as above
    return [_mapping(one, f"an entry of {name}") for one in cast("Sequence[object]", told)]


def _grade(told: object, name: str) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not 1 <= told <= 5:
        raise ValueError(f"{name} must be a number from 1 to 5")
    return float(told)
