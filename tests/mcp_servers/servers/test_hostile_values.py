"""Values that no schema forbids and no client should send: halves of characters, and numbers beyond any float."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCRequest, jsonrpc_message_adapter
from pydantic import ValidationError

from questline.errors import UsageError
from questline.mcp_servers import reranker, summarizer, utility_selector
from questline.mcp_servers.half_characters import mended
from questline.mcp_servers.serving import QuestlineServer
from questline.mcp_servers.truth_values import check_numbers
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.summarization import QuerySummarizer

from .conftest import called, error_of
from .test_processes import call, hear, process, shake_hands

HALF = "\ud83d"
HUGE = 10**400
TEXTS = [{"text": "The tide is 4 metres high."}, {"text": "Bread needs yeast."}]


def refused(line: str) -> ValidationError:
    """The error by which the SDK gives a line up."""
    with pytest.raises(ValidationError) as caught:
        jsonrpc_message_adapter.validate_json(line, by_name=False)
    return caught.value


@pytest.mark.slow
@pytest.mark.requirement("hostile.half-characters")
def test_a_message_with_half_a_character_is_answered() -> None:
    with process("reranker") as server:
        shake_hands(server)
        passages = [{"id": f"a{HALF}", "text": f"The tide {HALF}"}, {"id": "b", "text": "Bread \U0001f35e"}]
        call(server, 1, "rerank", query="tide", passages=passages)
        heard = hear(server)
    assert heard["id"] == 1
    assert [each["id"] for each in heard["result"]["structuredContent"]["ranking"]] == ["a\ufffd", "b"]


@pytest.mark.requirement("hostile.half-characters")
@given(text=st.text(alphabet=st.sampled_from('a\\"u\ud83d\ude00\U0001f600\n '), min_size=1, max_size=12))
def test_only_halves_of_characters_are_replaced(text: str) -> None:
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "m", "params": {"text": f"{text}{HALF}"}})
    found = mended(refused(line))
    assert isinstance(found, SessionMessage)
    assert isinstance(found.message, JSONRPCRequest)
    assert found.message.params == {"text": f"{whole}\ufffd"}


@pytest.mark.requirement("hostile.half-characters")
@pytest.mark.parametrize(
    "line", ["{", '{"jsonrpc": "2.0", "id": 1, "method": "m", "params": {"\\ud83d": }}', "[]", "7"]
)
def test_what_is_no_message_stays_refused(line: str) -> None:
    assert isinstance(mended(refused(line)), ValidationError)


@pytest.mark.requirement("hostile.numbers")
@pytest.mark.parametrize(
    ("server", "tool", "arguments"),
    [
        (reranker.server(EmbeddedRanker()), "rerank", {"query": "tide", "passages": TEXTS, "top_n": HUGE}),
        (
            utility_selector.server(EmbeddedSelector()),
            "select_useful",
            {"question": "How high is the tide?", "passages": TEXTS, "max_set": HUGE},
        ),
        (
            summarizer.server(QuerySummarizer()),
            "summarize_for_query",
            {"query": "How high is the tide?", "documents": TEXTS, "max_words": HUGE},
        ),
    ],
    ids=["rerank", "select_useful", "summarize_for_query"],
)
async def test_limits_beyond_any_float_are_no_limits(server: QuestlineServer, tool: str, arguments: Any) -> None:
    result = await called(server, tool, **arguments, budget_ms=HUGE)
    assert not result.is_error
    assert result.structured_content is not None
    assert result.structured_content["warnings"] == []


@pytest.mark.requirement("hostile.tau")
@pytest.mark.parametrize(("tau", "code"), [(-0.5, "bad_param"), (-1e-9, "bad_param"), (-1, ""), (0, "")])
async def test_minus_one_alone_stands_for_the_fitted_tau(tau: float, code: str) -> None:
    server = utility_selector.server(EmbeddedSelector())
    result = await called(server, "select_useful", question="How high is the tide?", passages=TEXTS, tau=tau)
    assert (error_of(result)["code"] if result.is_error else "") == code


@pytest.mark.requirement("mends.truth-values")
async def test_no_server_of_ours_takes_true_or_false_for_a_number(servers: dict[str, QuestlineServer]) -> None:
    looked_at = 0
    for server in servers.values():
        for tool in await server.list_tools():
            for name, schema in tool.input_schema["properties"].items():
                if schema.get("type") not in ("integer", "number"):
                    continue
                looked_at += 1
                for value in (True, False):
                    arguments: dict[str, Any] = {name: value}
                    error = error_of(await called(server, tool.name, **arguments))
                    assert (error["code"], error["fields"]["argument"]) == ("bad_argument", name), tool.name
                    assert "no numbers" in error["fields"]["reason"]
    assert looked_at >= 15


@pytest.mark.requirement("mends.truth-values")
async def test_the_place_of_a_truth_value_inside_a_list_is_named(servers: dict[str, QuestlineServer]) -> None:
    passages = [{"text": "a", "score": 1.0}, {"text": "b", "score": True}]
    for sent in (passages, json.dumps(passages)):  # some clients send lists as text
        error = error_of(await called(servers["reranker"], "rerank", query="x", passages=sent))
        assert error["fields"]["argument"] == "passages.1.score"


@pytest.mark.requirement("mends.truth-values")
@given(
    kinds=st.lists(
        st.sampled_from(["integer", "number", "boolean", "string", "null"]), min_size=1, max_size=3, unique=True
    ),
    value=st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.none()),
    form=st.sampled_from(["type", "anyOf", "$ref"]),
)
def test_a_truth_value_alone_is_refused_and_only_where_a_number_alone_fits(
    kinds: list[str], value: object, form: str
) -> None:
    either: dict[str, Any] = {"type": kinds} if form == "type" else {"anyOf": [{"type": kind} for kind in kinds]}
    inner = {"$ref": "#/$defs/Inner"} if form == "$ref" else either
    schema = {"properties": {"rows": {"items": {"properties": {"x": inner}}}}, "$defs": {"Inner": either}}
    wrong = isinstance(value, bool) and "boolean" not in kinds and not {"integer", "number"}.isdisjoint(kinds)
    arguments = {"rows": [{"x": value}], "other": True}
    if not wrong:
        check_numbers(schema, arguments)
        return
    with pytest.raises(UsageError) as caught:
        check_numbers(schema, arguments)
    assert caught.value.fields["argument"] == "rows.0.x"
