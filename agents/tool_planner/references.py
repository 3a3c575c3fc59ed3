"""References from a task's arguments to what earlier tasks return (spec 02 §2.5, typed plan).

A reference is an object with one key, ``{"$ref": "T1.result.items[0].lat"}``, wherever a value may stand. It is never a
part of a text, so "$1" and "$100" stay what they are. An argument that must itself be an object with the key ``$ref``
is written ``{"$literal": {"$ref": …}}``, and what stands inside is passed on as it is.

Two objects make a value out of references (a deviation from the specification; `composed` has them): ``$template``, a
text with gaps, and ``$read``, what a text says of one thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from questline.errors import PlanError, UsageError

from .composed import COMPOSED, compose

__all__ = [
    "LITERAL",
    "REF",
    "Place",
    "Reference",
    "Step",
    "find",
    "literal",
    "place_text",
    "read",
    "resolve",
    "without",
]

Step: TypeAlias = str | int
"""A member's name or an item's number."""
Place: TypeAlias = tuple[Step, ...]
"""The way to a value: from the arguments to a reference, or from a result to what is meant."""
REF: Final = "$ref"
LITERAL: Final = "$literal"
_DEEPEST: Final = 100
_LONGEST: Final = 2_000
"""Characters of a reference."""
_TASK: Final = re.compile(r"(?P<task>[^\s.\[\]\"]+)\.result")
_STEP: Final = re.compile(r"\.(?P<name>[^\s.\[\]\"]+)|\[(?P<item>\d{1,9})\]|\[(?P<quoted>\"(?:[^\"\\]|\\.)*\")\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a ``$ref`` means: a task, and the way into its result."""

    task: str
    path: Place = ()
    """Empty for the whole result."""

    @property
    def text(self) -> str:
        """As it is written: ``T1.result.items[0].lat``; a name that is no plain word stands in quotes."""
        return f"{self.task}.result{place_text(self.path)}"

    @property
    def value(self) -> dict[str, str]:
        """The object that stands in the arguments."""
        return {REF: self.text}


def place_text(place: Place) -> str:
    """Write a way as ``.items[0]["full name"].lat``; the empty way is the empty text."""
    return "".join(map(_step_text, place))


def _step_text(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _STEP.fullmatch(f".{step}") else f"[{json.dumps(step, ensure_ascii=False)}]"


def read(value: object) -> Reference:
    """Return what one ``$ref`` object means.

    Raises:
        UsageError: ``bad_plan`` with ``reason``: it has another form than ``{"$ref": "TASK.result…"}``.
    """
    members = _members(value)
    text = members.get(REF) if members else None
    if members is None or len(members) != 1 or not isinstance(text, str):
        raise _malformed(value, "a reference is an object with one key, $ref, and a text")
    start = _TASK.match(text) if len(text) <= _LONGEST else None
    if start is None:
        raise _malformed(text, "it does not begin with TASK.result, as T1.result does")
    path: list[Step] = []
    at = start.end()
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise _malformed(text, f'what stands after {text[:at]!r} is neither .name nor [number] nor ["name"]')
        path.append(_step(step))
        at = step.end()
    return Reference(task=start["task"], path=tuple(path))


def _step(match: re.Match[str]) -> Step:
    if match["item"] is not None:
        return int(match["item"])
    if match["quoted"] is None:
        return match["name"]
    try:
        return str(json.loads(match["quoted"]))
    except ValueError:
        raise _malformed(match["quoted"], "the name in quotes is no JSON text") from None


def _malformed(value: object, reason: str) -> UsageError:
    return UsageError(
        f"the reference {str(value)[:200]!r} cannot be read: {reason}", code="bad_plan", field=REF, reason=reason
    )


def find(arguments: object) -> Iterator[tuple[Place, object]]:
    """Yield every object of `arguments` that has the key ``$ref``, with its place; `read` says whether it is right.

    Raises:
        UsageError: ``bad_plan``: the arguments nest more than 100 deep.
    """
    yield from _found(arguments, ())


def _found(value: object, place: Place) -> Iterator[tuple[Place, object]]:
    if len(place) > _DEEPEST:
        raise UsageError(
            f"the arguments nest more than {_DEEPEST} deep", code="bad_plan", field="arguments", reason="nests too deep"
        )
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if REF in members:
            yield place, members
        elif not _is_literal(members):
            for name, member in members.items():
                yield from _found(member, (*place, name))
    else:
        for number, item in enumerate(_items(value) or ()):
            yield from _found(item, (*place, number))


def literal(value: object) -> object:
    """Return `value` so written that nothing in it is taken for a reference; most values stay as they are."""
    members = _members(value)
    if members is not None:
        marked = REF in members or LITERAL in members or bool(COMPOSED & members.keys())
        return {LITERAL: value} if marked else {name: literal(member) for name, member in members.items()}
    items = _items(value)
    return value if items is None else [literal(item) for item in items]


def _members(value: object) -> Mapping[str, object] | None:
    """Return the members of an object, None of anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


def _items(value: object) -> list[object] | None:
    """Return the items of a list, None of anything else."""
    return list(cast("list[object]", value)) if isinstance(value, (list, tuple)) else None


def _is_literal(members: Mapping[str, object]) -> bool:
    return len(members) == 1 and LITERAL in members


def resolve(arguments: Mapping[str, object], results: Mapping[str, object], *, task: str = "") -> dict[str, object]:
    """Return the arguments with every reference replaced by the value that it leads to, itself copied from nothing.

    Args:
        arguments: Of one task.
        results: What finished tasks returned, by task id: JSON data.
        task: Whose arguments they are, for the error.

    Raises:
        PlanError: ``bad_plan`` with ``task``, ``field`` (the place in the arguments), ``reference`` and ``reason``: the
            task has no result yet, or the way leads nowhere in it.
        UsageError: ``bad_plan``: a reference is malformed.
    """
    return cast("dict[str, object]", _resolved(arguments, results, (), task))


def _resolved(value: object, results: Mapping[str, object], place: Place, task: str) -> object:
    if len(place) > _DEEPEST:
        raise _lost(task, place, None, f"the arguments nest more than {_DEEPEST} deep")
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if REF in members:
            return _followed(read(members), results, place, task)
        if _is_literal(members):
            return members[LITERAL]
        found = {name: _resolved(member, results, (*place, name), task) for name, member in members.items()}
        return _composed(found, place, task) if COMPOSED & members.keys() else found
    items = _items(value)
    if items is None:
        return value
    return [_resolved(item, results, (*place, number), task) for number, item in enumerate(items)]


def _composed(members: Mapping[str, object], place: Place, task: str) -> object:
    try:
        return compose(members)
    except ValueError as error:
        raise _lost(task, place, None, str(error)) from None


def _followed(reference: Reference, results: Mapping[str, object], place: Place, task: str) -> object:
    if reference.task not in results:
        raise _lost(task, place, reference, f"the task {reference.task!r} has no result")
    value = results[reference.task]
    for number, step in enumerate(reference.path):
        here = f"{reference.task}.result{place_text(reference.path[:number])}"
        if isinstance(step, str):
            members = _members(value)
            if members is None or step not in members:
                raise _lost(task, place, reference, f"{here} is {_kind(value)} without a field {step!r}")
            value = members[step]
        else:
            items = _items(value)
            if items is not None and not items:
                reason = f"{here} is empty: there is nothing of the kind"
                raise _lost(task, place, reference, reason, code="not_found")
            if items is None or step >= len(items):
                raise _lost(task, place, reference, f"{here} is {_kind(value)} without an item {step}")
            value = items[step]
    return value


def _kind(value: object) -> str:
    items = _items(value)
    if items is not None:
        return f"a list of {len(items)}"
    return "an object" if isinstance(value, Mapping) else "nothing" if value is None else "a plain value"


def _lost(task: str, place: Place, reference: Reference | None, reason: str, *, code: str = "bad_plan") -> PlanError:
    field = f"arguments{place_text(place)}"
    whose = f"task {task!r}, {field}" if task else field
    shown = reference.text if reference else ""
    return PlanError(f"{whose}: {reason}", code=code, task=task, field=field, reference=shown, reason=reason)


def renamed(arguments: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """Return the arguments with references to other tasks: `names` gives new ids by old ones."""
    return cast("dict[str, object]", _renamed(arguments, names))


def _renamed(value: object, names: Mapping[str, str]) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if REF in members:
            try:
                reference = read(members)
            except UsageError:
                return members
            return Reference(task=names.get(reference.task, reference.task), path=reference.path).value
        if _is_literal(members):
            return members
        return {name: _renamed(member, names) for name, member in members.items()}
    items = _items(value)
    return value if items is None else [_renamed(item, names) for item in items]


def without(arguments: Mapping[str, object], place: Place) -> dict[str, object]:
    """Return the arguments without the member at `place`, all else as it is; `place` ends in a member's name."""
    first, *rest = place
    copy = dict(arguments)
    if not rest:
        copy.pop(str(first), None)
    elif first in copy:
        copy[str(first)] = _trimmed(copy[str(first)], tuple(rest))
    return copy


def _trimmed(value: object, place: Place) -> object:
    if isinstance(value, Mapping):
        return without(cast("Mapping[str, object]", value), place)
    items = _items(value)
    if items is not None and isinstance(place[0], int):
        items[place[0]] = _trimmed(items[place[0]], place[1:])
    return value if items is None else items
