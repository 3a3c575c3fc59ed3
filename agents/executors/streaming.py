"""The events of an answer while a model writes it."""

from __future__ import annotations

from questline.agents.contract import Context, Work
from questline.tools.models.llm_contract import RESTART
from questline.types import Event

from .citations import TextFilter

__all__ = ["TokenStream"]


class TokenStream:
    """Emits ``token`` events for the user's question; silent for sub-questions.

    A ``token`` event with an empty text says that the answer (re)starts: what was streamed before is withdrawn. One
    opens every draft, as a later turn can replace an earlier draft, and one follows when a model breaks off.
    """

    def __init__(self, work: Work, context: Context, step: str) -> None:
        self._filter = TextFilter()
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
        self._filter = TextFilter()
        self._emit(RESTART)

    def _emit(self, text: str) -> None:
        if self._work.top_level:
            self._context.emit(Event(kind="token", task=self._work.task, step=self._step, text=text))
