"""The language model that a suite of tools asks: a served one, or one of transformers that is run here."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar, cast

from questline.agents.contract import Context
from questline.agents.prompting import prompt_for
from questline.budget import Budget, Meter
from questline.errors import UsageError, require
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import LLM, Prompt, Role
from questline.tools.models.prompts import PromptTemplate

from .items import Json

__all__ = ["WAYS", "AskedModel", "Way", "answered", "way_of"]

MethodT = TypeVar("MethodT", bound=str)
Way: TypeAlias = Literal["llm", "local"]
"""Served, as the settings say; or run here, by transformers."""
WAYS: Final = ("llm", "local")


def way_of(method: MethodT | None, model: str | None, otherwise: MethodT, *, option: str = "method") -> MethodT | Way:
    """Return how a command's options ask for what is measured: a folder alone is a model that is run here.

    Args:
        method: What is asked for; None where nothing is.
        model: By name or folder.
        otherwise: Without either.
        option: What the method is called.

    Raises:
        UsageError: For a model with a method that asks none, for ``local`` without one, and ``unknown_model`` for a
            path that is no folder.
    """
    if model is not None and model.startswith((".", "/", "~")) and not Path(model).is_dir():
        raise UsageError(
            f"the model {model!r} cannot be loaded: there is no such folder", code="unknown_model", argument="model"
        )
    if method is None:
        return otherwise if model is None else "local" if Path(model).is_dir() else "llm"
    if model is not None and method not in WAYS:
        raise UsageError(f"--model is of a language model, and --{option} {method} asks none", argument="model")
    if model is None and method == "local":
        raise UsageError(f"--{option} local runs a model here: give --model a folder or an ID", argument="model")
    return method


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedModel:
    """Of one role."""

    role: Role
    way: Way
    model: str = ""
    """For ``local``: a folder, or a model of Hugging Face by name."""
    settings: Settings = field(default_factory=Settings)
    """For ``llm``: models by role, and prompts."""

    def fingerprint(self) -> Json:
        """Return what tells it from others."""
        if self.way == "llm":
            return self.settings.models.get(self.role, self.settings.model)
        require("torch", feature="a model that is run here")
        from .local_llm import fingerprint

        return fingerprint(self.model)

    def template(self) -> PromptTemplate:
        """Return the prompt of its role: the one beside a model that was tuned, else that of the settings."""
        prompts = cast("dict[Role, str]", dict(self.settings.prompts))
        if self.beside is not None:
            prompts[self.role] = str(self.beside)
        return prompt_for(self.role, Context(meter=Meter(Budget()), prompts=prompts))

    def prompt_hash(self) -> str:
        """Return the start of the sha256 of its prompt."""
        return hashlib.sha256(repr(self.template()).encode()).hexdigest()[:16]

    @property
    def beside(self) -> Path | None:
        """The prompt that a model run here was tuned with, where its folder holds one."""
        path = Path(self.model) / "prompts" / f"{self.role}.md"
        return path if self.way == "local" and path.is_file() else None

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[LLM]:
        """Yield it, ready to be asked.

        Raises:
            UsageError: ``bad_settings`` where no model serves the role; ``unknown_model``, ``no_chat_template``.
        """
        if self.way == "local":
            require("torch", feature="a model that is run here")
            from .local_llm import LocalLLM

            yield LocalLLM(self.model, role=self.role)
            return
        gateway = Gateway.of(self.settings)
        if not gateway.serves(self.role):
            raise UsageError(
                f"--method llm asks the model of the role {self.role!r}: name one by --model, or in agents.toml",
                code="bad_settings",
                argument="model",
            )
        async with gateway.session():
            yield gateway


async def answered(llm: LLM, role: Role, prompt: Prompt, most: int) -> tuple[str, dict[str, float]]:
    """Return what it writes, and what that cost.

    Raises:
        ModelError: It failed.
    """
    done = await llm.complete(prompt, role=role, meter=Meter(Budget()), parse=str, max_tokens=most)
    spent = done.usage
    return done.value, {"calls": float(spent.calls), "llm_tokens": float(spent.tokens), "usd": spent.usd}
