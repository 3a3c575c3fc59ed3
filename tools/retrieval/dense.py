"""The dense index: FAISS over the stored vectors, exact below 50,000 of them and clustered (IVF) above.

It is made from the database alone and can be thrown away at any time. Positions in FAISS never move; what is deleted
is masked until a tenth of the index is dead, then everything is built again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from .manifest import DENSE_MANIFEST, Manifest, read_manifest, write_atomically, write_manifest

if TYPE_CHECKING:
    from .store import Store

__all__ = ["FLAT_LIMIT", "DenseIndex"]

_faiss: Any = faiss  # because its generated stubs lack the keyword forms that FAISS documents
FLAT_LIMIT: Final = 50_000
"""Vectors up to which exact search is used (2.5 ms for 50,000 of 384 dimensions)."""
_FORMAT: Final = 1
_MAX_DEAD: Final = 0.1
_EXACT_SHARE: Final = 0.05
"""A filter that leaves less than this share of an IVF index is searched exactly over what it leaves."""


class DenseIndex:
    """Vectors by passage number."""

    def __init__(self, dimension: int, *, threads: int = 1, flat_limit: int = FLAT_LIMIT) -> None:
        """Start empty."""
        self.dimension = dimension
        self.threads = threads
        self._flat_limit = flat_limit
        self._index: Any = _faiss.IndexFlatIP(dimension)
        self._place(np.empty(0, np.int64))

    def __len__(self) -> int:
        return int(self._alive.sum())

    @property
    def positions(self) -> int:
        """Places taken in FAISS, dead ones included."""
        return self._numbers.size

    @property
    def kind(self) -> str:
        """``flat`` or ``ivf``."""
        return "ivf" if isinstance(self._index, _faiss.IndexIVFFlat) else "flat"

    def _place(self, numbers: NDArray[np.int64]) -> None:
        """Note which passage stands at which position; a negative number is a dead position."""
        self._numbers = numbers
        self._alive = numbers >= 0
        self._order = np.argsort(numbers, kind="stable")
        self._sorted = numbers[self._order]

    # building

    def sync(self, store: Store, encoder: str) -> None:
        """Bring the index to what the database holds now, adding and masking where that is enough."""
        wanted = store.embedded(encoder)
        held = self._numbers[self._alive]
        new = np.setdiff1d(wanted, held, assume_unique=True)
        gone = np.setdiff1d(held, wanted, assume_unique=True)
        dead = self._numbers.size - held.size + gone.size
        fits = (wanted.size <= self._flat_limit) == (self.kind == "flat")
        grown = self.kind == "ivf" and wanted.size > 2 * self._trained_on()
        if not fits or grown or dead > _MAX_DEAD * max(1, self._numbers.size):
            self._rebuild(store, wanted)
            return
        numbers = np.where(np.isin(self._numbers, gone), -1, self._numbers)
        if new.size:
            self._index.add(store.vectors(new.tolist(), self.dimension))
        self._place(np.concatenate([numbers, new]))

    def _rebuild(self, store: Store, wanted: NDArray[np.int64]) -> None:
        _faiss.omp_set_num_threads(self.threads)
        vectors = store.vectors(wanted.tolist(), self.dimension)
        if wanted.size <= self._flat_limit:
            self._index = _faiss.IndexFlatIP(self.dimension)
        else:
            lists = 2 ** round(math.log2(2 * math.sqrt(wanted.size)))
            quantizer = _faiss.IndexFlatIP(self.dimension)
            index = _faiss.IndexIVFFlat(quantizer, self.dimension, lists, _faiss.METRIC_INNER_PRODUCT)
            index.cp.seed = 1  # the same vectors give the same lists
            sample = np.random.default_rng(1).permutation(wanted.size)[: lists * 64]
            index.train(vectors[sample])
            index.nprobe = max(16, lists // 8)
            index.make_direct_map()
            self._index = index
        if wanted.size:
            self._index.add(vectors)
        self._place(wanted)

    def _trained_on(self) -> int:
        return (self._index.nlist // 2) ** 2

    # searching

    def search(
        self, query: NDArray[np.float32], *, limit: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return passage numbers and cosines, best first.

        Args:
            query: float32 [dimension], L2-normalised.
            limit: At most so many.
            allowed: Numbers to choose from, ascending; None allows all.
        """
        mask = self._alive if allowed is None else self._alive & np.isin(self._numbers, allowed)
        usable = int(mask.sum())
        limit = min(limit, usable)
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if self.kind == "ivf" and usable < max(limit * 4, _EXACT_SHARE * mask.size):
            return self._exact(query, np.flatnonzero(mask), limit)
        _faiss.omp_set_num_threads(self.threads)
        scores, places = self._index.search(query[None, :], limit, params=self._parameters(mask, usable))
        found = places[0] >= 0
        return self._numbers[places[0][found]], scores[0][found]

    def _parameters(self, mask: NDArray[np.bool_], usable: int) -> Any | None:
        if usable == mask.size:
            return None
        bits = np.packbits(mask, bitorder="little")
        selector = _faiss.IDSelectorBitmap(bits)
        if isinstance(self._index, _faiss.IndexIVFFlat):
            return _faiss.SearchParametersIVF(sel=selector, nprobe=self._index.nprobe)
        return _faiss.SearchParameters(sel=selector)

    def _exact(
        self, query: NDArray[np.float32], places: NDArray[np.int64], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        scores = self._index.reconstruct_batch(places) @ query
        best = np.argsort(-scores, kind="stable")[:limit]
        return self._numbers[places[best]], scores[best]

    def vectors(self, numbers: Sequence[int]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Return which of `numbers` have a vector, and those vectors, shape [found, dimension]."""
        asked = np.asarray(numbers, np.int64)
        spots = np.minimum(np.searchsorted(self._sorted, asked), max(0, self._sorted.size - 1))
        known = self._sorted[spots] == asked if self._sorted.size else np.zeros(asked.size, np.bool_)
        places = self._order[spots[known]] if self._sorted.size else np.empty(0, np.int64)
        if not places.size:
            return known, np.empty((0, self.dimension), np.float32)
        return known, self._index.reconstruct_batch(places)

    # keeping

    def save(self, folder: Path, *, store: str, generation: int, encoder: str) -> None:
        """Write it under new names, point the manifest to them, then drop the old files."""
        index_name, numbers_name = f"dense-{generation}.faiss", f"dense-{generation}.ids"
        data = _faiss.serialize_index(self._index)
        files = {
            index_name: write_atomically(folder / index_name, [memoryview(data)]),
            numbers_name: write_atomically(folder / numbers_name, [self._numbers.astype("<i8").tobytes()]),
        }
        write_manifest(
            folder / DENSE_MANIFEST,
            Manifest(format=_FORMAT, store=store, generation=generation, model=encoder, files=files),
        )
        for old in folder.glob("dense-*"):
            if old.name not in files:
                old.unlink(missing_ok=True)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        store: str,
        encoder: str,
        dimension: int,
        threads: int = 1,
        flat_limit: int = FLAT_LIMIT,
        newer_than: int = -1,
    ) -> tuple[DenseIndex, int] | None:
        """Return the kept index and the generation it reflects.

        None when it is missing, damaged, another encoder's, or not newer than what the caller has.
        """
        manifest = read_manifest(folder / DENSE_MANIFEST)
        if manifest is None or (manifest.format, manifest.store, manifest.model) != (_FORMAT, store, encoder):
            return None
        if manifest.generation <= newer_than or not manifest.intact(folder):
            return None
        names = {Path(name).suffix: folder / name for name in manifest.files}
        try:
            raw = np.frombuffer(names[".faiss"].read_bytes(), dtype=np.uint8)
            numbers = np.frombuffer(names[".ids"].read_bytes(), dtype="<i8").astype(np.int64)
            index = _faiss.deserialize_index(raw)
        except (OSError, KeyError, RuntimeError):
            return None
        if index.d != dimension or index.ntotal != numbers.size:
            return None
        loaded = cls(dimension, threads=threads, flat_limit=flat_limit)
        loaded._index = index  # because it is a second constructor
        loaded._place(numbers)
        return loaded, manifest.generation

    @staticmethod
    def manifest_generation(folder: Path) -> int:
        """Return the generation that the index on disk claims to reflect; -1 when there is none."""
        manifest = read_manifest(folder / DENSE_MANIFEST)
        return -1 if manifest is None else manifest.generation

    @staticmethod
    def exists(folder: Path, encoder: str) -> bool:
        """Whether there is or was one of this encoder."""
        path = folder / DENSE_MANIFEST
        manifest = read_manifest(path)
        return path.exists() and (manifest is None or manifest.model == encoder)
