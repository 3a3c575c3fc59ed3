"""Executors and a planner whose every move a test writes down, so that the graph alone is under test."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from questline.agents.contract import Context, Decision, Draft, Executor, PlannerView, Result, SubQuestion, Work
from questline.agents.workflow_planner.workflow import Token, Workflow
from questline.budget import Budget, Meter
from questline.graphs.adaptive_rag.build import Compiled, build
from questline.graphs.adaptive_rag.run import answer
from questline.graphs.adaptive_rag.state import Run
from questline.tools.models.llm_contract import LLM
from questline.types import Answer, Citation, Event, Message, Passage, Usage


def passage(name: str, text: str) -> Passage:
    return Passage(id=name, document_id=name, source=f"{name}.md", title=name, text=text)


class Library:
    """Finds the passages whose key word stands in the query."""

    def __init__(self, passages: Mapping[str, Sequence[Passage]]) -> None:
        self.passages = dict(passages)
        self.queries: list[str] = []

    async def search(self, query: str, *, k: int, filters: object = None) -> Sequence[Passage]:
        del filters
        self.queries.append(query)
        return [p for word, found in self.passages.items() if word in query for p in found][:k]


class FakeLLM:
    """Only says which roles it serves; the fake executors never ask it."""

    def __init__(self, *roles: str) -> None:
        self.roles = roles

    def serves(self, role: str) -> bool:
        return role in self.roles

    def name(self, role: str) -> str:
        return f"fake-{role}"


@dataclass(kw_only=True)
class Step:
    """What a fake executor does with a question."""

    result: Result = field(default_factory=Result)
    seconds: float = 0.0
    cost: Usage = field(default_factory=Usage)
    error: Exception | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the step has begun and charged its cost."""


class FakeExecutor:
    def __init__(self, token: Token, lab: Lab) -> None:
        self.token: Token = token
        self._lab = lab

    async def run(self, work: Work, context: Context) -> Result:
        lab = self._lab
        lab.works.append((self.token, work))
        step = lab.step(self.token, work)
        lab.running += 1
        lab.most_running = max(lab.most_running, lab.running)
        try:
            context.meter.charge(step.cost)
            step.reached.set()
            if step.seconds:
                await asyncio.sleep(step.seconds)
            if step.error is not None:
                raise step.error
            if self.token == "R" and context.retriever is not None and step.result.passages is None:
                found = tuple(
                    await context.retriever.search(work.query or work.question, k=context.k, filters=context.filters)
                )
                return Result(passages=found, usage=Usage(retrievals=1))
            return step.result
        finally:
            lab.running -= 1


class FakePlanner:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.views: list[PlannerView] = []

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        del context
        self.views.append(view)
        script = self._lab.plans.get(view.question, ["R,AG"])
        number = len(view.tried)
        word = script[number] if number < len(script) else "answer"
        if word == "raise":
            raise self._lab.planner_error
        if word in {"answer", "abstain"}:
            return Decision(action=cast("Any", word), decided_by="script")
        workflow = Workflow.parse(word)
        return Decision(workflow=workflow, decided_by="script", reason=f"turn {view.turn}")


class Lab:
    """A graph with scripted parts; `ask` runs it."""

    def __init__(self) -> None:
        self.plans: dict[str, list[str]] = {}
        """Question → what the planner says, turn by turn; then it says ``answer``."""
        self.parts: dict[str, Sequence[SubQuestion | str]] = {}
        """Question → its sub-questions."""
        self.answers: dict[str, str | Draft | list[str | Draft]] = {}
        """Question → short answer of AG and AS, or a list of them, one each time; a question without one abstains."""
        self.steps: dict[tuple[Token, str], Step] = {}
        """(token, question) → another course of that step."""
        self.planner_error: Exception = RuntimeError("no error was scripted")
        self.library = Library({})
        self.planner = FakePlanner(self)
        self.works: list[tuple[Token, Work]] = []
        self.events: list[Event] = []
        self.running = 0
        self.most_running = 0
        self.clock: Callable[[], float] = time.monotonic
        """What the budget's seconds are counted by; the time-out of a single step goes by the loop's own clock."""
        self.executors: dict[Token, Executor] = {
            token: FakeExecutor(token, self) for token in ("QDS", "QDP", "QR", "R", "DS", "AG", "AS")
        }
        self._graph: Compiled | None = None

    def step(self, token: Token, work: Work) -> Step:
        scripted = self.steps.get((token, work.question))
        if scripted is not None and (scripted.result != Result() or scripted.error is not None):
            return scripted
        return Step(
            result=self._plain(token, work),
            seconds=scripted.seconds if scripted else 0.0,
            cost=scripted.cost if scripted else Usage(),
            reached=scripted.reached if scripted else asyncio.Event(),
        )

    def _plain(self, token: Token, work: Work) -> Result:
        if token in {"QDS", "QDP"}:
            parts = self.parts.get(work.question, ())
            return Result(questions=tuple(SubQuestion(text=p) if isinstance(p, str) else p for p in parts))
        if token == "QR":
            return Result(query=f"rewritten {work.question}")
        if token == "DS":
            return Result(passages=work.passages[:1])
        if token in {"AG", "AS"}:
            return Result(draft=self._draft(work), backend="embedded")
        return Result()

    def _draft(self, work: Work) -> Draft:
        found = self.answers.get(work.question)
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, Draft):
            return found
        if found is None:
            return Draft(abstained=True)
        text = f"It is {found}."
        cited = tuple(Citation(start=0, end=len(text), evidence_id=p.id) for p in work.passages[:1])
        return Draft(text=text, short=found, citations=cited, confidence=0.8)

    @property
    def graph(self) -> Compiled:
        self._graph = self._graph or build(executors=self.executors)
        return self._graph

    def run(
        self,
        budget: str | Budget = "balanced",
        *,
        llm: FakeLLM | None = None,
        strict: bool = False,
        spent: Usage | None = None,
        elapsed_s: float = 0.0,
        emit: Callable[[Event], None] | None = None,
    ) -> Run:
        context = Context(
            meter=Meter(
                budget=Budget.parse(budget), spent=spent or Usage(), elapsed_before_s=elapsed_s, clock=self.clock
            ),
            retriever=self.library,
            llm=cast("LLM | None", llm),
            emit=emit or self.events.append,
            strict=strict,
        )
        return Run(context=context, planner=self.planner)

    async def ask(
        self,
        question: str,
        budget: str | Budget = "balanced",
        *,
        history: tuple[Message, ...] = (),
        llm: FakeLLM | None = None,
        strict: bool = False,
    ) -> Answer:
        return await answer(self.graph, self.run(budget, llm=llm, strict=strict), question, history)

    def ran(self, token: Token) -> list[Work]:
        """Return what one executor was given, call by call."""
        return [work for name, work in self.works if name == token]


def on_disk(file: Path, channel: str) -> bool:
    """Say whether a finished step of the question itself has stored what it wrote to a channel of the graph."""
    query = "SELECT 1 FROM writes WHERE checkpoint_ns = '' AND channel = ?"
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        return connection.execute(query, (channel,)).fetchone() is not None


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.library = Library(
        {
            "Alpha": [passage("a", "Alpha was founded by Ada."), passage("ab", "Alpha is in Berlin.")],
            "Beta": [passage("b", "Beta was founded in 1950."), passage("ab", "Alpha is in Berlin.")],
            "Ada": [passage("ada", "Ada was born in Oslo.")],
        }
    )
    return lab
