"""Which occasion a text speaks of, by the words of our own phrases: 第一声啼哭 is of a birth though it names none.

Each pair of neighbouring characters weighs as its log odds to stand in the grammar's phrases for an occasion rather
than in those for others. Nothing else is learnt. The limit was set on texts of `zh/creative_reward_train`, on one half
of its prompts.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final

from questline.tools.writing.grammar.bank import bank, named
from questline.tools.writing.grammar.order import akin
from questline.tools.writing.script import lowered

__all__ = ["mourns", "says_own", "spoken_of"]

_VAGUE: Final = frozenset(
    {"weekday", "health", "career", "love", "luck", "prayer", "toast", "company", "school", "business", "solar_term"}
    | {"morning", "noon", "night", "general", "nurses_day", "apology", "thanks", "farewell", "women_day"}
)
"""Words of these stand in greetings for any occasion."""
_MOURNING: Final = frozenset({"condolence", "remembrance", "pregnancy_loss"})
_LEAST_APART: Final = 8.0
"""Log odds by which another occasion must lead."""
_LEAST_LETTERS: Final = 12
"""Chinese characters of a text that can be told; four, or twice four, wish by themselves."""
_HANZI: Final = re.compile("[\u3400-\u9fff]+")
_SLOT: Final = re.compile(r"\{\w+\}")
_CLAUSE: Final = re.compile(r"[^，。！？；、,.!?;：:\n]+")
_SMOOTHING: Final = 0.1


def mourns(query: str) -> bool:
    """Say whether a query is for the dead, or for who lost somebody."""
    return not _MOURNING.isdisjoint(named(query))


def says_own(query: str, text: str) -> bool:
    """Say whether a text names an occasion of its query, or holds the grammar's greeting for it: 金榜题名."""
    plain = lowered(text)
    occasions = [bank().occasions[name] for name in named(query)]
    return any(
        (one.match is not None and one.match.search(plain) is not None)
        or any(core in plain for kinds in one.tables.values() for core in kinds.get("core", ()))
        for one in occasions
    )


def spoken_of(query: str, text: str) -> tuple[str, str]:
    """Return the words by which a text speaks of another occasion than the query names, and which one that is.

    Both are empty where the query names no occasion, or the text one of the query's own, or nothing that tells.
    """
    own = named(query)
    plain = lowered(text)
    if (_VAGUE - {"farewell"}).issuperset(own) or sum(map(len, _HANZI.findall(plain))) < _LEAST_LETTERS:
        return "", ""
    if says_own(query, text):
        return "", ""
    scores = _scores(plain)
    other = max((name for name in scores if name not in _VAGUE), key=scores.__getitem__, default="")
    if not other or any(other == one or akin(other, one) for one in own):
        return "", ""
    best = max((score for name, score in scores.items() if any(akin(name, one) for one in own)), default=0.0)
    if scores[other] - max(best, *(scores.get(one, 0.0) for one in own)) < _LEAST_APART:
        return "", ""
    telling = max(_CLAUSE.finditer(plain), key=lambda match: _scores(match[0]).get(other, 0.0))
    return text[telling.start() : telling.end()], bank().occasions[other].name


def _scores(text: str) -> Mapping[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for pair in _pairs(text):
        for name, weight in _weights().get(pair, {}).items():
            found[name] += weight
    return found


def _pairs(text: str) -> set[str]:
    return {run[at : at + 2] for run in _HANZI.findall(text) for at in range(len(run) - 1)}


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    """Return pair of characters → occasion → log odds, for the occasions whose phrases hold it."""
    counts: dict[str, Counter[str]] = {}
    phrases: dict[str, int] = {}
    for name, one in bank().occasions.items():
        if name == "general":
            continue
        lines = [_SLOT.sub("", line) for kinds in one.tables.values() for each in kinds.values() for line in each]
        counts[name] = Counter(pair for line in lines for pair in _pairs(line))
        phrases[name] = len(lines)
    all_pairs, all_phrases = Counter[str](), sum(phrases.values())
    for pairs in counts.values():
        all_pairs.update(pairs)
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for name, pairs in counts.items():
        for pair, count in pairs.items():
            inside = (count + _SMOOTHING) / (phrases[name] + 1)
            outside = (all_pairs[pair] - count + _SMOOTHING) / (all_phrases - phrases[name] + 1)
            found[pair][name] = math.log(inside / outside)
    return found
