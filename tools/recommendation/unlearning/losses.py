"""The losses that forget and keep, over a batch of prefixes (arXiv:2508.15263, spec 07 §2.1), and those of rivals.

    L_unlearn =  log P(v_t | before)                 minimised: gradient ascent on the cross-entropy; unbounded
    L_normal  = -log P(v_{t+1} | before)             the deleted click is skipped
    L_KL      =  KL( P_rec(. | before) || P(. | before) )
    L_NPO     = -(2/b) log sigma( -b log(P(v_t) / P_rec(v_t)) )                        arXiv:2404.05868, bounded

P_rec is the trained model before anything was forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.errors import require

require("torch", feature="unlearning of a network")
import torch  # noqa: E402 because the line above says what to install where it is missing
from torch import Tensor  # noqa: E402 for the same reason
from torch.nn import functional  # noqa: E402 for the same reason

__all__ = ["LOSSES", "Loss", "LossName", "Rows", "full_gradients", "gram"]

LossName: TypeAlias = Literal["unlearn", "normal", "kl", "npo", "retain"]
NPO_BETA: Final = 0.1
_NOTHING: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A batch of samples, and what a model says of it."""

    log_chances: Tensor
    """[rows, items], of the model that forgets."""
    trained: Tensor
    """[rows, items], logarithms of P_rec."""
    targets: Tensor
    """int64 [rows], columns of what is forgotten."""
    successors: Tensor
    """int64 [rows], columns of what follows; -1 where nothing does."""
    weights: Tensor
    """[rows]: how much each counts in what is pushed down; 0 where it is forgotten as far as asked."""
    kept: Tensor
    """[rows of a retained batch], log-chances of what is to be kept; empty where the losses do not use it."""


Loss: TypeAlias = Callable[[Rows], Tensor]


def _unlearn(rows: Rows) -> Tensor:
    return _mean(_at(rows.log_chances, rows.targets), rows.weights)


def _normal(rows: Rows) -> Tensor:
    there = (rows.successors >= 0) & (rows.successors != rows.targets)
    return _mean(-_at(rows.log_chances, rows.successors.clamp(min=0)), there)


def _kl(rows: Rows) -> Tensor:
    return functional.kl_div(rows.log_chances, rows.trained, reduction="batchmean", log_target=True)


def _npo(rows: Rows) -> Tensor:
    ratio = _at(rows.log_chances, rows.targets) - _at(rows.trained, rows.targets)
    return _mean(-2 / NPO_BETA * functional.logsigmoid(-NPO_BETA * ratio), rows.weights)


def _retain(rows: Rows) -> Tensor:
    return -rows.kept.mean() if len(rows.kept) else rows.log_chances.sum() * 0.0


LOSSES: Final[Mapping[LossName, Loss]] = {
    "unlearn": _unlearn,
    "normal": _normal,
    "kl": _kl,
    "npo": _npo,
    "retain": _retain,
}


def full_gradients(losses: Sequence[Tensor], parameters: Sequence[Tensor]) -> list[list[Tensor]]:
    """Return the gradient of each loss by each parameter, 0 where a loss does not know it."""
    found: list[list[Tensor]] = []
    for loss in losses:
        if not loss.requires_grad:
            found.append([torch.zeros_like(each) for each in parameters])
            continue
        found.append(list(torch.autograd.grad(loss, parameters, retain_graph=True, materialize_grads=True)))
    return found


def gram(gradients: list[list[Tensor]]) -> Tensor:
    """Return the inner products of gradients, float64 [losses, losses]."""
    found = torch.zeros(len(gradients), len(gradients), dtype=torch.float64)
    for each in zip(*gradients, strict=True):
        rows = torch.stack([one.flatten() for one in each]).double()
        found += rows @ rows.T
    return found


def _at(values: Tensor, columns: Tensor) -> Tensor:
    return values.gather(1, columns[:, None])[:, 0]


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Return the weighed mean, and 0 with null gradients where nothing weighs."""
    whole = weights.to(values.dtype)
    return (values * whole).sum() / whole.sum().clamp(min=_NOTHING)
