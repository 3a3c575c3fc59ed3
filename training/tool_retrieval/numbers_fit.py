"""Fit what stands beside the map: what words count, and from when on no tool fits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.tools.tool_retrieval.documents import ToolDocument
from questline.tools.tool_retrieval.index import Mode, ToolEncoder, ToolIndex
from questline.tools.tool_retrieval.shipped import COLUMNS, Fit, Numbers, VectorMap
from questline.training.evaluation.tool_rows import ToolTask
from questline.training.logistic import newton

__all__ = ["NO_FITS", "Judged", "choose_words", "fit_chances", "recall_of", "unfitted"]

Doubles: TypeAlias = NDArray[np.float64]
GRID: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Weights of words that are tried."""
NO_FITS: Final = {column: Fit(bias=0.0, cosine=1.0, words=1.0, threshold=0.0) for column in COLUMNS}
_MODES: Final[dict[str, Mode]] = {"encoder": "hybrid", "words": "lexical"}
_LOST: Final = 0.05
"""Share of the requests for which there is a tool that may be refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request, a catalogue, and whether any tool in it serves."""

    query: str
    catalogue: Sequence[ToolDocument]
    fits: bool
    kind: str
    """Of example; each kind of an answer counts as much as any other."""
    test: bool
    """Left out of the fit, for the figures."""


def unfitted(query: str) -> bool:
    """Say whether a request is of the half, by its hash, that `fit_chances` fits nothing to."""
    return hashlib.sha256(query.encode("utf-8", "replace")).digest()[-1] % 2 == 1


def recall_of(index: ToolIndex, tasks: Sequence[ToolTask], k: int, mode: Mode = "hybrid") -> float:
    """Return the mean share of the tools of each task that stand among the first `k`."""
    shares: list[float] = []
    for task in tasks:
        found = {tool.id for tool in index.search(task.query, k=k, mode=mode).tools[:k]}
        shares.append(len(found.intersection(task.tools)) / len(task.tools))
    return float(np.mean(shares))


def choose_words(
    sets: Sequence[tuple[Sequence[ToolDocument], Sequence[ToolTask]]],
    mapping: VectorMap,
    encoder: ToolEncoder,
    k: int = 5,
) -> tuple[float, dict[str, float]]:
    """Return the weight of words with the best mean recall over the sets, and that recall for each weight tried."""
    tried: dict[float, float] = {}
    for words in GRID:
        numbers = Numbers(words=words, fits=NO_FITS)
        found = [
            recall_of(ToolIndex(tools, encoder=encoder, mapping=mapping, numbers=numbers), tasks, k)
            for tools, tasks in sets
        ]
        tried[words] = float(np.mean(found))
    best = max(tried, key=lambda words: tried[words])
    return best, {f"recall@{k}, words {words:g}": value for words, value in tried.items()}


def fit_chances(
    examples: Sequence[Judged], words: float, mapping: VectorMap, encoder: ToolEncoder
) -> tuple[dict[str, Fit], dict[str, float]]:
    """Return the chance that the best tool fits, with the encoder and by words alone, and what it reaches."""
    fits: dict[str, Fit] = {}
    figures: dict[str, float] = {}
    numbers = Numbers(words=words, fits=NO_FITS)
    seen: dict[str, list[tuple[float, float]]] = {column: [] for column in COLUMNS}
    index: ToolIndex | None = None
    for one in examples:
        if index is None or index.tools != tuple(one.catalogue):
            index = ToolIndex(one.catalogue, encoder=encoder, mapping=mapping, numbers=numbers)
        for column in COLUMNS:
            (scored,) = index.scores([one.query], _MODES[column])
            best = int(scored.total.argmax())
            cosine = 0.0 if scored.cosine is None else float(scored.cosine[best])
            seen[column].append((cosine, float(scored.words[best])))
    labels = np.array([float(one.fits) for one in examples])
    test = np.array([one.test for one in examples])
    for column in COLUMNS:
        features = np.column_stack([np.ones(len(examples)), np.array(seen[column])])
        used = [place for place in _balanced(examples) if not test[place]]
        bias, cosine, share = newton(features[used], labels[used], np.array([1e-3, 1e-1, 1e-1]))
        fit = Fit(
            bias=float(bias), cosine=float(cosine) if column == "encoder" else 0.0, words=float(share), threshold=0
        )
        chances = np.array([fit.chance(*pair) for pair in seen[column]])
        threshold = float(np.quantile(chances[(labels > 0) & ~test], _LOST))
        fits[column] = replace(fit, threshold=threshold)
        figures |= {f"{column}: {name}": value for name, value in _told(examples, chances, threshold).items()}
    return fits, figures


def _balanced(examples: Sequence[Judged]) -> list[int]:
    """Return places such that every kind occurs equally often, by repeating those of small kinds."""
    kinds: dict[tuple[str, bool], list[int]] = {}
    for place, one in enumerate(examples):
        kinds.setdefault((one.kind, one.fits), []).append(place)
    most = max(map(len, kinds.values()))
    return [places[turn % len(places)] for places in kinds.values() for turn in range(most)]


def _told(examples: Sequence[Judged], chances: Doubles, threshold: float) -> dict[str, float]:
    """Return what the left-out examples say: refusals of each kind."""
    refused: dict[str, list[bool]] = {}
    for one, chance in zip(examples, chances, strict=True):
        if one.test:
            name = f"{'false refusals' if one.fits else 'refused'}, {one.kind}"
            refused.setdefault(name, []).append(bool(chance <= threshold))
    return {name: float(np.mean(values)) for name, values in refused.items()}
