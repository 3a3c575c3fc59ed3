"""Documents in, passages out: reading, splitting, one SQLite file as the truth, and lexical and dense search over it."""

from .contract import Retriever
from .index import DocumentIndex

__all__ = ["DocumentIndex", "Retriever"]
