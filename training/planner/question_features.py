"""What a planner knows of a question before anything ran: its sentence vector and its form. Baselines see no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.features import FORM, form

__all__ = ["Encodes", "Floats", "Squeezed", "question_features"]

Floats: TypeAlias = NDArray[np.float32]


class Encodes(Protocol):
    """Turns texts into vectors; `questline.tools.models.encoder.Encoder` does."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return ``[n, v]``, L2-normalised."""
        ...


def question_features(texts: Sequence[str], encoder: Encodes) -> Floats:
    """Return ``[n, v + len(FORM)]``: vectors scaled so that a coordinate is of the order of 1, then the form."""
    vectors = np.asarray(encoder.encode(list(texts)), np.float32).reshape(len(texts), -1)
    forms = np.array([list(form(text).values()) for text in texts], np.float32).reshape(len(texts), len(FORM))
    return np.concatenate([vectors * np.sqrt(vectors.shape[1], dtype=np.float32), forms], axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Squeezed:
    """The same features with the first principal components of the vectors in place of these."""

    mean: Floats
    basis: Floats
    """``[v, k]``."""

    @classmethod
    def fitted(cls, features: Floats, components: int) -> Self:
        """Find the components of training questions."""
        vectors = features[:, : features.shape[1] - len(FORM)]
        mean = vectors.mean(axis=0)
        turned = np.linalg.svd(vectors - mean, full_matrices=False)[2]
        return cls(mean=mean, basis=turned[:components].T)

    def of(self, features: Floats) -> Floats:
        """Return ``[n, k + len(FORM)]``."""
        split = features.shape[1] - len(FORM)
        inside = np.asarray((features[:, :split] - self.mean) @ self.basis, np.float32)
        return np.concatenate([inside, features[:, split:]], axis=1)
