"""The Python face: what `Agent` promises, over a library in memory and a scripted model on a real socket."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from questline import Agent, Budget, Event, Filters, Message, ModelError, Passage, RunError, UsageError
from questline.agents.contract import Context, Decision, PlannerView
from questline.agents.workflow_planner.workflow import Workflow
from questline.runtime import MAX_QUESTION_CHARS
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.tools.retrieval.index import DocumentIndex

FACTS = {
    "Pella Glass": "Pella Glass was founded by Ada Brandt in 1931. It makes mirrors.",
    "Ada Brandt": "Ada Brandt was born in Oslo. She was a chemist.",
    "Tolm Works": "Tolm Works was founded by Carl Reed in 1950. It makes bricks.",
}


class Library:
    """Passages whose title stands in the query come first."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, Filters | None]] = []

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        self.asked.append((query, k, filters))
        found = sorted(FACTS, key=lambda title: title not in query)[:k]
        return [
            Passage(id=title, document_id=title, source=f"{title}.md", title=title, text=FACTS[title], score=1.0 - n)
            for n, title in enumerate(found)
        ]


@pytest.fixture
def library() -> Library:
    return Library()


QUESTION = "Who founded Pella Glass?"


@pytest.mark.requirement("api.ask")
def test_an_embedded_answer_is_cited_and_says_once_that_it_is_extractive(library: Library) -> None:
    with Agent(library) as agent:
        answer = agent.ask(QUESTION)
    assert (answer.status, answer.short, answer.backend) == ("complete", "Ada Brandt", "embedded")
    (citation, *_) = answer.citations
    assert citation.evidence_id == "Pella Glass"
    assert "Ada Brandt" in answer.text[citation.start : citation.end]
    assert [warning.code for warning in answer.warnings].count("extractive") == 1
    assert answer.usage.calls == 0


@pytest.mark.requirement("api.ask")
async def test_ask_works_inside_a_running_event_loop(library: Library) -> None:
    with Agent(library) as agent:
        inside = agent.ask(QUESTION)
        assert (await agent.aask(QUESTION)).short == inside.short == "Ada Brandt"


@pytest.mark.requirement("api.options")
def test_options_of_one_question_win_over_the_agents(library: Library) -> None:
    filters = Filters(sources=("notes",))
    with Agent(library, k=3, workflow="R,DS,AG") as agent:
        assert agent.ask(QUESTION).plan.tasks[0].arguments == {"workflow": "R,DS,AG"}
        answer = agent.ask(QUESTION, workflow="R,AG", k=1, filters=filters)
        assert answer.plan.tasks[0].arguments == {"workflow": "R,AG"}
        assert answer.plan.tasks[0].decided_by == "forced"
        assert agent.ask(QUESTION, planner="constant:QR,R,AG").plan.tasks[0].arguments == {"workflow": "QR,R,AG"}
    assert [(k, given) for _, k, given in library.asked[:2]] == [(3, None), (1, filters)]


class Stubborn:
    async def choose(self, view: PlannerView, context: Context) -> Decision:
        del context
        if view.tried:
            return Decision(action="answer", decided_by="mine")
        return Decision(workflow=Workflow.parse("R,AG"), decided_by="mine")


@pytest.mark.requirement("api.options")
def test_a_planner_of_ones_own_decides(library: Library) -> None:
    with Agent(library, planner=Stubborn()) as agent:
        assert agent.ask(QUESTION).plan.tasks[0].decided_by == "mine"
        assert agent.ask(QUESTION, workflow="R,AG").plan.tasks[0].decided_by == "forced"
        assert agent.ask(QUESTION, planner="rule").plan.tasks[0].decided_by == "rule"
    with Agent(library, planner=Stubborn(), workflow="R,DS,AG") as agent:
        tasks = [agent.ask(QUESTION, workflow=None).plan.tasks[0], agent.ask(QUESTION, workflow="R,AG").plan.tasks[0]]
    assert [task.arguments["workflow"] for task in tasks] == ["R,DS,AG", "R,AG"]


@pytest.mark.requirement("api.validation")
@pytest.mark.parametrize(
    ("question", "options", "code"),
    [
        ("", {}, "empty_question"),
        (" \n\t", {}, "empty_question"),
        ("x" * (MAX_QUESTION_CHARS + 1), {}, "question_too_long"),
        (QUESTION, {"history": "Hello"}, "bad_history"),
        (QUESTION, {"history": [{"role": "robot", "content": "Hello"}]}, "bad_history"),
        (QUESTION, {"history": [{"role": "user", "content": None}]}, "bad_history"),
        (QUESTION, {"history": [7]}, "bad_history"),
        (QUESTION, {"budget": "seconds=0"}, "bad_budget"),
        (QUESTION, {"budget": "seconds=nan"}, "bad_budget"),
        (QUESTION, {"budget": "hours=1"}, "bad_budget"),
        (QUESTION, {"workflow": "DS,AG"}, "bad_workflow"),
        (QUESTION, {"workflow": "R"}, "bad_workflow"),
        (QUESTION, {"workflow": "R,XX,AG"}, "bad_workflow"),
        (QUESTION, {"planner": "wise"}, "bad_planner"),
        (QUESTION, {"planner": object()}, "bad_planner"),
        (QUESTION, {"budget": {"seconds": 2}}, "bad_budget"),
        (QUESTION, {"budget": 5}, "bad_budget"),
        (QUESTION, {"workflow": ["R", "AG"]}, "bad_workflow"),
        (QUESTION, {"filters": {"sources": ["notes"]}}, "bad_argument"),
        (QUESTION, {"filters": Filters(sources="notes")}, "bad_argument"),  # pyright: ignore[reportArgumentType]  # because users forget the comma
        (3, {}, "bad_argument"),
        (QUESTION, {"k": 1_001}, "bad_argument"),
        (QUESTION, {"run_id": 5}, "bad_argument"),
        (QUESTION, {"run_id": "\ud800"}, "bad_argument"),
        (QUESTION, {"k": 0}, "bad_argument"),
        (QUESTION, {"k": True}, "bad_argument"),
        (QUESTION, {"run_id": ""}, "bad_argument"),
        (QUESTION, {"run_id": "x" * 201}, "bad_argument"),
    ],
)
def test_wrong_input_has_a_stable_code_and_runs_nothing(
    library: Library, question: str, options: dict[str, object], code: str
) -> None:
    with Agent(library) as agent:
        for call in (agent.ask, agent.stream, agent.astream):
            with pytest.raises(UsageError) as caught:
                call(question, **options)  # pyright: ignore[reportArgumentType]  # because it is wrong on purpose
            assert caught.value.code == code
    assert library.asked == []


@pytest.mark.requirement("api.validation")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"model": "gpt-9"}, "unknown_model"),
        ({"model": "openai:gpt-4o-mini"}, "missing_key"),
        ({"budget": "seconds=-1"}, "bad_budget"),
        ({"budget": {"seconds": 2}}, "bad_budget"),
        ({"budget": 5}, "bad_budget"),
        ({"workflow": ["R", "AG"]}, "bad_workflow"),
        ({"workflow": "R"}, "bad_workflow"),
        ({"planner": "wise"}, "bad_planner"),
        ({"k": 0}, "bad_settings"),
        ({"k": 1_001}, "bad_settings"),
        ({"strict": "no"}, "bad_settings"),
        ({"prices": {"m": 5}}, "bad_settings"),
        ({"prompts": {"bogus": "prompt.md"}}, "bad_settings"),
        ({"prompts": {"generate": "no/such/prompt.md"}}, "bad_settings"),
        ({"models": "gpt-9"}, "bad_settings"),
        ({"documents": 5}, "bad_argument"),
        ({"documents": []}, "bad_argument"),
        ({"documents": [7]}, "bad_argument"),
        ({"index": 5}, "bad_settings"),
        ({"documents": "no/such/folder"}, "file_not_found"),
    ],
)
def test_a_wrong_agent_is_refused_when_it_is_made(arguments: dict[str, object], code: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Agent(**{"index": tmp_path, **arguments})  # pyright: ignore[reportArgumentType]  # because it is wrong on purpose
    assert caught.value.code == code


@pytest.mark.requirement("api.no-index")
def test_no_documents_and_no_permission_to_do_without_is_an_error(tmp_path: Path) -> None:
    with Agent(index=tmp_path / "none") as agent, pytest.raises(UsageError) as caught:
        agent.ask(QUESTION)
    assert caught.value.code == "no_index"
    with (
        ScriptedLLM("Ada Brandt") as server,
        Agent(index=tmp_path / "none", model="any", base_url=server.base_url) as agent,
        pytest.raises(UsageError) as caught,
    ):
        agent.ask(QUESTION)
    assert caught.value.code == "no_index"
    assert server.requests == []


@pytest.mark.requirement("api.no-index")
@pytest.mark.parametrize("options", [{"closed_book": True}, {"workflow": "AG"}, {"planner": "constant:AG"}])
def test_a_model_may_answer_from_memory_where_the_caller_allows_it(options: dict[str, object], tmp_path: Path) -> None:
    with (
        ScriptedLLM("Ada Brandt founded it.\n=> Ada Brandt") as server,
        Agent(index=tmp_path / "none", model="any", base_url=server.base_url, **options) as agent,  # pyright: ignore[reportArgumentType]  # because the options are of several types
    ):
        answer = agent.ask(QUESTION)
    assert (answer.status, answer.short, answer.backend) == ("complete", "Ada Brandt", "llm")
    assert answer.citations == ()


@pytest.mark.requirement("api.stream")
def test_a_stream_tells_every_step_and_ends_with_the_answer(library: Library) -> None:
    with Agent(library) as agent:
        events = list(agent.stream(QUESTION, workflow="R,AG"))
    kinds = [(event.kind, event.step) for event in events]
    assert kinds == [
        ("step_started", "planner"),
        ("step_finished", "planner"),
        ("plan", "planner"),
        ("step_started", "R"),
        ("step_finished", "R"),
        ("step_started", "AG"),
        ("step_finished", "AG"),
        ("step_started", "planner"),
        ("step_finished", "planner"),
        ("plan", "planner"),
        ("answer", ""),
    ]
    answer = events[-1].answer
    assert answer is not None
    finished = [event.entry for event in events if event.kind == "step_finished"]
    assert finished == list(answer.ledger.entries)


@pytest.mark.requirement("api.stream")
async def test_tokens_of_a_model_arrive_before_the_answer(library: Library) -> None:
    with ScriptedLLM("Ada Brandt founded it [1].\n=> Ada Brandt") as server:
        async with Agent(library, model="any", base_url=server.base_url, workflow="R,AG") as agent:
            events = [event async for event in agent.astream(QUESTION)]
    tokens = [event.text for event in events if event.kind == "token"]
    assert len(tokens) > 1
    assert events[-1].answer is not None
    assert "".join(tokens) == events[-1].answer.text == "Ada Brandt founded it."
    assert [citation.evidence_id for citation in events[-1].answer.citations] == ["Pella Glass"]


class Slow(Library):
    """Never finds anything in time."""

    def __init__(self) -> None:
        super().__init__()
        self.started = threading.Event()
        self.cancelled = threading.Event()

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        self.started.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.cancelled.set()
        return await super().search(query, k=k, filters=filters)


@pytest.mark.requirement("api.cancel")
async def test_a_cancelled_question_leaves_nothing_running() -> None:
    slow = Slow()
    async with Agent(slow) as agent:
        before = asyncio.all_tasks()
        task = asyncio.create_task(agent.aask(QUESTION))
        assert await asyncio.to_thread(slow.started.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert slow.cancelled.is_set()
        assert asyncio.all_tasks() == before


@pytest.mark.requirement("api.cancel")
def test_leaving_a_stream_early_ends_the_run() -> None:
    slow = Slow()
    with Agent(slow) as agent:
        for event in agent.stream(QUESTION):
            if event.kind == "step_started" and event.step == "R":
                break
        assert slow.cancelled.wait(5)


@pytest.mark.requirement("api.cancel")
def test_closing_ends_what_runs_and_leaves_no_thread() -> None:
    slow = Slow()
    before = set(threading.enumerate())
    agent = Agent(slow)
    stream = agent.stream(QUESTION)
    assert isinstance(next(stream), Event)
    agent.close()
    agent.close()
    assert slow.cancelled.is_set() or not slow.started.is_set()
    assert set(threading.enumerate()) <= before
    with pytest.raises(UsageError):
        agent.ask(QUESTION)


@pytest.mark.requirement("api.concurrent")
async def test_concurrent_questions_share_no_state(library: Library) -> None:
    async with Agent(library) as agent:
        answers = await asyncio.gather(
            *(
                agent.aask(f"Who founded {name}?", workflow="R,AG")
                for name in ("Pella Glass", "Tolm Works")
                for _ in range(5)
            )
        )
    assert [answer.short for answer in answers] == ["Ada Brandt"] * 5 + ["Carl Reed"] * 5
    assert {len(answer.ledger.entries) for answer in answers} == {4}


@pytest.mark.requirement("api.concurrent")
def test_threads_may_ask_at_the_same_time(library: Library) -> None:
    names = ("Pella Glass", "Tolm Works") * 3
    with Agent(library) as agent, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(agent.ask, [f"Who founded {name}?" for name in names]))
    assert [answer.short for answer in answers] == ["Ada Brandt", "Carl Reed"] * 3


def test_ask_inside_a_running_question_is_refused_and_does_not_hang(library: Library) -> None:
    class Recursive(Library):
        async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
            agent.ask("Who asks?")
            return []

    with Agent(Recursive()) as agent, pytest.raises(UsageError, match="aask"):
        agent.ask(QUESTION)


@pytest.mark.requirement("api.history")
def test_history_may_be_messages_or_dictionaries(library: Library) -> None:
    with Agent(library) as agent:
        rows = agent.ask(
            "Where was she born?",
            history=[
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": "Ada Brandt founded it."},
            ],
        )
        same = agent.ask(
            "Where was she born?",
            history=[
                Message(role="user", content=QUESTION),
                Message(role="assistant", content="Ada Brandt founded it."),
            ],
        )
    assert rows.standalone_question == same.standalone_question == "Where was Ada Brandt born?"
    assert rows.short == "Oslo"
    assert rows.ledger.entries[0].step == "condense"


@pytest.mark.requirement("api.fallback")
def test_a_dead_model_is_answered_for_visibly_and_strictly_not_at_all(library: Library) -> None:
    settings = Settings(model="any", base_url="http://127.0.0.1:9/v1", retries=0)
    with Agent(library, settings=settings) as agent:
        answer = agent.ask(QUESTION)
    assert (answer.short, answer.backend) == ("Ada Brandt", "embedded")
    assert any(entry.degraded for entry in answer.ledger.entries)
    assert "degraded" in {warning.code for warning in answer.warnings}
    with Agent(library, settings=settings, strict=True) as agent, pytest.raises(ModelError) as caught:
        agent.ask(QUESTION)
    assert caught.value.code == "backend_unavailable"


@pytest.mark.requirement("ledger.exact")
def test_the_ledger_equals_what_the_server_billed(library: Library) -> None:
    with (
        ScriptedLLM("Ada Brandt founded it [1].\n=> Ada Brandt") as server,
        Agent(library, model="any", base_url=server.base_url, workflow="R,DS,AG", prices={"any": (1.0, 2.0)}) as agent,
    ):
        usage = agent.ask(QUESTION).usage
    assert (usage.calls, usage.tokens_in, usage.tokens_out) == (
        server.billed.calls,
        server.billed.tokens_in,
        server.billed.tokens_out,
    )
    assert usage.usd == pytest.approx((server.billed.tokens_in + 2 * server.billed.tokens_out) / 1e6)


@pytest.mark.requirement("llm.loops")
def test_an_agent_keeps_its_connection_between_questions(library: Library) -> None:
    with ScriptedLLM("Ada Brandt founded it [1].\n=> Ada Brandt") as server:
        with Agent(library, model="any", base_url=server.base_url, workflow="R,AG") as agent:
            assert [agent.ask(QUESTION).short, agent.ask(QUESTION).short] == ["Ada Brandt"] * 2
        assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.requirement("llm.prices")
def test_a_limit_in_dollars_that_cannot_bind_is_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    with ScriptedLLM("Ada Brandt founded it [1].\n=> Ada Brandt") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.root_url)
        with Agent(library, model="anthropic:claude-of-tomorrow", workflow="R,AG") as agent:
            free, bounded = agent.ask(QUESTION, budget="calls=9"), agent.ask(QUESTION, budget="usd=0.01")
        with Agent(
            library, model="anthropic:claude-of-tomorrow", workflow="R,AG", prices={"claude-of-tomorrow": (1.0, 2.0)}
        ) as agent:
            priced = agent.ask(QUESTION, budget="usd=0.01")
    told = [[warning.code for warning in answer.warnings] for answer in (free, bounded, priced)]
    assert told == [[], ["unpriced_model"], []]
    assert "anthropic:claude-of-tomorrow" in bounded.warnings[0].message


def test_a_budget_may_be_a_value(library: Library) -> None:
    with Agent(library, budget=Budget(seconds=0.000001)) as agent:
        assert agent.ask(QUESTION).status == "budget_exhausted"
        assert agent.ask(QUESTION, budget=Budget(seconds=5)).status == "complete"


def test_closing_during_a_question_is_an_error_with_a_code() -> None:
    slow = Slow()
    agent = Agent(slow)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(agent.ask, QUESTION)
        assert slow.started.wait(5)
        agent.close()
        with pytest.raises(RunError) as caught:
            asked.result(10)
    assert caught.value.code == "cancelled"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_can_ask(library: Library) -> None:
    with Agent(library) as agent:
        agent.ask(QUESTION)
        child = multiprocessing.get_context("fork").Process(target=_ask_in_child, args=(agent,), daemon=True)
        child.start()
        child.join(20)
        if child.is_alive():
            child.kill()
        assert child.exitcode == 7


def _ask_in_child(agent: Agent) -> None:
    os._exit(7 if agent.ask(QUESTION).short == "Ada Brandt" else 1)


@pytest.mark.requirement("ledger.unfinished")
def test_an_error_carries_what_the_whole_question_spent() -> None:
    class Broken(Library):
        async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
            raise ConnectionError("gone")

    with (
        ScriptedLLM("Pella Glass founder") as server,
        Agent(Broken(), model="any", base_url=server.base_url, workflow="QR,R,AG") as agent,
        pytest.raises(RunError) as caught,
    ):
        agent.ask(QUESTION)
    assert caught.value.usage.calls == server.billed.calls == 1
    assert caught.value.usage.tokens_in == server.billed.tokens_in


@pytest.mark.requirement("api.no-index")
def test_an_index_without_documents_is_no_index(tmp_path: Path) -> None:
    DocumentIndex.open(tmp_path).close()
    with Agent(index=tmp_path) as agent, pytest.raises(UsageError) as caught:
        agent.ask(QUESTION)
    assert caught.value.code == "no_index"
