"""What of an answer is scored, and which workflows it took."""

from __future__ import annotations

from typing import Final

from questline.types import Answer, Task

__all__ = ["is_part", "plan_of", "scored_text", "turns_of"]

_ANSWERED: Final = ("complete", "partial")


def scored_text(answer: Answer) -> str:
    """Return the short answer, or all of it where there is no short one; nothing of one that was given up."""
    return (answer.short or answer.text) if answer.status in _ANSWERED else ""


def turns_of(answer: Answer) -> list[Task]:
    """Return the workflows that ran, those of sub-questions included, in order."""
    return [task for task in answer.plan.tasks if task.arguments.get("workflow")]


def is_part(task: Task) -> bool:
    """Say whether it was about a sub-question."""
    return task.id.startswith("s")


def plan_of(answer: Answer) -> str:
    """Return the workflows of the question itself, such as ``R,AG > QDS``; ``none`` where it was given up at once."""
    return " > ".join(str(task.arguments["workflow"]) for task in turns_of(answer) if not is_part(task)) or "none"
