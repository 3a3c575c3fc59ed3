"""A number or an expression with its unit: where the unit begins, and what it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.errors import UsageError
from questline.tools.mathematics.unit_reader import read_unit
from questline.tools.mathematics.unit_table import Unit

__all__ = ["split_unit"]

_TAIL: Final = re.compile(
    r"(?<=[\d)π%])\s*(?P<unit>(?:(?:square|cubic|sq\.?|cu\.?)\s+)?[A-Za-zμΩ°′″¥\u4e00-\u9fff][^=<>≤≥≠+]*)$"
    r"|(?<=[A-Za-z)π])\s+(?P<spaced>(?:(?:square|cubic)\s+)?[A-Za-z]{1,12}(?:\^\(?-?\d\)?|\s?/\s?[a-z]+)?)$"
)
_BRACKETED: Final = re.compile(r"\s*([-+]?[\d.,/]+)\s*\(([A-Za-z][A-Za-z .′/-]*[A-Za-z.]|[\u4e00-\u9fff]{1,6})\)\s*")
_COUNTED: Final = re.compile(r"(?:[\u4e00-\u9fff]{1,8}|[A-Za-z][a-z]+(?:[ -][a-z]+){0,3})")
_BENT: Final = re.compile(
    r"的(?:倒数|相反数|绝对值|平方|立方|一半|倍数|因数|约数|算术|[^个位人只]*[半倍根])|次方|^[平立]方$|左右|上下|以[上下内外]|之[内外间]|[多余半]$|^[多余半]|[大小]$|[前后]面?$"
    r"|\b(?:squared|cubed|factorial|hundreds?|thousands?|millions?|billions?|dozens?|percent|per|or|and|to|not)\b"
    r"|^(?:plus|minus|times|over|out of|in|st|nd|rd|th)\b|\b(?:is|are|was|were|than|wrong|false|incorrect)\b"
)
"""Words behind a number that make another value of it; nothing is counted by them."""
_PLAIN: Final = re.compile(r"[-+≈]?\s*[\d.,]+(?:\s*/\s*\d+)?\s*[万亿千百]?|[-+]?\(.*\)")
_NAMES: Final = {
    "°": "°", "度": "°", "degrees": "°", "degree": "°", "deg": "°", "时": "h", "o′clock": "h", "公顷": "公顷",
    "sq cm": "cm^2", "sq m": "m^2", "sq.cm": "cm^2", "cc": "cm^3", "mL": "ml", "hours": "h", "hrs": "h", "hr": "h",
    "mins": "min", "secs": "s", "sec": "s", "L": "l", "mph": "mile/h",
}  # fmt: skip
_MONEY: Final = {"元": "元", "yuan": "元", "¥": "元", "$": "$", "dollars": "$", "dollar": "$", "美元": "$", "角": "角"}
_UNITS: Final = frozenset("mgshtlLKJWNV")
"""Units of one letter; the others are unknowns."""
_NOT_UNITS: Final = frozenset(["π", "pi", "x", "y", "z", "n", "k", "a", "b", "c", "e", "i", "and", "or"])


@lru_cache(maxsize=4096)
def split_unit(text: str) -> tuple[str, Unit | str | None]:
    """Return an expression and the unit behind (or, for money, before) it; None where it has none."""
    money = re.match(r"\s*([¥$])\s*(?=[\d.])", text) or re.match(r"\s*(-?)\s*\$\s*(?=[\d.])", text)
    if money:
        sign = "¥" if "¥" in money[0] else "$"
        return money[0].replace("¥", "").replace("$", "") + text[money.end() :], _MONEY[sign]
    if bracketed := _BRACKETED.fullmatch(text):
        return bracketed[1], unit_of(bracketed[2]) or bracketed[2].lower()
    for match in _tails(text):
        word = (match["unit"] or match["spaced"] or "").strip(" .*")
        head = text[: match.start()].rstrip(" *")
        letters = re.split(r"[\^\d\s]", word, maxsplit=1)[0]
        if (
            not head
            or not word
            or word in _NOT_UNITS
            or (len(letters) == 1 and letters.isascii() and letters not in _UNITS)
        ):
            continue
        if (scale := re.match(r"[百千万亿]+(?=[\u4e00-\u9fff])", word)) and word[: scale.end()] != "千":
            head, word = head + scale.group(), word[scale.end() :]
        known = unit_of(word)
        if known is not None:
            return head, known
        if (
            _PLAIN.fullmatch(head)
            and _COUNTED.fullmatch(word)
            and not _BENT.search(word)
            and not word.startswith(("万", "亿", "千", "百", "或"))
        ):
            return head, word.lower()
    return text, None


def _tails(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    while (match := _TAIL.search(text, at)) is not None and len(found) < 20:
        found.append(match)
        at = match.start() + 1
    return found


@lru_cache(maxsize=2048)
def unit_of(word: str) -> Unit | str | None:
    """Return the unit of a word, money's name for money, or None."""
    word = re.sub(r"\^\(\s*(-?\d)\s*\)", r"^\1", word.replace("^ ", "^")).strip()
    if word in _MONEY or word.lower() in _MONEY:
        return _MONEY.get(word, _MONEY.get(word.lower()))
    try:
        return read_unit(_NAMES.get(word, _NAMES.get(word.lower(), word)))
    except UsageError:
        return None
