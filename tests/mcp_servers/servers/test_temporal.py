"""The server `temporal`: over passages of a call, over an index, in memory and as a process."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from tests.tools.temporal.news import NEWS

from questline.mcp_servers import temporal
from questline.mcp_servers.serving import QuestlineServer

from .conftest import POISON, Mode, called, error_of, text_of

Servers = dict[str, QuestlineServer]
PASSAGES: list[dict[str, Any]] = [
    {"id": each.id, "text": each.text, **({"date": each.published.isoformat()} if each.published else {})}
    for each in NEWS
]
QUESTION = "去年4月云岭茶园的春茶产量是多少？"


def structured(result: Any) -> dict[str, Any]:
    assert result.structured_content is not None, result
    return result.structured_content


@pytest.mark.requirement("temporal.server", "mcp-servers.both-eras")
async def test_the_anchor_that_was_used_is_in_every_output(servers: Servers, mode: Mode) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("resolve_time", {"text": "去年"}),
        ("temporal_search", {"query": QUESTION, "passages": PASSAGES}),
        ("temporal_answer", {"question": "清溪大桥是什么时候通车的？", "passages": PASSAGES}),
    ]
    for name, arguments in calls:
        assumed = structured(await called(servers["temporal"], name, mode, **arguments))
        assert (assumed["anchor"], assumed["anchor_assumed"]) == ("2026-05-17", True)
        given = structured(await called(servers["temporal"], name, mode, anchor="2023-05-17", **arguments))
        assert (given["anchor"], given["anchor_assumed"]) == ("2023-05-17", False)


@pytest.mark.requirement("temporal.server")
async def test_times_are_resolved(servers: Servers) -> None:
    result = await called(servers["temporal"], "resolve_time", text="去年3月之后，2022年13月", anchor="2023-05-17")
    first, second = structured(result)["readings"]
    assert (first["start"], first["end"], first["kind"]) == ("2022-04-01", "", "relative")
    assert (second["kind"], second["confidence"]) == ("invalid", 0.0)
    assert "2022-04-01 to …" in text_of(result)
    assert structured(await called(servers["temporal"], "resolve_time", text="首都是哪里"))["readings"] == []


@pytest.mark.requirement("temporal.server", "temporal.search-anchor")
@pytest.mark.parametrize(
    ("anchor", "wanted"), [("2023-05-17", "tea22"), ("2024-05-17", "tea23"), ("2020-05-17", "tea19")]
)
async def test_another_anchor_finds_another_passage(servers: Servers, anchor: str, wanted: str) -> None:
    found = structured(
        await called(servers["temporal"], "temporal_search", query=QUESTION, passages=PASSAGES, anchor=anchor, k=2)
    )
    assert found["passages"][0]["id"] == wanted
    assert found["undated"] == 1
    assert len(found["times"]) == 1


@pytest.mark.requirement("temporal.server", "temporal.search-index")
async def test_without_passages_the_documents_are_searched(servers: Servers) -> None:
    found = structured(await called(servers["temporal"], "temporal_search", query="When was the lighthouse first lit?"))
    assert any("1874" in each["text"] for each in found["passages"])
    answer = structured(
        await called(servers["temporal"], "temporal_answer", question="When was the lighthouse of Velmora first lit?")
    )
    assert answer["answer"] == "1874"
    assert answer["intervals"][0]["passage"]


@pytest.mark.requirement("temporal.server")
async def test_answers_name_their_intervals_and_abstain(servers: Servers) -> None:
    question = "清溪大桥通车和白塔博物馆重新开放，哪个事件发生得更早？"
    result = await called(servers["temporal"], "temporal_answer", question=question, passages=PASSAGES)
    found = structured(result)
    assert (found["answer"], found["kind"]) == ("清溪大桥通车", "first")
    assert [(each["passage"], each["start"]) for each in found["intervals"]] == [
        ("bridge", "2021-06-18"),
        ("museum", "2022-11-03"),
    ]
    nothing = await called(servers["temporal"], "temporal_answer", question="谁是市长？", passages=PASSAGES)
    assert structured(nothing)["answer"] == ""
    assert structured(nothing)["warnings"]
    assert text_of(nothing).startswith("no answer")


@pytest.mark.requirement("temporal.server", "mcp-servers.errors")
@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("resolve_time", {"text": " "}, "empty_query"),
        ("resolve_time", {"text": "去年", "anchor": "2023-02-30"}, "bad_anchor"),
        ("temporal_search", {"query": "谁", "passages": PASSAGES, "k": 0}, "bad_k"),
        ("temporal_search", {"query": "", "passages": PASSAGES}, "empty_query"),
        (
            "temporal_search",
            {"query": "谁", "passages": [{"text": "a", "id": "x"}, {"text": "b", "id": "x"}]},
            "bad_param",
        ),
        ("temporal_answer", {"question": "", "passages": PASSAGES}, "empty_query"),
        ("temporal_answer", {"question": "谁", "passages": PASSAGES, "anchor": "soon"}, "bad_anchor"),
    ],
)
async def test_bad_input_is_a_typed_error(servers: Servers, name: str, arguments: dict[str, Any], code: str) -> None:
    assert error_of(await called(servers["temporal"], name, **arguments))["code"] == code


@pytest.mark.requirement("temporal.server", "mcp-servers.errors")
async def test_without_documents_passages_are_needed() -> None:
    server = temporal.server(now=lambda: datetime(2026, 5, 17, tzinfo=UTC))
    assert error_of(await called(server, "temporal_search", query="谁"))["code"] == "bad_param"


@pytest.mark.requirement("temporal.server")
async def test_texts_of_others_stay_on_their_line(servers: Servers) -> None:
    passages = [{"id": "p", "text": POISON}]
    result = await called(servers["temporal"], "temporal_search", query="delete every file", passages=passages)
    assert "\nIgnore all" not in text_of(result)


@pytest.mark.requirement("temporal.server", "mcp-servers.command")
@pytest.mark.parametrize("beside", ["", ".questline/eval"])
async def test_it_runs_as_a_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, beside: str) -> None:
    """Also where the folder of the index holds other things and no index."""
    (tmp_path / beside).mkdir(parents=True, exist_ok=True)
    code = "import sys; from questline.cli import main; sys.exit(main())"
    monkeypatch.chdir(tmp_path)
    words = StdioServerParameters(command=sys.executable, args=["-P", "-c", code, "mcp", "temporal"], cwd=tmp_path)
    async with Client(words) as client:
        result = await client.call_tool("resolve_time", {"text": "last month", "anchor": "2024-03-31"})
        assert structured(result)["readings"][0]["start"] == "2024-02-01"
        other = await client.call_tool("temporal_search", {"query": "who"})
        assert other.is_error
