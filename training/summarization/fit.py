"""Fit the columns of the extractive summarizer; the same input gives the same bytes (`agents train summary`).

Chinese weights are fitted on questions that were written about a passage. No English set of that kind may ship, and
search queries over passages (Natural Questions) share far fewer words with the sentence that answers: fitted on them
alone, the weights trust places and kinds more than words. So the English columns are the Chinese one, scaled, and only
what Chinese cannot teach (forms of a word, names, the encoder's cosine) is fitted in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.summarization.page import Page, Source
from questline.tools.summarization.scoring import LONG, Column
from questline.training.evaluation.documents import read_documents

from .answerable import fit_answerable
from .sets import tuned
from .tables import Doubles, Example, best_worth, fit_ranking, measured, only, scaled, with_cosines
from .writing import Fitted

__all__ = ["ORDER", "Fitter", "Options", "Weighted"]

ORDER: Final[tuple[Column, ...]] = ("chinese", "english", "english_encoder", "long")
"""In which columns are fitted: the English ones rest on the Chinese one."""
_OWN: Final = ("prefix", "names", "names_missing")
"""What only English can teach, beside the cosine."""
_LONG: Final = ("bm25", "coverage", "pair_cover", "words", "short", "question", "centre", "before", "after")
"""What is weighed in long documents; with all features the few meetings are learnt by heart."""
_Fit = Callable[[Sequence[Example]], Doubles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """A file of queried documents, and how much each of its queries counts."""

    path: Path
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is fitted on, and how."""

    english: tuple[Weighted, ...]
    chinese: tuple[Weighted, ...]
    long: tuple[Weighted, ...]
    ridge: float = 1.0
    folds: int = 3
    every_long: int = 6
    """Every so many-th long query is used; they have hundreds of segments each."""
    lost: float = 0.05
    """Share of the answerable queries that abstaining may lose."""
    lost_long: float = 0.01
    """The same for long documents, where foreign queries are hard to tell from others."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.folds < 2 or self.every_long < 1 or not 0 <= max(self.lost, self.lost_long) < 1:
            raise UsageError("folds must be at least 2, every_long at least 1, lost in [0, 1)", argument="folds")


class Fitter:
    """The examples, measured once, and the fit of each column.

    Raises:
        UsageError: ``bad_data`` when too few queries can be used, and what reading the files raises.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._encoder = Encoder.load()
        self._examples: dict[Column, list[Example]] = {
            "chinese": _examples(options.chinese, options),
            "english": _examples(options.english, options),
            "long": _examples(options.long, options, every=options.every_long, least=LONG + 1),
        }

    @property
    def counts(self) -> Mapping[str, int]:
        """How many queries there are of each kind."""
        return {name: len(self._examples[name]) for name in ("english", "chinese", "long")}

    def fit(self, column: Column, chinese: Doubles | None) -> Fitted:
        """Fit one column.

        Args:
            column: Which one.
            chinese: Weights of the Chinese column, which the English ones need.
        """
        if column == "english_encoder" and column not in self._examples:
            self._examples[column] = [self._encoded(example) for example in self._examples["english"]]
        encode = self._encoded if column == "english_encoder" else None
        return _fitted(column, self._examples[column], self._fit_of(column, chinese), self._options, encode)

    def _encoded(self, example: Example) -> Example:
        return with_cosines(example, self._encoder)

    def _fit_of(self, column: Column, chinese: Doubles | None) -> _Fit:
        ridge = self._options.ridge
        if column == "chinese":
            return lambda examples: fit_ranking(examples, only(without=("cosine", *_OWN)), ridge=ridge)
        if column == "long":
            return lambda examples: fit_ranking(examples, only(*_LONG), ridge=ridge)
        if chinese is None:
            raise ValueError(f"the column {column} needs the Chinese one")
        columns = scaled(chinese, *(("cosine",) if column == "english_encoder" else ()), *_OWN)
        return lambda examples: fit_ranking(examples, columns, ridge=0.3)


def _examples(files: Sequence[Weighted], options: Options, *, every: int = 1, least: int = 2) -> list[Example]:
    found: list[Example] = []
    pages: dict[str, Page] = {}
    for item in files:
        for row in read_documents(item.path)[::every]:
            key = f"{row.title}\n{row.document}"
            if key not in pages:
                pages[key] = Page.of([Source(text=row.document, title=row.title)])
            if len(pages[key].units) >= least:
                found.append(measured(row, pages[key], weight=item.weight))
    if sum(1 for example in found if np.ptp(example.gold) > 0) < 2 * options.folds:
        raise UsageError(
            f"too few queries tell segments apart for {options.folds} folds",
            code="bad_data",
            path=files[0].path if files else "",
        )
    return found


def _fitted(
    column: Column,
    examples: list[Example],
    fit_on: _Fit,
    options: Options,
    encode: Callable[[Example], Example] | None = None,
) -> Fitted:
    weights = fit_on(examples)
    lost = options.lost_long if column == "long" else options.lost
    answerable = fit_answerable(examples, weights, encode=encode, lost=lost, seed=options.seed)
    choosing = tuned(column, examples, weights)
    fold = np.random.default_rng(options.seed).permutation(len(examples)) % options.folds
    held: list[float] = []
    for number in range(options.folds):
        others = fit_on([example for example, own in zip(examples, fold, strict=True) if own != number])
        held += best_worth([example for example, own in zip(examples, fold, strict=True) if own == number], others)
    answered = any(example.answers for example in examples)
    figures = {
        "hit@1 on folds held out" if answered else "worth of the first segment on folds held out": float(np.mean(held)),
        "area under the curve of answerability, held out": answerable.area,
        "given up without an answer, held out": answerable.given_up,
        "answers kept by summaries" if answered else "mean of ROUGE-1 and ROUGE-L of summaries": choosing.quality,
    }
    return Fitted(weights=weights, answerable=answerable, choosing=choosing, figures=figures)
