"""The shipped planners keep the contract that users' planners are held to."""

from __future__ import annotations

from typing import ClassVar

import pytest
from tests.agents.conftest import Bench

from questline.agents.contract import Context, Decision, PlannerView, WorkflowPlanner
from questline.agents.workflow_planner.build import build
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.testing import PlannerContract

pytestmark = pytest.mark.requirement("agents.planner-contract")


class TestRulePlanner(PlannerContract):
    @pytest.fixture
    def planner(self) -> WorkflowPlanner:
        return build("rule")


class TestConstantPlanner(PlannerContract):
    @pytest.fixture(params=TOP_WORKFLOWS, ids=str)
    def planner(self, request: pytest.FixtureRequest) -> WorkflowPlanner:
        return build(f"constant:{request.param}")


class TestForcedPlanner(PlannerContract):
    @pytest.fixture
    def planner(self) -> WorkflowPlanner:
        return build("rule", workflow="QDP")


class TestLLMPlanner(PlannerContract):
    reply: ClassVar[str] = "R,AG"

    def context(self) -> Context:
        return Bench().context({"planner": [self.reply] * 3})[0]

    @pytest.fixture
    def planner(self) -> WorkflowPlanner:
        return build("llm")


class TestLLMPlannerThatWritesNonsense(TestLLMPlanner):
    reply = "QDS, AG, and so on"


class Stubborn:
    """Breaks every promise: runs one decomposition for ever, says nothing about it, and keeps what is no answer."""

    def __init__(self) -> None:
        self.asked = 0

    async def choose(self, view: PlannerView, context: Context) -> Decision:
        del context
        self.asked += 1
        if (view.tried and view.tried[-1].retrieves) or self.asked == 3:
            return Decision(action="answer")
        return Decision(workflow=Workflow.parse("QDS"))


@pytest.mark.parametrize("name", [name for name in vars(PlannerContract) if name.startswith("test_")])
async def test_a_planner_that_breaks_every_promise_fails_every_test(name: str) -> None:
    with pytest.raises(AssertionError):
        await getattr(PlannerContract(), name)(Stubborn())
