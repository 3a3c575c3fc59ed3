"""Fit the weights of the embedded ranker on a corpus with questions that name their support.

    python -P -m questline.training.ranking.fit_blend --corpus corpus.jsonl --questions train.jsonl --out weights.toml

Lists are BM25's best passages of each question (`mining`). The loss is logistic, with a ridge, so that the sum of the
weighted features is the log odds of supporting the answer; the encoder is read as it is.

Of the first stage such lists say too much: it chose them, from few passages, and weights that are free follow it into
every other collection (nDCG@10 on TREC DL19 then falls from .64 for the cosine alone to .56). So its weight beside the
cosine is a choice, made with WikiQA, TREC-QA and TREC DL in view. Words beside the cosine did not help either: coverage
raises the MRR of answer sentences by .01 and lowers the nDCG of DL19 by .03.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import QuestlineError
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.blend import Blend
from questline.tools.ranking.chunks import chunk
from questline.tools.ranking.embedded import Cosine
from questline.tools.ranking.features import WORD_FEATURES, word_features
from questline.tools.ranking.first_stage import FirstStage
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.lists import RankingList
from questline.training.evaluation.ranking_metrics import ndcg
from questline.training.evaluation.rows import content_hash

from .calibrate import ece, fill
from .mining import mine

__all__ = ["FIRST_STAGE", "FREE", "Example", "fit", "main", "measure", "observe"]

Doubles: TypeAlias = NDArray[np.float64]
FREE: Final[Mapping[str, tuple[str, ...]]] = {
    "words": ("intercept", "first_stage", "coverage"),
    "cosine": ("intercept", "depth"),
}
"""The weights of each blend that are fitted."""
FIRST_STAGE: Final = 0.3
"""Weight of the first stage beside the cosine; .25 and .35 do as well within .01 on every set it was tried on."""
_STEPS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One list as the ranker sees it."""

    given: RankingList
    first_stage: Doubles
    words: Doubles
    cosine: Doubles
    labels: Doubles
    """1 where a passage supports the answer."""


def observe(lists: Sequence[RankingList], encoder: Encoder) -> list[Example]:
    """Measure the features of every list, reading long passages in pieces as the ranker does."""
    scorer = Cosine(encoder)
    found: list[Example] = []
    for each in lists:
        stage = FirstStage.read(each.query, each.passages)
        texts = [passage.as_text() for passage in each.passages]
        pieces = [chunk(text, fits=lambda piece: scorer.fits("", piece), most=16).texts for text in texts]
        found.append(
            Example(
                given=each,
                first_stage=stage.strength,
                words=word_features(each.query, texts),
                cosine=np.array([float(scorer(each.query, own).max()) for own in pieces]),
                labels=np.array([float(each.grades.get(passage.id, 0) > 0) for passage in each.passages]),
            )
        )
    return found


def fit(
    examples: Sequence[Example], free: Sequence[str], *, fixed: Mapping[str, float] | None = None, ridge: float = 1.0
) -> Blend:
    """Return the weights with the least logistic loss plus ``ridge / 2`` of their squared length.

    Args:
        examples: What is learned from.
        free: Names of the weights that are fitted, the intercept first; it bears no ridge.
        fixed: Weights that are given.
        ridge: Pulls the free ones towards 0.
    """
    given = fixed or {}
    features = np.concatenate([_matrix(each, free) for each in examples])
    offset = np.concatenate([_matrix(each, tuple(given)) @ np.array([*given.values()]) for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    penalty = np.full(len(free), ridge)
    penalty[0] = 0.0
    point = np.zeros(len(free))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ point + offset, -30, 30)))
        gradient = features.T @ (chance - labels) + penalty * point
        weight = np.maximum(chance * (1 - chance), 1e-9)
        hessian = (features * weight[:, None]).T @ features + np.diag(penalty) + 1e-9 * np.eye(len(point))
        step = np.linalg.solve(hessian, gradient)
        point = point - step
        if np.abs(step).max() < 1e-9:
            break
    return Blend(weights={**{name: float(value) for name, value in zip(free, point, strict=True)}, **given})


def measure(examples: Sequence[Example], blend: Blend, *, cosine: bool) -> dict[str, float | None]:
    """Return nDCG@10 and calibration error of a blend."""
    scores: list[float] = []
    chances: list[float] = []
    labels: list[int] = []
    for each in examples:
        odds = blend.log_odds(each.first_stage, each.words, each.cosine if cosine else None)
        order: list[int] = np.argsort(-odds, kind="stable").tolist()
        scores.append(ndcg([each.given.passages[index].id for index in order], each.given.grades, 10))
        chances += (1 / (1 + np.exp(-odds))).tolist()
        labels += each.labels.astype(int).tolist()
    return {"ndcg@10": mean(scores), "ece": ece(fill(chances, labels))}


def _matrix(example: Example, names: Sequence[str]) -> Doubles:
    columns = {"intercept": np.ones_like(example.labels), "first_stage": example.first_stage, "depth": example.cosine}
    columns |= dict(zip(WORD_FEATURES, example.words.T, strict=True))
    return np.column_stack([columns[name] for name in names]) if names else np.zeros((len(example.labels), 0))


def _toml(blends: Mapping[str, Blend], notes: Sequence[str]) -> str:
    parts = ["".join(f"# {note}\n" for note in notes)]
    for name, blend in blends.items():
        rows = "".join(f"{key} = {value:.4f}\n" for key, value in blend.weights.items())
        parts.append(f"[blend.{name}]\n{rows}")
    return "\n".join(parts)


def _run(chosen: argparse.Namespace) -> str:
    lists = mine(chosen.corpus, chosen.questions, depth=chosen.depth, limit=chosen.limit, source=chosen.source)
    examples = observe(lists, Encoder.load())
    train, held = examples[::2], examples[1::2]
    notes = [
        "Weights of the embedded ranker: log odds of supporting the answer. Written by",
        "`python -P -m questline.training.ranking.fit_blend`; change nothing here by hand.",
        f"corpus sha256 {content_hash(chosen.corpus)[:16]}, questions sha256 {content_hash(chosen.questions)[:16]}",
        f"{len(lists)} lists of BM25's best {chosen.depth}, source {chosen.source or 'any'}",
        f"encoder {Encoder.load().fingerprint}; first stage beside the cosine {chosen.first_stage:g}",
    ]
    blends: dict[str, Blend] = {}
    for name, free in FREE.items():
        cosine = name == "cosine"
        fixed = {"first_stage": chosen.first_stage} if cosine else {}
        told = measure(held, fit(train, free, fixed=fixed), cosine=cosine)
        notes.append(f"{name}, fitted on one half and measured on the other: " + _figures(told))
        blends[name] = fit(examples, free, fixed=fixed)
    base = mean([ndcg([passage.id for passage in each.given.passages], each.given.grades, 10) for each in held])
    notes.append(f"first stage on that half: ndcg@10 {base or 0:.4f}")
    return _toml(blends, notes)


def _figures(told: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in told.items() if value is not None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the file; return the exit code."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    options.add_argument("--corpus", type=Path, required=True, help="JSON lines of {id|_id, title, text}, plain or .gz")
    options.add_argument("--questions", type=Path, required=True, help="JSON lines of {id, question, support[]}")
    options.add_argument("--depth", type=int, default=20, help="passages a list")
    options.add_argument("--limit", type=int, default=None, help="at most so many questions, drawn evenly")
    options.add_argument("--source", default=None, help="only questions of this source")
    options.add_argument("--first-stage", type=float, default=FIRST_STAGE, help="weight beside the cosine")
    options.add_argument("--out", type=Path, required=True, help="where the weights go")
    chosen = options.parse_args(arguments)
    try:
        chosen.out.write_text(_run(chosen), encoding="utf-8")
    except QuestlineError as error:
        sys.stderr.write(f"error[{error.code}]: {' '.join(error.message.split())}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
