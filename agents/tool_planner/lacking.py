"""A tool that lacks a value: an earlier result gives it, or the asker must."""

from __future__ import annotations

from .desk import Desk, Served
from .fields import ENOUGH as FIELD_ENOUGH
from .fields import Source, candidates, pick
from .kinds import shape_of
from .matching import ENOUGH, Match

__all__ = ["given_or_missing", "lacking"]


def lacking(desk: Desk, number: int, text: str) -> Served:
    """Call the tool that explains a need best, though the need does not say all that it takes."""
    for found in desk.matches(number, text)[:1]:
        if found.covered < ENOUGH or not found.missing or found.unusable or not (found.named or found.spoken):
            continue
        return given_or_missing(desk, number, found, text)
    return []


def given_or_missing(desk: Desk, number: int, found: Match, text: str) -> Served:
    """Take what is missing from an earlier result, or say that it is missing, or that no time was left to read it."""
    filled = _from_earlier(desk, number, found)
    if filled is not None:
        arguments = {**found.arguments, **filled}
        why = "an earlier result gives what it needs"
        return [desk.drafts.add(found.tool, arguments, intent=number, ask=text, why=why)]
    fields = ", ".join(found.missing)
    if desk.late() and any(slot.kind == "other" for slot in shape_of(found.tool).slots if slot.name in found.missing):
        text = f"there was no time left to read {fields} in the question, which {found.tool.qualified} needs"
        desk.note(number, "deadline_reached", tool=found.tool, message=text)
        return []
    desk.note(
        number, "needs_input", tool=found.tool, fields=found.missing,
        message=f"{found.tool.qualified} needs {fields}, which the question does not say",
    )  # fmt: skip
    return []


def _from_earlier(desk: Desk, number: int, found: Match) -> dict[str, object] | None:
    """Return references to earlier results for all that is missing, None where one has none."""
    if found.tool.needs_approval and not desk.approve:
        return None
    after = desk.intents.items[number].after
    named = [desk.drafts.last[each] for each in after if each in desk.drafts.last]
    tools = {(one.tool.server, one.tool.name): one.tool for each in desk.candidates for one in each}
    sources = [
        Source(task=task.id, tool=tools[task.server, task.tool])
        for task in desk.drafts.tasks
        if task.id in named and (task.server, task.tool) in tools
    ]
    options = {
        name: [each for each in candidates(name, found.tool, sources) if each.score >= FIELD_ENOUGH]
        for name in found.missing
    }
    chosen = pick(options)
    if len(chosen) < len(found.missing):
        return None
    return {name: each.reference.value for name, each in chosen.items()}
