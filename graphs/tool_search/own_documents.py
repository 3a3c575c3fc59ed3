"""What the documents said of a part of the question beside its answer, so that nothing of it is lost among the tools.

A question for the documents alone comes back with its status and warnings; here they are one server among others, and
their answer is a result like any other. So a part that they answered only half is missing, and what they warned of is
a warning of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from questline.agents.composer.contract import Missing
from questline.agents.intents.values import Intents
from questline.agents.tool_executor.contract import TaskResult
from questline.errors import RunError
from questline.types import AnswerWarning, Task

from .nodes import DOCUMENTS
from .values import Ran

__all__ = ["is_of_documents", "of_documents", "open_parts"]

_OPEN: Final[Mapping[str, str]] = {"partial": "open_part", "budget_exhausted": "budget_exhausted"}
"""By status of an answer, as what its need is missing."""


def is_of_documents(task: Task) -> bool:
    """Say whether a task asks the documents for an answer."""
    return (task.server, task.tool) == DOCUMENTS


def of_documents(result: TaskResult) -> TaskResult:
    """Return an answer of the documents with what it warned of.

    Raises:
        RunError: ``not_found``: they hold no answer, so that other tools are asked; ``budget_exceeded``: the budget
            ended before anything was found.
    """
    told = _members(result)
    status, cited = told.get("status"), bool(told.get("citations"))
    if status == "budget_exhausted" and not cited:
        raise RunError("the budget ended before the documents held an answer", code="budget_exceeded")
    if status not in ("complete", *_OPEN):
        raise RunError("the documents hold no answer", code="not_found")
    said = cast("Sequence[object]", told.get("warnings") or ())
    warnings = tuple(
        AnswerWarning(code=code, message=message) for code, _, message in (str(each).partition(": ") for each in said)
    )
    return replace(result, warnings=(*result.warnings, *warnings))


def open_parts(intents: Intents, ran: Ran) -> tuple[Missing, ...]:
    """Return the needs that the documents answered in part only, where nothing that was asked the same did more."""
    fed = {before for task in ran.run.plan.tasks for before in task.depends_on}
    done = [task for task in ran.run.plan.tasks if task.id not in fed and task.id in ran.results]
    short = {task.id: code for task in done if is_of_documents(task) and (code := _code(ran.results[task.id]))}
    whole = {task.intent.strip() for task in done if task.id not in short}
    found: list[Missing] = []
    for place, intent in enumerate(intents.items):
        open_ = [task for task in done if task.id in short and place in ran.serves.get(task.id, ())]
        left = next((task for task in open_ if task.intent.strip() not in whole), None)
        if left is not None:
            found.append(Missing(intent=place, text=intent.text, code=short[left.id], server=DOCUMENTS[0]))
    return tuple(found)


def _code(result: TaskResult) -> str:
    return _OPEN.get(str(_members(result).get("status")), "")


def _members(result: TaskResult) -> Mapping[str, object]:
    told = result.result
    return cast("Mapping[str, object]", told) if isinstance(told, Mapping) else {}
