"""Parts of Chinese time expressions that are counted from the anchor, from an event, or from another date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from .chinese import DAY, NUMERAL, guarded
from .numerals import CHINESE, chinese_number
from .parts import Part, Role, rules
from .tables import one_of, table

__all__ = ["RULES"]

_WORDS: Final[dict[str, Any]] = table("words.toml")["chinese"]
_UNITS: Final[dict[str, str]] = _WORDS["units"]
_LONG: Final = (
    rf"(?:(?P<count>{CHINESE})(?P<piece>个)?(?P<inner>半)?(?P<unit>{one_of(_UNITS)})(?P<outer>(?<=年)半)?"
    r"|(?P<half>半年|半个月|半个世纪))"
)
"""How long: 三天, 两个月, 一年半, 半年."""
_CLOCK: Final = rf"(?:(?P<count>{CHINESE})个?(?P<inner>半)?|半个?)(?P<clock>小时|钟头|分钟|秒钟?)"
"""How long on the clock: 两小时, 半个小时, 30分钟."""
_START: Final = rf"(?<![第同{NUMERAL}.])"
_HAPPENED: Final = (
    "发生",
    "结束",
    "开始",
    "成立",
    "宣布",
    "发布",
    "去世",
    "召开",
    "举行",
    "爆发",
    "上市",
    "开幕",
    "闭幕",
    "建成",
)
"""Before a count of days: they are counted from this, not from the anchor."""
_AFTER_A_WORD: Final = re.compile(r"[\u4e00-\u9fff](?<![在将于约的大我你他她它们要会定再到等从至自起])\Z")
"""A word right before 三天后 may be the event that it is counted from (地震三天后)."""
_NO_BOUND: Final = "(?![后半夕锋列景期途提线沿方来者续代台])"
_TURNS: Final[dict[str, int]] = _WORDS["turns"]
_TURN: Final = rf"(?P<turn>{one_of(_TURNS)})"


def _long(match: re.Match[str]) -> tuple[str, int]:
    """Return the unit and how many; ("", 0) for what is a date and no length (三月, 2015年)."""
    if match["half"]:
        return {"半年": ("month", 6), "半个月": ("day", 15), "半个世纪": ("year", 50)}[match["half"]]
    count, unit = chinese_number(match["count"]), _UNITS[match["unit"]]
    half = bool(match["inner"] or match["outer"])
    if unit == "month":
        if not match["piece"]:
            return "", 0
        return ("day", count * 30 + 15) if half else ("month", count)
    if unit == "year":
        if count >= 1000 and not any(mark in match["count"] for mark in "千百十"):
            return "", 0
        return ("month", count * 12 + 6) if half else ("year", count)
    if unit == "quarter" and not match["piece"]:
        return "", 0
    if unit == "century":
        return (("year", count * 100 + 50) if half else ("century", count)) if match["piece"] else ("", 0)
    return ("", 0) if half else (unit, count)


def _offset(match: re.Match[str]) -> Iterator[Part]:
    unit, count = _long(match)
    if not unit:
        return
    way = match["way"]
    count = -count if way == "前" else count
    start, end = match.start(), match.end()
    if match.string[:start].endswith(_HAPPENED):
        yield Part(start=start, end=end, role="anchored", low=count, unit=unit, side="left", name="exact")
    else:
        name = (
            "" if way == "前" else "from text or event" if _AFTER_A_WORD.search(match.string[:start]) else "from text"
        )
        yield Part(start=start, end=end, role="offset", low=count, unit=unit, name=name)


def _same_day(match: re.Match[str]) -> Iterator[Part]:
    """三年前的今天: that very day."""
    unit, count = _long(match)
    if unit:
        yield Part(start=match.start(), end=match.end(), role="offset", low=-count, unit=unit, name="same day")


def _same_month(match: re.Match[str]) -> Iterator[Part]:
    """三年前的这个月: the month of the anchor in that year."""
    unit, count = _long(match)
    if unit == "year":
        yield Part(start=match.start(), end=match.end(), role="offset", low=-12 * count, unit="month")


def _same_of_named(match: re.Match[str]) -> Iterator[Part]:
    """去年的今天, 前年这个月, 明年今日: the anchor's day or month in another year."""
    count = _WORDS["years"][match["year"]]
    if match["day"]:
        yield Part(start=match.start(), end=match.end(), role="offset", low=count, unit="year", name="same day")
    else:
        yield Part(start=match.start(), end=match.end(), role="offset", low=12 * count, unit="month")


def _named_month_before(match: re.Match[str]) -> Iterator[Part]:
    """上个四月份: the last April."""
    low = chinese_number(match["month"])
    yield Part(start=match.start(), end=match.end(), role="month", low=low, high=low, turn=-1)


def _rolling(match: re.Match[str]) -> Iterator[Part]:
    unit, count = _long(match)
    way = 1 if (match.groupdict().get("way") or "").startswith(("未来", "今后", "接下来", "往后")) else -1
    if unit:
        named = "year" if match["outer"] else unit
        yield Part(
            start=match.start(), end=match.end(), role="rolling", low=way, high=count, unit=unit, name=f"unit {named}"
        )


def _within(match: re.Match[str]) -> Iterator[Part]:
    """十天内: the next ten days, or the last ten."""
    unit, count = _long(match)
    if unit:
        yield Part(start=match.start(), end=match.end(), role="rolling", low=1, high=count, unit=unit, name="both ways")


def _first_or_last(match: re.Match[str]) -> Iterator[Part]:
    """前三个月: the last three, or the first three of the year."""
    count = chinese_number(match["count"])
    yield Part(start=match.start(), end=match.end(), role="rolling", low=-1, high=count, unit="month", name="or first")


def _clocked(match: re.Match[str]) -> int:
    """Return the minutes that hours, minutes or seconds make, at least one."""
    size = {"小": 60.0, "钟": 60.0, "分": 1.0, "秒": 1 / 60}[match["clock"][0]]
    count = chinese_number(match["count"]) + (0.5 if match["inner"] else 0) if match["count"] else 0.5
    return max(1, round(count * size))


def _clock_offset(match: re.Match[str]) -> Iterator[Part]:
    way = -1 if match["way"] == "前" else 1
    yield Part(start=match.start(), end=match.end(), role="offset", low=way * _clocked(match), unit="hour")


def _clock_rolling(match: re.Match[str]) -> Iterator[Part]:
    way = 1 if match["way"].startswith(("未来", "今后", "接下来", "往后")) else -1
    yield Part(start=match.start(), end=match.end(), role="rolling", low=way, high=_clocked(match), unit="hour")


def _vague(match: re.Match[str]) -> Iterator[Part]:
    yield Part(start=match.start(), end=match.end(), role="dead", unit=_UNITS[match["unit"]], name="unresolved")


def _day(match: re.Match[str]) -> Iterator[Part]:
    number = int(_WORDS["days"][match[0]])
    yield Part(start=match.start(), end=match.end(), role="day", low=number, high=number, relative=True)


def _year(match: re.Match[str]) -> Iterator[Part]:
    number = int(_WORDS["years"][match[0]])
    yield Part(start=match.start(), end=match.end(), role="year", low=number, high=number, relative=True)


def _turned(match: re.Match[str]) -> Iterator[Part]:
    number = _TURNS[match["turn"]]
    role = cast("Role", _UNITS[match["unit"]])
    yield Part(start=match.start(), end=match.end(), role=role, low=number, high=number, relative=True)


def _month(match: re.Match[str]) -> Iterator[Part]:
    number = _TURNS[match["turn"]]
    day = match["day"]
    middle = match.start("day") if day else match.end()
    yield Part(start=match.start(), end=middle, role="month", low=number, high=number, relative=True)
    if day:
        low = chinese_number(day)
        yield Part(start=middle, end=match.end(), role="day", low=low, high=low)


def _week(match: re.Match[str]) -> Iterator[Part]:
    number, day = _TURNS[match["turn"]], match["weekday"]
    middle = match.start("weekday") if day else match.end()
    if day == "末":
        yield Part(start=match.start(), end=match.end(), role="weekend", low=number, high=number, relative=True)
        return
    yield Part(start=match.start(), end=middle, role="week", low=number, high=number, relative=True)
    if day:
        low = int(_WORDS["weekdays"][day])
        yield Part(start=middle, end=match.end(), role="weekday", low=low, high=low, relative=True)


def _weekend(match: re.Match[str]) -> Iterator[Part]:
    yield Part(start=match.start(), end=match.end(), role="weekend", relative=True, sure=0.7)


def _anchored(match: re.Match[str]) -> Iterator[Part]:
    unit, shift = _WORDS["anchored"][match[0]]
    told = not re.search(r"\w\Z", match.string[: match.start()])
    yield Part(
        start=match.start(),
        end=match.end(),
        role="anchored",
        low=int(shift),
        unit=unit,
        side="left",
        name="told" if told and "同期" not in match[0] else "",
    )


def _day_after(match: re.Match[str]) -> Iterator[Part]:
    unit, shift = _UNITS[match["unit"]], chinese_number(match["count"])
    yield Part(start=match.start(), end=match.end(), role="anchored", low=shift, unit=unit, side="left", name="exact")


def _now(match: re.Match[str]) -> Iterator[Part]:
    alone = match[0].startswith("截") or match[0].endswith("为止")
    yield Part(
        start=match.start(),
        end=match.end(),
        role="bound",
        unit="day",
        name="until now",
        needs="" if alone else "neighbour",
    )


_DAYS: Final = "|".join(guarded(word) for word in sorted(_WORDS["days"], key=len, reverse=True))
_YEARS: Final = "|".join(guarded(word) for word in sorted(_WORDS["years"], key=len, reverse=True))
_WAY_BACK: Final = r"(?:最近|过去|(?<![附接靠临最])近)"
_WAY_ON: Final = r"(?:未来|今后|接下来|往后)"
_SAME_YEARS: Final = "(?P<year>" + "|".join(guarded(word) for word in ("去年", "前年", "大前年", "明年", "后年")) + ")"
_TWELVE: Final = (*"一二三四五六七八九十", "十一", "十二", *map(str, range(1, 13)))
RULES: Final = rules(
    0,
    (rf"{_START}{_LONG}[之以]?(?P<way>[前后]){_NO_BOUND}", _offset),
    (rf"{_START}{_CLOCK}[之以]?(?P<way>[前后]){_NO_BOUND}", _clock_offset),
    (rf"(?P<way>{_WAY_BACK}|{_WAY_ON})的?{_CLOCK}(?![前后])", _clock_rolling),
    (rf"{_START}{_LONG}[之以]?前的?今[天日]", _same_day),
    (rf"{_START}{_LONG}[之以]?前的?(?:这个?|本)月份?", _same_month),
    (rf"{_SAME_YEARS}的?(?:(?P<day>今[天日])|(?:这个?|本)月份?)", _same_of_named),
    (rf"(?<!以)上一?个(?P<month>{one_of(_TWELVE)})月份?", _named_month_before),
    (rf"(?P<way>{_WAY_BACK}|{_WAY_ON})的?{_LONG}(?![前后])", _rolling),
    (rf"{_START}{_LONG}以?来(?![自])", _rolling),
    (rf"{_START}{_LONG}[之以]?内", _within),
    (rf"(?<![年之以份])前(?P<count>{CHINESE})个月", _first_or_last),
    (rf"{_START}(?:{CHINESE}个?)?(?:好?几|数|多)个?(?P<unit>{one_of(_UNITS)})[之以]?[前后]{_NO_BOUND}", _vague),
    (rf"{_START}{CHINESE}个?(?P<unit>{one_of(_UNITS)})多[之以]?[前后]{_NO_BOUND}", _vague),
    (rf"(?:{_WAY_BACK}|{_WAY_ON})的?(?:几|数|多)个?(?P<unit>{one_of(_UNITS)})", _vague),
    (_DAYS, _day),
    (_YEARS, _year),
    (rf"(?<![以成日基]){_TURN}一?个?月(?![亮球饼均])份?(?:(?P<day>{DAY})[日号])?", _month),
    (rf"(?<!以){_TURN}一?个?(?P<unit>季度|世纪)", _turned),
    (
        (
            rf"(?<![以成]){_TURN}一?个?(?:周|星期|礼拜)(?![期边围转身岁年长密知])"
            r"(?P<weekday>(?:[一二三四五六日]|(?<=[期拜])天)(?![直样定起共些次个般均])|末)?"
        ),
        _week,
    ),
    (r"(?<![上下本这每])周末", _weekend),
    (rf"(?<![是在不首多几每数屡此{NUMERAL}])(?:{one_of(_WORDS['anchored'])})", _anchored),
    (rf"[之以]?后的?第(?P<count>{CHINESE})个?(?P<unit>{one_of(_UNITS)})", _day_after),
    (
        r"截[至止]到?(?:目前|现在|今(?![年天日晚早晨春夏秋冬]))(?:为止)?|[至迄]今(?![年天日晚早晨春夏秋冬])(?:为止)?|到(?:目前|现在)(?:为止)?",
        _now,
    ),
)
