"""Quantities that stand in no column, but follow from one or two: times a number, per another, in another unit.

"What do 3 nights cost" is a rate times a number, "how many metres does it climb per kilometre" one column by another,
"how many miles" a length in kilometres, "on which weekday" a date. What is derived is a column of its own from then on.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from questline.tools.number_words import NUMBERS
from questline.tools.text import stem

from .doubts import WORTH
from .notes import Mention, Notes, Times, about
from .periods import SIGNS
from .rates import PRICES
from .reading import unsure
from .sources import Field
from .units import UNITS, factor
from .wanted import Wanted
from .wording import number_text

__all__ = ["derive", "note_per", "note_times", "note_unit"]

_WORDS: Final = {w: n for w, n in NUMBERS.items() if n <= 12}
_SIGNS: Final = {**{w: n for n, w in enumerate("一二三四五六七八九十", start=1)}, "两": 2}
_NUMBER: Final = rf"(?P<n>\d+(?:\.\d+)?|{'|'.join(_WORDS)}|[{''.join(_SIGNS)}])"
_LASTING: Final = re.compile(
    rf"(?<![\w.,-])(?:for\s+)?{_NUMBER}\s*(?P<of>nights?|days?|weeks?|hours?|months?|years?)(?![\w])"
    rf"|(?:for\s+)?\b(?P<a>an?|one)\s+(?P<in>night|day|week|hour|month|year)\b"
    rf"|{_NUMBER.replace('<n>', '<z>')}(?:个)?(?P<zh>天|晚|夜|周|星期|小时|月|年)(?!份)"
)
_DAYS: Final = {"day": 1, "night": 1, "week": 7}
_COUNTED: Final = re.compile(
    rf"(?<![\w.,#-]){_NUMBER}\s*(?:(?:of|x)\s+(?:the|your|our|these|those)\s+|x\s+|[个只张把条本瓶袋盒件份杯斤台辆双套块支])?\s*\Z"
)
_PIECES: Final = re.compile(
    rf"(?<![\w.,#-]){_NUMBER}\s+(?:places|seats|tickets|copies|pieces|portions|units|helpings)\b(?=.*\b(?:costs?|pay|price)\b)"
)
_NO_COUNT: Final = re.compile(r"\b(?:than|least|most|top|first|last|order|number|no|over|under|above|below)\s+\Z")
_COUNTED_BEHIND: Final = re.compile(rf"{_NUMBER}[个只张把条本瓶袋盒件份杯斤台辆双套块支](?![月星小])")
_PER: Final = re.compile(r"(?:\bper|\bfor (?:each|every))\s+(?:the\s+)?\Z|每一?\Z")
_OF_ONE: Final = re.compile(r"\b(?:one|a single|each)\s+\Z")
_PRICE_ASKED: Final = re.compile(r"\b(?:costs?|price|pay|charge[ds]?)\b")
"""What one of several costs, of which a column says how many there are: "what does one lesson cost"."""
_UNIT_ASKED: Final = re.compile(
    r"\bhow many\s+(?P<a>{units})\b|\bin\s+(?P<b>{units})(?=\s*(?:[?.,;]|\Z))|(?:多少|几)(?P<c>{signs})".format(
        units="|".join(
            sorted(
                (re.escape(each) for each in UNITS if each.isalpha() and each.isascii() and len(each) > 1),
                key=len,
                reverse=True,
            )
        ),
        signs="|".join(sorted((re.escape(each) for each in UNITS if not each.isascii()), key=len, reverse=True)),
    )
)
_NEAR: Final = 20.0
_ALL: Final = re.compile(r"\b(?:all|total|whole|entire|together|stock|every)\b|全部|所有|总")
_LIMITS: Final = frozenset(map(stem, ("minimum", "maximum", "min", "max", "reorder", "limit", "target", "level")))
_POUNDS: Final = frozenset({"pound", "pounds"})


def note_times(notes: Notes) -> None:
    """Note the number of things or of nights, days and the like that a price is asked for, where a column has it."""
    priced = [each for each in about(PRICES, notes.source.fields) if each.measured]
    if not priced:
        return
    for match in list(notes.sheet.find(_LASTING)):
        period = stem(match["of"] or match["in"] or SIGNS[match["zh"]])
        rates = [each for each in priced if _times_of(each, period)]
        if len(rates) == 1 and notes.times is None:
            times = _times_of(rates[0], period)
            said = _value(match["n"] or match["z"] or "1")
            if (said, times) == ("1", 1):
                notes.rate = period
            else:
                notes.times = Times(number=said if times == 1 else f"({said} * {times})", period=period)
            notes.take(*match.span(), score=1.0)
            notes.mentions.append(
                Mention(start=match.start(), end=match.end(), word=match.group(), fields=(rates[0],), how="name")
            )
    for match in list(notes.sheet.find(_PIECES)):
        if notes.times is None:
            notes.times = Times(number=_value(match["n"]))
            notes.take(*match.span(), score=0.5)
    for each in notes.conditions:
        ahead = _COUNTED.search(notes.sheet.text[: each.start])
        if ahead is None or not notes.free(*ahead.span()) or _NO_COUNT.search(notes.sheet.text[: ahead.start()]):
            ahead = _COUNTED_BEHIND.match(notes.sheet.text, each.end)
        if ahead and notes.free(*ahead.span()) and notes.times is None and each.literals and _apart(notes, each.field):
            notes.times = Times(number=_value(ahead["n"]))
            notes.take(*ahead.span(), score=0.5)


def note_unit(notes: Notes) -> None:
    """Note the unit that a quantity is asked in, and the columns that may be told in it."""
    for match in list(notes.sheet.find(_UNIT_ASKED)):
        group = match.lastgroup or "a"
        unit, span = match[group], match.span(group)
        if unit in _POUNDS and not any(each.unit in {"gbp", *_POUNDS} for each in notes.source.fields):
            unit = "lb"  # of weight, where no column is of money in pounds
        told = [
            each for each in notes.source.fields if each.measured and each.unit and factor(each.unit, unit) is not None
        ]
        if not told or (
            any(factor(each.unit, unit) == 1.0 for each in told) and (group == "b" or (group == "a" and len(unit) > 2))
        ):
            continue
        close = [each for each in told if 1 / _NEAR <= (factor(each.unit, unit) or 0.0) <= _NEAR] or told
        exact = [each for each in told if factor(each.unit, unit) == 1.0]
        notes.unit = "" if exact else unit
        notes.take(*span, score=1.0, sure=0.95)
        if group == "b":
            notes.sheet.mark(*match.span())
        notes.mentions.append(
            Mention(start=span[0], end=span[1], word=unit, fields=tuple(exact or close), how="cue", bound=group == "b")
        )


def note_per(notes: Notes) -> None:
    """Note the column that another is divided by: "per kilometre"; "per night" only names a rate that is so already."""
    for mention in notes.open():
        match = _PER.search(notes.sheet.text[: mention.start])
        if match is None and _PRICE_ASKED.search(notes.sheet.text) and not mention.first(lambda one: one.unit != ""):
            match = _OF_ONE.search(notes.sheet.text[: mention.start])
        each = mention.first(lambda one: one.measured)
        if match is None or each is None or not notes.free(*match.span()):
            continue
        notes.sheet.mark(*match.span())
        if each in about(PRICES, notes.source.fields):
            continue
        if notes.per is not None:
            raise unsure("ambiguous", mention.word, message="it is divided by two columns: ask for one")
        notes.per, mention.bound = each, True


def derive(notes: Notes, wanted: Wanted) -> Wanted:
    """Return what is wanted with what was noted of numbers, units and weekdays done to it.

    Raises:
        Unsure: Where there is not one column that it can be done to.
    """
    if notes.difference:
        return _difference(notes, wanted)
    if WORTH.search(notes.sheet.text) and not notes.superlatives:
        return _worth(notes, wanted)
    if notes.times:
        each = _only(wanted, notes.times.number)
        if each not in about(PRICES, notes.source.fields) or wanted.way != "rows" or notes.superlatives:
            raise unsure("ambiguous", notes.times.number, message="it is not clear what is taken so many times")
        if not notes.times.period and any(_times_of(each, period) for period in _DAYS):
            raise unsure("ambiguous", notes.times.number, message=f"{each.name} is for a time: say for how long")
        return _with(wanted, each, f"({notes.times.number} * {each.sql})", f"{notes.times.number} x {each.name}")
    if notes.per:
        each, per = _only(wanted, "per"), notes.per
        fixed = any(_apart(notes, one.field) and len(one.literals) == 1 for one in notes.conditions)
        if not each.measured or each == per or wanted.way not in {"rows", "avg"} or (wanted.way == "avg" and not fixed):
            raise unsure("ambiguous", "per", message="it is not clear what is divided by what")
        return _with(wanted, each, f"({each.sql} / nullif({per.sql}, 0))", f"{each.name} per {per.name}")
    if notes.unit:
        each = _only(wanted, notes.unit)
        times = factor(each.unit, notes.unit) if each.unit and each.measured else None
        if times is None:
            raise unsure("not_understood", notes.unit, message="what is asked is not in such a unit")
        return _with(wanted, each, f"round({each.sql} * {times:.10g}, 4)", f"{each.name} in {notes.unit}")
    if notes.weekday:
        each = _only(wanted, "weekday")
        if each.kind != "date" or wanted.way != "rows":
            raise unsure("not_understood", "weekday", message="what is asked is no date")
        return _with(wanted, each, f"dayname({each.comparable})", f"weekday of {each.name}")
    return wanted


def _worth(notes: Notes, wanted: Wanted) -> Wanted:
    """Return the price times the number of all there are, where the worth of more than one is asked for."""
    fields = notes.source.fields
    held = [
        each for each in about(("stock", "quantity"), fields) if each.measured and not _LIMITS.intersection(each.words)
    ]
    prices = [each for each in about(PRICES, fields) if each.measured and each not in held]
    many = any(each in held for each in wanted.fields) or (_ALL.search(notes.sheet.text) and held)
    if wanted.way in {"rows", "sum"} and not many and wanted.fields and all(map(_of_money, wanted.fields)):
        return wanted
    if wanted.way not in {"rows", "sum"} or not many or len(held) != 1 or len(prices) != 1 or prices[0].rate:
        raise unsure("not_understood", "worth", message="it is not clear what is to be taken times which price")
    priced = replace(held[0], sql=f"({prices[0].sql} * {held[0].sql})", name=f"{prices[0].name} x {held[0].name}")
    return replace(wanted, way="sum", fields=[priced], alone=False)


def _of_money(field: Field) -> bool:
    return field.measured and bool(about((*PRICES, "sum"), (field,)) or {"valu", "worth"}.intersection(field.words))


def _apart(notes: Notes, field: Field) -> bool:
    return field.unique or field in notes.source.identity


def _difference(notes: Notes, wanted: Wanted) -> Wanted:
    each = _only(wanted, "than")
    rows = sorted((one for one in notes.conditions if notes.one_row(one)), key=lambda one: one.start)
    if not each.measured or wanted.way != "rows" or wanted.groups or notes.superlatives or notes.per or notes.times:
        raise unsure("ambiguous", "than", message="it is not clear what is compared")
    first, second = rows if notes.difference > 0 else reversed(rows)
    one, other = (f"max({each.sql}) FILTER (WHERE {at.field.sql} = {at.literals[0]})" for at in (first, second))
    name = f"{each.name} of {first.literals[0]} less that of {second.literals[0]}"
    return replace(_with(wanted, each, f"round({one} - {other}, 9)", name), way="difference")


def _with(wanted: Wanted, each: Field, sql: str, name: str) -> Wanted:
    return replace(wanted, fields=[replace(each, sql=sql, name=name, key=False)])


def _only(wanted: Wanted, said: str) -> Field:
    if len(wanted.fields) != 1:
        raise unsure("ambiguous", said, message="ask for one column")
    return wanted.fields[0]


def _times_of(field: Field, period: str) -> int:
    """Return how often a rate is due in a period; 0 for what is no rate, or one of another kind of period."""
    own = field.rate
    if own == period:
        return 1
    times = _DAYS.get(period, 0) / _DAYS[own] if own in _DAYS else 0
    return int(times) if times == int(times) else 0


def _value(said: str) -> str:
    number = _WORDS.get(said) or _SIGNS.get(said)
    return str(number) if number else number_text(said, None)
