"""Who speaks to whom: pronoun, form of address and group of phrases for a reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from questline.tools.writing.people import POLITE
from questline.tools.writing.reading import Reading

from .bank import bank

__all__ = ["Voice", "voice_of"]

_OF_BABIES: Final = frozenset({"newborn", "full_moon", "hundred_days"})
_OF_COUPLES: Final = frozenset({"wedding", "engagement", "anniversary"})
_KIN: Final = (
    "儿子",
    "女儿",
    "闺女",
    "孙",
    "侄",
    "外甥",
    "宝",
    "孩子",
    "公主",
    "王子",
    "媳",
    "女婿",
    "son",
    "daughter",
)
_BABY: Final = 3
"""Years up to which nobody speaks of school bags."""
_TENS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How a text speaks."""

    group: str
    """Of `questline.tools.writing.grammar.bank.FALLBACK`."""
    you: str
    who: str
    """Whom a wish is for."""
    address: str
    cores: tuple[str, ...]
    """Greetings that name the age, where it may be named."""
    close: bool = True
    """Whether the group's own closing sentences may be used."""


def voice_of(reading: Reading, *, named: bool) -> Voice:
    """Return the voice of a reading.

    Args:
        reading: What the brief was taken to mean.
        named: The brief itself says how to call the reader.
    """
    person, occasion = reading.person, reading.occasion
    group, address = person.group, reading.address
    subject = bank().occasions[occasion].subject
    you = "你们" if person.plural else "您" if group in POLITE else "我" if group == "self" else "你"
    own = any(word in person.word for word in _KIN)
    if occasion in _OF_BABIES or occasion in _OF_COUPLES:
        relative = group in ("parent", "grand", "senior") if occasion in _OF_COUPLES else group in ("child", "youth")
        if relative or group == "self":
            group, address = "", address if named else ""
            you = "你"
        if occasion in _OF_COUPLES:
            you = "你们"
    if occasion == "condolence":
        you = "您" if person.polite and not person.third else "你"
        return Voice(group="", you=you, who="", address=address if named or not person.third else "", cores=())
    if person.third:
        you = "孩子" if group in ("child", "youth") else "老人家" if group in ("parent", "grand", "senior") else you
        subject = "新人" if subject == "你们" else subject
        you = "新人" if occasion in _OF_COUPLES else you
        group = {"parent": "senior", "lover": "", "youth": "", "self": ""}.get(group, group)
    elif group == "youth" and not own:
        group = ""
    if group == "child" and reading.age is not None and reading.age <= _BABY:
        group = "baby"
    return Voice(
        group=group,
        you=you,
        who=you if subject is None else subject,
        address=address,
        cores=_aged(reading, group),
        close=not (person.third and group in ("child", "baby")),
    )


def chinese_number(value: int) -> str:
    """Return a number from 1 to 199 in Chinese characters, as an age is written."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    head = "一百" if hundreds else ""
    if hundreds and rest and not tens:
        return f"{head}零{_TENS[ones]}"
    ten = "" if not tens else "十" if tens == 1 and not hundreds else f"{_TENS[tens]}十"
    return head + ten + (_TENS[ones] if ones else "")


def _aged(reading: Reading, group: str) -> tuple[str, ...]:
    """Return greetings with the age: of the young, and a round one of an elder whose brief names it."""
    age = reading.age
    if age is None or reading.occasion != "birthday":
        return ()
    if age <= 30 and group not in ("boss", "teacher", "senior", "lover"):
        return (f"{chinese_number(age)}岁生日快乐", f"{chinese_number(age)}岁快乐")
    if age >= 60 and age % 10 == 0 and group in ("parent", "grand", "senior"):
        told = "百岁" if age == 100 else chinese_number(age)
        return (f"{told}大寿吉祥", f"{told}大寿安康")
    return ()
