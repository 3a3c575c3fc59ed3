"""A language model as teacher of orders (arXiv:2508.07050 §3.1): labels, reasoning and orders, and a check of them.

Each list is asked about twice, independently: which passages help, given the gold answer, one by one; and, without the
answer, for reasoning and an order. A list is kept where the two agree: nDCG@10 of the order, against the labels, is at
least .4. Every call is kept as it is answered, so that a run which was stopped or killed goes on where it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from typing import ClassVar, Final, Literal, TypeAlias, TypeVar, get_args

from questline.budget import Meter
from questline.errors import ModelError
from questline.tools.fencing import fence
from questline.tools.models.llm_contract import LLM, Prompt
from questline.tools.models.prompts import PromptTemplate
from questline.tools.ranking.hygiene import one_line, show
from questline.tools.ranking.permutation import parse
from questline.tools.ranking.window_prompt import answer_tokens
from questline.training.evaluation.ranking_metrics import ndcg
from questline.training.recipe import Hears
from questline.training.tuning.teaching import REPORT, Taught, TeachingOrder, reported, taught
from questline.training.writer.calls import AgentCost, CallStore, RecordedLLM

from .lists import TaughtList, write_lists

T = TypeVar("T")
__all__ = ["LEAST", "LISTS", "REPORT", "Ending", "Order", "Taught", "consistent", "read_verdicts", "teach"]

LEAST: Final = 0.4
"""nDCG@10 of the order against the labels, at least (arXiv:2508.07050 §3.1)."""
LISTS: Final = "lists.jsonl"
_DEPTH: Final = 10
_VERDICT: Final = re.compile(r"\s*\[?(\d{1,9})\]?\s*[:.)-]?\s*(yes|no)\W*", re.IGNORECASE)
_REASONING: Final = re.compile(r"<reasoning>(.*?)</reasoning>", re.IGNORECASE | re.DOTALL)
_TOKENS_A_VERDICT: Final = 8

Ending: TypeAlias = Literal["kept", "filtered", "unreadable labels", "unreadable order", "nothing relevant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(TeachingOrder):
    """What to let a teacher label, and how."""

    positive: ClassVar[tuple[str, ...]] = ("thoughts", *TeachingOrder.positive)
    lists: Sequence[TaughtList]
    least: float = LEAST
    thoughts: int = 1_024
    """Tokens of the reasoning, at most."""


def teach(order: Order, hears: Hears) -> Taught[TaughtList]:
    """Let the model of the role ``rank`` label lists, and write those that are kept, with a report.

    Raises:
        UsageError: ``unknown_model`` without a language model; ``already_there`` without `resume`.
        RunError: ``backend_unavailable`` or ``budget_exceeded``: what was answered is kept.
        KeyboardInterrupt: Somebody asked for the end; what was answered is kept.
    """
    return taught(
        order,
        order.lists,
        lambda llm, store, ends: _Teacher(order, llm, store, ends).label,
        role="rank",
        hears=hears,
        finish=partial(_written, order),
    )


def consistent(each: TaughtList, *, least: float = LEAST) -> bool:
    """Say whether a teacher's order agrees with its labels: nDCG@10 of the one against the other is at least this."""
    return ndcg(each.final_list, dict.fromkeys(each.relevant, 1), _DEPTH) >= least


def read_verdicts(text: str, n: int) -> tuple[int, ...]:
    """Return the numbers that were called "yes".

    Raises:
        ValueError: Unless there is exactly one verdict for each of 1 to n.
    """
    found = [match for line in text.splitlines() if (match := _VERDICT.fullmatch(line))]
    numbers = [int(match[1]) for match in found]
    if sorted(numbers) != list(range(1, n + 1)):
        raise ValueError(f"write one line for each of the numbers 1 to {n}, such as [1] no, and no other verdict")
    return tuple(number for number, match in zip(numbers, found, strict=True) if match[2].lower() == "yes")


def _read_order(text: str, n: int) -> tuple[str, tuple[int, ...]]:
    thoughts = _REASONING.search(text)
    made = parse(text[thoughts.end() :] if thoughts else "", n)
    if thoughts is None or not thoughts[1].strip() or not made.report.valid:
        raise ValueError(
            "write your reasoning between <reasoning> and </reasoning>, then between <answer> and </answer> all "
            f"numbers 1 to {n}, each exactly once"
        )
    return " ".join(thoughts[1].split()), made.order


class _Teacher:
    def __init__(self, order: Order, llm: LLM, store: CallStore, ends: Callable[[], bool]) -> None:
        home = files("questline.training.reasoning_ranker") / "asked"
        self._order = order
        self._labels, self._orders = (
            PromptTemplate.parse((home / f"{name}.md").read_text(encoding="utf-8"), origin=name)
            for name in ("relevance", "order")
        )
        self._asks = {name: RecordedLLM(llm, store, agent=name, ends=ends) for name in ("labels", "order")}
        self._meter = Meter(budget=order.budget, spent=store.spent())

    async def label(self, each: TaughtList) -> tuple[Ending, TaughtList]:
        """Return how a list ended, and the list with what was taught."""
        n = len(each.passages)
        shown = [show(one, tokens=self._order.passage_tokens, numbered=n).text for one in each.passages]
        passages, query = fence("passages", shown), one_line(each.query)
        asked = self._labels.render(passages=passages, query=query, answer=one_line(each.answer or "not known"))
        try:
            verdicts = await self._ask("labels", asked, lambda text: read_verdicts(text, n), _TOKENS_A_VERDICT * n + 48)
        except ModelError as error:
            return _unread(error, "unreadable labels"), each
        asked = self._orders.render(passages=passages, query=query, count=n)
        most = self._order.thoughts + answer_tokens(n)
        try:
            reasoning, order = await self._ask("order", asked, lambda text: _read_order(text, n), most)
        except ModelError as error:
            return _unread(error, "unreadable order"), each
        ids = each.ids
        made = replace(
            each,
            relevant=tuple(ids[number - 1] for number in verdicts),
            reasoning=reasoning,
            final_list=tuple(ids[number - 1] for number in order),
        )
        if not made.relevant:
            return "nothing relevant", made
        return ("kept" if consistent(made, least=self._order.least) else "filtered"), made

    async def _ask(self, name: str, prompt: Prompt, read: Callable[[str], T], most: int) -> T:
        done = await self._asks[name].complete(prompt, role="rank", meter=self._meter, parse=read, max_tokens=most)
        return done.value


def _unread(error: ModelError, ending: Ending) -> Ending:
    """Return how a list ends whose answer could not be read; another failure is raised again."""
    if error.code != "bad_model_output":
        raise error
    return ending


def _written(order: Order, done: Sequence[tuple[Ending, TaughtList]], costs: Sequence[AgentCost]) -> Taught[TaughtList]:
    """Write what is kept, and the report."""
    kept = [each for ending, each in done if ending == "kept"]
    write_lists(order.out / LISTS, kept)
    ended = (ending for ending, _ in done)
    return reported(order, {"lists": len(order.lists)}, kept, ended, get_args(Ending), costs)
