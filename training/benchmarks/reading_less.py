"""What the ranker loses when it reads a part of each list alone: nDCG@10 by how many are skimmed and how many read.

    python -P -m questline.training.benchmarks.reading_less --candidates FILE --qrels FILE --json reading_less.json

Every way ranks with the ranker that ships. What a model said of a passage is remembered, for it is the same in every
way; times are those of `rank_speed`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.blend import shipped
from questline.tools.ranking.embedded import HEAD, SKIMMED, EmbeddedRanker
from questline.tools.ranking.scorers import Cosine, Pairs, Scorer, Skim, Vector
from questline.training.evaluation.intervals import mean, paired_bootstrap
from questline.training.evaluation.lists import read_candidates
from questline.training.evaluation.ranking_metrics import ndcg

from .harness import parser, positive, run

__all__ = ["ALL", "main", "measure", "ranker"]

ALL: Final = 1_000_000
"""More passages than any list has."""
_HEADS: Final = (8, 12, 16, 20, 30, 50)
_SKIMMED: Final = (30, 40, 50, 60, ALL)


def ranker(
    scorer: Scorer,
    encoder: Encoder,
    *,
    whole: bool = False,
    vectors: Mapping[str, Vector] | None = None,
) -> EmbeddedRanker:
    """Return the ranker that ships, with a cross-encoder and encoder of the caller's.

    Args:
        scorer: The cross-encoder.
        encoder: Gives the cosines.
        whole: Read every passage.
        vectors: Those that are known.
    """
    return _ranker(scorer, Cosine(encoder, vectors=vectors), ALL if whole else HEAD, ALL if whole else SKIMMED)


def _ranker(scorer: Scorer, skim: Skim, head: int, skims: int) -> EmbeddedRanker:
    return EmbeddedRanker(scorer, skim=skim, blend=shipped("pairs"), head=head, skims=skims)


class _Remembers:
    """A scorer that asks another once for each text; as one that skims it knows nothing beforehand."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._known: dict[tuple[str, str], float] = {}
        self.asked = 0
        """Texts so far; of a long passage each piece counts."""

    def __call__(self, query: str, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.asked += len(texts)
        new = [text for text in dict.fromkeys(texts) if (query, text) not in self._known]
        if new:
            said = self._scorer(query, new).tolist()
            self._known |= {(query, text): float(value) for text, value in zip(new, said, strict=True)}
        return np.array([self._known[query, text] for text in texts], np.float32)

    def fits(self, query: str, text: str, /) -> bool:
        return self._scorer.fits(query, text)

    def knows(self, text: str, /) -> bool:
        del text
        return False


def measure(chosen: argparse.Namespace, bar: Progress) -> dict[str, object]:
    """Rank every list in every way."""
    encoder = Encoder.load()
    scorer = CrossEncoder.load() if chosen.model is None else CrossEncoder.load(folder=chosen.model)
    lists = read_candidates(chosen.candidates, chosen.qrels)[: chosen.limit]
    pairs, cosine = _Remembers(Pairs(scorer)), _Remembers(Cosine(encoder))
    ways = {"whole": (ALL, ALL), "early_exit": (HEAD, SKIMMED), "vectors_known": (HEAD, ALL)}
    ways |= {f"read_{head}_of_all": (head, ALL) for head in _HEADS}
    ways |= {f"read_{HEAD}_of_{skims}": (HEAD, skims) for skims in _SKIMMED if skims != ALL}
    found: dict[str, list[tuple[float, int, int]]] = {name: [] for name in ways}
    for each in bar.track(lists, description="reading"):
        for name, (head, skims) in ways.items():
            before = pairs.asked, cosine.asked
            ranking = asyncio.run(_ranker(pairs, cosine, head, skims).rank(each.query, each.passages))
            read, skimmed = pairs.asked - before[0], cosine.asked - before[1]
            found[name].append((ndcg(ranking.ids, each.grades, 10), read, skimmed))
    whole = [gain for gain, *_ in found["whole"]]
    told: dict[str, object] = {}
    for name, rows in found.items():
        gains, read, skimmed = ([float(row[place]) for row in rows] for place in range(3))
        change = paired_bootstrap(whole, gains)
        told[name] = {
            "ndcg@10": mean(gains),
            "minus_whole": {"difference": change.difference, "low": change.low, "high": change.high},
            "passages_read_mean": mean(read),
            "cosines_mean": mean(skimmed),
        }
    return {"n": len(whole), "head": HEAD, "skimmed": SKIMMED, "ways": told}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print one JSON object."""
    options = parser(__doc__)
    options.add_argument("--model", type=Path, default=None, metavar="DIR", help="an exported cross-encoder")
    options.add_argument("--candidates", type=Path, required=True, help="JSON lines of {qid, query, candidates[]}")
    options.add_argument("--qrels", type=Path, required=True, help="JSON lines of {qid, docid, grade}")
    options.add_argument("--limit", type=positive, default=None, help="only the first so many lists")
    return run("reading_less", options, measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
