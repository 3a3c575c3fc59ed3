"""`langgraph.json` opens every graph in LangGraph's own tools."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic.errors import PydanticSchemaGenerationError

from questline.graphs.adaptive_rag.build import build
from questline.tools.retrieval import DocumentIndex

ROOT = Path(__file__).parents[2]
GRAPHS: dict[str, str] = json.loads((ROOT / "langgraph.json").read_text("utf-8"))["graphs"]


def make(place: str) -> Any:
    module, _, factory = place.partition(":")
    return getattr(import_module(module), factory)()


@pytest.mark.requirement("graph.langgraph-json")
@pytest.mark.parametrize("name", GRAPHS)
def test_each_graph_compiles_and_can_be_drawn(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = make(GRAPHS[name])
    assert "graph TD" in graph.get_graph().draw_mermaid()
    assert {"question"} <= set(graph.get_input_jsonschema()["properties"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("graph.langgraph-json")
def test_the_agent_runs_from_json_in_a_folder_with_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lamp.md").write_text("The lighthouse of Velmora was lit in 1874.", "utf-8")
    with DocumentIndex.open(Path(".questline")) as index:
        index.ingest([Path("lamp.md")])
    graph = make(GRAPHS["agent"])
    answer = graph.invoke(json.loads('{"question": "When was the lighthouse of Velmora lit?"}'))["answer"]
    assert "1874" in answer.text


@pytest.mark.requirement("graph.langgraph-json")
@pytest.mark.parametrize("name", sorted(set(GRAPHS) - {"agent"}))
def test_an_inner_graph_runs_only_with_what_json_cannot_give(name: str) -> None:
    graph = make(GRAPHS[name])
    with pytest.raises(PydanticSchemaGenerationError):
        graph.get_context_jsonschema()


def test_every_executor_is_a_node_of_its_own() -> None:
    graph: Any = build()
    nodes = set(graph.get_graph(xray=True).nodes)
    chain = {"plan", "rewrite", "retrieve", "select", "generate"}
    assert chain | {"condense", "decompose", "dispatch", "summarize", "rescue", "compose"} <= nodes
    assert {f"part:{name}" for name in (*chain, "finish")} <= nodes
