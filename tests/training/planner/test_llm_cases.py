"""What a decision of the planner's model is: its prompt, its open choices, what comes of each, and its reward."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.training.planner.conftest import Small
from tests.training.planner.llm_tables import SECONDS, cell, rows, stored

from questline.agents.workflow_planner.workflow import Workflow
from questline.errors import RunError, UsageError
from questline.settings import Settings
from questline.training.planner.columns import COLUMNS
from questline.training.planner.llm.cases import Case, Drawer, Role, best_choice
from questline.training.planner.llm.live import Live
from questline.training.planner.llm.outcomes import Table, held
from questline.training.planner.llm.reward import Outcome, as_published, ours, score_named
from questline.training.planner.llm.rollouts import histogram, play
from questline.training.planner.llm.words import Prompts
from questline.training.planner.rewards import USD_UNIT, Spent

FREE = (0.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def table() -> Table:
    return Table.of(rows(8), SECONDS)


def first(table: Table, question: int = 0, weights: tuple[float, ...] = FREE) -> Case:
    return Case(outcomes=table, question=question, weights=weights)


@pytest.mark.requirement("llm-planner.prompt")
def test_a_decision_is_put_in_the_words_of_the_served_planner(table: Table) -> None:
    case = first(table, 1, (0.0, 0.0, 0.1, 0.0)).after(Workflow.parse("R,AG"))
    [message] = Prompts.of("short").messages(case)
    assert message["content"].splitlines() == [
        "Question: Where was the designer of light 1 born?",
        "May choose: AG | QR,AG | QR,R,AG | R,DS,AG | QR,R,DS,AG | QDS | QDP | ANSWER | ABSTAIN",
        (
            "Evidence: 5 passages of 3 documents, best score 0.00, next 0.00 below it, mean 0.00, 0% of the question's "
            "terms found"
        ),
        "Draft: an answer with confidence 0.20 and 0 citations",
        "Tried: R,AG",
        "Left: no limit; spent so far 1 calls, 1000 tokens; weights: calls 0.10",
    ]
    assert [len(Prompts.of(each).messages(case)) for each in ("short", "plain", "full")] == [1, 2, 10]


@pytest.mark.requirement("llm-planner.prompt")
def test_the_prompts_are_written_as_files_that_the_served_planner_reads(tmp_path: Path, table: Table) -> None:
    from questline.tools.models.prompts import PromptTemplate

    prompts = Prompts.of("plain")
    prompts.write(tmp_path)
    roles: dict[str, Role] = {"planner.md": "top", "planner_part.md": "part"}
    for name, role in roles.items():
        read = PromptTemplate.parse((tmp_path / name).read_text())
        assert replace(read, origin="") == replace(prompts.templates[role], origin="")
        assert read.render(**first(table).values).messages[-1].content == prompts.messages(first(table))[-1]["content"]


@pytest.mark.requirement("llm-planner.outcomes")
def test_a_question_goes_on_until_it_is_settled_and_is_charged_for_all(table: Table) -> None:
    chained = first(table, 1)
    unsure = chained.ends(Workflow.parse("R,AG"))
    assert isinstance(unsure, Case)
    assert unsure.held.f1 == 0
    end = unsure.ends(Workflow.parse("QDS"))
    assert isinstance(end, Outcome)
    whole = table.costs(table.cell(1, "R,AG")) + table.costs(table.cell(1, "QDS"))
    assert (end.f1, end.answered, end.costs) == (1.0, True, pytest.approx(tuple(whole)))
    assert unsure.ends("answer") == replace(end, f1=0.0, costs=_of(table, "R,AG"), spent=end.spent[:1])
    assert unsure.ends("abstain") == replace(end, f1=0.0, answered=False, costs=_of(table, "R,AG"), spent=end.spent[:1])


def _of(table: Table, column: str) -> object:
    return pytest.approx(tuple(table.costs(table.cell(1, column))))


@pytest.mark.requirement("llm-planner.outcomes")
def test_an_illegal_plan_ends_a_question_with_nothing(table: Table) -> None:
    case = first(table)
    assert [case.read(text) for text in ("DS,R,AG", "I would search", "AG", "ANSWER", "QDS,AG")] == [None] * 5
    end = case.ends(case.read("DS,R,AG"))
    assert isinstance(end, Outcome)
    assert (end.legal, end.f1, sum(end.costs), ours(end)) == (False, 0.0, 0.0, -1.0)


@pytest.mark.requirement("llm-planner.outcomes")
def test_the_surer_answer_is_held() -> None:
    [(asked, cells)] = rows(1)
    cells |= {"R,AG": cell("R,AG", f1=0.3, sure=0.25), "QDP": cell("QDP", f1=0.8, sure=0.1)}
    found = held(Table.of([(asked, cells)], SECONDS), 0, [Workflow.parse("R,AG"), Workflow.parse("QDP")])
    assert (found.f1, found.seen["confidence"], found.settled) == (0.3, 0.25, False)


@pytest.mark.requirement("llm-planner.roles")
def test_a_sub_question_chooses_for_all_parts_and_is_scored_by_its_parent(table: Table) -> None:
    cases = Drawer(outcomes=table, places=[1, 3], role="part").draw("key", 40)
    parts = [case for case in cases if case.role == "part"]
    assert parts
    assert {str(choice) for case in parts for choice in case.choices} == {"R,AG", "R,DS,AG"}
    case = parts[0]
    end = case.ends(Workflow.parse("R,DS,AG"))
    assert isinstance(end, Outcome)
    column = table.cell(case.question, f"{case.split}/R,DS,AG")
    assert (end.f1, end.costs) == (column.f1, pytest.approx(tuple(table.costs(column))))
    assert "R,DS,AG" in COLUMNS


@pytest.mark.requirement("llm-planner.supervised")
def test_the_best_plan_depends_on_question_and_weights(table: Table) -> None:
    dear = (0.0, 0.0, 2.0, 0.0)
    best = [str(best_choice(first(table, place, weights))) for place in (0, 1) for weights in (FREE, dear)]
    assert best == ["R,AG", "QDS", "R,AG", "R,AG"] or best == ["R,AG", "R,AG", "QDS", "R,AG"]


@pytest.mark.requirement("llm-planner.supervised")
def test_what_helps_nothing_is_not_taught(table: Table) -> None:
    dear = (0.0, 0.0, 2.0, 0.0)
    drafted = replace(first(table, 1, dear), taken=(Workflow.parse("R,AG"), Workflow.parse("QDP")))
    assert "AG" in map(str, drafted.choices)
    assert best_choice(drafted) == "answer"
    assert best_choice(replace(drafted, taken=(Workflow.parse("AG"),))) == "abstain"
    assert str(best_choice(replace(drafted, weights=FREE))) == "QDS"


@pytest.mark.requirement("llm-planner.supervised")
def test_the_same_key_draws_the_same_decisions_and_none_that_is_settled(table: Table) -> None:
    drawer = Drawer(outcomes=table, places=range(8), role="both")
    one, two, other = (drawer.draw(key, 60) for key in ("a", "a", "b"))
    assert [case.values for case in one] == [case.values for case in two] != [case.values for case in other]
    assert {len(case.taken) for case in one} == {0, 1, 2}
    assert not any(case.held.settled for case in one)
    blind = replace(drawer, blind=True, role="top").draw("a", 30)
    assert {case.taken for case in blind} == {()}


@pytest.mark.requirement("llm-planner.rewards")
def test_rewards_are_pure_and_as_published_in_both_readings() -> None:
    spent = (Spent(usd=USD_UNIT, searched=True), Spent(usd=0.0, decomposition="QDS", parts=3))
    end = Outcome(f1=0.9, costs=(2.0, 1.0), weights=(0.1, 0.2), answered=True, spent=spent)
    assert ours(end) == pytest.approx(0.9 - 0.4)
    assert as_published(end, alpha=0.1, reading="text") == pytest.approx(0.9 - 0.1 * (1 + 0.75 + 1))
    assert as_published(end, alpha=0.1, reading="table") == pytest.approx(0.9 - 0.1 * (1 + 0.25 + 1))
    assert score_named("published-text", alpha=0.1)(end) == as_published(end, alpha=0.1, reading="text")
    assert as_published(replace(end, legal=False, f1=0.0, spent=()), alpha=0.5, reading="text") == -1
    with pytest.raises(UsageError, match="published-table"):
        score_named("theirs", alpha=0.1)


@pytest.mark.requirement("llm-planner.rewards")
def test_a_reward_that_is_no_number_ends_the_run() -> None:
    pytest.importorskip("torch", reason="the trainer's module needs torch (extra train)")
    from questline.training.planner.llm.grpo import reward_function

    played = play([], [], lambda due: [])
    assert reward_function(ours)(played=played) == []
    made = Outcome(f1=0.0, costs=(), weights=())
    with pytest.raises(RunError, match="not a finite number"):
        reward_function(lambda outcome: float("nan"))(played=[type("P", (), {"outcome": made, "first": None})()])


@pytest.mark.requirement("llm-planner.monitors")
def test_what_was_planned_is_counted(table: Table) -> None:
    cases = [first(table, place) for place in (0, 1, 2, 3)]
    played = play(cases, ["R,AG", "R,AG", "nonsense", "QDS"], lambda due: ["ABSTAIN"] * len(due))
    told = histogram(played)
    assert [each.outcome.f1 for each in played] == [1.0, 0.0, 0.0, 1.0]
    assert (told["illegal"], told["unanswered"]) == (0.25, 0.5)
    assert (told["plan R,AG"], told["plan QDS"]) == (0.5, 0.25)
    assert told["plan entropy"] == pytest.approx(1.0397, abs=1e-3)


@pytest.mark.requirement("llm-planner.refuses")
def test_a_table_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    stored(tmp_path, 2)
    assert Table.read(tmp_path).about["seen"] is False
    with pytest.raises(UsageError):
        Table.of([], SECONDS)


@pytest.mark.slow
@pytest.mark.requirement("llm-planner.live")
def test_without_a_table_the_graph_is_run_once_for_each_workflow_that_is_asked_about(small: Small) -> None:
    live = Live.open(small.corpus, small.questions, small.cache, Settings(), allow_seen=False)
    try:
        place = next(n for n, one in enumerate(live.questions) if one.text == "Who designed Tern Light?")
        case = Case(outcomes=live, question=place, weights=(0.0, 0.0, 0.1))
        end = case.ends(Workflow.parse("R,AG"))
        assert isinstance(end, Outcome)
        assert (end.f1, end.answered, end.legal) == (1.0, True, True)
        assert live.cell(place, "R,AG") is live.cell(place, "R,AG")
        assert ours(end) == pytest.approx(1 - 0.1 * end.costs[2])
    finally:
        live.close()
