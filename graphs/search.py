"""The whole way of a question through the house.

A question is one intent and the documents are the one server, so the whole is the adaptive graph itself.
"""

from __future__ import annotations

from questline.graphs.adaptive_rag.build import build, make_graph
from questline.graphs.adaptive_rag.run import answer, answer_resumably

__all__ = ["answer", "answer_resumably", "build", "make_graph"]
