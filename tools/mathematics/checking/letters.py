"""Letters of options: which of them an answer names, and whether it takes them back."""

from __future__ import annotations

import re
from typing import Final

from .latex import clean
from .verdicts import Status

__all__ = ["compare_letters", "is_choice"]

_CHOSEN: Final = re.compile(
    r"(?:选项?|答案|option|choice|answer)\s*(?:是|为|is|:)?\s*\(?([A-H](?:\s*[,、]?\s*[A-H])*)\)?(?![a-zA-Z])"
)
_NOT_CHOSEN: Final = re.compile(
    r"(?:不能?|别|勿|非|没有?|排除|除了?|\bnot|n′t|\bnever|\bexcept)\s*(?:应?该?[选是为]|choose|option|选项)?\s*:?\s*\(?$",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(
    r"不|非|没|错|排除|除[了去]?|\b(?:not|never|except|wrong|incorrect|false|eliminate)\b|n′t", re.IGNORECASE
)
_ALONE: Final = re.compile(r"(?<![A-Za-z0-9])([A-H])(?![A-Za-z0-9])")


def is_choice(gold: str) -> bool:
    """Say whether a right answer is letters of options."""
    return bool(re.fullmatch(r"\s*\(?[A-H](?:\s*[,、]?\s*[A-H]){0,4}\)?\s*\.?\s*", gold))


def compare_letters(text: str, gold: str) -> tuple[Status, str]:
    """Compare letters of options: exactly the right ones, and no other named."""
    wanted = frozenset(re.findall(r"[A-H]", gold))
    shown = re.sub(r"\\(?:text|mathrm|mathbf|textbf|boxed)\s*\{?|[{}$*]", " ", clean(text)).strip().strip(".;, ")
    if match := re.fullmatch(r"\(?\s*((?:\(?[A-H]\)?(?:\s*(?:,|、|;|/|and|or|和|或)?\s*))+)\)?", shown):
        named = frozenset(re.findall(r"[A-H]", match[1]))
    elif match := re.match(r"\(?([A-H])\s*(?:\)|[.:、,])\s*(?=\S)", shown):
        named = frozenset(match[1])
        named |= frozenset(re.findall(r"(?:^|\s|;)\(?([A-H])\s*[).:、]", shown))
        if listed := re.match(r"\(?[A-H]\)?(?:\s*[、,]\s*\(?[A-H](?![A-Za-z0-9])\)?)+", shown):  # B、C都对
            named |= frozenset(re.findall(r"[A-H]", listed[0]))
    elif match := [each for each in _CHOSEN.finditer(shown) if not _NOT_CHOSEN.search(shown[: each.start(1)])]:
        named = frozenset(re.findall(r"[A-H]", match[-1][1]))
        if _DENIED.match(shown[match[-1].end() :].lstrip()):
            return "undecided", "an option is named and taken back"
    else:
        named = frozenset(_ALONE.findall(shown))
        if named and _DENIED.search(shown):
            return "undecided", "an option is named, perhaps to say that it is not it"
    if not named:
        return "undecided", "no option is named"
    if named == wanted:
        return "right", "the letters agree"
    return "wrong", "another option, or more than one" if len(wanted) == 1 else "the letters differ"
