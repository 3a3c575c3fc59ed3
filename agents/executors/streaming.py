"""Let a model write an answer, and stream it as it comes."""

from __future__ import annotations

from functools import partial
from typing import Final

from questline.agents.contract import Context, Work
from questline.tools.fencing import indexed
from questline.tools.models.llm_contract import LLM, RESTART, Completion, Prompt, Role
from questline.types import Event

from .citations import CitedText, TextFilter, parse_answer

__all__ = ["AnswerStream", "write_answer"]

_MAX_TOKENS: Final = 512


async def write_answer(
    prompt: Prompt, *, items: int, step: str, role: Role, work: Work, context: Context, llm: LLM
) -> Completion[CitedText]:
    """Ask for sentences with markers and a short form; the answer to the user's question is streamed meanwhile.

    ``items`` says how many items the prompt numbers.
    """
    quoted = indexed(prompt.messages[-1].content)
    stream = AnswerStream(work, context, step, items=items, quoted=quoted)
    done = await llm.complete(
        prompt,
        role=role,
        meter=context.meter,
        parse=partial(parse_answer, items=items, quoted=quoted),
        max_tokens=_MAX_TOKENS,
        on_token=stream.feed if work.top_level else None,
    )
    stream.finish(done.value.text)
    return done


class AnswerStream:
    """Emits ``token`` events for the user's question; silent for sub-questions.

    A ``token`` event with an empty text says that the answer (re)starts: what was streamed before is withdrawn. One
    opens every draft, as a later turn can replace an earlier draft, and one follows when a model breaks off.
    """

    def __init__(self, work: Work, context: Context, step: str, *, items: int, quoted: frozenset[str]) -> None:
        self._new_filter = partial(TextFilter, items=items, quoted=quoted)
        self._filter = self._new_filter()
        self._work, self._context, self._step = work, context, step
        self._emit(RESTART)

    def feed(self, piece: str) -> None:
        """Pass on the next piece of the model's text."""
        if piece == RESTART:
            self._restart()
        elif fresh := self._filter.feed(piece):
            self._emit(fresh)

    def finish(self, text: str) -> None:
        """Emit what is still missing of the finished text."""
        if not text.startswith(self._filter.shown):
            self._restart()
        if rest := text[len(self._filter.shown) :]:
            self._emit(rest)

    def _restart(self) -> None:
        self._filter = self._new_filter()
        self._emit(RESTART)

    def _emit(self, text: str) -> None:
        if self._work.top_level:
            self._context.emit(Event(kind="token", task=self._work.task, step=self._step, text=text))
