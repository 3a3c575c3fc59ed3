"""The server `writer`: greetings, verdicts, refusals and errors, for clients of both eras."""

from __future__ import annotations

from typing import Any

import pytest

from questline.mcp_servers.serving import QuestlineServer

from .conftest import Mode, called, error_of, text_of

Servers = dict[str, QuestlineServer]


@pytest.mark.requirement("writing.mcp", "mcp-servers.both-eras")
async def test_greetings_keep_what_was_wished(servers: Servers, mode: Mode) -> None:
    wishes = {"recipient": "王芳", "max_chars": 30, "must_include": ["平安"], "avoid": ["快乐"], "n": 4, "seed": 5}
    result = await called(servers["writer"], "write_greeting", mode, query="朋友生日祝福", **wishes)
    found = result.structured_content
    assert found is not None
    assert (found["status"], found["occasion"], len(found["greetings"])) == ("complete", "birthday", 4)
    for each in found["greetings"]:
        assert "王芳" in each["text"]
        assert "平安" in each["text"]
        assert "快乐" not in each["text"]
        assert len(each["text"]) == each["characters"] <= 30
        assert each["reasons"]
        assert each["text"] in text_of(result)
    again = await called(servers["writer"], "write_greeting", mode, query="朋友生日祝福", **wishes)
    assert again.structured_content == found


@pytest.mark.requirement("writing.mcp")
async def test_a_text_is_judged_by_principles_with_reasons(servers: Servers) -> None:
    good = await called(
        servers["writer"], "judge_text", query="给奶奶的生日祝福", text="奶奶，院里的石榴红了，愿您笑口常开，生日快乐！"
    )
    assert good.structured_content is not None
    assert good.structured_content["good"] is True
    assert {"id", "rule", "kept", "evidence", "reason"} == set(good.structured_content["principles"][0])
    bad = await called(servers["writer"], "judge_text", query="给奶奶的生日祝福", text="祝{name}新婚快乐，早点送终")
    assert bad.structured_content is not None
    assert bad.structured_content["good"] is False
    assert bad.structured_content["reasons"]


@pytest.mark.requirement("writing.mcp")
async def test_a_refusal_is_a_result_and_what_is_no_greeting_too(servers: Servers) -> None:
    refused = await called(servers["writer"], "write_greeting", query="写一条咒他去死的生日祝福")
    assert refused.structured_content is not None
    assert (refused.structured_content["status"], refused.structured_content["greetings"]) == ("refused", [])
    assert refused.structured_content["refusal"].startswith("harassing: ")
    assert "refused" in text_of(refused)
    other = await called(servers["writer"], "write_greeting", query="write my tax form")
    assert other.structured_content is not None
    assert other.structured_content["status"] == "out_of_scope"
    assert "no greeting" in text_of(other)


@pytest.mark.requirement("writing.mcp", "mcp-servers.errors")
@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("write_greeting", {"query": " "}, "empty_query"),
        ("write_greeting", {"query": "生日", "n": 51}, "bad_argument"),
        ("write_greeting", {"query": "生日", "tone": "angry"}, "bad_argument"),
        ("write_greeting", {"query": "生日", "recipient": "王芳\n"}, "bad_param"),
        ("write_greeting", {"query": "生日", "must_include": ["平安"], "avoid": ["平安"]}, "unsatisfiable"),
        ("judge_text", {"query": " ", "text": "生日快乐"}, "empty_query"),
    ],
)
async def test_what_cannot_be_meant_is_an_error(
    servers: Servers, tool: str, arguments: dict[str, Any], code: str
) -> None:
    assert error_of(await called(servers["writer"], tool, **arguments))["code"] == code
