"""The request of a released ranker: what it was trained to be asked with (spec 03 §2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from questline.tools.models.llm_contract import Prompt, Thinking
from questline.tools.models.prompts import PromptTemplate

from .hygiene import one_line

__all__ = ["FORMS", "FORM_FILES", "Form", "released_prompt"]

Form: TypeAlias = Literal["ours", "reasonrank"]
"""``ours``, or that of a released ranker."""
FORMS: Final[tuple[Form, ...]] = ("ours", "reasonrank")
FORM_FILES: Final[dict[Form, str]] = {"ours": "prompts/rank.md", "reasonrank": "forms/reasonrank.md"}
"""Beside this module."""


def released_prompt(template: PromptTemplate, query: str, texts: Sequence[str], thinking: Thinking) -> Prompt:
    """Return the request of one window: a passage a line, its number before it; the reasoning comes unasked.

    Args:
        template: Of the form.
        query: What the passages are ordered for.
        texts: What is shown of each, cleaned.
        thinking: For models that have a switch for it.
    """
    lines = (f"[{number}] {' '.join(each.split()) or '(empty)'}" for number, each in enumerate(texts, start=1))
    made = template.render(count=len(texts), query=one_line(query), passages="\n".join(lines))
    return replace(made, thinking=thinking)
