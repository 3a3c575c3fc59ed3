"""Executor and composer over our own servers, each a process of its own: from a question's task to a cited answer."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from questline.agents.composer.compose import compose
from questline.agents.composer.contract import Finding
from questline.agents.contract import Context
from questline.agents.intents import split
from questline.agents.tool_executor.executor import TaskExecutor
from questline.budget import Budget, Meter
from questline.mcp_servers.gateway.configuration import Configuration
from questline.mcp_servers.gateway.gateway import Gateway
from questline.types import Task

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.requirement("tura.comp.servers")]
AGENTS = str(Path(sys.executable).with_name("agents"))
BOATS = "boat,seats,length_m,built\nGull,12,8.5,1998\nTern,40,21.25,2004\nHeron,8,6.0,2019\n"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    (tmp_path / "boats.csv").write_text(BOATS, encoding="utf-8")
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "pier.ini").write_text("[north]\nlength_m = 60\nkeeper = Odile Brandt\n", encoding="utf-8")
    servers = {
        "tables": {"command": AGENTS, "args": ["mcp", "tables", "--tables", str(tmp_path / "boats.csv")]},
        "clock": {"command": AGENTS, "args": ["mcp", "clock"]},
        "mathematics": {"command": AGENTS, "args": ["mcp", "mathematics"]},
        "files": {"command": AGENTS, "args": ["mcp", "files", "--root", f"notes={notes}"]},
    }
    async with Gateway(Configuration.parse(json.dumps({"mcpServers": servers}))) as made:
        yield made


async def test_one_call_after_the_other_becomes_one_cited_answer(gateway: Gateway) -> None:
    question = (
        "How many seats does the Gull have? What day of the week is 14 July 2031?"
        " What is 25 m/s in km/h? How many days lie between 2027-03-14 and 2027-11-02?"
    )
    intents = split(question)
    assert len(intents.items) == 4
    calls: list[tuple[str, str, dict[str, object]]] = [
        ("tables", "query", {"sql": "select seats from boats where boat = 'Gull'"}),
        ("clock", "calendar", {"day": "2031-07-14"}),
        ("mathematics", "calculate", {"expression": "25 m/s to km/h"}),
        ("clock", "calendar", {"day": "2027-03-14", "until": "2027-11-02"}),
    ]
    executor = TaskExecutor(gateway, Context(meter=Meter(Budget())))
    findings: list[Finding] = []
    for place, (server, tool, arguments) in enumerate(calls):
        text = intents.items[place].text
        task = Task(id=f"T{place}", intent=text, server=server, tool=tool, arguments=arguments)
        done = await executor.run(task, {}, deadline_s=120)
        findings.append(Finding(task=task, result=done, intents=(place,)))

    answer = await compose(question, intents, findings, context=Context(meter=Meter(Budget())), deadline_s=60)

    assert answer.text == (
        "The Gull has 12 seats. 14 July 2031 is a Monday. 25 m/s is 90 km/h. 233 days lie between 2027-03-14 and"
        " 2027-11-02."
    )
    assert [each.evidence_id for each in answer.citations] == ["T0:1", "T1:1", "T2:1", "T3:1"]
    assert [each.source for each in answer.evidence] == [f"{server}/{tool}" for server, tool, _ in calls]
    assert (answer.answered, answer.missing, answer.dropped) == ((0, 1, 2, 3), (), ())


async def test_a_chain_of_calls_follows_its_references_and_cites_all(gateway: Gateway) -> None:
    question = "How much is the length of the Tern divided by 5?"
    executor = TaskExecutor(gateway, Context(meter=Meter(Budget())))
    first = Task(
        id="T1",
        intent="the length of the Tern",
        server="tables",
        tool="query",
        arguments={"sql": "select length_m / 5 as fifth from boats where boat = 'Tern'"},
    )
    length = await executor.run(first, {}, deadline_s=120)
    second = Task(
        id="T2",
        intent=question,
        server="mathematics",
        tool="calculate",
        arguments={"expression": {"$ref": "T1.result.rows[0][0]"}},
        depends_on=("T1",),
    )
    value = await executor.run(second, {"T1": length}, deadline_s=120)
    findings = [
        Finding(task=first, result=length, intents=(0,)),
        Finding(task=second, result=value, intents=(0,)),
    ]
    answer = await compose(question, split(question), findings, context=Context(meter=Meter(Budget())))

    assert answer.short == "4.25"
    assert [each.evidence_id for each in answer.citations] == ["T2:1", "T1:1"]


async def test_a_field_of_a_file_answers(gateway: Gateway) -> None:
    question = "Who is the keeper in notes/pier.ini?"
    executor = TaskExecutor(gateway, Context(meter=Meter(Budget())))
    task = Task(id="T1", intent=question, server="files", tool="read_file", arguments={"path": "notes/pier.ini"})
    done = await executor.run(task, {}, deadline_s=120)
    answer = await compose(
        question,
        split(question),
        [Finding(task=task, result=done, intents=(0,))],
        context=Context(meter=Meter(Budget())),
    )

    assert answer.text == "The keeper in notes/pier.ini is Odile Brandt."
