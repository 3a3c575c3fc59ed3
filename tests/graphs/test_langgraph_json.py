"""`langgraph.json` opens every graph in LangGraph's own tools."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from questline.graphs.adaptive_rag.build import build

ROOT = Path(__file__).parents[2]
GRAPHS: dict[str, str] = json.loads((ROOT / "langgraph.json").read_text("utf-8"))["graphs"]


@pytest.mark.requirement("graph.langgraph-json")
@pytest.mark.parametrize("name", GRAPHS)
def test_each_graph_compiles_and_can_be_drawn(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module, _, factory = GRAPHS[name].partition(":")
    graph: Any = getattr(import_module(module), factory)()
    assert "graph TD" in graph.get_graph().draw_mermaid()
    assert {"question"} <= set(graph.get_input_jsonschema()["properties"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("graph.langgraph-json")
def test_langgraphs_own_schema_fields_are_there() -> None:
    config = json.loads((ROOT / "langgraph.json").read_text("utf-8"))
    assert config["dependencies"] == ["."]


def test_every_executor_is_a_node_of_its_own() -> None:
    graph: Any = build()
    nodes = set(graph.get_graph(xray=True).nodes)
    chain = {"plan", "rewrite", "retrieve", "select", "generate"}
    assert chain | {"condense", "decompose", "dispatch", "summarize", "rescue", "compose"} <= nodes
    assert {f"part:{name}" for name in (*chain, "finish")} <= nodes
