"""JSON as editors write it: comments and trailing commas are read over, and a key given twice is seen."""

from __future__ import annotations

import json
import re
from typing import Final

from questline.errors import UsageError

__all__ = ["Object", "parse"]

_TOKENS: Final = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING: Final = re.compile(r'"(?:\\.|[^"\\\n])*"|(?<![{\[,\s])\s*,(?=\s*[}\]])')
_VISIBLE: Final = re.compile(r"[^\n]")


class Object(dict[str, object]):
    """A JSON object that knows which of its keys were given more than once; the last one counts."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, object]]) -> Object:
    found = Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.repeated = tuple(key for key in found if keys.count(key) > 1)
    return found


def _blank(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.startswith('"') else _VISIBLE.sub(" ", text)


def parse(text: str, *, name: str) -> object:
    """Return the value of `text`; every object in it is an `Object`.

    Args:
        text: JSON, perhaps with comments and trailing commas.
        name: Of the file, for the error.

    Raises:
        UsageError: ``bad_config`` with ``line`` and ``column``, both from 1.
    """
    plain = _TRAILING.sub(_blank, _TOKENS.sub(_blank, text.removeprefix("\ufeff")))
    try:
        return json.loads(plain, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            code="bad_config",
            path=name,
            line=error.lineno,
            column=error.colno,
        ) from None  # the decoder's error holds the whole text, and with it every secret
    except RecursionError:
        raise UsageError(f"{name} nests too deeply", code="bad_config", path=name) from None
