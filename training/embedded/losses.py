"""What the cross-encoder's heads learn from: one differentiable function of logits and labels each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .batches import Batch
from .bert import Outputs

__all__ = ["batch_losses", "distillation", "listwise", "marginal_span", "masked_bce", "taught_losses"]

Array: TypeAlias = NDArray[Any]


def batch_losses(found: Outputs, batch: Batch, *, temperature: float) -> dict[str, Tensor]:
    """Return every head's loss over one batch, by name; 0 where the batch says nothing about a head.

    Args:
        found: What the model says of the batch.
        batch: What is known of it.
        temperature: Of the bi-encoder's cosines, see `distillation`.
    """

    def there(values: Array) -> Tensor:
        return torch.as_tensor(values, device=found.pair.device)

    rows = there(batch.rows)
    real = rows >= 0
    ranked = found.pair[:, 0][rows.clamp(min=0)]
    span, useful, salience = (
        tuple(there(values) for values in known)
        for known in (
            (batch.starts, batch.ends, batch.span_known),
            (batch.useful, batch.useful_known),
            (batch.salient, batch.salience_known),
        )
    )
    return {
        "ranking": listwise(ranked, there(batch.positive), real),
        "distillation": distillation(ranked, there(batch.teacher), real, temperature=temperature),
        "span": marginal_span(found.spans, *span),
        "useful": masked_bce(found.pair[:, 1], *useful),
        "salience": masked_bce(found.salience, *salience),
    }


def listwise(scores: Tensor, positive: Tensor, real: Tensor) -> Tensor:
    """Return the mean of -log softmax of the positive among its group: InfoNCE with mined negatives.

    The localized contrastive loss of arXiv:2101.08751 §3 (LCE); ListNet (Cao et al. 2007) with one relevant item.

    Args:
        scores: float32 [groups, width], relevance logits.
        positive: int64 [groups], the column of the positive; -1 leaves a group out.
        real: bool [groups, width], False where a group is shorter than the widest.
    """
    rows = positive >= 0
    if not bool(rows.any()):
        return scores.sum() * 0.0
    return functional.cross_entropy(scores.masked_fill(~real, -1e4)[rows], positive[rows])


def distillation(scores: Tensor, teacher: Tensor, real: Tensor, *, temperature: float) -> Tensor:
    """Return the mean KL divergence from the teacher's softmax to the student's over each group (arXiv:1503.02531 §2).

    Args:
        scores: float32 [groups, width], the student's logits.
        teacher: float32 [groups, width], cosines of the bi-encoder; NaN in a row leaves the group out.
        real: bool [groups, width].
        temperature: Divides the cosines, which lie in [-1, 1].
    """
    rows = ~teacher.masked_fill(~real, 0.0).isnan().any(1) & (real.sum(1) > 1)
    if not bool(rows.any()):
        return scores.sum() * 0.0
    wanted = (teacher / temperature).masked_fill(~real, -1e4)[rows].softmax(-1)
    found = scores.masked_fill(~real, -1e4)[rows].log_softmax(-1)
    return functional.kl_div(found, wanted, reduction="batchmean")


def marginal_span(spans: Tensor, starts: Tensor, ends: Tensor, known: Tensor) -> Tensor:
    """Return the mean of -log of the probability summed over all places where the answer stands.

    Start and end are independent softmaxes over the tokens (BERT, arXiv:1810.04805 §4.2); the sum over places is the
    shared normalisation's marginal likelihood of arXiv:1710.10723 §2.3.3. "No answer" is the place of ``[CLS]``.

    Args:
        spans: float32 [batch, tokens, 2]; -inf where nothing may stand.
        starts: bool [batch, tokens], where an answer starts; at least one in a known row.
        ends: bool [batch, tokens], where it ends.
        known: bool [batch], the rows that say where the answer is.
    """
    if not bool(known.any()):
        return spans.new_zeros(())
    total = spans.new_zeros(())
    for side, gold in enumerate((starts, ends)):
        logits = spans[known, :, side]
        marked = logits.masked_fill(~gold[known], -torch.inf)
        total = total + (logits.logsumexp(-1) - marked.logsumexp(-1)).mean()
    return total / 2


def masked_bce(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over the places where `known` holds, 0 where there is none.

    Args:
        logits: float32 of any shape.
        labels: The same shape, in [0, 1].
        known: bool of the same shape.
    """
    if not bool(known.any()):
        return logits.sum() * 0.0
    return functional.binary_cross_entropy_with_logits(logits[known], labels[known])


def taught_losses(found: Outputs, teachers: Sequence[Outputs], batch: Batch) -> dict[str, Tensor]:
    """Return how far a model is from several larger passes over the same batch (arXiv:1503.02531 §2).

    The teachers' chances are averaged, as of an ensemble: over each group's passages for relevance, over the tokens for
    start and end, for each pair and token for usefulness and salience.

    Args:
        found: What the model says of the batch.
        teachers: What each teacher says of it, without gradients; at least one.
        batch: Which rows are groups.
    """
    rows = torch.as_tensor(batch.rows, device=found.pair.device)
    real = rows >= 0
    wide = real.sum(1) > 1

    def lists(one: Outputs) -> Tensor:
        return one.pair[:, 0][rows.clamp(min=0)].masked_fill(~real, -1e4)[wide]

    tokens = torch.isfinite(found.spans[..., 0])
    useful = torch.stack([one.pair[:, 1].sigmoid() for one in teachers]).mean(0)
    salient = torch.stack([one.salience.sigmoid() for one in teachers]).mean(0)
    spans = [_divergence(found.spans[..., side], [one.spans[..., side] for one in teachers]) for side in (0, 1)]
    return {
        "taught ranking": _divergence(lists(found), [lists(one) for one in teachers]),
        "taught span": torch.stack(spans).mean(),
        "taught useful": functional.binary_cross_entropy_with_logits(found.pair[:, 1], useful),
        "taught salience": functional.binary_cross_entropy_with_logits(found.salience[tokens], salient[tokens]),
    }


def _divergence(scores: Tensor, teachers: Sequence[Tensor]) -> Tensor:
    """Return the mean KL divergence from the teachers' mean chances; places at -inf have none in either."""
    if not len(scores):
        return scores.sum() * 0.0
    wanted = torch.stack([one.softmax(-1) for one in teachers]).mean(0)
    known = wanted > 0
    gaps = wanted * (wanted.clamp(min=1e-12).log() - scores.log_softmax(-1).masked_fill(~known, 0.0))
    return gaps.masked_fill(~known, 0.0).sum(-1).mean()
