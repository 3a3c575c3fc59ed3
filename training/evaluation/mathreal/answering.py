"""Ask a model for one question in one setting: one request, or two where it reads first."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final, Protocol

from questline.budget import Budget, Meter
from questline.errors import ModelError, QuestlineError
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Picture, Prompt, Role, Thinking
from questline.tools.models.prompts import PromptTemplate
from questline.types import Usage

from .refusals import is_refusal
from .replies import KeptReplies, KeptReply, reply_key
from .rows import Language, MathPhoto, Setting, sees
from .sections import read_sections

__all__ = ["ROLE", "Answered", "Answerer", "Asker", "ModelAnswerer", "prompt_text", "prompt_versions"]

ROLE: Final[Role] = "generate"
"""The role whose model solves."""
_FOLDER: Final = files("questline.training.evaluation.mathreal") / "prompts"
_PROMPTS: Final = ("solve", "read_and_solve", "read", "solve_read", "solve_text", "judge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was answered to one question."""

    text: str
    """The answer as written; empty where there is none."""
    transcript: str | None = None
    """The question as read from the photo; None where nothing was to be read."""
    description: str = ""
    """The figure as described."""
    confidence: float | None = None
    """In [0, 1], where the answerer tells one."""
    refused: bool = False
    abstained: bool = False
    """Gave no answer on purpose, such as a solver that found no way."""
    cut: bool = False
    """Ended at the longest allowed answer."""
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    """Of models; taken-over replies count with what they took."""
    kept: int = 0
    """Replies taken over from an earlier run."""


class Answerer(Protocol):
    """Answers questions from photos."""

    async def answer(self, photo: MathPhoto, picture: Picture | None) -> Answered:
        """Answer one question. Raises a `QuestlineError` with ``usage`` where that failed."""
        ...


@dataclass(kw_only=True)
class Asker:
    """A model behind kept replies: what was answered once is not asked again."""

    gateway: Gateway
    role: Role
    model: str
    base_url: str | None
    replies: KeptReplies
    max_tokens: int
    thinking: Thinking = "off"

    async def ask(self, prompt: Prompt) -> tuple[KeptReply, bool]:
        """Return the reply, and whether it was kept from before.

        Raises:
            ModelError: ``backend_unavailable`` or ``model_refused``.
        """
        prompt = replace(prompt, thinking=self.thinking)
        key = reply_key(self.model, self.base_url, prompt, self.max_tokens)
        kept = self.replies.get(key)
        if kept is not None:
            return kept, True
        started = time.perf_counter()
        meter = Meter(Budget())
        try:
            told = await self.gateway.complete(
                prompt, role=self.role, meter=meter, parse=str, max_tokens=self.max_tokens
            )
        except ModelError as error:
            if not error.fields.get("filtered"):
                raise
            reply = _kept("", error.usage, started, filtered=True)
        else:
            reply = replace(_kept(told.text, told.usage, started), finish_reason=told.finish_reason)
        self.replies.keep(key, reply)
        return reply, False


def _kept(text: str, usage: Usage, started: float, *, filtered: bool = False) -> KeptReply:
    seconds = time.perf_counter() - started
    return KeptReply(
        text=text, tokens=usage.tokens, usd=usage.usd, calls=usage.calls, seconds=seconds, filtered=filtered
    )


class ModelAnswerer:
    """A language model, in the setting that decides what it is given."""

    def __init__(self, asker: Asker, setting: Setting, language: Language = "zh") -> None:
        self._asker = asker
        self._setting: Setting = setting
        self._language: Language = language

    async def answer(self, photo: MathPhoto, picture: Picture | None) -> Answered:
        """Ask in one stage or two; a failed second stage carries what the first one cost too."""
        spent = Usage()
        shown = (picture,) if picture is not None and sees(self._setting) else ()
        transcript: str | None = None
        description, kept_count, first = "", 0, KeptReply(text="")
        if self._setting in ("I+QM", "I+QM+DM"):
            first, kept = await self._asker.ask(_rendered("read", shown))
            kept_count, spent = int(kept), Usage(calls=first.calls, tokens_out=first.tokens, usd=first.usd)
            read = read_sections(first.text)
            transcript = read.question if read.found else first.text.strip()
            description = read.figure
            if _refuses(first):
                return _answered(first, first, transcript="", kept=kept_count, refused=True, text=first.text)
        try:
            last, kept = await self._asker.ask(self._prompt(photo, shown, transcript or "", description))
        except QuestlineError as error:
            error.usage = error.usage + spent
            raise
        text = last.text
        if self._setting == "IUER":
            read = read_sections(text)
            transcript, description, text = read.question, read.figure, read.solution
        return replace(
            _answered(first, last, transcript=transcript, kept=kept_count + kept, refused=_refuses(last), text=text),
            description=description,
        )

    def _prompt(self, photo: MathPhoto, shown: tuple[Picture, ...], transcript: str, description: str) -> Prompt:
        setting, language = self._setting, self._language
        if setting == "I":
            return _rendered("solve", shown)
        if setting == "IUER":
            return _rendered("read_and_solve", shown)
        own = setting in ("I+QM", "I+QM+DM")
        texts = {"Question": transcript if own else photo.question[language]}
        if setting.endswith("+DM"):
            texts["Figure"] = description
        elif setting.endswith("+DG"):
            texts["Figure"] = photo.description[language]
        return _rendered("solve_read" if shown else "solve_text", shown, texts=_told(texts))


def prompt_text(name: str) -> PromptTemplate:
    """Return one of the suite's prompts."""
    return PromptTemplate.parse((_FOLDER / f"{name}.md").read_text(encoding="utf-8"), origin=f"{name}.md")


def prompt_versions() -> dict[str, str]:
    """Return the start of each prompt's sha256."""
    return {name: hashlib.sha256((_FOLDER / f"{name}.md").read_bytes()).hexdigest()[:16] for name in _PROMPTS}


def _rendered(name: str, shown: tuple[Picture, ...], **values: str) -> Prompt:
    return replace(prompt_text(name).render(**values), pictures=shown)


def _told(texts: Mapping[str, str]) -> str:
    return "\n\n".join(f"{name}:\n{text}" for name, text in texts.items() if text.strip())


def _refuses(reply: KeptReply) -> bool:
    return reply.filtered or is_refusal(reply.text)


def _answered(
    first: KeptReply, last: KeptReply, *, transcript: str | None, kept: int, refused: bool, text: str
) -> Answered:
    both = (last,) if first is last or not first.calls else (first, last)
    return Answered(
        text=text,
        transcript=transcript,
        refused=refused,
        cut=last.finish_reason == "length",
        calls=sum(each.calls for each in both),
        tokens=sum(each.tokens for each in both),
        usd=sum(each.usd for each in both),
        seconds=sum(each.seconds for each in both),
        kept=kept,
    )
