"""Find the JSON list in a model's text, mending by rule what models often get wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Final, cast

__all__ = ["json_list"]

_LONGEST: Final = 20_000
_FENCE: Final = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA: Final = re.compile(r",(?=\s*[\]}])")
_OPENING_QUOTE: Final = re.compile(r"(?<=[\[{,:])(\s*)['‘“]")
_CLOSING_QUOTE: Final = re.compile(r"['’”](\s*)(?=[\]},:])")
_BRACKET: Final = re.compile(r"[\[{]")
_DECODER: Final = json.JSONDecoder()


def json_list(text: str) -> list[object]:
    """Return the first list in `text`: bare, in a code fence, amid words, or an object with nothing else in it.

    Mended: trailing commas, single and typographic quotes around strings. Several objects in a row without a list
    around them make a list.

    Raises:
        ValueError: There is none, with a message for the model.
    """
    body = text[:_LONGEST]
    for block in (*cast("list[str]", _FENCE.findall(body)), body):
        plain = _TRAILING_COMMA.sub("", block)
        for candidate in (plain, _CLOSING_QUOTE.sub(r'"\1', _OPENING_QUOTE.sub(r'\1"', plain))):
            found = _first_list(candidate)
            if found is not None:
                return found
    raise ValueError("write a JSON list and nothing else")


def _first_list(text: str) -> list[object] | None:
    objects: list[object] = []
    for value in _values(text):
        if isinstance(value, list):
            return cast("list[object]", value)
        fields = cast("dict[str, object]", value)
        lists = [cast("list[object]", item) for item in fields.values() if isinstance(item, list)]
        if len(lists) == 1 and len(fields) == 1:
            return lists[0]
        objects.append(fields)
    return objects or None


def _values(text: str) -> Generator[object]:
    """Yield every list and object of `text` that is not inside another one."""
    position = 0
    while (match := _BRACKET.search(text, position)) is not None:
        try:
            value, position = _DECODER.raw_decode(text, match.start())
        except RecursionError:  # thousands of brackets: each later start would be as deep
            return
        except ValueError:
            position = match.end()
        else:
            yield value
