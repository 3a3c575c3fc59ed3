"""Compare what a writer wrote before and after, prompt by prompt: who accepts it, at equal length too, and variety."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from questline.tools.writing.types import FloatArray
from questline.training.evaluation.intervals import paired_bootstrap
from questline.training.writer.novelty import Novelty
from questline.training.writer.pairs import MATCHED
from questline.training.writer.tuning.likelihood import example, log_likelihoods
from questline.training.writer.tuning.models import Loaded
from questline.training.writer.tuning.sample import Sample
from questline.training.writer.tuning.texts import Written
from questline.training.writer.variety import distinct, equalized, self_bleu, template_share

from .judges import Accepts, Scores

__all__ = ["Eyes", "compare", "described"]

_COPIED: Final = 12
_PLACES: Final = 4

Draws = Sequence[Sequence[Sample]]
"""[draws][prompts]: several texts for each prompt, in one order of prompts."""


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """Who looks at the texts."""

    accepts: Mapping[str, Accepts]
    scores: Mapping[str, Scores]
    fluent: Loaded
    """A writer that learnt from the judges' prompts: how likely it finds a text."""
    known: Sequence[Written]
    """What the writer learnt from."""

    @cached_property
    def novelty(self) -> Novelty:
        """Longest runs in common with these."""
        return Novelty([row.text for row in self.known])


def described(eyes: Eyes, draws: Draws) -> dict[str, object]:
    """Return the figures of one writer, means over its draws."""
    told: dict[str, object] = {
        f"accepted_{name}": _mean(_looked(accept, draws)) for name, accept in eyes.accepts.items()
    }
    told["log_likelihood_a_token"] = _mean(_fluency(eyes, draws))
    told["characters"] = _mean(_lengths(draws))
    told["ended"] = _mean(np.array([[float(one.ended) for one in draw] for draw in draws]))
    return told | _variety(eyes, draws)


def compare(eyes: Eyes, before: Draws, after: Draws) -> dict[str, object]:
    """Return the figures of the second writer, and its differences to the first with 95 % intervals over prompts.

    Args:
        eyes: Who looks.
        before: Texts of the first.
        after: As many draws for the same prompts; of several seeds, one draw each.
    """
    lengths = _lengths(before), _lengths(after)
    near = (np.abs(lengths[0] - lengths[1]) <= MATCHED).astype(np.float64)
    told = described(eyes, after)
    rises: dict[str, object] = {"characters": _difference(*lengths)}
    for name, accept in eyes.accepts.items():
        looked = _looked(accept, before), _looked(accept, after)
        rises[f"accepted_{name}"] = _difference(*looked)
        rises[f"accepted_{name}_at_equal_length"] = _difference(*looked, among=near)
        rises[f"accepted_{name}_by_seed"] = [
            round(float(two.mean() - one.mean()), _PLACES) for one, two in zip(*looked, strict=True)
        ]
    for name, score in eyes.scores.items():
        rises[f"prefers_{name}_at_equal_length"] = _preferred(_looked(score, before), _looked(score, after), near)
    rises["log_likelihood_a_token"] = _difference(_fluency(eyes, before), _fluency(eyes, after))
    rises["characters_at_equal_length"] = _difference(*lengths, among=near)
    return {**told, "rise": rises, "n_at_equal_length": int(near.sum())}


def _looked(look: Callable[[Sequence[str], Sequence[str]], FloatArray], draws: Draws) -> FloatArray:
    return np.array([look([one.query for one in draw], [one.text for one in draw]) for draw in draws])


def _lengths(draws: Draws) -> FloatArray:
    return np.array([[float(len(one.text)) for one in draw] for draw in draws])


def _fluency(eyes: Eyes, draws: Draws) -> FloatArray:
    rows = [[example(eyes.fluent, Written(query=one.query, text=one.text)) for one in draw] for draw in draws]
    return np.array([[total / count for total, count in log_likelihoods(eyes.fluent, row)] for row in rows])


def _variety(eyes: Eyes, draws: Draws) -> dict[str, object]:
    texts = [[one.text for one in draw] for draw in draws]
    cut = [equalized(each) for each in texts]
    least = min(map(len, cut))
    runs = [eyes.novelty.longest_run(text) for each in texts for text in each]
    return {
        "distinct_2": _round(np.mean([distinct(each[:least], 2) for each in cut])),
        "distinct_2_by_draw": [_round(distinct(each[:least], 2)) for each in cut],
        "self_bleu": _round(np.mean([np.mean(self_bleu(each[:least]) or [0.0]) for each in cut])),
        "template_share": _round(np.mean([template_share(each, [()] * len(each)) for each in texts])),
        "copied_share": _round(np.mean([run > _COPIED for run in runs])),
        "texts_of_equal_length_and_count": least,
    }


def _difference(before: FloatArray, after: FloatArray, *, among: FloatArray | None = None) -> dict[str, object]:
    """Return the change of means over prompts; `among` [draws, prompts] says which pairs count."""
    kept = np.ones_like(before) if among is None else among
    counts = kept.sum(0)
    there = counts > 0
    if not there.any():
        return {"n": 0}
    one, two = (((values * kept).sum(0)[there] / counts[there]).tolist() for values in (before, after))
    told = paired_bootstrap(one, two)
    return {**{name: _round(getattr(told, name)) for name in ("difference", "low", "high")}, "n": told.n}


def _preferred(before: FloatArray, after: FloatArray, near: FloatArray) -> dict[str, object]:
    """Return how often the text after scores higher than the one before, of about one length."""
    wins = (after > before) + 0.5 * (after == before)
    return _difference(np.full_like(wins, 0.5), wins, among=near)


def _mean(values: FloatArray) -> float:
    return _round(values.mean())


def _round(value: float | np.floating[Any]) -> float:
    return round(float(value), _PLACES)
