"""Strings that stand out in a question: in quotation marks, with capitals, addresses, paths and codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from questline.tools.text import STOPWORDS, sentences

from .mention import Mention
from .vocabulary import listed

__all__ = ["OPENERS", "codes_in", "names_in", "quoted_in"]

_QUOTED: Final = re.compile(
    r"(?<!\w)'(?P<a>[^'\n](?:[^'\n]|'(?=\w)){0,2000}?)'(?!\w)|\"(?P<b>[^\"\n]{1,2000})\"|“(?P<c>[^”\n]{1,2000})”"
    r"|‘(?P<d>[^\n]{1,500}?)’(?!\w)|「(?P<e>[^」\n]{1,500})」|《(?P<f>[^》\n]{1,500})》|`(?P<g>[^`\n]{1,500})`"
)
_CAPITAL: Final = r"(?:[A-Z][\w&'’.-]*|[A-Z]\.|[a-z]?[A-Z]\w+|&|\d+(?:\.\d+)?(?!\w))"
_NAME: Final = re.compile(
    rf"(?<![\w'’])[A-Z][\w&'’-]*(?:[#+]+(?!\w))?(?:\.[A-Z]\.?)*(?:(?:\s|(?<=[A-Z])\.\s)(?:(?:of|the|de|la|del|van|von|da|di|and|for|in|on)\s"
    rf"(?:the\s)?(?=[A-Z]))?{_CAPITAL})*"
)
_JOINED: Final = re.compile(r"\s(?:and|for|in|on)\s(?:the\s)?|\s(?:of|the|de)\s(?:the\s)?")
_AND: Final = re.compile(r"\s(?:and|for|in|on)\s(?:the\s)?")
_CODE: Final = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?P<url>https?://[^\s'\"<>]+[^\s'\"<>.,;:!?)])"
    r"|(?P<path>(?<!\w)(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.~-]+(?:[/\\][\w.~-]+)*"
    r"|\b[\w-]+\.(?:csv|txt|json|xlsx?|pdf|png|jpe?g|py|nii|db|xml|zip|docx?|mp[34])\b)"
    r"|(?P<code>\b(?=[\w/-]*\d)(?=[\w/-]*[A-Za-z])[A-Za-z0-9]+(?:[-_/][A-Za-z0-9]+)*\b|#\w+|\b[A-Za-z]+_\w+\b)"
)
OPENERS: Final = frozenset(
    listed(
        "find calculate what what's whats get who which how when where why can could please compute determine"
        " search locate show list give tell book create generate play provide retrieve convert predict"
        " estimate check identify look sort analyze analyse update is are do does did i i'm i'd i've i'll help"
        " fetch need want the a an add make set in on for solve plot write send order buy draw compare"
        " translate will would should if use using given let let's my me we our choose pick hey hi hello tell"
        " return run start stop schedule reserve assume considering starting simulate evaluate obtain display"
        " discover recommend suggest design also then and or but from at to by with"
    )
)
"""Words that open a sentence and are no part of a name."""
_MOST: Final = 120


def quoted_in(text: str) -> list[Mention]:
    """Return what stands in quotation marks, in the order of the text; an apostrophe inside a word closes none."""
    found: list[Mention] = []
    for match in _QUOTED.finditer(text):
        name = next(name for name, value in match.groupdict().items() if value is not None)
        inner = match[name]
        if inner.strip():
            found.append(Mention(how="quoted", value=inner, start=match.start(name), end=match.end(name), text=inner))
    return found[:_MOST]


def codes_in(text: str) -> list[Mention]:
    """Return mail and web addresses, paths, and words with digits or underscores in them."""
    return [
        Mention(how="code", value=match[0], start=match.start(), end=match.end(), text=match[0])
        for match in _CODE.finditer(text)
    ][:_MOST]


def names_in(text: str) -> list[Mention]:
    """Return the runs of words with capitals; of ``Bank of America`` and ``Romeo and Juliet`` also the parts."""
    openings = {sentence.start for sentence in sentences(text)}
    found: dict[tuple[int, int], Mention] = {}
    for first, last in _runs(text, sorted(openings)):
        for start, end in _variants(text, first, last, first in openings):
            name = text[start:end]
            if name and (start, end) not in found and name.casefold() not in STOPWORDS:
                found[start, end] = Mention(how="name", value=name, start=start, end=end, text=name)
    return list(found.values())[:_MOST]


def _runs(text: str, openings: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the places of the runs, cut where a sentence begins."""
    for match in _NAME.finditer(text):
        cuts = [place for place in openings if match.start() < place < match.end()]
        for start, end in pairwise([match.start(), *cuts, match.end()]):
            yield start, start + len(text[start:end].rstrip(" ." if end in cuts else " "))


def _variants(text: str, start: int, end: int, opening: bool) -> Iterator[tuple[int, int]]:
    while (first := re.match(r"[\w'’]+\s*", text[start:end])) and first[0].strip().casefold() in OPENERS:
        if not opening and first[0].strip() not in ("I", "I'm", "What", "Find"):
            break
        start += first.end()
        if start >= end:
            return
    end = _trimmed(text, start, end)
    yield start, end
    previous = start
    for cut in _AND.finditer(text, start, end):
        yield previous, _trimmed(text, previous, cut.start())
        previous = cut.end()
    yield previous, end
    previous = start
    cuts = list(_JOINED.finditer(text, start, end))
    for cut in cuts:
        yield previous, _trimmed(text, previous, cut.start())
        previous = cut.end()
    if cuts:
        yield previous, end
    words = list(re.finditer(r"\S+", text[start:end]))
    if len(words) > 1:  # "LA Lakers", "Fender American Professional II": the maker and the model
        yield start, start + words[0].end()
        yield start + words[1].start(), end
        if len(words) > 2:
            last = next((word for word in words[-2::-1] if not word[0].islower()), words[0])
            yield start, _trimmed(text, start, start + last.end())


def _trimmed(text: str, start: int, end: int) -> int:
    """Return the end without a possessive and a full stop, but for that of ``D.C.`` and ``Inc.``."""
    name = text[start:end]
    for suffix in ("'s", "’s", "'", "’"):
        if name.endswith(suffix):
            return end - len(suffix)
    return end
