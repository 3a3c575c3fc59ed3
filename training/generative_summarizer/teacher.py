"""Summaries that a teacher writes: any language model of the settings, each reply kept, paid for once and checked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from questline import event_loop
from questline.budget import Budget, Meter
from questline.errors import ModelError, RunError, UsageError
from questline.settings import Settings
from questline.tools.fencing import fence, inline
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import LLM
from questline.tools.models.prompts import PromptTemplate
from questline.tools.summarization.pointer import ROLE
from questline.tools.summarization.verifying import unfounded
from questline.training.writer.calls import CallStore, RecordedLLM
from questline.types import Usage

from .rows import Asked

__all__ = ["Taught", "Teacher"]

_AT_ONCE: Final = 8
_CHARACTERS: Final = 24_000
_NONE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """Rows with the teacher's summaries."""

    rows: list[Asked]
    unanswered: int
    """Rows left out because the teacher found no answer."""
    unfounded: int
    """Rows left out because a summary says a number, date or name that its document does not."""
    failed: int
    """Rows left out because the model failed; asked again next time."""
    spent: Usage
    """All calls that ever were made into this folder."""

    def counts(self) -> dict[str, int]:
        """Return what there is, for the card."""
        return {
            "teacher: unanswered": self.unanswered,
            "teacher: unfounded": self.unfounded,
            "teacher: failed": self.failed,
        }


class Teacher:
    """Asks the role ``summary`` for the summaries that rows lack.

    Args:
        llm: Models by role.
        folder: Where replies are kept (``calls.sqlite``): a reply that is there is never asked for again.
        words: Of a summary, about.
        at_once: Requests under way.
    """

    def __init__(self, llm: LLM, folder: Path, *, words: int, at_once: int = _AT_ONCE) -> None:
        if not llm.serves(ROLE):
            raise UsageError(
                'summarizer-sft.teacher=true asks a language model; name one in agents.toml: model = "…", or '
                'models = { summary = "…" }',
                code="bad_settings",
                argument="teacher",
            )
        self._llm, self._folder, self._words, self._at_once = llm, folder, words, at_once
        shipped = files("questline.training.generative_summarizer") / "teacher.md"
        self._template = PromptTemplate.parse(shipped.read_text(encoding="utf-8"), origin="teacher.md")

    @classmethod
    def of(cls, settings: Settings, folder: Path, *, words: int) -> Teacher:
        """Make it from the settings.

        Raises:
            UsageError: ``bad_settings`` where no model serves the role ``summary``.
        """
        return cls(Gateway.of(settings), folder, words=words)

    def teach(self, rows: Sequence[Asked], hears: Callable[[str, int, int], None]) -> Taught:
        """Return the rows with summaries; those that have one keep it.

        Raises:
            RunError: ``backend_unavailable`` where every request failed.
        """
        return event_loop.run(self._teach(rows, hears))

    async def _teach(self, rows: Sequence[Asked], hears: Callable[[str, int, int], None]) -> Taught:
        with CallStore.begin(self._folder, resume=True) as store:
            llm = RecordedLLM(self._llm, store, agent="teacher")
            gate = asyncio.Semaphore(self._at_once)
            lacking = [row for row in rows if not row.summary]
            done = 0

            async def one(row: Asked) -> str | ModelError:
                nonlocal done
                async with gate:
                    try:
                        said = await self._ask(llm, row)
                    except ModelError as error:
                        said = error
                done += 1
                hears("asking the teacher", done, len(lacking))
                return said

            said = await asyncio.gather(*map(one, lacking))
            told = {id(row): each for row, each in zip(lacking, said, strict=True)}
            failures = [each for each in said if isinstance(each, ModelError)]
            if lacking and len(failures) == len(lacking):
                raise RunError(
                    f"the teacher answered none of {len(lacking)} requests; the first: {failures[0].message}",
                    code="backend_unavailable",
                )
            return _sorted(rows, told, store.spent())

    async def _ask(self, llm: RecordedLLM, row: Asked) -> str:
        prompt = self._template.render(
            query=inline(row.query),
            title=inline(row.title or "none"),
            document=fence("passages", [row.document[:_CHARACTERS]]),
            length=str(self._words),
        )
        found = await llm.complete(
            prompt, role=ROLE, meter=Meter(Budget()), parse=_read, max_tokens=max(64, 6 * self._words)
        )
        return found.value


def _read(text: str) -> str:
    found = " ".join(text.split()).strip('"“” ')
    if not found:
        raise ValueError("the summary is empty")
    return found


def _sorted(rows: Sequence[Asked], told: dict[int, str | ModelError], spent: Usage) -> Taught:
    kept: list[Asked] = []
    lost = {"unanswered": 0, "unfounded": 0, "failed": 0}
    for row in rows:
        said = row.summary or told[id(row)]
        if isinstance(said, ModelError):
            lost["failed"] += 1
        elif not row.summary and said.strip(".").casefold() == _NONE:
            lost["unanswered"] += 1
        elif not row.summary and unfounded(said, f"{row.title}\n{row.document}"):
            lost["unfounded"] += 1
        else:
            kept.append(replace(row, summary=said))
    return Taught(rows=kept, spent=spent, **lost)
