"""The recipe ``reading``: coefficients of the reader that finds short answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

from questline.tools.models.encoder import Encoder
from questline.tools.reading.ranking import READ_CLOSELY
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .confidence import Confidence
from .fit import Options, fit, head, measure
from .writing import Fitted, Mode, rendered, write

__all__ = ["ABOUT", "LIMITS", "ReadingRecipe", "Settings"]

FILE: Final = "coefficients.toml"
_MODES: Final[tuple[Mode, ...]] = ("words", "encoder")
ABOUT: Final = """
`coefficients.toml` of `questline.tools.reading`: which of the candidates in a few passages is the short answer, how
sure that is, and below what chance there is none. One vector of weights per group of questions, without and with the
encoder's cosine, that maximises the log of the expected token F1 of a softmax over a question's candidates (BFGS, with
ridges); the chance is a logistic regression on answers to questions that the weights were not fitted on.
"""
LIMITS: Final = """
- English encyclopedia passages; questions of one hop. Chinese is read by rules.
- An answer is a span of a passage that the rules propose: what they do not propose is not found.
- It knows likeness of question and sentence, not truth.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[reading]`` of the settings file, with the values of the shipped coefficients."""

    corpus: str = "qa/mixed_corpus.jsonl.gz"
    """JSON lines of ``{id | _id, title, text}``, in the data folder."""
    questions: str = "qa/mixed_train.jsonl.gz"
    """JSON lines of ``{id, question, answers[], source, support[]}``."""
    sources: tuple[str, ...] = ("2wiki", "nq")
    """Of questions; the licence of each must be known."""
    sentences: int = READ_CLOSELY
    """Read closely without the encoder."""
    sentences_encoder: int = 8
    folds: int = 5
    f1_cost: float = 0.03
    """Share of the F1 that giving up may cost."""


class ReadingRecipe(InParts):
    """Its parts are reading with words alone, and with the encoder."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, _MODES)
        self._settings = settings

    def prepare(self) -> Mapping[str, int]:
        """Index the corpus, search and read every question; finished parts are kept in the cache."""
        own = self._settings
        corpus, questions = self.licensed((own.corpus, own.questions))
        self._options = Options(
            corpus=corpus,
            questions=questions,
            cache=self._job.cache,
            sources=tuple(sorted(set(own.sources))),
            sentences=own.sentences,
            sentences_encoder=own.sentences_encoder,
            folds=own.folds,
            f1_cost=own.f1_cost,
            seed=self._job.seed,
        )
        self._measured = measure(self._options, self._job.hears)
        return {"questions": self._measured.questions, "read without the answer": len(self._measured.without)}

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit reading in one mode."""
        found = fit(self._measured, name, self._options)
        return asdict(found), found.figures

    def export(self, folder: Path) -> Card:
        """Write ``coefficients.toml``."""
        origin = [
            *command_lines("reading", self._job, self._settings),
            f"with encoder {Encoder.load().fingerprint}, from",
            *self.origin(),
        ]
        fitted = {mode: _of(self._fitted[mode]) for mode in _MODES}
        write(folder / FILE, rendered(head(self._options, self._measured.questions, origin), fitted))
        return Card(title="The extractive reader", about=ABOUT, data=self._licences, limits=LIMITS)


def _of(values: Mapping[str, Any]) -> Fitted:
    confidence = cast("Mapping[str, Any]", values["confidence"])
    return Fitted(
        weights=values["weights"],
        confidence=Confidence(bias=confidence["bias"], weights=tuple(confidence["weights"])),
        sentences=values["sentences"],
        abstain_below=values["abstain_below"],
        figures=values["figures"],
    )
