"""Parts of English time expressions that name a place in the calendar: days, months, quarters, years, centuries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .numerals import ENGLISH, ORDINAL, english_number, ordinal_number
from .parts import Part, rules
from .tables import one_of, table

__all__ = ["CUE", "FLAGS", "GAP", "RULES", "UNITS", "is_name", "singular"]

FLAGS: Final = re.IGNORECASE | re.ASCII
"""ASCII, so that a word ends where a Chinese one begins, and no letter outside it folds into one inside."""
_WORDS: Final = table("words.toml")["english"]
_MONTHS: Final[dict[str, int]] = _WORDS["months"] | _WORDS["months_short"]
_WEEKDAYS: Final[dict[str, int]] = _WORDS["weekdays"] | _WORDS["weekdays_short"]
_MONTH_NAME: Final = rf"(?:{one_of(_MONTHS)})\b"
_MONTH: Final = rf"(?P<month>{one_of(_MONTHS)})\b"
_WEEKDAY: Final = rf"(?P<weekday>{one_of(_WEEKDAYS)})\b"
_ALSO_WORDS: Final = frozenset({"may", "march", "fall", "spring"} | set(_WORDS["months_short"]))
UNITS: Final = one_of(_WORDS["units"])
_SUFFIX: Final = r"(?:st|nd|rd|th)?"
_DAY: Final = rf"(?P<day>[0-9]{{1,2}}){_SUFFIX}"
_LAST: Final = rf"(?P<last>[0-9]{{1,2}}){_SUFFIX}"
_TO: Final = r"\s*(?:-|–|—|\bto\b|\buntil\b|\bthrough\b)\s*"
_YEAR: Final = r"(?:1[0-9]{3}|2[01][0-9]{2})"
_CJK: Final = "\u3400-\u9fff"
_NO_NUMBER: Final = rf"(?:(?<=\bmid-)|(?<![\w.,$£€¥#/:–—{_CJK}-]))"
"""Before a number: nothing that makes it part of another one, a version, or a sum of money."""
_NOT_COUNTED: Final = (
    rf"(?![0-9_%°]|(?!Q[1-4])[a-z]|[.,:/-][0-9]|\s?[{_CJK}]|\s(?:people|members|students|km|miles|met(?:er|re)s|m|feet|ft"
    r"|kg|dollars|euros|pounds|yuan|words|pages|points|units|votes|years|days|hours|workers|employees|soldiers|times)\b)"
)
_OF_SOME: Final = rf"(?=\s+(?:of|in)\s+(?:the\s+)?(?:{one_of(_MONTHS)}|{_YEAR}|(?:last|this|next)\s+(?:month|year))\b)"
CUE: Final = re.compile(
    r"\b(?:in|since|until|till|by|before|after|from|to|through|during|of|between|and)\s+(?:the\s+)?$", FLAGS
)
"""What stands before a month or season and shows that it is one."""
GAP: Final = re.compile(
    r"(?P<of>\.?\s+(?:of|in|on)\s+(?:the\s+)?(?:year\s+)?)|\.?\s+(?:the\s+)?|(?P<comma>\s?,\s*)(?:the\s+)?|'s\s+|-|",
    FLAGS,
)
"""What may stand between two parts of one expression."""
_MONTH_CUE: Final = re.compile(r"\b(?:in|since|during|until|till|by|of|before|after|early|mid|late)(?:\s+|-)$", FLAGS)
"""What stands before ``may``, ``march`` or ``dec`` in small letters and shows that it is a month."""
_NO_VERB: Final = re.compile(
    rf"\s*(?:$|[,.;:!?)–—-]|(?:at|to|till|until|through|and|or|in|is|was|for|by|of|{_YEAR})\b)", FLAGS
)
"""What may follow a name in small letters that is no verb: not ``may 3 people``, ``march 3 miles``."""
_DAY_CUE: Final = re.compile(
    r"\b(?:(?P<sure>on|by|due|until|till)|before|after|since|from|to|through|this|next|last|coming)\s+$", FLAGS
)
_TIME_OF_DAY: Final = re.compile(
    r"\s+(?:(?:at\s+)?[0-9]{1,2}(?::[0-9]{2}|\s?[ap]\.?m\b)|(?:morning|afternoon|evening|night|noon)\b)", FLAGS
)
_DECADE_WORDS: Final[dict[str, int]] = _WORDS["decades"]
_EDGES: Final = r"early-?\s?to-?\s?mid|mid-?\s?to-?\s?late|early|mid|late"


def is_name(word: str) -> bool:
    """Say whether a word is written as the name of a time: not ``may`` or ``fall`` in lower case."""
    return word.casefold() not in _ALSO_WORDS or word[:1].isupper()


def singular(word: str) -> str:
    """Return the unit that a word such as ``years`` or ``fortnight`` names."""
    return str(_WORDS["units"][word.casefold()])


def _month_part(match: re.Match[str], *, alone: bool = False) -> Iterator[Part]:
    word = match["month"]
    told = bool(_MONTH_CUE.search(match.string[: match.start("month")])) if alone else False
    if is_name(word) or (told if alone else bool(_NO_VERB.match(match.string, match.end()))):
        number = _MONTHS[word.casefold()]
        short = word.casefold() in _WORDS["months_short"]
        yield Part(
            start=match.start("month"),
            end=match.end("month"),
            role="month",
            low=number,
            high=number,
            needs="" if told or not alone or word.casefold() not in _ALSO_WORDS else "neighbour" if short else "cue",
        )


def _month_day(match: re.Match[str]) -> Iterator[Part]:
    for month in _month_part(match):
        low = ordinal_number(match["word"]) if match["word"] else int(match["day"])
        yield month
        yield Part(start=month.end, end=match.end(), role="day", low=low, high=int(match["last"] or low))


def _day_month(match: re.Match[str]) -> Iterator[Part]:
    for month in _month_part(match):
        groups = match.groupdict()
        low = ordinal_number(groups["word"]) if groups.get("word") else int(match["day"])
        yield Part(start=match.start(), end=month.start, role="day", low=low, high=int(groups.get("last") or low))
        yield month


def _day_of_month(match: re.Match[str]) -> Iterator[Part]:
    number = int(match["day"])
    yield Part(start=match.start(), end=match.end(), role="day", low=number, high=number)


def _turned_month(match: re.Match[str]) -> Iterator[Part]:
    for month in _month_part(match):
        yield Part(
            start=match.start(), end=match.end(), role="month", low=month.low, high=month.low, turn=turn(match["turn"])
        )


def turn(word: str) -> int:
    """Return -1 for ``last``, 0 for ``this``, 1 for ``next``."""
    return int(_WORDS["turns"][word.casefold()])


def _month_alone(match: re.Match[str]) -> Iterator[Part]:
    yield from _month_part(match, alone=True)


def _year(match: re.Match[str]) -> Iterator[Part]:
    low = int(match["year"])
    last = match.groupdict().get("last") or match["year"]
    high = int(last) if len(last) == 4 else low // 100 * 100 + int(last)
    if high >= low or len(last) == 4:
        yield Part(start=match.start(), end=match.end(), role="year", low=low, high=high, sure=0.9)


def _counted_year(match: re.Match[str]) -> Iterator[Part]:
    digits = match["before"] or match["after"]
    era = (match["era"] or match["era_first"]).replace(".", "")
    if not era.isupper():
        return
    if era.startswith("B"):
        yield Part(start=match.start(), end=match.end(), role="dead", unit="year", name="unresolved")
    elif int(digits):
        yield Part(start=match.start(), end=match.end(), role="year", low=int(digits), high=int(digits))


def _quarter(match: re.Match[str]) -> Iterator[Part]:
    number = int(match["number"]) if match["number"] else ordinal_number(match["word"])
    yield Part(start=match.start(), end=match.end(), role="quarter", low=number, high=number)


def _half(match: re.Match[str]) -> Iterator[Part]:
    word = match["number"] or match["word"].casefold()
    number = 1 if word in {"1", "first"} else 2
    yield Part(start=match.start(), end=match.end(), role="half", low=number, high=number, needs="neighbour")


def _isoweek(match: re.Match[str]) -> Iterator[Part]:
    number = int(match["number"])
    yield Part(start=match.start(), end=match.end(), role="isoweek", low=number, high=number, needs="neighbour")


def _nth(match: re.Match[str]) -> Iterator[Part]:
    word, groups = match["word"].casefold(), match.groupdict()
    place = -1 if word in {"last", "final"} else ordinal_number(word)
    count = english_number(groups["count"]) if groups.get("count") else 1
    low, high = (-count, -1) if place < 0 else (place, place) if count == 1 else (1, count)
    day = _WEEKDAYS[groups["weekday"].casefold()] if groups.get("weekday") else 0
    unit = "weekday" if day else singular(groups["unit"])
    if (count == 1 or place in {1, -1}) and unit != "fortnight":
        yield Part(
            start=match.start(),
            end=match.end(),
            role="nth",
            low=low,
            high=high,
            unit=unit,
            name=str(day),
            needs="neighbour",
        )


def _weekday(match: re.Match[str]) -> Iterator[Part]:
    word, name = match["weekday"], match.groupdict().get("turn")
    short = word.casefold() in _WORDS["weekdays_short"]
    told = short and _stands_alone(match, word)
    if short and not told and (name or not word[0].isupper()):
        return
    number = _WEEKDAYS[word.casefold()]
    yield Part(
        start=match.start(),
        end=match.end(),
        role="weekday",
        low=number,
        high=number,
        turn=turn(name) if name else None,
        needs="neighbour" if short and not told else "",
    )


def _stands_alone(match: re.Match[str], word: str) -> bool:
    """Say whether a short weekday is one without a date beside it: ``by Fri``, not ``he sat``, ``the Sun``."""
    text = match.string
    if text.strip(" .!?") == match[0]:
        return True
    capital, plain = word[0].isupper(), bool(_NO_VERB.match(text, match.end()))
    if capital and _TIME_OF_DAY.match(text, match.end()):
        return True
    cue = _DAY_CUE.search(text[: match.start("weekday")])
    if cue is None or not (plain or _TIME_OF_DAY.match(text, match.end())):
        return False
    return capital or word.casefold() not in {"sat", "sun", "wed"} or cue["sure"] is not None


def _season(match: re.Match[str]) -> Iterator[Part]:
    word, name = match["season"], match.groupdict().get("turn")
    season = str(_WORDS["seasons"][word.casefold()])
    yield Part(
        start=match.start(),
        end=match.end(),
        role="season",
        name=season,
        turn=turn(name) if name else None,
        needs="" if name else "cue",
        sure=0.7,
    )


def _decade(match: re.Match[str]) -> Iterator[Part]:
    word = match["decade"]
    first = int(word) if word.isdigit() else _DECADE_WORDS[word.casefold()]
    yield Part(start=match.start(), end=match.end(), role="decade", low=first, high=first, short=first < 100)


def _century(match: re.Match[str]) -> Iterator[Part]:
    number = ordinal_number(match["word"])
    if (match["era"] or "").upper().startswith("B"):
        yield Part(start=match.start(), end=match.end(), role="dead", unit="century", name="unresolved")
    else:
        yield Part(start=match.start(), end=match.end(), role="century", low=number, high=number)


def _edge(match: re.Match[str]) -> Iterator[Part]:
    words = (match["edge"] or match["edge_of"]).casefold()
    name = " ".join(_WORDS["edges"][word] for word in re.split(r"[\s-]+", words) if word != "to")
    point = "day" if match["edge_of"] else ""
    yield Part(
        start=match.start(), end=match.end(), role="edge", unit=point, name=name, side="right", needs="neighbour"
    )


def _fiscal(match: re.Match[str]) -> Iterator[Part]:
    unit = "quarter" if match["quarter"] else "year"
    yield Part(start=match.start(), end=match.end(), role="dead", unit=unit, name="unresolved")


RULES: Final = rules(
    FLAGS,
    (
        (
            rf"\b{_MONTH}\.?\s+(?:the\s+)?(?:{_DAY}|(?P<word>{ORDINAL}))"
            rf"(?:{_TO}{_LAST}(?!\s+(?:of\s+)?{_MONTH_NAME}))?(?![0-9]|\s?[%:]|\.[0-9])"
        ),
        _month_day,
    ),
    (rf"{_NO_NUMBER}(?:\bthe\s+)?{_DAY}(?:{_TO}{_LAST})?\s+(?:of\s+)?{_MONTH}", _day_month),
    (rf"(?<=\bbetween\s){_DAY}\s+and\s+{_LAST}\s+(?:of\s+)?{_MONTH}", _day_month),
    (rf"(?:\bthe\s+)?\b(?P<word>{ORDINAL})\s+of\s+(?P<day>){_MONTH}", _day_month),
    (r"(?:\bthe\s+)?\b(?P<day>[0-9]{1,2})(?:st|nd|rd|th)(?=\s+of\s+(?:last|this|next)\s+month\b)", _day_of_month),
    (r"(?<=\bon\s)the\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)(?=\s*(?:[.,;:!?)]|$))", _day_of_month),
    (rf"\b(?P<turn>last|this|next)\s+{_MONTH}", _turned_month),
    (rf"\b{_MONTH}", _month_alone),
    (
        rf"{_NO_NUMBER}(?:\bthe\s+years?\s+)?(?P<year>{_YEAR})\s?[-–—]\s?(?P<last>{_YEAR}|[0-9]{{2}}){_NOT_COUNTED}",
        _year,
    ),
    (rf"{_NO_NUMBER}(?:\bthe\s+year\s+)?(?P<year>{_YEAR}){_NOT_COUNTED}", _year),
    (
        (
            r"(?<![\w.,])(?:(?P<era_first>AD)\s?(?P<after>[0-9]{1,4})"
            r"|(?P<before>[0-9]{1,4})\s?(?P<era>B\.?C\.?(?:E\.?)?|A\.?D|C\.?E))\b"
        ),
        _counted_year,
    ),
    (rf"(?:\bthe\s+)?\b(?P<word>{ORDINAL})[\s-]quarter\b(?!-)(?P<number>)", _quarter),
    (r"(?<![a-z])Q(?P<number>[1-4])(?![0-9a-z])", _quarter),
    (r"(?:\bthe\s+)?\b(?P<word>first|second|last|latter)\s+half\b(?P<number>)(?=\s+of\b)", _half),
    (r"\bH(?P<number>[12])\b(?P<word>)", _half),
    (rf"\bweek\s+(?P<number>[0-9]{{1,2}})(?=,?\s+(?:of\s+)?{_YEAR})", _isoweek),
    (rf"(?:\bthe\s+)?\b(?P<word>{ORDINAL}|last|final)\s+{_WEEKDAY}{_OF_SOME}", _nth),
    (
        rf"(?:\bthe\s+)?\b(?P<word>{ORDINAL}|last|final)\s+(?:(?P<count>{ENGLISH})\s+)?(?P<unit>{UNITS})(?=\s+of\b)",
        _nth,
    ),
    (rf"\b(?P<turn>last|this|next|coming)\s+{_WEEKDAY}", _weekday),
    (rf"\b{_WEEKDAY}", _weekday),
    (rf"\b(?P<turn>last|this|next)\s+(?P<season>{one_of(_WORDS['seasons'])})\b", _season),
    (rf"(?:\bthe\s+)?\b(?P<season>{one_of(_WORDS['seasons'])})\b", _season),
    (rf"(?:\bthe\s+)?{_NO_NUMBER}(?P<decade>(?:1[0-9]|2[01])[0-9]0)'?s\b", _decade),
    (r"(?:\bthe\s+'?|(?<!\w)')(?P<decade>[0-9]0)'?s\b", _decade),
    (r"(?<=mid-)(?P<decade>[0-9]0)s\b", _decade),
    (rf"\bthe\s+(?P<decade>{one_of(_DECADE_WORDS)})\b", _decade),
    (rf"(?:\bthe\s+)?\b(?P<word>{ORDINAL})[\s-]centur(?:y|ies)\b(?:\s+(?P<era>BCE?|AD|CE)\b)?", _century),
    (
        (
            rf"(?:\bthe\s+)?\b(?:(?P<edge>{_EDGES})(?:\s+in|\s+on)?(?=[\s-])"
            r"|(?P<edge_of>beginning|start|middle|end)\s+of(?=\s))"
        ),
        _edge,
    ),
    (r"\b(?:FY|fiscal(?:\s+year)?)\s?'?(?:[0-9]{4}|[0-9]{2})\b(?P<quarter>)", _fiscal),
    (rf"(?:\bthe\s+)?\b(?:{ORDINAL}\s+fiscal|fiscal\s+{ORDINAL})[\s-](?P<quarter>quarter)\b", _fiscal),
)
"""Each a small pattern with what it says; of two that fit equally far, the earlier one counts."""
