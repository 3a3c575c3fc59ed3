"""The recipe ``summary``: coefficients of the extractive summarizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.summarization.scoring import COLUMNS, Column
from questline.training.parts import InParts, command_lines
from questline.training.recipe import Card, Figures, Job

from .answerable import Answerable
from .fit import ORDER, Fitter, Options, Weighted
from .sets import Choosing
from .writing import Fitted, rendered

__all__ = ["ABOUT", "LIMITS", "Settings", "SummaryRecipe"]

FILE: Final = "coefficients.toml"
ABOUT: Final = """
`coefficients.toml` of `questline.tools.summarization`: which sentences of a document answer a query, whether any does,
and how a set of them is chosen. A column of weights for English, for English with the encoder, for Chinese, and for
long English documents. The ranking maximises the log of the expected worth under a softmax over a document's units
(BFGS, with a ridge); that there is an answer is a logistic regression on queries with their own documents and
with others'.
"""
LIMITS: Final = """
- The Chinese column was fitted on questions that were written about a passage; the English ones are that column,
  scaled, with what only English can teach: search queries over passages share too few words with the
  sentence that answers.
- Long documents were meetings alone. Foreign queries are hard to tell from others there.
- The figures of summaries are of queries that the weights were fitted on; all others of queries held out.
"""


def _english() -> dict[str, float]:
    return {"qa/nq_oracle_ctx.jsonl.gz": 1.0}


def _chinese() -> dict[str, float]:
    return {"zh/cmrc2018_trial.jsonl.gz": 3.0, "zh/drcd_dev.jsonl.gz": 1.0}


def _long() -> dict[str, float]:
    return {"summ/qmsum_train.jsonl.gz": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``[summary]`` of the settings file, with the values of the shipped coefficients.

    Files of queried documents lie in the data folder; with each stands how much a query of it counts.
    """

    english: Mapping[str, float] = field(default_factory=_english)
    chinese: Mapping[str, float] = field(default_factory=_chinese)
    long: Mapping[str, float] = field(default_factory=_long)
    ridge: float = 1.0
    folds: int = 3
    every_long: int = 6
    """Every so many-th long query is used; they have hundreds of segments each."""
    lost: float = 0.05
    """Share of the answerable queries that abstaining may lose."""
    lost_long: float = 0.01


class SummaryRecipe(InParts):
    """Its parts are the columns."""

    def __init__(self, job: Job, settings: Settings) -> None:
        super().__init__(job, ORDER)
        self._settings = settings

    def prepare(self) -> Mapping[str, int]:
        """Check licences, read and measure the documents."""
        own = self._settings
        kinds = (own.english, own.chinese, own.long)
        if not all(kinds):
            raise UsageError("english, chinese and long each need a file", argument="summary")
        paths = iter(self.licensed(tuple(name for kind in kinds for name in kind)))
        english, chinese, longer = (
            tuple(Weighted(path=next(paths), weight=float(weight)) for weight in kind.values()) for kind in kinds
        )
        options = Options(
            english=english,
            chinese=chinese,
            long=longer,
            ridge=own.ridge,
            folds=own.folds,
            every_long=own.every_long,
            lost=own.lost,
            lost_long=own.lost_long,
            seed=self._job.seed,
        )
        self._fitter = Fitter(options)
        return self._fitter.counts

    def part(self, name: str) -> tuple[Mapping[str, Any], Figures]:
        """Fit one column."""
        base = self._fitted.get("chinese")
        found = self._fitter.fit(cast("Column", name), None if base is None else base["weights"])
        return asdict(found), found.figures

    def export(self, folder: Path) -> Card:
        """Write ``coefficients.toml``."""
        counted = ", ".join(f"{count} {name}" for name, count in self._fitter.counts.items())
        head = [
            "The extractive summarizer's coefficients: a column for English, for English with the encoder, for",
            "Chinese, and for long English documents. Written by a command, not by hand:",
            *(f"  {line}" for line in command_lines("summary", self._job, self._settings)),
            f"with encoder {Encoder.load().fingerprint}, from",
            *(f"  {line}" for line in self.origin()),
            f"({counted} queries). Figures are those of queries that the weights were not fitted on, except",
            "those of summaries.",
            "",
        ]
        fitted: dict[Column, Fitted] = {column: _of(self._fitted[column]) for column in COLUMNS}
        (folder / FILE).write_text(rendered(head, fitted), encoding="utf-8")
        return Card(title="The extractive summarizer", about=ABOUT, data=self._licences, limits=LIMITS)


def _of(values: Mapping[str, Any]) -> Fitted:
    return Fitted(
        weights=values["weights"],
        answerable=Answerable(**values["answerable"]),
        choosing=Choosing(**values["choosing"]),
        figures=values["figures"],
    )
