"""A number or a quantity read in rows, records and named values, by what columns and fields are called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias, cast

from questline.agents.tool_executor.shapes import view
from questline.agents.tool_executor.views import Plain, Record, Rows, Text, Value, plain_name
from questline.tools.mathematics.unit_table import is_known
from questline.tools.slot_filling.units import measures
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import content_terms, stem

from .asked_units import asked_unit, converted, converts
from .composed import Reading
from .number_fit import MONEY_ASKED, SHARE_ASKED
from .told_of import in_words, thing_words

__all__ = ["ABOUT", "GENERIC", "cell", "meant", "unit_in"]

_Record: TypeAlias = Sequence[tuple[str, Plain]]
GENERIC: Final = ("short", "value", "result", "moved_to", "decimal", "answer", "text", "content", "contents", "rows")
"""Names of what a tool was called for, the plainest first; they say nothing of what it is."""
ABOUT: Final = frozenset(
    listed(
        "sql query columns start end status score scores id ids citations warnings truncated characters"
        " bytes modified refused words path digits rounded warning source sources"
    )
)
"""Fields that speak of a result rather than being it; read where nothing else holds anything."""
_PRICES: Final = ("price", "cost", "rate", "fee", "wage", "charge", "fare", "amount", "rent", "salary", "premium")
_SHARES: Final = ("percent", "percentage", "discount", "share", "rebate", "pct")
_NAMED_BY: Final = {
    "how heavy": "weight", "weigh": "weight", "how long": "length", "how far": "distance", "how high": "height",
    "how tall": "height", "how deep": "depth", "how wide": "width", "多重": "weight", "多长": "length",
    "多远": "distance",
}  # fmt: skip
"""How a measure is asked for, and what columns call it."""
_PERIODS: Final = {
    "hour": "hour", "dail": "day", "day": "day", "night": "night", "week": "week", "month": "month", "year": "year",
    "annual": "year",
}  # fmt: skip
"""How names that tell a rate begin, and of what."""
_FOR_ONE: Final = re.compile(r"\bfor one (hour|day|night|week|month|year)\b", re.IGNORECASE)
_ALIKE: Final = {"night": "day", "day": "night"}


def meant(value: object, ask: str, of: str) -> tuple[list[_Record], bool]:
    """Return the records that a question can mean, and whether the result has several.

    Of several rows those count that name the thing in most words; without any that does, all of them.
    """
    records = _records(value)
    if len(records) < 2:
        return records, False
    wanted = thing_words(of) or thing_words(ask)
    shares = [len(wanted & _said(record)) for record in records]
    best = max(shares)
    return [record for record, share in zip(records, shares, strict=True) if share == best], True


def _records(value: object) -> list[_Record]:
    found = view(value)
    match found:
        case Rows():
            return [list(zip(found.columns, row, strict=False)) for row in found.rows]
        case Record() if not any(isinstance(told, str) and _is_generic(name) for name, told in found.fields.items()):
            return [[(name, told) for name, told in found.fields.items() if name not in ABOUT]]
        case Value() if found.name and not found.unit:
            return [[(found.name, found.value)]]
        case Text() if found.text.lstrip()[:1] == "{":
            with suppress(ValueError):
                inner = view(cast("object", json.loads(found.text)))
                return [list(inner.fields.items())] if isinstance(inner, Record) else []
            return []
        case _:
            return []


def _said(record: _Record) -> frozenset[str]:
    return frozenset(word for _, told in record if isinstance(told, str) for word in thing_words(told))


def cell(record: _Record, kind: Reading, ask: str, of: str) -> object:
    """Return what one record has in the column that a question asks for, where its names tell which.

    Words of the thing itself choose no column, but among prices: what a bottle costs is no number of bottles.

    Raises:
        ValueError: The columns are of other kinds than what is asked for.
    """
    if kind not in ("number", "quantity"):
        return None
    fit = [(name, told) for name, told in record if isinstance(told, int | float) and not isinstance(told, bool)]
    if not fit:
        return None
    wanted = frozenset(content_terms(ask)) - frozenset(content_terms(of))
    folded = ask.casefold()
    wanted |= {stem(measure) for word, measure in _NAMED_BY.items() if word in folded}
    for asked, names in ((MONEY_ASKED, _PRICES), (SHARE_ASKED, _SHARES)):
        if asked.search(ask):
            fit = _of_kind(fit, names) or [(name, told) for name, told in fit if _is_generic(name)]
            wanted |= frozenset(content_terms(of))
    fit = [(name, told) for name, told in fit if not _other_period(name, ask)]
    if not fit:
        raise ValueError(f"no column tells what answers {ask[:120]!r}")
    scores = [len(_words(name) & wanted) for name, _ in fit]
    chosen = [each for each, score in zip(fit, scores, strict=True) if score == max(scores)]
    if len({told for _, told in chosen}) > 1:
        return None
    return _of_unit(*chosen[0], kind, ask)


def _of_kind(fit: Iterable[tuple[str, int | float]], names: Sequence[str]) -> list[tuple[str, int | float]]:
    stems = frozenset(map(stem, names))
    return [(name, told) for name, told in fit if _words(name) & stems]


def _is_generic(name: str) -> bool:
    return not name or name.rpartition(".")[2].casefold() in GENERIC


def _other_period(name: str, ask: str) -> bool:
    """Say whether a column tells a rate for another time than the one that is asked for: a week's for one day."""
    one = _FOR_ONE.search(ask)
    told = [period for word in plain_name(name).split() for begin, period in _PERIODS.items() if word.startswith(begin)]
    wanted = one[1].casefold() if one else ""
    return bool(wanted and told) and wanted not in told and _ALIKE.get(wanted, "") not in told


def _of_unit(name: str, told: int | float, kind: Reading, ask: str) -> object:
    unit, wanted = unit_in(name), asked_unit(ask)
    quantity = f"{told:.15g} {unit}"
    if kind == "quantity":
        return quantity if unit and converts(quantity, ask) else None
    if not unit or not wanted or not (measures(unit.casefold()) - {"money", "time"}):
        return told
    found = converted(quantity, wanted)
    if found is None:
        raise ValueError(f"{name} is not told in {wanted}")
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(content_terms(in_words(name)))


def unit_in(name: str) -> str:
    """Return the unit that ends a name: ``kg`` of ``weight_kg``; empty where none does, as in ``hours_a_week``."""
    head, _, last = in_words(name).strip().rpartition(" ")
    rate = head.rpartition(" ")[2].casefold() in ("a", "an", "per", "each")
    return last if head and not rate and measures(last.casefold()) and is_known(last) else ""
