"""Find the prompt of a role: the file that ``agents.toml`` names, else the shipped one."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from questline.agents.contract import Context
from questline.tools.models.llm_contract import Role
from questline.tools.models.prompts import PromptTemplate, load

__all__ = ["prompt_for"]


def prompt_for(role: Role, context: Context, *, variant: str = "") -> PromptTemplate:
    """Load the prompt of `role`.

    ``context.prompts[role]`` is a file, or a folder with files named like the shipped ones: a role with two prompts
    (``decompose_serial.md`` and ``decompose_parallel.md``, ``planner.md`` and ``planner_part.md``) can have both
    replaced, or one of them. A single file replaces both.

    Raises:
        UsageError: ``bad_settings`` when a replacing file is missing, unreadable, or has other placeholders.
    """
    name = f"{role}_{variant}.md" if variant else f"{role}.md"
    override: Path | None = Path(context.prompts[role]) if role in context.prompts else None
    if override is not None and override.is_dir():
        override = override / name if (override / name).exists() else None
    return load(role, files("questline.agents") / "prompts" / name, override)
