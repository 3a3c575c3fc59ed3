"""What a way into a result leads to, as far as the tool's output schema says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

from .references import Place, Step, place_text

__all__ = ["ALL_TYPES", "Known", "Target", "allowed_types", "at", "leaves", "members_of", "overlap"]

Known: TypeAlias = Literal["known", "unchecked", "missing"]
ALL_TYPES: Final = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_MOST: Final = 200
"""Parts of one schema that are looked at in one step, and fields that are listed."""
_Schema: TypeAlias = Mapping[str, Any]
_ANY: Final[_Schema] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a schema says of a way: ``unchecked`` where it says nothing, ``missing`` where it rules it out."""

    known: Known
    types: frozenset[str] = ALL_TYPES
    """JSON types that the value may have; all where nothing is said."""
    reason: str = ""
    """Why it is missing."""


def at(schema: Mapping[str, Any] | None, path: Place) -> Target:
    """Follow a way through an output schema.

    A name that a schema with ``properties`` does not list is missing unless ``additionalProperties`` allows more: a
    server may return what it does not declare, but a plan should not count on it.

    Args:
        schema: A tool's output schema; None where it declares none.
        path: Steps into the result.
    """
    if not schema:
        return Target(known="unchecked")
    here: list[_Schema] = [schema]
    for number, step in enumerate(path):
        branches = [branch for each in here for branch in _branches(each, schema)]
        found = [_step(branch, step) for branch in branches]
        here = [each for each in found if each is not None]
        here = here if len(here) <= _MOST else [_ANY]
        if not here:
            place = f"result{place_text(path[:number])}"
            return Target(known="missing", types=frozenset(), reason=_why(place, step, branches))
        if all(each is _ANY for each in here):
            return Target(known="unchecked")
    types = frozenset[str]().union(*(allowed_types(each, schema) for each in here))
    known: Known = "unchecked" if any(each is _ANY for each in here) and types == ALL_TYPES else "known"
    return Target(known=known, types=types)


def _why(place: str, step: Step, branches: Sequence[_Schema]) -> str:
    if isinstance(step, int):
        return f"{place} is declared to hold no item {step}"
    names = sorted({name for branch in branches for name in _properties(branch)})
    if not names:
        return f"{place} is declared to be no object with fields"
    listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return f"{place} is declared without a field {step!r}; it has {listed}"


def _branches(schema: _Schema, root: _Schema, left: list[int] | None = None) -> list[_Schema]:
    """Return the plain schemas that a value may follow: references looked up, alternatives side by side."""
    left = [_MOST] if left is None else left
    left[0] -= 1
    if left[0] < 0:  # a schema that doubles at each level would never end
        return [_ANY]
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _branches(_looked_up(reference, root), root, left)
    alternatives = [each for word in ("anyOf", "oneOf") for each in _schemas(schema.get(word))]
    if alternatives:
        rest = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
        inner = [branch for each in alternatives for branch in _branches(each, root, left)]
        return [_joined([rest, branch]) if rest else branch for branch in inner]
    parts = _schemas(schema.get("allOf"))
    if parts:
        rest = {name: value for name, value in schema.items() if name != "allOf"}
        return [_joined([rest, *(_branches(each, root, left)[0] for each in parts)])]
    return [schema]


def _joined(parts: Sequence[_Schema]) -> _Schema:
    """Return one schema with what several say together, as far as fields, items and types go."""
    joined: dict[str, Any] = {}
    for part in parts:
        properties = {**joined.get("properties", {}), **_properties(part)}
        joined = {**joined, **part, **({"properties": properties} if properties else {})}
    return joined


def _looked_up(reference: str, root: _Schema) -> _Schema:
    if not reference.startswith("#"):
        return _ANY
    value: object = root
    for word in reference[1:].split("/")[1:]:
        name = word.replace("~1", "/").replace("~0", "~")
        value = cast("Mapping[str, object]", value).get(name) if isinstance(value, Mapping) else None
    return cast("_Schema", value) if isinstance(value, Mapping) else _ANY


def _schemas(value: object) -> list[_Schema]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [_schema(item) for item in items if item is not False]


def _schema(value: object) -> _Schema:
    return cast("_Schema", value) if isinstance(value, Mapping) and value else _ANY


def _properties(schema: _Schema) -> Mapping[str, Any]:
    value = schema.get("properties")
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _own_types(schema: _Schema) -> frozenset[str]:
    value = schema.get("type")
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list) and value:
        return frozenset(map(str, cast("list[object]", value)))
    values = cast("list[object]", schema["enum"]) if isinstance(schema.get("enum"), list) else []
    values = [*values, schema["const"]] if "const" in schema else values
    return frozenset(map(_type_of, values)) if values else ALL_TYPES


def _type_of(value: object) -> str:
    kinds: tuple[tuple[type, str], ...] = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))
    for kind, name in kinds:
        if isinstance(value, kind):
            return name
    return "null" if value is None else "array" if isinstance(value, list) else "object"


def _step(schema: _Schema, step: Step) -> _Schema | None:
    """Return the schema one step further, `_ANY` where nothing is said, None where there can be nothing."""
    types = _own_types(schema)
    if isinstance(step, str):
        if "object" not in types:
            return None
        properties = _properties(schema)
        if step in properties:
            return None if properties[step] is False else _schema(properties[step])
        more = schema.get("additionalProperties", None if properties else True)
        return _schema(more) if more not in (None, False) else None
    if "array" not in types:
        return None
    first = schema.get("prefixItems")
    listed = cast("list[object]", first) if isinstance(first, list) else []
    if step < len(listed):
        return _schema(listed[step])
    items = schema.get("items", True)
    return None if items is False else _schema(items)


def allowed_types(schema: Mapping[str, Any], root: Mapping[str, Any]) -> frozenset[str]:
    """Return the JSON types that values of a schema may have; `root` is the whole that its references look into."""
    return frozenset[str]().union(*(_own_types(branch) for branch in _branches(schema, root)))


def members_of(schema: Mapping[str, Any], place: Place) -> tuple[Mapping[str, Any] | None, frozenset[str]]:
    """Return the schema of the object at `place`, and the names that it requires; None where the schema does not say.

    Where alternatives differ, a name that any of them requires counts as required.
    """
    here: list[_Schema] = [schema]
    for step in place:
        found = [_step(branch, step) for each in here for branch in _branches(each, schema)]
        here = [each for each in found if each is not None and each is not _ANY]
    branches = [branch for each in here for branch in _branches(each, schema)]
    if not branches:
        return None, frozenset()
    required = [cast("list[object]", branch.get("required") or []) for branch in branches]
    return branches[0], frozenset(str(name) for names in required for name in names)


def overlap(given: frozenset[str], wanted: frozenset[str]) -> bool:
    """Say whether a value of one of the given types may have one of the wanted ones; whole numbers are numbers too."""
    numbers = {"integer", "number"}
    return bool(given & wanted) or bool(given & numbers and wanted & numbers)


def leaves(schema: Mapping[str, Any] | None) -> Iterator[tuple[Place, frozenset[str]]]:
    """Yield the fields that an output schema declares, each with its types: first the whole, then breadth first.

    Of a list the first item stands for all; 200 fields at most.
    """
    if not schema:
        return
    queue: list[tuple[Place, _Schema]] = [((), schema)]
    seen = 0
    while queue and seen < _MOST:
        place, here = queue.pop(0)
        seen += 1
        yield place, allowed_types(here, schema)
        if len(place) >= 6:
            continue
        for branch in _branches(here, schema):
            queue += [((*place, name), _schema(member)) for name, member in _properties(branch).items()]
            if "array" in _own_types(branch) and _schema(branch.get("items")) is not _ANY:
                queue.append(((*place, 0), _schema(branch["items"])))
