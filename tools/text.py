"""Plain-text basics that every tool shares: words, sentences with offsets, joined texts, how Chinese a text is."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from questline.types import Citation, TextSpan

__all__ = [
    "CJK",
    "STOPWORDS",
    "cjk_share",
    "content_terms",
    "is_cjk",
    "join_cited",
    "normalize",
    "sentences",
    "stem",
    "visible",
    "whole_characters",
    "word_count",
    "words",
]

CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"
"""Character ranges (for a regular expression's class) of Chinese, Japanese and Korean writing."""
_CJK_ENOUGH: Final = 0.3
_CJK_CHARACTER = re.compile(f"[{CJK}]")
_HALF = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W_{CJK}]+)*")
_COUNTED = re.compile(rf"[^\W_{CJK}]+(?:[^\w\s{CJK}]+[^\W_{CJK}]+)*")
_SENTENCE_END = re.compile(
    r"(?<=[。！？；])"  # Chinese marks need no space after them
    r"|(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[^\Wa-z_])"  # an upper-case letter, digit or CJK character follows
    r"|\n\s*\n|\n(?=\s*(?:[-*+•#|>]|\d+[.)]\s))"  # blank lines, list items, headings
    r"|(?<![-–,;(])\n(?=[^\S\n]*[^\W\da-z_][^:.!?\n]{0,58}:[^\S\n]+\S)"  # a line of a record: "Label: value"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“])(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|Jr|Sr|Gen|Col|Lt|Capt|Sgt|Rev|Hon|Gov|Sen|Rep|Fig|No|Nos|Vol|vs|etc|cf|al"
    r"|Inc|Ltd|Co|Corp|Bros|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|c|ca|d|b|e\.g|i\.e|[A-Z]|(?:[A-Z]\.)+[A-Z])\.[\"'”’)\]]*\s*$"
)

_NO_SPACE_AFTER = re.compile(r"[。！？；…][”’』」》）】]*\Z")


def normalize(text: str) -> str:
    """Fold compatibility forms (full-width letters, ligatures) and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def visible(text: str) -> str:
    """Return `text` without characters that no reader sees: between letters and digits they hide a word from rules."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def whole_characters(text: str) -> str:
    """Return `text` with halves of a character put together, and U+FFFD for one that stands alone.

    A text that was cut between the two halves of an emoji can be neither encoded nor stored.
    """
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def words(text: str) -> list[str]:
    """Split into normalized words; each CJK character is a word of its own, also beside letters and digits."""
    return _WORD.findall(normalize(text))


def cjk_share(text: str) -> float:
    """Return the share of CJK characters among the letters of `text`, in [0, 1]."""
    letters = len(_LETTER.findall(text))
    return len(_CJK_CHARACTER.findall(text)) / letters if letters else 0.0


def is_cjk(text: str) -> bool:
    """Say whether a text is to be treated as Chinese, Japanese or Korean: more than 30 % of its letters are."""
    return cjk_share(text) > _CJK_ENOUGH


def word_count(text: str) -> int:
    """Count words; two CJK characters count as one word, which they are on average."""
    return len(_COUNTED.findall(text)) + math.ceil(len(_CJK_CHARACTER.findall(text)) / 2)


def sentences(text: str) -> list[TextSpan]:
    """Split into sentences, each with its place in `text`; white space around them belongs to none.

    Abbreviations and initials do not end a sentence; blank lines, list items, headings and lines that
    open with a label (``Label: value``) do.
    """
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if not _ABBREVIATION.search(text[max(0, match.start() - 20) : match.end()])
    ]
    spans: list[TextSpan] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        body = piece.strip()
        if body:
            first = start + len(piece) - len(piece.lstrip())
            spans.append(TextSpan(start=first, end=first + len(body), text=body))
    return spans


def join_cited(pieces: Iterable[tuple[str, Iterable[Citation]]]) -> tuple[str, tuple[Citation, ...]]:
    """Put texts one after the other, each once, and move their citations to where the texts now stand.

    A text that comes again is not shown again, but what it cites then is cited where it stands. Empty texts are left
    out. No space follows a sentence that ends in a Chinese mark.

    Args:
        pieces: Texts, each with citations of characters in it.
    """
    cited: dict[str, list[Citation]] = {}
    for piece, citations in pieces:
        if piece.strip():
            cited.setdefault(piece, []).extend(citations)
    text = ""
    moved: list[Citation] = []
    for piece, citations in cited.items():
        text += " " if text and not _NO_SPACE_AFTER.search(text) else ""
        shift = len(text)
        moved += [replace(c, start=c.start + shift, end=c.end + shift) for c in dict.fromkeys(citations)]
        text += piece
    return text, tuple(moved)


_SMALL_WORDS: Final = (
    "a about after all also am an and any are as at be been being but by can could did do does doing during each"
    " for from had has have having he her hers him his how i if in into is it its itself just me more most my no nor"
    " not of off on only or other our out over own same she should so some such than that the their them then there"
    " these they this those through to too under until up us very was we were what when where which while who whom"
    " whose why will with would you your 's s 的 了 是 在 和 与 吗 呢 么 之 也 就 都 有"
)
STOPWORDS: Final = frozenset(_SMALL_WORDS.split())
"""Words that say nothing about what a text is about."""
_IRREGULAR: Final = {
    form: base
    for base, forms in {
        "become": "became",
        "begin": "began begun",
        "birth": "born",
        "bring": "brought",
        "build": "built",
        "come": "came",
        "die": "died dies dying death deaths",
        "direct": "director directors",
        "fall": "fell fallen",
        "fight": "fought",
        "find": "found",
        "give": "gave given",
        "go": "went gone goes",
        "hold": "held",
        "know": "knew known",
        "lead": "led",
        "leave": "left",
        "lose": "lost",
        "make": "made",
        "marry": "marriage",
        "meet": "met",
        "perform": "performer performers",
        "produce": "producer producers",
        "run": "ran",
        "sing": "sang sung singer singers song songs",
        "speak": "spoke spoken",
        "take": "took taken",
        "win": "won winner winners",
        "write": "wrote written writer writers",
    }.items()
    for form in forms.split()
}


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Cut the endings of an English word that do not change what it is about (plural, tense, possessive).

    Light on purpose: ``films`` → ``film``, ``studied`` → ``study``, ``wrote`` → ``write``; other writing is left alone.
    """
    word = word.casefold().removesuffix("'s").removesuffix("’s")
    word = _IRREGULAR.get(word, word)
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and re.search("[aeiouy]", base):
            word = base[:-1] if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz" else base
            break
    return word.removesuffix("e") if len(word) > 3 else word


def content_terms(text: str) -> list[str]:
    """Return the stems of the words that carry content, in order, repeats kept."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]
