"""What an expert did for a question, step by step: a thought, a call, what came back (arXiv:2508.04604 §2.4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from questline.agents.tool_planner.references import find, read, resolve
from questline.errors import QuestlineError, UsageError
from questline.training.evaluation.rows import Row
from questline.types import Plan, Task

__all__ = [
    "Step",
    "Trace",
    "as_row",
    "called",
    "name_of",
    "parents",
    "plan_of",
    "read_trace",
    "results_of",
    "write_traces",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action of an expert, and what it saw after it."""

    thought: str
    server: str
    tool: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    """JSON; ``{"$ref": "T1.result.name"}`` takes a value from what step 1 returned."""
    result: object = None
    """JSON: what came back."""
    error: str = ""
    """Code of its failure; empty where it did not fail."""
    needs: tuple[int, ...] = (0,)
    """Positions of the needs that it works for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A question, the steps towards its answer, and the answer."""

    question: str
    steps: tuple[Step, ...]
    answer: str
    needs: tuple[str, ...] = ()
    """What the question asks for, where it asks for several things; empty for the question itself."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The needs, at least one."""
        return self.needs or (self.question,)


def name_of(place: int) -> str:
    """Return the id of the step at a place from 0: ``T1`` for the first."""
    return f"T{place + 1}"


def plan_of(trace: Trace) -> Plan:
    """Return the steps as tasks of a plan, without what they returned; what cannot be read is no reference."""
    tasks = [
        Task(
            id=name_of(place),
            intent="; ".join(trace.asked[need] for need in step.needs if need < len(trace.asked)),
            server=step.server,
            tool=step.tool,
            arguments=step.arguments,
            depends_on=tuple(dict.fromkeys(parents(step))),
        )
        for place, step in enumerate(trace.steps)
    ]
    return Plan(tasks=tuple(tasks))


def parents(step: Step) -> list[str]:
    """Return the steps whose results a step takes, by id, as often as it does."""
    found: list[str] = []
    try:
        marks = list(find(step.arguments))
    except UsageError:
        return []
    for _, value in marks:
        try:
            found.append(read(value).task)
        except UsageError:
            continue
    return found


def results_of(trace: Trace, before: int | None = None) -> dict[str, object]:
    """Return what the steps (before a place) returned, by id; failed ones are left out."""
    return {name_of(place): step.result for place, step in enumerate(trace.steps[:before]) if not step.error}


def called(trace: Trace, place: int) -> dict[str, object] | None:
    """Return the arguments of a step as they were sent; None where a reference leads nowhere."""
    try:
        return resolve(trace.steps[place].arguments, results_of(trace, place), task=name_of(place))
    except QuestlineError:
        return None


def as_row(trace: Trace) -> dict[str, object]:
    """Return a trace as the JSON object that `read_trace` reads."""
    steps: list[dict[str, object]] = []
    for step in trace.steps:
        row: dict[str, object] = {"thought": step.thought, "server": step.server, "tool": step.tool}
        row |= {"arguments": dict(step.arguments), "result": step.result}
        row |= {"error": step.error} if step.error else {}
        row |= {"needs": list(step.needs)} if step.needs != (0,) else {}
        steps.append(row)
    needs = {"needs": list(trace.needs)} if trace.needs else {}
    return {"question": trace.question, **needs, "steps": steps, "answer": trace.answer}


def write_traces(path: Path, traces: Iterable[Trace]) -> None:
    """Write JSON lines."""
    text = "".join(json.dumps(as_row(each), ensure_ascii=False) + "\n" for each in traces)
    path.write_text(text, encoding="utf-8")


def read_trace(row: Row) -> Trace:
    """Read ``{question, needs?, steps: [{thought, server, tool, arguments, result, error?, needs?}], answer}``.

    Raises:
        UsageError: ``bad_data`` with ``path``, ``line`` and ``field``.
    """
    steps = row.values.get("steps")
    if not isinstance(steps, list):
        raise row.fault("steps", "needs 'steps' as a list of objects")
    needs = row.texts("needs") if row.values.get("needs") else ()
    answer = row.values.get("answer", "")
    if not isinstance(answer, str):
        raise row.fault("answer", "needs 'answer' as text")
    listed = cast("list[object]", steps)
    read_steps = tuple(_step(row, place, value, max(1, len(needs))) for place, value in enumerate(listed))
    return Trace(question=row.text("question"), steps=read_steps, answer=answer, needs=needs)


def _step(row: Row, place: int, value: object, needs: int) -> Step:
    where = f"steps[{place}]"
    if not isinstance(value, dict):
        raise row.fault(where, f"needs {where!r} as an object")
    fields = cast("dict[str, object]", value)
    texts: dict[str, str] = {}
    for name in ("thought", "server", "tool", "error"):
        text = fields.get(name, "")
        if not isinstance(text, str) or (name in ("server", "tool") and not text):
            raise row.fault(f"{where}.{name}", f"needs '{where}.{name}' as text")
        texts[name] = text
    arguments = fields.get("arguments", {})
    if not isinstance(arguments, dict):
        raise row.fault(f"{where}.arguments", f"needs '{where}.arguments' as an object")
    numbers = fields.get("needs", [0])
    listed = cast("list[object]", numbers) if isinstance(numbers, list) else []
    whole = [number for number in listed if isinstance(number, int) and not isinstance(number, bool)]
    if not whole or len(whole) < len(listed) or not all(0 <= number < needs for number in whole):
        raise row.fault(f"{where}.needs", f"needs '{where}.needs' as numbers from 0 to {needs - 1}")
    return Step(
        thought=texts["thought"],
        server=texts["server"],
        tool=texts["tool"],
        error=texts["error"],
        arguments=cast("dict[str, object]", arguments),
        result=fields.get("result"),
        needs=tuple(sorted(set(whole))),
    )
