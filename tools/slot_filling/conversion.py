"""From what the question says to a value of the field's type and form; None where it cannot be one."""

from __future__ import annotations

import re
from typing import Final, cast

from .dates import written
from .mention import Mention
from .places import STATES, nation_of, with_state
from .schema import Field

__all__ = ["as_list", "as_number", "as_text"]

_WHOLE_PERCENT: Final = re.compile(r"\bpercent|%|\bout of 100\b|e\.g\.?,? \d\d?\b", re.IGNORECASE)
_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_CLOCK: Final = re.compile(r"(\d{1,2})(?::(\d\d))?\s?([ap])?\.?(?:m\.?)?", re.IGNORECASE)


def as_number(mention: Mention, field: Field) -> int | float | None:
    """Return a number for a field of the type integer or number.

    A percentage becomes a share of 1 for a number (``5%`` → 0.05), unless the field says that it is in percent, and
    stays as it is for an integer. Of a time of day, an hour and a minute go to the fields of that name.
    """
    if mention.how == "date":
        value = written(mention, field)
        return value if isinstance(value, int) else None
    if mention.how == "time":
        return _of_clock(mention.text, field)
    value = mention.value
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    days = _DAYS.get(mention.unit.removesuffix("s"))
    if days is not None:
        value = _in_unit(value, days, field)
    if mention.unit == "percent" and field.type != "integer" and not _in_percent(field):
        return round(value / 100, 12)
    if field.type == "integer":
        return int(value) if float(value).is_integer() else None
    return float(value) if field.type == "number" else value


def as_text(mention: Mention, field: Field) -> str | None:
    """Return a text for a field of the type string: dates and places in the form that the description asks for."""
    if mention.how == "date":
        value = written(mention, field)
        return value if isinstance(value, str) else None
    if mention.how == "unit":
        return str(mention.value)
    if mention.how == "number":
        return mention.text.lstrip("$€£") if not mention.ordinal else None
    text = mention.text
    words = set(field.words.split())
    if "country" in words or "nation" in words:
        if "," in text:
            return None  # the country alone is there too
        return nation_of(text) or text
    if mention.how in ("place", "name", "phrase") and field.hints.city_state:
        return with_state(_short_state(text) if field.hints.state_code else text)
    if "city" in words and "," in text and not field.hints.city_state:
        return None  # the city alone is there too, and the rest is free for a country
    return text


def as_list(mention: Mention, field: Field) -> list[object] | None:
    """Return a list for an array: its items converted one by one, all or none."""
    wanted = field.items.type if field.items is not None else "any"
    found: list[object] = []
    for value in mention.items:
        if wanted in ("integer", "number"):
            if not isinstance(value, int | float) or isinstance(value, bool):
                return None
            if wanted == "integer" and not float(value).is_integer():
                return None
            found.append(int(value) if wanted == "integer" else float(value))
        elif wanted == "string":
            found.append(str(value))
        elif wanted == "any":
            found.append(value)
        elif wanted == "array" and isinstance(value, list):
            found.append(cast("object", value))
        else:
            return None
    return found


def _in_unit(value: int | float, days: int, field: Field) -> int | float:
    """Return a stretch of time in the unit that the field names: ``2 weeks`` as 14 for a number of days."""
    said = f"{field.words} {field.description}".casefold()
    named = [unit for unit in _DAYS if re.search(rf"\b{unit}s?\b", field.words)] or [
        unit for unit in _DAYS if re.search(rf"\b(?:in|of) {unit}s\b", said)
    ]
    if len(named) != 1 or _DAYS[named[0]] == days:
        return value
    changed = value * days / _DAYS[named[0]]
    return int(changed) if changed.is_integer() else value


def _in_percent(field: Field) -> bool:
    said = f"{field.words} {field.description}"
    return bool(_WHOLE_PERCENT.search(said)) and not re.search(r"\bdecimal\b|\bfraction\b|\b0\.\d|0 to 1\b|0-1\b", said)


def _of_clock(text: str, field: Field) -> int | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    words = set(field.words.split())
    hour, minute = int(match[1]), int(match[2] or 0)
    if words & {"minute", "minutes"}:
        return minute
    if not words & {"hour", "hours", "time"} or field.type != "integer":
        return None
    if "24" in field.description and match[3]:
        return hour % 12 + (12 if match[3].casefold() == "p" else 0)
    return hour


def _short_state(place: str) -> str:
    head, comma, tail = place.partition(", ")
    code = STATES.get(tail.casefold())
    return f"{head}, {code}" if comma and code else place
