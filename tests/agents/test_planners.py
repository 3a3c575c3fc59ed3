"""The planners that ask nobody: constants, forced workflows, rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from questline.agents.contract import Decision, Draft, PlannerView
from questline.agents.workflow_planner.build import build
from questline.agents.workflow_planner.constant import ConstantPlanner
from questline.agents.workflow_planner.cost import estimate, fits
from questline.agents.workflow_planner.llm import LLMPlanner
from questline.agents.workflow_planner.rule import ENOUGH, RulePlanner
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.errors import UsageError
from questline.tools.models.llm_contract import ROLES, Role
from questline.types import Citation, Passage, Usage

if TYPE_CHECKING:
    from tests.agents.conftest import Bench

SINGLE = "When was the Harwick lighthouse built?"
COMPARISON = "Who was born first, Oda Brandt or Lena Voss?"
BRIDGE = "Where was the director of the film The Glass Mill born?"
GOOD = Draft(text="In 1874.", short="1874", confidence=0.9, citations=(Citation(start=0, end=8, evidence_id="p"),))
WEAK = Draft(text="In 1874.", short="1874", confidence=ENOUGH / 2)
NONE = Draft(abstained=True)
FOUND = (Passage(id="p", document_id="p", source="p", title="", text="It was built in 1874."),)
ALL_ROLES: dict[Role, list[str | Exception]] = {role: [] for role in ROLES}


def _view(
    question: str = SINGLE,
    *,
    tried: tuple[str, ...] = (),
    draft: Draft | None = None,
    top_level: bool = True,
    llm: bool = False,
    documents: bool = True,
) -> PlannerView:
    return PlannerView(
        question=question,
        top_level=top_level,
        turn=len(tried) + 1,
        tried=tuple(Workflow.parse(text) for text in tried),
        draft=draft,
        passages=FOUND if draft is not None else (),
        llm=llm,
        documents=documents,
    )


def _what(decision: Decision) -> str:
    assert decision.reason
    assert decision.decided_by
    return str(decision.workflow) if decision.action == "run" else decision.action


@pytest.mark.requirement("planner.constant")
@pytest.mark.parametrize("workflow", TOP_WORKFLOWS, ids=str)
async def test_a_constant_planner_runs_its_workflow_once(workflow: Workflow, bench: Bench) -> None:
    planner = build(f"constant:{workflow}")
    context, _ = bench.context()

    first = await planner.choose(_view(COMPARISON), context)
    part = await planner.choose(_view(top_level=False), context)
    after_draft = await planner.choose(_view(tried=(str(workflow),), draft=WEAK), context)
    after_none = await planner.choose(_view(tried=(str(workflow),), draft=NONE), context)

    assert (_what(first), first.decided_by) == (str(workflow), "constant")
    assert _what(part) == ("R,AG" if workflow.is_decomposition else str(workflow))
    assert _what(after_draft) == "answer"
    assert _what(after_none) == "abstain"


async def test_a_constant_split_of_a_plain_question_becomes_one_search(bench: Bench) -> None:
    context, _ = bench.context()
    planner = ConstantPlanner(Workflow.parse("QDS"))

    assert _what(await planner.choose(_view(tried=("QDS",)), context)) == "R,AG"
    assert _what(await planner.choose(_view(tried=("QDS", "R,AG")), context)) == "abstain"


@pytest.mark.requirement("planner.constant")
async def test_a_split_whose_parts_stay_unanswered_is_no_plain_question(bench: Bench) -> None:
    context, _ = bench.context()
    planner = ConstantPlanner(Workflow.parse("QDS"))

    assert _what(await planner.choose(replace(_view(tried=("QDS",)), split=2), context)) == "abstain"


@pytest.mark.requirement("planner.forced")
async def test_a_forced_workflow_overrides_the_planner_for_the_question_alone(bench: Bench) -> None:
    context, _ = bench.context()
    planner = build("constant:R,DS,AG", workflow="qdp")

    first = await planner.choose(_view(), context)
    part = await planner.choose(_view(top_level=False), context)

    assert (_what(first), first.decided_by) == ("QDP", "forced")
    assert (_what(part), part.decided_by) == ("R,DS,AG", "constant")


@pytest.mark.requirement("planner.forced")
async def test_a_planner_of_the_callers_own_is_used_as_it_is_or_below_a_forced_workflow(bench: Bench) -> None:
    context, _ = bench.context()
    own = ConstantPlanner(Workflow.parse("R,DS,AG"))

    forced = build(own, workflow="QDP")

    assert build(own) is own
    assert _what(await forced.choose(_view(), context)) == "QDP"
    assert _what(await forced.choose(_view(top_level=False), context)) == "R,DS,AG"
    with pytest.raises(UsageError) as caught:
        build(object())  # pyright: ignore[reportArgumentType]  # because callers without a checker pass it
    assert caught.value.code == "bad_planner"


@pytest.mark.requirement("planner.names")
@pytest.mark.parametrize("name", ["", "best", "learnt", "rule:R,AG", "llm:x", "constant"])
def test_an_unknown_planner_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(name)
    assert caught.value.code == "bad_planner"


@pytest.mark.requirement("planner.names")
def test_a_bad_workflow_names_its_token_and_position() -> None:
    with pytest.raises(UsageError) as caught:
        build("constant:DS,R,AG")
    assert caught.value.code == "bad_workflow"
    assert caught.value.fields == {"argument": "workflow", "token": "DS", "position": 1}
    with pytest.raises(UsageError):
        build("rule", workflow="R")
    assert isinstance(build("rule"), RulePlanner)
    assert isinstance(build("llm"), LLMPlanner)


@pytest.mark.requirement("planner.rule-shape")
@pytest.mark.parametrize(
    ("question", "llm", "workflow"),
    [
        (SINGLE, True, "R,AG"),
        (COMPARISON, True, "QDP"),
        (BRIDGE, True, "QDS"),
        (SINGLE, False, "R,DS,AG"),
        (COMPARISON, False, "R,DS,AG"),
        (BRIDGE, False, "R,DS,AG"),
    ],
)
async def test_the_shape_of_a_question_decides_its_first_workflow(
    question: str, llm: bool, workflow: str, bench: Bench
) -> None:
    context, _ = bench.context(ALL_ROLES if llm else None)

    decision = await RulePlanner().choose(_view(question, llm=llm), context)

    assert (_what(decision), decision.decided_by) == (workflow, "rule")


@pytest.mark.requirement("planner.rule-budget")
@pytest.mark.parametrize("budget", ["cheap", "calls=3", "seconds=3", "tokens=3000"])
async def test_a_small_budget_avoids_decompositions(budget: str, bench: Bench) -> None:
    context, _ = bench.context(ALL_ROLES, budget=budget)

    decision = await RulePlanner().choose(_view(COMPARISON, llm=True), context)

    assert _what(decision) == "R,AG"
    assert "QDP" in decision.reason


@pytest.mark.requirement("planner.rule-budget")
async def test_a_limit_on_calls_does_not_bind_the_embedded_backend(bench: Bench) -> None:
    context, _ = bench.context(budget="calls=1")
    context.meter.charge(Usage(calls=1))

    assert _what(await RulePlanner().choose(_view(COMPARISON), context)) == "R,DS,AG"
    assert _what(await RulePlanner().choose(_view(COMPARISON, tried=("R,DS,AG",), draft=NONE), context)) == "QDP"


async def test_even_without_any_budget_the_cheapest_workflow_is_named(bench: Bench) -> None:
    context, _ = bench.context(ALL_ROLES, budget="calls=1")
    context.meter.charge(Usage(calls=1))

    assert _what(await RulePlanner().choose(_view(COMPARISON, llm=True), context)) == "R,AG"


@pytest.mark.requirement("planner.rule-evidence")
async def test_a_good_draft_ends_the_question(bench: Bench) -> None:
    context, _ = bench.context()

    decision = await RulePlanner().choose(_view(tried=("R,AG",), draft=GOOD), context)

    assert _what(decision) == "answer"
    assert "0.90" in decision.reason
    assert "1 passage" in decision.reason


@pytest.mark.requirement("planner.rule-evidence")
@pytest.mark.parametrize(
    ("question", "tried", "draft", "what"),
    [
        (SINGLE, ("R,AG",), NONE, "QR,R,DS,AG"),
        (SINGLE, ("R,AG",), WEAK, "QR,R,DS,AG"),
        (SINGLE, ("R,AG", "QR,R,DS,AG"), WEAK, "answer"),
        (SINGLE, ("R,AG", "QR,R,DS,AG"), NONE, "abstain"),
        (BRIDGE, ("QDS",), NONE, "R,AG"),
        (BRIDGE, ("QDS",), None, "R,AG"),
        (BRIDGE, ("QDS", "R,AG"), NONE, "QR,R,DS,AG"),
        (BRIDGE, ("QDS", "R,AG", "QR,R,DS,AG"), NONE, "abstain"),
    ],
)
async def test_with_a_model_a_weak_draft_climbs_the_ladder(
    question: str, tried: tuple[str, ...], draft: Draft | None, what: str, bench: Bench
) -> None:
    context, _ = bench.context(ALL_ROLES)
    view = _view(question, tried=tried, draft=draft, llm=True)

    assert _what(await RulePlanner().choose(view, context)) == what


@pytest.mark.requirement("planner.rule-evidence")
@pytest.mark.parametrize(
    ("question", "tried", "draft", "what"),
    [
        (SINGLE, ("R,DS,AG",), WEAK, "answer"),
        (SINGLE, ("R,DS,AG",), NONE, "QR,R,AG"),
        (SINGLE, ("R,DS,AG", "QR,R,AG"), NONE, "abstain"),
        (BRIDGE, ("R,DS,AG",), WEAK, "QDS"),
        (BRIDGE, ("R,DS,AG", "QDS"), NONE, "abstain"),
        (BRIDGE, ("R,DS,AG", "QDS"), WEAK, "answer"),
        (COMPARISON, ("R,DS,AG",), WEAK, "QDP"),
        (COMPARISON, ("R,DS,AG",), GOOD, "answer"),
        (COMPARISON, ("R,DS,AG", "QDP"), WEAK, "answer"),
    ],
)
async def test_without_a_model_the_ladder_is_the_measured_one(
    question: str, tried: tuple[str, ...], draft: Draft | None, what: str, bench: Bench
) -> None:
    context, _ = bench.context()

    assert _what(await RulePlanner().choose(_view(question, tried=tried, draft=draft), context)) == what


@pytest.mark.requirement("planner.rule-budget")
@pytest.mark.parametrize(("calls", "what"), [(3, "QR,R,DS,AG"), (2, "QR,R,AG"), (1, "abstain")])
async def test_an_escalation_is_cut_to_the_calls_that_are_left(calls: int, what: str, bench: Bench) -> None:
    context, _ = bench.context(ALL_ROLES, budget=f"calls={calls}")

    assert _what(await RulePlanner().choose(_view(tried=("R,AG",), draft=NONE, llm=True), context)) == what


async def test_a_sub_question_is_escalated_once_and_never_split(bench: Bench) -> None:
    context, _ = bench.context()
    planner = RulePlanner()

    assert _what(await planner.choose(_view(BRIDGE, top_level=False), context)) == "R,AG"
    again = await planner.choose(_view(BRIDGE, top_level=False, tried=("R,AG",), draft=NONE), context)
    assert _what(again) == "R,DS,AG"
    last = await planner.choose(_view(BRIDGE, top_level=False, tried=("R,AG", "R,DS,AG"), draft=NONE), context)
    assert _what(last) == "abstain"


@pytest.mark.requirement("planner.closed-book")
async def test_without_documents_only_an_allowed_model_answers(bench: Bench) -> None:
    planner = RulePlanner()
    closed, _ = bench.context(ALL_ROLES, closed_book=True)
    bookless, _ = bench.context(ALL_ROLES)

    assert _what(await planner.choose(_view(llm=True, documents=False), closed)) == "AG"
    assert _what(await planner.choose(_view(llm=True, documents=False), bookless)) == "R,AG"
    assert _what(await planner.choose(_view(llm=True, documents=False, tried=("AG",), draft=NONE), closed)) == "abstain"


async def test_the_same_view_gives_the_same_decision(bench: Bench) -> None:
    context, _ = bench.context()
    view = _view(BRIDGE, tried=("QDS",), draft=WEAK)

    assert await RulePlanner().choose(view, context) == await RulePlanner().choose(view, context)


@pytest.mark.requirement("planner.cost")
@pytest.mark.parametrize(
    ("workflow", "calls"),
    [("AG", 1), ("QR,AG", 2), ("R,AG", 1), ("R,DS,AG", 2), ("QR,R,DS,AG", 3), ("QDS", 5), ("QDP", 4)],
)
def test_a_workflow_is_priced_in_calls(workflow: str, calls: int, bench: Bench) -> None:
    with_llm, _ = bench.context(ALL_ROLES)
    mixed, _ = bench.context({"generate": []})
    embedded, _ = bench.context()

    assert estimate(Workflow.parse(workflow), with_llm).calls == calls
    assert estimate(Workflow.parse(workflow), mixed).calls == (2 if workflow.startswith("QD") else 1)
    assert estimate(Workflow.parse(workflow), embedded).calls == 0
    assert estimate(Workflow.parse(workflow), embedded).seconds < estimate(Workflow.parse(workflow), with_llm).seconds


def test_nothing_fits_when_the_time_is_over(bench: Bench) -> None:
    context, _ = bench.context(budget="seconds=0.000001")

    assert not fits(Workflow.parse("R,AG"), context)
