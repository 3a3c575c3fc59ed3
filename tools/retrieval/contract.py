"""What every retriever promises, and what the index asks of an encoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from questline.types import Filters, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embedder", "KnowsVectors", "Retriever"]


@runtime_checkable
class Retriever(Protocol):
    """Find the passages that may answer a query.

    ``questline.testing.RetrieverContract`` holds an implementation to this.
    """

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        """Return at most ``k`` passages, best first, ids unique, scores never rising; none when nothing fits."""
        ...


@runtime_checkable
class KnowsVectors(Protocol):
    """A retriever that keeps the vectors of what it finds, so that nobody need encode it again."""

    def vectors(self, passages: Sequence[Passage], *, encoder: str) -> Mapping[str, NDArray[np.float32]]:
        """Return vectors by the text that was encoded (`Passage.as_text`), where this encoder made them.

        They are float32 ``[dimension]`` and may be rounded to 16 bits; `encoder` is a fingerprint.
        """
        ...


class Embedder(Protocol):
    """Turn texts into vectors; `questline.tools.models.encoder.Encoder` is the one that ships."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when a vector could change; passages are then embedded again."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Return one L2-normalised vector a text, float32 [len(texts), dimension]; called from several threads."""
        ...
