"""What a tool planner is given and gives back: candidates of each intent, a plan, and what no task of it serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from questline.agents.intents.values import Intents
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import AnswerWarning, Backend, Plan, Task, Usage

__all__ = ["Candidate", "Excluded", "Planned", "ToolPlanner", "Unserved", "UnservedCode"]

UnservedCode: TypeAlias = Literal["no_tool", "needs_input", "destructive", "not_requested"]
Excluded: TypeAlias = frozenset[tuple[str, str]]
"""Pairs of server and tool that must not be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A tool that may serve one intent."""

    tool: ToolDefinition
    score: float
    """Of the catalogue's search; comparable between the candidates of one question."""
    about: str = ""
    """What its server says of itself: title and description; for tables, documents and files, what they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """An intent that no task works for, and why."""

    intent: int
    """Its position in the question's intents."""
    code: UnservedCode | str
    """``no_tool``: no candidate fits; ``needs_input``: the question does not say what the tool requires;
    ``destructive``: its tool may destroy something, and nobody approved that; ``not_requested``: its tool may change
    something, and the question does not plainly ask for that; ``deadline_reached``: no time was left to
    read what the tool requires; where planning itself failed, the code of what ended it."""
    fields: tuple[str, ...] = ()
    """What is missing, by the argument's name; dots lead into objects."""
    wanted: tuple[str, ...] = ()
    """What each of `fields` is, in the words of the tool; empty where it says none."""
    server: str = ""
    """Of the tool that would have served."""
    tool: str = ""
    message: str = ""
    """One sentence for the asker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that can run, and what stays outside of it."""

    plan: Plan
    """Validated and mended; empty where nothing can be called."""
    serves: Mapping[str, tuple[int, ...]]
    """By task id the positions of the intents that it works for; a task that feeds another works for its intents."""
    unserved: tuple[Unserved, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    backend: Backend = "embedded"
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    degraded: bool = False
    """A language model failed, and the embedded mind planned in its place."""


class ToolPlanner(Protocol):
    """Plan calls of tools for the intents of a question."""

    async def plan(
        self,
        question: str,
        intents: Intents,
        candidates: Sequence[Sequence[Candidate]],
        *,
        deadline_s: float,
        approve: bool = False,
        excluded: Excluded = frozenset(),
    ) -> Planned:
        """Return a plan that can run.

        Args:
            question: The user's words.
            intents: The question, split.
            candidates: For each intent, best first; what answers from documents is a server like others.
            deadline_s: Seconds that planning may take.
            approve: Tools that declare that they may destroy something may be planned; and those that say nothing of
                what they do for a question. See `questline.agents.tool_planner.gate`.
            excluded: What must not be called: it has failed, or is not allowed.

        Raises:
            UsageError: ``empty_query``, ``bad_deadline``, ``bad_argument``.
            ModelError: A language model failed and the run is strict.
        """
        ...

    def stream(
        self,
        question: str,
        intents: Intents,
        candidates: Sequence[Sequence[Candidate]],
        *,
        deadline_s: float,
        approve: bool = False,
        excluded: Excluded = frozenset(),
    ) -> AsyncIterator[Task | Planned]:
        """Yield the tasks of a plan, each as soon as it may start, and in the end the `Planned` of all of them.

        Tasks are yielded after those that they depend on; none is taken back. Raises as `plan`.
        """
        ...

    async def replan(
        self,
        failed: Task,
        why: str,
        *,
        question: str,
        intents: Intents,
        candidates: Sequence[Sequence[Candidate]],
        planned: Planned,
        replaced: Sequence[Task] = (),
        finished: frozenset[str] = frozenset(),
        deadline_s: float,
        approve: bool = False,
        excluded: Excluded = frozenset(),
    ) -> Sequence[Task] | None:
        """Return new tasks in the place of a failed one and of `replaced`, or None where nothing else can serve.

        Args:
            failed: It, with its arguments.
            why: The code of its failure, and what was said.
            question: As for `plan`.
            intents: As for `plan`.
            candidates: As for `plan`.
            planned: What was planned.
            replaced: The tasks that depend on it and have not run.
            finished: Ids of tasks whose results new ones may refer to.
            deadline_s: As for `plan`.
            approve: As for `plan`.
            excluded: Pairs that failed; that of `failed` is always one of them.
        """
        ...
