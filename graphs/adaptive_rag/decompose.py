"""Splitting a question, running its parts side by side or one after another, and summing up their answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from langgraph.runtime import Runtime
from langgraph.types import Send

from questline.agents.contract import ROLE_OF, Context, Executor, Result, SubQuestion, Work
from questline.agents.executors.parts import MAX_PARTS, TROUBLE, own_numbers, settle_parts
from questline.agents.workflow_planner.workflow import Token
from questline.types import AnswerWarning, Task, TaskStatus

from .nodes import better, closed, give_up, usable
from .parts import fill, needs, ready, unreachable
from .state import PartResult, PartState, PartStatus, Run, RunState, Update, loop
from .steps import perform

__all__ = ["decompose_node", "dispatch", "finish_part", "next_wave", "sum_up", "summarize_node", "summary_id"]

RunNode = Callable[[RunState, Runtime[Run]], Awaitable[Update]]


def decompose_node(executors: Mapping[Token, Executor]) -> RunNode:
    """Return the node that splits the question with the executor that the workflow names."""

    async def decompose(state: RunState, runtime: Runtime[Run]) -> Update:
        context, token = runtime.context.context, state["pending"][0]
        work = Work(question=state["question"], task=state["task"])
        most = min(MAX_PARTS, state["turns"] - state["turn"])

        async def split() -> Result:
            proposed = await executors[token].run(work, context)
            return _settled(proposed, token, state["question"], most)

        outcome = await perform(context, token, state["task"], split, role=ROLE_OF[token])
        if outcome.error is not None and not usable(state["draft"]):
            raise outcome.error
        if outcome.value is None:
            return {**outcome.update(), **give_up(state, outcome), "parts": (), "results": ()}
        parts = outcome.value.questions or ()
        return {
            **outcome.update(),
            "pending": (),
            "numbered": state["numbered"] + len(state["parts"]),
            "parts": parts,
            "split": state["task"],
            "serial": token == "QDS",  # noqa: S105 because QDS is an executor, not a password
            "results": (),
            "tasks": closed(state, "done" if parts else "abstained", _listed(parts)),
        }

    return decompose


def _settled(proposed: Result, token: Token, parent: str, most: int) -> Result:
    """Make of what an executor proposed at most so many parts that can run, and say what had to be mended."""
    parts, codes = settle_parts(proposed.questions or (), parent, limit=most)
    warnings = tuple(AnswerWarning(code=code, message=TROUBLE[code], step=token) for code in codes)
    detail = _listed(parts) or "nothing to split"
    return replace(proposed, questions=parts, warnings=(*proposed.warnings, *warnings), detail=detail)


def _listed(parts: tuple[SubQuestion, ...]) -> str:
    return " | ".join(part.text for part in parts)


async def dispatch(state: RunState) -> Update:
    """Write off the parts that can no longer run: the budget ended, or what they need was not found."""
    if state["stopped"]:
        ended = {result.number for result in state["results"]}
        lost = tuple(number for number in range(1, len(state["parts"]) + 1) if number not in ended)
        why = "the budget was used up"
    else:
        lost = unreachable(state["parts"], state["results"])
        why = "it needs an answer that was not found"
    if not lost:
        return {}
    tasks: list[Task] = []
    results: list[PartResult] = []
    warnings: list[AnswerWarning] = []
    for number in lost:
        question, task = state["parts"][number - 1].text, _label(state, number)
        results.append(PartResult(number=number, question=question, task=task, status="skipped"))
        tasks.append(Task(id=task, intent=question, depends_on=_parents(state, number), status="skipped", reason=why))
        warnings.append(AnswerWarning(code="sub_question_skipped", message=f"{question!r} was not asked: {why}."))
    return {"results": tuple(results), "tasks": tuple(tasks), "warnings": tuple(warnings)}


def next_wave(state: RunState) -> list[Send]:
    """Return one task for each part that can run now; they run side by side.

    Turns left over after one for every part are shared out among the parts of the wave.
    """
    wave = () if state["stopped"] else ready(state["parts"], state["results"])
    waiting = len(state["parts"]) - len(state["results"])
    spare = max(0, state["turns"] - state["turn"] - waiting)
    return [Send("part", _part(state, number, turns=1 + spare // len(wave))) for number in wave]


def _part(state: RunState, number: int, *, turns: int) -> Update:
    part = state["parts"][number - 1]
    needed = needs(part)
    earlier = tuple(result for result in state["results"] if result.number in needed)
    return {
        "number": number,
        **loop(
            question=fill(part.text, earlier, own=own_numbers(state["question"])),
            original=state["question"],
            label=_label(state, number),
            turns=turns,
            parents=_parents(state, number),
            steps=tuple(result.step for result in earlier),
            rewrites=state["serial"] and bool(earlier),
        ),
    }


def _label(state: RunState, number: int) -> str:
    return f"s{state['numbered'] + number}"


def _parents(state: RunState, number: int) -> tuple[str, ...]:
    """Return the tasks that a part waits for: the split, and the parts whose answers it needs."""
    needed = needs(state["parts"][number - 1])
    return (
        state["split"],
        *(r.task for r in state["results"] if r.number in needed),
        *(_label(state, n) for n in sorted(needed - {r.number for r in state["results"]})),
    )


async def finish_part(state: PartState) -> Update:
    """Hand the end of a sub-question to the whole."""
    draft, task = state["draft"], state["task"] or state["label"]
    last = next((one for one in reversed(state["tasks"]) if one.id == task), None)
    status: PartStatus
    if usable(draft) and state["verdict"] != "abstain":
        status, task = "done", state["drafted"]
    elif draft is not None:
        status = "abstained"
    else:
        status = "failed" if last is not None and last.status == "failed" else "skipped"
    question = state["question"]
    result = PartResult(number=state["number"], question=question, task=task, status=status, draft=draft)
    if last is not None:
        return {"results": (result,)}
    return {
        "results": (result,),
        "tasks": (Task(id=task, intent=question, depends_on=state["parents"], status=status, reason="never began"),),
    }


def summarize_node(executor: Executor) -> RunNode:
    """Return the node that answers the question from the answers to its parts."""

    async def summarize(state: RunState, runtime: Runtime[Run]) -> Update:
        return await sum_up(executor, state, runtime.context.context)

    return summarize


async def sum_up(executor: Executor, state: RunState, context: Context, *, last: bool = False) -> Update:
    """Run the summariser on the answered parts.

    Args:
        executor: The summariser.
        state: Holds the parts' results.
        context: Without ``llm`` when the budget has no model call left.
        last: Whether the step may use the reserve of time.
    """
    task = summary_id(state)
    work = Work(
        question=state["question"],
        passages=state["found"],
        sub_answers=tuple(result.step for result in state["results"]),
        task=task,
    )
    outcome = await perform(context, "AS", task, lambda: executor.run(work, context), role=ROLE_OF["AS"], last=last)
    update = outcome.update()
    draft = outcome.value.draft if outcome.value is not None else None
    record = Task(
        id=task,
        intent=state["question"],
        depends_on=tuple(result.task for result in state["results"]),
        decided_by="graph",
        reason="the sub-questions are done",
        status="failed" if outcome.error is not None else "skipped",
    )
    if draft is None or outcome.value is None:
        return {**update, "tasks": (record,), "task": task}
    status: TaskStatus = "abstained" if draft.abstained else "done"
    update |= {"tasks": (replace(record, status=status, result=draft.short or draft.text),), "task": task}
    if better(state["draft"], draft):
        update |= {"draft": draft, "drafted": task, "backend": outcome.value.backend}
    return update


def summary_id(state: RunState) -> str:
    """Name the task that sums up the latest decomposition: ``as``, for a second one ``as2``."""
    return "as" if state["numbered"] == 0 else f"as{state['split'].removeprefix(state['label'])}"
