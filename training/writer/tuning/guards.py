"""What a text loses for pleasing without being good: length, templates, doubles, copies, bad luck (spec 08 §2.4).

Each guard returns 0 where nothing is wrong, and grows with what is. They look at the text alone, at other texts, and at
how likely the writer that began finds it; never at what the reward model or the judge says.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from questline.tools.writing.brief import Brief
from questline.tools.writing.constraints import problems
from questline.tools.writing.judge.asked import asked_characters
from questline.tools.writing.judge.checks import count, harm_in
from questline.tools.writing.judge.lexicon import lexicon
from questline.tools.writing.similarity import dice, pairs_of
from questline.training.writer.novelty import Novelty
from questline.training.writer.variety import skeleton

from .sample import Sample

__all__ = [
    "Band",
    "Guards",
    "Memory",
    "Penalties",
    "bare_of",
    "repeats",
    "told_shares",
    "typical_length",
    "usual_shares",
]

_LEAST: Final = 32
"""Texts below which no motif is looked for."""
_COPY_FROM: Final = 12
"""Characters in a row that a text may share with one that was learnt from (spec 08 §6)."""
_MOTIF_FROM: Final = 0.02
"""Share of the last texts, beyond that of known texts, that may hold one pair of characters."""
_MOTIF_FREE: Final = 0.01
"""Mean excess that comes by chance."""
_TEMPLATE_FROM: Final = 0.45
_DOUBLE_FROM: Final = 0.5
_REPEATS_FROM: Final = 0.15
"""Likenesses, and shares of repeated pairs of characters, up to which texts of one occasion come by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Lengths that cost nothing."""

    length: float
    """In characters; a query that asks for a number of them has its own."""
    width: float
    """Of |log(length / wanted)|."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
    """Of one text, each at least 0 and most in [0, 1]."""

    length: float
    template: float
    motif: float
    """Mean over its pairs of characters of how much more of the last texts hold them than of the known ones."""
    duplicate: float
    repetition: float
    copy: float
    taboo: float
    odd: float
    """Log likelihood a token that it lacks, in the eyes of the writer that began, to what that one wrote itself."""
    broken: float
    """1 for a text that does not come to its end, or breaks what was asked for."""

    def as_dict(self) -> dict[str, float]:
        """Return them by name."""
        return {name: getattr(self, name) for name in type(self).__slots__}


class Memory:
    """Skeletons of the last texts that were written, so that neither a template nor a motif serves all queries."""

    def __init__(self, size: int, held: Iterable[tuple[str, str]] = ()) -> None:
        """Take how many are kept, and what `held` returned before."""
        self._kept: deque[tuple[str, str, frozenset[str]]] = deque(maxlen=size)
        self._counts: Counter[str] = Counter()
        for query, bare in held:
            self.add(query, bare)

    def held(self) -> list[tuple[str, str]]:
        """Return queries and skeletons, oldest first."""
        return [(query, bare) for query, bare, _ in self._kept]

    def add(self, query: str, bare: str) -> None:
        """Take one more."""
        if len(self._kept) == self._kept.maxlen:
            self._counts.subtract(self._kept[0][2])
        self._kept.append((query, bare, pairs_of(bare)))
        self._counts.update(self._kept[-1][2])

    def share(self, pair: str) -> float:
        """Return the share of skeletons that hold a pair of characters."""
        return self._counts[pair] / max(1, len(self._kept))

    def nearest(self, query: str, bare: str) -> float:
        """Return the likeness, in [0, 1], to the nearest skeleton of another query."""
        own = pairs_of(bare)
        return max((dice(own, other) for asked, _, other in self._kept if asked != query), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Looks at the texts of a step."""

    band: Band
    known: Novelty
    """What was learnt from."""
    oddness: Callable[[Sequence[Sample]], Sequence[float]] | None = None
    """How odd texts are to the writer that began: 0 for what it could well have written; None looks for nothing."""
    usual: Mapping[str, float] = field(default_factory=dict[str, float])
    """Share of what was learnt from that holds a pair of characters; see `usual_shares`."""

    def look(self, samples: Sequence[Sample], memory: Memory | None = None) -> list[Penalties]:
        """Return what each text loses; `memory` takes them up.

        Args:
            samples: Texts of one step, with their queries.
            memory: Of earlier steps; with None only texts of this step are compared.
        """
        bare = [bare_of(one) for one in samples]
        pairs = [pairs_of(one.text) for one in samples]
        near = memory or Memory(len(samples))
        earlier = [near.nearest(one.query, each) for one, each in zip(samples, bare, strict=True)]
        now = Memory(len(samples))
        for one, each in zip(samples, bare, strict=True):
            now.add(one.query, each)
            if memory is not None:
                memory.add(one.query, each)
        odd = self.oddness(samples) if self.oddness is not None else [0.0] * len(samples)
        found: list[Penalties] = []
        for place, one in enumerate(samples):
            same = [
                dice(pairs[place], pairs[other])
                for other, each in enumerate(samples)
                if other != place and each.query == one.query
            ]
            alike = max(earlier[place], now.nearest(one.query, bare[place]))
            lately = memory if memory is not None else now
            found.append(
                Penalties(
                    length=_beyond_band(one, self.band),
                    template=_over(alike, _TEMPLATE_FROM),
                    motif=self._motif(bare[place], lately),
                    duplicate=_over(max(same, default=0.0), _DOUBLE_FROM),
                    repetition=_over(repeats(one.text), _REPEATS_FROM),
                    copy=self._copy(one.text),
                    taboo=float(bool(harm_in(one.query, one.text)[0])),
                    odd=odd[place],
                    broken=float(_broken(one)),
                )
            )
        return found

    def _motif(self, bare: str, lately: Memory) -> float:
        pairs = pairs_of(bare)
        over = (max(0.0, lately.share(pair) - self.usual.get(pair, 0.0) - _MOTIF_FROM) for pair in pairs)
        if not pairs or len(lately.held()) < _LEAST:
            return 0.0
        return max(0.0, sum(over) / len(pairs) - _MOTIF_FREE)

    def _copy(self, text: str) -> float:
        run = self.known.longest_run(text)
        return (run - _COPY_FROM) / max(1, len(text) - _COPY_FROM) if run > _COPY_FROM else 0.0


def bare_of(sample: Sample) -> str:
    """Return the skeleton of a text: occasions, people, names and numbers of its query masked."""
    words = [word for one in lexicon().occasions_of(sample.query) for word in (*one.asks, *one.only)]
    words += [word for one in lexicon().people_of(sample.query) for word in one.asks]
    return skeleton(sample.text, words)


def usual_shares(samples: Iterable[Sample]) -> dict[str, float]:
    """Return for each pair of characters the share of texts whose skeletons hold it."""
    counts: Counter[str] = Counter()
    total = 0
    for one in samples:
        counts.update(pairs_of(bare_of(one)))
        total += 1
    return {pair: count / total for pair, count in counts.items()}


def repeats(text: str) -> float:
    """Return the share of pairs of characters that stood in the text before, in [0, 1]."""
    found = [text[at : at + 2] for at in range(len(text) - 1)]
    return 1 - len(set(found)) / len(found) if found else 0.0


def typical_length(texts: Sequence[str]) -> float:
    """Return the median of lengths in characters, at least 1."""
    return max(1.0, float(np.median([len(text) for text in texts]))) if texts else 1.0


def told_shares(found: Sequence[Penalties]) -> Mapping[str, float]:
    """Return for each guard the share of texts that it caught."""
    names = Penalties.__slots__
    return {name: sum(getattr(one, name) > 0 for one in found) / max(1, len(found)) for name in names}


def _beyond_band(sample: Sample, band: Band) -> float:
    """Return how far ``|log(len / L*)|`` is beyond the band: 0 inside of it."""
    wanted = asked_characters(sample.query)
    has = count(sample.text) if wanted else len(sample.text)
    off = abs(math.log(max(1, has) / (wanted or band.length)))
    return max(0.0, off - (0.0 if wanted else band.width))


def _broken(sample: Sample) -> bool:
    if not sample.ended:
        return True
    brief = Brief(query=sample.query, emoji=True)
    return bool(problems(brief, sample.text))


def _over(value: float, free: float) -> float:
    return max(0.0, value - free) / (1 - free)
