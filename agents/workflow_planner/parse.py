"""Read a planner model's words as a workflow: tokens or long names, in the ways that models write lists."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, cast

from questline.errors import UsageError

from .workflow import Token, Workflow

__all__ = ["ALIASES", "Choice", "parse_choice"]

Choice: TypeAlias = Workflow | Literal["answer", "abstain"]

_NAMES: Final[dict[Token, tuple[str, ...]]] = {
    "QDS": (
        "query decomposition serial",
        "question decomposition serial",
        "serial query decomposition",
        "serial question decomposition",
        "serial decomposition",
        "decompose serial",
        "serial",
    ),
    "QDP": (
        "query decomposition parallel",
        "question decomposition parallel",
        "parallel query decomposition",
        "parallel question decomposition",
        "parallel decomposition",
        "decompose parallel",
        "parallel",
    ),
    "QR": ("query rewriter", "query rewriting", "query rewrite", "question rewriting", "rewriter", "rewrite"),
    "R": ("retrieval", "retriever", "retrieve", "document retrieval", "search"),
    "DS": ("document selector", "document selection", "passage selection", "selector", "selection", "select"),
    "AG": ("answer generator", "answer generation", "generator", "generation", "generate"),
}
ALIASES: Final[dict[str, Token]] = {name: token for token, names in _NAMES.items() for name in names}
"""Long names that models write for a token, in lower case."""

_PREFIX: Final = re.compile(
    r"^\W*(?:(?:the\s+)?(?:workflow|plan|output|answer)(?:\s+is)?[\s*_`]*[:：=]\W*)+", re.IGNORECASE
)
_END_MARKS: Final = re.compile(r"(?:<[|/]?[\w|]*>|</s>|[\s.;。`'\"*\])】」])+$")
_OPENING: Final = re.compile(r"^[\s`'\"*\[(【「]+")
_SEPARATOR: Final = re.compile(r"\s*(?:[,，、;；+|/]|->|=>|→|\band\b|\bthen\b)\s*", re.IGNORECASE)
_ENDINGS: Final[dict[str, Literal["answer", "abstain"]]] = {
    "answer": "answer",
    "stop": "answer",
    "abstain": "abstain",
    "give up": "abstain",
}


def parse_choice(text: str, *, top_level: bool = True, allowed: Sequence[Choice] | None = None) -> Choice:
    """Read the first line with words in it.

    A "Workflow:" prefix, quotes and end marks are dropped; the rest is split at commas, arrows or "and", and long names
    become tokens. The order is not mended: ``DS,R,AG`` is illegal. Of a JSON object with
    one text in it, that text is read.

    Args:
        text: What the model wrote.
        top_level: Whether a decomposition is legal.
        allowed: The choices that are open now; None for every legal workflow.

    Raises:
        ValueError: The text is not a legal choice, with a message for the model.
    """
    line = next((line for line in _unwrapped(text).splitlines() if re.search(r"\w", _PREFIX.sub("", line))), "")
    body = _OPENING.sub("", _END_MARKS.sub("", _PREFIX.sub("", line)))
    words = [word for word in _SEPARATOR.split(body.casefold()) if word]
    if not words:
        raise ValueError("write one workflow, such as R,AG")
    choice: Choice
    if len(words) == 1 and words[0] in _ENDINGS:
        choice = _ENDINGS[words[0]]
    else:
        choice = _workflow([ALIASES.get(_plain(word), word) for word in words], top_level=top_level)
    if allowed is not None and choice not in allowed:
        raise ValueError(f"{choice} cannot be chosen now; choose one of {' | '.join(map(str, allowed))}")
    return choice


def _unwrapped(text: str) -> str:
    """Return the text inside ``{"choice": "R,AG"}``, as a server writes it that is held to a schema."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        found = cast("object", json.loads(text))
    except ValueError:
        return text
    values = list(cast("dict[str, object]", found).values()) if isinstance(found, dict) else []
    return values[0] if len(values) == 1 and isinstance(values[0], str) else text


def _workflow(tokens: list[str], *, top_level: bool) -> Workflow:
    try:
        return Workflow.parse(",".join(tokens), top_level=top_level)
    except UsageError as error:
        raise ValueError(error.message) from error


def _plain(word: str) -> str:
    """Drop what models put around a name: ``the Document Selector (DS) agent`` is ``document selector``."""
    bare = " ".join(re.sub(r"[()（）]", " ", word).split())
    bare = re.sub(r"\s+(?:agent|executor|module|step)$", "", re.sub(r"^(?:the|an?)\s+", "", bare))
    return re.sub(r"(?<=\w)\s+(?:qds|qdp|qr|r|ds|ag)$", "", bare)
