"""The agents behind the server, over a scripted model on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from questline import Answer, Event, UsageError
from questline.mcp_servers.gateway.configuration import Configuration
from questline.serve.answers import AgentAnswers
from questline.serve.wire import Ask
from questline.settings import Settings
from questline.testing import ScriptedLLM
from questline.tools.retrieval.documents import Document
from questline.tools.retrieval.index import DocumentIndex

QUESTION = "Who founded Pella Glass?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with DocumentIndex.open(tmp_path / "index", encoder=None) as index:
        index.add([Document(id="p", title="Pella Glass", text="Pella Glass was founded by Ada Brandt in 1931.")])
    return tmp_path / "index"


async def last(events: AsyncIterator[Event]) -> Answer:
    answer = [event.answer async for event in events][-1]
    assert answer is not None
    return answer


async def test_the_connection_to_a_model_stays_open_between_questions(folder: Path) -> None:
    with ScriptedLLM("Ada Brandt founded it [1].\n=> Ada Brandt") as server:
        answers = AgentAnswers(Settings(index=folder, model="m", base_url=server.base_url, workflow="R,AG"))
        ask = Ask(question=QUESTION, options={})
        assert [(await last(answers.stream("questline", ask))).short for _ in range(3)] == ["Ada Brandt"] * 3
        assert (len(server.requests), server.connections) == (3, 1)
        await answers.close()


@pytest.mark.requirement("faces.http-budget")
async def test_a_request_cannot_ask_for_more_than_the_server_allows(folder: Path) -> None:
    answers = AgentAnswers(Settings(index=folder, max_budget="seconds=1e-9"))
    for budget in ("unlimited", "best", "seconds=9,calls=3"):
        answer = await last(answers.stream("questline", Ask(question=QUESTION, options={"budget": budget})))
        assert answer.status == "budget_exhausted"
    own = await last(answers.stream("questline", Ask(question=QUESTION, options={})))
    assert own.short == "Ada Brandt"  # the server's own budget is its owner's choice
    await answers.close()


def test_a_limit_that_cannot_be_read_is_refused_at_the_start(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        AgentAnswers(Settings(index=folder, max_budget="plenty"))
    assert caught.value.code == "bad_budget"


@pytest.mark.requirement("graphs2.one-reading")
async def test_an_agent_that_is_made_later_has_the_servers_of_the_start(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text('{"mcpServers": {"gone": {"command": "no-such-program"}}}', "utf-8")
    with ScriptedLLM("Ada Brandt founded it [1].\n=> Ada Brandt") as server:
        settings = Settings(index=folder, model="m", base_url=server.base_url, workflow="R,AG", servers=file)
        answers = AgentAnswers(settings, servers=Configuration.read(file))
        file.write_text("changed after it was trusted", "utf-8")
        for model in ("questline", "other"):
            assert (await last(answers.stream(model, Ask(question=QUESTION, options={})))).text
        await answers.close()
