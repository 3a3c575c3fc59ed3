"""What a language model is asked about one window: the same request when it selects and when it is trained to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.tools.fencing import fence, inline
from questline.tools.models.llm_contract import Prompt
from questline.tools.models.prompts import PromptTemplate
from questline.tools.ranking.hygiene import Shown, show
from questline.types import Passage

__all__ = ["answer_tokens", "shown_passages", "window_prompt"]

_TOKENS_PER_ID: Final = 6
_TOKENS_AROUND: Final = 112
"""Tokens of an answer beside its ids: two marks, a few words of answer, and a word or two that were not asked for."""
_LONGEST_ANSWER: Final = 300


def shown_passages(passages: Sequence[Passage], *, tokens: int) -> list[Shown]:
    """Return passages as a judge is shown them: dated where a date is known, cut to about so many tokens, cleaned."""
    return [show(_dated(each), tokens=tokens, numbered=len(passages)) for each in passages]


def window_prompt(template: PromptTemplate, question: str, shown: Sequence[str], answer_so_far: str = "") -> Prompt:
    """Return the request for the selection of a window.

    Args:
        template: With the placeholders question and passages; shipped as ``prompts/select.md``.
        question: As asked.
        shown: Texts of the passages, as `shown_passages` leaves them.
        answer_so_far: What the windows before have found; it is called uncertain.
    """
    passages = fence("passages", (text or "(empty)" for text in shown))
    if answer_so_far:
        told = inline(answer_so_far, limit=_LONGEST_ANSWER)
        passages += f"\n\nAnswer so far, from other passages, which may be wrong: {told}"
    return template.render(question=inline(question), passages=passages)


def answer_tokens(n: int) -> int:
    """Return the tokens that an answer about `n` passages may have."""
    return _TOKENS_AROUND + _TOKENS_PER_ID * n


def _dated(passage: Passage) -> Passage:
    """Return a passage whose title tells its date, where one is known."""
    if not passage.date:
        return passage
    return replace(passage, title=f"{passage.title} ({passage.date})" if passage.title else passage.date)
