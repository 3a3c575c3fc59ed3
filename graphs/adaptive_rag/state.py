"""What the graph remembers between two nodes, and what one run brings along without storing it.

Everything in the state is a frozen value that a checkpoint can hold; models, indexes and clocks travel in `Run`.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

from typing_extensions import TypedDict  # pydantic draws the state's schema from it on Python 3.11

from questline.agents.contract import Context, Draft, SubAnswer, SubQuestion, WorkflowPlanner
from questline.agents.workflow_planner.workflow import Token, Workflow
from questline.tools.models.llm_contract import Role
from questline.types import Answer, AnswerWarning, Backend, LedgerEntry, Message, Passage, Task, Why

__all__ = [
    "MAX_TURNS",
    "LoopState",
    "PartOutput",
    "PartResult",
    "PartState",
    "PartStatus",
    "Run",
    "RunState",
    "Update",
    "initial",
    "loop",
    "merge_warnings",
]

MAX_TURNS: Final = 5
"""Workflows run for one question, those of its sub-questions included (arXiv:2508.01005 §3: one decomposition and four
sub-questions)."""

PartStatus: TypeAlias = Literal["done", "abstained", "failed", "skipped"]
Update: TypeAlias = dict[str, object]
"""What a node changes in the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run gives to every node: LangGraph's runtime context, never stored."""

    context: Context
    planner: WorkflowPlanner

    @property
    def extractive(self) -> bool:
        """Whether no language model generates, so that answers are sentences of the evidence."""
        return not self.served("generate")

    def served(self, role: Role) -> bool:
        """Say whether a language model answers for a role."""
        return self.context.llm is not None and self.context.llm.serves(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """How one sub-question ended."""

    number: int
    """From 1, as ``#1`` in later sub-questions."""
    question: str
    """With references filled in."""
    task: str
    """Id of the task that decided it."""
    status: PartStatus
    draft: Draft | None = None

    @property
    def step(self) -> SubAnswer:
        """The sub-question as executors read it; one that was not answered holds an abstention."""
        draft = self.draft if self.status == "done" else None
        return SubAnswer(question=self.question, draft=draft or Draft(abstained=True))


def _merge_passages(old: tuple[Passage, ...], new: tuple[Passage, ...]) -> tuple[Passage, ...]:
    merged = {passage.id: passage for passage in (*old, *new)}  # the newer score of a passage counts
    return tuple(merged[passage_id] for passage_id in dict.fromkeys(passage.id for passage in (*old, *new)))


def _merge_ids(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def merge_warnings(old: tuple[AnswerWarning, ...], new: tuple[AnswerWarning, ...]) -> tuple[AnswerWarning, ...]:
    """Return both, each warning once."""
    known = {(warning.code, warning.message) for warning in old}
    merged = list(old)
    for warning in new:
        if (warning.code, warning.message) not in known:
            known.add((warning.code, warning.message))
            merged.append(warning)
    return tuple(merged)


def _merge_tasks(old: tuple[Task, ...], new: tuple[Task, ...]) -> tuple[Task, ...]:
    """Replace tasks by id, where they stand; add the others at the end."""
    changed = {task.id: task for task in new}
    kept = tuple(changed.pop(task.id, task) for task in old)
    return (*kept, *changed.values())


def _merge_results(old: tuple[PartResult, ...], new: tuple[PartResult, ...]) -> tuple[PartResult, ...]:
    """Keep one result per sub-question, in the order of their numbers; an empty update starts afresh."""
    if not new:
        return ()
    by_number = {result.number: result for result in (*old, *new)}
    return tuple(by_number[number] for number in sorted(by_number))


def _first(old: str, new: str) -> str:
    return old or new


class _Shared(TypedDict):
    """What sub-questions add to and the whole question collects."""

    found: Annotated[tuple[Passage, ...], _merge_passages]
    """Every passage found so far, once."""
    read: Annotated[tuple[str, ...], _merge_ids]
    """Ids of the passages that drafts were written from."""
    entries: Annotated[tuple[LedgerEntry, ...], operator.add]
    warnings: Annotated[tuple[AnswerWarning, ...], merge_warnings]
    tasks: Annotated[tuple[Task, ...], _merge_tasks]
    why: Annotated[tuple[Why, ...], operator.add]
    """The planner's decisions."""
    turn: Annotated[int, operator.add]
    """Workflows begun."""
    stopped: Annotated[str, _first]
    """The limit of the budget that ended the run; empty while there is some left."""


class LoopState(_Shared):
    """One question's turns: the whole question's, or a sub-question's."""

    question: str
    """Standalone, references filled in."""
    original: str
    """The user's question when ``question`` is a part of it."""
    label: str
    """Start of the ids of its tasks: ``q``, or ``s1`` for the first sub-question."""
    task: str
    """Id of the task that is running."""
    parents: tuple[str, ...]
    """Tasks whose results its first task needs."""
    turns: int
    """Workflows allowed."""
    pending: tuple[Token, ...]
    """Executors still to run in this turn."""
    query: str
    passages: tuple[Passage, ...]
    """Evidence of this turn."""
    steps: tuple[SubAnswer, ...]
    """Answered sub-questions that this one builds on."""
    rewrites: bool
    """Whether each retrieval is preceded by a rewrite with the earlier answers (serial decomposition)."""
    tried: tuple[Workflow, ...]
    draft: Draft | None
    """The best answer so far."""
    drafted: str
    """Id of the task that wrote the draft."""
    backend: Backend
    """Which backend wrote it."""
    verdict: Literal["", "answer", "abstain"]
    """How the planner ended the loop; empty while it runs."""


class PartState(LoopState):
    """One sub-question's own loop."""

    number: int
    results: Annotated[tuple[PartResult, ...], _merge_results]


class PartOutput(_Shared):
    """What a sub-question hands back to the whole."""

    results: Annotated[tuple[PartResult, ...], _merge_results]


class RunState(LoopState):
    """The whole question."""

    asked: str
    """As the user wrote it."""
    history: tuple[Message, ...]
    setup: Mapping[str, str]
    """What besides the question decides the answer, by name, for a run that is resumed; empty for one that is not."""
    parts: tuple[SubQuestion, ...]
    """The latest decomposition."""
    split: str
    """Id of the task that made it."""
    numbered: int
    """Sub-questions of earlier decompositions."""
    serial: bool
    """Whether the latest decomposition is an ordered one."""
    results: Annotated[tuple[PartResult, ...], _merge_results]
    answer: Answer | None


def initial(
    question: str, history: tuple[Message, ...] = (), setup: Mapping[str, str] = MappingProxyType({})
) -> Update:
    """Return the state at the arrival of a question."""
    return {
        "asked": question,
        "history": history,
        "setup": dict(setup),
        "parts": (),
        "split": "",
        "numbered": 0,
        "serial": False,
        "answer": None,
        **loop(question=question, original="", label="q", turns=MAX_TURNS),
    }


def loop(
    *,
    question: str,
    original: str,
    label: str,
    turns: int,
    parents: tuple[str, ...] = (),
    steps: tuple[SubAnswer, ...] = (),
    rewrites: bool = False,
) -> Update:
    """Return the state of a loop that has not begun."""
    return {
        "question": question,
        "original": original,
        "label": label,
        "task": "",
        "parents": parents,
        "turns": turns,
        "pending": (),
        "query": "",
        "passages": (),
        "steps": steps,
        "rewrites": rewrites,
        "tried": (),
        "draft": None,
        "drafted": "",
        "backend": "none",
        "verdict": "",
    }
