"""From tasks with known calls to examples: a value beside a field, and a tool beside a question; right or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from questline.tools.slot_filling.candidates import text_mentions
from questline.tools.slot_filling.choosing import CallableTool, Judge, Nearness, fit_of
from questline.tools.slot_filling.conversion import as_number
from questline.tools.slot_filling.filling import fill_fields, view_of
from questline.tools.slot_filling.number_features import number_features
from questline.tools.slot_filling.reading import Question
from questline.tools.slot_filling.schema import Field, read_schema
from questline.tools.slot_filling.shipped import Coefficients
from questline.tools.slot_filling.text_features import text_features
from questline.tools.slot_filling.view import View
from questline.tools.tool_retrieval.documents import split_name
from questline.tools.tool_retrieval.index import ToolEncoder
from questline.training.evaluation.call_match import accepts, call_matches
from questline.training.evaluation.call_rows import CallTask, Function

__all__ = ["Family", "Known", "Pairs", "ToolPair", "known", "pairs", "right_calls", "tool_pairs"]

Doubles: TypeAlias = NDArray[np.float64]
Family: TypeAlias = Literal["number", "text"]
_TYPES: Final = {"integer": "integer", "number": "float", "string": "string"}
_TRIED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A question with the function that it calls."""

    task: CallTask
    function: Function
    view: View


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Values beside fields."""

    features: Doubles
    """[n, k]."""
    right: Doubles
    """[n], 0 or 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPair:
    """A tool beside a question."""

    task: CallTask
    features: Mapping[str, float]
    fits: bool


def known(tasks: Sequence[CallTask], reader: Judge | None) -> list[Known]:
    """Return the tasks with one call, each with its function taken apart beside the question."""
    found: list[Known] = []
    for task in tasks:
        if len(task.accepted) != 1:
            continue
        name = next(iter(task.accepted[0]))
        function = next((one for one in task.functions if one.name == name), None)
        if function is not None:
            told = f"{split_name(function.name)} {function.description}"
            view = view_of(Question(text=task.query), read_schema(function.parameters), told, reader)
            found.append(Known(task=task, function=function, view=view))
    return found


def pairs(examples: Sequence[Known], family: Family, names: Sequence[str]) -> Pairs:
    """Return every value of the questions beside every field of the family whose right value is known."""
    rows: list[list[float]] = []
    right: list[float] = []
    for one in examples:
        accepted = cast("Mapping[str, object]", one.task.accepted[0][one.function.name])
        for field in one.view.fields:
            allowed = _allowed(field, accepted)
            if allowed is None or field.enum or (field.type in ("integer", "number")) != (family == "number"):
                continue
            for features, value in _values(one.view, field, family):
                rows.append([features[name] for name in names])
                right.append(float(accepts(value, allowed, {"type": _TYPES[field.type]})))
    return Pairs(features=np.array(rows, float).reshape(len(rows), len(names)), right=np.array(right, float))


def right_calls(examples: Sequence[Known], weights: Coefficients) -> float:
    """Return the share of the calls that are right when the function is known."""
    right = 0
    for one in examples:
        fields = read_schema(one.function.parameters)
        filling = fill_fields(one.view, fields, one.function.name, weights)
        right += call_matches(one.function.name, filling.arguments, one.task.accepted[0], one.function.parameters)
    return right / max(1, len(examples))


def tool_pairs(
    tasks: Sequence[CallTask], weights: Coefficients, encoder: ToolEncoder | None, reader: Judge | None
) -> Iterator[ToolPair]:
    """Yield the nearest tools of each task, with what their chance is reckoned from."""
    for task in tasks:
        tools = [
            CallableTool(name=one.name, description=one.description, schema=one.parameters) for one in task.functions
        ]
        near = Nearness(task.query, tools, encoder)
        wanted = {name for one in task.accepted for name in one}
        for place in near.order[:_TRIED]:
            _, features = fit_of(Question(text=task.query), tools[place], near, place, reader, weights)
            yield ToolPair(task=task, features=features, fits=tools[place].name in wanted)


def _values(view: View, field: Field, family: Family) -> Iterator[tuple[dict[str, float], object]]:
    if family == "text":
        for mention, text in text_mentions(view, field) if field.type == "string" else ():
            yield text_features(view, field, mention), text
        return
    for mention in (*view.question.numbers, *view.question.dates, *view.question.times):
        value = as_number(mention, field)
        if value is not None:
            yield number_features(view, field, mention), value


def _allowed(field: Field, accepted: Mapping[str, object]) -> list[object] | None:
    """Return the accepted values of a field, also of one inside an object; None where nothing is known of it."""
    values: object = accepted
    for name in field.path:
        if isinstance(values, list):
            listed = cast("list[object]", values)
            values = next((cast("object", one) for one in listed if isinstance(one, Mapping)), None)
        if not isinstance(values, Mapping) or name not in values:
            return None
        values = cast("Mapping[str, object]", values)[name]
    return cast("list[object]", values) if isinstance(values, list) else [values]
