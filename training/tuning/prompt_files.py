"""What lies beside an exported model: the prompt it was tuned with, and from which chance on a selector keeps."""

from __future__ import annotations

import json
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from questline.errors import UsageError
from questline.tools.models.llm_contract import Role
from questline.tools.models.prompts import PromptTemplate, load

__all__ = ["PROMPTS", "THRESHOLDS", "prompt_beside", "template_beside", "threshold_beside", "write_template"]

PROMPTS: Final = "prompts"
"""Folder of the prompt beside an exported model."""
THRESHOLDS: Final = "selection.json"


def prompt_beside(model: str, name: str) -> Path | None:
    """Return the file of the prompt that a model was tuned with here; None where there is none.

    Args:
        model: By name or folder.
        name: Of the file, as ``rank.md``.
    """
    file = Path(model) / PROMPTS / name
    return file if model and file.is_file() else None


def template_beside(model: str, role: Role, shipped: Traversable) -> PromptTemplate | None:
    """Return the prompt beside a model that was tuned here; None where there is none.

    Args:
        model: By name or folder.
        role: Whose prompt.
        shipped: The product's own, whose name and placeholders it has.
    """
    file = prompt_beside(model, shipped.name)
    return None if file is None else load(role, shipped, file)


def threshold_beside(model: str) -> float | None:
    """Return from which chance on a selector that was tuned here keeps a passage; None where nothing says so.

    Args:
        model: By name or folder.

    Raises:
        UsageError: ``bad_data`` where the file is there and does not say it.
    """
    file = Path(model) / THRESHOLDS
    if not model or not file.is_file():
        return None
    try:
        tau = json.loads(file.read_text(encoding="utf-8"))["tau"]
        if 0 <= tau <= 1:
            return float(tau)
    except (ValueError, KeyError, TypeError):
        pass
    raise UsageError(f"{str(file)!r} does not say 'tau' in [0, 1]: write it, or give --tau", code="bad_data", path=file)


def write_template(folder: Path, name: str, template: PromptTemplate, note: str) -> None:
    """Write a prompt beside a model, headed by a note."""
    home = folder / PROMPTS
    home.mkdir(parents=True, exist_ok=True)
    system = [f"# system\n{template.system}"] if template.system else []
    turns = [f"# {name}\n{text}" for name, text in template.turns]
    (home / name).write_text("\n\n".join([note, *system, *turns]) + "\n", encoding="utf-8")
