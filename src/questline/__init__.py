"""Answer questions by planning: adaptive retrieval over your documents, cited, budgeted, with any model or none.

    from questline import Agent

    with Agent(documents="docs/") as agent:
        print(agent.ask("How do I add a retriever of my own?").text)

Names load on first use, so that importing the package costs a few milliseconds.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from questline.api import Agent
    from questline.budget import Budget
    from questline.errors import (
        BudgetExceeded,
        MissingExtra,
        ModelError,
        PlanError,
        QuestlineError,
        RunError,
        ServerUnavailable,
        ToolTimeout,
        UsageError,
    )
    from questline.settings import Settings, load_settings
    from questline.types import (
        Answer,
        AnswerWarning,
        Citation,
        Event,
        Evidence,
        Filters,
        Ledger,
        LedgerEntry,
        Message,
        Passage,
        Plan,
        Task,
        Usage,
    )

    __version__: str
else:  # the checkers must not see __getattr__, or they miss typos
    _HOME = {
        "questline.api": ("Agent",),
        "questline.budget": ("Budget",),
        "questline.errors": (
            "BudgetExceeded",
            "MissingExtra",
            "ModelError",
            "PlanError",
            "QuestlineError",
            "RunError",
            "ServerUnavailable",
            "ToolTimeout",
            "UsageError",
        ),
        "questline.settings": ("Settings", "load_settings"),
        "questline.types": (
            "Answer",
            "AnswerWarning",
            "Citation",
            "Event",
            "Evidence",
            "Filters",
            "Ledger",
            "LedgerEntry",
            "Message",
            "Passage",
            "Plan",
            "Task",
            "Usage",
        ),
    }
    _MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version

            value: object = version("questline")
        elif name in _MODULE_OF:
            from importlib import import_module

            value = getattr(import_module(_MODULE_OF[name]), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Agent",
    "Answer",
    "AnswerWarning",
    "Budget",
    "BudgetExceeded",
    "Citation",
    "Event",
    "Evidence",
    "Filters",
    "Ledger",
    "LedgerEntry",
    "Message",
    "MissingExtra",
    "ModelError",
    "Passage",
    "Plan",
    "PlanError",
    "QuestlineError",
    "RunError",
    "ServerUnavailable",
    "Settings",
    "Task",
    "ToolTimeout",
    "Usage",
    "UsageError",
    "__version__",
    "load_settings",
]
