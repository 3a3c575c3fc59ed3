"""What a writer learns from: queries with texts, brought to a length, and how a query is put to a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from questline.errors import UsageError
from questline.training.evaluation.rows import read_rows
from questline.training.tuning.chat import token_ids
from questline.training.writer.pairs import fold_of

__all__ = ["Written", "asked", "ended", "held_out", "read_prompts", "read_written"]

_FOLDS: Final = 10
_END: Final = re.compile(r".*[。！？!?~～…”]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text that was written for a query."""

    query: str
    text: str


def read_written(path: Path, *, most: int) -> list[Written]:
    """Return the rows ``{query, text}`` of JSON lines, or the chosen sides of pairs, each once.

    ``prompt`` and ``instruction`` are understood for ``query``, ``response`` and ``output`` for ``text``. Texts of more
    than `most` characters are cut behind their last sentence that fits, or left out where that would leave too little.

    Raises:
        UsageError: ``file_not_found``, or ``bad_data`` with the row, or where nothing is left.
    """
    found: dict[Written, None] = {}
    for row in read_rows(path):
        query = row.values.get("query") or _said(row.values.get("conversations"))
        query = query if isinstance(query, str) else row.text("prompt", "instruction")
        chosen = row.values.get("chosen")
        text = _value(chosen) if chosen is not None else row.text("text", "response", "output")
        if query.strip() and (whole := ended(text.strip(), most)):
            found[Written(query=query.strip(), text=whole)] = None
    if not found:
        raise UsageError(
            f"{str(path)!r} holds no text of at most {most} characters; raise characters", code="bad_data", path=path
        )
    return list(found)


def read_prompts(path: Path) -> list[str]:
    """Return the distinct queries of a file of queries, of texts or of pairs.

    Raises:
        UsageError: ``file_not_found``, or ``bad_data`` with the row, or for an empty file.
    """
    found: dict[str, None] = {}
    for row in read_rows(path):
        query = row.values.get("query") or _said(row.values.get("conversations"))
        query = query if isinstance(query, str) else row.text("prompt", "instruction")
        if query.strip():
            found[query.strip()] = None
    if not found:
        raise UsageError(f"{str(path)!r} holds no query", code="bad_data", path=path)
    return list(found)


def held_out(query: str) -> bool:
    """Say whether a query is of the tenth that is measured on.

    By a hash of its own, so that a part of a file that another hash cut off has a tenth, too.
    """
    return fold_of(f"held out: {query}", _FOLDS) == 0


def ended(text: str, most: int) -> str:
    """Return a text of at most `most` characters that ends where a sentence does; empty where half would be lost."""
    if len(text) <= most:
        return text
    match = _END.match(text[:most])
    return match[0] if match and len(match[0]) >= most / 3 else ""


def asked(tokenizer: Any, query: str, form: str) -> list[int]:
    """Return the tokens of a query up to where the model's text begins.

    Args:
        tokenizer: Of the model; without a chat form, the query and a line break are read.
        query: What is asked for.
        form: What it is put into, in the place of ``{query}``.
    """
    told = form.replace("{query}", query)
    if not getattr(tokenizer, "chat_template", None):
        return [int(each) for each in tokenizer.encode(told + "\n")]
    return token_ids(tokenizer, [{"role": "user", "content": told}])


def _said(told: object) -> str | None:
    turns = cast("Sequence[object]", told) if isinstance(told, list) else ()
    people = [cast("Mapping[str, object]", one) for one in turns if isinstance(one, Mapping)]
    return next((_value(one) for one in people if one.get("from") == "human"), None)


def _value(told: object) -> str:
    if isinstance(told, Mapping):
        told = cast("Mapping[str, object]", told).get("value")
    return told if isinstance(told, str) else ""
