"""The words of plain questions over a table, English and Chinese, and a sheet to mark the understood ones on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from questline.tools.calendar_words import MONTHS
from questline.tools.text import STOPWORDS, normalize

__all__ = [
    "GROUPING",
    "OPERATIONS",
    "PARTS",
    "TEMPORAL",
    "YEARS",
    "Sheet",
    "everyday",
    "name_pattern",
    "number",
    "number_text",
    "numbers",
    "signs",
]

_DIGITS: Final = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![,.]?\d)"
"""Commas only between groups of three: ``1,2`` may be two numbers, or one with a decimal comma, and is left alone."""
_MORE: Final = rf"(?P<more>(?:\s*(?:,\s|、|和|或|\band\b|\bor\b)\s*{_DIGITS})*)"
_LISTED: Final = r"[12]\d{3}(?:年?\s*(?:,|、|&|和|与|及|或|\band\b|\bor\b)\s*(?:in\s+)?[12]\d{3})*"
YEARS: Final = re.compile(
    rf"\b(?:in|during)\s+(?:the\s+years?\s+)?(?P<years>{_LISTED})\b(?![-/.,]?\d)|(?<!\d)(?P<years2>{_LISTED})\s*年"
)
TEMPORAL: Final = re.compile(r"\b(?:before|after|earlier|later)\b|早于|晚于")
_SCALES: Final = {"千": 10**3, "万": 10**4, "亿": 10**8, "thousand": 10**3, "million": 10**6, "billion": 10**9}
OPERATIONS: Final = {
    "count": r"\bhow many\b|\b(?:the )?number of\b|\bcount(?: of)?\b"
    r"|有?多少(?:个|人|条|行|名|位|家|种)?|有?几(?:个|人|条|行|名|位|家|种)|数量|个数|人数",
    "sum": r"\btotal\b(?<!in total)|\bsum(?: of)?\b|总和|总计|合计|总(?!共|数)",
    "average": r"\baverage\b|\bmean\b|\bavg\b|平均值?",
    "max": r"\bmaximum\b|\bhighest\b|\blargest\b"
    r"|\bbiggest\b|\bgreatest\b|\bmost\b|\bmax\b|\blatest\b|最大值?|最高|最多|最晚",
    "min": r"\bminimum\b|\blowest\b|\bsmallest\b|\bleast\b|\bmin\b|\bearliest\b|最小值?|最低|最少|最早",
    "distinct": r"\bdistinct\b|\bdifferent\b|\bunique\b|不同的?|不重复的?",
}
"""What a question may ask for → how it is said."""
PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\da-zA-Z_]+")
"""The words of a name, cut at case, digits and marks."""
GROUPING: Final = re.compile(
    r"(?:\bgrouped by|\bby|\bper|\bfor each|\bfor every|\bin each|\beach|\bevery|每一?个?|各个?|按照?)\s*(?:the )?\Z"
)
_SIGNS: Final = {
    ">=": r"at least|no less than|not less than|no fewer than|>=|≥|不少于|不小于|不低于|至少|大于等于|大于或等于",
    "<=": r"at most|no more than|not more than|up to|<=|≤|不超过|不大于|不多于|不高于|至多|最多|小于等于|小于或等于",
    ">": r"(?:more|greater|higher|larger|older|later|bigger) than"
    r"|above|over|exceeding|after|>|大于|超过|高于|多于|晚于",
    "<": r"(?:less|fewer|lower|smaller|younger|earlier) than|below|under|before|<|小于|低于|少于|不到|不足|早于",
    "=": r"equal to|equals|exactly|is|are|was|of|=|等于|正好|是|为|\s",
}
_IDLE: Final = (
    "the a an of in is are was were do does did have has with whose where that there for to on at from please"
    " me give tell find get show list all what which who records rows entries row record entry value values it"
    " they and or than total grouped can could would take takes get gets"
)
_IDLE_WORD: Final = re.compile(rf"\b(?:{'|'.join(_IDLE.split())})\b")
_IDLE_CHINESE: Final = re.compile(
    "请问|请|一共|总共|共有|列出|显示|查询|统计|分组|分别|所有|哪些|哪个|哪位|哪家|什么|是谁|谁|以及|或者"
    "|的|是|有|在|里|中|吗|呢|和|与|或|为|了|人|行|条|个|名|位|家"
)
_COMPARING: Final = (
    "above after before below between each equal equals every exactly first less more per top year years"
)
_EVERYDAY: Final = STOPWORDS | {*_IDLE.split(), *(name.casefold() for name in MONTHS), *_COMPARING.split()}
_SEPARATING: Final = re.compile(r"(?:['’]s\b|[\s,.;:?!，。；：？！、'’\"“”()（）])+")


_ALONE: Final = re.compile(
    r"['\"’”]|\s*(?:\Z|[,.;:?!)，。；：？！、）=]|(?:and|or|by|per|is|are|was|were)\b|的|和|与|或|且|并)"
)


@dataclass(slots=True)
class Sheet:
    """A question whose understood places are marked; what is left in the end was not understood."""

    text: str
    """Normalized."""
    cased: str = field(init=False)
    """As `text`, character by character, in the letters' own case."""
    used: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.cased = _cased(self.text)
        self.text = normalize(self.text)
        self.used = [False] * len(self.text)

    def spelled(self, start: int, end: int, name: str) -> bool:
        """Say whether a place is written as `name` is, and so as no everyday word would be there.

        Capitals have to tell the two apart: not those of a text in capitals only, nor the one that begins a sentence.
        """
        here, rest = self.cased[start:end], self.cased[:start] + self.cased[end:]
        if here != _cased(name).strip() or here in {here.lower(), "I"} or rest.isupper():
            return False
        return here[1:] != here[1:].lower() or bool(re.search(r"[^.?!。？！\s]\s*\Z", self.cased[:start]))

    def quoted(self, start: int, end: int) -> bool:
        """Say whether a place stands between quotation marks."""
        return bool(re.search(r"['\"“‘「]\Z", self.text[:start]) and re.match(r"['\"”’」]", self.text[end:]))

    def alone(self, end: int) -> bool:
        """Say whether nothing follows that an article or a preposition would belong to."""
        match = _ALONE.match(self.text, end)
        return match is not None and not any(self.used[end : match.end()])

    def find(self, pattern: str | re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield the matches that touch nothing marked."""
        for match in re.finditer(pattern, self.text):
            if match.group() and not any(self.used[match.start() : match.end()]):
                yield match

    def mark(self, start: int, end: int) -> None:
        """Mark a place as understood."""
        self.used[start:end] = [True] * (end - start)

    def take(self, pattern: str | re.Pattern[str]) -> list[re.Match[str]]:
        """Mark all matches and return them."""
        found = list(self.find(pattern))
        for match in found:
            self.mark(*match.span())
        return found

    def left(self) -> tuple[str, ...]:
        """Return the words that were not understood, without those that say nothing."""
        for pattern in (_IDLE_WORD, _IDLE_CHINESE):
            self.take(pattern)
        rest = "".join(" " if used else sign for sign, used in zip(self.text, self.used, strict=True))
        return tuple(word for word in _SEPARATING.split(rest) if word)


def signs() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield each comparison with the pattern of its words and the number behind, the longer wordings first."""
    for sign, words in _SIGNS.items():
        pattern = rf"(?:\b(?:is|are|was|were)\s+)?(?:{words})\s*(?:年\s*)?{number('value')}"
        yield sign, re.compile(pattern + (_MORE if sign == "=" else ""))


def number(name: str) -> str:
    """Return the pattern of one number, with the groups `name` and ``name_scale``."""
    return rf"(?P<{name}>{_DIGITS})(?P<{name}_scale>[千万亿]|\s?(?:thousand|million|billion)\b)?"


def numbers(text: str) -> list[str]:
    """Return the numbers of a list as SQL writes them."""
    return [number_text(digits, None) for digits in re.findall(_DIGITS, text)]


def everyday(plain: str, *, operations: bool = True) -> bool:
    """Say whether a normalized name or value is made of words that any question may hold.

    Args:
        plain: The name or value.
        operations: Whether ``total``, ``list`` and the like count too, and not only articles, prepositions and such.
    """
    if not operations:
        return all(word in STOPWORDS for word in plain.split())
    if _IDLE_CHINESE.fullmatch(plain) or any(re.fullmatch(pattern, plain) for pattern in OPERATIONS.values()):
        return True
    return all(word in _EVERYDAY for word in plain.split())


def _cased(text: str) -> str:
    """Return a text that `normalize` makes its own of, letter for letter."""
    whole = unicodedata.normalize("NFKC", text)
    return "".join(sign if len(sign.casefold()) == 1 else sign.casefold() for sign in whole)


def number_text(digits: str, scale: str | None) -> str:
    """Return a number as SQL writes it."""
    plain = digits.replace(",", "")
    return plain if not scale else f"({plain} * {_SCALES[scale.strip()]})"


def name_pattern(name: str) -> str:
    """Return the pattern of a column's or table's name in a question: its words, in the singular or the plural."""
    parts = PARTS.findall(name) or [name]
    words = [_forms(normalize(part)) for part in parts]
    joined = r"[\s_-]*".join(words)
    return rf"(?<![a-z0-9]){joined}(?![a-z0-9])"


def _forms(word: str) -> str:
    if not word.isascii() or not word.isalpha() or len(word) < 3:
        return re.escape(word)
    if word.endswith("ies"):
        return rf"{re.escape(word[:-3])}(?:y|ies)"
    if word.endswith("y"):
        return rf"{re.escape(word[:-1])}(?:y|ies)"
    base = word.removesuffix("s") if not word.endswith("ss") else word
    return rf"{re.escape(base)}(?:e?s)?"
