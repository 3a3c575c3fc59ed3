"""The nodes of one question's loop: plan, then one node for each executor, then plan again.

They serve the whole question and a sub-question alike; each reads a `LoopState` and returns what it changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeGuard

from langgraph.runtime import Runtime

from questline.agents.contract import ROLE_OF, Decision, Draft, Executor, PlannerView, Result, Work
from questline.agents.workflow_planner.llm import FALLBACK
from questline.agents.workflow_planner.workflow import TOP_WORKFLOWS, Token, Workflow
from questline.types import AnswerWarning, Event, Task, TaskStatus, Why

from .state import LoopState, Run, Update
from .steps import Outcome, perform

__all__ = ["NODE_OF", "Node", "better", "closed", "explained", "give_up", "plan", "step_node", "usable"]

Node = Callable[[LoopState, Runtime[Run]], Awaitable[Update]]

NODE_OF: Final[Mapping[Token, str]] = {
    "QDS": "decompose",
    "QDP": "decompose",
    "QR": "rewrite",
    "R": "retrieve",
    "DS": "select",
    "AG": "generate",
    "AS": "summarize",
}
"""The node that runs an executor."""


_SPLITS: Final = frozenset(str(each) for each in TOP_WORKFLOWS if each.is_decomposition)


def usable(draft: Draft | None) -> TypeGuard[Draft]:
    """Say whether a draft holds an answer."""
    return draft is not None and not draft.abstained


def better(old: Draft | None, new: Draft) -> bool:
    """Say whether a new draft replaces the old one: an answer before an abstention, the surer one, the later one."""
    if old is None or old.abstained:
        return True
    return not new.abstained and new.confidence >= old.confidence


async def plan(state: LoopState, runtime: Runtime[Run]) -> Update:
    """Ask the planner what to do next, and begin a turn or end the loop."""
    run = runtime.context
    task = _task_id(state)
    view = PlannerView(
        question=state["question"],
        top_level=not state["original"],
        turn=len(state["tried"]) + 1,
        passages=state["found"],
        read=len(state["read"]),
        draft=state["draft"],
        tried=state["tried"],
        answers=_answers(state),
        split=_asked_parts(state),
        may_split=_may_decompose(state),
        llm=run.served("generate"),
        documents=run.context.retriever is not None,
    )
    outcome = await perform(
        run.context, "planner", task, lambda: run.planner.choose(view, run.context), detail=_describe
    )
    update = outcome.update()
    decision = outcome.value
    if decision is None and outcome.error is not None and not state["tried"]:
        reason = f"the planner failed: {outcome.error.code}"
        decision = Decision(workflow=FALLBACK, decided_by="fallback", reason=reason)
    if decision is None:  # the budget ended, or a review failed: keep what there is
        return {**update, "verdict": "answer", "pending": ()}
    decision, warnings = _legal(decision, state, run)
    update["warnings"] = (*outcome.warnings, *warnings)
    update["why"] = (explained(decision, task),)
    run.context.emit(Event(kind="plan", task=task, step="planner", text=_describe(decision)))
    if decision.action != "run" or decision.workflow is None:
        return {**update, "verdict": "abstain" if decision.action == "abstain" else "answer", "pending": ()}
    return {**update, **_begin(state, run, decision, decision.workflow, task)}


def _answers(state: LoopState) -> tuple[str, ...]:
    """Return what this question's own workflows answered, in order; a split is no answer, its summary is."""
    split = {task.id for task in state["tasks"] if task.arguments.get("workflow") in _SPLITS}
    return tuple(
        task.result
        for task in state["tasks"]
        if task.status == "done"
        and task.result
        and task.id not in split
        and (state["original"] or not task.id.startswith("s"))
    )


def _asked_parts(state: LoopState) -> int:
    """Count the sub-questions so far, each once: their tasks are ``s1``, ``s1.2``, ``s2`` …"""
    if state["original"]:
        return 0
    return len({task.id.partition(".")[0] for task in state["tasks"] if task.id.startswith("s")})


def _task_id(state: LoopState) -> str:
    """Name the next turn: ``q1``, ``q2`` … for the question itself, ``s1``, ``s1.2`` … for a sub-question."""
    number = len(state["tried"]) + 1
    if not state["original"]:
        return f"{state['label']}{number}"
    return state["label"] if number == 1 else f"{state['label']}.{number}"


def _describe(decision: Decision) -> str:
    what = _choice(decision)
    return f"{what}: {decision.reason}" if decision.reason else what


def _choice(decision: Decision) -> str:
    return str(decision.workflow) if decision.action == "run" else decision.action


def explained(decision: Decision, task: str) -> Why:
    """Return a decision as answers tell it."""
    return Why(
        task=task,
        choice=_choice(decision),
        decided_by=decision.decided_by,
        reason=decision.reason,
        rule=decision.rule,
        features=decision.features,
        expected=decision.expected,
    )


def _begin(state: LoopState, run: Run, decision: Decision, workflow: Workflow, task: str) -> Update:
    pending = workflow.tokens
    if state["rewrites"] and "R" in pending and "QR" not in pending and run.served("rewrite"):
        pending = ("QR", *pending)
    earlier = (state["task"],) if state["task"] else state["parents"]
    record = Task(
        id=task,
        intent=state["question"],
        arguments={"workflow": str(workflow)},
        depends_on=earlier,
        decided_by=decision.decided_by,
        reason=decision.reason,
    )
    return {
        "task": task,
        "turn": 1,
        "pending": pending,
        "tried": (*state["tried"], workflow),
        "query": "",
        "passages": state["found"],
        "tasks": (record,),
    }


def _legal(decision: Decision, state: LoopState, run: Run) -> tuple[Decision, tuple[AnswerWarning, ...]]:
    """Hold a decision to what the state allows: turns, the grammar of a sub-question, no workflow twice."""
    workflow = decision.workflow
    if decision.action != "run":
        return decision, ()
    if workflow is None or (workflow.is_decomposition and not _may_decompose(state)):
        fallback = FALLBACK if run.context.retriever is not None else Workflow.parse("AG")
        message = f"{workflow or 'no workflow'} cannot run at this point; {fallback} runs in its place."
        decision = replace(decision, workflow=fallback, decided_by="fallback", reason=message)
        warnings = (AnswerWarning(code="plan_fallback", message=message, step="planner"),)
    else:
        warnings = ()
    if decision.workflow in state["tried"]:
        kept = "answer" if usable(state["draft"]) else "abstain"
        return replace(decision, action=kept, workflow=None, reason=f"{decision.workflow} was tried before"), warnings
    return decision, warnings


def _may_decompose(state: LoopState) -> bool:
    """Say whether a decomposition and at least two sub-questions fit into the turns left, at the top level."""
    return not state["original"] and state["turn"] + 3 <= state["turns"]


def step_node(token: Token, executor: Executor) -> Node:
    """Return the node that runs `executor` as the next step of a workflow."""

    async def node(state: LoopState, runtime: Runtime[Run]) -> Update:
        context = runtime.context.context
        work = Work(
            question=state["question"],
            original=state["original"],
            query=state["query"],
            passages=state["passages"],
            sub_answers=state["steps"],
            task=state["task"],
            selects="DS" in state["pending"][1:],
        )
        outcome = await perform(
            context, token, state["task"], lambda: executor.run(work, context), role=ROLE_OF.get(token)
        )
        update = outcome.update()
        if outcome.error is not None and not state["original"] and not usable(state["draft"]):
            raise outcome.error  # nothing to fall back on; with checkpoints the same call tries this step again
        if outcome.value is None:
            return {**update, **give_up(state, outcome)}
        return {**update, "pending": state["pending"][1:], **_absorb(state, outcome.value)}

    return node


def give_up(state: LoopState, outcome: Outcome[Result]) -> Update:
    """Close the running task: the budget ended its workflow, or a step failed."""
    status: TaskStatus = "skipped" if outcome.limit else "failed"
    return {"pending": (), "tasks": closed(state, status)}


def closed(state: LoopState, status: TaskStatus, result: str = "") -> tuple[Task, ...]:
    """Return the running task with its end written in it."""
    return tuple(replace(task, status=status, result=result) for task in state["tasks"] if task.id == state["task"])


def _absorb(state: LoopState, result: Result) -> Update:
    update: Update = {}
    if result.query is not None:
        update["query"] = result.query
    if result.passages is not None:
        update |= {"passages": result.passages, "found": result.passages}
    if result.draft is not None:
        draft = result.draft
        update["read"] = tuple(passage.id for passage in state["passages"])
        update["tasks"] = closed(state, "abstained" if draft.abstained else "done", draft.short or draft.text)
        if better(state["draft"], draft):
            update |= {"draft": draft, "drafted": state["task"], "backend": result.backend}
    return update
