"""A scripted model in memory, passages, and contexts for the tests of executors and planners."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from questline.agents.contract import Context
from questline.budget import Budget, Meter
from questline.errors import ModelError
from questline.tools.models.llm_contract import Completion, Prompt, Role
from questline.tools.retrieval.contract import Retriever
from questline.types import Event, Filters, Passage, Usage

T = TypeVar("T")
COST = Usage(calls=1, tokens_in=100, tokens_out=10, usd=0.001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the model got it."""

    role: Role
    prompt: Prompt
    max_tokens: int
    streamed: bool

    @property
    def text(self) -> str:
        return "\n".join((self.prompt.system, *(message.content for message in self.prompt.messages)))

    @property
    def last(self) -> str:
        return self.prompt.messages[-1].content


class FakeLLM:
    """Answers each role from its own list; keeps the gateway's promises about parsing, one second try, and cost."""

    def __init__(self, replies: Mapping[Role, Sequence[str | Exception]]) -> None:
        self._replies = {role: deque(texts) for role, texts in replies.items()}
        self.asked: list[Asked] = []

    def serves(self, role: Role) -> bool:
        return role in self._replies

    def name(self, role: Role) -> str:
        return "fake" if self.serves(role) else "embedded"

    async def complete(
        self,
        prompt: Prompt,
        *,
        role: Role,
        meter: Meter,
        parse: Callable[[str], T],
        max_tokens: int = 512,
        on_token: Callable[[str], None] | None = None,
    ) -> Completion[T]:
        spent = Usage()
        problem = ""
        for _ in range(2):
            meter.check()
            self.asked.append(Asked(role=role, prompt=prompt, max_tokens=max_tokens, streamed=on_token is not None))
            reply = self._replies[role].popleft()
            meter.charge(COST)
            spent += COST
            if isinstance(reply, Exception):
                if isinstance(reply, ModelError):
                    reply.usage = spent
                raise reply
            if on_token is not None:
                for character in reply:
                    on_token(character)
            try:
                return Completion(value=parse(reply), text=reply, usage=spent, model="fake")
            except ValueError as error:
                problem = str(error)
        failure = ModelError(problem, code="bad_model_output")
        failure.usage = spent
        raise failure


@dataclass(slots=True)
class Shelf:
    """A retriever over a fixed list that remembers what it was asked."""

    passages: Sequence[Passage] = ()
    queries: list[str] = field(default_factory=list[str])

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        del filters
        self.queries.append(query)
        return self.passages[:k]


def passage(name: str, text: str, *, title: str = "", score: float = 1.0) -> Passage:
    return Passage(id=name, document_id=name, source=f"{name}.md", title=title, text=text, score=score)


@dataclass(slots=True)
class Bench:
    """Makes contexts and collects what they emit."""

    events: list[Event] = field(default_factory=list[Event])

    def context(
        self,
        replies: Mapping[Role, Sequence[str | Exception]] | None = None,
        *,
        budget: str = "best",
        shelf: Shelf | None = None,
        strict: bool = False,
        closed_book: bool = False,
        prompts: Mapping[Role, str] | None = None,
    ) -> tuple[Context, FakeLLM]:
        llm = FakeLLM(replies or {})
        context = Context(
            meter=Meter(Budget.parse(budget)),
            retriever=shelf,
            llm=llm if replies is not None else None,
            emit=self.events.append,
            strict=strict,
            closed_book=closed_book,
            prompts=prompts or {},
        )
        return context, llm

    def with_retriever(self, context: Context, retriever: Retriever) -> Context:
        return replace(context, retriever=retriever)

    @property
    def streamed(self) -> str:
        """What a reader of the token events sees in the end: an empty text withdraws what stood before."""
        text = ""
        for event in self.events:
            if event.kind == "token":
                text = text + event.text if event.text else ""
        return text


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def lakes() -> tuple[Passage, ...]:
    return (
        passage("serin", "Lake Serin is 212 metres deep. It lies in Ulmen.", title="Lake Serin"),
        passage("tolm", "Lake Tolm reaches a depth of 180 metres.", title="Lake Tolm", score=0.5),
        passage("mill", "Oda Brandt painted The Mill in 1901.", title="The Mill", score=0.2),
    )


@pytest.fixture
def new_bench() -> Callable[[], Bench]:
    return Bench
