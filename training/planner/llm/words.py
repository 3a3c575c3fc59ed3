"""The prompts of the planner's model as a tokenizer reads them, and their files as the served planner reads them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias, get_args

from questline.tools.models.prompts import PromptTemplate

from .cases import Case, Role

__all__ = ["DETAILS", "Detail", "Prompts"]

Detail: TypeAlias = Literal["short", "plain", "full"]
"""The question alone; with the instructions; with the worked examples too, as shipped."""
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
_FILES: Final[dict[Role, str]] = {"top": "planner.md", "part": "planner_part.md"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """The prompts by role."""

    templates: dict[Role, PromptTemplate]

    @classmethod
    def of(cls, detail: Detail) -> Self:
        """Make them of the shipped ones."""
        home = files("questline.agents") / "prompts"
        shipped: dict[Role, PromptTemplate] = {
            role: PromptTemplate.parse((home / name).read_text(encoding="utf-8"), origin=name)
            for role, name in _FILES.items()
        }
        return cls(templates={role: _cut(template, detail) for role, template in shipped.items()})

    def messages(self, case: Case) -> list[dict[str, str]]:
        """Return the chat that asks for one decision."""
        prompt = self.templates[case.role].render(**case.values)
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        return [*system, *({"role": turn.role, "content": turn.content} for turn in prompt.messages)]

    def write(self, folder: Path) -> None:
        """Write them as files for ``prompts.planner`` of the settings (a folder)."""
        folder.mkdir(parents=True, exist_ok=True)
        for role, template in self.templates.items():
            system = [f"# system\n{template.system}"] if template.system else []
            turns = [f"# {name}\n{text}" for name, text in template.turns]
            note = "Written by `agents train llm-planner`: the prompt that the model beside it was tuned with."
            (folder / _FILES[role]).write_text("\n\n".join([note, *system, *turns]) + "\n", encoding="utf-8")


def _cut(template: PromptTemplate, detail: Detail) -> PromptTemplate:
    if detail == "full":
        return template
    system = "" if detail == "short" else template.system
    return PromptTemplate(system=system, turns=template.turns[-1:], origin=template.origin)
