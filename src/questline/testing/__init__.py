"""For tests of your own code: a scripted model server, a contract class for retrievers and one for planners."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .planner_contract import PlannerContract
    from .replies import ChatRequest, Fault, Reply, Rule
    from .retrieval_contract import RetrieverContract
    from .scripted_llm import ScriptedLLM
else:  # the checkers must not see __getattr__, or they miss typos
    _HOME = {
        "ChatRequest": ".replies",
        "Fault": ".replies",
        "PlannerContract": ".planner_contract",
        "Reply": ".replies",
        "RetrieverContract": ".retrieval_contract",
        "Rule": ".replies",
        "ScriptedLLM": ".scripted_llm",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name], __name__), name)


__all__ = ["ChatRequest", "Fault", "PlannerContract", "Reply", "RetrieverContract", "Rule", "ScriptedLLM"]
