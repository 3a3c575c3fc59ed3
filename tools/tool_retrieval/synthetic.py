"""Requests that people would make who need a tool, written by a language model while the catalogue is built.

arXiv:2508.04604 §3.1 (Eq. 3) writes 20 a server at a temperature above 1; here they are a tool's. Without a language
model nothing is written: templates ("Can you …?") were measured and made every figure worse, and lists of words that
people use in the place of others, learnt from the training queries, changed none; what stands in for them is the map of
`shipped.py`, which was learnt from the same queries.
"""

from __future__ import annotations

import dataclasses
from importlib.resources import files
from pathlib import Path
from typing import Final

from questline.budget import Meter
from questline.tools.fencing import inline
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.models.prompts import load
from questline.tools.text import words

from .documents import ToolDocument, text_of

__all__ = ["COUNT", "ROLE", "parse_queries", "write_queries"]

ROLE: Final[Role] = "suggest"
"""The role whose model writes them: a suggestion of what to ask, too."""
COUNT: Final = 20
_TEMPERATURE: Final = 1.1
_LONGEST: Final = 300
_SHOWN: Final = 4_000


async def write_queries(
    tool: ToolDocument, *, llm: LLM, meter: Meter, count: int = COUNT, prompt: str | Path | None = None
) -> Completion[tuple[str, ...]]:
    """Ask the model of the role ``suggest`` for at most `count` requests.

    Raises:
        ModelError: What `LLM.complete` raises; ``bad_model_output`` where its text is no list after one repeat.
        BudgetExceeded: No budget is left.
    """
    template = load(ROLE, files("questline.tools.tool_retrieval") / "queries.md", prompt)
    filled = template.render(count=count, tool=inline(text_of(tool), limit=_SHOWN))
    return await llm.complete(
        dataclasses.replace(filled, temperature=_TEMPERATURE),
        role=ROLE,
        meter=meter,
        parse=lambda text: parse_queries(text, count),
        max_tokens=64 + 48 * count,
    )


def parse_queries(text: str, count: int = COUNT) -> tuple[str, ...]:
    """Read a model's list of texts; repeats and what is no request are left out.

    Raises:
        ValueError: Nothing usable, with a message for the model.
    """
    lines = [" ".join(item.split()) for item in json_list(text) if isinstance(item, str)]
    kept = dict.fromkeys(line for line in lines if len(line) <= _LONGEST and len(words(line)) > 1)
    if not kept:
        raise ValueError('write only a JSON list of texts such as ["What will the weather be in Lyon tomorrow?"]')
    return tuple(kept)[:count]
