"""Parts of English time expressions that are counted from the anchor, from an event, or from another date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, cast

from .english import FLAGS, UNITS, singular, turn
from .numerals import ENGLISH, english_number
from .parts import Part, Role, Side, rules
from .tables import one_of, table

__all__ = ["RULES"]

_WORDS: Final = table("words.toml")["english"]
_ONE: Final = r"(?P<unit>day|week|month|quarter|year|decade|century)\b"
_SOME: Final = rf"(?P<count>{ENGLISH})\s+(?P<unit>{UNITS})\b"
_COUNT: Final = (
    rf"\b(?P<count>{ENGLISH})\s+(?P<half>and\s+a\s+half\s+)?(?P<unit>{UNITS})\b(?P<and_half>\s+and\s+a\s+half\b)?"
)
_VAGUE: Final = rf"(?:a\s+few|few|several|many|some)\s+(?P<unit>{UNITS})\b"
_CLOCK_COUNT: Final = (
    rf"(?:(?P<count>{ENGLISH})(?P<and_half>\s+and\s+a\s+half)?|(?P<some>half\s+an|a\s+quarter\s+of\s+an))"
)
_CLOCK_UNIT: Final = r"(?P<clock>hours?|hrs?|minutes?|mins?|seconds?|secs?)\b"
_CLOCK: Final = rf"{_CLOCK_COUNT}\s+{_CLOCK_UNIT}"
_AT_EDGE: Final = "|".join(rf"(?<=\b{word}\sof\s)" for word in ("end", "start", "beginning", "middle"))
_HALVES: Final = {"year": ("month", 12), "decade": ("year", 10), "century": ("year", 100)}
"""What a unit is counted in when there are halves of it."""


def _counted(match: re.Match[str]) -> tuple[str, int]:
    """Return the unit and the count of a match, in a smaller unit where a half is said; ("", 0) where none is known."""
    groups = match.groupdict()
    unit = singular(match["unit"])
    count = english_number(groups["count"]) if groups.get("count") else 0
    if "count" in groups and not (groups.get("half") or groups.get("and_half")):
        return unit, count
    smaller, size = _HALVES.get(unit, ("", 0))
    return smaller, count * size + size // 2


def _day(match: re.Match[str]) -> Iterator[Part]:
    number = int(_WORDS["days"][re.sub(r"\s+", " ", match[0].casefold())])
    yield Part(start=match.start(), end=match.end(), role="day", low=number, high=number, relative=True)


def _unit(match: re.Match[str]) -> Iterator[Part]:
    groups = match.groupdict()
    number = turn(groups["turn"]) if groups.get("turn") else {"before last": -2, "after next": 2}[
        re.sub(r"\s+", " ", match["far"].casefold())
    ]  # fmt: skip
    yield _relative(match.start(), match.end(), match["unit"], number)


def _relative(start: int, end: int, unit: str, number: int) -> Part:
    return Part(start=start, end=end, role=cast("Role", unit.casefold()), low=number, high=number, relative=True)


def _either(match: re.Match[str]) -> Iterator[Part]:
    """``the last year``: the days up to now, or the year before this one."""
    number = turn(match["turn"])
    yield Part(
        start=match.start(),
        end=match.end(),
        role="rolling",
        low=number,
        high=1,
        unit=singular(match["unit"]),
        name="either",
    )


def _rolling(match: re.Match[str]) -> Iterator[Part]:
    groups = match.groupdict()
    word = (groups.get("turn") or "within").casefold()
    way = -1 if word in {"last", "past", "previous", "preceding"} else 1
    count = english_number(groups["count"]) if groups.get("count") else 1
    sure = 0.7 if word == "within" else 1.0
    yield Part(
        start=match.start(),
        end=match.end(),
        role="rolling",
        low=way,
        high=count,
        unit=singular(match["unit"]),
        sure=sure,
    )


def _so_far(match: re.Match[str]) -> Iterator[Part]:
    words = match[0].casefold()
    unit = singular(match["unit"]) if match["unit"] else "year"
    way: Literal[1, -1] = 1 if words.startswith(("later", "the rest")) else -1
    yield Part(start=match.start(), end=match.end(), role="bound", low=way, unit=unit, name="this")


def _offset(match: re.Match[str]) -> Iterator[Part]:
    unit, count = _counted(match)
    if not unit:
        return
    way = re.sub(r"\s+", " ", (match.groupdict().get("way") or "in").casefold())
    start, end = match.start(), match.end()
    if way in {"before", "after", "earlier", "from"}:
        shift = count if way in {"after", "from"} else -count
        told = way == "earlier"
        side: Side = "" if told else "right"
        yield Part(
            start=start, end=end, role="anchored", low=shift, unit=unit, side=side, name="told" if told else "exact"
        )
    else:
        count = -count if way == "ago" else count
        name = "from text or event" if way == "later" else ""
        yield Part(
            start=start, end=end, role="offset", low=count, unit=unit, name=name, sure=0.6 if way == "in" else 1.0
        )


def _same_day(match: re.Match[str]) -> Iterator[Part]:
    """``three years ago today``: that very day."""
    count = english_number(match["count"])
    unit = singular(match["unit"])
    yield Part(start=match.start(), end=match.end(), role="offset", low=-count, unit=unit, name="same day")


def _beside(match: re.Match[str]) -> Iterator[Part]:
    shift = {"before": -1, "after": 1}[match["way"].casefold()]
    yield Part(
        start=match.start(), end=match.end(), role="anchored", low=shift, unit=match["unit"].casefold(), side="right"
    )


def _of_event(match: re.Match[str]) -> Iterator[Part]:
    yield Part(start=match.start(), end=match.end(), role="anchored", unit=match["unit"].casefold(), side="right")


def _told(match: re.Match[str]) -> Iterator[Part]:
    word = match.groupdict().get("way") or ""
    shift = {"following": 1, "next": 1, "previous": -1, "preceding": -1}.get(word.casefold(), 0)
    yield Part(
        start=match.start(), end=match.end(), role="anchored", low=shift, unit=match["unit"].casefold(), name="told"
    )


def _year_before(match: re.Match[str]) -> Iterator[Part]:
    yield Part(start=match.start(), end=match.end(), role="anchored", low=-1, unit=match["unit"].casefold())


def _clocked(match: re.Match[str]) -> int:
    """Return the minutes that hours, minutes or seconds make, at least one."""
    groups = match.groupdict()
    size = {"h": 60.0, "m": 1.0, "s": 1 / 60}[match["clock"][0].casefold()]
    some = (groups.get("some") or "").casefold()
    count = 0.5 if some.startswith("half") else 0.25 if some else english_number(groups["count"] or "1")
    return max(1, round((count + (0.5 if groups.get("and_half") else 0)) * size))


def _clock_offset(match: re.Match[str]) -> Iterator[Part]:
    way = re.sub(r"\s+", " ", match["way"].casefold())
    minutes = -_clocked(match) if way == "ago" else _clocked(match)
    sure = 0.6 if way == "in" else 1.0
    yield Part(start=match.start(), end=match.end(), role="offset", low=minutes, unit="hour", sure=sure)


def _clock_rolling(match: re.Match[str]) -> Iterator[Part]:
    way = 1 if match["turn"].casefold() in {"next", "coming"} else -1
    yield Part(start=match.start(), end=match.end(), role="rolling", low=way, high=_clocked(match), unit="hour")


def _the_weekend(match: re.Match[str]) -> Iterator[Part]:
    yield Part(start=match.start(), end=match.end(), role="weekend", relative=True, name="either")


def _unit_end(match: re.Match[str]) -> Iterator[Part]:
    """``year-end`` and ``EOY``: the last part of the one that is spoken of."""
    short = {"y": "year", "q": "quarter", "m": "month", "w": "week"}
    role = cast("Role", short[match["letter"].casefold()] if match["letter"] else match["unit"].casefold())
    middle = match.start() + 2
    yield Part(start=match.start(), end=middle, role=role, name="given", needs="neighbour")
    yield Part(start=middle, end=match.end(), role="edge", name="late", side="left")


def _given(match: re.Match[str]) -> Iterator[Part]:
    """``the end of the year``: of the one that is spoken of."""
    role = cast("Role", match["unit"].casefold())
    yield Part(start=match.start(), end=match.end(), role=role, name="given", needs="neighbour")


def _vague(match: re.Match[str]) -> Iterator[Part]:
    unit = singular(match["unit"])
    unit = "week" if unit == "fortnight" else unit
    yield Part(start=match.start(), end=match.end(), role="dead", unit=unit, name="unresolved")


def _now(match: re.Match[str]) -> Iterator[Part]:
    yield Part(start=match.start(), end=match.end(), role="bound", low=0, unit="day", name="until now")


_DAYS_AND_MONTHS: Final = one_of([*_WORDS["weekdays"], *_WORDS["months"]])
_WAY: Final = r"(?P<way>ago|from\s+now|hence|later|earlier|before|after)\b"
_PERIOD: Final = r"(?P<unit>weekend|week|month|quarter|year|decade|century)\b"
RULES: Final = rules(
    FLAGS,
    (rf"\b(?:{one_of(_WORDS['days'])})\b".replace(r"\ ", r"\s+"), _day),
    (rf"\b(?P<turn>last|previous|this|current|next|coming)\s+{_PERIOD}(?!-)", _unit),
    (rf"\bthe\s+(?P<turn>current)\s+{_PERIOD}", _unit),
    (rf"\bthe\s+{_ONE}\s+(?P<far>before\s+last|after\s+next)\b", _unit),
    (r"\bthe\s+(?P<turn>last|next)\s+(?P<unit>week|month|quarter|year|decade)\b", _either),
    (rf"\b(?:the|this)\s+(?P<turn>past|coming)\s+{_ONE}", _rolling),
    (rf"(?:\bthe\s+)?\b(?P<turn>last|past|previous|preceding|next|coming)\s+{_SOME}", _rolling),
    (rf"\bwithin\s+(?:the\s+)?(?:(?P<turn>last|past|next|coming)\s+)?{_SOME}", _rolling),
    (rf"\b(?:so\s+far\s+this|earlier\s+this|later\s+this|the\s+rest\s+of\s+the)\s+{_ONE}", _so_far),
    (r"\bthis\s+(?P<unit>week|month|quarter|year)\s+so\s+far\b|\byear[\s-]to[\s-]date\b", _so_far),
    (rf"{_COUNT}\s+{_WAY}(?!\s+last\b)", _offset),
    (rf"{_COUNT}\s+(?P<way>from)(?=\s+(?:today|tomorrow|(?:next|last|this)\s+\w|{_DAYS_AND_MONTHS}|[0-9]))", _offset),
    (rf"\b{_SOME}\s+ago\s+today\b", _same_day),
    (rf"\bhalf\s+an?\s+(?P<unit>year|decade|century)\s+{_WAY}", _offset),
    (rf"\bin\s+{_SOME}(?!-|'|\s+(?:of|to|and|or|ago|earlier|later|after|before)\b)", _offset),
    (r"\bthe\s+(?P<unit>day|week|month|year)\s+(?P<way>before|after)\b", _beside),
    (
        (
            r"\bthe\s+(?:very\s+|same\s+)?(?P<unit>day|week|month|year)\s+of\b(?=\s+\w|$)"
            r"(?!\s+(?:the|this|that)\s+(?:week|month|year|day)\b)"
        ),
        _of_event,
    ),
    (
        (
            r"\bthe\s+(?:same|corresponding)\s+(?:period|time|month|week|quarter)(?:\s+of)?"
            r"\s+(?:last|the\s+previous)\s+(?P<unit>year)\b"
        ),
        _year_before,
    ),
    (r"\b(?:that|that\s+same|that\s+very|the\s+same)\s+(?P<unit>day|week|month|year)\b", _told),
    (r"\bthe\s+(?P<way>following|previous|preceding)\s+(?P<unit>day|week|month|quarter|year)\b", _told),
    (r"\bthe\s+(?P<way>next)\s+(?P<unit>day)\b", _told),
    (rf"\b{_CLOCK}\s+(?P<way>ago|from\s+now|hence)\b", _clock_offset),
    (rf"\b(?P<way>in)\s+{_CLOCK}(?!-|'|\s+(?:of|to|and|or|ago|earlier|later|after|before)\b)", _clock_offset),
    (rf"(?:\bthe\s+)?\b(?P<turn>last|past|previous|next|coming)\s+(?:{_CLOCK_COUNT}\s+)?{_CLOCK_UNIT}", _clock_rolling),
    (r"\bthe\s+weekend\b(?!-|\s+(?:of|after|before|edition)\b)", _the_weekend),
    (r"\b(?:(?P<unit>year|quarter|month)(?:[\s-]|'s\s)end|EO(?P<letter>[YQMW]))\b(?!-)", _unit_end),
    (rf"(?:{_AT_EDGE})(?P<unit>year|month|week|quarter|decade|century)\b(?!\s+(?:before|after|of)\b)", _given),
    (r"(?<=of\s)the\s+(?P<unit>year|month|week|quarter|decade|century)\b(?!\s+(?:before|after|of)\b)", _given),
    (rf"\b{_VAGUE}\s+(?:ago|from\s+now|later|earlier|before|after)\b", _vague),
    (rf"(?:\bthe\s+)?\b(?:last|past|previous|next|coming)\s+{_VAGUE}", _vague),
    (r"\b(?:until|till|up\s+to|to)\s+(?:now|date|the\s+present)\b", _now),
)
