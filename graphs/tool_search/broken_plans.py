"""What stands for a plan that did not come about, or broke off: what its tasks serve, and why other needs are lost.

Nothing is planned for a question that says of what it asks about only "it" or "she": any source would tell something.
"""

from __future__ import annotations

from collections.abc import Sequence

from questline.agents.intents.unsaid import unsaid
from questline.agents.intents.values import Intents
from questline.agents.tool_planner.contract import Planned, Unserved
from questline.errors import QuestlineError
from questline.types import Plan, Task

__all__ = ["broken_off", "of_nothing", "unplanned"]


def unplanned(needs: Intents, error: QuestlineError | None) -> Planned:
    """Return what stands for a plan that did not come about: every need, with what ended the planning or its time."""
    code, message = "deadline_reached", "there was no time left to plan it"
    if error is not None and error.code != "deadline_reached":
        code, message = error.code, f"it could not be planned: {error.message}"
    lost = tuple(Unserved(intent=place, code=code, message=message) for place in range(len(needs.items)))
    return Planned(plan=Plan(), serves={}, unserved=lost)


def of_nothing(needs: Intents) -> Planned | None:
    """Return what stands for a plan of a question whose only subject is a pronoun; None where it says more."""
    said = [unsaid(need.text) for need in needs.items]
    if not said or not all(said):
        return None
    lost = tuple(
        Unserved(
            intent=place, code="needs_input", message=f"who or what is meant by {pronoun!r}: it stands for nothing here"
        )
        for place, pronoun in enumerate(said)
    )
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
