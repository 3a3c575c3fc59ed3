"""Ask a language model for greetings: one call with the nearest examples, read strictly, asked again once at most.

What comes back are candidates like any others: each is held to the same constraints and taboos.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final, cast

from questline.budget import Meter
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.models.prompts import load

from .brief import Brief
from .examples import Example

__all__ = ["ROLE", "ask", "parse"]

ROLE: Final[Role] = "writer"
_MOST: Final = 100
_LONGEST: Final = 4_000
_READ: Final = 100_000
_THOUGHT: Final = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_FORM: Final = 'write only a JSON list of texts, such as ["生日快乐！愿你……", "……"]'
_DECODER: Final = json.JSONDecoder()


async def ask(
    brief: Brief, k: int, *, llm: LLM, meter: Meter, examples: Sequence[Example] = (), prompt: str | Path | None = None
) -> Completion[list[str]]:
    """Ask for a few more texts than `k`; raises what `LLM.complete` raises."""
    template = load(ROLE, files("questline.tools.writing") / "write.md", prompt)
    filled = template.render(
        count=k + 2,
        query=inline(brief.query),
        wishes=_wishes(brief),
        examples=fence("examples", [f"{each.query}\n{each.text}".strip() for each in examples]),
    )
    return await llm.complete(filled, role=ROLE, meter=meter, parse=parse, max_tokens=min(128 + 160 * (k + 2), 8_000))


def parse(text: str) -> list[str]:
    """Read a model's list of texts, or of objects with a ``text``.

    Mended by rule: thoughts and words around the list, code fences, a list in an object, one that breaks off.

    Raises:
        ValueError: There is no text in it, with a message for the model.
    """
    body = _THOUGHT.sub("", text)[:_READ]
    start = body.find("[")
    if start < 0:
        raise ValueError(_FORM)
    try:
        value, _ = cast("tuple[list[object], int]", _DECODER.raw_decode(body, start))
    except RecursionError:
        raise ValueError(_FORM) from None
    except ValueError:
        value = _whole_items(body[start + 1 :])
    found = [told for item in value[:_MOST] if (told := _text(item))]
    if not found:
        raise ValueError(_FORM)
    return found


def _whole_items(rest: str) -> list[object]:
    """Return the complete texts and objects at the head of a list that never ends."""
    items: list[object] = []
    position = 0
    while match := re.match(r'[\s,]*(?=[{"])', rest[position:]):
        try:
            item, position = _DECODER.raw_decode(rest, position + match.end())
        except (ValueError, RecursionError):
            break
        items.append(item)
    return items


def _text(item: object) -> str:
    told = cast("Mapping[str, object]", item).get("text") if isinstance(item, dict) else item
    if not isinstance(told, str) or len(told) > _LONGEST:
        return ""
    return told.strip()


def _wishes(brief: Brief) -> str:
    """Return the constraints as lines of data, each on one line."""
    rows = [
        f"recipient, to be copied letter by letter: {inline(brief.recipient)}" if brief.recipient else "",
        f"tone: {brief.tone}" if brief.tone else "",
        f"at most {brief.max_chars} characters, punctuation counted" if brief.max_chars else "",
        *(f"must hold letter by letter: {inline(word)}" for word in brief.must_include),
        *(f"must not hold: {inline(word)}" for word in brief.avoid),
        "emoji are allowed" if brief.emoji else "no emoji",
        "lines that rhyme" if brief.rhyme else "",
        "two parallel lines (对仗)" if brief.parallel else "",
    ]
    return fence("wishes", [row for row in rows if row])
