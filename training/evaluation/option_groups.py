"""Options that several commands share, as one parameter of each: a dataclass whose fields are the options.

Typer knows options only as parameters. A command that takes a group as a parameter is shown to Typer with the group's
fields in that parameter's place, and gets them back as one value. Only plain fields with a default are understood: no
group inside a group, no ``default_factory``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

__all__ = ["spread"]


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose groups of options are spread, each field in the place of its group."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if (group := groups.get(parameter.name)) is None:
            own = hints[parameter.name]
            shown.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=own))
            continue
        own = get_type_hints(group, include_extras=True)
        shown += [
            inspect.Parameter(
                each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=own[each.name]
            )
            for each in fields(group)
        ]

    @wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        command(**given)

    run.__annotations__ = {each.name: each.annotation for each in shown} | {"return": None}
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # what Typer reads
    return run
