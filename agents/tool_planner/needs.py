"""Whether a result holds what later steps are to read in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from questline.errors import QuestlineError
from questline.types import Task

from .composed import READ
from .references import resolve

__all__ = ["unmet"]


def unmet(name: str, result: object, tasks: Iterable[Task]) -> str:
    """Return why a value that some task reads in a result is not there; empty where all are.

    A price that a step is to multiply, or a day that it is to count from, must be of its kind and told of its own
    thing; a result without it answers something else, and another source has to be asked.

    Args:
        name: The id of the task that returned the result.
        result: JSON.
        tasks: That may read it.
    """
    for task in tasks:
        for reading in _readings(task.arguments) if name in task.depends_on else ():
            if reading.get("as") == "text":
                continue
            try:
                resolve({"value": reading}, {name: result}, task=task.id)
            except QuestlineError as error:
                if error.fields.get("reference"):  # it reads another task's result
                    continue
                return str(error.fields.get("reason") or error.message)
    return ""


def _readings(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if READ in members:
            yield members
        else:
            for member in members.values():
                yield from _readings(member)
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from _readings(item)
