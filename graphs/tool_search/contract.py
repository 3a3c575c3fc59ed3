"""What a run of a plan is handed: who carries tasks out, what holds it back, what it tells and asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from questline.errors import UsageError
from questline.types import Task

from .outcomes import Outcome, Setback

__all__ = ["Hooks", "Limits", "Perform"]


class Perform(Protocol):
    """Carry a task out. What it raises makes the task a failed one, and nothing else."""

    def __call__(self, task: Task, inputs: Mapping[str, object], deadline_s: float, /) -> Awaitable[Outcome]:
        """Return how it ended; the times of the outcome are set by the run.

        Args:
            task: What to do.
            inputs: The results of the tasks that it depends on, by their ids.
            deadline_s: Seconds that it may take, infinite where nothing limits it; soon after them it is cancelled.
        """
        ...


def _unknown(task: Task) -> None:
    del task


def _never(task: Task) -> bool:
    del task
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds a run back.

    Raises:
        UsageError: ``bad_argument`` with ``argument``.
    """

    slots: Mapping[str, int] = field(default_factory=dict[str, int])
    """Tasks that a server may have at once, by its name."""
    default_slots: int | None = None
    """For servers that ``slots`` does not name; None is no limit."""
    expected_s: Callable[[Task], float | None] = _unknown
    """How long a task takes, where that is known: the longest way to the end goes first where slots are scarce."""
    limit_s: Callable[[Task], float | None] = _unknown
    """A task's own deadline."""
    repeatable: Callable[[Task], bool] = _never
    """Whether a task may run again when nobody knows how it ended: it only reads, or is idempotent."""
    floor_s: float = 0.05
    """What a task may take at least, however long the way below it."""
    replans: int = 2
    """How many failed tasks may be planned anew."""

    def __post_init__(self) -> None:
        named = {f"slots[{server!r}]": slots for server, slots in self.slots.items()}
        for name, slots in {**named, "default_slots": self.default_slots}.items():
            if slots is not None and slots < 1:
                raise UsageError(f"{name}={slots!r} is below 1", argument=name)
        if not self.floor_s > 0:
            raise UsageError(f"floor_s={self.floor_s!r} is not above 0", argument="floor_s")
        if self.replans < 0:
            raise UsageError(f"replans={self.replans!r} is below 0", argument="replans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a run tells and asks; an error of the first two ends it: nothing goes past what cannot be written down."""

    on_started: Callable[[Task], Awaitable[None]] | None = None
    """Awaited before a task is carried out."""
    on_finished: Callable[[Outcome], Awaitable[None]] | None = None
    """Awaited when a task is done or has failed, before anything that depends on it starts."""
    replan: Callable[[Setback], Awaitable[Sequence[Task] | None]] | None = None
    """Asked, one failed task after the other, for new tasks; None or none leaves what depends on it skipped."""
