"""The joint index of tools: a tool is found by its words and by its meaning, with its server before it.

Each tool has one or more vectors: of its whole text, and of every synthetic query; the nearest one counts (spec 02,
Eq. 4). Score of a tool for an intent = share of the intent's words (weighted BM25) · weight + cosine. Tool texts are
data: nothing in them is followed, they only rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.models.encoder import dense_is_reliable

from .aggregate import Aggregate, ordered
from .documents import ToolDocument, text_of
from .intents import split_intents
from .lexical import LexicalTable, counted, query_terms
from .result import ServerMatch, ToolMatch, ToolSearch
from .shipped import Numbers, VectorMap, shipped_map, shipped_numbers

__all__ = ["MODES", "Mode", "Scored", "ToolEncoder", "ToolIndex", "embed"]

Floats: TypeAlias = NDArray[np.float32]
Mode: TypeAlias = Literal["lexical", "dense", "hybrid"]
_EDGE: Final = 1e-4
"""Digits that the file of thresholds cuts off: what shares no word stands exactly at the threshold of words."""
MODES: Final[tuple[Mode, ...]] = ("lexical", "dense", "hybrid")


class ToolEncoder(Protocol):
    """Turns texts into L2-normalised vectors."""

    def encode(self, texts: Sequence[str], /) -> Floats:
        """Return one row per text, float32 ``[n, width]``."""
        ...


def embed(tools: Sequence[ToolDocument], encoder: ToolEncoder) -> list[Floats]:
    """Return the vectors of each tool, float32 [views, dimension]: of its text, then of its queries.

    A text that the encoder cannot read (mostly Chinese) has a row of zeros.
    """
    texts = [text for tool in tools for text in (text_of(tool), *tool.queries)]
    readable = [place for place, text in enumerate(texts) if dense_is_reliable(text)]
    found = encoder.encode([texts[place] for place in readable] or ["-"])
    vectors = np.zeros((len(texts), found.shape[1]), np.float32)
    vectors[readable] = found[: len(readable)]
    ends = np.cumsum([1 + len(tool.queries) for tool in tools])
    return np.split(vectors, ends[:-1]) if len(tools) else []


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Scores of all tools for one text, and what they are made of; each float32 [tools]."""

    total: Floats
    cosine: Floats | None
    """Of each tool's nearest vector; None where the text was not read by an encoder."""
    words: Floats
    """Share of the text's words, weighted, in [0, 1]."""


class ToolIndex:
    """Tools to search; does not change once made, so that it may be shared between threads."""

    def __init__(
        self,
        tools: Sequence[ToolDocument],
        *,
        encoder: ToolEncoder | None = None,
        vectors: Sequence[Floats] | None = None,
        counts: Sequence[Mapping[str, float]] | None = None,
        mapping: VectorMap | Literal["shipped"] | None = "shipped",
        numbers: Numbers | None = None,
    ) -> None:
        """Index `tools`.

        Args:
            tools: With ids that differ.
            encoder: Reads questions, and tools without `vectors`; without one, words alone decide.
            vectors: What `embed` returned for these tools earlier.
            counts: What `lexical.counted` returned for these tools earlier.
            mapping: Moves vectors before they meet; None leaves them as they are.
            numbers: Weights and thresholds; the shipped ones by default.

        Raises:
            UsageError: ``no_tools``; ``duplicate_id`` for two tools of one server with one name.
            RunError: ``damaged_model``.
        """
        if not tools:
            raise UsageError("the catalogue is empty: there is no tool to search", code="no_tools")
        self.tools: tuple[ToolDocument, ...] = tuple(tools)
        self._places = {tool.id: place for place, tool in enumerate(self.tools)}
        if len(self._places) < len(self.tools):
            names = [tool.id for tool in self.tools]
            twice = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"the tool {twice!r} is there twice", code="duplicate_id", id=twice)
        self._encoder = encoder
        self._numbers = numbers or shipped_numbers()
        self._map = shipped_map() if mapping == "shipped" else mapping
        self._words = LexicalTable(counts if counts is not None else [counted(tool) for tool in self.tools])
        if encoder is not None:
            self._place_vectors(vectors if vectors is not None else embed(self.tools, encoder))

    def _place_vectors(self, vectors: Sequence[Floats]) -> None:
        rows = np.concatenate(vectors)
        self._starts = np.cumsum([0, *(len(each) for each in vectors[:-1])])
        self._readable = np.abs(rows).max(axis=1) > 0
        self._vectors: Floats = self._map.tools(rows) if self._map else rows
        self._several = len(rows) > len(self.tools)

    def __len__(self) -> int:
        return len(self.tools)

    def search(
        self,
        query: str,
        *,
        k: int = 5,
        intents: Sequence[str] | None = None,
        mode: Mode = "hybrid",
        aggregate: Aggregate = "coverage",
    ) -> ToolSearch:
        """Return the tools that may serve `query`, best first.

        Args:
            query: What is asked, as it was written.
            k: Tools at most, but never fewer than one for each intent.
            intents: The needs inside the query, where somebody has split it already; by rule otherwise.
            mode: ``lexical`` looks at words alone, ``dense`` at cosines alone.
            aggregate: How the intents' lists become one; see `aggregate.ordered`.

        Raises:
            UsageError: ``empty_query``, ``bad_k``; ``bad_argument`` for ``dense`` without an encoder.
        """
        if not query.strip():
            raise UsageError("the query is empty", code="empty_query", argument="query")
        _check_k(k)
        if mode == "dense" and self._encoder is None:
            raise UsageError("mode 'dense' needs an encoder", argument="mode")
        split = tuple(part for part in intents or () if part.strip()) or split_intents(query)
        one = split == (query.strip(),)
        whole, *parts = self.scores([query] if one else [query, *split], mode)
        each = parts or [whole]
        found = ordered(np.stack([one.total for one in each]), whole.total, k, aggregate=aggregate)
        tools = tuple(
            ToolMatch(
                server=self.tools[place].server, tool=self.tools[place].name, score=round(score, 6), intent=intent
            )
            for place, score, intent in found
        )
        fits = [self._fit(one) for one in each]
        return ToolSearch(
            query=query,
            intents=split,
            tools=tools,
            servers=_servers(tools),
            fits=tuple(round(chance, 4) for chance, _ in fits),
            no_tool=not any(fit for _, fit in fits),
        )

    def scores(self, texts: Sequence[str], mode: Mode = "hybrid") -> list[Scored]:
        """Score every tool for each text."""
        words = [self._words.scores(query_terms(text)) for text in texts]
        cosines = self._cosines(texts) if mode != "lexical" else [None] * len(texts)
        scored: list[Scored] = []
        for share, cosine in zip(words, cosines, strict=True):
            if cosine is None:
                total = np.float32(self._numbers.words) * share
            else:
                total = cosine if mode == "dense" else np.float32(self._numbers.words) * share + cosine
            scored.append(Scored(total=total, cosine=cosine, words=share))
        return scored

    def likely(self, scored: Scored) -> bool:
        """Say whether the best tool for a text is likely to serve it; `scored` is of `scores`."""
        return self._fit(scored)[1]

    def _cosines(self, texts: Sequence[str]) -> list[Floats | None]:
        """Return the cosine of each tool's nearest vector, by text; None where the encoder cannot read the text."""
        readable = [place for place, text in enumerate(texts) if dense_is_reliable(text)]
        found: list[Floats | None] = [None] * len(texts)
        if self._encoder is None or not readable or not self._readable.any():
            return found
        vectors = self._encoder.encode([texts[place] for place in readable])
        moved = self._map.queries(vectors) if self._map else vectors
        near = self._vectors @ moved.T
        near[~self._readable] = near[self._readable].mean(axis=0)  # what cannot be read is neither near nor far
        if self._several:
            near = np.maximum.reduceat(near, self._starts, axis=0)
        for place, column in zip(readable, near.T, strict=True):
            found[place] = column
        return found

    def _fit(self, scored: Scored) -> tuple[float, bool]:
        """Return how likely the best tool can serve, and whether that is enough."""
        best = int(scored.total.argmax())
        words = float(scored.words[best])
        if scored.cosine is None:
            fit, cosine = self._numbers.fits["words"], 0.0
        else:
            fit, cosine = self._numbers.fits["encoder"], float(scored.cosine[best])
        chance = fit.chance(cosine, words)
        return chance, chance > fit.threshold + _EDGE


def _servers(tools: Sequence[ToolMatch]) -> tuple[ServerMatch, ...]:
    best: dict[str, float] = {}
    for tool in tools:
        best.setdefault(tool.server, tool.score)
        best[tool.server] = max(best[tool.server], tool.score)
    return tuple(ServerMatch(server=name, score=score) for name, score in best.items())


def _check_k(k: object) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise UsageError(f"k={k!r} must be a whole number of at least 1", code="bad_k", argument="k")
