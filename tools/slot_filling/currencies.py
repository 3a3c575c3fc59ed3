"""Currencies by name, by sign and by code, as their three letters of ISO 4217."""

from __future__ import annotations

import re
from typing import Final

from .mention import Mention

__all__ = ["currencies_in"]

_NAMES: Final = {
    "us dollar": "USD", "u.s. dollar": "USD", "american dollar": "USD", "united states dollar": "USD", "euro": "EUR",
    "british pound": "GBP", "pound sterling": "GBP", "pounds sterling": "GBP", "pound": "GBP", "japanese yen": "JPY",
    "yen": "JPY", "chinese yuan": "CNY", "yuan": "CNY", "renminbi": "CNY", "rmb": "CNY", "indian rupee": "INR",
    "rupee": "INR", "canadian dollar": "CAD", "australian dollar": "AUD", "swiss franc": "CHF", "mexican peso": "MXN",
    "peso": "MXN", "russian ruble": "RUB", "ruble": "RUB", "korean won": "KRW", "south korean won": "KRW", "won": "KRW",
    "swedish krona": "SEK", "norwegian krone": "NOK", "danish krone": "DKK", "brazilian real": "BRL",
    "turkish lira": "TRY", "lira": "TRY", "south african rand": "ZAR", "rand": "ZAR", "new zealand dollar": "NZD",
    "singapore dollar": "SGD", "hong kong dollar": "HKD", "polish zloty": "PLN", "zloty": "PLN", "dollar": "USD",
    "bitcoin": "BTC", "美元": "USD", "欧元": "EUR", "人民币": "CNY", "日元": "JPY", "英镑": "GBP",
}  # fmt: skip
_CODES: Final = frozenset(code for code in _NAMES.values()) | {"THB", "IDR", "MYR", "PHP", "ILS", "AED", "SAR", "CZK"}
_PLURAL: Final = "|".join(sorted((re.escape(name) for name in _NAMES), key=len, reverse=True))
_NAMED: Final = re.compile(
    rf"(?<![\w])(?P<name>{_PLURAL})e?s?(?!\w)|(?-i:\b(?P<code>{'|'.join(sorted(_CODES))})\b)", re.IGNORECASE
)
_NOT_MONEY: Final = re.compile(r"\bwon\b", re.IGNORECASE)
_SIGNS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR"}


def currencies_in(text: str) -> list[Mention]:
    """Return the currencies of a text, each with its code as the value; a bare "won" is taken for the verb."""
    found: list[Mention] = []
    for match in _NAMED.finditer(text):
        code = match["code"] or _NAMES[match["name"].casefold()]
        if not _NOT_MONEY.fullmatch(match[0]):
            found.append(Mention(how="unit", value=code, start=match.start(), end=match.end(), text=match[0]))
    for place, sign in enumerate(text):
        if sign in _SIGNS:
            found.append(Mention(how="unit", value=_SIGNS[sign], start=place, end=place + 1, text=sign))
    return found[:40]
