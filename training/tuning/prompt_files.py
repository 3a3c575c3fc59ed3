"""The prompt beside an exported model: what it was tuned with, as a file for ``prompts`` of the settings."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from questline.tools.models.llm_contract import Role
from questline.tools.models.prompts import PromptTemplate, load

__all__ = ["PROMPTS", "template_beside", "write_template"]

PROMPTS: Final = "prompts"
"""Folder of the prompt beside an exported model."""


def template_beside(model: str, role: Role, shipped: Traversable) -> PromptTemplate | None:
    """Return the prompt beside a model that was tuned here; None where there is none.

    Args:
        model: By name or folder.
        role: Whose prompt.
        shipped: The product's own, whose name and placeholders it has.
    """
    file = Path(model) / PROMPTS / shipped.name
    return load(role, shipped, file) if model and file.is_file() else None


def write_template(folder: Path, name: str, template: PromptTemplate, note: str) -> None:
    """Write a prompt beside a model, headed by a note."""
    home = folder / PROMPTS
    home.mkdir(parents=True, exist_ok=True)
    system = [f"# system\n{template.system}"] if template.system else []
    turns = [f"# {name}\n{text}" for name, text in template.turns]
    (home / name).write_text("\n\n".join([note, *system, *turns]) + "\n", encoding="utf-8")
