"""A plan as a tree of lines, as Mermaid text and as SVG. All text in it is others': it is escaped, never markup."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from questline.tools.text import is_cjk
from questline.types import Plan, Task

from .orders import ancestors, levels
from .references import place_text
from .toolbox import uses

__all__ = ["as_mermaid", "as_svg", "as_tree"]

_SHOWN: Final = 48
"""Characters of an intent or a list of arguments that a picture shows."""
_WIDE, _HIGH, _ACROSS, _DOWN, _EDGE = 250, 62, 28, 52, 16
"""Pixels: a box, the gaps between boxes, the margin."""
_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>'
)


def as_tree(plan: Plan) -> list[str]:
    """Return one line a task, indented under the task that it waits for longest, with the others that it waits for.

    Works for every plan: tasks of a cycle, which have no turn, come last and say so.
    """
    parents = _parents(plan)
    tasks = {task.id: task for task in plan.tasks}
    stuck = _stuck(parents)
    depth = {name: row for row, names in enumerate(levels(_free(parents, stuck))) for name in names}
    under: dict[str, list[str]] = {"": []}
    for name in depth:
        above = max(parents[name], key=lambda before: depth[before], default="")
        under.setdefault(above, []).append(name)
    lines: list[str] = []
    stack = [(name, "", "") for name in reversed(under[""])]
    while stack:
        name, lead, above = stack.pop()
        others = [before for before in parents[name] if before != above]
        also = f"  (also after {', '.join(others)})" if others else ""
        lines.append(f"{lead}{'└─ ' if above else ''}{_line(tasks[name])}{also}")
        inner = lead + ("   " if above else "")
        stack += [(below, inner, name) for below in reversed(under.get(name, []))]
    lines += [f"{_line(tasks[name])}  (never: it waits for {', '.join(parents[name])} in a cycle)" for name in stuck]
    return lines


def _parents(plan: Plan) -> dict[str, list[str]]:
    ids = {task.id for task in plan.tasks}
    return {task.id: [before for before in dict.fromkeys(task.depends_on) if before in ids] for task in plan.tasks}


def _stuck(parents: Mapping[str, list[str]]) -> list[str]:
    """Return the tasks that never get their turn: in a cycle, or behind one."""
    waits = ancestors(parents)
    knotted = {name for name in parents if name in waits[name]}
    return [name for name in parents if name in knotted or waits[name] & knotted]


def _free(parents: Mapping[str, list[str]], stuck: list[str]) -> dict[str, list[str]]:
    return {name: before for name, before in parents.items() if name not in stuck}


def _line(task: Task) -> str:
    told = ", ".join(f"{name}={_value(value)}" for name, value in task.arguments.items())
    intent = f"  {_cut(task.intent)}" if task.intent else ""
    return f"{_flat(task.id)} {_flat(task.server)}/{_flat(task.tool)}({_cut(told)}){intent}"


def _value(value: object) -> str:
    found = Task(id="", intent="", arguments={"value": value})
    held = [use.reference.text for use in uses(found, None)]
    return f"‹{', '.join(held)}›" if held else repr(value)


def _flat(text: str) -> str:
    """Return a text in one line, without control characters."""
    return "".join(char if char.isprintable() else " " for char in text)


def _cut(text: str) -> str:
    flat = " ".join(_flat(text[: 4 * _SHOWN]).split())
    most = _SHOWN // 2 if is_cjk(flat) else _SHOWN
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _labels(plan: Plan) -> dict[tuple[str, str], str]:
    """Return for each edge the fields that it carries; empty for an order alone."""
    held: dict[tuple[str, str], list[str]] = {edge: [] for edge in plan.edges}
    for task in plan.tasks:
        for use in uses(task, None):
            edge = (use.reference.task, task.id)
            if edge in held:
                held[edge].append(place_text(use.reference.path).removeprefix(".") or "result")
    return {edge: ", ".join(dict.fromkeys(fields)) for edge, fields in held.items()}


def as_mermaid(plan: Plan) -> str:
    """Return a Mermaid flow chart: a box a task, an arrow an edge with the fields it carries, dashed for none."""
    names = {task.id: f"t{number}" for number, task in enumerate(plan.tasks)}
    lines = ["flowchart TD"]
    for task in plan.tasks:
        parts = [f"{task.id}: {task.server}/{task.tool}", _cut(task.intent)]
        label = "<br/>".join(_marked(part) for part in parts if part)
        lines.append(f'    {names[task.id]}["{label}"]')
    for (before, after), label in _labels(plan).items():
        if before in names:
            arrow = f'-->|"{_marked(label)}"|' if label else "-.->"
            lines.append(f"    {names[before]} {arrow} {names[after]}")
    return "\n".join(lines) + "\n"


def _marked(text: str) -> str:
    """Return a text in Mermaid's own escapes: nothing in it can end a label or begin markup."""
    safe = "-_./:, …()‹›"
    return "".join(char if char.isalnum() or char in safe else f"#{ord(char)};" for char in _flat(text))


def as_svg(plan: Plan) -> str:
    """Return a picture: tasks in rows by the longest way to them, arrows along the edges, dashed for an order alone."""
    parents = _parents(plan)
    stuck = _stuck(parents)
    rows = [list(row) for row in levels(_free(parents, stuck))] + ([stuck] if stuck else [])
    widest = max(map(len, rows), default=1)
    width = 2 * _EDGE + widest * _WIDE + (widest - 1) * _ACROSS
    height = 2 * _EDGE + len(rows) * _HIGH + max(0, len(rows) - 1) * _DOWN
    corner: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        left = (width - len(row) * _WIDE - (len(row) - 1) * _ACROSS) // 2
        corner |= {
            name: (left + place * (_WIDE + _ACROSS), _EDGE + number * (_HIGH + _DOWN)) for place, name in enumerate(row)
        }
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">', _TIP]
    for (before, after), label in _labels(plan).items():
        if before in corner:
            parts += _arrow(corner[before], corner[after], label)
    for task in plan.tasks:
        parts += _box(task, *corner[task.id])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _arrow(start: tuple[int, int], end: tuple[int, int], label: str) -> list[str]:
    x1, y1, x2, y2 = start[0] + _WIDE // 2, start[1] + _HIGH, end[0] + _WIDE // 2, end[1]
    dashes = "" if label else ' stroke-dasharray="4 3"'
    path = f"M{x1} {y1}C{x1} {y1 + _DOWN // 2} {x2} {y2 - _DOWN // 2} {x2} {y2}"
    drawn = [f'<path d="{path}" fill="none" stroke="#555"{dashes} marker-end="url(#tip)"/>']
    if label:
        place = f'x="{(x1 + x2) // 2 + 6}" y="{(y1 + y2) // 2 + 4}"'
        drawn.append(f'<text {place} fill="#555" font-size="11">{escape(_cut(label))}</text>')
    return drawn


def _box(task: Task, x: int, y: int) -> list[str]:
    name = escape(_fit(_cut(f"{task.id}: {task.server}/{task.tool}")))
    texts = [
        f'<text x="{x + 10}" y="{y + 24}" font-weight="bold">{name}</text>',
        f'<text x="{x + 10}" y="{y + 44}">{escape(_fit(_cut(task.intent)))}</text>',
    ]
    box = f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="6" fill="#f4f6fa" stroke="#4a6fa5"/>'
    return [box, *texts]


def _fit(text: str) -> str:
    most = 18 if is_cjk(text) else 36
    return text if len(text) <= most else f"{text[: most - 1]}…"
