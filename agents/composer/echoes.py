"""What a result only gives back: members that are the arguments of the call are no answer to what was asked.

"Who has booked the Otter on 24 December?" is not answered by a result that repeats the boat and the day, and has
nothing where the name would stand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, cast

from questline.agents.tool_executor.choosing import companion
from questline.agents.tool_executor.views import Record, Value, View

__all__ = ["given_values", "only_given", "without_given"]


_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})


def given_values(arguments: Mapping[str, object]) -> frozenset[str]:
    """Return the plain values of a call's arguments, as texts; truths, and references to other results, are none."""
    return frozenset(_text(each) for each in arguments.values() if isinstance(each, str | int | float)) - {
        "",
        "true",
        "false",
    }


def only_given(found: View, whole: object, given: frozenset[str]) -> bool:
    """Say whether a result has nothing for what was asked: what it says are the call's arguments, the rest is empty.

    Args:
        found: What of the result is to be told.
        whole: The result, JSON or the text of it.
        given: See `given_values`.
    """
    members = _members(whole)
    if not members or not isinstance(found, Record | Value):
        return False
    own = [value for value in members.values() if value in _EMPTY or _text(value) not in given]
    return bool(own) and all(value in _EMPTY for value in own)


def _members(whole: object) -> Mapping[str, object]:
    if isinstance(whole, str) and whole.lstrip().startswith("{"):
        try:
            whole = json.loads(whole)
        except ValueError:
            return {}
    if not isinstance(whole, Mapping):
        return {}
    members = cast("Mapping[str, object]", whole)
    inner = next(iter(members.values())) if len(members) == 1 else None
    return cast("Mapping[str, object]", inner) if isinstance(inner, Mapping) else members


def without_given(found: Record, given: frozenset[str]) -> Record:
    """Return a record without what only repeats the call's arguments, where it has more than that."""
    kept = {
        name: value
        for name, value in found.fields.items()
        if value is None or companion(name) or _text(value) not in given
    }
    told = [value for name, value in kept.items() if not companion(name) and value not in (None, "")]
    return Record(fields=kept) if told else found


def _text(value: object) -> str:
    return str(value).strip().casefold()
