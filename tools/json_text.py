"""Find JSON lists in a model's text, mending by rule what models often get wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Final, cast

__all__ = ["json_list", "json_lists"]

_LONGEST: Final = 20_000
_FENCE: Final = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA: Final = re.compile(r",(?=\s*[\]}])")
_STRING_OR_TRAILING_COMMA: Final = re.compile(rf'"(?:[^"\\]|\\.)*"|{_TRAILING_COMMA.pattern}', re.DOTALL)
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
    return json_lists(text)[0]


def json_lists(text: str) -> list[list[object]]:
    """Return every list of `text` that is not inside another one, of the first part that holds any; see `json_list`.

    A list that breaks off counts with its whole objects.

    Raises:
        ValueError: There is none, with a message for the model.
    """
    body = text[:_LONGEST]
    for block in (*cast("list[str]", _FENCE.findall(body)), body):
        kept = _STRING_OR_TRAILING_COMMA.sub(lambda match: match[0].removeprefix(","), block)
        plain = _TRAILING_COMMA.sub("", block)  # also where quotes do not pair
        for candidate in (kept, plain, _CLOSING_QUOTE.sub(r'"\1', _OPENING_QUOTE.sub(r'\1"', plain))):
            found = _lists(candidate)
            if found:
                return found
    raise ValueError("write a JSON list and nothing else")


def _lists(text: str) -> list[list[object]]:
    lists: list[list[object]] = []
    objects: list[object] = []
    for value in _values(text):
        if isinstance(value, list):
            lists.append(cast("list[object]", value))
            continue
        fields = cast("dict[str, object]", value)
        inner = [cast("list[object]", item) for item in fields.values() if isinstance(item, list)]
        if len(inner) == 1 and len(fields) == 1:
            lists.append(inner[0])
        else:
            objects.append(fields)
    return [*lists, objects] if objects else lists


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
