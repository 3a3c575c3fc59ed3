"""For tests of your own code: a scripted model server, simulated judges, and a contract class for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from questline.tools.ranking.simulated import SimulatedJudge
    from questline.tools.selection.simulated import SimulatedSelectionJudge

    from .planner_contract import PlannerContract
    from .ranking_contract import RankerContract
    from .replies import ChatRequest, Fault, Reply, Rule
    from .retrieval_contract import RetrieverContract
    from .scripted_llm import ScriptedLLM
    from .selection_contract import SelectorContract
else:  # the checkers must not see __getattr__, or they miss typos
    _HOME = {
        "ChatRequest": ".replies",
        "Fault": ".replies",
        "PlannerContract": ".planner_contract",
        "RankerContract": ".ranking_contract",
        "Reply": ".replies",
        "RetrieverContract": ".retrieval_contract",
        "Rule": ".replies",
        "ScriptedLLM": ".scripted_llm",
        "SelectorContract": ".selection_contract",
        "SimulatedJudge": "questline.tools.ranking.simulated",
        "SimulatedSelectionJudge": "questline.tools.selection.simulated",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name], __name__), name)


__all__ = [
    "ChatRequest",
    "Fault",
    "PlannerContract",
    "RankerContract",
    "Reply",
    "RetrieverContract",
    "Rule",
    "ScriptedLLM",
    "SelectorContract",
    "SimulatedJudge",
    "SimulatedSelectionJudge",
]
