"""Which tools a plan may use for which need: one that may change something only where the need asks for just that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from questline.agents.intents.values import Intents
from questline.mcp_servers.gateway.definitions import ToolDefinition

from .changing import does, may_change
from .contract import Candidate, Unserved
from .requests import Asking, asking_for

__all__ = ["Held", "barred", "gated", "refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A tool that is kept from a need, and how the question speaks of what it does."""

    tool: ToolDefinition
    asking: Asking


def barred(tool: ToolDefinition, question: str, intents: Intents, number: int, *, approve: bool) -> Asking | None:
    """Return why a tool is kept from a need, None where it may be called.

    An approval opens what says nothing of itself to a question, never to a prohibition or under a condition, and never
    what plainly does something.
    """
    if not may_change(tool):
        return None
    intent = intents.items[number]
    asking = asking_for(tool, question, text=intent.text, start=intent.start, end=intent.end)
    opened = asking == "none" and approve and not does(tool)
    return None if opened or asking == "request" else asking


def gated(
    question: str, intents: Intents, candidates: Sequence[Sequence[Candidate]], *, approve: bool
) -> tuple[list[list[Candidate]], list[list[Held]]]:
    """Return of each need the candidates that may be called, and what is kept from it."""
    allowed: list[list[Candidate]] = []
    held: list[list[Held]] = []
    for number, each in enumerate(candidates):
        kept: list[Candidate] = []
        lost: list[Held] = []
        for one in each:
            why = barred(one.tool, question, intents, number, approve=approve)
            if why is None:
                kept.append(one)
            else:
                lost.append(Held(tool=one.tool, asking=why))
        allowed.append(kept)
        held.append(lost)
    return allowed, held


def refusal(number: int, held: Held) -> Unserved:
    """Return what is told of a need whose tool is kept from it."""
    name = held.tool.qualified
    return Unserved(
        intent=number, code="not_requested", server=held.tool.server, tool=held.tool.name,
        message=_TOLD[held.asking].format(name=name),
    )  # fmt: skip


_TOLD: dict[Asking, str] = {
    "forbidden": "{name} was not called, as the question says no to it",
    "condition": "{name} was not called: whether the condition holds is yours to see; then ask for it plainly",
    "none": "{name} may change something, and was not called for a question; if you want it done, ask for it plainly",
}
