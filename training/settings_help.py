"""What the settings of a recipe say: names, defaults and meanings, read from where they are written."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import MISSING, dataclass, fields
from typing import Any

__all__ = ["SettingHelp", "setting_helps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingHelp:
    """One setting."""

    name: str
    default: object
    """None where one has to be given."""
    says: str
    """What its docstring says, on one line; empty where nothing does."""


def setting_helps(settings: type[Any]) -> list[SettingHelp]:
    """Return the settings of a dataclass in order, those of what it inherits from first."""
    says: dict[str, str] = {}
    for each in reversed(settings.__mro__):
        if each.__module__ != "builtins" and hasattr(each, "__annotations__"):
            says |= _docstrings(each)
    return [
        SettingHelp(
            name=each.name,
            default=None if each.default is MISSING else each.default,
            says=" ".join(says.get(each.name, "").split()),
        )
        for each in fields(settings)
    ]


def _docstrings(kind: type[Any]) -> dict[str, str]:
    """Return what stands below each attribute that a class annotates; empty for one without docstring, too."""
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        return {}
    (body,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for one, after in zip(body.body, [*body.body[1:], ast.Pass()], strict=True):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            told = after.value if isinstance(after, ast.Expr) else None
            text = told.value if isinstance(told, ast.Constant) else ""
            if text or one.target.id not in found:
                found[one.target.id] = str(text)
    return {name: text for name, text in found.items() if text}
