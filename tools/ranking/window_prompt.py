"""What a language model is asked about one window: the same request when it ranks and when it is trained to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.tools.fencing import fence
from questline.tools.models.llm_contract import Prompt, Thinking
from questline.tools.models.prompts import PromptTemplate

from .hygiene import one_line

__all__ = ["answer_tokens", "window_prompt"]

_ASKED: Final[dict[Thinking, str]] = {
    "off": "Write the answer at once, without any thoughts before it.",
    "short": "First think briefly between <think> and </think>, in at most a hundred words.",
    "full": "First reason between <think> and </think> about what the query needs and which passages give it.",
}
_TOKENS_PER_ID: Final = 6
_TOKENS_AROUND: Final = 48
"""Tokens of an answer beside its ids: tags, and a word or two that were not asked for."""


def window_prompt(template: PromptTemplate, query: str, shown: Sequence[str], thinking: Thinking) -> Prompt:
    """Return the request for the order of a window.

    Args:
        template: With the placeholders count, query, thinking and passages; shipped as ``prompts/rank.md``.
        query: As asked.
        shown: Texts of the passages, as `hygiene.show` leaves them.
        thinking: Whether thoughts come before the answer. With thoughts the template's example is left out: it shows
            an answer at once, which would tell a model not to think.
    """
    chosen = template if thinking == "off" else template.without_examples()
    made = chosen.render(
        count=len(shown),
        query=one_line(query),
        thinking=_ASKED[thinking],
        passages=fence("passages", (text or "(empty)" for text in shown)),
    )
    return replace(made, thinking=thinking)


def answer_tokens(n: int) -> int:
    """Return the tokens that an order of `n` passages may have, its thoughts not counted."""
    return _TOKENS_AROUND + _TOKENS_PER_ID * n
