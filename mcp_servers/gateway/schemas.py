"""Arguments and results against the JSON Schemas of tools, which other people wrote.

A schema must not be able to hang or to reach out: references stay inside it, patterns run in an engine without
backtracking, and each validation has a limit of steps. Keywords that cannot be bounded so are left to the server.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeAlias, cast

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import SchemaError, ValidationError
from pydantic_core import SchemaError as PatternError
from pydantic_core import SchemaValidator, core_schema
from pydantic_core import ValidationError as NoMatch
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from questline.errors import RunError, UsageError

from .definitions import ToolDefinition, canonical
from .plain_schemas import Fits, quick

__all__ = ["Fault", "Keyword", "Schemas", "bounded", "problem_of", "unusable"]

_STEPS: Final = 200_000
"""Keywords looked at in one validation; a schema that doubles at each level would never end."""
_DEEPEST: Final = 100
_LARGEST: Final = 256 * 1024
"""Bytes of one schema."""
_REMEMBERED: Final = 8192
_problems: Final[dict[tuple[bytes, bool], str | None]] = {}
"""What is wrong with a schema, by its digest and by whether it is one of arguments."""
_DATA: Final = frozenset({"enum", "const", "default", "examples"})
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_validators: Final[Any] = validators  # untyped upstream
_NO_DOCUMENTS: Final[Any] = cast("Any", Registry)()
"""References are looked up in the schema itself and in the dialects that the library brings."""
_WORD: Final = re.compile(r"[\w.:/+%°-]{1,40}")
_OURS: Final = frozenset(
    {"type", "additionalProperties", "uniqueItems", "multipleOf", "minProperties", "maxProperties"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"minLength", "maxLength", "minItems", "maxItems"}
)
"""Keywords whose errors hold numbers and words of ours or of the caller alone."""
_FAULTS: Final = 20
"""Faults of one call that are told."""
Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]
"""What checks one keyword: of a validator, the keyword's value, an instance and the schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with arguments."""

    place: tuple[str | int, ...]
    """The way to the value that is wrong; for a missing member, to the object that lacks it."""
    reason: str
    missing: tuple[str, ...] = ()
    """Names of the required members that are not there."""


class _TooManyStepsError(Exception):
    """A validation was given up."""


class _Steps(threading.local):
    left: int = 0


_steps: Final = _Steps()


def _counted(check: Keyword) -> Keyword:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        _steps.left -= 1
        if _steps.left < 0:
            raise _TooManyStepsError
        return check(validator, value, instance, schema)

    return counted


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> SchemaValidator | None:
    """Return a linear-time matcher, or None for what only a backtracking engine can read."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except PatternError:
        return None


def _pattern(_validator: Any, pattern: Any, instance: Any, _schema: Any) -> Generator[ValidationError]:
    matcher = _matcher(pattern) if isinstance(instance, str) else None
    if matcher is not None:
        try:
            matcher.validate_python(instance)
        except NoMatch:
            yield ValidationError(f"does not match {pattern!r}")


def _unique(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Generator[ValidationError]:
    if wanted and isinstance(instance, list):
        items = cast("list[object]", instance)
        if len({canonical(item) for item in items}) < len(items):
            yield ValidationError("has items that are equal")


def _nothing(*_: Any) -> Iterator[ValidationError]:
    return iter(())


@lru_cache(maxsize=16)
def bounded(base: Any) -> Any:
    """Return a validator class of the same dialect that cannot run away."""
    plain: dict[str, Keyword] = dict(base.VALIDATORS)
    additional = plain["additionalProperties"]

    def beside_patterns(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:
        return None if "patternProperties" in schema else additional(validator, value, instance, schema)

    plain |= {"pattern": _pattern, "uniqueItems": _unique, "additionalProperties": beside_patterns}
    plain |= {"patternProperties": _nothing, "unevaluatedProperties": _nothing, "unevaluatedItems": _nothing}
    return _validators.extend(base, {name: _counted(check) for name, check in plain.items()})


def problem_of(schema: Mapping[str, Any], *, arguments: bool = True) -> str | None:
    """Say why a schema cannot be used, or None; nothing outside of it is ever fetched.

    Args:
        schema: As a server declares it.
        arguments: Whether it is one of arguments, which must be an object.
    """
    try:
        text = canonical(schema).encode()
    except (ValueError, TypeError) as error:
        return f"is not JSON: {error}"
    except RecursionError:
        return "nests too deeply"
    if len(text) > _LARGEST:
        return f"is longer than {_LARGEST} bytes"
    key = hashlib.sha256(text).digest(), arguments
    if key not in _problems:  # a list of tools is read again and again, and the check takes a millisecond or more
        while len(_problems) >= _REMEMBERED:
            _problems.pop(next(iter(_problems)), None)
        _problems[key] = _found_problem(schema, arguments=arguments)
    return _problems[key]


def _found_problem(schema: Mapping[str, Any], *, arguments: bool) -> str | None:
    try:
        base = _validators.validator_for(schema, default=Draft202012Validator)
        references = [each for part in _parts(schema) for each in _references(part)]
        foreign = next((each for each in references if not each.startswith("#")), None)
        if foreign is not None:
            return "refers to another document"
        resolver = _registry(schema).resolver("")
        for each in references:
            resolver.lookup(each)
        base.check_schema(dict(schema))
        if arguments and schema.get("type", "object") != "object":
            return "is not the schema of an object"
        if _circular(schema, resolver):
            return "refers to itself without an end"
    except SchemaError as error:
        return f"is no valid JSON Schema{_where(error)}"
    except Unresolvable:
        return "has a reference that leads nowhere"
    except (ValueError, TypeError) as error:
        return f"is not JSON: {error}"
    except RecursionError:
        return "nests too deeply"
    return None


def _registry(schema: Mapping[str, Any]) -> Any:
    resource: Resource[Any] = Resource(contents=dict(schema), specification=DRAFT202012)
    return _NO_DOCUMENTS.with_resource("", resource)


_SAME_PLACE: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
_NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose keys are names, which may look like keywords."""


def _parts(schema: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all schemas in it; values that are data are none."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(schema, list):
        for each in cast("list[object]", schema):
            yield from _parts(each, depth + 1)
    if not isinstance(schema, Mapping):
        return
    part = cast("Mapping[str, Any]", schema)
    yield part
    for name, value in part.items():
        if name in _NAMED and isinstance(value, Mapping):
            for each in cast("Mapping[str, object]", value).values():
                yield from _parts(each, depth + 1)
        elif name not in _DATA:
            yield from _parts(value, depth + 1)


def _references(part: Mapping[str, Any]) -> Iterator[str]:
    return (value for name, value in part.items() if name in _REFERENCES and isinstance(value, str))


def _circular(schema: Mapping[str, Any], resolver: Any) -> bool:
    """Say whether references lead back to where they started without going into the value."""
    clear: set[int] = set()
    above: set[int] = set()

    def leads_back(part: object) -> bool:
        if not isinstance(part, Mapping):
            return False
        here = cast("Mapping[str, Any]", part)
        if id(here) in clear:
            return False
        if id(here) in above:
            return True
        above.add(id(here))
        inside: list[object] = [resolver.lookup(each).contents for each in _references(here)]
        for name in _SAME_PLACE:
            value = here.get(name)
            if name in _NAMED and isinstance(value, Mapping):
                inside += cast("Mapping[str, object]", value).values()
            else:
                inside += cast("list[object]", value) if isinstance(value, list) else [value]
        found = any(leads_back(each) for each in inside)
        above.discard(id(here))
        clear.add(id(here))
        return found

    return any(leads_back(part) for part in _parts(schema))


class Schemas:
    """Compiled validators by the tools' digests; a thousand at most are kept."""

    def __init__(self, dialect: Callable[[Any], Any] = bounded) -> None:
        """Take `dialect`, which makes the validator class from the one that a schema names."""
        self._dialect = dialect
        self._compiled: dict[tuple[str, bool], tuple[Fits | None, Any]] = {}

    def check_arguments(self, tool: ToolDefinition, arguments: Mapping[str, Any]) -> None:
        """Check what is to be sent.

        Raises:
            UsageError: ``bad_argument`` with ``field`` (the path of what is wrong), ``reason``, and ``missing``: the
                required arguments that are not there, separated by commas.
        """
        try:
            error = self._first_error(tool, arguments, output=False)
        except (_TooManyStepsError, RecursionError, Unresolvable):
            raise RunError(
                f"the schema of {tool.qualified!r} cannot be checked to its end",
                code="bad_answer",
                server=tool.server,
                tool=tool.name,
            ) from None
        if error is None:
            return
        error = _furthest(error)
        field, reason = _place(error), _reason(error)
        shown = reason if _is_plain(error) else f"breaks the rule {error.validator!r} of its schema"
        required = cast("list[str]", tool.input_schema.get("required", []))
        missing = ",".join(name for name in required if name not in arguments)
        raise UsageError(
            f"{tool.qualified!r} cannot be called so: {f'{field} ' if field else ''}{shown}",
            code="bad_argument",
            server=tool.server,
            tool=tool.name,
            argument=field.partition(".")[0].partition("[")[0] or missing.partition(",")[0],
            field=field,
            reason=reason,
            missing=missing,
        )

    def misfit(self, tool: ToolDefinition, structured: object) -> str | None:
        """Say why the structured content of a result does not fit the tool's output schema; None where it does."""
        if tool.output_schema is None:
            return None
        try:
            error = self._first_error(tool, structured, output=True)
        except (_TooManyStepsError, RecursionError, Unresolvable):
            return "the check comes to no end"
        return None if error is None else f"{_place(_furthest(error))} {_reason(_furthest(error))}".strip()

    def faults(self, tool: ToolDefinition, arguments: Mapping[str, Any]) -> list[Fault]:
        """Return what is wrong with arguments, at most 20 things; one that says so where the check comes to no end."""
        try:
            return [_fault(error, arguments) for error in islice(self._errors(tool, arguments, output=False), _FAULTS)]
        except (_TooManyStepsError, RecursionError, Unresolvable):
            return [Fault(place=(), reason="cannot be checked: the schema comes to no end")]

    def _first_error(self, tool: ToolDefinition, value: object, *, output: bool) -> ValidationError | None:
        return next(self._errors(tool, value, output=output), None)

    def _errors(self, tool: ToolDefinition, value: object, *, output: bool) -> Iterator[ValidationError]:
        key = (tool.digest, output)
        compiled = self._compiled.get(key)
        if compiled is None:
            schema = dict((tool.output_schema if output else tool.input_schema) or {})
            base = self._dialect(_validators.validator_for(schema, default=Draft202012Validator))
            plain = quick(schema) if self._dialect is bounded else None
            compiled = plain, base(schema, registry=_NO_DOCUMENTS)
            if len(self._compiled) >= 1000:
                self._compiled.pop(next(iter(self._compiled)))
            self._compiled[key] = compiled
        fits, validator = compiled
        if fits is not None and fits(value):
            return iter(())
        _steps.left = _STEPS
        return validator.iter_errors(value)


def _where(error: SchemaError) -> str:
    path = "/".join(map(str, error.absolute_path))
    return f" at {path}" if _WORD.fullmatch(path) else ""


def _furthest(error: ValidationError) -> ValidationError:
    """Return the error in the branch of an `anyOf` that came furthest, which says most."""
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return error


def _place(error: ValidationError) -> str:
    path = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.absolute_path)
    return path.lstrip(".")[:200]


def _reason(error: ValidationError) -> str:
    """Say what is wrong, in a form that repeats no long value; it may hold the server's words."""
    wanted = error.validator_value
    reasons: dict[str, str] = {
        "type": f"is not of type {_listed(wanted)}",
        "enum": f"is none of {_listed(wanted)}",
        "const": f"is not {wanted!r}",
    }
    return reasons.get(str(error.validator), error.message)[:500]


def _is_plain(error: ValidationError) -> bool:
    """Say whether the reason holds words of a server that could be sentences; an error's message must not."""
    if error.validator in ("enum", "const", "required"):
        wanted: object = error.validator_value
        words = cast("list[object]", wanted) if isinstance(wanted, list) else [wanted]
        return all(_WORD.fullmatch(str(each)) for each in words)
    return error.validator in _OURS


def _fault(error: ValidationError, arguments: Mapping[str, Any]) -> Fault:
    error = _furthest(error)
    place, reason = tuple(error.absolute_path), _reason(error)
    if error.validator != "required":
        return Fault(place=place, reason=reason)
    there: Any = arguments
    for step in place:
        there = there[step]
    wanted = cast("list[str]", error.validator_value)
    return Fault(place=place, reason=reason, missing=tuple(name for name in wanted if name not in there))


def _listed(value: object) -> str:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    more = " …" if len(items) > 20 else ""
    return ", ".join(str(each) for each in items[:20]) + more


def unusable(definition: ToolDefinition) -> str | None:
    """Return why a tool cannot be offered, as the end of a sentence about it; None where it can."""
    if not definition.name.strip() or not definition.name.isprintable():
        return "its name is empty or holds control characters"
    problem = problem_of(definition.input_schema)
    if problem is not None:
        return f"its schema of arguments {problem}"
    if definition.output_schema is not None:
        problem = problem_of(definition.output_schema, arguments=False)
        if problem is not None:
            return f"its schema of results {problem}"
    try:
        len(definition.digest)
    except (ValueError, TypeError):
        return "its definition holds what is not JSON"
    return None
