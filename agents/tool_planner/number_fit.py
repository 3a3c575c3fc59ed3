"""What speaks for a number of a text where a price, a share or a count is asked for, and what rules it out."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.slot_filling.numbers import numbers_in
from questline.tools.slot_filling.units import measures
from questline.tools.text import STOPWORDS, is_cjk, stem

from .asked_units import COUNTED, UNIT, asked_unit
from .told_of import years_in

__all__ = ["COINS_ZH", "MONEY_ASKED", "NEVER", "SHARE_ASKED", "fits", "piece_of"]

MONEY_ASKED: Final = re.compile(
    r"\b(?:costs?|prices?|priced|pays?|fees?|charges?|rent|wages?|salary|salaries|premiums?|fares?|owe)\b"
    r"|多少(?:钱|镑|元|块)",
    re.IGNORECASE,
)
SHARE_ASKED: Final = re.compile(r"\bper ?cent\b|百分之", re.IGNORECASE)
COINS_ZH: Final = (
    "镑", "元", "块", "克朗", "欧元", "美元", "英镑", "日元", "法郎", "卢比", "便士", "角", "分钱", "钱",
)  # fmt: skip
_COINS: Final = frozenset(["pound", "crown", "penny", "pence", "franc", "krone", "kronor", "kroner", "dollar", "euro"])
_SIGN: Final = re.compile(r"[$€£¥₹]")
_AFTER: Final = re.compile(r"\s?-?([^\W\d_]+)(?:\s([^\W\d_]+))?(?:\s([^\W\d_]+))?")
_ONE: Final = re.compile(r"\b(?P<rate>for )?one (?P<noun>[^?]+?)(?= (?:cost|weigh|for|of|at|in|to|from)\b|\?|$)")
_RATES: Final = frozenset(map(stem, ("each", "every", "per", "apiece", "head", "person")))
_PRICED: Final = re.compile(
    r"(?:costs?|charged?|charges|pays?|paid|priced?|prices|fees?|rates?|rent|fares?|premiums?|worth|价格?|费用?|收费?)\b",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"(?:\s(?:is|are|was|of|at|only|just|about|around|comes to|to|now|[:=]))*[\s:=]*$", re.IGNORECASE
)
_CENTS: Final = re.compile(r"\d\.\d\d(?!\d)")
_PAST: Final = re.compile(r"\b(?:in|until|till|before|up to) (?:1[89]|20)\d{2}\b", re.IGNORECASE)
_PERCENT: Final = re.compile(r"\s?(?:%|per ?cent)", re.IGNORECASE)
_PIECE: Final = re.compile(r"[,;:，；、](?!\d)|\s(?:and|but|while|or)\s|(?<=[.。!?])\s")
_WORD: Final = re.compile(r"[^\W_]+")
_SERVED: Final = frozenset(
    map(stem, ("people", "persons", "guests", "adults", "servings", "portions", "eaters", "helpings", "heads"))
)
"""Words for those that something is for, one as good as another."""
NEVER: Final = -1e6


def fits(line: str, start: int, end: int, ask: str) -> float:
    """Return what speaks for a number of the kind that is asked for: money, a share, a count of one thing."""
    kinds = _measured(line, start, end)
    if SHARE_ASKED.search(ask):
        return 1.0 if _PERCENT.match(line, end) else NEVER
    if _of_several(line, start, ask):
        return NEVER
    if MONEY_ASKED.search(ask):
        past = _PAST.search(line) and not years_in(ask)
        return NEVER if past or not _rate_told(line, ask) else _as_money(line, start, end, kinds)
    counted = COUNTED.search(ask)
    if counted is None or counted["unit"].casefold() in STOPWORDS:
        return 0.0
    if asked_unit(ask):
        return NEVER if kinds and not kinds & measures(asked_unit(ask).casefold()) else 0.0
    return _as_count(line, end, counted["unit"], kinds) if counted["how"].casefold() == "many" else 0.0


def _as_money(line: str, start: int, end: int, kinds: frozenset[str]) -> float:
    if "money" in kinds:
        return 1.0
    if kinds:
        return NEVER
    verb = max((match.end() for match in _PRICED.finditer(line, 0, start)), default=-1)
    after = _AFTER.match(line, end)
    counts = after is not None and not is_cjk(after[1]) and after[1].casefold() not in STOPWORDS
    if verb >= 0 and _BARE.fullmatch(line, verb, start):
        return 0.5  # "costs 38 talers", "price: 12"
    if not counts and (verb >= 0 or _CENTS.fullmatch(line[start:end].strip())):
        return 0.0
    return NEVER


def _as_count(line: str, end: int, noun: str, kinds: frozenset[str]) -> float:
    """Return what speaks for a number that is to count a noun: the noun behind it, and no other one."""
    if kinds - {"time"} or _PERCENT.match(line, end):
        return NEVER
    behind = _behind(line, end)
    wanted = _SERVED if stem(noun) in _SERVED else frozenset({stem(noun)})
    if wanted & frozenset(map(stem, behind)):
        return 1.0
    first = behind[0] if behind else ""
    other = first.isascii() and first.islower() and first.endswith("s") and not first.endswith("ss") and len(first) > 3
    return NEVER if other or kinds else 0.0


def _behind(line: str, end: int) -> list[str]:
    """Return the words behind a number, at most three, up to a small one: what it counts is among them."""
    after = _AFTER.match(line, end)
    found = [word for word in after.groups() if word] if after else []
    small = next((place for place, word in enumerate(found) if word.casefold() in STOPWORDS), len(found))
    return found[:small]


def _measured(line: str, start: int, end: int) -> frozenset[str]:
    """Return what the unit beside a number measures; nothing where none stands there."""
    if _SIGN.search(line[max(0, start - 2) : end]):
        return frozenset({"money"})
    match = UNIT.match(line, end)
    if match is None:
        return frozenset()
    word = match[1].rpartition(" ")[2]
    if word.isascii():
        if word.casefold() in STOPWORDS or word.casefold() == "second":
            return frozenset()
        money = frozenset({"money"}) if stem(word) in map(stem, _COINS) else frozenset[str]()
        return measures("percent" if word == "%" else word) | money
    if word.startswith(COINS_ZH):
        return frozenset({"money"})
    return next((measures(word[:size]) for size in (3, 2, 1) if measures(word[:size])), frozenset[str]())


def _of_several(line: str, at: int, ask: str) -> bool:
    """Say whether a number is told of several of what one is asked about: "55 pounds for two people"."""
    piece = piece_of(line, at)
    heads = [frozenset(map(stem, one["noun"].split()[-1:])) for one in _ONE.finditer(ask)]
    for one in numbers_in(piece) if heads else ():
        behind = frozenset(map(stem, _behind(piece, one.end)))
        if isinstance(one.value, int) and one.value > 1 and any(_kin(head) & behind for head in heads):
            return True
    return False


def _rate_told(line: str, ask: str) -> bool:
    """Say whether a sentence speaks of each of those that a price is asked for: a price for one adult, a day's rent."""
    rates = [frozenset(map(stem, one["noun"].split()[-1:])) for one in _ONE.finditer(ask) if one["rate"]]
    said = frozenset(stem(word) for word in _WORD.findall(line.casefold()))
    return all(_kin(rate) & said or _RATES & said for rate in rates)


def _kin(head: frozenset[str]) -> frozenset[str]:
    return head | _SERVED if head & _SERVED else head


def piece_of(line: str, at: int) -> str:
    """Return the piece of a sentence around a place, up to a mark or a conjunction."""
    start = max((mark.end() for mark in _PIECE.finditer(line, 0, at)), default=0)
    end = _PIECE.search(line, at)
    return line[start : end.start() if end else len(line)]
