"""One answered question as a picture: its needs, the plan, who worked when, and the answer with what it rests on.

All of it is drawn from the answer. Every text in it is others': it is escaped, never markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from questline.cli_render import cited, sources_of
from questline.graphs.trace_times import needs_of, rows_of, spans_of
from questline.tools.drawing import WIDE, Page, cut, draw_bars

if TYPE_CHECKING:
    from questline.types import Answer, Plan, Task

__all__ = ["trace_svg"]

_BOX_WIDE, _BOX_HIGH, _ACROSS, _DOWN = 250, 52, 44, 14
"""Pixels: a box of the plan, the gaps between columns and between rows."""
_BESIDE: Final = 3
"""Boxes beside each other where no task waits for another."""
_QUOTED: Final = 260
"""Characters of an evidence that are shown."""
_MARK: Final[Mapping[str, str]] = {"done": "✓", "failed": "✗", "skipped": "–", "abstained": "–", "pending": "…"}


def trace_svg(answer: Answer) -> str:
    """Return the picture of one answer as SVG, for light and for dark pages.

    Args:
        answer: Of any question; one that went to documents alone has no plan of calls, and shows its steps.
    """
    page = Page()
    _question(page, answer)
    servers = {name: number for number, name in enumerate(dict.fromkeys(each.server for each in answer.plan.tasks))}
    if answer.plan.tasks:
        page.heading("Plan")
        _plan(page, answer.plan, servers)
    rows = rows_of(answer)
    if rows:
        page.heading(f"Run, {answer.ledger.wall_s:.2f} s")
        draw_bars(page, rows, servers)
    page.heading(f"Answer: {answer.status}")
    _answer(page, answer)
    return page.svg(f"How a question was answered: {cut(answer.question, 80)}")


def _question(page: Page, answer: Answer) -> None:
    page.heading("Question")
    needs = needs_of(answer)
    page.coloured(answer.question, spans_of(answer.question, needs))
    if len(needs) > 1:
        page.space(4)
        for number, need in enumerate(needs):
            page.text(f"need {number + 1}: {cut(need, 110)}", f"t{number % 6}")


def _plan(page: Page, plan: Plan, servers: Mapping[str, int]) -> None:
    columns = _columns(plan)
    top = page.y + 6
    place = {
        task.id: (WIDE // 48 + column * (_BOX_WIDE + _ACROSS), top + row * (_BOX_HIGH + _DOWN))
        for column, tasks in enumerate(columns)
        for row, task in enumerate(tasks)
    }
    page.fit(max(x for x, _ in place.values()) + _BOX_WIDE)
    for before, after in plan.edges:
        if before in place:
            (x1, y1), (x2, y2) = place[before], place[after]
            start, end = (x1 + _BOX_WIDE, y1 + _BOX_HIGH // 2), (x2, y2 + _BOX_HIGH // 2)
            page.arrow(start, end)
    for task in plan.tasks:
        x, y = place[task.id]
        page.rect(x, y, _BOX_WIDE, _BOX_HIGH, "box")
        page.rect(x, y, 5, _BOX_HIGH, f"s{servers[task.server] % 6}")
        name = cut(f"{task.id} {task.server}/{task.tool}", 28)
        page.at(x + 14, y + 21, f"{name} {_MARK[task.status]}", "ink bold")
        page.at(x + 14, y + 40, cut(_arguments(task), 31), "dim")
    page.y = max(y for _, y in place.values()) + _BOX_HIGH + 8


def _columns(plan: Plan) -> Sequence[Sequence[Task]]:
    """Return the tasks by the longest way to them, those of a circle last; in columns by turns where none waits."""
    ids = {task.id for task in plan.tasks}
    depth: dict[str, int] = {}
    for _ in plan.tasks:
        for task in plan.tasks:
            before = [name for name in task.depends_on if name in ids]
            if all(name in depth for name in before):
                depth[task.id] = max((depth[name] + 1 for name in before), default=0)
    last = max(depth.values(), default=-1) + 1
    columns: list[list[Task]] = [[] for _ in range(last + 1)]
    for task in plan.tasks:
        columns[depth.get(task.id, last)].append(task)
    kept = [column for column in columns if column]
    return kept if len(kept) > 1 else [plan.tasks[number::_BESIDE] for number in range(min(_BESIDE, len(plan.tasks)))]


def _arguments(task: Task) -> str:
    """Return a task's arguments on one line, references by their names."""
    return ", ".join(f"{name}={_value(value)}" for name, value in task.arguments.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        found = [_value(each) if name != "$ref" else f"‹{each}›" for name, each in value.items()]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]  # because arguments are JSON of any form
        return " ".join(found)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _answer(page: Page, answer: Answer) -> None:
    page.text(cited(answer) or "(nothing)", "ink")
    page.space(6)
    for number, evidence in sources_of(answer).values():
        place = PurePath(evidence.source).name if evidence.kind == "passage" else evidence.source
        page.text(f"[{number}] {' · '.join(filter(None, (place, evidence.title)))}", "ink bold")
        page.text(cut(evidence.text, _QUOTED), "dim", indent=4)
    for line in _missing(answer):
        page.text(line, "ink")


def _missing(answer: Answer) -> Iterator[str]:
    for part in answer.missing:
        yield f"missing ({part.code}): {cut(part.question, 100)}"
