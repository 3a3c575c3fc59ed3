"""Answer one query from a snapshot of the indexes: candidates, evidence for each, one ranking."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.models.encoder import dense_is_reliable

from . import fusion
from .analyze import analyze
from .mentions import mention_of, mentions_in_query, mentions_in_text

if TYPE_CHECKING:
    from .contract import Embedder
    from .dense import DenseIndex
    from .lexical import LexicalIndex
    from .store import Store

__all__ = ["Mode", "Ranked", "Snapshot", "rank"]

Mode: TypeAlias = Literal["hybrid", "lexical", "dense"]
_CANDIDATES: Final = 100
"""Passages that each search brings in."""
_MENTIONED: Final = 30
"""Passages whose title stands in the query that are brought in besides."""
_MAX_BEARERS: Final = 20
"""A title that more passages bear names none of them."""
_SPECIFIC: Final = 1.5
"""A title is fully specific when its terms are as rare as one and a half words that occur once."""

Hits: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passage numbers with their scores, best first."""

    numbers: list[int]
    scores: list[float]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a search reads; none of it changes while it is read."""

    store: Store
    lexical: LexicalIndex
    dense: DenseIndex | None
    encoder: Embedder | None


def rank(
    snapshot: Snapshot,
    query: str,
    *,
    limit: int,
    allowed: NDArray[np.int64] | None,
    mode: Mode,
    weights: fusion.Weights = fusion.SHIPPED,
) -> Ranked:
    """Return at most `limit` passages.

    A query that the encoder cannot read (Chinese) has no vector: ``dense`` then ranks by words, ``hybrid`` by words
    and titles.

    Raises:
        UsageError: ``bad_argument`` for ``dense`` on an index without an encoder.
    """
    terms = analyze(query)
    vector = None
    if mode != "lexical" and snapshot.dense is not None and snapshot.encoder is not None:
        vector = snapshot.encoder.encode([query])[0] if dense_is_reliable(query) else None
    elif mode == "dense":
        raise UsageError("the index has no encoder, so mode='dense' cannot search it", argument="mode")
    if mode == "dense" and vector is not None and snapshot.dense is not None:
        return _ranked(snapshot.dense.search(vector, limit=limit, allowed=allowed))
    if mode != "hybrid":
        return _ranked(snapshot.lexical.search(terms, limit=limit, allowed=allowed))
    depth = max(_CANDIDATES, limit)
    words = snapshot.lexical.search(terms, limit=depth, allowed=allowed)
    return _Hybrid(snapshot, query, terms, vector, allowed, weights).rank(words, depth=depth, limit=limit)


def _ranked(hits: Hits) -> Ranked:
    return Ranked(hits[0].tolist(), hits[1].tolist())


class _Hybrid:
    """One hybrid search."""

    def __init__(
        self,
        snapshot: Snapshot,
        query: str,
        terms: Sequence[str],
        vector: NDArray[np.float32] | None,
        allowed: NDArray[np.int64] | None,
        weights: fusion.Weights,
    ) -> None:
        self._snapshot = snapshot
        self._terms = terms
        self._vector = vector
        self._allowed = allowed
        self._weights = weights
        self._query = query
        self._rarity = max(snapshot.lexical.rarity(terms), 1e-6)
        self._words: dict[int, float] = {}
        self._enough = _SPECIFIC * math.log1p(len(snapshot.lexical)) or 1.0

    def rank(self, words: Hits, *, depth: int, limit: int) -> Ranked:
        """Rank what the lexical search found together with what the others find."""
        self._words = dict(zip(words[0].tolist(), words[1].tolist(), strict=True))
        candidates = dict.fromkeys(self._words)
        if self._vector is not None and self._snapshot.dense is not None:
            meant, _ = self._snapshot.dense.search(self._vector, limit=depth, allowed=self._allowed)
            candidates.update(dict.fromkeys(meant.tolist()))
        found = set(candidates)
        mentions = self._mentioned() if self._weights.mention else {}
        candidates.update(dict.fromkeys(mentions))
        numbers = list(candidates)
        if not numbers:
            return Ranked([], [])
        inside = np.array([n in found for n in numbers], np.bool_)
        lexical, dense = self._evidence(numbers)
        titles = np.array([mentions.get(n, 0.0) for n in numbers], np.float32)
        first = fusion.combine(lexical, dense, titles, np.zeros_like(titles), inside, self._weights)
        leaders: list[int] = np.argsort(-first, kind="stable")[: fusion.LINK_SOURCES].tolist()
        links = self._linked([numbers[i] for i in leaders]) if self._weights.link else {}
        if extra := [n for n in links if n not in candidates]:
            more_lexical, more_dense = self._evidence(extra)
            numbers += extra
            lexical = np.concatenate([lexical, more_lexical])
            dense = None if dense is None or more_dense is None else np.concatenate([dense, more_dense])
            titles = np.pad(titles, (0, len(extra)))
            inside = np.pad(inside, (0, len(extra)))
        named = np.array([links.get(n, 0.0) for n in numbers], np.float32)
        scores = fusion.combine(lexical, dense, titles, named, inside, self._weights)
        best = np.argsort(-scores, kind="stable")[:limit]
        return Ranked([numbers[i] for i in best], [float(scores[i]) for i in best])

    def _evidence(self, numbers: Sequence[int]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Return BM25 and cosine of each; a passage without a vector has NaN."""
        lexical = np.array([self._words.get(n, 0.0) for n in numbers], np.float32)
        unseen = [i for i, n in enumerate(numbers) if n not in self._words]
        lexical[unseen] = self._snapshot.lexical.scores(self._terms, [numbers[i] for i in unseen])
        if self._vector is None or self._snapshot.dense is None:
            return lexical, None
        known, vectors = self._snapshot.dense.vectors(numbers)
        dense = np.full(len(numbers), np.nan, np.float32)
        dense[known] = vectors @ self._vector
        return lexical, dense

    def _mentioned(self) -> dict[int, float]:
        """Return the passages whose title stands in the query, with the share of the query that the title is."""
        shares: dict[int, float] = {}
        for mention, bearers in self._bearers(mentions_in_query(self._query)):
            share = min(1.0, self._snapshot.lexical.rarity(analyze(mention)) / self._rarity)
            for n in bearers:
                shares[n] = max(shares.get(n, 0.0), share)
        return dict(sorted(shares.items(), key=lambda item: -item[1])[:_MENTIONED])

    def _linked(self, sources: Sequence[int]) -> dict[int, float]:
        """Return the passages whose title stands in one of `sources`, with how much that says."""
        links: dict[int, float] = {}
        passages = self._snapshot.store.passages(sources)
        weight = 1.0
        for n in sources:
            passage = passages.get(n)
            own = mention_of(passage.title) if passage else ""
            for mention, bearers in self._bearers(mentions_in_text(passage.text) if passage else ()):
                if mention == own:
                    continue
                specific = min(1.0, self._snapshot.lexical.rarity(analyze(mention)) / self._enough)
                for bearer in bearers:
                    links[bearer] = max(links.get(bearer, 0.0), weight * specific / len(bearers))
            weight *= fusion.LINK_DECAY
        return links

    def _bearers(self, mentions: Iterable[str]) -> list[tuple[str, list[int]]]:
        found = self._snapshot.store.mentioned(mentions)
        kept: list[tuple[str, list[int]]] = []
        for mention, bearers in found.items():
            if len(bearers) > _MAX_BEARERS:
                continue
            if self._allowed is not None:
                bearers = [n for n, inside in zip(bearers, np.isin(bearers, self._allowed), strict=True) if inside]  # noqa: PLW2901 because only those count from here
            if bearers:
                kept.append((mention, bearers))
        return kept
