"""`kill -9` in the middle of a question: the next run goes on, and no finished model call is made again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.graphs.conftest import on_disk

from questline import Agent, Filters, Passage
from questline.testing import Fault, ScriptedLLM
from questline.testing.replies import ChatRequest, Item

QUESTION = "Which is older, Pella Glass or Tolm Works?"
CHILD = """
import sys
from questline import Agent, Passage

class Library:
    async def search(self, query, *, k, filters=None):
        return [Passage(id="p", document_id="p", source="p.md", title="Glass", text="Pella Glass: 1931. Tolm: 1950.")]

base_url, index, question, run_id = sys.argv[1:]
with Agent(Library(), model="any", base_url=base_url, index=index, workflow=WORKFLOW) as agent:
    answer = agent.ask(question, run_id=run_id)
print(answer.status, answer.short, answer.usage.calls, sep="|")
"""
PARTS = {
    "QDP": '["When was Pella Glass founded?", "When was Tolm Works founded?"]',
    "QDS": '["When was Pella Glass founded?", "What was founded after #1?"]',
}


OPENINGS = {
    "You split a question": "decompose",
    "You turn a question into a short search query": "rewrite",
    "You answer a question from the answers to its parts": "summarize",
}


class Script:
    """Answers by what is asked; stalls the second sub-question's generation until `mended`."""

    def __init__(self, workflow: str) -> None:
        self.workflow = workflow
        self.mended = False
        self.asked: Counter[str] = Counter()
        self.stalled = False

    def kind(self, request: ChatRequest) -> str:
        system, asked = request.text("system"), request.messages[-1].content.rpartition("Question:")[2]
        for opening, kind in OPENINGS.items():
            if system.startswith(opening):
                return kind
        return "first" if "When was Pella Glass founded?" in asked else "second"

    def __call__(self, request: ChatRequest) -> Item:
        kind = self.kind(request)
        self.asked[kind] += 1
        if kind == "second" and not self.mended:
            self.stalled = True
            return Fault.stall(60)
        return {
            "decompose": PARTS[self.workflow],
            "rewrite": "Tolm Works founded",
            "first": "It was founded in 1931 [1].\n=> 1931",
            "second": "It was founded in 1950 [1].\n=> 1950",
            "summarize": "Pella Glass is older [1][2].\n=> Pella Glass",
        }[kind]


class Library:  # named as in the child: a run id belongs to one kind of retriever
    async def search(self, query: str, *, k: int, filters: Filters | None = None) -> Sequence[Passage]:
        raise AssertionError("a finished run searches no more")


def child(workflow: str, *arguments: str) -> subprocess.Popen[str]:
    code = CHILD.replace("WORKFLOW", repr(workflow))
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
@pytest.mark.requirement("checkpoint.kill")
@pytest.mark.parametrize("workflow", ["QDP", "QDS"])
def test_a_killed_question_goes_on_without_repeating_a_finished_call(workflow: str, tmp_path: Path) -> None:
    script = Script(workflow)
    with ScriptedLLM(script) as server:
        arguments = (server.base_url, str(tmp_path / "index"), QUESTION, "killed")
        first = child(workflow, *arguments)
        deadline = time.monotonic() + 60
        while not (script.stalled and script.asked["first"]) and time.monotonic() < deadline and first.poll() is None:
            time.sleep(0.05)
        checkpoints = tmp_path / "index" / "checkpoints.sqlite"
        while not on_disk(checkpoints, "results") and time.monotonic() < deadline and first.poll() is None:
            time.sleep(0.05)  # the other part's answer is on its way there
        os.kill(first.pid, signal.SIGKILL)
        _, complaint = first.communicate()
        assert script.stalled, complaint
        before = dict(script.asked)

        script.mended = True
        second = child(workflow, *arguments)
        told, complaint = second.communicate(timeout=60)
        assert second.returncode == 0, complaint
        again = dict(script.asked - Counter(before))
        with Agent(
            Library(), model="any", base_url=server.base_url, index=tmp_path / "index", workflow=workflow
        ) as agent:
            retold = agent.ask(QUESTION, run_id="killed")

    assert before == {"decompose": 1, "first": 1, "second": 1} | ({"rewrite": 1} if workflow == "QDS" else {})
    assert again == {"second": 1, "summarize": 1}
    assert told.strip().split("|") == [retold.status, retold.short, str(retold.usage.calls)]
    assert (retold.status, retold.short) == ("complete", "Pella Glass")
    assert retold.usage.calls == sum(before.values()) - 1 + sum(again.values())
    assert sum(script.asked.values()) == sum(before.values()) + 2
