"""The table of units, and a unit by any of its names: symbol, English, Chinese, with a prefix where it takes one."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

from questline.errors import UsageError

__all__ = ["BASES", "Dimension", "Unit", "contexts", "dimension_name", "find", "is_known", "long_names", "nearest"]

_FILE: Final = Path(__file__).with_name("units.toml")
BASES: Final = "LMTKDA"
"""Length (m), mass (kg), time (s), temperature (K), data (bit), angle (rad)."""
Dimension = tuple[int, ...]
"""The exponents of `BASES`."""
_NEARLY: Final = 0.86
"""Likeness (difflib) from which a word is a misspelled unit."""
_LEAST_TO_MEND: Final = 5
_LEAST_FOR_DATA: Final = 3
"""A byte takes kilo and above: there is no millibyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit, or a product of units."""

    symbol: str
    dimension: Dimension
    size: Fraction
    """One of it in base units, without π."""
    pi: int = 0
    """The power of π that `size` is multiplied by."""
    offset: Fraction = Fraction(0)
    """What is added to a number of it before `size` is applied; only for a scale of temperature."""
    consumption: bool = False
    """Whether it is volume for a distance, the inverse of distance for a volume."""
    assumed: tuple[str, ...] = ()
    """What was taken where the name has several meanings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    plain: Mapping[str, Unit]
    """By every spelling, as written."""
    folded: Mapping[str, Unit]
    """By every English name in small letters, the plurals too."""
    prefixed: tuple[tuple[Unit, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]
    """Units that take prefixes: unit, kind of prefixes, symbols, names, Chinese names."""
    prefixes: tuple[tuple[str, str, str, str, Fraction, int], ...]
    """Kind, name, symbol, Chinese sign, factor, power of ten; 99 for the binary ones."""
    ambiguous: Mapping[str, str]
    beside: Mapping[str, Mapping[str, str]]
    dimensions: Mapping[Dimension, str]


def find(word: str, beside: str = "") -> Unit:
    """Return a unit by its name; `beside` is the dimension at the other side of a conversion, one of `contexts`.

    Raises:
        UsageError: ``unknown_unit``, with the nearest names, or with what an ambiguous name may mean.
    """
    table = _table()
    meant = table.beside.get(beside, {})
    if word in meant or word.lower() in meant:
        return find(meant.get(word, meant.get(word.lower(), "")))
    if word in table.plain:
        return table.plain[word]
    low = " ".join(word.lower().split())
    for name in (low, low.removesuffix("s")):
        if name in table.ambiguous:
            _unknown(word, f"it may mean {table.ambiguous[name]}")
    if low in table.folded:
        return table.folded[low]
    found = next(_with_prefix(word, low), None)
    if found is not None:
        return found
    same = {unit.symbol: unit for name, unit in table.plain.items() if name.lower() == low}
    if len(same) == 1:
        return next(iter(same.values()))
    near = difflib.get_close_matches(low, table.folded, n=3)
    return _unknown(word, f"did you mean {' or '.join(map(repr, near))}?" if near else "write its symbol or its name")


def contexts() -> tuple[str, ...]:
    """Return the dimensions beside which a short or ambiguous name has a meaning of its own."""
    return tuple(_table().beside)


def is_known(word: str, beside: str = "") -> bool:
    """Say whether `find` knows a unit of this name."""
    try:
        find(word, beside)
    except UsageError:
        return False
    return True


def dimension_name(dimension: Dimension) -> str:
    """Return what a dimension is called, or its formula."""
    known = _table().dimensions.get(dimension)
    if known is not None:
        return known
    words = ("length", "mass", "time", "temperature", "data", "angle")
    return "·".join(
        f"{word}^{power}" if power != 1 else word for word, power in zip(words, dimension, strict=True) if power
    )


@cache
def nearest(word: str) -> str:
    """Return the name of a unit, of five letters or more, that `word` nearly spells; empty where none is near."""
    names = [name for name in _table().folded if len(name) >= _LEAST_TO_MEND and name.isalpha()]
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=_NEARLY)
    return near[0] if near else ""


@cache
def long_names() -> frozenset[str]:
    """Return the names of several words, in small letters."""
    return frozenset(name for name in (*_table().folded, *map(str.lower, _table().plain)) if " " in name or "-" in name)


def _unknown(word: str, hint: str) -> NoReturn:
    raise UsageError(f"unknown unit {word!r}: {hint}", code="unknown_unit", unit=word)


def _with_prefix(word: str, low: str) -> Iterator[Unit]:
    table = _table()
    for unit, kind, symbols, names, chinese in table.prefixed:
        for prefix_kind, name, symbol, sign, factor, power in table.prefixes:
            if (kind == "si" and prefix_kind == "iec") or (kind == "iec" and power < _LEAST_FOR_DATA):
                continue
            scaled = replace(unit, size=unit.size * factor, symbol=symbol + unit.symbol)
            if (
                any(word == symbol + each or (symbol == "µ" and word in ("u" + each, "μ" + each)) for each in symbols)
                or any(low == name + each for each in names)
                or (sign and any(word == sign + each for each in chinese))
            ):
                yield scaled
            elif kind == "iec" and name == "kilo" and any(word == "K" + each for each in symbols):
                yield replace(
                    scaled, assumed=(f"K{unit.symbol} is 1000 {unit.symbol}; 1024 are written Ki{unit.symbol}",)
                )


def _dimension(text: str) -> Dimension:
    powers = {part[0]: int(part[1:] or 1) for part in text.split()}
    return tuple(powers.get(base, 0) for base in BASES)


def _plurals(name: str) -> Iterator[str]:
    yield name
    yield name + "s"
    first, space, rest = name.partition(" of ")
    if space:
        yield f"{first}s of {rest}"


@cache
def _table() -> _Table:
    data: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    plain: dict[str, Unit] = {}
    folded: dict[str, Unit] = {}
    prefixed: list[tuple[Unit, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = []
    for row in data["unit"]:
        unit = Unit(
            symbol=row["symbol"],
            dimension=_dimension(row["dimension"]),
            size=Fraction(row["size"]) if "/" not in row["size"] else _quotient(row["size"]),
            pi=row.get("pi", 0),
            offset=Fraction(row.get("offset", "0")),
            consumption=row.get("consumption", False),
            assumed=(f"{row['names'][0]}: {row['assumed']}",) if "assumed" in row else (),
        )
        symbols = (row["symbol"], *row.get("also", ()))
        names = tuple(name.lower() for name in row.get("names", ()))
        chinese = tuple(row.get("chinese", ()))
        for name in (*symbols, *chinese):
            plain.setdefault(name, unit)
        for name in names:
            for form in _plurals(name):
                folded.setdefault(form, unit)
        if "prefixes" in row:
            forms = tuple(form for name in names for form in _plurals(name))
            prefixed.append((unit, row["prefixes"], symbols, forms, chinese))
    si = [("si", name, row[0], row[2], Fraction(10) ** row[1], row[1]) for name, row in data["si"].items()]
    iec = [("iec", name, row[0], "", Fraction(2) ** row[1], 99) for name, row in data["iec"].items()]
    return _Table(
        plain=plain,
        folded=folded,
        prefixed=tuple(prefixed),
        prefixes=(*si, *iec),
        ambiguous=data["ambiguous"],
        beside=data["beside"],
        dimensions={_dimension(text): name for text, name in data["dimensions"].items()},
    )


def _quotient(text: str) -> Fraction:
    top, _, bottom = text.partition("/")
    return Fraction(top) / Fraction(bottom)
