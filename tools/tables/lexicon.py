"""What common words of English and Chinese questions have to do with common names of columns.

A concept is what a column may be about. Its names are words in names of columns; its cues are words of a question that
are about it: "earn" is about pay, and a column named ``wage`` is one of pay. Adjectives have a direction beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from questline.tools.text import stem

from .concepts import CONCEPTS

__all__ = [
    "ADJECTIVES",
    "AGENTS",
    "CHINESE_ADJECTIVES",
    "CHINESE_CUES",
    "CUES",
    "FORMS",
    "NAMES",
    "PEOPLE",
    "PLACES",
    "QUANTITIES",
    "STATES",
    "TIMES",
    "degrees",
]


def _by_word(place: int) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for concept, words in CONCEPTS.items():
        for word in words[place].split():
            found.setdefault(stem(word), []).append(concept)
    return {word: tuple(concepts) for word, concepts in found.items()}


NAMES: Final[Mapping[str, frozenset[str]]] = {
    concept: frozenset(stem(word) for word in words[0].split()) for concept, words in CONCEPTS.items()
}
"""Concept → stems of words in names of columns."""
CUES: Final = _by_word(1)
"""Stem of an English word → concepts."""
CHINESE_CUES: Final = _by_word(2)
"""Chinese word → concepts."""
ADJECTIVES: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "long": (("length", "duration", "distance", "start"), 1),
    "short": (("length", "duration", "height", "distance"), -1),
    "tall": (("height",), 1),
    "high": (("height", "altitude"), 1),
    "low": (("height", "altitude"), -1),
    "deep": (("depth",), 1),
    "shallow": (("depth",), -1),
    "wide": (("width",), 1),
    "broad": (("width",), 1),
    "narrow": (("width",), -1),
    "large": (("area", "size", "room"), 1),
    "big": (("area", "size", "room"), 1),
    "small": (("area", "size", "room"), -1),
    "heavy": (("weight",), 1),
    "light": (("weight",), -1),
    "old": (("age", "opening", "building", "release", "publishing", "birth"), 1),
    "young": (("age", "birth"), -1),
    "new": (("opening", "building", "release", "publishing", "start"), -1),
    "recent": (("opening", "building", "release", "publishing", "start", "ordering", "dates"), -1),
    "cheap": (("price", "sum"), -1),
    "inexpensive": (("price", "sum"), -1),
    "expensive": (("price", "sum"), 1),
    "dear": (("price", "sum"), 1),
    "costly": (("price", "sum"), 1),
    "pricey": (("price", "sum"), 1),
    "fast": (("speed",), 1),
    "quick": (("speed",), 1),
    "slow": (("speed",), -1),
    "hot": (("heat",), 1),
    "warm": (("heat",), 1),
    "cold": (("heat",), -1),
    "cool": (("heat",), -1),
    "wet": (("rain",), 1),
    "rainy": (("rain",), 1),
    "dry": (("rain",), -1),
    "sunny": (("sun",), 1),
    "good": (("score",), 1),
    "bad": (("score",), -1),
    "populous": (("population",), 1),
    "far": (("distance",), 1),
    "distant": (("distance",), 1),
    "near": (("distance",), -1),
    "close": (("distance",), -1),
    "fat": (("weight",), 1),
    "thin": (("weight", "width"), -1),
    "strong": (("power",), 1),
    "rich": (("pay",), 1),
    "poor": (("pay",), -1),
    "steep": (("climbing",), 1),
    "busy": (("attendance", "cargo"), 1),
    "popular": (("attendance", "cargo", "score"), 1),
    "roomy": (("room", "area"), 1),
}
"""Adjective → concepts, the likelier first, and whether more of it is more (1) or less (-1) of the column.

A date of what is older is the earlier one: concepts that mean dates turn the direction of ``old`` and ``new`` round."""
CHINESE_ADJECTIVES: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "便宜": (("price", "sum"), -1),
    "贵": (("price", "sum"), 1),
    "长": (("length", "duration"), 1),
    "短": (("length", "duration"), -1),
    "高": (("height", "altitude"), 1),
    "矮": (("height",), -1),
    "深": (("depth",), 1),
    "浅": (("depth",), -1),
    "宽": (("width",), 1),
    "窄": (("width",), -1),
    "重": (("weight",), 1),
    "轻": (("weight",), -1),
    "大": (("area", "size", "age"), 1),
    "小": (("area", "size", "age"), -1),
    "老": (("age", "opening", "building"), 1),
    "年轻": (("age", "birth"), -1),
    "新": (("opening", "building", "release", "publishing", "start"), -1),
    "快": (("speed",), 1),
    "慢": (("speed",), -1),
    "热": (("heat",), 1),
    "冷": (("heat",), -1),
    "远": (("distance",), 1),
    "近": (("distance",), -1),
    "胖": (("weight",), 1),
    "瘦": (("weight",), -1),
    "陡": (("climbing",), 1),
    "好": (("score",), 1),
    "差": (("score",), -1),
}
FORMS: Final = {
    "made": "make", "wrote": "write", "written": "write", "built": "build", "taught": "teach", "sold": "sell",
    "sent": "send", "lent": "lend", "grew": "grow", "drove": "drive", "driven": "drive",
}  # fmt: skip
"""Irregular form of a verb → the verb."""
_QUANTITIES_WORDS: Final = (
    "pay price sum room length distance duration height altitude depth width weight area size population age"
    " speed heat rain sun stock quantity score cargo attendance wins climbing"
)
TIMES: Final = (
    "release", "publishing", "opening", "building", "start", "joining", "ordering", "sending", "lending", "arriving",
    "delivery", "dates",
)  # fmt: skip
"""Concepts that the first and the last of something go by, the likelier first."""
STATES: Final = ("joining", "start", "birth", "opening", "building")
"""Concepts of days since which something is so: they do not say when anything else was."""
QUANTITIES: Final = frozenset(_QUANTITIES_WORDS.split())
"""Concepts that only numbers are about."""
_AGENTS: Final = (
    "captain staff recipient sender carer host keeper guide coach trainer coordinator organiser organizer contact"
    " volunteer mentor landlord athlete player student pupil patient doctor nurse pilot guest visitor resident"
    " candidate user winner child parent speaker runner 学生 教练 选手 医生 司机"
)
_OF_PEOPLE: Final = (
    "person", "author", "director", "designer", "leader", "buyer", "borrower", "owner", "teacher", "composer",
    "cooking", "carrying", "holding",
)  # fmt: skip
PEOPLE: Final = frozenset(map(stem, _AGENTS.split())).union(*(NAMES[each] for each in _OF_PEOPLE))
"""Stems of names of columns that hold people."""
AGENTS: Final = NAMES["seller"] | NAMES["maker"] | NAMES["employer"]
"""Stems of names of columns that hold firms: they answer who does something where a word says so."""
PLACES: Final = NAMES["place"] | NAMES["origin"] | NAMES["harbour"] | {stem("station"), stem("state"), stem("route")}
"""Stems of names of columns that hold places."""
_IRREGULAR: Final = {
    "good": ("better", "best"),
    "bad": ("worse", "worst"),
    "fat": ("fatter", "fattest"),
    "thin": ("thinner", "thinnest"),
    "far": ("farther", "farthest"),
    "big": ("bigger", "biggest"),
    "hot": ("hotter", "hottest"),
    "wet": ("wetter", "wettest"),
}


def degrees(adjective: str) -> tuple[str, str]:
    """Return comparative and superlative of an adjective of one or two syllables."""
    if adjective in _IRREGULAR:
        return _IRREGULAR[adjective]
    base = adjective[:-1] + "i" if adjective.endswith("y") else adjective.removesuffix("e")
    return f"{base}er", f"{base}est"
