"""The dense index: exact when small, clustered when large, always what the database holds."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.tools.retrieval import writes
from questline.tools.retrieval.dense import DenseIndex
from questline.tools.retrieval.documents import Document
from questline.tools.retrieval.split import split
from questline.tools.retrieval.store import Store

DIMENSION = 16


def _vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Points around 40 centres, as texts lie around topics."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, DIMENSION))
    points = centres[random.integers(0, 40, count)] + 0.4 * random.standard_normal((count, DIMENSION))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def _fill(store: Store, vectors: NDArray[np.float32], *, first: int = 0) -> NDArray[np.int64]:
    with store.transaction() as connection:
        for n in range(first, first + len(vectors)):
            document = Document(id=f"d{n}", text=f"text {n}", kind="row")
            writes.put(connection, document, split(document), origin="o", digest="")
    numbers = store.numbers()[-len(vectors) :]
    with store.transaction() as connection:
        writes.put_vectors(connection, "e", numbers.tolist(), vectors)
    return numbers


@pytest.mark.requirement("retrieval.dense")
@pytest.mark.parametrize(("limit", "kind", "least"), [(10_000, "flat", 1.0), (500, "ivf", 0.95)])
def test_search_finds_the_nearest(store: Store, limit: int, kind: str, least: float) -> None:
    vectors = _vectors(2000)
    numbers = _fill(store, vectors)
    index = DenseIndex(DIMENSION, flat_limit=limit)
    index.sync(store, "e")
    assert (index.kind, len(index)) == (kind, 2000)
    hits = 0
    for query in _vectors(20, seed=1):
        found, scores = index.search(query, limit=10)
        exact = numbers[np.argsort(-(vectors.astype(np.float16).astype(np.float32) @ query))[:10]]
        hits += np.isin(found, exact).sum()
        assert (np.diff(scores) <= 1e-6).all()
    assert hits / 200 >= least


@pytest.mark.requirement("retrieval.dense")
@pytest.mark.parametrize("limit", [10_000, 500])
@pytest.mark.parametrize("share", [0.01, 0.6])
def test_a_filter_still_gives_as_many_as_asked(store: Store, limit: int, share: float) -> None:
    numbers = _fill(store, _vectors(2000))
    index = DenseIndex(DIMENSION, flat_limit=limit)
    index.sync(store, "e")
    allowed = numbers[: int(2000 * share)]
    found, _ = index.search(_vectors(1, seed=2)[0], limit=20, allowed=allowed)
    assert found.size == 20
    assert np.isin(found, allowed).all()
    assert index.search(_vectors(1)[0], limit=5, allowed=np.empty(0, np.int64))[0].size == 0


@pytest.mark.requirement("retrieval.dense")
@pytest.mark.parametrize("limit", [10_000, 500])
def test_sync_adds_and_masks_without_building_again(store: Store, tmp_path: Path, limit: int) -> None:
    vectors = _vectors(1000)
    numbers = _fill(store, vectors)
    index = DenseIndex(DIMENSION, flat_limit=limit)
    index.sync(store, "e")
    fresh = _fill(store, _vectors(50, seed=3), first=1000)
    with store.transaction() as connection:
        writes.delete_documents(connection, [f"d{n}" for n in range(40)])
    index.sync(store, "e")
    assert len(index) == 1010
    found, _ = index.search(_vectors(50, seed=3)[7], limit=1)
    assert found.tolist() == [fresh[7]]
    gone, _ = index.search(vectors[3], limit=1000)
    assert not np.isin(numbers[:40], gone).any()
    known, kept = index.vectors([int(fresh[0]), int(numbers[0]), int(numbers[500]), 10**9])
    assert known.tolist() == [True, False, True, False]
    assert kept @ vectors[500] == pytest.approx([kept[0] @ vectors[500], 1], abs=1e-2)
    index.save(tmp_path, store=store.identity, generation=3, encoder="e")
    loaded = DenseIndex.load(tmp_path, store=store.identity, encoder="e", dimension=DIMENSION, flat_limit=limit)
    assert loaded is not None
    assert (len(loaded[0]), loaded[0].kind, loaded[1]) == (1010, index.kind, 3)
    query = _vectors(1, seed=4)[0]
    assert loaded[0].search(query, limit=9)[0].tolist() == index.search(query, limit=9)[0].tolist()
    for other in ({"store": "x"}, {"encoder": "x"}, {"dimension": 8}, {"newer_than": 3}):
        arguments = {"store": store.identity, "encoder": "e", "dimension": DIMENSION} | other
        assert DenseIndex.load(tmp_path, **arguments) is None  # pyright: ignore[reportArgumentType]  # because the values differ in type


def test_much_deletion_builds_again_and_an_empty_index_finds_nothing(store: Store) -> None:
    index = DenseIndex(DIMENSION)
    assert index.search(_vectors(1)[0], limit=3)[0].size == 0
    assert index.vectors([1])[0].tolist() == [False]
    _fill(store, _vectors(100))
    index.sync(store, "e")
    with store.transaction() as connection:
        writes.delete_documents(connection, [f"d{n}" for n in range(60)])
    index.sync(store, "e")
    assert (len(index), index.positions) == (40, 40)
