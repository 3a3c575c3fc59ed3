"""Documents from paths, runs with an id, and an agent inside another LangGraph: over a real index."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import (  # pyright: ignore[reportMissingTypeStubs]  # because a namespace package hides py.typed
    END,
    START,
    StateGraph,
)

from questline import Agent, Event, Filters, Passage, RunError, Settings, UsageError
from questline.agents import prompting
from questline.agents.contract import Context
from questline.budget import Meter
from questline.runtime import CHECKPOINTS, Request, Runtime
from questline.tools.retrieval.index import DocumentIndex

QUESTION = "Who founded Pella Glass?"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "pella.md").write_text("# Pella Glass\n\nPella Glass was founded by Ada Brandt in 1931.\n", "utf-8")
    (folder / "tolm.md").write_text("# Tolm Works\n\nTolm Works was founded by Carl Reed in 1950.\n", "utf-8")
    return folder


@pytest.mark.requirement("api.documents")
def test_documents_from_a_path_are_indexed_below_the_index_folder(notes: Path, tmp_path: Path) -> None:
    with Agent(notes, index=tmp_path / "index") as agent:
        answer = agent.ask(QUESTION)
    assert answer.short == "Ada Brandt"
    assert answer.evidence[0].source.endswith("pella.md")
    assert [path.name for path in (tmp_path / "index").iterdir()] == ["documents"]


@pytest.mark.requirement("api.documents")
def test_changes_and_removals_are_seen_by_the_next_agent(notes: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with Agent([notes], index=index) as agent:
        agent.ask(QUESTION)
    (notes / "pella.md").write_text("# Pella Glass\n\nPella Glass was founded by Eva Lind in 1931.\n", "utf-8")
    (notes / "tolm.md").unlink()
    with Agent([str(notes)], index=index) as agent:
        assert agent.ask(QUESTION).short == "Eva Lind"
        found = agent.ask("Who founded Tolm Works?").evidence
    assert all(evidence.source.endswith("pella.md") for evidence in found)
    assert len(list((index / "documents").iterdir())) == 1


@pytest.mark.requirement("api.documents")
def test_without_documents_the_index_of_the_folder_is_used(notes: Path, tmp_path: Path) -> None:
    with DocumentIndex.open(tmp_path / "index") as index:
        index.ingest([notes])
    with Agent(index=tmp_path / "index") as agent:
        assert agent.ask(QUESTION).short == "Ada Brandt"


def test_a_filter_takes_the_path_as_it_was_typed(notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside = notes.relative_to(tmp_path)
    with Agent(inside, index="elsewhere") as agent:
        kept = agent.ask(QUESTION, filters=Filters(sources=(str(inside),)))
        none = agent.ask(QUESTION, filters=Filters(sources=("nowhere",)))
    assert kept.short == "Ada Brandt"
    assert (none.status, "filtered_out" in {warning.code for warning in none.warnings}) == ("abstained", True)


@pytest.mark.requirement("retrieval.read-only")
def test_an_index_that_cannot_be_written_can_be_asked(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "index"
        with DocumentIndex.open(folder) as index:
            index.ingest([notes])
        for path in (Path(base), folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        root = os.geteuid() == 0
        if root:  # who may write anywhere
            os.seteuid(65534)
        try:
            with Agent(index=folder) as agent:
                assert agent.ask(QUESTION).short == "Ada Brandt"
                with pytest.raises(RunError) as caught:
                    agent.ask(QUESTION, run_id="kept")
            assert caught.value.code == "read_only"
        finally:
            if root:
                os.seteuid(0)
            for path in (Path(base), folder, *folder.rglob("*")):
                path.chmod(0o755)


def test_what_was_not_searched_is_not_called_unsupported(notes: Path, tmp_path: Path) -> None:
    with Agent(notes, index=tmp_path / "index") as agent:
        blind = agent.ask(QUESTION, workflow="AG")
        unknown = agent.ask("How deep is the Quorn Trench?")
    assert ("not searched" in blind.text, "not searched" in unknown.text) == (True, False)
    assert {warning.code for answer in (blind, unknown) for warning in answer.warnings} == set()


@pytest.mark.requirement("checkpoint.finished")
def test_a_run_id_keeps_the_answer_in_the_index_folder(notes: Path, tmp_path: Path) -> None:
    with Agent(notes, index=tmp_path / "index") as agent:
        first = agent.ask(QUESTION, run_id="mine")
        plain = agent.ask(QUESTION)
    assert (tmp_path / "index" / CHECKPOINTS).exists()
    assert (first.run_id, plain.run_id) == ("mine", "")
    with Agent(notes, index=tmp_path / "index") as agent:
        assert agent.ask(QUESTION, run_id="mine") == first
        with pytest.raises(UsageError):
            agent.ask("Who founded Tolm Works?", run_id="mine")


@pytest.mark.requirement("checkpoint.other-question")
@pytest.mark.parametrize(
    ("other", "changed"),
    [
        ({"workflow": "R,DS,AG"}, "workflow"),
        ({"k": 2}, "k"),
        ({"filters": Filters(sources=("x",))}, "filters"),
        ({"planner": "constant:R,AG"}, "planner,workflow"),
    ],
)
def test_a_run_id_belongs_to_one_setup(notes: Path, tmp_path: Path, other: Any, changed: str) -> None:
    with Agent(notes, index=tmp_path / "index") as agent:
        agent.ask(QUESTION, run_id="mine")
        with pytest.raises(UsageError) as caught:
            agent.ask(QUESTION, run_id="mine", **other)
    assert (caught.value.code, caught.value.fields["changed"]) == ("bad_argument", changed)


@pytest.mark.requirement("checkpoint.other-question")
def test_a_run_id_belongs_to_its_documents_and_model(notes: Path, tmp_path: Path) -> None:
    with Agent(notes, index=tmp_path / "index") as agent:
        agent.ask(QUESTION, run_id="mine")
    with Agent(notes / "tolm.md", index=tmp_path / "index") as agent, pytest.raises(UsageError, match="documents"):
        agent.ask(QUESTION, run_id="mine")
    served = Agent(notes, index=tmp_path / "index", model="any", base_url="http://127.0.0.1:9/v1")
    with served as agent, pytest.raises(UsageError, match="model"):
        agent.ask(QUESTION, run_id="mine")


@pytest.mark.requirement("checkpoint.other-question")
def test_a_run_id_belongs_to_the_words_of_its_prompts(notes: Path, tmp_path: Path) -> None:
    shipped = Path(prompting.__file__).parent / "prompts" / "generate.md"
    prompt = tmp_path / "generate.md"
    prompt.write_text(shipped.read_text("utf-8"), "utf-8")
    index, prompts = tmp_path / "index", {"generate": str(prompt)}
    with Agent(notes, index=index, prompts=prompts) as agent:
        assert agent.ask(QUESTION, run_id="mine") == agent.ask(QUESTION, run_id="mine")
        prompt.write_text(prompt.read_text("utf-8") + "\n", "utf-8")
        with pytest.raises(UsageError) as caught:
            agent.ask(QUESTION, run_id="mine")
    assert caught.value.fields["changed"] == "prompts"


class Waiting:
    """Searches until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.go = threading.Event()

    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        del query, k, filters
        self.entered.set()
        await asyncio.to_thread(self.go.wait, 10)
        return []


@pytest.mark.requirement("api.concurrent")
async def test_one_run_id_is_not_run_twice_at_once(tmp_path: Path) -> None:
    waiting = Waiting()
    async with Agent(waiting, index=tmp_path) as agent:
        running = asyncio.create_task(agent.aask(QUESTION, run_id="one"))
        await asyncio.to_thread(waiting.entered.wait, 10)
        with pytest.raises(UsageError) as caught:
            await agent.aask(QUESTION, run_id="one")
        assert caught.value.fields["argument"] == "run_id"
        waiting.go.set()
        answer = await running
        assert (await agent.aask(QUESTION, run_id="one")).status == answer.status == "abstained"


class Outer(TypedDict, total=False):
    question: str
    answer: Any
    shouted: str


def embedding(agent: Agent, checkpointer: object = None) -> Any:
    def shout(state: Outer) -> Outer:
        return {"shouted": str(state.get("answer").short).upper()}  # pyright: ignore[reportOptionalMemberAccess]  # because the agent's node set it

    graph = cast("Any", StateGraph(Outer))
    graph.add_node("questline", agent.graph)
    graph.add_node("shout", shout)
    graph.add_edge(START, "questline")
    graph.add_edge("questline", "shout")
    graph.add_edge("shout", END)
    return graph.compile(checkpointer=checkpointer)


@pytest.mark.requirement("api.graph")
async def test_an_agent_is_a_node_of_another_graph(notes: Path, tmp_path: Path) -> None:
    async with Agent(notes, index=tmp_path / "index") as agent:
        outer = embedding(agent)
        assert outer.invoke({"question": QUESTION})["shouted"] == "ADA BRANDT"
        assert (await outer.ainvoke({"question": QUESTION}))["shouted"] == "ADA BRANDT"
        events = [
            chunk async for _, chunk in outer.astream({"question": QUESTION}, stream_mode="custom", subgraphs=True)
        ]
    assert all(isinstance(event, Event) for event in events)
    assert events[-1].kind == "answer"
    with pytest.raises(UsageError):
        outer.invoke({"question": QUESTION})


@pytest.mark.requirement("api.graph")
@pytest.mark.parametrize("workflow", ["R,AG", "QDP"])
def test_a_graph_with_a_synchronous_checkpointer_keeps_its_own_steps_only(
    notes: Path, tmp_path: Path, workflow: str
) -> None:
    with (
        SqliteSaver.from_conn_string(str(tmp_path / "outer.sqlite")) as saver,
        Agent(notes, index=tmp_path, workflow=workflow) as agent,
    ):
        config = {"configurable": {"thread_id": "1"}}
        embedding(agent, saver).invoke({"question": f"{QUESTION} Who founded Tolm Works?"}, config)
        spaces = {cast("Any", kept.config)["configurable"]["checkpoint_ns"] for kept in saver.list(None)}
    assert spaces == {""}


def test_a_failed_indexing_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(UsageError):
        Runtime.build(Settings(index=tmp_path / "index"), documents=tmp_path / "bad.md")


async def test_a_runtime_is_a_context_manager_of_both_kinds(notes: Path, tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "index")
    with Runtime.build(settings, documents=notes) as runtime:
        assert runtime.retriever is not None
    async with Runtime.build(settings, documents=notes) as runtime:
        answer = await runtime.answer(runtime.request(QUESTION))
    assert answer.short == "Ada Brandt"


@pytest.mark.slow
@pytest.mark.requirement("graph.overhead")
def test_the_benchmark_of_the_graphs_overhead_gives_both_ways_the_same_to_work_with(
    notes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from questline.training.benchmarks.graph_overhead import main

    made: list[Context] = []
    original = Runtime.context

    def noted(self: Runtime, request: Request, meter: Meter) -> Context:
        made.append(original(self, request, meter))
        return made[-1]

    monkeypatch.setattr(Runtime, "context", noted)
    main(["--documents", str(notes), "--rounds", "10"])
    assert len(made) == 2 * (3 + 10)  # warm-up and rounds, by hand and by the graph
    assert len({id(context.encoder) for context in made}) == len({id(context.retriever) for context in made}) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["bare_ms"] > 0
    assert told["graph_ms"] > 0
    assert (told["rounds"], told["checkpoints"]) == (10, False)
    assert told["run"]["hardware"]["cores"] >= 1
