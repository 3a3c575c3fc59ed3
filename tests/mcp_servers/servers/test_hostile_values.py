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

from questline.mcp_servers import reranker, summarizer, utility_selector
from questline.mcp_servers.half_characters import mended
from questline.mcp_servers.serving import QuestlineServer
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
