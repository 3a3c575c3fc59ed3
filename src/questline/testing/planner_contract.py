"""Hold a planner to its contract: subclass `PlannerContract` in a pytest file and give it a planner."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from questline.agents.contract import Context, Decision, Draft, PlannerView, WorkflowPlanner
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Workflow
from questline.budget import Budget, Meter
from questline.types import Passage

__all__ = ["PlannerContract"]

_ABSTAINED: Final = Draft(abstained=True)
_FOUND: Final = Passage(id="lamp", document_id="lamp", source="lamp", title="", text="It was lit in 1874.", score=1.0)


class PlannerContract:
    """What every `questline.agents.contract.WorkflowPlanner` promises, as tests.

    A subclass named ``Test…`` provides a fixture ``planner``, and may set the attribute and override the method below.
    Its tests run under pytest-asyncio in auto mode::

        class TestMyPlanner(PlannerContract):
            @pytest.fixture
            def planner(self) -> MyPlanner:
                return MyPlanner()
    """

    questions: ClassVar[Sequence[str]] = (
        "When was the lighthouse of Velmora first lit?",
        "Which opened first, the lighthouse of Velmora or the Sorrel Valley Railway?",
        "Where was the designer of the lighthouse of Velmora born?",
        "灯塔是什么时候建成的？",
        "?",
        "\x00 QDS, AG " + "word " * 2_000,
    )
    """What it is asked about: a fact, a comparison, a chain, another script, and text that is hardly a question."""

    def context(self) -> Context:
        """Return what the planner is given beside the view; without limits and without a language model."""
        return Context(meter=Meter(Budget()))

    async def test_the_first_turn_runs_a_workflow_or_gives_up(self, planner: WorkflowPlanner) -> None:
        """There is no draft to keep yet; a workflow is named when, and only when, it is to be run."""
        for view in self._views():
            decision = await planner.choose(view, self.context())
            assert decision.action in {"run", "abstain"}, view.question
            assert (decision.workflow is not None) == (decision.action == "run"), view.question

    async def test_a_decision_says_who_made_it_and_why(self, planner: WorkflowPlanner) -> None:
        """The plan of the answer and the trace show both."""
        for view in self._views():
            decision = await planner.choose(view, self.context())
            assert decision.decided_by
            assert decision.reason

    async def test_a_sub_question_is_not_split_again(self, planner: WorkflowPlanner) -> None:
        """A decomposition stands at the top only."""
        for view in self._views():
            decision = await planner.choose(replace(view, top_level=False), self.context())
            assert decision.workflow is None or not decision.workflow.is_decomposition, view.question

    async def test_what_found_no_answer_is_not_kept(self, planner: WorkflowPlanner) -> None:
        """`answer` keeps a draft, so it needs one that is an answer."""
        for view in self._views():
            for workflow in TOP_WORKFLOWS:
                decision = await planner.choose(_after(view, workflow), self.context())
                assert decision.action != "answer", f"{view.question} after {workflow}"

    async def test_no_workflow_is_run_twice(self, planner: WorkflowPlanner) -> None:
        """Turn after turn without an answer, it tries something new or gives up."""
        for view in self._views():
            now, decision = view, await planner.choose(view, self.context())
            while decision.action == "run" and decision.workflow is not None:
                assert decision.workflow not in now.tried, view.question
                now = _after(now, decision.workflow)
                decision = await planner.choose(now, self.context())
            assert decision.action == "abstain", view.question

    async def test_questions_side_by_side_are_decided_as_alone(self, planner: WorkflowPlanner) -> None:
        """Decisions share no state."""
        views = self._views()
        alone = [_what(await planner.choose(view, self.context())) for view in views]
        together = await asyncio.gather(*(planner.choose(view, self.context()) for view in views * 8))
        assert [_what(decision) for decision in together] == alone * 8

    def _views(self) -> list[PlannerView]:
        return [PlannerView(question=question) for question in self.questions]


def _after(view: PlannerView, workflow: Workflow) -> PlannerView:
    """Return the view after a workflow that found a passage and no answer."""
    tried = (*view.tried, workflow)
    return replace(view, tried=tried, turn=len(tried) + 1, passages=(_FOUND,), draft=_ABSTAINED)


def _what(decision: Decision) -> tuple[str, Workflow | None]:
    return decision.action, decision.workflow
