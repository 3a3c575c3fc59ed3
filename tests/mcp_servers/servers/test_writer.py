"""The server `writer`: greetings, verdicts, refusals and errors, for clients of both eras."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest

from questline.mcp_servers import assembly
from questline.mcp_servers.serving import QuestlineServer
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.tools.writing.judge import seed_rules
from questline.tools.writing.judge.reply import DIMENSIONS

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


def _judging(model: ScriptedLLM, *, strict: bool = False) -> QuestlineServer:
    settings = Settings(models={"judge": "m"}, base_url=model.base_url, strict=strict)
    return assembly.writer(ExitStack(), settings)


def _reply(*, good: bool) -> str:
    rows = [
        {"id": rule.id, "verdict": good, "evidence": "石榴红了", "reason": "说到院里的石榴"}
        for rule in seed_rules().principles
    ]
    grades = dict.fromkeys(DIMENSIONS, 4)
    return json.dumps({"good": good, "dimensions": grades, "principles": rows}, ensure_ascii=False)


@pytest.mark.requirement("writing.mcp", "writing.judge-llm")
async def test_a_model_judges_where_one_is_configured_and_must_answer_readably(mode: Mode) -> None:
    asked = {"query": "给奶奶的生日祝福", "text": "奶奶，院里的石榴红了，愿您笑口常开，生日快乐！"}
    with ScriptedLLM(_reply(good=False)) as model:
        found = (await called(_judging(model), "judge_text", mode, **asked)).structured_content
        assert found is not None
        assert (found["good"], found["degraded"], len(model.requests)) == (False, False, 1)
        assert found["principles"][0]["evidence"] == "石榴红了"
        assert found["reasons"][0].endswith("说到院里的石榴")
    with ScriptedLLM("looks fine to me") as model:
        found = (await called(_judging(model), "judge_text", mode, **asked)).structured_content
        assert found is not None
        assert (found["good"], found["degraded"], len(model.requests)) == (True, True, 2)
        assert "bad_model_output" in found["warnings"]


@pytest.mark.requirement("writing.mcp", "writing.judge-llm")
async def test_strict_judges_with_the_model_or_not_at_all() -> None:
    with ScriptedLLM("looks fine to me") as model:
        result = await called(_judging(model, strict=True), "judge_text", query="生日祝福", text="生日快乐")
        assert error_of(result)["code"] == "bad_model_output"


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
