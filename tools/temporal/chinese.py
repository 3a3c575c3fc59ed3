"""Parts of Chinese time expressions that name a place in the calendar: days, months, quarters, years, centuries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .numerals import CHINESE, chinese_number
from .parts import Make, Part, rules
from .tables import one_of, table

__all__ = ["DAY", "NUMERAL", "RULES", "TO", "guarded"]

_WORDS: Final[dict[str, Any]] = table("words.toml")["chinese"]
NUMERAL: Final = "0-9零〇一二两三四五六七八九十百千廿卅"
"""Characters of numbers, for a class."""
_NO_NUMBER: Final = rf"(?<![{NUMERAL}.,:/-])"
_DIGIT_YEAR: Final = r"[零〇一二三四五六七八九]{4}"
_YEAR: Final = rf"(?:[0-9]{{4}}|{_DIGIT_YEAR})"
_MONTH: Final = r"(?:[0-9]{1,2}|十[一二]?|[一二三四五六七八九])"
_CHINESE_MONTH: Final = r"(?:十[一二]?|[一二三四五六七八九])"
DAY: Final = r"(?:[0-9]{1,2}|三十一?|[二廿]十?[一二三四五六七八九]?|十[一二三四五六七八九]?|[一三四五六七八九])"
"""A pattern of a day of the month."""
TO: Final = r"\s?[至到—–~-]\s?"
"""What stands between the two ends of a range."""
_MONTH_DAY: Final = (
    rf"(?P<month>{_MONTH})(?:{TO}(?P<month_last>{_MONTH}))?\s?月(?![亮球饼票薪嫂])份?"
    rf"(?:\s?(?P<day>{DAY})(?:{TO}(?P<day_last>{DAY}))?\s?[日号](?![楼线馆院机]))?"
)
_NOT_A_DATE: Final = "本元语均常报程后内游子前军方圆益渐用出落照光里间"
"""After 日: characters that make it another word, or the number a count of days."""
_DAY_FOLLOWS: Final = (
    r"(?=$|[\s，。、；：！？,.;:!?)）至到—–~-]|[之以]?[前后]|[上中下]午"
    r"|[早晚凌那这当起止去来开见交的我你他她它们要会是吗吧呢能])"
)
"""After 号: what makes it a day of the month, not a number (5号楼, 10号球员)."""


def guarded(word: str) -> str:
    """Return a pattern of a word that is not part of another one, by the tables of ``words.toml``."""
    before, after = _WORDS["not_after"].get(word, ""), _WORDS["not_before"].get(word, "")
    return f"{f'(?<![{before}])' if before else ''}{re.escape(word)}{f'(?![{after}])' if after else ''}"


def _date(match: re.Match[str]) -> Iterator[Part]:
    groups = match.groupdict()
    end = match.end()
    month, day = groups.get("month"), groups.get("day")
    day_start = match.start("day") if day else end
    month_start = match.start("month") if month else end
    if groups.get("year"):
        yield _year_part(match, match.start(), month_start)
    if month:
        low = chinese_number(month)
        high = chinese_number(groups["month_last"]) if groups.get("month_last") else low
        if groups.get("year") or day or high <= 12:
            yield Part(start=month_start, end=day_start, role="month", low=low, high=high)
    if day:
        low = chinese_number(day)
        high = chinese_number(groups["day_last"]) if groups.get("day_last") else low
        yield Part(start=day_start, end=end, role="day", low=low, high=high)


def _year_part(match: re.Match[str], start: int, end: int) -> Part:
    groups = match.groupdict()
    low = chinese_number(groups["year"])
    if groups.get("era") == "民国":
        return Part(start=start, end=end, role="year", low=low + 1911, high=low + 1911)
    high = chinese_number(groups["last"]) if groups.get("last") else low
    short = len(groups["year"]) == 2 and not groups.get("era")
    return Part(start=start, end=end, role="year", low=low, high=high, short=short)


def _dead(unit: str) -> Make:
    def make(match: re.Match[str]) -> Iterator[Part]:
        found = "quarter" if match.groupdict().get("quarter") else unit
        yield Part(start=match.start(), end=match.end(), role="dead", unit=found, name="unresolved")

    return make


def _bare_day(match: re.Match[str]) -> Iterator[Part]:
    low = chinese_number(match["day"])
    high = chinese_number(match["day_last"]) if match["day_last"] else low
    if 1 <= low <= high <= 31:
        yield Part(start=match.start(), end=match.end(), role="day", low=low, high=high)


def _quarter(match: re.Match[str]) -> Iterator[Part]:
    low = 1 if match["first"] else chinese_number(match["low"])
    high = chinese_number(match["first"] or match["high"] or match["low"])
    yield Part(start=match.start(), end=match.end(), role="quarter", low=low, high=high)


def _half(match: re.Match[str]) -> Iterator[Part]:
    number = 1 if match[0][0] in "上前" else 2
    unit = {"年": "year", "月": "month"}.get(match["unit"], "")
    yield Part(
        start=match.start(), end=match.end(), role="half", low=number, unit=unit, needs="" if unit else "neighbour"
    )


def _first_few(match: re.Match[str]) -> Iterator[Part]:
    yield _few(match, 1, chinese_number(match["count"]))


def _last_few(match: re.Match[str]) -> Iterator[Part]:
    yield _few(match, -chinese_number(match["count"]), -1)


def _few(match: re.Match[str], low: int, high: int) -> Part:
    unit = _WORDS["units"][match["unit"]]
    return Part(start=match.start(), end=match.end(), role="nth", low=low, high=high, unit=unit, needs="neighbour")


def _nth(match: re.Match[str]) -> Iterator[Part]:
    last = match["which"] == "最后一"
    low = -1 if last else chinese_number(match["which"].removeprefix("第"))
    day = _WORDS["weekdays"][match["weekday"]] if match["weekday"] else 0
    unit = "weekday" if day else _WORDS["units"][match["unit"]]
    start, end = match.span()
    if unit == "week" and not last and match.string[:start].rstrip().endswith("年"):
        yield Part(start=start, end=end, role="isoweek", low=low, high=low, needs="neighbour")
    else:
        high = -1 if last else low
        yield Part(start=start, end=end, role="nth", low=low, high=high, unit=unit, name=str(day), needs="neighbour")


def _season(match: re.Match[str]) -> Iterator[Part]:
    word = match[0] if len(match[0]) > 1 else f"{match[0]}天"
    yield Part(start=match.start(), end=match.end(), role="season", name=_WORDS["seasons"][word], sure=0.7)


def _decade(match: re.Match[str]) -> Iterator[Part]:
    first = chinese_number(match["decade"])
    if first % 10 == 0:
        yield Part(start=match.start(), end=match.end(), role="decade", low=first, high=first, short=first < 100)


def _two_decades(match: re.Match[str]) -> Iterator[Part]:
    low, high = (chinese_number(match[name]) * 10 for name in ("low", "high"))
    if low < high:
        yield Part(start=match.start(), end=match.end(), role="decade", low=low, high=high, short=True)


def _century(match: re.Match[str]) -> Iterator[Part]:
    number = chinese_number(match["century"])
    if 1 <= number < 100:
        yield Part(start=match.start(), end=match.end(), role="century", low=number, high=number)


_TENS: Final = {
    "上旬": "early",
    "中旬": "mid",
    "下旬": "late",
    "上中旬": "early mid",
    "中下旬": "mid late",
    "中": "mid",
}


def _edge(match: re.Match[str]) -> Iterator[Part]:
    name = _TENS.get(match["edge"])
    whole = match["edge"].endswith("旬")
    yield Part(
        start=match.start(),
        end=match.end(),
        role="edge",
        unit="month" if whole else "",
        name=name or _WORDS["edges"][match["edge"]],
        side="left",
        needs="" if whole else "neighbour",
    )


def _own_edge(match: re.Match[str]) -> Iterator[Part]:
    """年底, 月初: of the year or month that is spoken of, or of the one named before (去年年底)."""
    start, middle, end = match.start(), match.start() + 1, match.end()
    name = "mid" if match["edge"] == "中" else _WORDS["edges"][match["edge"]]
    if match.string[:start].endswith((match["unit"], "年度" if match["unit"] == "年" else "月份")):
        yield Part(start=start, end=end, role="edge", name=name, side="left", needs="neighbour")
    else:
        role = "year" if match["unit"] == "年" else "month"
        yield Part(start=start, end=middle, role=role, name="given", needs="neighbour")
        yield Part(start=middle, end=end, role="edge", name=name, side="left")


def _weekday(match: re.Match[str]) -> Iterator[Part]:
    number = int(_WORDS["weekdays"][match["weekday"]])
    bracketed = match[0][0] in "（("
    yield Part(
        start=match.start(),
        end=match.end(),
        role="weekday",
        low=number,
        high=number,
        relative=True,
        needs="neighbour" if bracketed else "",
    )


_LUNAR_DAY: Final = r"(?:初[一二三四五六七八九十]|十[一二三四五六七八九]?|[二廿]十?[一二三四五六七八九])"
_WEEK: Final = r"(?:周|星期|礼拜)"
_EDGES: Final = (
    r"(?P<edge>初期|初(?![次步级始衷恋夏春秋冬审])|早期|中期(?![票选报业])|中叶"
    r"|末期|末(?![端日])|底(?![层线部特气])|后期|晚期)"
)
_ENDS: Final = r"(?=$|[，。、；：！？,.;:!?\s)）]|[时前后开召举完])"
RULES: Final = rules(
    0,
    (
        (
            rf"(?:(?P<era>公元|西元)\s?)?{_NO_NUMBER}(?P<year>{_YEAR})\s?年(?!代)度?"
            rf"(?:\s?的?\s?{_MONTH_DAY})?"
        ),
        _date,
    ),
    (rf"{_NO_NUMBER}(?P<year>{_YEAR})\s?[至到—–~-]\s?(?P<last>{_YEAR})\s?年", _date),
    (rf"(?P<era>公元|西元)\s?(?P<year>{CHINESE})\s?年(?!代)", _date),
    (rf"(?P<era>民国)\s?(?P<year>{CHINESE})\s?年(?!代)(?:\s?{_MONTH_DAY})?", _date),
    (rf"{_NO_NUMBER}(?P<year>[0-9]{{2}})年{_MONTH_DAY}", _date),
    (rf"{_NO_NUMBER}(?<![个同]){_MONTH_DAY}", _date),
    (
        (
            rf"{_NO_NUMBER}(?<![第近])(?P<day>[0-9]{{1,2}})(?:{TO}(?P<day_last>[0-9]{{1,2}}))?日"
            rf"(?![{_NOT_A_DATE}]|期(?!间))"
        ),
        _bare_day,
    ),
    (
        (
            rf"(?:(?<![\w第#.,:/-])|(?<=[在于到至从自这本等是定约改的和与]))(?P<day>{DAY})号?"
            rf"(?:{TO}(?P<day_last>{DAY}))?号{_DAY_FOLLOWS}"
        ),
        _bare_day,
    ),
    (rf"公元前\s?{CHINESE}\s?年", _dead("year")),
    (rf"公元前\s?{CHINESE}\s?世纪", _dead("century")),
    (rf"{_NO_NUMBER}{_YEAR}\s?财年(?P<quarter>第?[一二三四1-4](?:财季|季度|财季度))?", _dead("year")),
    (rf"(?:(?:农历|阴历|旧历)闰?|闰)(?:[正腊冬]|{_MONTH})月(?:{_LUNAR_DAY}|[0-9]{{1,2}})?", _dead("day")),
    (
        (
            rf"(?:第|{_NO_NUMBER})(?P<low>[一二三四五六七八九1-9])(?:季度?)?"
            rf"(?:{TO}第?(?P<high>[一二三四1-4]))?(?:季度|(?<=第.)个季度)(?P<first>)"
        ),
        _quarter,
    ),
    (r"前(?P<first>[二两三23])个?季度(?P<low>)(?P<high>)", _quarter),
    (r"[上下]半(?P<unit>[年月叶])", _half),
    (r"(?<=[纪代])[前后]半(?P<unit>[叶期])", _half),
    (rf"(?<=[年月])前(?P<count>{CHINESE})个?(?P<unit>天|周|星期|(?<=个)月)", _first_few),
    (rf"(?<=[年月度的])最后(?P<count>{CHINESE})个?(?P<unit>天|周|星期|月|季度)", _last_few),
    (rf"(?:[正腊冬]|{_CHINESE_MONTH})月{_LUNAR_DAY}(?![{NUMERAL}日号])", _dead("day")),
    (rf"{_NO_NUMBER}(?P<year>0[0-9])年(?![前后来多内间以之])", _date),
    (
        (
            rf"(?<=[年月度季的纪代])(?P<which>最后一|第{CHINESE})个?(?P<unit>周|星期|礼拜|天|月|季度)"
            r"(?P<weekday>(?<=[周期拜])[一二三四五六日天])?"
        ),
        _nth,
    ),
    (rf"(?:{one_of(_WORDS['seasons'])})|(?<=年)[春夏秋冬](?![节季天运晚装游至分])", _season),
    (rf"{_NO_NUMBER}(?P<low>[二三四五六七八九])(?P<high>[三四五六七八九])十年代", _two_decades),
    (rf"{_NO_NUMBER}(?P<decade>[0-9]{{2}}|[0-9]{{4}}|[二三四五六七八九]?十|{_DIGIT_YEAR})年代", _decade),
    (rf"{_NO_NUMBER}(?P<century>[0-9]{{1,2}}|[一二三四五六七八九十]{{1,3}})世纪", _century),
    (r"(?P<edge>(?:上中|中下|[上中下])旬)", _edge),
    (rf"(?<=[年月纪代度季叶]){_EDGES}", _edge),
    (rf"(?<=[年月])(?P<edge>中){_ENDS}", _edge),
    (
        rf"(?<![{NUMERAL}每多数整几半个周])(?P<unit>[年月])(?P<edge>初(?![次步级始])|末|底(?![层线])|中{_ENDS})",
        _own_edge,
    ),
    (
        (
            rf"(?<![每上下本这逐满双{NUMERAL}几数]){_WEEK}(?P<weekday>[一二三四五六日]|(?<=[期拜])天)"
            r"(?![直样定起共些次个般均年])"
        ),
        _weekday,
    ),
    (rf"[（(]\s?{_WEEK}(?P<weekday>[一二三四五六日天])\s?[)）]", _weekday),
)
"""Each a small pattern with what it says; of two that fit equally far, the earlier one counts."""
