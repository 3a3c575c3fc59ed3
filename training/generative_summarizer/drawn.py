"""Pairs for DPO: several summaries of one document are drawn, scored, and set against each other (spec 05 §2.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from questline.tools.retrieval.manifest import write_atomically
from questline.training.tuning.preference import PreferencePair

from .rows import Asked
from .scores import Measured, Weights, measure

__all__ = ["PAIRS", "Drawn", "Pair", "paired", "pairs_of", "preferred"]

PAIRS: Final = "pairs.jsonl"
_ABOUT: Final = "pairs.about.json"
"""What the pairs were drawn by; beside them, so that they are data themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two summaries of one document."""

    query: str
    document: str
    title: str = ""
    chosen: str
    rejected: str
    gap: float = 0.0
    """Score of the better one less that of the other."""
    chosen_words: int = 0
    rejected_words: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of drawing."""

    pairs: list[Pair]
    by_document: list[int]
    """Pairs of each row."""


def pairs_of(
    row: Asked, texts: Sequence[str], *, weights: Weights, gap: float, most: int, apart: float = 1.0
) -> list[Pair]:
    """Return pairs of distinct summaries whose scores are further apart than `gap`, the widest first.

    Args:
        row: Query and document.
        texts: Summaries of it.
        weights: Of the score.
        gap: delta.
        most: Pairs.
        apart: Share of the longer side's words by which the sides may differ; 1 for any.
    """
    known: list[tuple[str, Measured]] = [(text, measure(text, row)) for text in dict.fromkeys(texts) if text.strip()]
    scored = sorted(((one.score(weights), text, one) for text, one in known), key=lambda each: (-each[0], each[1]))
    found: list[Pair] = []
    for place, (high, chosen, better) in enumerate(scored):
        for low, rejected, worse in scored[place + 1 :]:
            near = abs(better.words - worse.words) <= apart * max(better.words, worse.words)
            if near and high - low > gap:
                found.append(
                    Pair(
                        query=row.query,
                        document=row.document,
                        title=row.title,
                        chosen=chosen,
                        rejected=rejected,
                        gap=round(high - low, 6),
                        chosen_words=better.words,
                        rejected_words=worse.words,
                    )
                )
    return sorted(found, key=lambda pair: (-pair.gap, pair.chosen, pair.rejected))[:most]


def paired(
    rows: Sequence[Asked],
    draw: Callable[[Sequence[Asked]], list[str]],
    *,
    answers: int,
    weights: Weights,
    gap: float,
    most: int,
    apart: float,
    folder: Path,
    drawn_by: str,
) -> Drawn:
    """Draw summaries of rows and pair them, once: what a folder holds for the same rows and settings is read.

    Args:
        rows: Queries about documents.
        draw: Returns a summary of each row that it is given; a row comes `answers` times.
        answers: Summaries of a row.
        weights: Of the score.
        gap: delta.
        most: Pairs of a row.
        apart: As in `pairs_of`.
        folder: Where ``pairs.jsonl`` is kept.
        drawn_by: What else decides them: model, temperature, seed.
    """
    told = [drawn_by, answers, asdict(weights), gap, most, apart, [asdict(row) for row in rows]]
    key = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]
    path = folder / PAIRS
    kept = _kept(folder, key)
    if kept is None:
        texts = draw([row for row in rows for _ in range(answers)])
        kept = [
            pairs_of(
                row, texts[place * answers : (place + 1) * answers], weights=weights, gap=gap, most=most, apart=apart
            )
            for place, row in enumerate(rows)
        ]
        lines = [json.dumps(asdict(pair), ensure_ascii=False) + "\n" for each in kept for pair in each]
        write_atomically(path, ["".join(lines).encode()])
        about = {"drawn": key, "rows": [len(each) for each in kept]}
        write_atomically(folder / _ABOUT, [json.dumps(about).encode()])
    return Drawn(pairs=[pair for each in kept for pair in each], by_document=[len(each) for each in kept])


def preferred(pair: Pair, prompt: str) -> PreferencePair:
    """Return a pair as it is learnt."""
    asked = Asked(query=pair.query, document=pair.document, title=pair.title)
    return PreferencePair(messages=asked.chat(prompt), chosen=pair.chosen, rejected=pair.rejected)


def _kept(folder: Path, key: str) -> list[list[Pair]] | None:
    told = folder / _ABOUT
    if not told.exists():
        return None
    about = json.loads(told.read_text(encoding="utf-8"))
    if about["drawn"] != key:
        return None
    lines = (folder / PAIRS).read_text(encoding="utf-8").split("\n")
    pairs = iter([Pair(**json.loads(line)) for line in lines if line])
    return [[next(pairs) for _ in range(count)] for count in about["rows"]]
