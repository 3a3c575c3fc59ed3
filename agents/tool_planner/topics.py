"""Which of the tools that take a whole question, or name a file, can answer one: by what their servers say they hold.

A server that says what it holds (tables with columns, a folder, a subject) serves what its words speak of; one that
speaks of documents, pages or knowledge may hold anything, and serves what nothing else does. Round numbers, chosen with
the open scenarios in view.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.agents.intents.idle import without_idle_words
from questline.tools.slot_filling.names import names_in, quoted_in
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import is_cjk, stem, words
from questline.tools.tool_retrieval.index import ToolEncoder

from .changing import DEEDS
from .contract import Candidate
from .kinds import shape_of, vocabulary
from .matching import content, has, plain

__all__ = ["NEAR", "Topic", "acts", "askable", "topics"]

NEAR: Final = 0.06
"""Two tools whose scores differ by less may both hold the answer."""
_LEAST: Final = 0.25
_LAST: Final = 2
"""Servers that are asked as a last resort."""
_OPEN: Final = 0.4
"""Score of a server that may hold anything in prose."""
_TITLES: Final = 0.35
"""What the share of a need's words that it speaks of counts for such a server."""
_RANKED: Final = 0.15
"""What a rank or a total ("the shortest", "average") speaks for a server that says what it holds."""
_ASKED: Final = 0.4
"""Weight of a subject that is met without the thing that is asked for."""
_CLOSE: Final = 0.6
"""Cosine from which two words mean nearly the same."""
_AKIN: Final = 0.6
"""What such a word counts beside one that is said."""
_MOST: Final = 400
_PROSE: Final = frozenset(
    stem(word)
    for word in listed("document documents article articles wiki web internet knowledge encyclopedia news manual")
)
_GENERIC: Final = frozenset(
    stem(word)
    for word in listed(
        "name id type status title number value text question answer read only plain file files csv"
        " parquet json line lines sqlite sql table tables search your server tool data list query up look"
        " over say which words not understood english chinese filter count sum average top group truncated"
        " refused columns rows column row needed several most at day time date month year place places"
        " item home own"
    )
)
"""Words of tools and columns that say nothing about a subject."""
_NO_VERB: Final = r"(?!(?:is|are|was|were|do|does|did|would|will|can|has|have|had)\b)"
_HEAD: Final = re.compile(
    rf"\b(?:which|what|whose|how (?:many|much))\s+(?P<x>{_NO_VERB}[a-z]\w*(?: {_NO_VERB}[a-z]\w*)?)",
    re.IGNORECASE,
)
_WHAT_IS: Final = re.compile(
    r"\b(?:what|who)(?:'s| is| are| was| were) the (?P<x>[a-z]\w*(?: [a-z]\w*)?)(?= of\b| that\b)", re.IGNORECASE
)
_ACTIONS: Final = DEEDS | {"ring"}
_POLITE: Final = re.compile(
    r"^\s*(?:(?:please|pls|kindly|hey|hi|hello|ok(?:ay)?|now|then|also|and)\b[,!.]?\s*"
    r"|(?:can|could|will|would) you (?:please )?|i(?:'d| would) like you to |i want you to )+",
    re.IGNORECASE,
)
_WRITES: Final = re.compile(
    r"(?:write|draft|compose) (?:an? |the |my )?(?:e-?mail|mail|letter|message|text|note|reply)\b", re.IGNORECASE
)
_DONE_FOR: Final = re.compile(
    r"(?:put|sign|pencil|note|mark|book|squeeze|slot) (?:me|us|him|her|them|my [a-z]+|our [a-z]+) (?:down|up|in)\b"
    r"|(?:keep|hold|save|set aside|put aside|put by|lay by) (?:me |us )?(?:an?|the|one|two|three|four|five|six"
    r"|\d+|some) "
    r"[a-z -]{2,40} (?:for (?:me|us|my|our)|aside|back)\b"
    r"|(?:keep|hold|save|reserve) (?:me|us) (?:an?|the|one|two|three|four|five|six|\d+|some)\b",
    re.IGNORECASE,
)
_PASSED_ON: Final = re.compile(
    r"(?:let (?!me\b|us\b)[\w'’-]+(?: [\w'’-]+){0,2} know|tell (?!me\b|us\b)[\w'’-]+(?: [\w'’-]+){0,2} (?:that"
    r"|to|we|i|about)"
    r"|drop (?!me\b|us\b)[\w'’-]+(?: [\w'’-]+){0,2} a (?:line|note)|pass (?:it|this|that|a message) on"
    r"|give (?!me\b|us\b)[\w'’-]+(?: [\w'’-]+){0,2} (?:a (?:ring|call|message)|my (?:regards|best)))\b",
    re.IGNORECASE,
)
"""A booking, and a message, whatever words they are wished for in."""
_ACTIONS_ZH: Final = re.compile(
    r"^(?:请|帮我|麻烦)*(?:发送|发一|发邮件|预订|预定|订|购买|买|删除|创建|新建|添加|播放|打开|关闭|取消|转账|提醒)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A tool that takes a question, and how likely its server holds the answer."""

    candidate: Candidate
    score: float
    """In [0, 1] by what its server says; up to 2 by what it answered when it was asked."""
    why: str = ""
    """A line for people, where it was asked."""
    answers: str = ""
    """The words that it answered itself when it was asked."""
    sure: float = 0.0
    """How sure its answer was, in [0, 1]."""


def acts(text: str) -> str:
    """Return the verb of a request that something be done rather than told, empty for a question."""
    bare = _POLITE.sub("", without_idle_words(text))
    first = re.match(r"[A-Za-z]+", bare)
    if first and first[0].casefold() in _ACTIONS and not text.rstrip().endswith(("?", "？")):
        return first[0].casefold()
    if _WRITES.match(bare) or _PASSED_ON.match(bare):
        return "send"
    if _DONE_FOR.match(bare):
        return "book"
    polite = bare != text and first is not None and first[0].casefold() in _ACTIONS
    chinese = _ACTIONS_ZH.match(text)
    return first[0].casefold() if polite and first else chinese[0] if chinese else ""


def topics(
    text: str, candidates: Sequence[Candidate], encoder: ToolEncoder | None = None, *, last_resort: bool = False
) -> list[Topic]:
    """Return the tools that take a whole question and may answer this one, best first; of each server one.

    Args:
        text: One need.
        candidates: What there is.
        encoder: Finds that `wrote` is near `author`; without it words count as they are.
        last_resort: Nothing else answered: also the best of those that only read, whatever their servers say they hold.
            A table may hold a name that none of its words tells of.
    """
    found = askable(text, candidates, encoder)
    kept = [one for one in found if one.score >= _LEAST]
    if last_resort and not kept:
        return [one for one in found if one.candidate.tool.read_only][:_LAST]
    return kept


def askable(text: str, candidates: Sequence[Candidate], encoder: ToolEncoder | None = None) -> list[Topic]:
    """Return the tools that take a whole question, whatever their servers say they hold, likelier ones first.

    Of each server one; none for a greeting, and for an order only those that can carry it out.
    """
    verb = acts(text)
    if not content(plain(text)) and not text.rstrip().endswith(("?", "？")):
        return []  # a greeting asks for nothing
    found: dict[str, Topic] = {}
    for candidate in candidates:
        shape = shape_of(candidate.tool)
        if shape.question is None or any(slot.required for slot in shape.slots if slot is not shape.question):
            continue
        if verb and not has(shape.words, stem(verb)):
            continue
        score = _score(text, candidate, encoder)
        best = found.get(candidate.tool.server)
        if best is None or (score, _asks(candidate)) > (best.score, _asks(best.candidate)):
            found[candidate.tool.server] = Topic(candidate=candidate, score=score)
    return sorted(found.values(), key=lambda one: (-one.score, -one.candidate.score))


def _asks(candidate: Candidate) -> tuple[bool, float]:
    """Order the tools of one server: what answers a question comes before what finds texts for a query."""
    slot = shape_of(candidate.tool).question
    return (
        slot is not None and "quer" not in slot.name.casefold() and "search" not in slot.name.casefold(),
        candidate.score,
    )


def _score(text: str, candidate: Candidate, encoder: ToolEncoder | None) -> float:
    shape = shape_of(candidate.tool)
    held = vocabulary(candidate.about)
    open_to_all = bool((held | shape.words) & _PROSE)
    spoken = held | (frozenset[str]() if held else shape.words)
    base = _OPEN if open_to_all else 0.0
    share = _share(text, spoken - _GENERIC, encoder)
    if open_to_all:
        return min(1.0, base + _TITLES * share)
    ranked = share > 0 and any(_RANKS.fullmatch(word) for word in words(text))
    return min(1.0, share + _RANKED * ranked)


def _share(text: str, subjects: frozenset[str], encoder: ToolEncoder | None) -> float:
    """Return the share of the words of a need, names and quotations left out, that a server speaks of."""
    flat = plain(text)
    opening = re.match(r"\w+", flat)
    named = [
        (one.start, one.end)
        for one in (*names_in(flat), *quoted_in(flat))
        if not (opening and one.start == 0 and " " not in one.text)
    ]
    asking = [word for word in content(flat, named) if word not in _EVERYDAY and not _RANKS.fullmatch(word)]
    asking = [word for word in asking if not any(char.isdigit() for char in word)]
    if not asking:
        return 0.0
    met = {word: 1.0 for word in asking if has(subjects, word)}
    if encoder is not None and subjects and not is_cjk(text):
        met |= _akin(flat, [word for word in asking if word not in met], subjects, encoder)
    head = _HEAD.search(flat) or _WHAT_IS.search(flat)
    wanted = [stem(word) for word in head["x"].casefold().split()] if head else []
    if head and _OBJECT.match(flat, head.end()):  # "which yard built our ferry": the second word is a verb
        wanted = wanted[:1]
    wanted = [word for word in wanted if word in asking]
    share = sum(met.get(word, 0.0) for word in asking) / len(asking)
    asked = not wanted or any(word in met for word in wanted)
    return share if asked else share * _ASKED


def _akin(text: str, stems: Sequence[str], subjects: frozenset[str], encoder: ToolEncoder) -> dict[str, float]:
    """Return the words that mean nearly what a subject says, each with what it counts."""
    said = {stem(word): word for word in words(text)}
    asked = [one for one in stems if one in said]
    if not asked:
        return {}
    known = _encoded(tuple(sorted(subjects))[:_MOST], encoder)
    best = np.max(encoder.encode([said[one] for one in asked]) @ known.T, axis=1)
    return {one: _AKIN for one, near in zip(asked, best, strict=True) if near >= _CLOSE}


@lru_cache(maxsize=64)
def _encoded(subjects: tuple[str, ...], encoder: ToolEncoder) -> NDArray[np.float32]:
    return encoder.encode(list(subjects))


_OBJECT: Final = re.compile(r"\s+(?:the|our|a|an|my|his|her|him|it|them|this|that)\b", re.IGNORECASE)
_RANKS: Final = re.compile(r"\w{3,}est|most|least|total|average|mean|sum|count|compar\w*|max\w*|min\w*|top")
"""What is done with columns, in every table."""
_EVERYDAY: Final = frozenset(
    stem(word)
    for word in listed("get take have has make made go goes went come came bring brought keep back many much number")
)
