"""Values as a reader likes them: numbers with groups and units, dates and times in words, lists with "and"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from questline.agents.tool_executor.asked import kind_of_value
from questline.agents.tool_executor.views import Plain, plain_name
from questline.tools.calendar_words import MONTHS, WEEKDAYS, WEEKDAYS_ZH
from questline.tools.slot_filling.units import measures

__all__ = ["TOP", "day_in_words", "listed", "said", "unit_of"]

TOP: Final = 10
"""Members of a list that are named; the others are counted."""
_LONGEST: Final = 300
_PLAIN_NUMBERS: Final = re.compile(r"\b(?:id|ids|code|no|nr|number|year|built|phone|zip|isbn|order|key|version|port)\b")
"""Names of numbers that count nothing, and so have no groups."""
_DECIMALS: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "$": "$", "€": "€", "£": "£", "¥": "¥"}
_AMBIGUOUS: Final = frozenset({"in", "a", "second", "may", "c", "k", "s", "h", "f", "l", "v", "w", "j", "time", "year"})


def said(value: Plain, *, name: str = "", unit: str = "", zone: str = "", chinese: bool = False) -> str:
    """Return one value as it stands in a sentence.

    Args:
        value: From a result.
        name: Its field, which may name the unit (``length_m``) or say that it is a number of no amount (``order_id``).
        unit: Beside it in the result.
        zone: Of a time, where it is known.
        chinese: For a Chinese sentence.
    """
    kind = kind_of_value(value)
    if kind == "number":
        return _with_unit(_number(str(value).strip(), name), unit or unit_of(name), chinese=chinese)
    text = " ".join(_CONTROL.sub(" ", str("" if value is None else value)).split())
    if kind == "yesno":
        truth = text.casefold() == "true"
        return ("是" if truth else "否") if chinese else ("yes" if truth else "no")
    if kind == "date":
        return day_in_words(text, chinese=chinese)
    if kind == "time" and len(text) > 10:
        return _moment(text, zone, chinese=chinese)
    if kind == "weekday" and chinese and text.capitalize() in WEEKDAYS:
        return f"星期{WEEKDAYS_ZH[WEEKDAYS.index(text.capitalize())]}"
    text = f"{text} {unit}" if unit else text
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def unit_of(name: str) -> str:
    """Return the unit that ends a field's name: ``m`` of ``length_m``; empty where none does."""
    head, _, last = plain_name(name).rpartition(" ")
    rate = head.rpartition(" ")[2] in ("a", "an", "per", "each")  # "hours a week" are no weeks
    return (
        last
        if head and not rate and last not in _AMBIGUOUS and measures(last) and last not in ("days", "weeks", "months")
        else ""
    )


def day_in_words(text: str, *, chinese: bool) -> str:
    """Return an ISO day as ``14 July 2031`` or ``2031年7月14日``; what is no day of the calendar as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日" if chinese else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _moment(text: str, zone: str, *, chinese: bool) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    offset = moment.strftime("%z")
    named = zone or (f"UTC{offset[:3]}:{offset[3:5]}" if offset and offset[1:] != "0000" else "UTC" if offset else "")
    day = day_in_words(moment.date().isoformat(), chinese=chinese)
    clock = moment.strftime("%H:%M")
    if chinese:
        return f"{day}{clock}" + (f"（{named}）" if named else "")
    return f"{clock} on {day}" + (f" ({named})" if named else "")


def _number(text: str, name: str) -> str:
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15 or (value and abs(value) < Decimal("0.0001")):
        return text
    if value != value.to_integral_value():
        places = max(_DECIMALS, 3 - value.adjusted()) if abs(value) < 1 else _DECIMALS
        rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        value = value if -int(value.as_tuple().exponent) <= _DECIMALS else rounded.normalize()
        plain = f"{value:f}"
    else:
        plain = str(int(value))
    whole, point, fraction = plain.partition(".")
    if len(whole.lstrip("-")) >= 5 and not _PLAIN_NUMBERS.search(plain_name(name)):
        whole = f"{int(whole):,}"
    return whole + point + fraction


def _with_unit(number: str, unit: str, *, chinese: bool) -> str:
    if not unit:
        return number
    coin = _SYMBOLS.get(unit.upper())
    if coin:
        return f"{coin}{number}"
    close = unit in ("%", "°") or (chinese and not unit.isascii())
    return f"{number}{unit}" if close else f"{number} {unit}"


def listed(items: Sequence[str], *, chinese: bool = False, more: bool = False) -> str:
    """Return items as a list in words: at most `TOP`, then how many more.

    Args:
        items: In their order.
        chinese: For a Chinese sentence.
        more: There are more than these, nobody knows how many.
    """
    shown, left = list(items[:TOP]), len(items) - TOP
    if left > 0 or more:
        count = str(left) if left > 0 and not more else f"at least {left}" if left > 0 else ""
        if chinese:
            rest = f"另有{'至少' if more else ''}{left}个" if left > 0 else "等"
            return "、".join(shown) + ("，" + rest if left > 0 else rest)
        return ", ".join(shown) + (f" and {count} more" if count else " and more")
    if chinese:
        return "、".join(shown)
    return ", ".join(shown[:-1]) + " and " + shown[-1] if len(shown) > 1 else "".join(shown)
