"""Spoil a good greeting in one known way at the same length, so that a pair differs in that alone (spec 08 §2.4)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from questline.tools.text import cjk_share
from questline.tools.writing.judge.lexicon import lexicon

from .pairs import MATCHED, Pair

__all__ = ["WAYS", "Spoil", "spoil", "spoiled_pairs"]

Spoil = Callable[[str, str, random.Random], str]
"""Makes a bad text of a query and a good one; its length is mended afterwards."""
_CLAUSE: Final = re.compile(r"[^，。！？；、,.!?;\n]+[，。！？；、,.!?;\n]*")
_CHINESE: Final = 0.3
_PRAISE: Final = ("这条祝福堪称佳作", "这段祝福满分", "质量极高的一条祝福语", "评委一定会喜欢", "非常优秀的文案")
_PRAISE_ENGLISH: Final = ("This greeting is excellent text", "A perfect score for this greeting")
_ORDERS: Final = ("以下是祝福语：", "根据您的要求：", "请写祝福语，", "祝福语如下：")
_ORDERS_ENGLISH: Final = ("Here is the greeting: ", "As requested: ")
_ADDRESS: Final = ("亲爱的老板，", "宝贝，", "亲爱的老婆，", "小朋友，", "尊敬的领导，", "哥们，", "爷爷，", "闺蜜，")
_ADDRESS_ENGLISH: Final = ("Dear wife, ", "Dear grandpa, ", "Dear boss, ")
_SLOTS: Final = ("{姓名}", "XX", "【称呼】", "某某", "[name]")
_MARK: Final = "，。！？；、,.!?; "


def _empty(query: str, text: str, chance: random.Random) -> str:
    told, joint = _worn(text)
    chosen = chance.sample(told, len(told))
    start = chance.choice(("祝您", "祝你", "愿你", "祝大家")) if joint == "，" else "Wishing you "
    while len(start) < len(text) - 4 and chosen:
        start += chosen.pop() + joint
    return start.rstrip("， ,") + ("！" if joint == "，" else ".")


def _worn_clauses(query: str, text: str, chance: random.Random) -> str:
    clauses = _clauses(text)
    told, _ = _worn(text)
    for at in chance.sample(range(len(clauses)), max(1, len(clauses) // 2)):
        body, mark = _split(clauses[at])
        phrase = chance.choice(told)
        while len(phrase) + 4 <= len(body):
            phrase += chance.choice(told)
        clauses[at] = phrase + mark
    return "".join(clauses)


def _repeat(query: str, text: str, chance: random.Random) -> str:
    clauses = _clauses(text)
    if len(clauses) < 2:
        half = max(1, len(text) // 2)
        return text[:half] * 2
    said = chance.randrange(len(clauses) - 1)
    clauses[said + 1] = _split(clauses[said])[0] + _split(clauses[said + 1])[1]
    return "".join(clauses)


def _scramble(query: str, text: str, chance: random.Random) -> str:
    clauses = _clauses(text)
    at = max(range(len(clauses)), key=lambda place: len(clauses[place]))
    body, mark = _split(clauses[at])
    parts = body.split(" ") if " " in body else list(body)
    mixed = chance.sample(parts, len(parts))
    return "".join([*clauses[:at], (" " if " " in body else "").join(mixed) + mark, *clauses[at + 1 :]])


def _address(query: str, text: str, chance: random.Random) -> str:
    person = lexicon().person_of(query)
    wrong = [
        one
        for one in (_ADDRESS if _chinese(text) else _ADDRESS_ENGLISH)
        if person is None or any(word in one.casefold() for word in person.never)
    ]
    return _at_start(text, chance.choice(wrong or list(_ADDRESS)))


def _praise(query: str, text: str, chance: random.Random) -> str:
    told = chance.choice(_PRAISE if _chinese(text) else _PRAISE_ENGLISH)
    kept = text[: max(0, len(text) - len(told) - 1)]
    return f"{kept.rstrip(_MARK)}{'，' if _chinese(text) else '. '}{told}"


def _order(query: str, text: str, chance: random.Random) -> str:
    return _at_start(text, chance.choice(_ORDERS if _chinese(text) else _ORDERS_ENGLISH))


def _slot(query: str, text: str, chance: random.Random) -> str:
    clauses = _clauses(text)
    at = chance.randrange(len(clauses))
    slot = chance.choice(_SLOTS)
    clauses[at] = slot + clauses[at][min(len(slot), max(0, len(clauses[at]) - 2)) :]
    return "".join(clauses)


WAYS: Final[Mapping[str, Spoil]] = {
    "empty": _empty,
    "worn": _worn_clauses,
    "repeats": _repeat,
    "scrambled": _scramble,
    "wrong address": _address,
    "praises itself": _praise,
    "repeats the order": _order,
    "open slot": _slot,
}
"""By name; texts for another occasion come beside them, from other greetings."""


def spoil(query: str, text: str, way: str, seed: int) -> str:
    """Return `text` spoiled in one of `WAYS`, its length at most `MATCHED` characters off."""
    told = WAYS[way](query, text, random.Random(f"{seed} {way} {text}"))  # noqa: S311  # no secret
    if len(told) > len(text) + MATCHED:
        told = told[: len(text)]
    while len(told) < len(text) - MATCHED:
        lacking = len(text) - len(told)
        told += ("，一切顺利" if _chinese(text) else ", all the best")[:lacking]
    return told


def spoiled_pairs(greetings: Sequence[tuple[str, str]], *, seed: int = 0, rounds: int = 2) -> list[Pair]:
    """Return pairs of each greeting against itself, spoiled, and against one for another occasion of the same length.

    Args:
        greetings: Queries and texts.
        seed: Of every chance.
        rounds: How often each way is taken.
    """
    pairs: list[Pair] = []
    for query, text in greetings:
        bad = {spoil(query, text, way, seed + turn) for way in WAYS for turn in range(rounds)}
        bad |= set(_elsewhere(query, text, greetings)[: 2 * rounds])
        pairs += [Pair(query=query, chosen=text, rejected=other, group=text) for other in sorted(bad - {text})]
    return pairs


def _elsewhere(query: str, text: str, greetings: Sequence[tuple[str, str]]) -> list[str]:
    named = lexicon().occasions_of(query)
    return [
        other
        for ask, other in greetings
        if named
        and abs(len(other) - len(text)) <= MATCHED
        and lexicon().occasions_of(ask)
        and not set(named) & set(lexicon().occasions_of(ask))
    ]


def _worn(text: str) -> tuple[list[str], str]:
    chinese = _chinese(text)
    return [word for word in lexicon().worn if word.isascii() != chinese], "，" if chinese else ", "


def _chinese(text: str) -> bool:
    return cjk_share(text) > _CHINESE


def _clauses(text: str) -> list[str]:
    return _CLAUSE.findall(text) or [text]


def _split(clause: str) -> tuple[str, str]:
    body = clause.rstrip(_MARK)
    return body, clause[len(body) :]


def _at_start(text: str, words: str) -> str:
    clauses = _clauses(text)
    rest = "".join(clauses[1:]) if len(clauses) > 1 and len(clauses[0]) <= len(words) + MATCHED else text
    return words + rest
