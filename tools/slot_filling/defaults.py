"""The value that the schema or the description says stands in for a field that nobody speaks of."""

from __future__ import annotations

import json
from typing import Final

from .schema import NONE, Field
from .switches import stated_default
from .vocabulary import listed

__all__ = ["default_of"]

_NOTHING: Final = frozenset(listed("none null empty not all any current the if nothing unspecified"))


def default_of(field: Field) -> object:
    """Return the default in the field's type, `NONE` where there is none.

    What a description says counts only where it reads as a value of the type: "Default is all" is a value of a text,
    "defaults to the current year" is none.
    """
    if field.type == "boolean":
        return stated_default(field)
    if field.default is not NONE and field.default is not None:
        return field.default
    told = field.hints.default
    if not told:
        return NONE
    if field.enum:
        return next((one for one in field.enum if str(one).casefold() == told.casefold()), NONE)
    if field.type in ("integer", "number"):
        return _number(told, field)
    if field.type == "array":
        return _array(told)
    words = told.casefold().split()
    if field.type != "string" or (words[0] in _NOTHING and told.casefold() != "all"):
        return NONE
    return told


def _number(text: str, field: Field) -> object:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return NONE
    if field.type == "number":
        return value
    return int(value) if value.is_integer() else NONE


def _array(text: str) -> object:
    if not text.startswith("["):
        return NONE
    try:
        return json.loads(text.replace("'", '"'))
    except ValueError:
        return NONE
