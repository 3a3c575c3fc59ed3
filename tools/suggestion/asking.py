"""Ask a language model for a list of suggestions: one call, its text checked strictly, asked once more at most.

What comes back are candidates like any others: the model says nothing about whether they are answerable, new or safe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final, cast

from questline.budget import Meter
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.models.prompts import load
from questline.tools.text import words

from .candidates import Session
from .result import Candidate, Kind

__all__ = ["ROLE", "ask", "parse"]

ROLE: Final[Role] = "suggest"
_PASSAGES: Final = 6
_CHARACTERS: Final = 700
"""Of each passage and of the answer."""
_HISTORY: Final = 6
_LONGEST: Final = 200
_MOST: Final = 40
"""Items of a list that are looked at."""
_READ: Final = 20_000
_KINDS: Final[tuple[Kind, ...]] = ("followup", "refine", "clarify")
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile("[\U000e0000-\U000e007f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_FORM: Final = 'write only a JSON list such as [{"text": "Who founded it?", "kind": "followup"}]'
_DECODER: Final = json.JSONDecoder()


async def ask(
    session: Session, k: int, *, llm: LLM, meter: Meter, prompt: str | Path | None = None
) -> Completion[list[Candidate]]:
    """Ask for a few more suggestions than `k`; raises what `LLM.complete` raises."""
    template = load(ROLE, files("questline.tools.suggestion") / "suggest.md", prompt)
    passages = [*session.evidence, *session.found][:_PASSAGES]
    filled = template.render(
        count=k + 3,
        query=_quoted(session.query),
        history=_numbered(_quoted(text) for text in session.earlier[-_HISTORY:]),
        answer=_quoted(session.answer.text) if session.answer and session.answer.text else "(none)",
        passages=_numbered(f"{_quoted(item.title)}\n{_quoted(item.text)}".strip() for item in passages),
    )
    return await llm.complete(filled, role=ROLE, meter=meter, parse=parse, max_tokens=64 + 48 * (k + 3))


def parse(text: str) -> list[Candidate]:
    """Read a model's list: of texts, or of objects with ``text`` and ``kind``; thoughts before it are skipped.

    Mended by rule: code fences, words around the list, a list in an object, a list that breaks off after whole items.
    Items without a usable text are left out.

    Raises:
        ValueError: There is no list, or nothing usable in it, with a message for the model.
    """
    body = _THOUGHT.sub("", text)[:_READ]
    lists = list(_lists(body))
    made = [candidate for items in lists[-1:] for candidate in map(_candidate, items[:_MOST]) if candidate is not None]
    if not made:
        raise ValueError(_FORM)
    return made


def _lists(body: str) -> Iterator[list[object]]:
    """Yield every outermost JSON list that holds texts or objects; one that breaks off comes with its whole items."""
    position = 0
    while (start := body.find("[", position)) >= 0:
        try:
            value, position = _DECODER.raw_decode(body, start)
        except RecursionError:
            return
        except ValueError:
            position = start + 1
            whole = _whole_items(body[start + 1 :])
            if whole:
                yield whole
                return
        else:
            items = cast("list[object]", value)
            if any(isinstance(item, str | dict) for item in items):
                yield items


def _whole_items(rest: str) -> list[object]:
    """Return the complete objects and texts at the head of a list that never ends."""
    items: list[object] = []
    position = 0
    while match := re.match(r"[\s,]*(?=[{\"])", rest[position:]):
        try:
            item, position = _DECODER.raw_decode(rest, position + match.end())
        except (ValueError, RecursionError):
            break
        items.append(item)
    return items


def _candidate(item: object) -> Candidate | None:
    kind: Kind = "followup"
    text: object = item
    if isinstance(item, dict):
        fields = cast("dict[str, object]", item)
        text = fields.get("text")
        said = fields.get("kind")
        kind = said if said in _KINDS else kind
    if not isinstance(text, str):
        return None
    line = " ".join(_HIDDEN.sub("", text).split())
    if not 2 <= len(line) <= _LONGEST or not words(line):
        return None
    return Candidate(text=line, kind=kind, source="model", facet=line.casefold())


def _quoted(text: str) -> str:
    """Return `text` shortened and without anything that could close the tags around it."""
    short = text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1].rstrip() + "…"
    return _HIDDEN.sub("", short).replace("<", "‹").replace("＜", "‹")


def _numbered(texts: Iterable[str]) -> str:
    return "\n\n".join(f"[{number}] {text}" for number, text in enumerate(texts, start=1)) or "(none)"
