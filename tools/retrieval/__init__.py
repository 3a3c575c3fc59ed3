"""Documents in, passages out: SQLite as the truth, tantivy and FAISS derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import Embedder, Retriever
    from .documents import Document
    from .health import Health
    from .index import DocumentIndex
    from .report import IngestReport, Progress, Skipped
    from .store import SourceInfo
else:  # the contract is imported by light modules, which must not pay for FAISS
    _HOME = {
        "Document": ".documents",
        "DocumentIndex": ".index",
        "Embedder": ".contract",
        "Health": ".health",
        "IngestReport": ".report",
        "Progress": ".report",
        "Retriever": ".contract",
        "Skipped": ".report",
        "SourceInfo": ".store",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name], __name__), name)


__all__ = [
    "Document",
    "DocumentIndex",
    "Embedder",
    "Health",
    "IngestReport",
    "Progress",
    "Retriever",
    "Skipped",
    "SourceInfo",
]
