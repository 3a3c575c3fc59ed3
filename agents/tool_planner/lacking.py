"""A tool that lacks a value: an earlier result gives it, or the asker must."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.currencies import currencies_in
from questline.tools.text import stem

from .desk import Desk, Served
from .fields import ENOUGH as FIELD_ENOUGH
from .fields import Source, candidates, pick
from .kinds import Slot, shape_of
from .literals import Literals
from .matching import ENOUGH, Match, has, plain
from .places import unknown_place, zone_wanted

__all__ = ["described_fields", "given_or_missing", "lacking"]

_KINDS: Final[Mapping[str, str]] = {
    "day": "a day, YYYY-MM-DD", "time": "a moment, such as 2027-05-03T15:30", "zone": "a time zone, such as Asia/Tokyo",
    "path": "a file", "folder": "a folder",
}  # fmt: skip
"""What an argument is that its tool says nothing of."""
_CHANGES: Final = re.compile(r"\b(?:convert|change|exchange|in|into|to)\b|兑换?|换", re.IGNORECASE)
_CLOCK_OF: Final = re.compile(
    r"\b(?:what|which)\b.*\b(?:his|her|their|my \w+['’]s|our \w+['’]s|the \w+['’]s) (?:clock|watch|phone|time)\b"
    r"|\bwhat time (?:is it|will it be|would it be|does it make it) for (?:him|her|them|my \w+|our \w+)\b",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(r"(?<![\w:.-])\d+(?:[.,]\d+)?\s?[a-zA-Z°]{1,12}\b(?<!am)(?<!pm)(?<!AM)(?<!PM)")
"""So much of something: no time of day and no day."""


def lacking(desk: Desk, number: int, text: str) -> Served:
    """Call the tool that explains a need best, though the need does not say all that it takes."""
    if _CLOCK_OF.search(text):
        _without_a_place(desk, number, text)
        if any(one.intent == number for one in desk.unserved):
            return []
    for found in desk.matches(number, text)[:1]:
        if found.covered < ENOUGH or not found.missing or found.unusable or not (found.named or found.spoken):
            continue
        return given_or_missing(desk, number, found, text)
    return []


def _without_a_place(desk: Desk, number: int, text: str) -> None:
    """Ask where somebody is whose clock is asked for at a moment elsewhere; a person is no place."""
    said = Literals(plain(text))
    if not said.times or len(said.zones) != 1:
        return
    for one in sorted(desk.candidates[number], key=lambda one: -one.score):
        slots = shape_of(one.tool).slots
        zones = [slot for slot in slots if slot.kind == "zone"]
        to = next((slot for slot in zones if slot.required), None)
        if to is not None and any(slot.kind == "time" for slot in slots):
            message = f"{one.tool.qualified} needs {to.name}: the question does not say where that clock is"
            desk.note(number, "needs_input", tool=one.tool, fields=(to.name,), message=message)
            return


def given_or_missing(desk: Desk, number: int, found: Match, text: str) -> Served:
    """Take what is missing from an earlier result, or say that it is missing, or that no time was left to read it."""
    if not desk.may_call(found.tool, text):
        return []
    filled = _from_earlier(desk, number, found)
    if filled is not None:
        arguments = {**found.arguments, **filled}
        why = "an earlier result gives what it needs"
        return [desk.drafts.add(found.tool, arguments, intent=number, ask=text, why=why)]
    if _of_something_else(found, text) or _barely_meant(desk, number, found, text):
        return []
    zones = tuple(slot.name for slot in shape_of(found.tool).slots if slot.kind == "zone")
    if zones and (place := unknown_place(plain(text))):
        desk.note(number, "needs_input", tool=found.tool, fields=zones[:1], message=zone_wanted(place))
        return []
    fields = ", ".join(found.missing)
    if desk.late() and any(slot.kind == "other" for slot in shape_of(found.tool).slots if slot.name in found.missing):
        text = f"there was no time left to read {fields} in the question, which {found.tool.qualified} needs"
        desk.note(number, "deadline_reached", tool=found.tool, message=text)
        return []
    desk.note(
        number, "needs_input", tool=found.tool, fields=found.missing,
        message=f"{found.tool.qualified} needs {fields}, which the question does not say",
        wanted=described_fields(found.tool, found.missing),
    )  # fmt: skip
    return []


def described_fields(tool: ToolDefinition, names: Sequence[str]) -> tuple[str, ...]:
    """Return what a tool says of its arguments, in their order; empty where it says nothing."""
    said = {slot.name: slot.field.description or _KINDS.get(slot.kind, "") for slot in shape_of(tool).slots}
    return tuple(said.get(name, "") for name in names)


def _of_something_else(found: Match, text: str) -> bool:
    """Say whether a text speaks of money that is to be changed, or of a unit, to a tool that knows nothing of either.

    "Convert 10 EUR to USD" has the verb of a clock that converts times: what it lacks is nothing to ask for.
    """
    words = shape_of(found.tool).words
    money = len({one.value for one in currencies_in(text)}) > 1 or (currencies_in(text) and _CHANGES.search(text))
    if money and not any(has(words, stem(one)) for one in ("currency", "exchange", "money")):
        return True
    needs = [slot for slot in shape_of(found.tool).slots if slot.name in found.missing]
    amount = _AMOUNT.search(text) is not None and not found.spoken
    return amount and bool(needs) and all(slot.kind in ("time", "day", "zone") for slot in needs)


def _barely_meant(desk: Desk, number: int, found: Match, text: str) -> bool:
    """Say whether a text gives a tool that only reads nothing of all that it takes, and something else may know.

    "Who is the harbour master" is no question for the bookings of a harbour's boats, whose day and boat it lacks.
    """
    if found.arguments or found.tool.read_only is not True or any(one.kind == "zone" for one in _slots(found)):
        return False
    return desk.probes is not None and bool(desk.topics(number, desk.context(number, text)))


def _slots(found: Match) -> tuple[Slot, ...]:
    return tuple(slot for slot in shape_of(found.tool).slots if slot.name in found.missing)


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
