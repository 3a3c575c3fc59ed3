"""The time of a question is its own: what a process loads once is loaded before, and not within a deadline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, json, sys
from questline import Agent

async def main():
    agent = Agent({documents!r}, servers="mcp.json", index="index")
    async with agent.runtime.connections():
        before = set(sys.modules)
        answer = await agent.aask({question!r}, deadline_s=60)
        new = sorted(set(sys.modules) - before)
    print(json.dumps({{"new": new, "status": answer.status, "text": answer.text}}))
    await agent.aclose()

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.requirement("graphs2.loaded-before")
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is 23 squared, and what is 12 squared?", "529"),
        ("Who designed the lighthouse of Velmora?", "Tollin"),
        ("Who designed the lighthouse of Velmora, and what is 23 squared?", "529"),
    ],
)
def test_a_question_imports_nothing_of_weight(workdir: Path, question: str, said: str) -> None:
    (workdir / "library").mkdir()
    text = "# Velmora\n\nThe lighthouse of Velmora was designed by Ansgar Tollin.\n"
    (workdir / "library" / "lighthouse.md").write_text(text, "utf-8")
    entry = {"command": sys.executable, "args": ["-P", "-m", "questline.cli", "mcp", "mathematics"]}
    (workdir / "mcp.json").write_text(json.dumps({"mcpServers": {"sums": entry}}), "utf-8")
    program = PROGRAM.format(documents="library", question=question)
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=workdir, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert said in told["text"]
    heavy = ("questline", "mcp", "langgraph", "pydantic", "onnxruntime", "faiss", "tokenizers", "networkx", "numpy")
    assert [name for name in told["new"] if name.partition(".")[0].startswith(heavy)] == []
