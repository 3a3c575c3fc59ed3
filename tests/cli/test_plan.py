"""`agents plan`: real servers that were asked once, and what the user sees of a plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from questline.mcp_servers.gateway.catalogue import Catalogue, catalogue_beside
from questline.mcp_servers.gateway.definitions import ServerManifest

from .conftest import Done, trusted

pytestmark = pytest.mark.requirement("tura.planner.command")
Agents = Callable[..., Done]
QUESTION = "What is 15% of 80, and what weekday is 2027-12-24?"


@pytest.fixture
def servers(workdir: Path) -> Path:
    """A file of servers, and the catalogue that `agents servers check` would have written: none of them can start."""
    from questline.mcp_servers.gateway.definitions import ToolDefinition

    text, whole = {"type": "string"}, {"type": "integer"}
    day = {**text, "description": "YYYY-MM-DD"}
    tools = {
        "sums": ToolDefinition(
            server="sums", name="calculate", description="Work out a formula.", read_only=True,
            input_schema={"type": "object", "properties": {"expression": text}, "required": ["expression"]},
        ),
        "dates": ToolDefinition(
            server="dates", name="calendar", description="Describe a day: its weekday and week.", read_only=True,
            input_schema={"type": "object", "properties": {"day": day}, "required": ["day"]},
        ),
        "shop": ToolDefinition(
            server="shop", name="cancel_order", description="Cancel an order.", destructive=True,
            input_schema={"type": "object", "properties": {"order_number": whole}, "required": ["order_number"]},
        ),
    }  # fmt: skip
    file = workdir / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {name: {"command": "true"} for name in tools}}), "utf-8")
    trusted(file)
    with Catalogue(catalogue_beside(file)) as catalogue:
        for name, tool in tools.items():
            catalogue.put(ServerManifest(name=name, title=name, tools=(tool,)))
    return file


def test_a_plan_is_a_tree_with_what_is_missing(agents: Agents, servers: Path) -> None:
    done = agents("plan", f"{QUESTION} Also send Bo an email.")
    assert done.code == 0
    assert "T1 sums/calculate(expression='15% of 80')" in done.out
    assert "T2 dates/calendar(day='2027-12-24')" in done.out
    assert "missing:" in done.out
    assert "no_tool" in done.out


def test_the_plan_as_json_mermaid_picture_and_file(agents: Agents, servers: Path, workdir: Path) -> None:
    done = agents(
        "plan", QUESTION, "--json", "--servers", servers, "--svg", workdir / "p.svg", "--save", workdir / "p.json"
    )
    assert done.code == 0
    told = done.json
    assert [task["tool"] for task in told["plan"]["tasks"]] == ["calculate", "calendar"]
    assert told["serves"] == {"T1": [0], "T2": [1]}
    assert (told["missing"], told["backend"], told["degraded"]) == ([], "embedded", False)
    assert (workdir / "p.svg").read_text("utf-8").startswith("<svg")
    assert json.loads((workdir / "p.json").read_text("utf-8")) == told["plan"]
    drawn = agents("plan", QUESTION, "--mermaid")
    assert drawn.out.startswith("flowchart TD\n")


def test_a_saved_plan_can_be_edited_and_is_checked(agents: Agents, servers: Path, workdir: Path) -> None:
    file = workdir / "p.json"
    assert agents("plan", QUESTION, "--save", file).code == 0
    file.write_text(file.read_text("utf-8").replace("15% of 80", "20% of 80"), "utf-8")
    done = agents("plan", "--edit", file)
    assert (done.code, "20% of 80" in done.out) == (0, True)
    assert "no task waits for it" not in done.out + done.err  # needs that stand beside each other are the normal case


def test_an_edited_cycle_is_an_error_that_names_the_task(agents: Agents, servers: Path, workdir: Path) -> None:
    ring = {
        "tasks": [
            {"id": "T1", "server": "sums", "tool": "calculate", "args": {"expression": {"$ref": "T2.result"}}},
            {"id": "T2", "server": "dates", "tool": "calendar", "args": {"day": {"$ref": "T1.result"}}},
        ],
        "edges": [["T1", "T2"], ["T2", "T1"]],
    }
    (workdir / "ring.json").write_text(json.dumps(ring), "utf-8")
    done = agents("plan", "--edit", workdir / "ring.json")
    assert (done.code, "bad_plan" in done.err, "T1 → T2 → T1" in done.err) == (2, True, True)


def test_destructive_calls_need_approve_in_both_ways(agents: Agents, servers: Path, workdir: Path) -> None:
    refused = agents("plan", "Cancel order 5022", "--json")
    assert [one["code"] for one in refused.json["missing"]] == ["destructive"]
    allowed = agents("plan", "Cancel order 5022", "--approve", "--save", workdir / "p.json")
    assert "shop/cancel_order(order_number=5022)" in allowed.out
    asked = agents("plan", "Should I cancel order 5022?", "--approve", "--json")
    assert "cancel_order" not in [task["tool"] for task in asked.json["plan"]["tasks"]]
    edited = agents("plan", "--edit", workdir / "p.json")
    assert (edited.code, "not_allowed" in edited.err) == (2, True)
    assert agents("plan", "--edit", workdir / "p.json", "--approve").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "empty_question"),
        (("a question", "--edit", "p.json"), "bad_argument"),
        (("--edit", "gone.json"), "file_not_found"),
        (("What is 2 + 2?", "--servers", "gone.json"), "file_not_found"),
        (("What is 2 + 2?", "--deadline", "0"), "bad_deadline"),
    ],
)
def test_what_is_asked_wrongly_is_said(agents: Agents, servers: Path, words: tuple[str, ...], code: str) -> None:
    done = agents("plan", *words)
    assert (done.code, code in done.err) == (2, True)


def test_servers_that_were_never_asked_are_named(agents: Agents, workdir: Path) -> None:
    (workdir / "mcp.json").write_text('{"mcpServers": {"a": {"command": "true"}}}', "utf-8")
    done = agents("plan", "What is 2 + 2?", "--trust")
    assert (done.code, "no_tools" in done.err, "servers check" in done.err) == (2, True, True)


def test_without_servers_and_documents_there_is_nothing_to_plan_with(agents: Agents, workdir: Path) -> None:
    done = agents("plan", "What is 2 + 2?")
    assert (done.code, "no_tools" in done.err) == (2, True)


def test_documents_are_a_server_like_others(agents: Agents, servers: Path, workdir: Path) -> None:
    (workdir / "notes").mkdir()
    (workdir / "notes" / "bridge.md").write_text("# The bridge\n\nIt was opened on 4 June 2003.\n", "utf-8")
    done = agents("plan", "On what day of the week was the bridge opened?", "--documents", workdir / "notes")
    assert "documents/answer" in done.out
    assert "dates/calendar(day=‹T1.result›)" in done.out
