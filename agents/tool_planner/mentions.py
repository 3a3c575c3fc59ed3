"""Where in a question each tool is asked for, and how clearly: by words, and by meaning with the encoder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.models.encoder import dense_is_reliable
from questline.tools.text import content_terms, sentences
from questline.tools.tool_retrieval.documents import split_name
from questline.tools.tool_retrieval.index import ToolEncoder
from questline.tools.tool_retrieval.shipped import shipped_map

from .roles import name_words

__all__ = ["Mentions", "clauses", "mentions"]

_CUT: Final = re.compile(
    r"[,;:，；：、]\s*(?:and\s+)?|\s+(?:and|then|before)\s+|\s+so (?:that )?|(?<=[\u4e00-\u9fff])(?=然后|并且|再|最后)",
    re.IGNORECASE,
)
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z' -]+")
_READ: Final = 8_000
"""Characters of a question."""
_MOST: Final = 64
"""Clauses of a question; what comes after them counts as the last."""
_DESCRIBED: Final = 200
"""Characters of a description."""
_SHARP: Final = 10.0
"""How much the best clause counts more than the next: the exponent on sums of two cosines."""
_WORDS: Final = 0.3
"""Weight of shared words beside the cosines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """By tool, in the given order."""

    place: tuple[float, ...]
    """Where it is asked for, from 0 (the question's beginning) to 1 (its end)."""
    clarity: tuple[float, ...]
    """How much more its clearest clause speaks of it than of the tools on average; near 0 for what is not asked for."""
    clause: tuple[int, ...]
    """Number of its clearest clause."""


def clauses(question: str) -> tuple[str, ...]:
    """Cut a question at sentences, commas and conjunctions; at least one piece, and none of a single word.

    >>> clauses("Find a hotel in Lyon, then tell me its rating and send it")
    ('Find a hotel in Lyon', 'tell me its rating', 'send it')
    """
    pieces: list[str] = []
    for sentence in sentences(question[:_READ]):
        for part in _CUT.split(sentence.text):
            piece = part.strip()
            if pieces and piece and ((len(piece.split()) == 1 and piece.isascii()) or len(pieces) >= _MOST):
                pieces[-1] = f"{pieces[-1]} {piece}"
            elif piece:
                pieces.append(piece)
    return tuple(pieces) or (question[:_READ],)


def mentions(question: str, tools: Sequence[ToolDefinition], *, encoder: ToolEncoder | None = None) -> Mentions:
    """Find where a question asks for each of some tools.

    Args:
        question: The user's words.
        tools: One or more.
        encoder: Without it, and for a Chinese question, words alone decide.
    """
    parts = clauses(question)
    fits = _WORDS * _by_words(parts, tools)
    if encoder is not None and dense_is_reliable(question):
        fits = fits + _by_meaning(parts, tools, encoder)
    else:
        fits = fits / _WORDS
    centred = fits - fits.mean(axis=1, keepdims=True)
    weights = np.exp(_SHARP * (centred - centred.max(axis=0)))
    ends = np.linspace(0.0, 1.0, len(parts)) if len(parts) > 1 else np.zeros(1)
    place = (weights * ends[:, None]).sum(axis=0) / weights.sum(axis=0)
    return Mentions(
        place=tuple(map(float, place)),
        clarity=tuple(map(float, centred.max(axis=0))),
        clause=tuple(map(int, centred.argmax(axis=0))),
    )


def _by_words(parts: Sequence[str], tools: Sequence[ToolDefinition]) -> NDArray[np.float64]:
    """Return the share of a tool's name that a clause says: [clauses, tools]; words of several tools count less."""
    names = [name_words(tool) for tool in tools]
    holders = {word: sum(word in name for name in names) for name in names for word in name}
    table = np.zeros((len(parts), len(tools)))
    for row, part in enumerate(parts):
        said = set(content_terms(part))
        whole = "".join(part.casefold().split())
        for column, name in enumerate(names):
            total = sum(1 / holders[word] for word in name)
            held = sum(1 / holders[word] for word in name if word in said or (not word.isascii() and word in whole))
            table[row, column] = held / total if total else 0.0
    return table


def _by_meaning(parts: Sequence[str], tools: Sequence[ToolDefinition], encoder: ToolEncoder) -> NDArray[np.float64]:
    """Return sums of two cosines, [clauses, tools]: of names after the map of tool search, of all words before it."""
    names = [split_name(tool.name) for tool in tools]
    told = [" ".join(_LATIN.findall(tool.description))[:_DESCRIBED] for tool in tools]
    asked = encoder.encode(parts)
    called = encoder.encode(names)
    described = encoder.encode([f"{name}: {said}" for name, said in zip(names, told, strict=True)])
    known = shipped_map()
    return np.asarray(known.queries(asked) @ known.tools(called).T + asked @ described.T, np.float64)
