"""What a text is to the reward model: its set of character pieces, a few numbers of its layout, and its length."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from statistics import fmean, pstdev
from typing import Final

from questline.tools.writing.judge.asked import asked_characters
from questline.tools.writing.judge.lexicon import first_in, lexicon

__all__ = ["LENGTHS", "SURFACE", "lengths", "pieces", "surface"]

LENGTHS: Final = ("length", "log length")
_MARKS: Final = {
    "commas": "，,",
    "stops": "。.",
    "exclamations": "！!",
    "semicolons": "；;",
    "lists": "、",
    "colons": "：:",
}
_CLAUSE: Final = re.compile(r"[，。！？；、,.!?;\n]+")
_NOT_A_WORD: Final = re.compile(r"[\W_]")
_EVERYWHERE: Final = frozenset("的了是和给你我祝福语句子话文案短简单朋友圈最火生日快乐 ")


def pieces(text: str, orders: tuple[int, ...]) -> set[str]:
    """Return the runs of so many characters, each once; the text's ends count as characters of their own."""
    framed = f"\x02{text}\x03"
    return {framed[at : at + order] for order in orders for at in range(len(framed) - order + 1)}


def lengths(text: str) -> tuple[float, float]:
    """Return the number of code points and its logarithm, the two columns that are named by `LENGTHS`."""
    count = max(1, len(text))
    return float(count), math.log(count)


def surface(query: str, text: str) -> list[float]:
    """Return the numbers that are named by `SURFACE`, none of which grows with length alone."""
    return [number(query, text) for _, number in _NUMBERS]


def _density(marks: str) -> Callable[[str, str], float]:
    return lambda _, text: 10 * sum(map(text.count, marks)) / max(1, len(text))


def _emoji(text: str) -> int:
    plain = ("\u3000", "\u9fff"), ("\uff00", "\uffef")
    return sum(ord(sign) > 0x2190 and not any(low <= sign <= high for low, high in plain) for sign in text)


def _clauses(text: str) -> list[int]:
    return [len(part) for part in _CLAUSE.split(text) if part] or [0]


def _kept(query: str, text: str) -> int:
    """Return 1 for the number of characters that was asked for, -1 for another, 0 where none was."""
    asked = asked_characters(query)
    return 0 if asked is None else 1 if len(_NOT_A_WORD.sub("", text)) == asked else -1


def _shared(query: str, text: str) -> float:
    told = set(query) - _EVERYWHERE
    return len(told & set(text)) / len(told) if told else 0.0


def _repeated(text: str) -> float:
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    return 1 - len(set(pairs)) / len(pairs) if pairs else 0.0


def _other_occasion(query: str, text: str) -> float:
    named = lexicon().occasions_of(query)
    others = (one for one in lexicon().occasions if one not in named)
    return float(bool(named) and any(first_in(text, one.only) and not first_in(query, one.only) for one in others))


def _own_occasion(query: str, text: str) -> float:
    return float(any(first_in(text, one.says) for one in lexicon().occasions_of(query)))


def _wrong_person(query: str, text: str) -> float:
    person = lexicon().person_of(query)
    return float(person is not None and bool(first_in(text, person.never)))


_NUMBERS: Final[tuple[tuple[str, Callable[[str, str], float]], ...]] = (
    *((name, _density(marks)) for name, marks in _MARKS.items()),
    ("emoji", lambda _, text: float(_emoji(text) > 0)),
    ("emoji density", lambda _, text: 10 * _emoji(text) / max(1, len(text))),
    ("ends with a stop", lambda _, text: float(text[-1:] in set("。！.!"))),
    ("ends with an exclamation", lambda _, text: float(text[-1:] in set("！!"))),
    ("clause length", lambda _, text: fmean(_clauses(text)) / 10),
    ("clause spread", lambda _, text: pstdev(_clauses(text)) / 5),
    ("equal clauses", lambda _, text: float(len(_clauses(text)) > 1 and len(set(_clauses(text))) == 1)),
    ("shared with the query", _shared),
    ("says its number of characters", lambda query, text: float(_kept(query, text) > 0)),
    ("misses its number of characters", lambda query, text: float(_kept(query, text) < 0)),
    ("opens as the query", lambda query, text: float(bool(query[:2]) and text.startswith(query[:2]))),
    ("opens with 祝", lambda _, text: float("祝" in text[:3])),
    ("wishes twice", lambda _, text: float(text.count("愿") > 1)),
    ("repeats itself", lambda _, text: _repeated(text)),
    ("says its occasion", _own_occasion),
    ("says another occasion", _other_occasion),
    ("says the wrong person", _wrong_person),
)
SURFACE: Final = tuple(name for name, _ in _NUMBERS)
