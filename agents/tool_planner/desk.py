"""What the steps of the embedded planner share: the question's intents, what may be called, the plan in the making.

Each step is a function in a file of its own, which looks at one intent and adds calls here; `serving` has their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Final, TypeAlias, cast

from questline.agents.intents.values import Intents
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.choosing import Judge
from questline.tools.slot_filling.filling import Reader
from questline.tools.text import stem
from questline.tools.tool_retrieval.index import ToolEncoder

from .changing import does, may_change
from .contract import Candidate, Unserved
from .drafts import Drafts, Gap, put_in
from .gate import Held
from .kinds import shape_of
from .literals import Literals
from .matching import ENOUGH, Match, has, match, plain
from .pieces import bare
from .places import unknown_place, zone_wanted
from .pointing import pointer
from .probing import Probes
from .requests import asking_for
from .sources import sources
from .topics import Topic, acts

__all__ = ["Desk", "Served", "tells_of_now", "this_day"]

Served: TypeAlias = list[str]
"""Ids of the tasks that answer; empty where nothing does."""
_CLEARLY: Final = 0.15
"""By how much more a tool that lacks something must explain, so that it is asked for instead of another called."""


_NEAR_DAY: Final = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|(?:next|this|last) \w+day)\b|今天|今晚|明天|后天|昨天", re.IGNORECASE
)
_WHEN: Final = re.compile(
    r"\bwhen (?:did|does|do|was|were|is|are|will|has|have|had|can|could)\b|什么时候|何时|哪一?天", re.IGNORECASE
)


def tells_of_now(found: Match, text: str) -> bool:
    """Say whether a call would tell of now what a text asks of another time: an event's, a moment said, "that day"."""
    kinds = {slot.kind for slot in shape_of(found.tool).slots}
    if "zone" in kinds and not kinds & {"time", "day"} and Literals(text).times:
        return True
    if found.arguments or found.missing:
        return False
    return _WHEN.search(text) is not None or pointer(text) is not None


def this_day() -> date:
    """Return the day that it is here."""
    return datetime.now().astimezone().date()


@dataclass(kw_only=True)
class Desk:
    """One question while it is planned for."""

    intents: Intents
    candidates: Sequence[Sequence[Candidate]]
    drafts: Drafts
    reader: Callable[[], Reader | None]
    """Reads values of free arguments; None when no time is left for it."""
    judge: Callable[[], Judge | None]
    """As `reader`, and says how well a tool's description fits."""
    encoder: Callable[[], ToolEncoder | None]
    """Finds words that mean nearly the same."""
    approve: bool = False
    late: Callable[[], bool] = lambda: False
    """Whether no time is left to read what would have been read."""
    today: date = field(default_factory=this_day)
    """What "tomorrow" counts from."""
    last_resort: bool = False
    """See `questline.agents.tool_planner.topics.topics`."""
    held: Sequence[Sequence[Held]] = ()
    """Of each intent what is kept from it: tools that may change something, where it is no request for that."""
    probes: Probes | None = None
    """Asks sources that only read what they hold; None where nothing may be called for a plan."""
    unserved: list[Unserved] = field(default_factory=list[Unserved])
    carried: tuple[Gap, ...] = ()
    """What stands in the need at hand for the result of an earlier task; see `carrying`."""
    known: Sequence[ToolDefinition] = ()
    """Every tool that was found for the question, those included that must not be called."""
    _asked: dict[str, tuple[ToolDefinition, str]] = field(default_factory=dict[str, tuple[ToolDefinition, str]])
    _matched: dict[tuple[int, str], list[Match]] = field(default_factory=dict[tuple[int, str], list[Match]])

    @cached_property
    def _about(self) -> dict[str, frozenset[str]]:
        return {tool.qualified: shape_of(tool).name for tool in self.known}

    def topics(self, number: int, text: str) -> list[Topic]:
        """Return what takes a whole question and may answer this one, best first; see `sources`."""
        return sources(text, self.candidates[number], self.encoder(), probes=self.probes, last_resort=self.last_resort)

    def answering(self, number: int, text: str) -> Topic | None:
        """Return the source with the surest answer to a text when it is asked beforehand; None where none has one."""
        if self.probes is None:
            return None
        found = sources(text, self.candidates[number], self.encoder(), probes=self.probes, last_resort=True)
        return found[0] if found and found[0].sure > 0.0 else None

    def call(
        self, number: int, found: Match, ask: str, *, gaps: tuple[Gap, ...] = (), after: tuple[str, ...] = ()
    ) -> Served:
        """Add a call, unless it needs approval or the time zone of a place that nobody knows."""
        if found.tool.needs_approval and not self.approve:
            self.note(number, "destructive", tool=found.tool, message=f"{found.tool.qualified} changes something")
            return []
        if not self.may_call(found.tool, ask):
            return []
        zones = [slot.name for slot in shape_of(found.tool).slots if slot.kind == "zone"]
        place = unknown_place(ask) if zones and not found.arguments and not gaps else ""
        if place:  # the zone that the tool takes by itself is another place's
            self.note(number, "needs_input", tool=found.tool, fields=tuple(zones), message=zone_wanted(place))
            return []
        arguments = cast("dict[str, object]", put_in(dict(found.arguments), (*gaps, *self.carried)))
        why = f"its words explain {found.covered:.0%} of what is asked"
        return [self.drafts.add(found.tool, arguments, intent=number, ask=ask, why=why, after=after)]

    def serving(self, number: int, text: str) -> Match | None:
        """Return the best tool that can be called, unless one that lacks something explains clearly more."""
        found = self.matches(number, text)
        verb = acts(text)
        found = [one for one in found if not verb or has(shape_of(one.tool).words, stem(verb))]
        told = self.intents.items[number].text
        found = [one for one in found if not tells_of_now(one, text) and not tells_of_now(one, told)]
        found = [one for one in found if self.may_call(one.tool, text)]
        fit = next((one for one in found if one.serves), None)
        if fit is None or (found[0].missing and found[0].covered - fit.covered >= _CLEARLY):
            return None
        return fit

    def may_call(self, tool: ToolDefinition, text: str) -> bool:
        """Say whether a text, a need or a part of one, may have a tool called: it tells only, or is asked for."""
        if not may_change(tool) or (self.approve and not does(tool)):
            return True
        return self._asked_for(tool, text)

    @staticmethod
    def _asked_for(tool: ToolDefinition, text: str) -> bool:
        return asking_for(tool, text, text=text, start=0, end=len(text)) == "request"

    def matches(self, number: int, text: str) -> list[Match]:
        """Return every tool with typed arguments beside a text, the one that explains it best first."""
        key = (number, text)
        if key not in self._matched:
            flat = plain(text)
            said = Literals(flat)
            tools = [one for one in self.candidates[number] if shape_of(one.tool).question is None]
            found = (match(flat, one.tool, self._said(flat, one.tool, said), near=one.score) for one in tools)
            ranked = sorted(found, key=lambda one: -one.score)
            reader = self.reader() if ranked and ranked[0].score >= ENOUGH / 2 else None
            if reader is not None:
                close = [
                    match(flat, one.tool, self._said(flat, one.tool, said), near=one.near, reader=reader)
                    for one in ranked[:3]
                ]
                ranked = sorted([*close, *ranked[3:]], key=lambda one: -one.score)
            ranked = [one for one in ranked if not self._names_another(one)]
            deeds = [one for one in ranked if may_change(one.tool) and self._asked_for(one.tool, text)]
            self._matched[key] = deeds or ranked  # who has done it is no answer to a request to do it
        return self._matched[key]

    def _said(self, text: str, tool: ToolDefinition, said: Literals) -> Literals:
        """Return the typed values of a text as a tool takes them: tomorrow is a day to one that cannot do without."""
        needs_day = any(slot.kind == "day" and slot.required for slot in shape_of(tool).slots)
        return Literals(text, self.today) if needs_day and not said.days and _NEAR_DAY.search(text) else said

    def _names_another(self, found: Match) -> bool:
        """Say whether a value of a free argument is what another tool is about: the high tide is no boat's name."""
        others = [stems for name, stems in self._about.items() if name != found.tool.qualified]
        own = shape_of(found.tool).name
        for name, value in found.arguments.items():
            if name in found.spoken or not isinstance(value, str) or value != value.casefold():
                continue
            said = frozenset(stem(word) for word in value.split())
            if len(said) > 1 and not said & own and any(said <= stems for stems in others):
                return True
        return False

    def before(self, number: int) -> str | None:
        """Return the task of the intent that this one goes on from."""
        after = self.intents.items[number].after or tuple(range(number))
        return next((self.drafts.last[each] for each in reversed(after) if each in self.drafts.last), None)

    def ask(self, number: int, topic: Topic, question: str, *, gaps: tuple[Gap, ...] = (), shown: str = "") -> str:
        """Add a question to what takes one; `shown` is what it answers, where `question` has gaps."""
        tool = topic.candidate.tool
        slot = shape_of(tool).question
        assert slot is not None
        arguments = cast("dict[str, object]", put_in({slot.name: question}, (*gaps, *self.carried)))
        why = topic.why or f"its server may hold the answer ({topic.score:.2f})"
        name = self.drafts.add(tool, arguments, intent=number, ask=shown or question, why=why)
        self._asked[name] = (tool, question)
        return name

    def value(self, task: str) -> str | None:
        """Return the plain value that a task will give, as its source told beforehand.

        Empty where none is known, None where it gives several.
        """
        asked = self._asked.get(task)
        return self.probes.value(*asked) if self.probes is not None and asked is not None else ""

    def tried(self, step: Callable[[], Served]) -> Served:
        """Return what a step served; where it served nothing, nothing that it added stays."""
        before, noted = self.drafts.copied(), len(self.unserved)
        served = step()
        if not served:
            self.drafts.restore(before)
            del self.unserved[noted:]
        return served

    def context(self, number: int, text: str) -> str:
        """Return a text as it is asked of something that reads: of one intent alone all of the question."""
        whole = bare(self.intents.items[number].text)
        return whole if len(self.intents.items) == 1 and whole.endswith(text) else text

    def note(
        self,
        number: int,
        code: str,
        *,
        tool: ToolDefinition | None = None,
        fields: tuple[str, ...] = (),
        message: str = "",
        wanted: tuple[str, ...] = (),
    ) -> None:
        """Write down why nothing works for an intent."""
        assert code in ("no_tool", "needs_input", "destructive", "deadline_reached", "not_requested")
        self.unserved.append(
            Unserved(
                intent=number,
                code=code,
                fields=fields,
                server=tool.server if tool else "",
                tool=tool.name if tool else "",
                message=message or "no tool serves it",
                wanted=wanted,
            )
        )
