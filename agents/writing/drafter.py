"""Drafts of greetings by a language model, with examples of the user's corpus before its eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .asking import Asking, fenced, fields_of, line_of, said
from .values import Example

__all__ = ["Drafter", "parse_draft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """Writes one text a call, at a temperature."""

    asking: Asking
    temperature: float = 1.0

    async def draft(self, query: str, examples: Sequence[Example], *, number: int) -> str:
        """Return draft number `number`; equal numbers of one query are one call."""
        shown = "\n".join(line_of(fenced(each.query), each.text) for each in examples) or "(无)"
        done = await self.asking.ask(
            "draft",
            "writer",
            {"query": fenced(query), "examples": shown},
            parse_draft,
            word=f"{number}",
            temperature=self.temperature,
        )
        return done.value


def parse_draft(answer: str) -> str:
    """Read ``{"text": "…"}``."""
    return said(fields_of(answer, '{"text": "…"}'), "text")
