"""Two result files over the same items, measure by measure: difference, wins, test, adjusted for how many there are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, cast

from questline.training.evaluation.intervals import Difference, paired_bootstrap

from .results import Result
from .shapes import number_of

__all__ = ["Pair", "Paired", "Refused", "compare_all", "exact_mcnemar", "holm"]

_CONDITIONS: Final = (
    "corpus",
    "servers",
    "overlay",
    "policy",
    "table",
    "catalogue",
    "train",
    "documents_from",
    "images",
)
"""Data that is part of a system or of its surroundings: another one is what is compared, and no other question."""
_SHARED: Final = 0.9
"""Least share of the smaller run's items that both must have: the larger may hold more rows or more pictures."""
_MOST: Final = 12
"""Pairs of files on one page."""

_Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One measure of two runs, B minus A."""

    measure: str
    found: Difference
    wins: int
    """Items on which B is higher."""
    ties: int
    losses: int
    binary: bool
    """All values are 0 or 1, and p is of McNemar's exact test; else of the bootstrap."""
    p: float | None
    """None for a cost: it is described, not tested."""
    p_adjusted: float | None = None
    """By Holm, over all tests of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two comparable files."""

    a: Result
    b: Result
    shared: int
    failed_a: int
    """Of the shared items; a failed one scores 0, but has no part in costs and in suites that count failures apart."""
    failed_b: int
    rows: Sequence[Paired]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Two files of one suite that cannot be compared, and why."""

    a: Result
    b: Result
    reason: str


def compare_all(
    results: Sequence[Result], *, baseline: Result | None = None, seed: int = 0
) -> tuple[list[Pair], list[Refused], int]:
    """Compare files of one suite with the baseline, or each with each; return pairs, refusals and how many were left.

    Holm's adjustment counts every test of every pair that is returned.
    """
    wanted = (
        [(baseline, each) for each in results if each is not baseline and each.suite == baseline.suite]
        if baseline is not None
        else [(a, b) for a, b in combinations(results, 2) if a.suite == b.suite and a.items and b.items]
    )
    pairs: list[Pair] = []
    refused: list[Refused] = []
    left = 0
    for a, b in wanted:
        reason = _refusal(a, b)
        if reason:
            refused.append(Refused(a=a, b=b, reason=reason))
        elif len(pairs) == _MOST:
            left += 1
        else:
            pairs.append(_compared(a, b, seed))
    return _adjusted(pairs), refused, left


def exact_mcnemar(wins: int, losses: int) -> float:
    """Return the two-sided p of McNemar's exact test: how likely a split at least as uneven is by coin."""
    total, least = wins + losses, min(wins, losses)
    if not total:
        return 1.0
    logs = [
        math.lgamma(total + 1) - math.lgamma(each + 1) - math.lgamma(total - each + 1) - total * math.log(2)
        for each in range(least + 1)
    ]
    return min(1.0, 2 * math.fsum(math.exp(each) for each in logs))


def holm(values: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm's step-down method (Scandinavian Journal of Statistics 6, 1979)."""
    order = sorted(range(len(values)), key=values.__getitem__)
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = highest
    return adjusted


def _refusal(a: Result, b: Result) -> str:
    """Return why two files of a suite cannot be compared, empty where they can."""
    without = [each.name for each in (a, b) if not each.items]
    if without:
        return f"{' and '.join(without)} hold{'s' * (len(without) == 1)} no items; measure again without --no-items"
    for name in a.data.keys() & b.data.keys():
        if a.data[name] != b.data[name] and not name.startswith(_CONDITIONS):
            return (
                f"they read different data: {name} is {a.data[name][:12]} in one and {b.data[name][:12]} in the other"
            )
    ids = _by_id(a.items).keys(), _by_id(b.items).keys()
    shared, smaller = len(ids[0] & ids[1]), min(len(each) for each in ids)
    if not shared or shared < _SHARED * smaller:
        return (
            f"they ran different items: {shared:,} are in both, {len(ids[0]):,} in one and {len(ids[1]):,} in the other"
        )
    return ""


def _compared(a: Result, b: Result, seed: int) -> Pair:
    rows_a, rows_b = _by_id(a.items), _by_id(b.items)
    shared = [(rows_a[name], rows_b[name]) for name in rows_a if name in rows_b]
    apart = a.failures_apart or b.failures_apart
    return Pair(
        a=a,
        b=b,
        shared=len(shared),
        failed_a=sum(bool(row.get("error")) for row, _ in shared),
        failed_b=sum(bool(row.get("error")) for _, row in shared),
        rows=[*_rows(shared, "scores", seed, apart=apart), *_rows(shared, "cost", seed, apart=True)],
        notes=_notes(a, b, len(shared), max(len(rows_a), len(rows_b))),
    )


def _rows(shared: Sequence[tuple[_Row, _Row]], kind: str, seed: int, *, apart: bool) -> list[Paired]:
    names = dict.fromkeys(name for pair in shared for row in pair for name in _numbers(row, kind))
    found: list[Paired] = []
    for name in names:
        both = [_values(pair, kind, name, apart=apart) for pair in shared]
        known = [(x, y) for x, y in both if x is not None and y is not None]
        if not known:
            continue
        difference = paired_bootstrap([x for x, _ in known], [y for _, y in known], seed=seed)
        wins, losses = sum(y > x for x, y in known), sum(y < x for x, y in known)
        binary = all(value in (0.0, 1.0) for pair in known for value in pair)
        p = exact_mcnemar(wins, losses) if binary else difference.p
        found.append(
            Paired(
                measure=name,
                found=difference,
                wins=wins,
                ties=len(known) - wins - losses,
                losses=losses,
                binary=binary,
                p=p if kind == "scores" else None,
            )
        )
    return found


def _values(pair: tuple[_Row, _Row], kind: str, name: str, *, apart: bool) -> tuple[float | None, float | None]:
    """Return a measure of both rows; a failed row that is not `apart` has 0 where the other one has the measure."""
    first, second = (_numbers(row, kind).get(name) for row in pair)
    failed = not apart
    return (
        0.0 if first is None and failed and pair[0].get("error") else first,
        0.0 if second is None and failed and pair[1].get("error") else second,
    )


def _notes(a: Result, b: Result, shared: int, larger: int) -> list[str]:
    found = [
        f"the {name} differs: it is part of what is compared"
        for name in sorted(a.data.keys() | b.data.keys())
        if a.data.get(name) != b.data.get(name)
    ]
    if shared < larger:
        found.append(f"{larger - shared:,} items are in one file only and count in no difference")
    if a.hardware != b.hardware:
        found.append("made on different hardware: do not compare their times")
    if a.run.get("stopped") or b.run.get("stopped"):
        found.append("a limit on cost stopped one of the runs")
    return found


def _adjusted(pairs: Sequence[Pair]) -> list[Pair]:
    tests = [row.p for pair in pairs for row in pair.rows if row.p is not None]
    values = iter(holm(tests))
    return [
        replace(
            pair,
            rows=[row if row.p is None else replace(row, p_adjusted=next(values)) for row in pair.rows],
        )
        for pair in pairs
    ]


def _by_id(items: Sequence[_Row]) -> dict[str, _Row]:
    return {str(item["id"]): item for item in items if "id" in item}


def _numbers(row: _Row, kind: str) -> dict[str, float]:
    values = row.get(kind)
    cells = cast("dict[str, object]", values) if isinstance(values, dict) else {}
    return {name: number for name, cell in cells.items() if (number := number_of(cell)) is not None}
