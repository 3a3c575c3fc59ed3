"""What an answer leaves open is read otherwise and asked again: a glass studio, with documents, files and a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from questline import Agent
from questline.graphs.tool_search.rereading import STEP

from .shop import Shop, answer_of

AGENTS = str(Path(sys.executable).with_name("agents"))
KILN = {"machine": "kiln", "maker": "Brandt", "last_checked": "2031-02-10", "check_every_weeks": 6}
LOG = """2031-03-01 06:10 burner lit
2031-03-01 07:45 crate G12 slipped and broke
2031-03-01 08:30 crate G13 put on the ferry
"""
LEASE = "Harbour Board, 2 May 2029\n\nThe yearly rent is 8400 pounds. The yard must be swept on Fridays.\n"
BOARD = "Board by the door\n\nThe glass walk on 9 June 2031 starts at 11:00.\n"
DOCUMENTS = {
    "walks": "# From the summer sheet\n\nThe glass walk on 9 June 2031 starts at 10:30. It takes an hour.\n",
    "visits": "# Guests\n\nVisits of schools are arranged by Ilse Norby. Dogs may wait in the porch, where it is cool.\n",
    "hours": "# When to come\n\nThe studio is open from Tuesday to Saturday from 10:00 to 16:30, and on Thursdays until 20:00.\n",
    "rod": "# The cracked rod\n\nRod 7 is never used, because a flaw runs through its core.\n",
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    folder = tmp_path_factory.mktemp("studio")
    files = {
        "glass.csv": "piece,price,weight_g\nblue bowl,24.00,610\ntall vase,52.00,1340\n",
        "files/kiln.json": json.dumps(KILN),
        "files/day.log": LOG,
        "files/lease.txt": LEASE,
        "files/board.txt": BOARD,
        **{f"notes/{name}.md": text for name, text in DOCUMENTS.items()},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    servers = {
        "tables": {"command": AGENTS, "args": ["mcp", "tables", "--tables", str(folder / "glass.csv")]},
        "mathematics": {"command": AGENTS, "args": ["mcp", "mathematics"]},
        "clock": {"command": AGENTS, "args": ["mcp", "clock"]},
        "files": {"command": AGENTS, "args": ["mcp", "files", "--root", f"studio={folder / 'files'}"]},
    }
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    with Agent(folder / "notes", servers=folder / "mcp.json", index=folder / "index") as agent:
        yield agent


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.requirement("tura.readings.tried")
@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("why cant we use rod 7, its always locked away", ["flaw"]),
        ("Who should we talk to about bringing a school?", ["Ilse Norby"]),
        ("Is the studio open at half past six on a Thursday evening?", ["20:00"]),
        ("ive got my dog with me, where can he wait", ["porch"]),
        ("wich weekday is 2031-06-12, an til when are you open then", ["Thursday"]),
        ("6 miles in km plus 4 lb in kg, ta", ["9.6561", "1.8144"]),
        ("When does the kiln have to be checked again, going by studio/kiln.json?", ["24 March 2031"]),
        ("what does the rent in studio/lease.txt come to per month", ["700"]),
        ("The summer sheet and studio/board.txt disagree about the glass walk. What time does each say?", ["10:30", "11:00"]),
        ("Which crate broke, according to studio/day.log?", ["G12"]),
        ("12 trays of 6 beads, 5 were lost. How many beads are left?", ["67"]),
        ("We meet at 18:00 London time on 2031-03-04. When is that in Tokyo?", ["03:00"]),
    ],
)
def test_what_was_misread_is_answered_by_another_reading(studio: Agent, question: str, wanted: list[str]) -> None:
    answer = studio.ask(question, deadline_s=60)
    assert all(each in answer.text for each in wanted), answer.text
    assert answer.status == "complete"
    assert answer.citations


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.requirement("tura.readings.tried")
@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("Who should we talk to about renting a boat?", "Ilse"),
        ("why cant we use rod 9, its always locked away", "flaw"),
        ("Is the studio open at noon on a Sunday?", "yes"),
        ("Which crate is G44, according to studio/day.log?", "G12"),
        ("When does the ferry have to be checked again?", "March"),
        ("There are 3 rooms with 4 beds each. How many beds are free tonight?", "12"),
        ("what does the insurance in studio/lease.txt come to per month", "700"),
        ("I'm a pensioner. What does the blue bowl cost?", "pensioners pay"),
    ],
)
def test_no_reading_makes_an_answer_of_what_is_not_told(studio: Agent, question: str, wrong: str) -> None:
    answer = studio.ask(question, deadline_s=60)
    assert answer.status != "complete" or wrong not in answer.text


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.requirement("tura.readings.tried")
def test_readings_stand_in_the_ledger_with_tasks_of_their_own(studio: Agent) -> None:
    answer = studio.ask("why cant we use rod 7, its always locked away", deadline_s=60)
    told = [entry.detail for entry in answer.ledger.entries if entry.step == STEP]
    assert 1 <= len(told) <= 4
    assert "why can't we use rod 7" in told[-1]
    ids = [task.id for task in answer.plan.tasks]
    assert len(ids) == len(set(ids))
    assert {each.evidence_id for each in answer.citations} <= {each.id for each in answer.evidence}


@pytest.mark.requirement("tura.readings.tried")
async def test_at_most_four_readings_are_tried_and_nothing_that_may_not_be_repeated() -> None:
    shop = Shop()
    question = "wat zorb is u, an wat flim is it, an wat quorl is it, an wat blen is it, an wat trip is it, cheers"
    answer = answer_of(await shop.ask(question))
    assert sum(entry.step == STEP for entry in answer.ledger.entries) <= 4
    assert not [name for name in shop.calls if "order" in name or "forget" in name]


@pytest.mark.requirement("tura.readings.tried")
async def test_a_whole_answer_is_read_once() -> None:
    shop = Shop()
    answer = answer_of(await shop.ask("What is the weather in Oslo?"))
    assert answer.status == "complete"
    assert not [entry for entry in answer.ledger.entries if entry.step == STEP]
