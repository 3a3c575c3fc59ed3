"""How hard a click is to forget: where forgetting it pulls against keeping the rest (spec 07 §2.2, §2.5).

On the output layer all three losses' gradients are outer products with the same state, so their cosine is that of their
gradients by the logits:

    d_un = e_t - p        d_norm = p - e_s        d_KL = p - p_rec        GUD = cos(d_un, d_norm + d_KL)

t is the forgotten item, s what was clicked after it, p the model's chances and p_rec those of the trained model. A low
cosine is a conflict. One forward pass, no backward.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError

__all__ = ["logit_gradients", "output_difficulty", "state_difficulty"]

Doubles: TypeAlias = NDArray[np.float64]


def logit_gradients(chances: Doubles, trained: Doubles, target: int, successor: int | None) -> Doubles:
    """Return the gradients of L_unlearn, L_normal and L_KL by the logits, float64 [3, items].

    L_unlearn = log P(t), which is minimised: gradient ascent on the cross-entropy; L_normal = -log P(s);
    L_KL = KL(p_rec || p).

    Args:
        chances: The model's, float64 [items], summing to 1.
        trained: Those of the trained model.
        target: The item to forget.
        successor: What was clicked after it; None for a last click, and where it is `target` itself, which L_normal
            would teach again: that row is 0 then.
    """
    if chances.shape != trained.shape or chances.ndim != 1:
        raise UsageError(f"chances of the shapes {chances.shape} and {trained.shape} differ", argument="trained")
    rows = np.stack([-chances, chances, chances - trained])
    rows[0, target] += 1
    if successor is None or successor == target:
        rows[1] = 0
    else:
        rows[1, successor] -= 1
    return rows


def output_difficulty(chances: Doubles, trained: Doubles, target: int, successor: int | None) -> float:
    """Return 1 - cos of forgetting and keeping, in [0, 2]: 0 where they agree, 2 where they oppose each other.

    A click that repeats itself is 2: what forgets it undoes exactly what L_normal teaches. Where nothing is to be kept,
    as for a last click at the trained model, it is 1.
    """
    if successor == target:
        return 2.0
    unlearn, normal, keep = logit_gradients(chances, trained, target, successor)
    kept = normal + keep
    lengths = float(np.linalg.norm(unlearn) * np.linalg.norm(kept))
    return 1.0 - float(np.clip(unlearn @ kept / lengths, -1, 1)) if lengths > 0 else 1.0


def state_difficulty(states: Doubles, items: Doubles) -> Doubles:
    """Return the inner product of each session's state with its forgotten item's embedding (EUD): larger is harder.

    Args:
        states: float64 [samples, width].
        items: float64 [samples, width].
    """
    return np.einsum("ij,ij->i", states, items)
