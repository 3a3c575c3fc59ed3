"""What stands for a plan that did not come about, or broke off: what its tasks serve, and why other needs are lost."""

from __future__ import annotations

from collections.abc import Sequence

from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Planned, Unserved
from questline.errors import QuestlineError
from questline.types import Plan, Task

__all__ = ["broken_off", "unplanned"]


def unplanned(needs: Intents, error: QuestlineError | None) -> Planned:
    """Return what stands for a plan that did not come about: every need, with what ended the planning or its time."""
    code, message = "deadline_reached", "there was no time left to plan it"
    if error is not None and error.code != "deadline_reached":
        code, message = error.code, f"it could not be planned: {error.message}"
    lost = tuple(Unserved(intent=place, code=code, message=message) for place in range(len(needs.items)))
    return Planned(plan=Plan(), serves={}, unserved=lost)


def broken_off(told: Sequence[Task], needs: Intents, error: QuestlineError | None) -> Planned:
    """Return the plan of the tasks that were handed on before planning ended; a need whose words none has is lost."""
    one = len(needs.items) == 1
    serves = {
        task.id: tuple(place for place, need in enumerate(needs.items) if one or need.text in task.intent)
        for task in told
    }
    served = {place for places in serves.values() for place in places}
    lost = tuple(each for each in unplanned(needs, error).unserved if each.intent not in served)
    return Planned(plan=Plan(tasks=tuple(told)), serves=serves, unserved=lost)
