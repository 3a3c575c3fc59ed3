"""Strings of documents that no suggestion may carry on: addresses, telephone numbers, keys, passwords, card numbers."""

from __future__ import annotations

import re
from typing import Final

from questline.tools.text import visible

__all__ = ["private", "unsafe", "without_private"]

_EMAIL = re.compile(
    r"[\w.+-]{1,64} {0,2}(?:@|＠|\(at\)|\[at\]) {0,2}[\w-]{1,64}(?:\.| {0,2}\(dot\) {0,2})\w{1,64}", re.IGNORECASE
)
_DIGITS = re.compile(r"(?<![\w.])(?:\+|00)?\d(?:[ \u00a0().\-–/]{0,2}\d){6,}(?![\w])")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:1\d|20)\d\d\s*[-–/]\s*(?:1\d|20)\d\d"
    r"|(?<!\d)\d{1,3}(?:[,.]\d{3})+(?!\d)"
)
_NAMED = re.compile(
    r"\b(?:passwords?|passwd|passphrases?|pin codes?|api[ _-]?keys?|access[ _-]?keys?|secret[ _-]?keys?|private keys?"
    r"|credentials?|auth(?:entication)? tokens?|access tokens?|social security numbers?|ssn|iban)\b"
    r"|密码|口令|密钥|身份证号|银行卡号|验证码",
    re.IGNORECASE,
)
_KEYS = re.compile(
    r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{12,}|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_[A-Za-z0-9]{16,}|\bxox[abp]-[\w-]{10,}"
    r"|://[^\s/:@]+:[^\s/@]+@|\beyJ[\w-]{8,}\.[\w-]{6,}|-----BEGIN|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"
)
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_HARM = re.compile(
    r"\b(?:kill|hurt|harm|cut) (?:yourself|myself)\b|\bsuicide (?:methods?|pills?)\b|\bhow to commit suicide\b"
    r"|\b(?:make|build|making|building) (?:a |an )?(?:pipe )?(?:bombs?|explosives?|nerve agent)\b"
    r"|\bchild (?:porn\w*|sexual\w*)\b|\b(?:sex|porn\w*) (?:with|of) (?:minors?|children|kids)\b"
    r"|\b(?:all|those|these) \w+s (?:should|must) (?:die|be killed)\b"
    r"|自杀方法|如何自杀|怎么自杀|制造炸弹|制作炸弹|儿童色情",
    re.IGNORECASE,
)
_SHORTEST_NUMBER: Final = 7
"""Digits from which a number that is no date may be a telephone's."""


def private(text: str) -> str:
    """Return what kind of private string `text` holds: ``e-mail address``, ``number``, ``secret``; empty when none."""
    text = visible(text)
    if _EMAIL.search(text):
        return "e-mail address"
    if _NAMED.search(text) or _KEYS.search(text) or any(_random(match.group()) for match in _LONG.finditer(text)):
        return "secret"
    for match in _DIGITS.finditer(text):
        rest = _DATE.sub("", match.group())
        if len(re.findall(r"\d", rest)) >= _SHORTEST_NUMBER:
            return "number"
    return ""


def without_private(text: str) -> str:
    """Return `text` without its e-mail addresses, whose parts are no words of it."""
    return _EMAIL.sub(" ", text)


def unsafe(text: str) -> str:
    """Return why nothing should be suggested beside `text`, empty when it is harmless.

    A short list of phrases, in English and Chinese; give the suggester a filter of your own for more.
    """
    return "it asks for or threatens harm" if _HARM.search(text) else ""


def _random(text: str) -> bool:
    """Say whether a long string looks drawn by chance: digits among letters of both cases, or hexadecimal."""
    digits = sum(character.isdigit() for character in text)
    if digits < 3 or digits == len(text):
        return False
    return re.fullmatch(r"[0-9a-fA-F]+", text) is not None or (text.lower() != text and text.upper() != text)
