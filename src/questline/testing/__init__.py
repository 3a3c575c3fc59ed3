"""For tests of your own code: servers that answer and fail as told, simulated judges, a contract for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from questline.tools.ranking.simulated import SimulatedJudge
    from questline.tools.selection.simulated import SimulatedSelectionJudge

    from .certificates import self_signed
    from .flaky_orders import FlakyEvent, Misbehaviour, ServerFault
    from .flaky_server import FlakyServer
    from .pictures import SentPicture, needs_picture, sent_pictures
    from .planner_contract import PlannerContract
    from .ranking_contract import RankerContract
    from .recommender_contract import RecommenderContract
    from .replies import ChatRequest, Fault, Reply, Rule
    from .retrieval_contract import RetrieverContract
    from .rule_game import RuleGame
    from .scripted_llm import ScriptedLLM
    from .selection_contract import SelectorContract
else:  # the checkers must not see __getattr__, or they miss typos
    _HOME = {
        "ChatRequest": ".replies",
        "Fault": ".replies",
        "FlakyEvent": ".flaky_orders",
        "FlakyServer": ".flaky_server",
        "Misbehaviour": ".flaky_orders",
        "PlannerContract": ".planner_contract",
        "RankerContract": ".ranking_contract",
        "RecommenderContract": ".recommender_contract",
        "Reply": ".replies",
        "RetrieverContract": ".retrieval_contract",
        "RuleGame": ".rule_game",
        "Rule": ".replies",
        "ScriptedLLM": ".scripted_llm",
        "SelectorContract": ".selection_contract",
        "SentPicture": ".pictures",
        "ServerFault": ".flaky_orders",
        "SimulatedJudge": "questline.tools.ranking.simulated",
        "SimulatedSelectionJudge": "questline.tools.selection.simulated",
        "needs_picture": ".pictures",
        "self_signed": ".certificates",
        "sent_pictures": ".pictures",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name], __name__), name)


__all__ = [
    "ChatRequest",
    "Fault",
    "FlakyEvent",
    "FlakyServer",
    "Misbehaviour",
    "PlannerContract",
    "RankerContract",
    "RecommenderContract",
    "Reply",
    "RetrieverContract",
    "Rule",
    "RuleGame",
    "ScriptedLLM",
    "SelectorContract",
    "SentPicture",
    "ServerFault",
    "SimulatedJudge",
    "SimulatedSelectionJudge",
    "needs_picture",
    "self_signed",
    "sent_pictures",
]
