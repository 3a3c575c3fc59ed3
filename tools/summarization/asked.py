"""A query taken apart for summaries: what kind of answer it wants, its words, names, numbers and parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from questline.tools.reading.questions import Kind, analyse
from questline.tools.reading.relations import NAME
from questline.tools.text import is_cjk, words

from .terms import Token, is_cjk_key, tokens

__all__ = ["Asked", "asked"]

_SIMPLIFIED: Final = str.maketrans("麼為誰時間幾裡裏個國歲數項種點級稱與", "么为谁时间几里里个国岁数项种点级称与")
"""Of the words that ask, so that one set of rules reads both ways of writing."""
_ASKING: Final = re.compile(
    "多少|什么时候|什么|谁|何时|何地|何人|哪里|哪儿|哪[一]?[个些年天日月国位种家座项]?|是否|是不是|有没有|为什么|为何|如何"
    "|怎么样?|几|请问"
)
_NAMES: Final = re.compile(NAME)
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_PART: Final = re.compile(
    r"[?？;；]\s*|(?:,|，)?\s*\b(?:and|or) (?=(?:what|when|where|who|whom|whose|which|why|how)\b)", re.IGNORECASE
)
_OPENER: Final = re.compile(r"^\W*[^\W\d_]+\b")
_WORDS_OF_OVERVIEWS: Final = (
    "summarize summarise summary overview describe outline main key point points plot story happen content document"
    " text meeting discussion discuss talk about whole entire give list explain tell gist"
)
_OVERVIEW: Final = tokens(_WORDS_OF_OVERVIEWS).terms
_OVERVIEW_ZH: Final = re.compile("总结|概括|摘要|概述|主要内容|大意|讲了|說了|總結")
_SHORT_ZH: Final = 10
"""Characters that say something; a query with more of them asks for more than the gist."""
_NOT_TERMS: Final = frozenset({"name", "list", "many", "much", "kind", "type", "mean", "call"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query, taken apart."""

    text: str
    kind: Kind
    terms: frozenset[str]
    """Stems of its content words; of Chinese, characters, without those that only ask."""
    pairs: frozenset[str]
    run: tuple[str, ...]
    """All its words in order, small ones included, those that only ask left out."""
    focus: frozenset[str]
    """Stems of the noun that the answer must be, or of the unit it is counted in."""
    names: tuple[frozenset[str], ...]
    """Stems of each proper name."""
    numbers: frozenset[str]
    facets: tuple[tuple[str, frozenset[str]], ...]
    """What a summary should cover: the parts of a query that has several, else its names and words."""
    overview: bool
    """It asks for the whole of a document rather than for something in it."""
    chinese: bool


@lru_cache(maxsize=256)
def asked(text: str) -> Asked:
    """Take `text` apart by rule."""
    simple = text.translate(_SIMPLIFIED)
    question = analyse(simple)
    # One character for one, so that the places stay those of `text`.
    plain = _ASKING.sub(lambda match: " " * len(match[0]), simple)
    kept = "".join(old if before == after else " " for old, before, after in zip(text, simple, plain, strict=True))
    found = tokens(kept)
    terms = found.terms - _NOT_TERMS
    names = _names(text)
    chinese = is_cjk(text)
    short = len(terms) <= _SHORT_ZH
    return Asked(
        text=text,
        kind=question.kind,
        terms=terms,
        pairs=found.pairs,
        run=tuple(token.key for token in found.all),
        focus=question.focus,
        names=tuple(stems for _, stems in names),
        numbers=frozenset(_NUMBER.findall(text)),
        facets=_facets(kept, found.all, terms, names),
        overview=(bool(words(text)) and terms <= _OVERVIEW) or (short and bool(_OVERVIEW_ZH.search(text))),
        chinese=chinese,
    )


def _names(text: str) -> list[tuple[str, frozenset[str]]]:
    """Return runs of capitalised words, without the word that opens the query."""
    first = _OPENER.match(text)
    found = [(match[0], tokens(match[0]).terms) for match in _NAMES.finditer(text, first.end() if first else 0)]
    return [(name, stems) for name, stems in found if stems]


def _facets(
    text: str, found: tuple[Token, ...], terms: frozenset[str], names: list[tuple[str, frozenset[str]]]
) -> tuple[tuple[str, frozenset[str]], ...]:
    parts = [(part.strip(" ,.?!？！。，"), tokens(part).terms - _NOT_TERMS) for part in _PART.split(text)]
    several = [(part, stems) for part, stems in parts if stems]
    if len(several) > 1:
        return tuple(several)
    facets = list(names)
    taken = frozenset[str]().union(*(stems for _, stems in names))
    for word, keys in _runs(text, found):
        left = (keys & terms) - taken
        if left:
            facets.append((word, left))
            taken |= left
    return tuple(facets)


def _runs(text: str, found: tuple[Token, ...]) -> list[tuple[str, frozenset[str]]]:
    """Return the content words, neighbouring CJK characters as one."""
    runs: list[tuple[int, int, frozenset[str]]] = []
    for token in found:
        if not token.content:
            continue
        start, keys = token.start, frozenset({token.key})
        if runs and is_cjk_key(token.key) and runs[-1][1] == start and not text[start - 1].isascii():
            start, _, before = runs.pop()
            keys |= before
        runs.append((start, token.end, keys))
    return [(text[start:end], keys) for start, end, keys in runs]
