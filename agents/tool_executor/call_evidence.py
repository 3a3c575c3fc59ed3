"""The evidence that a call leaves: its text is a line with the arguments, and the result below."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, cast

from questline.types import Evidence

from .calls import Call

__all__ = ["arguments_told", "evidence_of", "result_told", "texts_given"]

_MOST_TEXT: Final = 100_000
"""Characters of one evidence."""
_CONTROL: Final = re.compile(r"\\u00[01][0-9a-f]")
"""A control character as JSON writes it: its digits are no figures."""


def evidence_of(made: Call) -> Evidence:
    """Return a call as evidence: its text is the arguments and the result as canonical JSON, a text result as it is."""
    shown = made.value if isinstance(made.value, str) else _unescaped(made.value)
    text = f"{_json(dict(made.arguments))}\n{shown}"
    return Evidence(
        id=made.id,
        kind="tool",
        text=text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT],
        title=made.definition.title or made.definition.name,
        source=f"{made.server or made.definition.server}/{made.definition.name}",
        date=made.at,
    )


def _unescaped(value: object) -> str:
    """Return JSON whose line breaks and quotation marks inside texts stand as they are, to be read and quoted."""
    return _json(value).replace("\\n", "\n").replace('\\"', '"')


def _json(value: object) -> str:
    """Return JSON with sorted keys, and spaces that keep the numbers of a list apart: ``[149, 240]``."""
    return _CONTROL.sub(" ", json.dumps(value, sort_keys=True, ensure_ascii=False))


def arguments_told(evidence: Evidence) -> str:
    """Return the line of a call's evidence that says the arguments."""
    return evidence.text.partition("\n")[0]


def result_told(evidence: Evidence) -> str:
    """Return what an evidence says, without the arguments that a tool was called with."""
    return evidence.text.partition("\n")[2] if evidence.kind == "tool" else evidence.text


def texts_given(evidence: Evidence) -> list[str]:
    """Return the texts among the arguments of a call; none where its evidence is not of the form of `evidence_of`."""
    given: object = None
    with suppress(ValueError):
        given = json.loads(arguments_told(evidence))
    members = cast("Mapping[str, object]", given) if isinstance(given, dict) else dict[str, object]()
    return [value for value in members.values() if isinstance(value, str)]
