"""DS: keep the passages that help to answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from questline.agents.contract import Context, Result, Work
from questline.agents.prompting import prompt_for
from questline.errors import ModelError
from questline.tools import selection
from questline.tools.fencing import fence_passages, inline
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Role
from questline.types import AnswerWarning, Passage

from .base import TokenStep

__all__ = ["Select"]

_NUMBER: Final = re.compile(r"\d{1,6}")
_BARE_NUMBERS: Final = re.compile(r"[\s\[\](),;.&#\d]*\d[\s\[\](),;.&#\d]*(?:and\s*[\s\[\](),;.&#\d]*)*")


class Select(TokenStep):
    """Choose a subset of ``work.passages``, in their order; a single passage is kept unasked."""

    role: ClassVar[Role] = "select"

    def without_backend(self, work: Work, context: Context) -> Result | None:
        """Keep none or one as it is."""
        del context
        if len(work.passages) > 1:
            return None
        return Result(passages=work.passages, detail=f"kept {len(work.passages)} of {len(work.passages)}")

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for the numbers of the passages to keep."""
        prompt = prompt_for(self.role, context).render(
            question=inline(work.question), passages=fence_passages(work.passages)
        )
        count = len(work.passages)
        done = await llm.complete(
            prompt, role=self.role, meter=context.meter, parse=lambda text: _numbers(text, count), max_tokens=96
        )
        chosen, foreign = done.value
        kept = tuple(passage for number, passage in enumerate(work.passages, start=1) if number in chosen)
        warnings = (self.warning("foreign_id", f"the selector named passages that do not exist: {foreign}"),)
        return Result(
            passages=kept,
            usage=done.usage,
            backend="llm",
            model=done.model,
            warnings=warnings if foreign else (),
            detail=_detail(kept, work.passages),
        )

    def embedded(self, work: Work, context: Context) -> Result:
        """Keep what shares the question's words and meaning."""
        ids = set(selection.select(work.question, work.passages, encoder=context.encoder).ids)
        kept = tuple(passage for passage in work.passages if passage.id in ids)
        return Result(passages=kept, detail=_detail(kept, work.passages))

    def warnings_of(self, error: ModelError) -> tuple[AnswerWarning, ...]:
        """Add that it was the form of the answer that failed, where it was."""
        warnings = super().warnings_of(error)
        if error.code != "bad_model_output":
            return warnings
        return (
            *warnings,
            self.warning("selector_parse_failed", f"the selector's answer is not a list: {error.message}"),
        )


def _numbers(text: str, count: int) -> tuple[frozenset[int], list[int]]:
    """Return the numbers from 1 to `count`, and those that name nothing."""
    if _BARE_NUMBERS.fullmatch(text.strip()):
        named = [int(number) for number in _NUMBER.findall(text)]
    else:
        named = [_number(item) for item in json_list(text)]
    valid = frozenset(number for number in named if 1 <= number <= count)
    foreign = sorted(set(named) - valid)
    if foreign and not valid:
        raise ValueError(f"the numbers go from 1 to {count}")
    return valid, foreign


def _number(item: object) -> int:
    """Read ``3``, ``"3"``, ``"[3]"`` or ``{"id": 3}``."""
    if isinstance(item, dict):
        raise ValueError("write a JSON list of numbers, such as [1, 3]")  # noqa: TRY004 because models are told by ValueError
    match = _NUMBER.fullmatch(str(item).strip("[]#. "))
    if match is None:
        raise ValueError("write a JSON list of numbers, such as [1, 3]")
    return int(match.group())


def _detail(kept: Sequence[Passage], given: Sequence[Passage]) -> str:
    return f"kept {len(kept)} of {len(given)}"
