"""What the graph of tool search remembers between two nodes, and what one run brings along without storing it."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal, Protocol

from typing_extensions import TypedDict  # pydantic draws the state's schema from it on Python 3.11

from questline.agents.composer.contract import Composed, Finding, Missing
from questline.agents.contract import Context
from questline.agents.intents.values import Intents
from questline.agents.tool_executor.contract import ToolExecutor
from questline.agents.tool_planner.contract import Excluded, Planned, ToolPlanner
from questline.graphs.adaptive_rag.state import Update, merge_warnings
from questline.types import Answer, AnswerWarning, LedgerEntry, Message, Task

from .journal import Journal
from .values import Found, Ran

__all__ = ["Compose", "Finder", "Route", "SearchRun", "SearchState", "Suggest", "Tools", "initial"]

Route = Literal["", "documents", "tools"]
"""Where a question goes; empty until that is decided."""


class Finder(Protocol):
    """Finds tools for intents."""

    async def __call__(self, question: str, intents: Intents, *, deadline_s: float) -> Found:
        """Return the candidates of each intent; servers that do not answer in time are named in its warnings."""
        ...


class Compose(Protocol):
    """Writes an answer of what was found."""

    async def __call__(
        self,
        question: str,
        intents: Intents,
        findings: Sequence[Finding],
        missing: Sequence[Missing],
        /,
        *,
        deadline_s: float,
    ) -> Composed:
        """Return the answer, each sentence of which cites what bears it."""
        ...


class Suggest(Protocol):
    """Says what could be asked next."""

    async def __call__(self, asked: Sequence[str], answer: Answer, /) -> tuple[str, ...]:
        """Return questions, best first, none of which was `asked`; none where none is good."""
        ...


class Tools(Protocol):
    """What a run must know of the tools that it calls."""

    def repeatable(self, task: Task, /) -> bool:
        """Say whether the task's tool only reads, or is idempotent."""
        ...

    def changes(self, task: Task, /) -> bool:
        """Say whether a task's tool declares that it changes something."""
        ...

    def expected_s(self, task: Task, /) -> float | None:
        """Return how many seconds the task may be expected to take; None where nothing says so."""
        ...

    def slots(self, server: str, /) -> int | None:
        """Return how many calls a server answers at a time; None where nothing limits it."""
        ...

    def spent(self) -> tuple[LedgerEntry, ...]:
        """Return, once, what answers from documents have spent since it was last asked."""
        ...

    def asked(self) -> tuple[LedgerEntry, ...]:
        """Return, once, the calls that were made before a plan was there, since it was last asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRun:
    """What one run gives to every node: LangGraph's runtime context, never stored."""

    context: Context
    find: Finder
    planner: ToolPlanner
    executor: ToolExecutor
    execute_plainly: ToolExecutor
    """Without a language model: where the budget has no request left."""
    tools: Tools
    compose: Compose
    compose_plainly: Compose
    """Without a language model: for what is left of the time when one took too long."""
    plan_plainly: ToolPlanner
    """The same for plans; also where a question is so simple that nothing needs to be asked."""
    suggest: Suggest | None = None
    streaming: bool = False
    """The planner writes its plan with a language model: its tasks start while it is still being written."""
    composing: bool = False
    """A language model composes, so that more time is kept back for it."""
    approve: bool = False
    """Tools that declare that they may destroy something may be called, where the question asks for that."""
    excluded: Excluded = frozenset()
    given: bool = False
    """Somebody gave the plan: it is run as it stands, and nothing stands in for a call that fails."""
    journal: Journal | None = None
    """Keeps how each task ended; None for a run that is not to survive a kill."""
    documents: bool = False
    """The user's documents are a server of this question, ``documents``."""
    preview: bool = False
    """The run ends with the plan; nothing is called."""
    asked_before: Excluded = frozenset()
    """Sources that were asked the question as it stands, and held no answer: only other readings of it ask them."""
    rereading: bool = True
    """What an answer leaves open is read in other ways; see `questline.graphs.tool_search.rereading`."""
    routed: bool = True
    """A question for the documents alone ends with the route ``documents`` and no answer, for the caller to take it
    there; else the documents are one server among others."""


class SearchState(TypedDict):
    """One question."""

    asked: str
    """As the user wrote it."""
    history: tuple[Message, ...]
    setup: Mapping[str, str]
    """What besides the question decides the answer, by name, for a run that is resumed; empty for one that is not."""
    question: str
    """Standing alone."""
    intents: Intents | None
    found: Found | None
    planned: Planned | None
    ran: Ran | None
    composed: Composed | None
    entries: Annotated[tuple[LedgerEntry, ...], operator.add]
    warnings: Annotated[tuple[AnswerWarning, ...], merge_warnings]
    route: Route
    answer: Answer | None


def initial(
    question: str, history: tuple[Message, ...] = (), setup: Mapping[str, str] = MappingProxyType({})
) -> Update:
    """Return the state at the arrival of a question."""
    return {
        "asked": question,
        "history": history,
        "setup": dict(setup),
        "question": question,
        "intents": None,
        "found": None,
        "planned": None,
        "ran": None,
        "composed": None,
        "route": "",
        "answer": None,
    }
