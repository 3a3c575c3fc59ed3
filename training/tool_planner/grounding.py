"""What a text mentions in particular, and whether that was asked or seen: names, numbers and quotations, by rule.

A rule of letters alone: a capitalised word inside a sentence, a number, what stands in quotation marks. It does not see
an invention in small letters, nor a name that opens a sentence; a language model as judge does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

__all__ = ["Known", "leaves", "mentions"]

_NUMBER: Final = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:,\d{3})*(?:\.\d+)?")
_SENTENCE: Final = re.compile(r"(?<=[.!?:。！？：])\s+|\n+|(?<=[。！？])")
_QUOTED: Final = re.compile(r"[\"“「『《]([^\"”」』》]+)[\"”」』》]")
_COUNTED: Final = re.compile(r"\b(?:step|call|thought|need|result)\s+\d+", re.IGNORECASE)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH_OF: Final = {form: place for place, name in enumerate(_MONTHS, 1) for form in (name, name[:3])}
_ALWAYS: Final = frozenset({"i", "ok", "yes", "no", "none"})


def leaves(value: object) -> list[object]:
    """Return the plain values of JSON data, in order."""
    if isinstance(value, Mapping):
        return [leaf for member in cast("Mapping[str, object]", value).values() for leaf in leaves(member)]
    if isinstance(value, list | tuple):
        return [leaf for item in cast("list[object]", value) for leaf in leaves(item)]
    return [value]


def mentions(text: str) -> list[str]:
    """Return the names, numbers and quotations of a text.

    >>> mentions('Now I ask how many people live in Varn, "for 3 days".')
    ['for 3 days', 'Varn', '3']
    """
    plain = _COUNTED.sub(" ", text)
    found = [match[1] for match in _QUOTED.finditer(plain)]
    for sentence in filter(None, _SENTENCE.split(plain)):
        for place, match in enumerate(_WORD.finditer(sentence)):
            word = match[0]
            if word[0].isdigit() or (place and word[0].isupper()) or (len(word) > 1 and word[1:] != word[1:].lower()):
                found.append(word)
    return [each for each in dict.fromkeys(found) if each.casefold() not in _ALWAYS]


def _number(text: str) -> float:
    return float(text.replace(",", ""))


@dataclass(frozen=True, slots=False)
class Known:
    """What was asked and seen so far."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, *values: object) -> Known:
        """Take texts and JSON data, names of members included."""
        return cls(tuple(str(leaf) for value in values for leaf in _with_names(value) if leaf is not None))

    def and_of(self, *values: object) -> Known:
        """Return the same with more."""
        return Known((*self.texts, *Known.of(*values).texts))

    @cached_property
    def _text(self) -> str:
        return " ".join(self.texts).casefold()

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_WORD.findall(self._text)) | frozenset(re.findall(r"[^\W_]+", self._text))

    @cached_property
    def _numbers(self) -> frozenset[float]:
        months = {float(_MONTH_OF[word]) for word in self._words if word in _MONTH_OF}
        return frozenset(map(_number, _NUMBER.findall(self._text))) | months

    def says(self, value: object) -> bool:
        """Say whether each word and number of a plain value is known; truth values and nothing always are."""
        if value is None or isinstance(value, bool):
            return True
        return all(map(self._says, _WORD.findall(str(value).casefold())))

    def _says(self, word: str) -> bool:
        if word[0].isdigit():
            return _number(word) in self._numbers
        bare = re.sub(r"['’]s?$", "", word)
        known = word in self._words or bare in self._words or word in _ALWAYS
        return known or (not word.isascii() and word in self._text)

    def strange(self, text: str) -> list[str]:
        """Return what a text mentions that is not known."""
        return [each for each in mentions(text) if not self.says(each)]


def _with_names(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        for name, member in cast("Mapping[str, object]", value).items():
            yield name
            yield from _with_names(member)
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from _with_names(item)
    else:
        yield value
