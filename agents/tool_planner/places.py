"""Time zones by the names of places: what the tz database names, and some larger cities beside them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from questline.tools.calendar_words import MONTHS, WEEKDAYS

from .cities import cities

__all__ = ["ZONE_NAME", "unknown_place", "zone_of", "zones_in"]

ZONE_NAME: Final = re.compile(
    r"\b(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][\w+-]*(?:/[A-Z][\w+-]*)?"
)
_WORD: Final = re.compile(r"\b(?:UTC|GMT)\b|[A-Z][\w'’.]*(?: [A-Z][\w'’.]*){0,3}")


_CHINESE: Final = {
    "东京": "Asia/Tokyo", "北京": "Asia/Shanghai", "上海": "Asia/Shanghai", "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei", "首尔": "Asia/Seoul", "新加坡": "Asia/Singapore", "曼谷": "Asia/Bangkok",
    "德里": "Asia/Kolkata", "迪拜": "Asia/Dubai", "莫斯科": "Europe/Moscow", "伦敦": "Europe/London",
    "巴黎": "Europe/Paris", "柏林": "Europe/Berlin", "罗马": "Europe/Rome", "马德里": "Europe/Madrid",
    "开罗": "Africa/Cairo", "内罗毕": "Africa/Nairobi", "纽约": "America/New_York", "芝加哥": "America/Chicago",
    "洛杉矶": "America/Los_Angeles", "多伦多": "America/Toronto", "悉尼": "Australia/Sydney",
}  # fmt: skip
_WORDS: Final = frozenset(
    ["north", "south", "west", "east", "center", "central", "general", "navajo", "christmas", "easter"]
)
"""Last parts of zones that are words first."""


_AT_PLACE: Final = re.compile(
    r"\b(?:in|at|for)\s+(?P<place>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,3})|(?P<zh>[\u4e00-\u9fff]{2,5}?)(?:现在|此刻|目前)"
)
_NO_PLACES: Final = frozenset(word.casefold() for word in (*MONTHS, *WEEKDAYS, "UTC", "GMT"))
_ALL_CHINESE: Final = {**{name: zone for name, zone in cities().items() if not name[0].isascii()}, **_CHINESE}
_CITY: Final = re.compile("|".join(sorted(_ALL_CHINESE, key=len, reverse=True)))


@lru_cache(maxsize=1)
def _by_place() -> dict[str, str]:
    """Return zones by the last part of their names, in lower case; a name that two zones share is left out."""
    found: dict[str, set[str]] = {}
    for name in available_timezones():
        if ZONE_NAME.fullmatch(name):
            found.setdefault(name.rpartition("/")[2].replace("_", " ").casefold(), set()).add(name)
    return (
        {**cities()}
        | _CHINESE
        | {place: min(names) for place, names in found.items() if len(names) == 1 and place not in _WORDS}
        | {
            "utc": "UTC",
            "gmt": "GMT",
        }
    )


def zone_of(place: str) -> str | None:
    """Return the zone of a city that the tz database or `cities` names, None for other places."""
    return _by_place().get(place.strip().casefold())


def zones_in(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and zone of each zone or city that a text names, in its order."""
    found = [(match.start(), match.end(), match[0]) for match in ZONE_NAME.finditer(text)]
    found += [(match.start(), match.end(), _ALL_CHINESE[match[0]]) for match in _CITY.finditer(text)]
    for match in _WORD.finditer(text):
        words = [(word.start(), word.end()) for word in re.finditer(r"\S+", match[0])]
        runs = [(a, b) for a in range(len(words)) for b in range(len(words), a, -1)]
        for first, last in runs:
            start, end = match.start() + words[first][0], match.start() + words[last - 1][1]
            end -= len(text[start:end]) - len(re.sub(r"(?:['’]s)?\.?$", "", text[start:end]))
            zone = zone_of(text[start:end])
            if zone and not any(start < other and one < end for one, other, _ in found):
                found.append((start, end, zone))
    return sorted(found)


def unknown_place(text: str) -> str:
    """Return the place that a question about a time names and nothing here does; empty where there is none.

    Its zone must not be taken from a default: the time would be another place's.
    """
    for match in _AT_PLACE.finditer(text):
        place = match["place"] or match["zh"]
        if not zones_in(text[match.start() :]) and place.casefold() not in _NO_PLACES:
            return place
    return ""
