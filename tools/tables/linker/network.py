"""The learnt network and its calibration, as they are shipped; `agents train linker` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.tools.models.onnx_session import ModelFiles, Session, open_session, read_model_files

from .confidence import SIGNS
from .features import PAIRS, Seen
from .roles import COLUMNED, FREE
from .sight import KINDS
from .spoken import FORMS

__all__ = ["MODEL", "SHAPE", "VERSION", "Calibration", "Network", "shipped"]

MODEL: Final = "linker.onnx"
VERSION: Final = 1
SHAPE: Final = {"pairs": PAIRS, "natures": KINDS, "forms": FORMS, "free": list(FREE), "columned": list(COLUMNED)}
"""What a network was learnt for, as its manifest tells: another number or order of features would be misread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From what tells of a reading to how likely it is right."""

    weights: tuple[float, ...]
    """Of the log odds, one for each of `SIGNS`."""
    threshold: float
    """Confidence from which on a reading is an answer."""

    def confidence(self, signs: NDArray[np.float64]) -> float:
        """Return how likely a reading is right, in (0, 1)."""
        return float(1 / (1 + np.exp(-np.clip(signs @ np.array(self.weights), -30, 30))))


class Network:
    """Choices of roles and columns for words. Safe to share between threads."""

    def __init__(self, session: Session, calibration: Calibration, fingerprint: str) -> None:
        self._session = session
        self.calibration = calibration
        self.fingerprint = fingerprint

    @classmethod
    def load(cls, folder: Path | Traversable) -> Network:
        """Open a model of `agents train linker`.

        Raises:
            RunError: ``damaged_model`` for one that is missing, damaged, or made for other features.
        """
        files = read_model_files(folder)
        if files.manifest.get("shape") != SHAPE or files.manifest.get("version") != VERSION:
            raise files.damaged("was made for other features than these")
        return cls(open_session(_content(files), folder=files.folder), _calibration(files), files.fingerprint)

    def read(self, seen: Seen) -> NDArray[np.float32]:
        """Return probabilities [words, len(FREE) + columns * len(COLUMNED)] of the choices of each word."""
        spoken = seen.spoken
        feed = {
            "states": spoken.states, "alone": spoken.alone, "forms": spoken.forms, "pairs": seen.pairs,
            "names": seen.names, "told": seen.told, "natures": seen.natures,
        }  # fmt: skip
        return self._session.run(None, feed)[0]


def _content(files: ModelFiles) -> bytes:
    try:
        return files.contents[MODEL]
    except KeyError as error:
        raise files.damaged(f"lacks {MODEL!r}") from error


def _calibration(files: ModelFiles) -> Calibration:
    try:
        told = cast("Mapping[str, object]", files.manifest["calibration"])
        weights = tuple(float(each) for each in cast("list[float]", told["weights"]))
        threshold = float(cast("float", told["threshold"]))
    except (KeyError, TypeError, ValueError) as error:
        raise files.damaged("has no calibration") from error
    if len(weights) != len(SIGNS):
        raise files.damaged("was calibrated for other signs than these")
    return Calibration(weights=weights, threshold=threshold)


@lru_cache(maxsize=1)
def shipped() -> Network:
    """Return the network of the package, opened at its first use.

    Raises:
        RunError: ``damaged_model``.
    """
    return Network.load(resources.files("questline.tools.tables.linker") / "weights")
