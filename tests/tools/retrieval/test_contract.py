"""The document index keeps the contract that users' retrievers are held to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from questline.testing import RetrieverContract
from questline.tools import retrieval
from questline.tools.retrieval.contract import Retriever
from questline.tools.retrieval.index import DocumentIndex

QUERIES = ("harbour of Vessby", "rye flour and water", "who built clocks")


@pytest.mark.requirement("retrieval.contract")
class TestHybridIndex(RetrieverContract):
    queries = QUERIES

    @pytest.fixture
    def retriever(self, library: DocumentIndex) -> Retriever:
        return library


class TestLexicalIndex(RetrieverContract):
    queries = QUERIES

    @pytest.fixture
    def retriever(self, tmp_path: Path, docs: Path) -> Generator[Retriever]:
        with DocumentIndex.open(tmp_path / "words", encoder=None) as index:
            index.ingest([docs])
            yield index


def test_the_contract_can_be_imported_without_the_index() -> None:
    code = (
        "import sys; from questline.tools.retrieval import Retriever; assert Retriever;"
        "assert not {'faiss', 'tantivy', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
    with pytest.raises(AttributeError):
        retrieval.no_such_name  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # because it must fail


def test_the_index_is_a_retriever(library: DocumentIndex) -> None:
    assert isinstance(library, Retriever)
