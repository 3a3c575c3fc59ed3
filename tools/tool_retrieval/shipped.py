"""The numbers that tool retrieval ships with: the map of vectors, the weight of words, and when no tool fits.

The encoder was made to find texts that say the same; a request and the tool for it do not. Two maps of low rank, one
for requests and one for tools, move both to where they meet. The tools' one is the small trained paraphraser of this
index: it turns the vector of what a tool says of itself into that of what people ask it for.
"""

from __future__ import annotations

import hashlib
import io
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError

__all__ = [
    "COLUMNS",
    "MAP",
    "NUMBERS",
    "Fit",
    "Numbers",
    "VectorMap",
    "read_map",
    "read_numbers",
    "shipped_map",
    "shipped_numbers",
]

Floats: TypeAlias = NDArray[np.float32]
MAP: Final = "map.npz"
NUMBERS: Final = "coefficients.toml"
COLUMNS: Final = ("encoder", "words")
_SIDES: Final = ("query_in", "query_out", "tool_in", "tool_out")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VectorMap:
    """x → normalized(x + x A B), with an A [dimension, rank] and B [rank, dimension] for each side."""

    query_in: Floats
    query_out: Floats
    tool_in: Floats
    tool_out: Floats

    def queries(self, vectors: Floats) -> Floats:
        """Move requests: float32 [n, dimension], L2-normalised, in and out."""
        return _moved(vectors, self.query_in, self.query_out)

    def tools(self, vectors: Floats) -> Floats:
        """Move tools: float32 [n, dimension], L2-normalised, in and out."""
        return _moved(vectors, self.tool_in, self.tool_out)

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of the sha256 of its bytes."""
        return hashlib.sha256(self.as_bytes()).hexdigest()[:16]

    def as_bytes(self) -> bytes:
        """Return the file's bytes, in half precision; equal maps give equal bytes."""
        file = io.BytesIO()
        np.savez(file, **{side: getattr(self, side).astype(np.float16) for side in _SIDES})  # pyright: ignore[reportArgumentType]  # because the stubs take a keyword of np.savez for one of these
        return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How likely the best tool of an intent can serve it: a logistic function of its cosine and its share of words."""

    bias: float
    cosine: float
    words: float
    threshold: float
    """A tool fits above it."""

    def chance(self, cosine: float, words: float) -> float:
        """Return the probability, in (0, 1)."""
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.bias + self.cosine * cosine + self.words * words))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What was fitted beside the map."""

    words: float
    """Weight of the share of words beside the cosine."""
    fits: Mapping[str, Fit]
    """With the encoder, and by words alone."""


def read_map(data: bytes) -> VectorMap:
    """Read what `VectorMap.as_bytes` wrote; raises ValueError, KeyError or OSError for other bytes."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        read = {side: np.asarray(arrays[side], np.float32) for side in _SIDES}
    for side in ("query", "tool"):
        first, second = read[f"{side}_in"], read[f"{side}_out"]
        if first.ndim != 2 or first.shape != second.shape[::-1] or not np.isfinite(first @ second).all():
            raise ValueError(f"the map of {side} vectors has the shapes {first.shape} and {second.shape}")
    return VectorMap(**read)


def read_numbers(text: str) -> Numbers:
    """Read ``coefficients.toml``; raises ValueError, KeyError or TypeError for another text."""
    table = tomllib.loads(text)
    fits: dict[str, Fit] = {}
    for column in COLUMNS:
        row: Mapping[str, Any] = table["fits"][column]
        values = {name: float(row[name]) for name in ("bias", "cosine", "words", "threshold")}
        if not all(map(math.isfinite, values.values())):
            raise ValueError(f"a number of {column!r} is not finite")
        fits[column] = Fit(**values)
    return Numbers(words=float(table["score"]["words"]), fits=fits)


@lru_cache(maxsize=1)
def shipped_map() -> VectorMap:
    """Return the shipped map. Raises `RunError` ``damaged_model``."""
    try:
        return read_map((files("questline.tools.tool_retrieval") / MAP).read_bytes())
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(MAP, error) from error


@lru_cache(maxsize=1)
def shipped_numbers() -> Numbers:
    """Return the shipped numbers. Raises `RunError` ``damaged_model``."""
    try:
        return read_numbers((files("questline.tools.tool_retrieval") / NUMBERS).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(NUMBERS, error) from error


def _moved(vectors: Floats, first: Floats, second: Floats) -> Floats:
    moved = vectors + (vectors @ first) @ second
    return moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)


def _damaged(name: str, problem: object) -> RunError:
    path = str(files("questline.tools.tool_retrieval") / name)
    return RunError(
        f"the file {path!r} is missing or damaged ({problem}): reinstall questline, or fit it: agents train tools",
        code="damaged_model",
        path=path,
    )
