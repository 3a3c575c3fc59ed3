"""What a query asks for in numbers, and where a text says another one: its length, an age, a year, an anniversary.

A number counts only where it is said of the occasion itself (七十大寿, 十岁快乐): 我十岁那年 remembers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from questline.tools.number_words import chinese_number
from questline.tools.writing.script import as_written, lowered

__all__ = ["Room", "asked_characters", "far_longer", "other_number", "room_of"]

_N: Final = r"(?<![0-9零一二两三四五六七八九十百])([0-9]{1,3}|[零一二两三四五六七八九十百]{1,5})"
_ASKED: Final = re.compile(r"([零一二两三四五六七八九十]{1,3}|\d{1,3})个?字")
_SIGNS: Final = r"\s*个?(?:汉字|中文字|字)"
_MOST: Final = re.compile(
    rf"(?:不要?(?:超过|多于)|别超过|不能超过|不得超过|至多|最多|限|小于|少于|控制在|低于)\s*{_N}{_SIGNS}"
    rf"|{_N}{_SIGNS}\s*(?:以内|以下|之内|内)"
)
_LEAST: Final = re.compile(
    rf"(?:不少于|不得少于|至少|最少|(?<!不)(?<!不要)(?<!别)(?<!不能)(?<!不得)超过|多于)\s*{_N}{_SIGNS}|{_N}{_SIGNS}以上"
)
_ABOUT: Final = re.compile(rf"(?:大约|大概|约)\s*{_N}{_SIGNS}|{_N}{_SIGNS}\s*(?:左右|上下)")
_RANGE: Final = re.compile(rf"{_N}\s*(?:个?字)?\s*[到至\-~—]\s*{_N}{_SIGNS}")
_ENGLISH: Final = re.compile(
    r"\b(?:at most|under|within|no more than|fewer than|less than|up to|max(?:imum)?)\s+([0-9]{1,3})\s+words\b"
)
_NEAR: Final = 0.3
"""Share by which a length that is asked for roughly may be missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How long a text may be, in letters, or in words where `words` is set."""

    low: int = 0
    high: int | None = None
    words: bool = False

    def holds(self, size: int) -> bool:
        """Say whether so many letters or words fit."""
        return self.low <= size and (self.high is None or size <= self.high)


def asked_characters(query: str) -> int | None:
    """Return how many characters a query asks for, as 八个字 or 8字 does; None for any number."""
    match = _ASKED.search(query)
    if match is None or (len(match[1]) > 1 and not match[1].isdigit() and "十" not in match[1]):
        return None
    return chinese_number(match[1])


def room_of(query: str) -> Room | None:
    """Return the limits that a query sets; None where it sets none, or a number that has to be met exactly."""
    plain = lowered(query)
    if found := _RANGE.search(plain):
        low, high = sorted((chinese_number(found[1]), chinese_number(found[2])))
        return Room(low=low, high=high)
    if found := _MOST.search(plain):
        return Room(high=chinese_number(found[1] or found[2]))
    if found := _LEAST.search(plain):
        return Room(low=chinese_number(found[1] or found[2]))
    if found := _ABOUT.search(plain):
        about = chinese_number(found[1] or found[2])
        return Room(low=round(about * (1 - _NEAR)), high=round(about * (1 + _NEAR)))
    if found := _ENGLISH.search(plain):
        return Room(high=int(found[1]), words=True)
    return None


def far_longer(query: str, letters: int) -> bool:
    """Say whether a text of so many letters has half as many again as a query asks for: 八个字 are no sentence."""
    asked = asked_characters(query)
    return asked is not None and room_of(query) is None and letters > max(1.5 * asked, 16)


_AGE_ASKED: Final = re.compile(rf"{_N}(?:周岁|岁|大寿|寿辰|寿诞)|\b([0-9]{{1,3}})(?:st|nd|rd|th)\s+birthday\b")
_AGE_SAID: Final = re.compile(
    rf"{_N}(?:大寿|寿辰|寿诞|周岁)"
    rf"|(?<![我像如到])(?<!永远)(?<!依然)(?<!还是){_N}岁(?=(?:的)?(?:生日|生辰|快乐|[你您](?!那|时|的时候))|啦|了[，。！]|[，。！])"
    r"|\b([0-9]{1,3})(?:st|nd|rd|th)\s+birthday\b"
)
_YEARS: Final = re.compile(rf"{_N}\s*周年|\b([0-9]{{1,3}})(?:st|nd|rd|th)\s+anniversary\b")
_JUBILEES: Final[Mapping[str, int]] = {"银婚": 25, "珍珠婚": 30, "红宝石婚": 40, "金婚": 50, "钻石婚": 60}
_CALENDAR: Final = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})\s*年?(?![0-9])")
_ANIMALS: Final = "猴鸡狗猪鼠牛虎兔龙蛇马羊"
_ANIMAL: Final = re.compile(rf"(?<!属)(?<![金木水火土小])([{_ANIMALS}])年(?![级轻])")
_GONE: Final = re.compile(
    rf"(?:辞别?|告别|送走|送别|再见|走过|挥别|作别|别了|回首|回望|过去的)(?:旧岁的?|了)?(?:[{_ANIMALS}]年|(?:19|20)[0-9]{{2}})"
)
"""A year that is looked back on."""
_TURNING: Final = re.compile("元旦|跨年|除夕|年底|年终")
"""Days that lie between two years, of the calendar or of the animals."""
_STAGES: Final[Mapping[str, re.Pattern[str]]] = {
    "full moon": re.compile("满月"),
    "hundred days": re.compile(r"百日宴|百天|百日(?![誓冲])|100天"),
    "first birthday": re.compile(r"周岁|抓周"),
}
_ROUND: Final = frozenset({99, 100, 120})
"""Ages that one wishes for (长命百岁)."""


def other_number(query: str, text: str) -> tuple[str, str]:
    """Return the words by which a text names another age, year or anniversary than the query, and what they name.

    Both are empty where the query names none, and where the text names the same one too.
    """
    asked, said = lowered(query), lowered(text)
    for what, (reads_query, reads_text) in _KINDS.items():
        wanted, there = reads_query(asked), reads_text(said)
        if wanted and there and not wanted.keys() & there.keys():
            return as_written(next(iter(there.values())), text), what
    return "", ""


def _ages_asked(query: str) -> Mapping[object, str]:
    return _numbers(_AGE_ASKED, query)


def _ages_said(text: str) -> Mapping[object, str]:
    return {age: words for age, words in _numbers(_AGE_SAID, text).items() if age not in _ROUND}


def _anniversaries(text: str) -> Mapping[object, str]:
    return {**_numbers(_YEARS, text), **{years: word for word, years in _JUBILEES.items() if word in text}}


def _years_asked(query: str) -> Mapping[object, str]:
    found = _years_said(query)
    turning = _TURNING.search(query) is not None
    return {**found, **{int(year) + 1: year for year in found.values() if turning}}


def _years_said(text: str) -> Mapping[object, str]:
    return {int(match[1]): match[1] for match in _CALENDAR.finditer(_GONE.sub("", text))}


def _animals_asked(query: str) -> Mapping[object, str]:
    """Return the animals that a query names, or those of the calendar year that it names."""
    if (found := _animals_said(query)) or not (year := _CALENDAR.search(query)):
        return found
    first = int(year[1]) - (_TURNING.search(query) is not None)
    return {_ANIMALS[each % 12]: year[0] for each in (first, int(year[1]))}


def _animals_said(text: str) -> Mapping[object, str]:
    return {match[1]: match[0] for match in _ANIMAL.finditer(_GONE.sub("", text))}


def _stages(text: str) -> Mapping[object, str]:
    return {name: match[0] for name, pattern in _STAGES.items() if (match := pattern.search(text))}


_Read = Callable[[str], Mapping[object, str]]
_KINDS: Final[Mapping[str, tuple[_Read, _Read]]] = {
    "age": (_ages_asked, _ages_said),
    "anniversary": (_anniversaries, _anniversaries),
    "year": (_years_asked, _years_said),
    "year of an animal": (_animals_asked, _animals_said),
    "age of a baby": (_stages, _stages),
}
"""What can be named → what a query names of it, and what a text does: each thing with the words for it."""


def _numbers(pattern: re.Pattern[str], text: str) -> Mapping[object, str]:
    found: dict[object, str] = {}
    for match in pattern.finditer(text):
        told = next(group for group in match.groups() if group)
        found[chinese_number(told)] = match[0]
    return found
