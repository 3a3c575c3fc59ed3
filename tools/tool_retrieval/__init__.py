"""Which tools may serve a question: one index over the tools of all servers, with a slot for every intent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .documents import ToolDocument
    from .index import ToolIndex
    from .intents import intent_spans, split_intents
    from .result import ToolMatch, ToolSearch
else:  # a document or a result costs no numpy
    _HOME = {
        "ToolDocument": ".documents",
        "ToolIndex": ".index",
        "ToolMatch": ".result",
        "ToolSearch": ".result",
        "intent_spans": ".intents",
        "split_intents": ".intents",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name], __name__), name)


__all__ = ["ToolDocument", "ToolIndex", "ToolMatch", "ToolSearch", "intent_spans", "split_intents"]
