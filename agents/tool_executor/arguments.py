"""The arguments of a call: references followed, and what came through them brought to the type that the tool takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from questline.agents.tool_planner.references import find, resolve
from questline.agents.tool_planner.result_types import allowed_types
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.types import Task

from .contract import TaskResult

__all__ = ["arguments_of"]

_SCALARS: Final = frozenset({"string", "number", "integer", "boolean", "null"})
_NUMBER: Final = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_DATE_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:\d{2})?")


def arguments_of(task: Task, inputs: Mapping[str, object], definition: ToolDefinition) -> dict[str, object]:
    """Return the arguments of a task as they are sent.

    What a reference brought is changed in form alone, never in value, and only where the tool would refuse it as it is:
    a number for a text or a text that is a number for one, the only item of a list for one value, one value for a list.

    Args:
        task: Whose arguments they are.
        inputs: Results of earlier tasks by id, as JSON or as `TaskResult`.
        definition: Of the tool.

    Raises:
        PlanError: ``bad_plan``: a reference leads nowhere.
        UsageError: ``bad_plan``: a reference is malformed.
    """
    results = {name: value.result if isinstance(value, TaskResult) else value for name, value in inputs.items()}
    referring = {place[0] for place, _ in find(task.arguments)}
    given = resolve(task.arguments, results, task=task.id)
    return {
        name: _fitted(value, definition.input_schema, name) if name in referring else value
        for name, value in given.items()
    }


def _fitted(value: object, schema: Mapping[str, Any], name: str) -> object:
    properties = schema.get("properties")
    declared = cast("Mapping[str, Any]", properties).get(name) if isinstance(properties, Mapping) else None
    if not isinstance(declared, Mapping):
        return value
    types = allowed_types(cast("Mapping[str, Any]", declared), schema)
    if types <= _SCALARS:
        value = _only(value)
    if not isinstance(value, (str, int, float)):
        return value
    if "array" in types and not types & _SCALARS:
        return [value]
    return _scalar(value, types)


def _only(value: object) -> object:
    """Return what stands alone in lists around it."""
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    return _only(items[0]) if len(items) == 1 else items


def _scalar(value: str | float, types: frozenset[str]) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        if types & {"number", "integer"}:
            whole = isinstance(value, float) and value.is_integer() and "number" not in types
            return int(value) if whole else value
        return f"{value:.15g}" if "string" in types else value
    text = value.strip()
    if "string" not in types and types & {"number", "integer"} and _NUMBER.fullmatch(text):
        plain = text.replace(",", "")
        return float(plain) if "." in plain else int(plain)
    midnight = _DATE_TIME.fullmatch(text)
    return midnight[1] if midnight else value
