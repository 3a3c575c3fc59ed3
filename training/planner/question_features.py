"""What a planner knows of a question before anything ran: its sentence vector and its form. Baselines see no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.features import FORM, form

__all__ = ["Encodes", "Floats", "question_features"]

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
