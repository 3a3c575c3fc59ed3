"""A tool's JSON schema as a flat list of fields to fill: references followed, objects opened, types brought to six."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, cast

from questline.tools.arguments import fault
from questline.tools.tool_retrieval.documents import split_name

from .hints import Hints, read_hints

__all__ = ["NONE", "Field", "Type", "leaves", "read_schema"]

Type: TypeAlias = Literal["integer", "number", "string", "boolean", "array", "object", "any"]
Object: TypeAlias = Mapping[str, Any]
NONE: Final = object()
"""Stands for "no default": None can be one."""
_TYPES: Final[dict[str, Type]] = {
    "integer": "integer", "int": "integer", "long": "integer", "number": "number", "float": "number",
    "double": "number", "string": "string", "str": "string", "char": "string", "boolean": "boolean", "bool": "boolean",
    "array": "array", "list": "array", "tuple": "array", "object": "object", "dict": "object", "hashmap": "object",
    "any": "any",
}  # fmt: skip
"""Names of JSON schema, and those that the data sets of function calls have."""
_MOST_FIELDS: Final = 64
_DEEPEST: Final = 4
"""Objects inside objects that are opened; a schema that holds itself ends here."""
_MOST_REFERENCES: Final = 16
_LONGEST: Final = 1_000
"""Characters of a description that are read."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One property."""

    path: tuple[str, ...]
    """Its name, behind those of the objects that it lies in."""
    type: Type
    description: str = ""
    required: bool = False
    """It and all objects around it must be there."""
    wanted: bool = False
    """It lies in a required object that does not say which of its fields are required: some must be there."""
    enum: tuple[object, ...] = ()
    default: object = NONE
    items: Field | None = None
    """Of an array: what each item is."""
    children: tuple[Field, ...] = field(default=(), repr=False)
    """Of an object, or of an array of objects, which is filled with one of them."""

    @property
    def id(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    @cached_property
    def words(self) -> str:
        """The last name of the path as words, in lower case."""
        return split_name(self.path[-1]).casefold()

    @cached_property
    def hints(self) -> Hints:
        """What the description says."""
        return read_hints(self.description)


def read_schema(schema: object) -> tuple[Field, ...]:
    """Return the properties at the top of a schema of an object, those inside as their `children`.

    A form that is not understood is a field of the type ``any``, never an error; references to other documents are not
    followed.

    Raises:
        UsageError: ``bad_argument``, argument ``schema``: no mapping, or its ``properties`` are none.
    """
    if not isinstance(schema, Mapping):
        raise fault("schema", schema, "a JSON schema: a mapping with properties")
    whole = cast("Object", schema)
    properties = whole.get("properties", {})
    if not isinstance(properties, Mapping):
        raise fault("schema", properties, "a JSON schema whose properties are a mapping")
    return _fields(whole, whole, (), required=True)


def leaves(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield what has a value of its own: the fields inside of an object with known properties instead of itself."""
    for one in fields:
        if one.children:
            yield from leaves(one.children)
        else:
            yield one


def _fields(whole: Object, schema: Object, path: tuple[str, ...], *, required: bool) -> tuple[Field, ...]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return ()
    listed = schema.get("required")
    open_list = required and bool(path) and not isinstance(listed, list | tuple)
    names = {str(name) for name in cast("list[object]", listed)} if isinstance(listed, list | tuple) else set[str]()
    found: list[Field] = []
    for name, told in list(cast("Object", properties).items())[:_MOST_FIELDS]:
        needed = required and name in names
        one = _field(whole, told, (*path, str(name)), required=needed)
        found.append(replace(one, wanted=True) if open_list else one)
    return tuple(found)


def _field(whole: Object, told: object, path: tuple[str, ...], *, required: bool) -> Field:
    schema = _plain(whole, told)
    kind = _type(schema)
    description = schema.get("description")
    enum = schema.get("enum", [schema["const"]] if "const" in schema else None)
    made = Field(
        path=path,
        type=kind,
        description=description[:_LONGEST] if isinstance(description, str) else "",
        required=required,
        enum=tuple(cast("list[object]", enum)) if isinstance(enum, list | tuple) else (),
        default=schema.get("default", NONE),
    )
    if len(path) > _DEEPEST:
        return made
    if kind == "object":
        return replace(made, children=_fields(whole, schema, path, required=required))
    if kind == "array":
        items = schema.get("items", schema.get("prefixItems"))
        first: object = items
        if isinstance(items, list):
            first = cast("list[object]", items)[0] if items else None
        inner = _field(whole, cast("Object", first), path, required=required) if isinstance(first, Mapping) else None
        if inner is not None and inner.type == "object":
            return replace(made, items=inner, children=inner.children)
        return replace(made, items=inner)
    return made


def _plain(whole: Object, told: object) -> Object:
    """Follow references inside the document and take the first branch that is not null."""
    schema: Object = cast("Object", told) if isinstance(told, Mapping) else {}
    for _ in range(_MOST_REFERENCES):
        reference = schema.get("$ref")
        branches = next((schema[key] for key in ("anyOf", "oneOf", "allOf") if isinstance(schema.get(key), list)), None)
        if isinstance(reference, str):
            inner = _pointed(whole, reference)
        elif branches:
            inner = _branch(whole, cast("list[object]", branches))
        else:
            return schema
        rest = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf", "oneOf", "allOf")}
        schema = {**inner, **rest}
    return {}


def _branch(whole: Object, branches: list[object]) -> Object:
    maps = [cast("Object", one) for one in branches if isinstance(one, Mapping)]
    real = [one for one in maps if one.get("type") != "null"]
    constants = [one["const"] for one in real if "const" in one]
    if constants and len(constants) == len(real):
        return {"type": real[0].get("type", "string"), "enum": constants}
    return real[0] if real else {}


def _pointed(whole: Object, reference: str) -> Object:
    if not reference.startswith("#"):
        return {}
    place: Any = whole
    for step in reference.lstrip("#").strip("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        place = cast("Object", place).get(name) if isinstance(place, Mapping) and name else cast("object", place)
    return cast("Object", place) if isinstance(place, Mapping) else {}


def _type(schema: Object) -> Type:
    told = schema.get("type")
    if isinstance(told, list):
        told = next((one for one in cast("list[object]", told) if one != "null"), "any")
    if isinstance(told, str) and told.lower() in _TYPES:
        return _TYPES[told.lower()]
    if isinstance(schema.get("properties"), Mapping):
        return "object"
    if "items" in schema:
        return "array"
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if isinstance(values, list) and values and all(isinstance(one, str) for one in cast("list[object]", values)):
        return "string"
    return "any"
