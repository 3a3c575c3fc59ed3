"""The prompt of a selector that is trained: the product's own, in full or cut down for a small model.

What is asked in training is what `questline.tools.selection.llm_judge.LLMJudge` asks, so that an exported model is
served with the file beside it (``prompts.select`` of the settings) and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias, get_args

from questline.tools.models.prompts import PromptTemplate
from questline.tools.selection.verdicts import verdict_line
from questline.tools.selection.window_prompt import shown_passages, window_prompt
from questline.training.tuning.chat import Message, messages_of
from questline.training.tuning.prompt_files import template_beside, write_template

from .rows import TaughtSet

__all__ = ["DETAILS", "FILE", "Asking", "Detail", "written"]

Detail: TypeAlias = Literal["short", "full"]
"""Passages and question alone; or the shipped prompt, which says what helps."""
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
FILE: Final = "select.md"
_SHIPPED: Final = files("questline.tools.selection") / "prompts" / FILE
_SHORT: Final = "{{passages}}\n\nQuestion: {{question}}"
_VERDICTS: Final = (
    "- Before the answer write one line with a verdict on each passage, in order, such as [1] drop [2] keep."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a window is asked about."""

    template: PromptTemplate
    passage_tokens: int = 300
    """About how much of each passage is shown, as at inference."""

    @classmethod
    def of(cls, detail: Detail, *, verdicts: bool = True, passage_tokens: int = 300) -> Self:
        """Make it of the shipped prompt; of the full one without its example where verdicts come before the answer."""
        if detail == "short":
            template = PromptTemplate(turns=(("user", _SHORT),), origin=FILE)
        else:
            template = PromptTemplate.parse(_SHIPPED.read_text(encoding="utf-8"), origin=FILE)
        if verdicts and detail == "full":
            plain = template.without_examples()
            template = PromptTemplate(turns=plain.turns, system=f"{plain.system}\n{_VERDICTS}", origin=FILE)
        return cls(template=template, passage_tokens=passage_tokens)

    @classmethod
    def beside(cls, model: str, *, passage_tokens: int = 300) -> Self | None:
        """Make it of the prompt beside a model that was taught here; None where there is none."""
        template = template_beside(model, "select", _SHIPPED)
        return None if template is None else cls(template=template, passage_tokens=passage_tokens)

    def messages(self, each: TaughtSet) -> list[Message]:
        """Return the chat that asks for the selection of a window."""
        shown = [one.text for one in shown_passages(each.passages, tokens=self.passage_tokens)]
        return messages_of(window_prompt(self.template, each.question, shown, each.so_far))

    def write(self, folder: Path) -> None:
        """Write the prompt beside a model, as a file for ``prompts.select`` of the settings."""
        note = "Written by a training: what the model beside it was tuned with. Placeholders: question, passages."
        write_template(folder, FILE, self.template, note)


def written(each: TaughtSet, *, verdicts: bool) -> str:
    """Return what a model is to write of a taught window: verdicts where they are wanted, answer and selection.

    The two last are the published target (arXiv:2507.19102 §3); the verdicts before them are ours.
    """
    numbers = each.numbers(each.helps if each.selection is None else each.selection)
    places = {name: number for number, name in enumerate(each.ids, start=1)}
    notes = {places[name]: note for name, note in each.notes.items()}
    line = [verdict_line(numbers, len(each.passages), notes)] if verdicts else []
    return "\n".join([*line, f"Answer: {each.answer or 'unknown'}", f"Selection: {list(numbers)}"])
