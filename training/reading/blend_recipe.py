"""The recipe ``reading-blend``: how far the reader trusts the cross-encoder, on questions that it has not learnt."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.reading.closely import CLOSE_FEATURES
from questline.tools.reading.ranking import READ_CLOSELY
from questline.tools.retrieval.index import DocumentIndex
from questline.training.embedded.examples import question_hash
from questline.training.embedded.sources import timed
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job
from questline.types import Passage

from .blending import Observed, evidence_of, fit_shares, fit_sureness, observe
from .confidence import RIGHT, area_under_curve, give_up_below
from .examples import SHIPPABLE, Example, load_examples
from .tables import Doubles
from .writing import write

__all__ = ["ABOUT", "LIMITS", "BlendRecipe", "Settings"]

FILE: Final = "blend.toml"
_PASSAGES: Final = 5
_SUPPORT: Final = 0.2
ABOUT: Final = """
`blend.toml` of `questline.tools.reading`: how the linear reader and the cross-encoder share the choice of a short
answer, how sure it is, and below what chance there is none. The shares maximise the log of the expected token F1 of a
softmax over a question's candidates, held so near values chosen beforehand (with the Natural Questions part of
`mixed_dev` and XQuAD in view) that it checks more than it fits; the chance is a logistic regression on answers chosen
by shares that were fitted on the other half of the questions.
"""
LIMITS: Final = """
- Fitted on the few hundred questions that the cross-encoder did not learn from; English.
- The linear reader's own weights were fitted on these questions too, so that its share is, if anything, too large.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[reading-blend]`` of the settings file, with the values of the shipped shares."""

    model: str = ""
    """Folder of the cross-encoder; the packaged one where empty."""
    corpus: str = "qa/mixed_corpus.jsonl.gz"
    """JSON lines of ``{id | _id, title, text}``, in the data folder."""
    questions: str = "qa/mixed_train.jsonl.gz"
    """JSON lines of ``{id, question, answers[], source, support[]}``."""
    pages: str = "temporal/timeqa_human_train.jsonl.gz"
    """Pages with questions, in the form of TimeQA."""
    sources: tuple[str, ...] = ("2wiki", "nq")
    held_out: float = 0.1
    """Share of the questions that the cross-encoder did not learn from, as in its own settings."""
    ridge: float = 10.0
    """Holds the shares near their first values: the linear reader has learnt these questions, so what is fitted
    freely trusts it too much."""
    sureness_ridge: float = 1.0
    f1_cost: float = 0.03
    """Share of the F1 that giving up may cost."""


class BlendRecipe(InParts):
    """Its parts are the shares, and the confidence that rests on them."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, ("shares", "confidence"))
        self._settings = settings
        self._answered: list[Observed] = []
        self._without: list[Observed] = []

    def prepare(self) -> Mapping[str, int]:
        """Search and read every question that was held out, also its answering passage alone, and without it."""
        own, job = self._settings, self._job
        corpus, questions, pages = self.licensed((own.corpus, own.questions, own.pages))
        self._model = CrossEncoder.load(threads=job.threads, folder=Path(own.model) if own.model else None)
        draw = random.Random(job.seed)  # noqa: S311 because it draws examples
        for question, passages, answers in (
            *self._searched(corpus, questions),
            *_timed(pages, own.held_out, draw),
        ):
            seen = observe(question, passages, answers, self._model)
            if seen is not None:
                (self._answered if answers else self._without).append(seen)
        return {"read with an answer": len(self._answered), "read without one": len(self._without)}

    def _searched(self, corpus: Path, questions: Path) -> Iterator[tuple[str, list[Passage], tuple[str, ...]]]:
        own, job = self._settings, self._job
        with open_corpus(corpus, job.cache, threads=job.threads) as index:

            def title_of(identifier: str) -> str:
                document = index.document(identifier)
                return document.title if document else ""

            sources = tuple(name for name in own.sources if name in SHIPPABLE)
            examples = [
                one for one in load_examples(questions, sources, title_of) if question_hash(one.question) < own.held_out
            ]
            for number, one in enumerate(examples, start=1):
                gold, found = _support(index, one), index.search_now(one.question, k=2 * _PASSAGES)
                others = [passage for passage in found if passage.document_id not in one.support][:_PASSAGES]
                top = found[:_PASSAGES]
                if one.given and not {passage.document_id for passage in top} & set(one.support):
                    top = [*top[:-1], *gold]
                yield one.question, top, one.answers
                yield one.question, gold, one.answers
                yield one.question, others, ()
                job.hears("reading", number, len(examples))

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit the shares, or the confidence."""
        halves = [fit_shares(self._answered[at::2], ridge=self._settings.ridge) for at in (1, 0)]
        if name == "shares":
            held = [evidence_of(one, halves[at % 2])[1] for at, one in enumerate(self._answered)]
            alone = [evidence_of(one, _RULES)[1] for one in self._answered]
            figures = {"F1 on the other half": float(np.mean(held)), "F1 of the rules": float(np.mean(alone))}
            return {"values": fit_shares(self._answered, ridge=self._settings.ridge).tolist()}, figures
        return self._confidence(halves)

    def _confidence(self, halves: Sequence[Doubles]) -> tuple[Mapping[str, Any], Figures]:
        told = [evidence_of(one, halves[at % 2]) for at, one in enumerate(self._answered)]
        foreign = [evidence_of(one, halves[at % 2])[0] for at, one in enumerate(self._without)]
        evidence = np.array([each for each, _ in told] + foreign)
        f1 = np.array([value for _, value in told])
        right = np.concatenate([f1 >= RIGHT, np.zeros(len(foreign), bool)])
        bias, weights = fit_sureness(evidence, right, ridge=self._settings.sureness_ridge)
        sure = 1 / (1 + np.exp(-(bias + evidence @ weights)))
        threshold = give_up_below(sure[: len(f1)], f1, cost=self._settings.f1_cost)
        figures = {
            "area under the curve": area_under_curve(sure, right),
            "given up": float((sure[: len(f1)] < threshold).mean()),
            "given up without an answer": float((sure[len(f1) :] < threshold).mean()),
        }
        return {"bias": bias, "weights": weights.tolist(), "threshold": threshold}, figures

    def export(self, folder: Path) -> Card:
        """Write ``blend.toml``."""
        shares, sure = self._fitted["shares"]["values"], self._fitted["confidence"]
        origin = [
            "How the rules and the cross-encoder share the choice of an answer, and how sure it is. Written by a",
            "command, not by hand:",
            *(f"  {line}" for line in command_lines("reading-blend", self._job, replace(self._settings, model=""))),
            f"with cross-encoder {self._model.fingerprint}, from",
            *(f"  {line}" for line in self.origin()),
        ]
        lines = [f"# {line}" for line in origin]
        lines += ["", *_figures(self._figures, "shares"), "[blend]", f"rules = {shares[0]:.3f}"]
        lines += [f"{name} = {value:.3f}" for name, value in zip(CLOSE_FEATURES, shares[1:], strict=True)]
        lines += ["", *_figures(self._figures, "confidence"), "[confidence.cross_encoder]"]
        lines += [f"sentences = {READ_CLOSELY}", f"support = {_SUPPORT}", f"abstain_below = {sure['threshold']:.2f}"]
        lines += [f"bias = {sure['bias']:.3f}", f"weights = [{', '.join(f'{one:.3f}' for one in sure['weights'])}]"]
        write(folder / FILE, "\n".join(lines) + "\n")
        return Card(title="How the reader trusts", about=ABOUT, data=self._licences, limits=LIMITS)


_RULES: Final = np.array([1.0, *(0.0 for _ in CLOSE_FEATURES)])
"""The rules alone."""


def _figures(figures: Mapping[str, float], part: str) -> list[str]:
    return [f"# {name}: {value:.3f}" for name, value in figures.items() if name.startswith(f"{part}: ")]


def _support(index: DocumentIndex, example: Example) -> list[Passage]:
    documents = (index.document(identifier) for identifier in example.support)
    return [
        Passage(id=item.id, document_id=item.id, source=item.source, title=item.title, text=item.text)
        for item in documents
        if item is not None
    ]


def _timed(path: Path, share: float, draw: random.Random) -> Iterator[tuple[str, list[Passage], tuple[str, ...]]]:
    """Yield the questions of pages over a few paragraphs each, with the one that answers and without it."""
    for group in timed(path, draw):
        if question_hash(group.question) >= share:
            continue
        passages = [
            Passage(id=f"p{at}", document_id=f"p{at}", source=item.title, title=item.title, text=item.text)
            for at, item in enumerate(group.items[:_PASSAGES])
        ]
        yield group.question, passages[1:], ()
        draw.shuffle(passages)
        yield group.question, passages, group.answers
