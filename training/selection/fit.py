"""Fit how likely a passage helps, and the prices of a set, on questions that name their support.

    python -P -m questline.training.selection.fit --data data --out coefficients.toml [--reader folder]

Lists are BM25's best passages of each question: whole, cut short, and without what is gold, so that the model knows
short lists and lists in which nothing helps. The loss is logistic with a ridge on standardised columns. The prices are
chosen on the same lists: thresholds and coverage by micro-F1, the abstention by macro-F1 with lists without support.
The cross-encoder learnt from nine tenths of these questions; what judges with it is fitted on the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from questline.errors import QuestlineError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.selection.features import COSINE, WORDS
from questline.tools.selection.membership import Membership, MembershipName
from questline.tools.selection.reading import Reader
from questline.training.embedded.examples import question_hash
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.selection_metrics import Counts, macro_f1, micro_f1
from questline.training.licences import shippable
from questline.training.ranking.calibrate import ece, fill

from .examples import Example, Remembering, counted, observe, prepared
from .lists import SelectionList, searched_lists, shorter, without_support
from .writing import Section, toml

__all__ = ["FREE", "RIDGE", "Sets", "fit_prices", "fit_sections", "fit_weights", "gather", "main"]

FREE: Final[dict[MembershipName, tuple[str, ...]]] = {
    "words": WORDS,
    "cosine": (*WORDS, *COSINE),
    "reading": ("prior", "useful", "useful_gap", "relevance", "relevance_gap", "relevance_lead", "answered"),
}
"""The columns of each model. The one with the cross-encoder has few: it is fitted on a tenth of the questions."""
RIDGE: Final = 1.0
REDUNDANCY: Final = 1.0
"""A passage that only repeats another is worth nothing. A choice: corpora like these hardly repeat themselves."""
FILES: Final = ("qa/mixed_corpus.jsonl.gz", "qa/mixed_train.jsonl.gz")
_UNSEEN: Final = 0.1
"""Share of the questions, by hash, that the cross-encoder did not learn from."""
_REMOVED: Final = 0.4
"""Share of the questions whose list is also shown without what is gold."""
_STEPS: Final = 100
_TAUS: Final = tuple(round(0.12 + 0.04 * step, 2) for step in range(11))
_TRIED: Final[dict[str, tuple[float, ...]]] = {
    "tau": _TAUS,
    "tau_several": _TAUS,
    "coverage": (0.0, 0.05, 0.1, 0.2),
    "least": tuple(round(0.05 * step, 2) for step in range(15)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """The examples that one model is fitted on."""

    whole: tuple[Example, ...]
    short: tuple[Example, ...]
    removed: tuple[Example, ...]

    @property
    def all(self) -> tuple[Example, ...]:
        """Every example."""
        return (*self.whole, *self.short, *self.removed)

    def where(self, kept: Callable[[SelectionList], bool]) -> Sets:
        """Return the sets with the examples of some lists alone."""
        parts = (self.whole, self.short, self.removed)
        whole, short, removed = (tuple(each for each in part if kept(each.given)) for part in parts)
        return Sets(whole=whole, short=short, removed=removed)


def gather(
    lists: Sequence[SelectionList],
    encoder: Encoder,
    reader: Reader | None = None,
    *,
    before: Sequence[Section] = (),
) -> Sets:
    """Measure lists whole, cut short, and without support; a cross-encoder reads only what it did not learn from.

    Args:
        lists: The questions.
        encoder: Gives the cosines.
        reader: Gives the cross-encoder's judgements.
        before: The models for words and cosines, whose judgement the cross-encoder's model builds on.
    """
    once = Remembering(encoder)
    made = {str(section.name): section.membership for section in before}

    def measured(part: Iterable[SelectionList]) -> tuple[Example, ...]:
        kept = [each for each in part if each.passages and (reader is None or unseen(each))]
        return tuple(observe(kept, once, reader, **made))

    return Sets(
        whole=measured(lists), short=measured(shorter(lists)), removed=measured(without_support(lists, _REMOVED))
    )


def unseen(given: SelectionList) -> bool:
    """Say whether the cross-encoder did not learn from a question."""
    return question_hash(given.question) < _UNSEEN


def fit_weights(examples: Sequence[Example], free: Sequence[str], *, ridge: float = RIDGE) -> dict[str, float]:
    """Return intercept and weights with the least logistic loss plus ``ridge / 2`` of their squared length.

    The ridge is on the weights of standardised columns; what comes back is for the columns as they are.
    """
    values = np.concatenate([each.judged.facts.columns(free) for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    center, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread > 1e-9, spread, np.inf)  # a column that never changes has no weight
    columns = np.column_stack([np.ones(len(values)), (values - center) / spread])
    penalty = np.full(columns.shape[1], ridge)
    penalty[0] = 0.0
    point = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(columns @ point, -30, 30)))
        gradient = columns.T @ (chance - labels) + penalty * point
        weight = np.maximum(chance * (1 - chance), 1e-9)
        hessian = (columns * weight[:, None]).T @ columns + np.diag(penalty) + 1e-9 * np.eye(len(point))
        step = np.linalg.solve(hessian, gradient)
        point = point - step
        if np.abs(step).max() < 1e-9:
            break
    slopes = point[1:] / spread
    intercept = float(point[0] - (slopes * center).sum())
    return {"intercept": intercept, **{name: float(slope) for name, slope in zip(free, slopes, strict=True)}}


def fit_prices(sets: Sets, weights: dict[str, float]) -> Membership:
    """Choose thresholds and prices for given weights, one after the other; the first of equally good ones."""
    made = Membership(weights=weights, tau=0.3, tau_several=0.3, least=0.0, redundancy=REDUNDANCY)
    whole, removed = prepared(sets.whole, made), prepared(sets.removed, made)
    for name in ("tau", "tau_several", "coverage", "tau", "tau_several"):
        made = _best(made, name, _TRIED[name], lambda each: micro_f1(counted(whole, each)) or 0.0)
    both = [*whole, *removed]
    return _best(made, "least", _TRIED["least"], lambda each: macro_f1(_local(counted(both, each))) or 0.0)


def _best(made: Membership, name: str, tried: Sequence[float], worth: Callable[[Membership], float]) -> Membership:
    options = [replace(made, **{name: value}) for value in tried]
    return max(options, key=worth)


def _local(counts: Sequence[Counts]) -> list[Counts]:
    """Return counts in which a list without any gold candidate is best left empty."""
    return [replace(each, gold=0) if each.helpless else each for each in counts]


def fit_sections(sets: Sets, names: Sequence[MembershipName]) -> list[Section]:
    """Fit the named models; each says how well it does on one half of the questions when fitted on the other."""
    return [_section(name, sets) for name in names]


def _section(name: MembershipName, sets: Sets) -> Section:
    def first_half(given: SelectionList) -> bool:
        return int(question_hash(given.question + "^") * 2) == 0

    one, other = sets.where(first_half), sets.where(lambda given: not first_half(given))
    half = fit_prices(one, fit_weights(one.all, FREE[name]))
    counts = counted(prepared(other.whole, half), half)
    chances = np.concatenate([half.chances(each.judged.facts) for each in other.whole])
    labels = np.concatenate([each.labels for each in other.whole]).astype(int)
    figures = {
        "micro-F1": micro_f1(counts),
        "macro-F1": macro_f1(counts),
        "ece": ece(fill(chances.tolist(), labels.tolist())),
        "emptied lists left empty": 1
        - sum(each.chosen > 0 for each in counted(prepared(other.removed, half), half)) / max(1, len(other.removed)),
    }
    told = ", ".join(f"{key} {value:.4f}" for key, value in figures.items() if value is not None)
    notes = (
        f"{len(sets.whole)} lists, {len(sets.short)} cut short, {len(sets.removed)} without support",
        f"fitted on one half of the questions and measured on the other: {told}",
    )
    return Section(name=name, membership=fit_prices(sets, fit_weights(sets.all, FREE[name])), notes=notes)


def fit(data: Path, *, reader: Path | None = None, depth: int = 20, limit: int | None = None) -> str:
    """Fit all models on the shippable files of `data` and return the file of coefficients.

    Args:
        data: Folder with ``MANIFEST.tsv`` and the files of `FILES`.
        reader: Folder of a cross-encoder; without one there is no model for its judgements.
        depth: Passages a list.
        limit: Only so many questions.

    Raises:
        UsageError: ``bad_data`` where a licence does not allow it; what reading raises.
        RunError: ``damaged_model``.
    """
    licensed = shippable(data, FILES)
    corpus, questions = (data / name for name in FILES)
    lists = searched_lists(corpus, questions, depth=depth, limit=limit)
    encoder = Encoder.load()
    notes = [
        "How likely a passage helps to answer, and the prices of a set. Written by",
        "`python -P -m questline.training.selection.fit`; change nothing here by hand.",
        f"corpus sha256 {content_hash(corpus)[:16]}, questions sha256 {content_hash(questions)[:16]}",
        *(f"{each.file}: {each.licence}" for each in licensed),
        f"{len(lists)} questions, BM25's best {depth}; encoder {encoder.fingerprint}; ridge {RIDGE:g}",
    ]
    sections = fit_sections(gather(lists, encoder), ("words", "cosine"))
    if reader is not None:
        model = CrossEncoder.load(folder=reader)
        notes.append(
            f"cross-encoder {model.fingerprint}, fitted on the {_UNSEEN:.0%} of the questions that it did not see"
        )
        sections += fit_sections(gather(lists, encoder, model, before=sections), ("reading",))
    return toml(notes, sections)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the file; return the exit code."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    options.add_argument("--data", type=Path, required=True, help="folder with MANIFEST.tsv and qa/")
    options.add_argument("--reader", type=Path, default=None, help="folder of a cross-encoder")
    options.add_argument("--depth", type=int, default=20, help="passages a list")
    options.add_argument("--limit", type=int, default=None, help="only so many questions")
    options.add_argument("--out", type=Path, required=True, help="where the coefficients go")
    chosen = options.parse_args(arguments)
    try:
        made = fit(chosen.data, reader=chosen.reader, depth=chosen.depth, limit=chosen.limit)
        chosen.out.write_text(made, encoding="utf-8")
    except QuestlineError as error:
        sys.stderr.write(f"error[{error.code}]: {' '.join(error.message.split())}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
