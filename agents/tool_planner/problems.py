"""What can be wrong with a plan, as typed values, and the one error that carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from questline.errors import PlanError, QuestlineError, UsageError

__all__ = ["Kind", "Problem", "Report", "refusal"]

Kind: TypeAlias = Literal[
    "bad_id",
    "duplicate_id",
    "unknown_server",
    "unknown_tool",
    "bad_argument",
    "missing_argument",
    "bad_reference",
    "dangling_reference",
    "self_reference",
    "no_such_field",
    "wrong_type",
    "unknown_dependency",
    "repeated_dependency",
    "missing_edge",
    "cycle",
    "duplicate_task",
    "isolated_task",
    "unchecked_reference",
]
_NOTES: Final[frozenset[Kind]] = frozenset({"isolated_task", "unchecked_reference", "duplicate_task"})
_TOLD: Final = 5
"""Problems that a message spells out; the fields have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to say about a plan."""

    kind: Kind
    task: str
    """Id of the task; of a cycle, of the task whose turn would come first."""
    field: str
    """What of the task: ``tool``, ``depends_on``, ``arguments.lat`` …"""
    reason: str
    """The rest of a sentence about it."""
    repairable: bool = False
    """Whether `repair` can mend it without an LLM."""
    others: tuple[str, ...] = ()
    """Other tasks it is about: the cycle from first to last, the equal task, the task that is referred to."""

    @property
    def note(self) -> bool:
        """Whether the plan can run all the same."""
        return self.kind in _NOTES

    def __str__(self) -> str:
        return f"task {self.task!r}, {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was found, by task in the plan's order."""

    problems: tuple[Problem, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the plan from running."""
        return tuple(problem for problem in self.problems if not problem.note)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """What is worth knowing of a plan that can run: isolated and equal tasks, references that no schema checks."""
        return tuple(problem for problem in self.problems if problem.note)


def refusal(problems: Sequence[Problem], *, given: bool = False) -> QuestlineError:
    """Return the error ``bad_plan`` about one problem or more.

    Its fields are ``task``, ``field`` and ``reason`` of the first one, and ``problems``, all of them as values.

    Args:
        problems: At least one.
        given: Whether a user gave the plan: then it is a `UsageError`, else a `PlanError`.
    """
    first = problems[0]
    told = "; ".join(map(str, problems[:_TOLD]))
    more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    kind = UsageError if given else PlanError
    return kind(
        f"the plan cannot be run: {told}{more}",
        code="bad_plan",
        task=first.task,
        field=first.field,
        reason=first.reason,
        problems=tuple(problems),
    )
