"""A prompt with choices: the grammar that a server is sent, and doing without one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from questline.budget import Budget, Meter
from questline.testing import ChatRequest, Fault, ScriptedLLM
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Completion, Prompt
from questline.types import Message

PLAIN = Prompt(system="Plan.", messages=(Message(role="user", content="Which?"),))
CHOOSING = replace(PLAIN, choices=("R,AG", "QDS"))


async def ask(server: ScriptedLLM, *prompts: Prompt) -> list[Completion[str]]:
    gateway = Gateway.build(model="m", base_url=server.base_url, first_wait_s=0.01)
    return [
        await gateway.complete(prompt, role="planner", meter=Meter(Budget()), parse=str.strip) for prompt in prompts
    ]


@pytest.mark.requirement("llm.choices")
async def test_the_server_is_told_the_choices_as_a_schema_or_as_vllm_reads_them() -> None:
    with ScriptedLLM("QDS") as server:
        await ask(server, CHOOSING, replace(CHOOSING, choices_by="choice"), PLAIN)
    schema, choice, plain = (cast("Any", request.body) for request in server.requests)
    told = schema["response_format"]["json_schema"]
    assert (told["strict"], told["schema"]["properties"]["choice"]["enum"]) == (True, ["R,AG", "QDS"])
    assert "structured_outputs" not in schema
    assert choice["structured_outputs"] == {"choice": ["R,AG", "QDS"]}
    assert "response_format" not in choice
    assert "response_format" not in plain


@pytest.mark.requirement("llm.choices")
@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_without_a_grammar_is_asked_without_and_never_again_with_it(status: int) -> None:
    def script(request: ChatRequest) -> str | Fault:
        refused = "response_format" in request.body
        return Fault.status(status, message="response_format is not supported") if refused else "R,AG"

    with ScriptedLLM(script) as server:
        first, second = await ask(server, CHOOSING, CHOOSING)
    assert ["response_format" in request.body for request in server.requests] == [True, False, False]
    assert (first.text, first.usage.calls, second.usage.calls) == ("R,AG", 2, 1)
