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
from questline.tools.models.prompts import PromptTemplate, load
from questline.tools.ranking.hygiene import show
from questline.tools.ranking.window_prompt import window_prompt

from .lists import TaughtList

__all__ = ["DETAILS", "FILE", "PROMPTS", "Asking", "Detail", "written"]

Detail: TypeAlias = Literal["short", "full"]
"""Passages and query alone; or the shipped prompt, which says what a good order is."""
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
FILE: Final = "rank.md"
PROMPTS: Final = "prompts"
"""Folder of the prompt beside an exported model."""
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
        file = Path(model) / PROMPTS / FILE
        if not model or not file.is_file():
            return None
        template = load("rank", files("questline.tools.ranking") / "prompts" / FILE, file)
        return cls(template=template, thinking=thinking, passage_tokens=passage_tokens)

    def messages(self, each: TaughtList) -> list[dict[str, str]]:
        """Return the chat that asks for the order of a list."""
        shown = [show(one, tokens=self.passage_tokens, numbered=len(each.passages)).text for one in each.passages]
        prompt = window_prompt(self.template, each.query, shown, self.thinking)
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        return [*system, *({"role": turn.role, "content": turn.content} for turn in prompt.messages)]

    def write(self, folder: Path) -> None:
        """Write the prompt beside a model, as a file for ``prompts.rank`` of the settings."""
        home = folder / PROMPTS
        home.mkdir(parents=True, exist_ok=True)
        system = [f"# system\n{self.template.system}"] if self.template.system else []
        turns = [f"# {name}\n{text}" for name, text in self.template.turns]
        note = (
            f"Written by a training: the prompt that the model beside it was tuned with, thinking {self.thinking!r}. "
            "Placeholders: count, thinking, passages, query."
        )
        (home / FILE).write_text("\n\n".join([note, *system, *turns]) + "\n", encoding="utf-8")


def written(order: tuple[int, ...], reasoning: str) -> str:
    """Return thoughts and order as a model is to write them; without thoughts the answer alone."""
    answer = f"<answer>{' > '.join(f'[{number}]' for number in order)}</answer>"
    return f"<think>{reasoning}</think>{answer}" if reasoning else answer
