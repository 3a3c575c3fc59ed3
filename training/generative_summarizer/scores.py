"""How good a summary is, by rules alone (spec 05 §2.5, ours where it leaves open what a term is).

    score(y) = a1 * relevance + a2 * faithfulness + a3 * completeness - a4 * |len(y) - L| / L

- relevance: share of its sentences that say something of what a good summary says (half of their words at least)
- faithfulness: share of its words inside runs of at least four words that stand in the document; 0 where it has a
  number, date or name that the document has not
- completeness: share of the answers that it holds to the letter; without answers, of the words of a good summary
- len: words; of Chinese, characters

The good summary is the reference, and where there is none, what the embedded summarizer finds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from questline.tools.summarization.embedded import summarize
from questline.tools.summarization.verifying import unfounded
from questline.training.evaluation.rouge import rouge_l, rouge_n, rouge_tokens

from .rows import Asked

__all__ = ["Measured", "Weights", "copied", "describe", "measure"]

_RUN: Final = 4
_SENTENCES: Final = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Of the score."""

    relevance: float = 1.0
    """a1."""
    faithfulness: float = 1.0
    completeness: float = 1.0
    length: float = 0.5
    """a4."""
    wanted: int = 0
    """L, in words; 0 for the length of the good summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of one summary."""

    relevance: float
    faithfulness: float
    completeness: float
    copied: float
    """Share of words inside runs of the document, whatever else is wrong with it."""
    unfounded: tuple[str, ...]
    """Numbers, dates and names that the document has not."""
    words: int
    wanted: int
    """Words of a good summary."""
    rouge1: float
    rouge_l: float

    @property
    def quality(self) -> float:
        """Mean of relevance, faithfulness and completeness, in [0, 1]: what is left of the score at equal length."""
        return (self.relevance + self.faithfulness + self.completeness) / 3

    def score(self, weights: Weights) -> float:
        """Return the score."""
        wanted = weights.wanted or self.wanted
        return (
            weights.relevance * self.relevance
            + weights.faithfulness * self.faithfulness
            + weights.completeness * self.completeness
            - weights.length * abs(self.words - wanted) / max(1, wanted)
        )


def copied(text: str, document: str, *, run: int = _RUN) -> float:
    """Return the share of words inside runs of at least `run` words of the document; 0 for no words.

    A text of fewer words than a run is one run.
    """
    words, there = rouge_tokens(text), rouge_tokens(document)
    size = min(run, len(words))
    if not size:
        return 0.0
    grams = {tuple(there[at : at + size]) for at in range(len(there) - size + 1)}
    inside = [False] * len(words)
    for at in range(len(words) - size + 1):
        if tuple(words[at : at + size]) in grams:
            inside[at : at + size] = [True] * size
    return sum(inside) / len(words)


def measure(text: str, asked: Asked) -> Measured:
    """Return what is known of a summary."""
    good = asked.summary or _found(asked)
    document = f"{asked.title}\n{asked.document}"
    missing = tuple(unfounded(text, document))
    share = copied(text, document)
    if asked.answers:
        completeness = sum(_holds(text, answer) for answer in asked.answers) / len(asked.answers)
    else:
        completeness = _recall(rouge_tokens(text), rouge_tokens(good))
    return Measured(
        relevance=_relevance(text, good),
        faithfulness=0.0 if missing else share,
        completeness=completeness,
        copied=share,
        unfounded=missing,
        words=len(rouge_tokens(text)),
        wanted=len(rouge_tokens(good)),
        rouge1=rouge_n(text, [good], 1),
        rouge_l=rouge_l(text, [good]),
    )


def describe(measured: Sequence[Measured], *, weights: Weights) -> dict[str, float]:
    """Return the means over summaries, by name."""
    count = max(1, len(measured))

    def mean(values: Sequence[float]) -> float:
        return sum(values) / count

    return {
        "ROUGE-L": mean([each.rouge_l for each in measured]),
        "ROUGE-1": mean([each.rouge1 for each in measured]),
        "score": mean([each.score(weights) for each in measured]),
        "quality": mean([each.quality for each in measured]),
        "relevance": mean([each.relevance for each in measured]),
        "faithfulness": mean([each.faithfulness for each in measured]),
        "completeness": mean([each.completeness for each in measured]),
        "copied": mean([each.copied for each in measured]),
        "violations": mean([float(bool(each.unfounded)) for each in measured]),
        "words": mean([each.words for each in measured]),
    }


def _holds(text: str, answer: str) -> bool:
    """Say whether a text has an answer to the letter, and not as a part of another word or number."""
    before = r"(?<![0-9A-Za-z])(?<![0-9][.,])" if answer[:1].isascii() and answer[:1].isalnum() else ""
    after = r"(?![0-9A-Za-z])(?![.,][0-9])" if answer[-1:].isascii() and answer[-1:].isalnum() else ""
    return re.search(f"{before}{re.escape(answer)}{after}", text) is not None


def _found(asked: Asked) -> str:
    return summarize(asked.query, asked.document, title=asked.title, fallback="lead").text


def _relevance(text: str, good: str) -> float:
    wanted = Counter(rouge_tokens(good))
    sentences = [words for each in _SENTENCES.findall(text) if (words := rouge_tokens(each))]
    fits = [(Counter(words) & wanted).total() / len(words) > _ENOUGH for words in sentences]
    return sum(fits) / len(fits) if fits else 0.0


def _recall(words: Sequence[str], wanted: Sequence[str]) -> float:
    return (Counter(words) & Counter(wanted)).total() / len(wanted) if wanted else 0.0
