"""The recipe ``ranking``: weights of the blend that ranks passages without a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.errors import UsageError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.ranking.blend import Blend
from questline.tools.ranking.level import Level
from questline.tools.ranking.scorers import Cosine, Pairs
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.ranking_metrics import ndcg
from questline.training.evaluation.rows import read_rows
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .calibrate import ece, fill
from .fit_blend import BESIDE_PAIRS, FIRST_STAGE, FREE, fit, order_quality, written
from .fit_level import log_odds, with_level
from .mining import mine
from .observing import Example, Reads, observe
from .varied import varied

__all__ = ["ABOUT", "LIMITS", "RankingRecipe", "Settings"]

FILE: Final = "coefficients.toml"
ABOUT: Final = """
`coefficients.toml` of `questline.tools.ranking`: log odds that a passage supports the answer, a weighted sum of what
the first stage, words, the encoder's cosine and the cross-encoder say; one set of weights for ranking by words alone,
one with the cosine, one with both models (fitted on questions that the cross-encoder did not learn from).
Logistic regression with a ridge, by Newton's steps, on BM25's best passages of each question. The weight of the first
stage beside the cosine is a choice and not fitted: lists that it chose itself would say too much of it. The level of
each blend, which makes its sums log odds and changes no order, is fitted on lists of other kinds too: short ones, some
without support, and sentences with and without a title that all share.
"""
LIMITS: Final = """
- English; above 30 % CJK the words alone rank, with weights that were fitted in English.
- Its probabilities are calibrated on lists of which most have one passage or sentence that supports the answer; where
  nothing does, they are too high.
- It knows likeness, not truth: a passage that repeats the question ranks high.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[ranking]`` of the settings file, with the values of the shipped weights."""

    corpus: str = "qa/mixed_corpus.jsonl.gz"
    """JSON lines of ``{id | _id, title, text}``, in the data folder."""
    questions: str = "qa/mixed_train.jsonl.gz"
    """JSON lines of ``{id, question, support[]}``."""
    source: str = "nq"
    """Only questions of this source; of any where empty."""
    depth: int = 12
    """Passages a list."""
    limit: int = 300
    """At most so many questions, drawn evenly; all where 0."""
    first_stage: float = FIRST_STAGE
    """Weight beside the cosine."""
    beside_pairs: float = BESIDE_PAIRS
    """The same beside the cross-encoder."""
    unseen: float = 0.1
    """Share of the questions that the cross-encoder did not learn from, as in its own settings."""
    unsupported: float = 0.1
    """Share of those questions that make a list in which nothing supports. A choice made with the calibration error of
    WikiQA, TREC-QA and TREC DL in view, each list of which holds something relevant: from a half on, that of TREC-QA
    passed .06 in a trial on 60 of the questions."""
    ridge: float = 1.0


class RankingRecipe(InParts):
    """Its parts are the blends, each fitted on one half and measured on the other, then fitted on all."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, tuple(FREE))
        self._settings = settings
        self._examples: list[Example] = []
        self._unseen: list[list[Example]] = []
        """By question, the list itself first."""

    def prepare(self) -> Mapping[str, int]:
        """Make the lists and measure their features."""
        own = self._settings
        corpus, questions = self.licensed((own.corpus, own.questions))
        lists = mine(corpus, questions, depth=own.depth, limit=own.limit or None, source=own.source or None)
        every = mine(corpus, questions, depth=own.depth, limit=None, source=own.source or None)
        unseen = [each for each in every if question_hash(each.query) < own.unseen]
        if not unseen:
            raise UsageError(
                f"the cross-encoder has learnt from all {len(every)} questions; raise ranking.unseen for others",
                code="bad_data",
                path=questions,
            )
        hears = self._job.hears
        cosine, pairs = Reads(Cosine(Encoder.load())), Reads(Pairs(CrossEncoder.load()))
        self._examples = observe(lists, cosine, hears=lambda done: hears("reading lists", done, len(lists)))
        answers = _answers(questions)
        for done, each in enumerate(unseen, start=1):
            made = list(varied(each, answers.get(each.id, ()), unsupported=own.unsupported))
            self._unseen.append(observe(made, cosine, pairs))
            hears("reading pairs", done, len(unseen))
        return {
            "lists": len(lists),
            "passages": sum(len(each.passages) for each in lists),
            "not learnt from": len(unseen),
            "lists made of them": sum(map(len, self._unseen)),
        }

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit one blend: its weights, then its level."""
        half = self._fit(name, slice(0, None, 2))
        others = self._unseen[1::2]
        odds = [(log_odds(each, half, name), each.labels) for group in others for each in group]
        chances = [float(chance) for sums, _ in odds for chance in 1 / (1 + np.exp(-sums))]
        labels = [int(label) for _, of in odds for label in of]
        ordered = [group[0] for group in others] if name == "pairs" else self._examples[1::2]
        figures = {"ndcg@10": order_quality(ordered, half, name), "ece": ece(fill(chances, labels)) or 0.0}
        whole = self._fit(name, slice(None))
        return {"weights": dict(whole.weights), "level": whole.level.as_table(), "figures": figures}, figures

    def _fit(self, name: str, part: slice) -> Blend:
        own = self._settings
        beside = {"cosine": own.first_stage, "pairs": own.beside_pairs}
        fixed = {"first_stage": beside[name]} if name in beside else {}
        groups = self._unseen[part]
        examples = [group[0] for group in groups] if name == "pairs" else self._examples[part]
        blend = fit(examples, name, fixed=fixed, ridge=own.ridge)
        return with_level([each for group in groups for each in group], blend, name, ridge=own.ridge)

    def export(self, folder: Path) -> Card:
        """Write ``coefficients.toml``."""
        own, held = self._settings, self._examples[1::2]
        base = mean([ndcg([passage.id for passage in each.given.passages], each.given.grades, 10) for each in held])
        notes = [
            "Weights of the embedded ranker: log odds of supporting the answer. Written by a command, not by hand:",
            *(f"  {line}" for line in command_lines("ranking", self._job, own)),
            f"with encoder {Encoder.load().fingerprint}, cross-encoder {CrossEncoder.load().fingerprint}, from",
            *(f"  {line}" for line in self.origin()),
            f"{len(self._examples)} lists of BM25's best {own.depth}, source {own.source or 'any'}",
            f"first stage beside the cosine {own.first_stage:g}, beside the cross-encoder {own.beside_pairs:g}",
            (
                f"levels, and the weights of pairs, from {len(self._unseen)} questions that the cross-encoder did not"
                f" learn from, levels from {sum(map(len, self._unseen))} lists of them"
            ),
        ]
        for name, kept in self._fitted.items():
            told = ", ".join(f"{key} {value:.4f}" for key, value in kept["figures"].items())
            notes.append(f"{name}, fitted on one half and measured on the other: {told}")
        notes.append(f"first stage on that half: ndcg@10 {base or 0:.4f}")
        blends = {
            name: Blend(weights=kept["weights"], level=Level(**kept["level"])) for name, kept in self._fitted.items()
        }
        (folder / FILE).write_text(written(blends, notes), encoding="utf-8")
        return Card(
            title="The blend of the embedded ranker",
            about=ABOUT,
            data=self._licences,
            limits=LIMITS,
            figures={"first stage: ndcg@10, held out": base or 0.0},
        )


def _answers(questions: Path) -> dict[str, tuple[str, ...]]:
    """Return the accepted answers of each question, by its id."""
    found: dict[str, tuple[str, ...]] = {}
    for row in read_rows(questions):
        told = row.values.get("answers")
        if isinstance(told, list):
            found[row.identifier("id", "_id")] = tuple(str(each) for each in cast("list[object]", told))
    return found
