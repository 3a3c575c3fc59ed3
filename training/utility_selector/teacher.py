"""A language model as teacher of selections (arXiv:2507.19102 §3): the product's sliding windows, each kept as a row.

Each question's passages go through `questline.tools.selection.sliding.SlidingSelector`: up to 20 of them at once, the
best ten of what was kept carried on, and the answer that was found so far [ours: the paper throws it away]; in the end
all that was kept is judged together. Each window that the model judged, with its answer and its selection, may become a
row; `filtering` says which do. Every call is kept as it is answered, so that a run which was stopped or killed goes on
where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, get_args

from questline.budget import Meter
from questline.errors import BudgetExceeded, ModelError
from questline.tools.models.llm_contract import LLM
from questline.tools.selection.judge import Judge, Verdict
from questline.tools.selection.llm_judge import LLMJudge
from questline.tools.selection.sliding import SlidingSelector
from questline.training.recipe import Hears
from questline.training.tuning.teaching import REPORT, Taught, TeachingOrder, reported, taught
from questline.training.writer.calls import AgentCost, CallStore, Ended, RecordedLLM
from questline.types import Passage

from .filtering import LEAST, Ending, checked
from .rows import TaughtSet, write_sets

__all__ = ["REPORT", "SETS", "Order", "Taught", "teach"]

SETS: str = "windows.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(TeachingOrder):
    """What to let a teacher judge, and how; of each passage 300 tokens are shown (arXiv:2507.19102 cuts at 300 words).

    How windows ended is counted; ``unreadable`` ones end their question.
    """

    positive: ClassVar[tuple[str, ...]] = ("window", *TeachingOrder.positive)
    sets: Sequence[TaughtSet]
    """Questions with all their passages; longer lists than a window become several rows."""
    least: float = LEAST
    window: int = 20
    carry: int = 10


def teach(order: Order, hears: Hears) -> Taught[TaughtSet]:
    """Let the model of the role ``select`` judge windows, and write those that are kept, with a report.

    Raises:
        UsageError: ``unknown_model`` without a language model; ``already_there`` without `resume`.
        RunError: ``backend_unavailable`` or ``budget_exceeded``: what was answered is kept.
        KeyboardInterrupt: Somebody asked for the end; what was answered is kept.
    """
    return taught(
        order,
        order.sets,
        lambda llm, store, ends: _Teacher(order, llm, store, ends).windows,
        role="select",
        hears=hears,
        finish=partial(_written, order),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """What one question came to."""

    rows: Sequence[TaughtSet]
    unreadable: bool


class _Heard(Judge):
    """A judge whose windows are kept; what it fails of is kept too, for the selector tells it as its own error."""

    def __init__(self, judge: LLMJudge) -> None:
        self._judge = judge
        self.heard: list[tuple[Sequence[Passage], str, Verdict]] = []
        self.error: Exception | None = None

    async def judge(
        self, question: str, passages: Sequence[Passage], *, answer_so_far: str = "", meter: Meter
    ) -> Verdict:
        try:
            verdict = await self._judge.judge(question, passages, answer_so_far=answer_so_far, meter=meter)
        except (Ended, BudgetExceeded, ModelError) as error:
            self.error = error
            raise
        self.heard.append((passages, answer_so_far, verdict))
        return verdict


class _Teacher:
    def __init__(self, order: Order, llm: LLM, store: CallStore, ends: Callable[[], bool]) -> None:
        asked = RecordedLLM(llm, store, agent="windows", ends=ends)
        prompt = order.settings.prompts.get("select")
        self._order = order
        self._judge = LLMJudge(asked, prompt=prompt, passage_tokens=order.passage_tokens, logprobs=0)
        self._meter = Meter(budget=order.budget, spent=store.spent())

    async def windows(self, each: TaughtSet) -> _Windows:
        """Return the windows of a question as rows."""
        order, judge = self._order, _Heard(self._judge)
        carry = min(order.carry, order.window - 1)
        selector = SlidingSelector(
            judge, window=order.window, carry=carry, piece_tokens=order.passage_tokens, strict=True
        )
        unreadable = False
        try:
            await selector.select(each.question, each.passages, spans=False, budget=self._meter)
        except ModelError as error:
            unreadable = error.code == "bad_model_output" and isinstance(judge.error, ModelError)
            if not unreadable:
                raise (judge.error or error) from None
        if judge.error is not None and not unreadable:
            raise judge.error
        rows = [
            _row(each, number, passages, so_far, verdict)
            for number, (passages, so_far, verdict) in enumerate(judge.heard)
        ]
        return _Windows(rows=rows, unreadable=unreadable)


def _row(each: TaughtSet, number: int, passages: Sequence[Passage], so_far: str, verdict: Verdict) -> TaughtSet:
    """Return a window as a row; of a piece of a long passage nobody knows whether it helps."""
    whole = set(each.ids)
    shown = tuple(passages)
    known = each.gold is not None and all(one.id in whole for one in shown)
    return TaughtSet(
        id=f"{each.id}/{number}" if number else each.id,
        question=each.question,
        passages=shown,
        gold=tuple(one.id for one in shown if one.id in (each.gold or ())) if known else None,
        answers=each.answers,
        kind=each.kind,
        so_far=so_far,
        answer=verdict.answer,
        selection=tuple(shown[place].id for place in sorted(set(verdict.members))),
    )


def _written(order: Order, done: Sequence[_Windows], costs: Sequence[AgentCost]) -> Taught[TaughtSet]:
    """Write what is kept, and the report."""
    checks = [(row, checked(row, least=order.least)) for one in done for row in one.rows]
    kept = [row for row, ending in checks if ending.startswith("kept")]
    write_sets(order.out / SETS, kept)
    unreadable: list[Ending] = ["unreadable" for one in done if one.unreadable]
    of = {"questions": len(order.sets), "windows": len(checks)}
    return reported(order, of, kept, [*unreadable, *(ending for _, ending in checks)], get_args(Ending), costs)
