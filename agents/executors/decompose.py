"""QDS and QDP: split a question into parts that depend on each other, or that do not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, Literal, cast

from questline.agents.contract import Context, Result, SubQuestion, Work
from questline.agents.prompting import prompt_for
from questline.tools import decomposition
from questline.tools.fencing import inline
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Role
from questline.types import AnswerWarning

from .base import TokenStep
from .parts import MAX_PARTS, TROUBLE, references, settle_parts

__all__ = ["Decompose"]

_NUMBERED: Final = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*•]|#\d{1,2}[.:])\s+")
_TEXT_KEYS: Final = ("question", "sub_question", "subquestion", "step", "part", "text")
_LONGEST_PART: Final = 500


class Decompose(TokenStep):
    """Split a question into at most four sub-questions; none when it asks for a single fact.

    Sub-questions of QDP have no references, unless the model wrote some: then those wait for each other.
    """

    role: ClassVar[Role] = "decompose"

    def __init__(self, token: Literal["QDS", "QDP"]) -> None:
        super().__init__(token)
        self._serial = token == "QDS"  # noqa: S105 because QDS is an executor, not a password

    async def ask(self, work: Work, context: Context, llm: LLM) -> Result:
        """Ask for a JSON list of sub-questions."""
        template = prompt_for(self.role, context, variant="serial" if self._serial else "parallel")
        prompt = template.render(question=inline(work.question, limit=20_000), limit=MAX_PARTS)
        done = await llm.complete(prompt, role=self.role, meter=context.meter, parse=_proposals, max_tokens=320)
        questions, warnings = self._settled(done.value, work)
        return Result(
            questions=questions,
            usage=done.usage,
            warnings=warnings,
            backend="llm",
            model=done.model,
            detail=_detail(questions),
        )

    def embedded(self, work: Work, context: Context) -> Result:
        """Split by rule."""
        del context
        texts = (decomposition.serial if self._serial else decomposition.parallel)(work.question)
        questions, warnings = self._settled([SubQuestion(text=text) for text in texts], work)
        return Result(questions=questions, warnings=warnings, detail=_detail(questions))

    def _settled(
        self, proposed: Sequence[SubQuestion], work: Work
    ) -> tuple[tuple[SubQuestion, ...], tuple[AnswerWarning, ...]]:
        questions, codes = settle_parts(proposed, work.question)
        return questions, tuple(self.warning(code, TROUBLE[code]) for code in codes)


def _proposals(text: str) -> list[SubQuestion]:
    """Read a JSON list of strings or objects; failing that, numbered lines (the published form).

    Raises:
        ValueError: There are neither, with a message for the model.
    """
    try:
        items: Iterable[object] = json_list(text)
    except ValueError:
        items = [_NUMBERED.sub("", line) for line in text.splitlines() if _NUMBERED.match(line)]
        if not items:
            raise
    return [_proposal(item) for item in items]


def _proposal(item: object) -> SubQuestion:
    fields = _fields(item)
    text = next((each for key in _TEXT_KEYS if isinstance(each := fields.get(key), str)), None)
    if text is None:
        raise ValueError('each item is a string, or an object such as {"question": "…", "depends_on": [1]}')
    needs = fields.get("depends_on")
    listed = cast("list[object]", needs) if isinstance(needs, list) else []
    return SubQuestion(
        text=inline(_NUMBERED.sub("", text), limit=_LONGEST_PART),
        depends_on=references(" ".join(f"#{str(need).strip('# ')}" for need in listed)),
    )


def _fields(item: object) -> dict[str, object]:
    if isinstance(item, str):
        return {"question": item}
    return cast("dict[str, object]", item) if isinstance(item, dict) else {}


def _detail(questions: Sequence[SubQuestion]) -> str:
    return " | ".join(part.text for part in questions) or "nothing to split"
