"""How each of these agents asks its model: by a prompt file of its own, read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeVar, cast

from questline.budget import Meter
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Completion, Role
from questline.tools.models.prompts import PromptTemplate, load

__all__ = ["Asking", "fenced", "fields_of", "line_of", "prompt_of", "said", "words_of"]

T = TypeVar("T")
_FOLDER: Final = "prompts/writing"
_TAG: Final = re.compile(
    r"[<＜](?=\s*[/／]?\s*(?:query|text|rules|examples|points|verdict|advice|good)\b)", re.IGNORECASE
)
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The model behind the agents of a loop."""

    source: Callable[[str, str], LLM]
    """Returns the model for an agent's name and a word that tells equal requests apart (a second draft is none)."""
    meter: Meter
    prompts: Mapping[Role, str] = field(default_factory=dict[Role, str])
    """Folders with prompt files of the user's own, named like the shipped ones."""

    @classmethod
    def of(cls, llm: LLM, meter: Meter) -> Asking:
        """Ask one model, without keeping anything."""
        return cls(source=lambda agent, word: llm, meter=meter)

    async def ask(
        self,
        agent: str,
        role: Role,
        filled: Mapping[str, str],
        parse: Callable[[str], T],
        *,
        word: str = "",
        max_tokens: int = 512,
        temperature: float = 0.0,
    ) -> Completion[T]:
        """Fill the agent's prompt and read the answer.

        Args:
            agent: Name of the prompt file, without its ending.
            role: The role whose model is asked.
            filled: Values of the prompt's placeholders.
            parse: Reads the text, or raises `ValueError` with a message for the model, which is then asked once more.
            word: Tells this request from an equal one before it.
            max_tokens: Longest answer.
            temperature: Above 0 for drafts that are to differ.

        Raises:
            ModelError: ``backend_unavailable``, ``model_refused`` or ``bad_model_output``.
            BudgetExceeded: No budget is left for the request.
        """
        prompt = replace(prompt_of(agent, role, self.prompts.get(role)).render(**filled), temperature=temperature)
        return await self.source(agent, word).complete(
            prompt, role=role, meter=self.meter, parse=parse, max_tokens=max_tokens
        )


def prompt_of(agent: str, role: Role, folder: str | None = None) -> PromptTemplate:
    """Return the prompt of an agent: the file of that name in `folder` where there is one, else the shipped one."""
    name = f"{agent}.md"
    own = Path(folder) / name if folder is not None else None
    return load(role, files("questline.agents") / _FOLDER / name, own if own is not None and own.exists() else None)


def fenced(text: str, *, limit: int = 4_000) -> str:
    """Return what others wrote on one line, without a tag that could pass for the prompt's own."""
    return _SPACE.sub(" ", _TAG.sub("‹", text)).strip()[:limit]


def fields_of(text: str, example: str) -> Mapping[str, object]:
    """Return the one JSON object of an answer; `example` tells the model what to write where there is none."""
    rows = json_list(text)
    if len(rows) != 1 or not isinstance(rows[0], dict):
        raise ValueError(f"write one JSON object such as {example} and nothing else")
    return cast("Mapping[str, object]", rows[0])


def said(fields: Mapping[str, object], name: str, *, needed: bool = True) -> str:
    """Return a text of an object; one that is needed and lacks is a `ValueError`."""
    value = fields.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value.strip()):
        raise ValueError(f'"{name}" must be a text{" with something in it" if needed else ""}')
    return value.strip()


def words_of(fields: Mapping[str, object], name: str) -> list[str]:
    """Return a list of texts of an object; without one it is empty, anything else is a `ValueError`."""
    value = fields.get(name)
    items = cast("list[object]", value) if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(item, str) for item in items):
        raise ValueError(f'"{name}" is a list of texts')
    return cast("list[str]", items)


def line_of(label: str, text: str) -> str:
    """Return a line of a list in a prompt, ``label: text``."""
    return f"{label}: {fenced(text)}"
