"""Arguments of a tool call filled from a question, and which tool it calls, without a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .choosing import CallableTool, CallChoice, choose
    from .filling import Reader, fill
    from .result import Filled, Filling
else:  # a result costs no numpy
    _HOME = {
        "CallChoice": ".choosing",
        "CallableTool": ".choosing",
        "Filled": ".result",
        "Filling": ".result",
        "Reader": ".filling",
        "choose": ".choosing",
        "fill": ".filling",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name], __name__), name)


__all__ = ["CallChoice", "CallableTool", "Filled", "Filling", "Reader", "choose", "fill"]
