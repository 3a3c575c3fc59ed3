"""Direct preference optimization (arXiv:2305.18290, eq. 7), weighted and by length (spec 05 §2.5, spec 06 §2.4, ours).

    m_i = beta * [ (log pi(w) - log ref(w)) / |w|^a  -  (log pi(l) - log ref(l)) / |l|^a ]
    L   = sum_i omega_i * ( - log sigma(m_i) + lambda_sft * NLL(w_i) / |w_i| ) / sum_i omega_i

a = 0 is the published loss, whose sums grow with length; a = 1 compares what a token gains in the mean, so that a
longer answer is not preferred for its length. omega = 1 weighs all pairs alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["PairLogs", "Preferred", "preference_loss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLogs:
    """What a model says of the pairs of a part of a step; each ``[n]``."""

    chosen: Tensor
    """Sum of the log likelihoods of the tokens of the better answer."""
    rejected: Tensor
    reference_chosen: Tensor
    """The same of the model where learning began."""
    reference_rejected: Tensor
    chosen_tokens: Tensor
    rejected_tokens: Tensor
    weights: Tensor
    """omega, at least 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """The loss, and what is drawn of it."""

    loss: Tensor
    """A number; sums over parts of a step are the step's, where `whole` is its weight."""
    margin: Tensor
    """m, ``[n]``, without gradient."""


def preference_loss(
    logs: PairLogs, *, beta: float, by_length: bool, sft: float = 0.0, whole: float | None = None
) -> Preferred:
    """Return the loss of pairs.

    Args:
        logs: Of the pairs.
        beta: How far the model may move from where it began: larger holds it nearer.
        by_length: Whether a = 1.
        sft: lambda_sft.
        whole: Sum of the weights of the whole step, where the pairs are a part of it; theirs by default.
    """
    chosen, rejected = logs.chosen - logs.reference_chosen, logs.rejected - logs.reference_rejected
    if by_length:
        chosen, rejected = chosen / logs.chosen_tokens, rejected / logs.rejected_tokens
    margin = beta * (chosen - rejected)
    each = -nn.functional.logsigmoid(margin)
    if sft:
        each = each - sft * logs.chosen / logs.chosen_tokens
    total = logs.weights.sum() if whole is None else torch.as_tensor(whole, device=margin.device)
    return Preferred(loss=(logs.weights * each).sum() / total.clamp_min(1e-12), margin=margin.detach())
