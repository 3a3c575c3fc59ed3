"""The words of a formula: numbers, names, operators; signs of print and Chinese words become the same operators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from questline.errors import UsageError

from .bases import from_base
from .limits import LONGEST, MOST_LITERAL, bad_expression, too_large

__all__ = ["Token", "tokens"]

Kind = Literal["number", "name", "operator", "scale", "end"]

_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PRINTED: Final = _WIDE | str.maketrans(
    {
        "×": "*",
        "·": "*",
        "⋅": "*",
        "∙": "*",
        "÷": "/",
        "∕": "/",
        "−": "-",
        "–": "-",
        "，": ",",
        "。": ".",
        "【": "(",
        "】": ")",
    }
    | {"≤": "\u2264", "≥": "\u2265", "π": "π", "[": "(", "]": ")", "\u00a0": " ", "\u3000": " "}
)
"""One character for one, so that positions stay those of the text as given."""
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_OPERATORS: Final = {
    "**": "^", "//": "//", "<=": "<=", ">=": ">=", "==": "=", "!=": "!=", "≤": "<=", "≥": ">=", "≠": "!=",
    **{sign: sign for sign in "+-*/^()=<>,!%°√∞"},
}  # fmt: skip
_WORDS: Final = {
    "per": "/", "plus": "+", "minus": "-", "times": "*", "mod": "mod", "of": "of", "off": "off",
    "squared": "²", "cubed": "³",
    "加上": "+", "加": "+", "减去": "-", "减": "-", "乘以": "*", "乘": "*", "除以": "/", "的平方": "²", "的立方": "³",
    "等于": "=", "的": "of",
}  # fmt: skip
_SCALES: Final = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "百": 100, "千": 1000, "万": 10**4, "亿": 10**8,
}  # fmt: skip
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SHARES: Final = {
    "hal": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "hundredth": 100,
}  # fmt: skip
_PARTS: Final = "halves|" + "|".join(f"{name}s?" for name in _SHARES if name != "hal")
_CHINESE: Final = "|".join(sorted((word for word in _WORDS | _SCALES if not word.isascii()), key=len, reverse=True))
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)"
    rf"|(?P<share>(?:(?P<count>[0-9]+|an?|{'|'.join(_ONES)})[\s-]+)?(?P<part>half|{_PARTS})(?=\s+of\b))"
    rf"|(?P<spelled>(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_ONES[1:10])}))?|{'|'.join(reversed(_ONES))})\b)"
    r"|(?P<percent>per\s?cent\b(?!\s*\())"
    r"|(?P<based>0[xXbBoO](?=[0-9A-Za-z_])[0-9A-Za-z_]*)"
    r"|(?P<number>(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<power>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<divided>divided\s+by\b)"
    r"|(?P<crossed>(?:(?<=[0-9)]\s)[xX](?=\s[0-9.(])|(?<=[0-9)])[xX](?=[0-9])))"
    rf"|(?P<chinese>{_CHINESE})"
    r"|(?P<name>[A-Za-zα-ωΑ-Ω][A-Za-z0-9_α-ωΑ-Ω]*)"
    r"|(?P<operator>\*\*|//|<=|>=|==|!=|[-+*/^()=<>,!%°√∞≤≥≠])"
)
_GROUP: Final = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word of a formula."""

    kind: Kind
    text: str
    """The operator's one spelling, or the name."""
    value: Fraction = Fraction(0)
    """Of a number or a scale."""
    position: int
    """Of its first character in the text as given."""


def tokens(text: str) -> list[Token]:
    """Return the words of a formula, with one of kind ``end`` behind them.

    Raises:
        UsageError: ``too_large``, or ``bad_expression`` with the position.
    """
    if len(text) > LONGEST:
        raise too_large(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    plain = text.translate(_PRINTED)
    found: list[Token] = []
    calls: list[bool] = []
    at = 0
    while at < len(plain):
        grouped = None if any(calls) else _GROUP.match(plain, at)
        if grouped:
            found.append(_number(grouped.group().replace(",", ""), at))
            at = grouped.end()
            continue
        match = _TOKEN.match(plain, at)
        if match is None:
            raise bad_expression(f"{text[at]!r} has no meaning in a formula", position=at)
        found += _read(match)
        if match.group() == "(":
            calls.append(len(found) > 1 and found[-2].kind == "name")
        elif match.group() == ")" and calls:
            calls.pop()
        at = match.end()
    return [*found, Token(kind="end", text="the end", position=len(text))]


def _read(match: re.Match[str]) -> Iterator[Token]:
    text, at = match.group(), match.start()
    match match.lastgroup:
        case "space":
            return
        case "number":
            yield _number(text.replace("_", ""), at)
        case "power":
            yield Token(kind="operator", text="^", position=at)
            digits = text.translate(_SUPERSCRIPT)
            if digits.startswith("-"):
                yield Token(kind="operator", text="-", position=at)
            yield _number(digits.lstrip("-"), at)
        case "share":
            yield Token(kind="number", text=text, value=_share(match), position=at)
        case "spelled":
            yield Token(kind="number", text=text, value=_spelled(text), position=at)
        case "percent":
            yield Token(kind="operator", text="%", position=at)
        case "based":
            yield Token(kind="number", text=text, value=_based(text, at), position=at)
        case "crossed":
            yield Token(kind="operator", text="*", position=at)
        case "divided":
            yield Token(kind="operator", text="/", position=at)
        case "operator":
            yield Token(kind="operator", text=_OPERATORS[text], position=at)
        case _:
            yield from _word(text, at)


def _word(text: str, at: int) -> Iterator[Token]:
    if text in _SCALES:
        yield Token(kind="scale", text=text, value=Fraction(_SCALES[text]), position=at)
    elif text not in _WORDS:
        yield Token(kind="name", text=text, position=at)
    elif _WORDS[text] in "²³":
        yield Token(kind="operator", text="^", position=at)
        yield _number("2" if _WORDS[text] == "²" else "3", at)
    else:
        yield Token(kind="operator", text=_WORDS[text], position=at)


def _share(match: re.Match[str]) -> Fraction:
    """Return what ``three quarters`` of something are."""
    count = match["count"] or "a"
    many = int(count) if count.isdecimal() else 1 if count in ("a", "an") else _ONES.index(count)
    part = match["part"].removesuffix("s")
    return Fraction(many, _SHARES.get(part, 2))


def _spelled(text: str) -> Fraction:
    """Return what ``twenty-five`` is."""
    words = re.split(r"[\s-]", text)
    worth = [_ONES.index(word) if word in _ONES else 20 + 10 * _TENS.index(word) for word in words]
    return Fraction(sum(worth))


def _based(text: str, at: int) -> Fraction:
    base, kind = {"x": (16, "hexadecimal"), "b": (2, "binary"), "o": (8, "octal")}[text[1].lower()]
    try:
        return from_base(text[2:], base)
    except UsageError as error:
        if error.code != "bad_expression":
            raise
        raise bad_expression(f"{text!r} is no {kind} number; a product is written 0*x", position=at) from error


def _number(text: str, at: int) -> Token:
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > MOST_LITERAL or len(exponent) > 5 or abs(int(exponent or 0)) > MOST_LITERAL:
        raise too_large(f"the number at character {at} has more than {MOST_LITERAL} digits or too large an exponent")
    return Token(kind="number", text=text, value=Fraction(text), position=at)
