"""What a result file holds, found by its form alone: measures with intervals, slices, curves, counts.

No suite is known by name here. A record is an object with numbers; objects side by side with the same numbers are
slices; the same under keys that are numbers, or a list along one number, is a curve.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast

__all__ = [
    "Curve",
    "Found",
    "Measure",
    "SliceGroup",
    "find_shapes",
    "measures_of",
    "number_of",
    "object_of",
    "plain_name",
]

_BESIDE: Final = frozenset({"intervals", "denominators", "run", "items", "failed", "n"})
"""What stands beside the measures of a record and is none."""
_ALONG: Final = (
    "level",
    "levels",
    "step",
    "steps",
    "budget",
    "k",
    "batch",
    "epoch",
    "rate",
    "size",
    "failing",
    "share",
)
"""Names of what a list runs along, the likeliest first; a name that begins so counts too."""
_BARE: Final = (("low", "high"), ("from", "to"))
"""Ends of an interval that stand behind their measure."""
_DEEP: Final = 4
"""Objects inside objects that are looked through."""
_ALIKE: Final = 1_000
"""How much larger than the smallest a figure of one unit is at most."""
_NOTHING: Final = 1e-200
_LONGEST: Final = 300
"""Numbers of a list that is drawn as a curve."""
_MOST: Final = 60
"""Groups and curves of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure, with its 95 % interval and its denominator where the file has them."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    whole: bool = False
    """The file writes it without a point: a count, most likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceGroup:
    """The same measures of several slices."""

    name: str
    slices: Mapping[str, Mapping[str, Measure]]
    """By slice and measure."""
    counts: bool = False
    """The figures count things: each is one share of their sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Measures along one number."""

    name: str
    parent: str
    """Curves of one parent are drawn side by side on the same axes."""
    along: str
    series: Mapping[str, Sequence[tuple[float, Measure]]]
    """By measure, by rising number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All groups and curves of a file."""

    groups: Sequence[SliceGroup]
    curves: Sequence[Curve]
    left_out: int = 0
    """Groups and curves beyond the limit."""


def find_shapes(report: Mapping[str, object]) -> Found:
    """Find the groups and curves in a report."""
    own = measures_of(report)
    objects = {name: object_of(value) for name, value in report.items() if name not in _BESIDE}
    records = {name: each for name, value in objects.items() if (each := measures_of(value))}
    parts = {name: each for name, each in records.items() if _shares(each, own) or _has_like(name, records)}
    found: list[SliceGroup | Curve] = [*([SliceGroup(name="parts", slices=parts)] if parts else []), *_families(own)]
    for name, value in report.items():
        if name in parts:
            found += _inside(name, objects[name], _DEEP)
        elif name not in _BESIDE:
            found += _walk(name, value, _DEEP)
    kept = found[:_MOST]
    return Found(
        groups=[each for each in kept if isinstance(each, SliceGroup)],
        curves=[each for each in kept if isinstance(each, Curve)],
        left_out=len(found) - len(kept),
    )


def measures_of(record: Mapping[str, object]) -> dict[str, Measure]:
    """Return the numbers of a record by name, without those that are ends of an interval or a denominator."""
    numbers = {name: number for name, value in record.items() if (number := number_of(value)) is not None}
    ends, bare = _ends(record, numbers)
    sizes = object_of(record.get("denominators"))
    whole = _whole(record.get("n"))
    used = {end for name in ends for end in (f"{name}_low", f"{name}_high")} | bare
    return {
        name: Measure(
            value=value,
            low=ends[name][0] if name in ends else None,
            high=ends[name][1] if name in ends else None,
            n=_first(_whole(sizes.get(name)), _whole(record.get(f"n_{name}")), _akin(record, name), whole),
            whole=isinstance(record.get(name), int),
        )
        for name, value in numbers.items()
        if name not in _BESIDE and not name.startswith("n_") and not name.endswith("_n") and name not in used
    }


def number_of(value: object) -> float | None:
    """Return a finite number of JSON as such, None for all else; what is nearer to 0 than can be drawn is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number) or abs(number) > 1 / _NOTHING:
        return None
    return number if abs(number) > _NOTHING else 0.0


def plain_name(name: str) -> str:
    """Return a name as a reader says it."""
    return name.removeprefix("by_").replace("_", " ")


def _ends(
    record: Mapping[str, object], numbers: Mapping[str, float]
) -> tuple[dict[str, tuple[float, float]], set[str]]:
    """Return the intervals of a record by measure, and the names of ends that name none.

    An interval stands in ``intervals``, in ``X_interval``, in ``X_low`` and ``X_high``, or behind its measure:
    ``interval``, ``low`` and ``high``, ``from`` and ``to``, the last also as ``recall from`` behind ``recall@5``.
    """
    named = object_of(record.get("intervals"))
    found: dict[str, tuple[float, float]] = {}
    for name in numbers:
        pair = _pair(named.get(name)) or _pair(record.get(f"{name}_interval"))
        if pair is None and f"{name}_low" in numbers and f"{name}_high" in numbers:
            pair = numbers[f"{name}_low"], numbers[f"{name}_high"]
        if pair is not None:
            found[name] = pair
    bare: set[str] = set()
    names = list(record)
    behind = {"interval": ("", alone)} if (alone := _pair(record.get("interval"))) else {}
    for low, high in _BARE:
        for name in numbers:
            head = name.removesuffix(low)
            if head != name and (not head or head.endswith(" ")) and f"{head}{high}" in numbers:
                behind[name] = (head.strip(), (numbers[name], numbers[f"{head}{high}"]))
                bare |= {name, f"{head}{high}"}
    for at, (head, pair) in behind.items():
        before = [name for name in names[: names.index(at)] if name in numbers and name not in bare]
        inside = [name for name in before if name.startswith(head) and pair[0] <= numbers[name] <= pair[1]]
        if inside and inside[-1] not in found:
            found[inside[-1]] = pair
    return found, bare


def _families(own: Mapping[str, Measure]) -> Iterator[Curve]:
    """Yield ``name@k`` for at least three k as a curve over k."""
    families: dict[str, list[tuple[float, Measure]]] = {}
    for name, measure in own.items():
        head, at, tail = name.partition("@")
        if at and tail.isdecimal():
            families.setdefault(head, []).append((float(tail), measure))
    long = {head: sorted(points, key=_x) for head, points in families.items() if len(points) > 2}
    if long:
        yield Curve(name="at k", parent="", along="k", series=long)


def _walk(name: str, value: object, deep: int, parent: str = "") -> Iterator[SliceGroup | Curve]:
    if not deep:
        return
    if isinstance(value, list):
        yield from _listed(name, cast("list[object]", value), parent)
        return
    table = object_of(value)
    if not table:
        return
    records = {
        key: found for key, each in table.items() if key not in _BESIDE and (found := measures_of(object_of(each)))
    }
    shared = _shared(records)
    several = name.startswith("by_")  # the file says so, also where there is but one slice
    numeric = [number for key in (records or table) if (number := _as_number(key)) is not None]
    if shared and len(numeric) == len(records) > 2:
        points = sorted(((float(_as_number(key) or 0), found) for key, found in records.items()), key=_x)
        series = {measure: [(x, found[measure]) for x, found in points if measure in found] for measure in shared}
        yield Curve(name=name, parent=parent, along=plain_name(name), series=series)
    elif shared and (several or len(records) > 1):
        yield SliceGroup(
            name=name,
            slices={key: {each: found[each] for each in shared if each in found} for key, found in records.items()},
        )
    elif not records:
        yield from _numbers(name, table, parent)
    yield from _inside(name, table, deep, told=records if shared and (several or len(records) > 1) else {})


def _inside(
    name: str, table: Mapping[str, object], deep: int, told: Mapping[str, object] | None = None
) -> Iterator[SliceGroup | Curve]:
    """Yield what stands deeper; of a record that is `told` already only what is inside of it."""
    for key, each in table.items():
        if key in (told or {}) and deep:
            yield from _inside(f"{name} / {key}", object_of(each), deep - 1)
        elif key not in _BESIDE and isinstance(each, dict | list):
            yield from _walk(f"{name} / {key}", cast("object", each), deep - 1, parent=name)


def _numbers(name: str, table: Mapping[str, object], parent: str) -> Iterator[SliceGroup | Curve]:
    """Yield an object of nothing but numbers: a curve where its keys are numbers, else counts where all are counts."""
    numbers = {key: number for key, each in table.items() if (number := number_of(each)) is not None}
    if len(numbers) < 2 or len(numbers) < len(table):
        return
    if len(numbers) > 2 and all(_as_number(key) is not None for key in numbers):
        points = sorted(((float(_as_number(key) or 0), Measure(value=each)) for key, each in numbers.items()), key=_x)
        last = name.rpartition(" / ")[2]
        yield Curve(name=name, parent=parent, along=plain_name(parent or name), series={last: points})
    elif not all(isinstance(each, int) and each >= 0 for each in table.values()):
        sizes = [abs(each) for each in numbers.values() if each]
        if sizes and max(sizes) < _ALIKE * min(sizes):
            yield SliceGroup(name=name, slices={key: {"value": Measure(value=each)} for key, each in numbers.items()})
    else:
        total = int(sum(numbers.values()))
        slices = {key: {"count": Measure(value=each, n=total, whole=True)} for key, each in numbers.items()}
        yield SliceGroup(name=name, slices=slices, counts=True)


def _listed(name: str, values: Sequence[object], parent: str) -> Iterator[SliceGroup | Curve]:
    numbers = [number for value in values if (number := number_of(value)) is not None]
    last = name.rpartition(" / ")[2]
    if len(numbers) == len(values) and 2 < len(values) <= _LONGEST:
        along = plain_name(last.rpartition("_by_")[2]) if "_by_" in last else "place"
        points = [(float(place), Measure(value=number)) for place, number in enumerate(numbers)]
        yield Curve(name=name, parent=parent, along=along, series={last: points})
        return
    pairs = [pair for value in values if (pair := _pair(value)) is not None]
    if len(pairs) == len(values) > 2 and all(x <= y for (x, _), (y, _) in pairwise(pairs)):
        yield Curve(name=name, parent=parent, along="", series={last: [(x, Measure(value=y)) for x, y in pairs]})
        return
    rows = [object_of(value) for value in values]
    records = [measures_of(row) for row in rows]
    if len(rows) < 2 or not all(records):
        return
    along = _runs_along(rows)
    if along is not None and len(rows) > 2:
        names = [each for each in _shared(dict(enumerate(records))) if each != along]
        points = [(number_of(row.get(along)) or 0.0, found) for row, found in zip(rows, records, strict=True)]
        series = {each: sorted(((x, found[each]) for x, found in points if each in found), key=_x) for each in names}
        if series:
            yield Curve(name=name, parent=parent, along=plain_name(along), series=series)
        return
    if along is None and not any(isinstance(value, str) for value in rows[0].values()) and len(rows) > 2:
        series = {
            each: [(float(at), found[each]) for at, found in enumerate(records) if each in found] for each in records[0]
        }
        yield Curve(name=name, parent=parent, along="place", series=series)
        return
    label = next((key for key, value in rows[0].items() if isinstance(value, str)), along)
    if label is None:
        return
    named = {f"{row.get(label, '')}": found for row, found in zip(rows, records, strict=True)}
    shared = [each for each in _shared(named) if each != label]
    if shared and len(named) == len(rows):
        slices = {key: {each: found[each] for each in shared if each in found} for key, found in named.items()}
        yield SliceGroup(name=name, slices=slices)


def _runs_along(rows: Sequence[Mapping[str, object]]) -> str | None:
    """Return the name of the number that differs in every row, a usual one first."""

    def differs(name: str) -> bool:
        numbers = [number_of(row.get(name)) for row in rows]
        return None not in numbers and len(set(numbers)) == len(rows)

    known = [name for usual in _ALONG for name in rows[0] if name == usual or name.startswith(f"{usual}_")]
    first = next(iter(rows[0]), "")
    measured = measures_of(rows[0])
    alone = len(measured) < 2 or (first in measured and measured[first].low is not None)
    return next((name for name in [*known, *([] if alone else [first])] if differs(name)), None)


def _shared(records: Mapping[object, Mapping[str, Measure]] | Mapping[str, Mapping[str, Measure]]) -> list[str]:
    """Return the measures that at least two records have, in their order; all of an only record."""
    counted: dict[str, int] = {}
    for found in records.values():
        for name in found:
            counted[name] = counted.get(name, 0) + 1
    return [name for name, times in counted.items() if times >= min(2, len(records))]


def _shares(found: Mapping[str, Measure], own: Mapping[str, Measure]) -> bool:
    return any(name in own for name in found) and any(measure.n is not None for measure in found.values())


def _has_like(name: str, records: Mapping[str, Mapping[str, Measure]]) -> bool:
    """Say whether another record has most of the same measures."""
    own = records[name].keys()
    others = [each.keys() for other, each in records.items() if other != name]
    return any(2 * len(own & each) > len(own | each) for each in others)


def _akin(record: Mapping[str, object], name: str) -> int | None:
    """Return the size beside a name: ``n_X`` for ``right_X``, ``proof_n`` for ``proof_acc``."""
    sizes = [key for key in record if key.startswith("n_") and name.endswith(key[1:])]
    sizes += [key for key in record if key.endswith("_n") and name.startswith(key[:-1])]
    return _whole(record.get(max(sizes, key=len))) if sizes else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def object_of(value: object) -> Mapping[str, object]:
    """Return an object of JSON as such, an empty one for all else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _pair(value: object) -> tuple[float, float] | None:
    cells = cast("list[object]", value) if isinstance(value, list) else []
    numbers = [number for cell in cells if (number := number_of(cell)) is not None]
    return (numbers[0], numbers[1]) if len(cells) == len(numbers) == 2 else None


def _as_number(key: object) -> float | None:
    text = str(key).removesuffix("%")
    try:
        return number_of(float(text))
    except ValueError:
        return None


def _x(point: tuple[float, object]) -> float:
    return point[0]
