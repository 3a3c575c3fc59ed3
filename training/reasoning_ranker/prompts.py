"""The prompt of a ranker that is trained: the product's own, in full or cut down for a small model.

What is asked in training is what `questline.tools.ranking.llm_judge.LLMJudge` asks, so that an exported model is served
with the file beside it (``prompts.rank`` of the settings) and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias, get_args

from questline.tools.models.llm_contract import Thinking
from questline.tools.models.prompts import PromptTemplate
from questline.tools.ranking.hygiene import show
from questline.tools.ranking.window_prompt import window_prompt
from questline.training.tuning.chat import Message, messages_of
from questline.training.tuning.prompt_files import PROMPTS, template_beside, write_template

from .lists import TaughtList

__all__ = ["DETAILS", "FILE", "PROMPTS", "Asking", "Detail", "written"]

Detail: TypeAlias = Literal["short", "full"]
"""Passages and query alone; or the shipped prompt, which says what a good order is."""
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
FILE: Final = "rank.md"
_SHORT: Final = "{{passages}}\n\nQuery: {{query}}\n{{count}} passages. {{thinking}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a list is asked about."""

    template: PromptTemplate
    thinking: Thinking = "short"
    passage_tokens: int = 300
    """About how much of each passage is shown, as at inference."""

    @classmethod
    def of(cls, detail: Detail, *, thinking: Thinking = "short", passage_tokens: int = 300) -> Self:
        """Make it of the shipped prompt."""
        shipped = PromptTemplate.parse(
            (files("questline.tools.ranking") / "prompts" / FILE).read_text(encoding="utf-8"), origin=FILE
        )
        short = PromptTemplate(turns=(("user", _SHORT),), origin=FILE)
        return cls(template=shipped if detail == "full" else short, thinking=thinking, passage_tokens=passage_tokens)

    @classmethod
    def beside(cls, model: str, *, thinking: Thinking = "short", passage_tokens: int = 300) -> Self | None:
        """Make it of the prompt beside a model that was taught here; None where there is none."""
        template = template_beside(model, "rank", files("questline.tools.ranking") / "prompts" / FILE)
        return None if template is None else cls(template=template, thinking=thinking, passage_tokens=passage_tokens)

    def messages(self, each: TaughtList) -> list[Message]:
        """Return the chat that asks for the order of a list."""
        shown = [show(one, tokens=self.passage_tokens, numbered=len(each.passages)).text for one in each.passages]
        return messages_of(window_prompt(self.template, each.query, shown, self.thinking))

    def write(self, folder: Path) -> None:
        """Write the prompt beside a model, as a file for ``prompts.rank`` of the settings."""
        note = (
            f"Written by a training: the prompt that the model beside it was tuned with, thinking {self.thinking!r}. "
            "Placeholders: count, thinking, passages, query."
        )
        write_template(folder, FILE, self.template, note)


def written(order: tuple[int, ...], reasoning: str) -> str:
    """Return thoughts and order as a model is to write them; without thoughts the answer alone."""
    answer = f"<answer>{' > '.join(f'[{number}]' for number in order)}</answer>"
    return f"<think>{reasoning}</think>{answer}" if reasoning else answer
