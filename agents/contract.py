"""What executors and planners are given and give back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Protocol

from questline.agents.workflow_planner.workflow import Token, Workflow
from questline.budget import Meter
from questline.tools.models.cross_encoder_cache import Judges
from questline.tools.models.llm_contract import LLM, Role
from questline.tools.retrieval.contract import Retriever
from questline.types import (
    AnswerWarning,
    Backend,
    Citation,
    Event,
    Expected,
    Filters,
    Influence,
    Message,
    Passage,
    Usage,
)

if TYPE_CHECKING:
    from questline.tools.reading import Encoder

__all__ = [
    "ROLE_OF",
    "Context",
    "Decision",
    "Draft",
    "Executor",
    "PlannerView",
    "Result",
    "SubAnswer",
    "SubQuestion",
    "Work",
    "Workflow",
    "WorkflowPlanner",
]

ROLE_OF: Final[Mapping[Token, Role]] = MappingProxyType(
    {
        "QDS": "decompose",
        "QDP": "decompose",
        "QR": "rewrite",
        "DS": "select",
        "AG": "generate",
        "AS": "summarize",
    }
)
"""The model role behind an executor; retrieval has none."""


def _silent(event: Event) -> None:
    del event


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a run gives to every step: never stored, never shared between two questions."""

    meter: Meter
    retriever: Retriever | None = None
    llm: LLM | None = None
    encoder: Encoder | None = None
    """The embedded sentence encoder, for reading and selecting; without it they go by words alone."""
    cross_encoder: Judges | None = None
    """Reads question and passages together, for the same two steps."""
    prompts: Mapping[Role, str] = field(default_factory=dict[Role, str])
    """Paths of prompt files that replace the shipped ones (for a role with two prompts, a folder may hold both)."""
    emit: Callable[[Event], None] = _silent
    """Takes streamed events. A ``token`` event with an empty text withdraws what was streamed of the answer before."""
    k: int = 5
    """Passages per retrieval."""
    filters: Filters | None = None
    strict: bool = False
    """A failing LLM is an error instead of an answer by the embedded backend."""
    closed_book: bool = False
    """An LLM may answer from memory when nothing was retrieved."""
    by_time: bool = False
    """Retrieval lifts passages of the times that a query names, and the embedded backend answers by times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubQuestion:
    """One part of a decomposed question; ``#1`` in its text stands for the answer of part 1."""

    text: str
    depends_on: tuple[int, ...] = ()
    """Positions (from 1) of the parts whose answers it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer to one question, or to one of its parts, with what it rests on."""

    text: str = ""
    """Sentences to show; empty when it abstains."""
    short: str = ""
    """The shortest form: a name, a date, a number, yes or no."""
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    abstained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAnswer:
    """A sub-question that has been answered."""

    question: str
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What an executor works on."""

    question: str
    """The question of this task, standalone."""
    original: str = ""
    """The user's question when ``question`` is a part of it."""
    query: str = ""
    """What to search for; empty until something rewrote the question."""
    passages: tuple[Passage, ...] = ()
    sub_answers: tuple[SubAnswer, ...] = ()
    """Answered sub-questions, in order."""
    history: tuple[Message, ...] = ()
    task: str = ""
    """Id of the task, for events and the ledger."""
    selects: bool = False
    """Whether a selection of the passages follows this step."""

    @property
    def top_level(self) -> bool:
        """Whether this is the user's question rather than a part of it."""
        return not self.original


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an executor hands back; a field of None means that it does not touch it."""

    query: str | None = None
    passages: tuple[Passage, ...] | None = None
    questions: tuple[SubQuestion, ...] | None = None
    """Proposed sub-questions; copies, references in a circle and too many of them are mended by the graph."""
    draft: Draft | None = None
    usage: Usage = field(default_factory=Usage)
    warnings: tuple[AnswerWarning, ...] = ()
    backend: Backend = "none"
    model: str = ""
    degraded: bool = False
    detail: str = ""
    """One line for the trace."""


class Executor(Protocol):
    """One step of a workflow."""

    token: Token

    async def run(self, work: Work, context: Context) -> Result:
        """Do the step. Raises `ModelError` only when ``context.strict``, `BudgetExceeded` when it cannot start."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerView:
    """What a planner sees before each turn."""

    question: str
    top_level: bool = True
    turn: int = 1
    """1 for the first decision about this question."""
    passages: tuple[Passage, ...] = ()
    """Evidence found so far."""
    read: int = 0
    """How many of them answers were drafted from: fewer where a selector dropped some."""
    draft: Draft | None = None
    """The answer so far."""
    tried: tuple[Workflow, ...] = ()
    answers: tuple[str, ...] = ()
    """What the workflows tried so far answered, in short; those that found none are left out."""
    split: int = 0
    """Sub-questions that were asked or given up so far; 0 also where a decomposition found nothing to split."""
    may_split: bool = True
    """Whether the turns that are left hold a decomposition; without them `QDS` and `QDP` are not legal."""
    llm: bool = False
    """Whether a language model generates (the embedded backend cannot answer without retrieval)."""
    documents: bool = True
    """Whether there is anything to retrieve from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next."""

    action: Literal["run", "answer", "abstain"] = "run"
    """Run ``workflow``, keep the draft, or give up."""
    workflow: Workflow | None = None
    decided_by: str = ""
    """``rule``, ``llm``, ``constant``, ``forced``, ``trained`` or ``fallback``."""
    reason: str = ""
    rule: str = ""
    """The rule that fired, where one did."""
    features: tuple[Influence, ...] = ()
    """What weighed most, the strongest first, where the planner can tell."""
    expected: tuple[Expected, ...] = ()
    """What it expected of the choice and of its alternatives, the choice first, where it has estimates."""
    usage: Usage = field(default_factory=Usage)
    warnings: tuple[AnswerWarning, ...] = ()
    backend: Backend = "none"
    model: str = ""
    degraded: bool = False
    """The planner's model failed and something else decided."""


class WorkflowPlanner(Protocol):
    """Choose a workflow for a question, turn by turn.

    ``questline.testing.PlannerContract`` holds an implementation to this.
    """

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        """Decide the next turn; ``context.meter`` says what may still be spent. `answer` keeps the draft and ends."""
        ...
