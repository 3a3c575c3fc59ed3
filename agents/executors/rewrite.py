"""QR: write the search query for a question."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from questline.agents.contract import Context, Result, Work
from questline.agents.prompting import prompt_for
from questline.tools import decomposition
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM, Role

from .base import TokenStep
from .lines import one_line, sub_answer_line

__all__ = ["Rewrite"]

_PREFIX: Final = re.compile(r"^(?:search\s+)?(?:query|keywords?)\s*[:：]\s*", re.IGNORECASE)


class Rewrite(TokenStep):
    """Shorten a question to what documents would contain, with the answers of earlier steps put in."""

    role: ClassVar[Role] = "rewrite"

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for a query on one line."""
        prompt = prompt_for(self.role, context).render(
            question=inline(work.question),
            original=inline(work.original) or "(the same)",
            steps=fence("steps", map(sub_answer_line, work.sub_answers)),
        )
        done = await llm.complete(prompt, role=self.role, meter=context.meter, parse=_query, max_tokens=64)
        return Result(query=done.value, usage=done.usage, backend="llm", model=done.model, detail=repr(done.value))

    def embedded(self, work: Work, context: Context) -> Result:
        """Drop the question's frame by rule."""
        del context
        query = decomposition.rewrite(work.question) or work.question
        return Result(query=query, detail=repr(query))


def _query(text: str) -> str:
    return one_line(text, drop=_PREFIX, what="the search query")
