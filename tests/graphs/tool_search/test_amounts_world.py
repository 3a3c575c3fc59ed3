"""A bakery: amounts over its table, file and note come out right, or are not told as complete."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from questline import Agent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.requirement("tura.amounts.world")]
AGENTS = str(Path(sys.executable).with_name("agents"))
BUNS = "item,price,weight_g\npretzel,3.00,90\ncurrant bun,1.00,60\nrye loaf,4.50,800\n"
BREAD = "Rye bread, makes 4 loaves\n2 kg rye flour\n1.2 litres water\nBake for 50 minutes.\n"
COURSE = "# Baking course\n\nThe baking course has six evenings. A course of six evenings costs 72 pounds.\n"


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    folder = tmp_path_factory.mktemp("bakery")
    for name, text in (("items.csv", BUNS), ("files/bread.txt", BREAD), ("notes/course.md", COURSE)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    servers = {
        "tables": {"command": AGENTS, "args": ["mcp", "tables", "--tables", str(folder / "items.csv")]},
        "mathematics": {"command": AGENTS, "args": ["mcp", "mathematics"]},
        "clock": {"command": AGENTS, "args": ["mcp", "clock"]},
        "files": {"command": AGENTS, "args": ["mcp", "files", "--root", f"bakery={folder / 'files'}"]},
    }
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    with Agent(folder / "notes", servers=folder / "mcp.json", index=folder / "index") as agent:
        yield agent


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("What do 4 pretzels cost?", "12"),
        ("What will one currant bun and two pretzels come to?", "7"),
        ("How much is the pretzel cheaper than the rye loaf?", "1.5"),
        ("How much is the pretzel cheaper than the currant bun?", "not cheaper"),
        ("According to bakery/bread.txt, how much rye flour for one loaf?", "0.5 kg"),
        ("How much rye flour do I need for 10 loaves, going by bakery/bread.txt?", "5 kg"),
    ],
)
def test_an_amount_is_worked_out_of_the_right_operands(bakery: Agent, question: str, wanted: str) -> None:
    answer = bakery.ask(question, deadline_s=60)
    assert wanted in answer.text
    assert answer.status == "complete"


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("What do 6 evenings of the baking course cost?", "432"),
        ("What do they cost for four nights?", "12"),
        ("What do 2 pretzels cost including the delivery?", "6 pounds"),
        ("How much did 2 pretzels cost in 2019?", "6"),
    ],
)
def test_an_amount_whose_operands_nobody_tells_is_not_complete(bakery: Agent, question: str, wrong: str) -> None:
    answer = bakery.ask(question, deadline_s=60)
    assert wrong not in answer.text.split("“")[0]
    assert answer.status in ("partial", "abstained", "needs_input", "no_tool")
