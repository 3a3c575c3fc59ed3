"""QDS and QDP: split a question into parts that depend on each other, or that do not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final, Literal, cast

from questline.agents.contract import Context, Result, SubQuestion, Work
from questline.agents.prompting import prompt_for
from questline.tools import decomposition
from questline.tools.fencing import inline
from questline.tools.json_text import json_list
from questline.tools.models.llm_contract import LLM, Role

from .base import TokenStep
from .parts import MAX_PARTS, references

__all__ = ["Decompose"]

_NUMBERED: Final = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*•]|#\d{1,2}[.:])\s+")
_TEXT_KEYS: Final = ("question", "sub_question", "subquestion", "step", "part", "text")
_LONGEST_PART: Final = 500


class Decompose(TokenStep):
    """Propose sub-questions; none when the question asks for a single fact.

    They are as the model or the rules wrote them: `questline.agents.executors.parts.settle_parts` makes of them what
    can run. Sub-questions of QDP have no references, unless the model wrote some: then those wait for each other.
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
        return Result(questions=tuple(done.value), usage=done.usage, backend="llm", model=done.model)

    def embedded(self, work: Work, context: Context) -> Result:
        """Split by rule."""
        del context
        texts = (decomposition.serial if self._serial else decomposition.parallel)(work.question)
        return Result(questions=tuple(SubQuestion(text=text) for text in texts))


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
