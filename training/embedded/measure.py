"""How well the cross-encoder does on held-out groups: ranking, usefulness, answers and salient sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from questline.tools.models.pair_tokens import PairTokenizer, padded
from questline.tools.models.span_decoding import read_spans, salient_sentences
from questline.training.evaluation.answer_metrics import token_f1
from questline.training.evaluation.ranking_metrics import reciprocal_rank
from questline.training.recipe import Figures

from .bert import Outputs
from .examples import Group

__all__ = ["Scored", "held_out_figures", "scored"]

Forward = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Outputs]
"""Ids, types and lengths of a batch to raw scores."""
_ITEMS: Final = 5
"""Items of a held-out group that are scored: the one that answers, and the hardest negatives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What the model says of one held-out group."""

    source: str
    relevance: tuple[float, ...]
    """Logit of each item; the first answers the question."""
    usefulness: tuple[float, ...]
    ranked: bool
    useful: bool
    f1: float | None
    """Of the likeliest span in the first item; None where its place is not known."""
    margins: tuple[tuple[float, bool], ...]
    """For each item whose answers are known: the best span's margin over "no answer", and whether it holds one."""
    salient_first: bool | None
    """Whether the sentence marked strongest is one that matters; None with one sentence or an unknown one."""


def scored(group: Group, tokenizer: PairTokenizer, forward: Forward) -> Scored:
    """Score one group; `forward` runs the model without gradients."""
    items = group.items[:_ITEMS]
    pairs = tokenizer.pairs(group.question, [item.pair_text for item in items])
    found = forward(*map(torch.as_tensor, padded(pairs)))
    spans = found.spans.float().numpy()
    salience = found.salience.float().numpy()
    margins: list[tuple[float, bool]] = []
    f1: float | None = None
    for number, (item, pair) in enumerate(zip(items, pairs, strict=True)):
        if item.answers is None:
            continue
        best = read_spans(spans[number, :, 0], spans[number, :, 1], pair, item.text, shift=item.shift)
        margins.append((best[0].margin if best else -10.0, bool(item.answers)))
        if number == 0 and item.answers:
            accepted = group.answers or tuple(item.text[a:b] for a, b in item.answers)
            f1 = token_f1(best[0].text if best else "", accepted)
    first = items[0]
    wanted = first.salient_places()
    marked = salient_sentences(salience[0], pairs[0], first.text, shift=first.shift)
    hit: bool | None = None
    if wanted and len(marked) > 1:
        strongest = max(marked, key=lambda sentence: sentence.probability).span
        hit = any(a <= strongest.start < b for a, b in wanted)
    pair_scores = found.pair.float().numpy()
    return Scored(
        source=group.source,
        relevance=tuple(float(value) for value in pair_scores[:, 0]),
        usefulness=tuple(float(value) for value in pair_scores[:, 1]),
        ranked=group.ranked,
        useful=group.useful,
        f1=f1,
        margins=tuple(margins),
        salient_first=hit,
    )


def held_out_figures(results: Sequence[Scored]) -> Figures:
    """Return the means over groups, and the mean of ranking and reading that decides which step is kept."""
    short = [_rank(one) for one in results if one.ranked and one.source.endswith("/sentences")]
    long = [_rank(one) for one in results if one.ranked and not one.source.endswith("/sentences")]
    reading = [one.f1 for one in results if one.f1 is not None and not one.source.endswith("/sentences")]
    salient = [float(one.salient_first) for one in results if one.salient_first is not None]
    answered = [right == (margin > 0) for one in results for margin, right in one.margins]
    figures = {
        "MRR of passages": _mean(long),
        "MRR of sentences": _mean(short),
        "reading F1": _mean(reading),
        "answer or none, accuracy": _mean([float(value) for value in answered]),
        "salient sentence first": _mean(salient),
    }
    known = [figures[name] for name, values in zip(figures, (long, short, reading), strict=False) if values]
    return {"held-out mean": _mean(known), **figures}


def _rank(one: Scored) -> float:
    order = sorted(range(len(one.relevance)), key=lambda place: (-one.relevance[place], -place))
    return reciprocal_rank([str(place) for place in order], {"0": 1})


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
