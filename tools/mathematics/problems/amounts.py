"""The amounts of a word problem: each number with what is counted, and the words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

__all__ = ["Amount", "Problem", "read_english", "stems"]

_ONES: Final = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
]  # fmt: skip
_WORDS: Final = {word: value for value, word in enumerate(_ONES)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100,
    "dozen": 12, "half": Fraction(1, 2), "twice": 2, "double": 2, "triple": 3, "thrice": 3,
}  # fmt: skip
_NUMBER: Final = re.compile(
    rf"(?<![\w.])(\d+(?:,\d{{3}})*(?:\.\d+)?(?:/\d+)?|(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    r"(?:-(?:one|two|three|four|five|six|seven|eight|nine))?)(?![\w]|\.\d)",
    re.IGNORECASE,
)
_EACH: Final = re.compile(r"\b(?:each|every|per|apiece|a (?:day|week|piece|minute|month)|an hour)\b", re.IGNORECASE)
_STOPS: Final = frozenset([
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "from", "by", "with", "and", "or", "but", "his", "her",
    "their", "its", "my", "your", "our", "he", "she", "they", "it", "we", "i", "you", "is", "are", "was", "were",
    "be", "been", "has", "have", "had", "do", "does", "did", "will", "would", "can", "could", "there", "that",
    "this", "these", "those", "some", "more", "less", "fewer", "each", "every", "per", "many", "much", "how",
    "what", "if", "as", "so", "than", "then", "now", "also", "only", "just", "all", "other", "another", "into",
    "up", "down", "out", "off", "over", "about", "after", "before", "when", "while", "who", "which", "new",
    "same", "total", "altogether", "still", "left", "be", "am", "not", "no", "number", "amount", "need", "needs",
    "get", "got", "make", "made", "him", "them", "me", "us",
])  # fmt: skip
_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9\"'$])|(?<=[?!])\s*|\s*;\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """One number of a problem."""

    value: Fraction
    sentence: int
    start: int
    """Where it stands in its sentence."""
    what: frozenset[str]
    """Stems of the words right behind it: what is counted."""
    near: frozenset[str]
    """Stems of the words of its clause."""
    each: bool
    """Whether it is told for each of something: ``3 apples in each bag``, ``$2 per day``."""
    compared: str
    """``more`` or ``fewer`` where it is a difference, ``times`` where it is a factor; empty else."""
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A word problem cut into what is told and what is asked."""

    text: str
    amounts: Sequence[Amount]
    asked: str
    """The question, in small letters."""
    told: str
    """All the rest, in small letters."""
    target: frozenset[str]
    """Stems of what is asked for."""


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that mean something, without their endings."""
    return frozenset(_stem(word) for word in re.findall(r"[a-z]+(?:-[a-z]+)*|\$", text.lower()) if word not in _STOPS)


def _stem(word: str) -> str:
    if word in ("$", "dollar", "dollars", "money", "cost", "costs", "price", "cents"):
        return "$"
    for ending, short in (("ies", "y"), ("ves", "f"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + short
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return {"children": "child", "people": "person", "men": "man", "women": "woman", "feet": "foot"}.get(word, word)


def read_english(text: str) -> Problem:
    """Cut an English problem into amounts and its question."""
    sentences = [piece.strip() for piece in _SENTENCE.split(text) if piece and piece.strip()]
    asking = [at for at, piece in enumerate(sentences) if re.search(r"\bhow\b|\bwhat\b|\?", piece, re.IGNORECASE)]
    last = asking[-1] if asking else len(sentences) - 1
    asked = sentences[last] if sentences else ""
    before, _, question = _cut(asked)
    told = [*sentences[:last], *([before] if before else []), *sentences[last + 1 :]]
    amounts = [amount for at, piece in enumerate([*told, question]) for amount in _amounts(piece, at)]
    return Problem(
        text=text, amounts=amounts, asked=question.lower(), told=" ".join(told).lower(), target=_target(question)
    )


def _cut(asked: str) -> tuple[str, str, str]:
    """Cut ``If there are 5 …, how many …`` before its question."""
    match = re.search(
        r"(?:,\s*|\band\s+)?(?=\b(?:how (?:many|much|far|long|tall|old|big|heavy)|what)\b)", asked, re.IGNORECASE
    )
    if match is None or not match.start():
        return "", "", asked
    return asked[: match.start()].strip(), "", asked[match.end() :].strip()


def _amounts(sentence: str, at: int) -> list[Amount]:
    found: list[Amount] = []
    clauses = _clauses(sentence)
    for match in _NUMBER.finditer(sentence):
        value = _value(match[1].lower())
        if value is None:
            continue
        start, end = next((low, high) for low, high in clauses if low <= match.start() < high)
        clause = sentence[start:end].lower()
        behind = sentence[match.end() : end]
        before = sentence[max(start, match.start() - 30) : match.start()]
        ahead = re.match(r"\s*(?:[\w'$-]+\s*){0,5}", behind)
        words = ahead.group().lower() if ahead else ""
        stop = re.search(
            r"\b(?:in|on|at|to|for|from|by|with|than|was|were|is|are|left|and|that|who|which|before|after)\b", words
        )
        counted = stems(words[: stop.start()] if stop else words) | (
            frozenset("$") if "$" in before[-2:] else frozenset[str]()
        )
        found.append(
            Amount(
                value=value,
                sentence=at,
                start=match.start(),
                what=counted,
                near=stems(clause),
                each=_for_each(sentence, match.start(), match.end(), start, end),
                compared=_compared(behind.lower(), match[1].lower()),
                clause=clause,
            )
        )
    return found


def _for_each(sentence: str, start: int, end: int, low: int, high: int) -> bool:
    """Say whether a number is told for each of something, by the words from it to the next, or ``each`` before it."""
    following = _NUMBER.search(sentence, end)
    behind = sentence[end : min(high, following.start() if following else high)]
    numbers = list(_NUMBER.finditer(sentence, low, start))
    before = sentence[numbers[-1].end() if numbers else low : start]
    return bool(_EACH.search(behind) or re.search(r"\b(?:each|every)\b", before, re.IGNORECASE))


def _clauses(sentence: str) -> list[tuple[int, int]]:
    cuts = [
        0,
        *(m.start() for m in re.finditer(r",\s|\b(?:and|but|if|while|then|when)\b(?=\s)", sentence)),
        len(sentence) + 1,
    ]
    return list(pairwise(cuts))


def _compared(behind: str, word: str) -> str:
    if word in ("twice", "double", "triple", "thrice") or re.match(r"\s*times\b", behind):
        return "times"
    if match := re.match(r"\s*(?:[\w$-]+\s+){0,2}?(more|fewer|less|\w+er)\b(?=.*\bthan\b)", behind):
        lower = match[1] in ("fewer", "less", "shorter", "younger", "lower", "smaller", "lighter", "slower", "cheaper")
        return "" if match[1] in ("other", "water", "number", "paper", "over") else "fewer" if lower else "more"
    return ""


def _value(word: str) -> Fraction | None:
    if word[0].isdigit():
        top, _, bottom = word.replace(",", "").partition("/")
        return (
            Fraction(top) / Fraction(bottom) if bottom and Fraction(bottom) else Fraction(top) if not bottom else None
        )
    tens, _, ones = word.partition("-")
    return None if tens in ("one", "half") else Fraction(_WORDS[tens]) + (_WORDS[ones] if ones else 0)


def _target(question: str) -> frozenset[str]:
    match = re.search(
        r"how (?:many|much)\s+(?:more|fewer|less|additional|extra)?\s*(.*?)(?:\b(?:do|does|did|is|are|was|were"
        r"|will|would|can|could"
        r"|should|has|have|had|be|left|remain|in all|altogether|than|must)\b|[?.]|$)",
        question,
        re.IGNORECASE,
    )
    if match is None or not match[1].strip():
        money = re.search(
            r"\b(?:cost|spend|spent|pay|paid|earn\w*|price|money|worth|charge)\b", question, re.IGNORECASE
        )
        return frozenset("$") if money else stems(question)
    return stems(match[1])
