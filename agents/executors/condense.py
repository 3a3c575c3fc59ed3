"""Make a question stand alone: what earlier messages say is put into it."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from questline.agents.contract import Context, Result, Work
from questline.agents.prompting import prompt_for
from questline.tools import decomposition
from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import LLM, Role

from .base import TwoBackends
from .lines import one_line

__all__ = ["Condense"]

_PREFIX: Final = re.compile(r"^(?:standalone\s+)?question\s*[:：]\s*", re.IGNORECASE)


class Condense(TwoBackends):
    """Rewrite the last question of a conversation; no token, as it runs before any workflow.

    ``work.history`` is all that was said before, ``work.question`` the last question; the result's ``query`` is the
    standalone question.
    """

    role: ClassVar[Role] = "condense"

    def __init__(self) -> None:
        super().__init__("condense")

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Leave a question without history as it is."""
        del context
        return None if work.history else Result(query=work.question, detail="no earlier messages")

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for the standalone question on one line; the whole conversation is shown."""
        said = fence("conversation", (f"{message.role}: {message.content}" for message in work.history))
        prompt = prompt_for(self.role, context).render(question=inline(work.question, limit=20_000), conversation=said)
        done = await llm.complete(prompt, role=self.role, meter=context.meter, parse=_question, max_tokens=256)
        return Result(query=done.value, usage=done.usage, backend="llm", model=done.model, detail=repr(done.value))

    def embedded(self, work: Work, context: Context) -> Result:
        """Fill in pronouns and ellipses by rule."""
        del context
        question = decomposition.condense(work.question, work.history) or work.question
        return Result(query=question, detail=repr(question))


def _question(text: str) -> str:
    return one_line(text, drop=_PREFIX, what="the question")
