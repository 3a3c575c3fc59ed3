"""Fit the extractive summarizer and write its coefficients; the same input gives the same bytes.

    python -P -m questline.training.summarization.fit --english nq_oracle_ctx.jsonl.gz \
        --chinese cmrc2018_trial.jsonl.gz:3 --chinese drcd_dev.jsonl.gz --long qmsum_train.jsonl.gz \
        --out tools/summarization/coefficients.toml

Chinese weights are fitted on questions that were written about a passage. No English set of that kind may ship, and
search queries over passages (Natural Questions) share far fewer words with the sentence that answers: fitted on them
alone, the weights trust places and kinds more than words. So the English columns are the Chinese one, scaled, and only
what Chinese cannot teach (forms of a word, names, the encoder's cosine) is fitted in English.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import QuestlineError, UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.summarization.page import Page, Source
from questline.tools.summarization.scoring import COLUMNS, LONG, Column
from questline.training.evaluation.documents import read_documents
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.table import terminal
from questline.training.reading.writing import write

from .answerable import fit_answerable
from .sets import tuned
from .tables import Doubles, Example, best_worth, fit_ranking, measured, only, scaled, with_cosines
from .writing import Fitted, rendered

__all__ = ["SHIPPABLE", "Options", "Weighted", "fit", "main"]

SHIPPABLE: Final = {
    "cmrc2018_trial": "CC BY-SA 4.0",
    "drcd_dev": "CC BY-SA 3.0",
    "nq_oracle_ctx": "CC BY-SA 3.0",
    "qmsum_train": "MIT",
    "questline": "Apache-2.0",
}
"""Sets whose licence lets numbers fitted on them ship, by the name of the file without its endings."""
_OWN: Final = ("prefix", "names", "names_missing")
"""What only English can teach, beside the cosine."""
_LONG: Final = ("bm25", "coverage", "pair_cover", "words", "short", "question", "centre", "before", "after")
"""What is weighed in long documents; with all features the few meetings are learnt by heart."""
_PROGRAM: Final = "questline.training.summarization.fit"
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
    today: date | None = None
    """Written into the file; today when left out."""

    @property
    def files(self) -> tuple[Weighted, ...]:
        """All files."""
        return (*self.english, *self.chinese, *self.long)


def fit(options: Options) -> tuple[str, dict[Column, dict[str, float]]]:
    """Return the text of the file of coefficients, and the figures of held-out queries by column.

    Raises:
        UsageError: ``bad_argument`` for a set whose licence is unknown or numbers out of range, ``bad_data`` when too
            few queries can be used, and what reading the files raises.
    """
    _check(options)
    encoder = Encoder.load()
    chinese = _examples(options.chinese, options)
    english = _examples(options.english, options)
    longer = _examples(options.long, options, every=options.every_long, least=LONG + 1)
    encoded = [with_cosines(example, encoder) for example in english]

    def on_chinese(examples: Sequence[Example]) -> Doubles:
        return fit_ranking(examples, only(without=("cosine", *_OWN)), ridge=options.ridge)

    base = on_chinese(chinese)

    def on_english(examples: Sequence[Example]) -> Doubles:
        return fit_ranking(examples, scaled(base, *_OWN), ridge=0.3)

    def on_encoded(examples: Sequence[Example]) -> Doubles:
        return fit_ranking(examples, scaled(base, "cosine", *_OWN), ridge=0.3)

    def on_long(examples: Sequence[Example]) -> Doubles:
        return fit_ranking(examples, only(*_LONG), ridge=options.ridge)

    def encode(example: Example) -> Example:
        return with_cosines(example, encoder)

    fitted: dict[Column, Fitted] = {
        "english": _fitted("english", english, on_english, options),
        "english_encoder": _fitted("english_encoder", encoded, on_encoded, options, encode),
        "chinese": _fitted("chinese", chinese, on_chinese, options),
        "long": _fitted("long", longer, on_long, options),
    }
    counts = {"english": len(english), "chinese": len(chinese), "long": len(longer)}
    text = rendered(_head(options, counts, encoder.fingerprint), fitted)
    return text, {column: dict(fitted[column].figures) for column in COLUMNS}


def _check(options: Options) -> None:
    unknown = sorted({_name(item.path) for item in options.files} - set(SHIPPABLE))
    if unknown:
        raise UsageError(
            f"no licence is known for {', '.join(unknown)}; coefficients fitted on it could not ship",
            argument="sources",
        )
    if options.folds < 2 or options.every_long < 1 or not 0 <= max(options.lost, options.lost_long) < 1:
        raise UsageError("folds must be at least 2, every_long at least 1, lost in [0, 1)", argument="folds")


def _name(path: Path) -> str:
    return path.name.partition(".")[0]


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


def _head(options: Options, counts: dict[str, int], encoder: str) -> list[str]:
    today = options.today or datetime.now(UTC).date()
    lines = [
        "The extractive summarizer's coefficients: a column for English, for English with the encoder, for Chinese,",
        "and for long English documents. Written by a command, not by hand:",
        f"  {_command(options)}",
        f"on {today.isoformat()}, with encoder {encoder}, from",
    ]
    for item in options.files:
        name = _name(item.path)
        lines.append(f"  {item.path.name}, sha256 {content_hash(item.path)[:16]} ({SHIPPABLE[name]})")
    counted = ", ".join(f"{count} {name}" for name, count in counts.items())
    return [
        *lines,
        f"({counted} queries). Figures are those of queries that the weights were not fitted on, except",
        "those of summaries.",
        "",
    ]


def _command(options: Options) -> str:
    words = ["python", "-P", "-m", _PROGRAM]
    for name in ("english", "chinese", "long"):
        files: tuple[Weighted, ...] = getattr(options, name)
        for item in files:
            shown = item.path.name if item.path.is_absolute() else item.path.as_posix()
            words += [f"--{name}", shown if item.weight == 1 else f"{shown}:{item.weight:g}"]
    defaults = Options(english=(), chinese=(), long=())
    for name in ("ridge", "folds", "every_long", "lost", "lost_long", "seed"):
        if getattr(options, name) != getattr(defaults, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    return shlex.join([*words, "--out", "tools/summarization/coefficients.toml"])


def _weighted(text: str) -> Weighted:
    path, colon, weight = text.rpartition(":")
    return Weighted(path=Path(path), weight=float(weight)) if colon else Weighted(path=Path(text))


def _options(arguments: Sequence[str] | None) -> tuple[Options, Path]:
    defaults = Options(english=(), chinese=(), long=())
    parser = argparse.ArgumentParser(prog=f"python -P -m {_PROGRAM}", description="Fit the extractive summarizer.")
    for name in ("english", "chinese", "long"):
        parser.add_argument(
            f"--{name}", type=_weighted, action="append", required=True, help="queried documents, FILE or FILE:WEIGHT"
        )
    parser.add_argument("--out", type=Path, required=True, help="the TOML file to write")
    for name in ("ridge", "lost", "lost-long"):
        parser.add_argument(f"--{name}", type=float, default=getattr(defaults, name.replace("-", "_")))
    for name in ("folds", "every-long", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(defaults, name.replace("-", "_")))
    parser.add_argument("--date", type=date.fromisoformat, dest="today", help="written into the file; today by default")
    given = vars(parser.parse_args(arguments))
    out: Path = given.pop("out")
    given |= {name: tuple(given[name]) for name in ("english", "chinese", "long")}
    return Options(**given), out


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, write the file, print the figures as JSON; return the exit code."""
    options, out = _options(arguments)
    try:
        text, figures = fit(options)
        write(out, text)
    except QuestlineError as error:
        terminal(stderr=True).print(f"{error.code}: {error.message}")
        return error.exit_code
    print(json.dumps(figures, indent=2))  # noqa: T201 because a command's result goes to its output
    return 0


if __name__ == "__main__":
    sys.exit(main())
