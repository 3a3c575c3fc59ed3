"""`agents ask` says in one line what was planned and what it cost, and with --why all of it."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from questline.cli_why import render_why, why_line
from questline.types import Answer, Expected, Influence, Ledger, LedgerEntry, Usage, Why

from .conftest import Agents

QUESTION = "Where was Ansgar Tollin born?"
PLANNED = Why(
    task="q1",
    choice="QDS",
    decided_by="trained",
    reason="expected F1 and cost",
    features=(Influence(name="shape of the question", value="bridge", change=0.125),),
    expected=(
        Expected(choice="QDS", f1=0.62, cost={"calls": 4.0, "tokens": 5120.0}, high={"calls": 5.0}),
        Expected(choice="AG", f1=0.1, cost={"calls": 1.0}, open=False),
    ),
)
ANSWER = Answer(
    question="Q",
    text="T",
    why=(PLANNED, Why(task="s1", choice="R,AG"), Why(task="q2", choice="answer", decided_by="trained")),
    ledger=Ledger(
        entries=(
            LedgerEntry(step="planner", usage=Usage(seconds=0.0021, cache_hits=1)),
            LedgerEntry(step="AG", usage=Usage(calls=1, tokens_in=90, tokens_out=10, usd=0.0002, seconds=1.5)),
        ),
        wall_s=1.51,
    ),
)


def shown(renderable: RenderableType) -> str:
    written = StringIO()
    Console(file=written, width=160).print(renderable)
    return written.getvalue()


@pytest.mark.requirement("use.why")
def test_one_line_follows_the_answer(library: Path, agents: Agents) -> None:
    assert agents("index", library).code == 0
    out = agents("ask", QUESTION).out
    (line,) = [line for line in out.splitlines() if line.startswith("Workflow: ")]
    assert re.fullmatch(
        r"Workflow: R,DS,AG by rule \(single, step 1 of 2\) · \S+ m?s · 0 calls · 0 tokens · \$0\.0+", line
    )
    assert "Spent by role" not in out


@pytest.mark.requirement("use.why", "use.by-role")
def test_why_shows_the_rule_the_alternatives_and_the_costs_by_role(library: Path, agents: Agents) -> None:
    assert agents("index", library).code == 0
    done = agents("ask", QUESTION, "--why")
    assert "q1 R,DS,AG by rule, rule: single, step 1 of 2 (" in done.out
    assert re.search(r"^  R,DS,AG +0 +0 +0\.\d+$", done.out, re.MULTILINE)
    assert re.search(r"^  QR,R,AG +0 +0 +0\.\d+$", done.out, re.MULTILINE)
    for role in ("planner", "retrieve", "select", "generate", "total"):
        assert re.search(rf"^  {role} +\S+ m?s +0 ", done.out, re.MULTILINE)
    told = agents("ask", QUESTION, "--json").json
    assert told["why"][0]["rule"] == "single, step 1 of 2"
    assert set(told["usage_by_role"]) == {"planner", "retrieve", "select", "generate"}


@pytest.mark.requirement("use.why")
def test_a_trained_planners_estimates_and_what_weighed_are_shown() -> None:
    out = shown(render_why(ANSWER))
    assert re.search(r"QDS +0\.62 +4 \(≤ 5\) +5,120", out)
    assert re.search(r"AG +0\.10 +1 +– +not open", out)
    assert re.search(r"shape of the question +bridge +\+0\.125", out)
    assert re.search(r"planner +2\.1 ms +0 +0 +0\.00000 +0 +1", out)
    assert re.search(r"generate +1\.50 s +1 +100 +0\.00020", out)
    line = why_line(ANSWER)
    assert line is not None
    assert line.plain.strip() == "Workflow: QDS by trained · 1.51 s · 1 call · 100 tokens · $0.00020"


@pytest.mark.requirement("use.why")
def test_what_nobody_pays_is_called_nominal_and_what_the_budget_does_not_carry_is_marked() -> None:
    expected = (
        Expected(
            choice="R,AG",
            f1=0.35,
            cost={"calls": 0.0, "usd": 0.0, "seconds": 0.11},
            nominal={"calls": 1.0, "usd": 0.000158},
            high={"seconds": 0.15},
            open=False,
        ),
        Expected(choice="QDS", f1=0.4, cost={"calls": 0.0, "seconds": 0.3}, nominal={"calls": 4.0}, open=False),
    )
    weighed = (Influence(name="length and names", value="9 words", change=0.003),)
    why = Why(task="q1", choice="R,AG", decided_by="trained", expected=expected, features=weighed)
    out = shown(render_why(Answer(question="Q", text="T", why=(why,))))
    assert re.search(r"choice +F1 +expected seconds +nominal calls", out)
    assert re.search(r"R,AG +0\.35 +0\.11 \(≤ 0\.15\) +1 +beyond the budget", out)
    assert re.search(r"QDS +0\.40 +0\.3 +4 +not open", out)
    assert "cost nothing here" in out
    assert "0.000158" not in out
    assert "Nothing weighed much" in out
    assert "length and names" not in out


@pytest.mark.requirement("use.why")
def test_an_answer_without_a_planner_of_workflows_has_no_such_line() -> None:
    bare = Answer(question="Q", text="T")
    assert why_line(bare) is None
    assert "No planner of workflows" in shown(render_why(bare))


@pytest.mark.requirement("use.limits", "use.shipped")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--budget", "usd=-1"), "bad_budget"),
        (("--budget", "usd=0"), "bad_budget"),
        (("--budget", "seconds=nan"), "bad_budget"),
        (("--budget", "tokens=1.5"), "bad_budget"),
        (("--budget", "euros=1"), "bad_budget"),
        (("--budget", "lavish"), "bad_budget"),
        (("--budget", ""), "bad_budget"),
        (("--budget", " "), "bad_budget"),
        (("--workflow", ""), "bad_workflow"),
        (("--planner", ""), "bad_planner"),
        (("--planner", "trained:"), "bad_planner"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_indexed(
    words: tuple[str, ...], code: str, library: Path, agents: Agents
) -> None:
    done = agents("ask", QUESTION, "--docs", library, *words)
    assert f"error[{code}]" in done.err
    assert not Path(".questline").exists()


@pytest.mark.requirement("use.limits")
def test_a_budget_below_the_cheapest_plan_is_an_answer(library: Path, agents: Agents) -> None:
    assert agents("index", library).code == 0
    done = agents("ask", QUESTION, "--budget", "seconds=1e-9", "--json")
    assert (done.code, done.json["status"]) == (0, "budget_exhausted")
