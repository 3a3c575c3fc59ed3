"""Settings of a training from a TOML file: ``[run]`` for the driver, and a table named like the recipe."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from questline.errors import UsageError

__all__ = ["filled", "overridden", "read_tables", "told"]

SettingsT = TypeVar("SettingsT")


def read_tables(path: Path | None, allowed: frozenset[str]) -> dict[str, dict[str, object]]:
    """Read the tables of a settings file; none for no file.

    Raises:
        UsageError: ``file_not_found``, ``unreadable_file``, or ``bad_settings`` for a table not `allowed`.
    """
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error}", code="unreadable_file", path=path) from error
    for name, table in values.items():
        if name not in allowed or not isinstance(table, dict):
            known = ", ".join(f"[{one}]" for one in sorted(allowed))
            raise UsageError(
                f"{str(path)!r} has {name!r}; it may have the tables {known}", code="bad_settings", path=path
            )
    return cast("dict[str, dict[str, object]]", values)


def overridden(
    tables: Mapping[str, Mapping[str, object]], given: Sequence[str], *, table: str
) -> dict[str, dict[str, object]]:
    """Return tables with settings put in place of theirs.

    Args:
        tables: By name.
        given: ``NAME=VALUE`` for `table`, or ``TABLE.NAME=VALUE``; values as in TOML, and what is none is text.
        table: Of names without one.

    Raises:
        UsageError: ``bad_settings`` for another form.
    """
    found = {name: dict(values) for name, values in tables.items()}
    for each in given:
        named, equals, text = each.partition("=")
        home, _, name = named.strip().rpartition(".")
        if not equals or not name or (home or table) not in {"run", table}:
            raise UsageError(
                f"--set {each!r} is neither NAME=VALUE nor run.NAME=VALUE", code="bad_settings", argument="--set"
            )
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text.strip()
        found.setdefault(home or table, {})[name] = value
    return found


def filled(kind: type[SettingsT], values: Mapping[str, object], *, table: str) -> SettingsT:
    """Make a settings dataclass from a table.

    Raises:
        UsageError: ``bad_settings`` naming a setting that is unknown, missing, of another type, or none of its choices.
    """
    fields = {one.name: one for one in dataclasses.fields(cast("Any", kind))}
    types = get_type_hints(kind)
    for name, value in values.items():
        if name not in fields:
            raise UsageError(
                f"[{table}] has no setting {name!r}; it has {', '.join(sorted(fields))}",
                code="bad_settings",
                field=name,
            )
        if not _fits(value, types[name]):
            raise UsageError(f"{table}.{name}={value!r} is {_wanted(types[name])}", code="bad_settings", argument=name)
    for name, one in fields.items():
        absent = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
        if absent and name not in values:
            raise UsageError(f"[{table}] needs the setting {name!r}", code="bad_settings", argument=name)
    given = {name: tuple(cast("list[object]", v)) if isinstance(v, list) else v for name, v in values.items()}
    return kind(**{name: float(cast("int", v)) if types[name] is float else v for name, v in given.items()})


def told(*settings: object) -> dict[str, object]:
    """Return every setting by name, for the card and to know a run again."""
    return {name: value for one in settings for name, value in dataclasses.asdict(cast("Any", one)).items()}


def _wanted(kind: Any) -> str:
    """Say what a value is not."""
    if get_origin(kind) is Literal:
        return f"not one of {', '.join(repr(one) for one in get_args(kind))}"
    return f"no {getattr(kind, '__name__', str(kind))}"


def _fits(value: object, kind: Any) -> bool:
    origin = get_origin(kind)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in get_args(kind))
    if origin in {Union, UnionType}:
        return any(_fits(value, one) for one in get_args(kind))
    if origin is tuple:
        return isinstance(value, list) and all(_fits(one, get_args(kind)[0]) for one in cast("list[object]", value))
    if origin is not None:
        return isinstance(value, dict) and all(
            _fits(one, get_args(kind)[1]) for one in cast("dict[str, object]", value).values()
        )
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
