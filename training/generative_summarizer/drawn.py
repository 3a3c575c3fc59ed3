"""Pairs for DPO: several summaries of one document are drawn, scored, and set against each other (spec 05 §2.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
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
_DRAWN: Final = "drawn.jsonl"
"""What is drawn while not all of it is: a line that says what it is drawn by, and a line of texts for each part."""
_PART: Final = 64
"""Rows that are drawn for, and kept, at once."""


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
    draw: Callable[[Sequence[Asked], int], list[str]],
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

    They are drawn part by part, and each part is kept: a run that was killed goes on from there, to the same pairs.

    Args:
        rows: Queries about documents.
        draw: Returns a summary of each row that it is given, where a row comes `answers` times; told how many summaries
            come before these, it draws what it would without having drawn them.
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
        texts = [text for part in _parts(rows, draw, answers=answers, folder=folder, key=key) for text in part]
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
        (folder / _DRAWN).unlink()
    return Drawn(pairs=[pair for each in kept for pair in each], by_document=[len(each) for each in kept])


def preferred(pair: Pair, prompt: str) -> PreferencePair:
    """Return a pair as it is learnt."""
    asked = Asked(query=pair.query, document=pair.document, title=pair.title)
    return PreferencePair(messages=asked.chat(prompt), chosen=pair.chosen, rejected=pair.rejected)


def _parts(
    rows: Sequence[Asked],
    draw: Callable[[Sequence[Asked], int], list[str]],
    *,
    answers: int,
    folder: Path,
    key: str,
) -> Iterator[list[str]]:
    """Yield the texts of each part of the rows, those that are kept first, and keep each that is drawn."""
    path = folder / _DRAWN
    begun = _begun(path, key)
    if begun is None:
        begun = []
        write_atomically(path, [(json.dumps(key) + "\n").encode()])
    yield from begun
    with path.open("a", encoding="utf-8") as file:
        for number in range(len(begun), -(-len(rows) // _PART)):
            part = rows[number * _PART : (number + 1) * _PART]
            texts = draw([row for row in part for _ in range(answers)], number * _PART * answers)
            file.write(json.dumps(texts) + "\n")
            file.flush()
            yield texts


def _begun(path: Path, key: str) -> list[list[str]] | None:
    """Return the parts that were drawn by the same rows and settings, without a line that a kill cut off."""
    if not path.exists():
        return None
    *lines, cut = path.read_text(encoding="utf-8").split("\n")
    if not lines or lines[0] != json.dumps(key):
        return None
    if cut:
        write_atomically(path, ["".join(f"{line}\n" for line in lines).encode()])
    return [json.loads(line) for line in lines[1:]]


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
