"""How one intent becomes calls, without a language model.

In turn, the first that serves: one call that the words explain; several needs in a row, each explained; a frame whose
operands are looked up first; the files that are named; a tool that lacks a value, which an earlier result may give; and
what takes a whole question, by what its server holds. What then is left has no tool, or lacks input.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from questline.agents.intents.values import Intents
from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.choosing import CallableTool, Judge, choose
from questline.tools.slot_filling.filling import Reader
from questline.tools.slot_filling.names import names_in
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import stem
from questline.tools.tool_retrieval.index import ToolEncoder

from .contract import Candidate, Unserved
from .drafts import Drafts, Gap, put_in
from .fields import ENOUGH as FIELD_ENOUGH
from .fields import Source, candidates, pick
from .frames import Frame, Operand, frames
from .kinds import lists_files, shape_of, vocabulary
from .literals import Literals
from .matching import ENOUGH, Match, content, has, match, plain
from .pieces import about_paths, asking, core, split_ways
from .places import unknown_place
from .references import Reference
from .topics import NEAR, Topic, acts, topics

__all__ = ["Server"]

Served: TypeAlias = list[str]
"""Ids of the tasks that answer; empty where nothing does."""
_TRIED: Final = 8
"""Tools nearest in the catalogue that the trained choice looks at."""
_LEAST: Final = 0.3
"""Score from which a second server that may hold the answer is asked beside the first."""
_CLEARLY: Final = 0.15
"""By how much more a tool that lacks something must explain, so that it is asked for instead of another called."""
_OPENING: Final = frozenset(map(stem, listed("read open look at check file see load take through have")))
_PRONOUN: Final = re.compile(r"\b(?:it|he|she|they|her|him|them|its|his|their)\b", re.IGNORECASE)
_PAIR: Final = re.compile(
    r"(?P<a>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*)(?: and | with | to | or |, )(?P<b>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*)"
)
_MARKS: Final[Mapping[str, tuple[object, ...]]] = {
    "date": ("2001-02-03", "2004-05-06"),
    "number": (7919, 6857, 5501, 4409),
    "time": ("03:07", "04:09"),
    "zone": ("Pacific/Pitcairn", "Pacific/Tarawa"),
}
"""Stand-ins for values that are still to come, of the kinds that a tool is filled with."""


def destroys(tool: ToolDefinition) -> bool:
    """Say whether a tool declares that it changes or destroys something."""
    return tool.destructive is True or (tool.read_only is False and tool.destructive is None)


@dataclass(slots=True)
class Server:
    """Serves the intents of one question, one after the other."""

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
    last_resort: bool = False
    """See `questline.agents.tool_planner.topics.topics`."""
    unserved: list[Unserved] = field(default_factory=list[Unserved])
    _matched: dict[tuple[int, str], list[Match]] = field(default_factory=dict[tuple[int, str], list[Match]])

    def serve(self, number: int) -> None:
        """Plan for one intent; what it lacks is noted."""
        intent = self.intents.items[number]
        text = core(intent, self.intents)
        served = self._served(number, text)
        if served:
            self.drafts.last[number] = served[-1]
        elif not any(one.intent == number for one in self.unserved):
            self._note(number, "no_tool", message=f"no tool serves {intent.text[:200]!r}")

    def _served(self, number: int, text: str) -> Served:
        steps = (
            self._described, self._whole, self._in_a_row, self._framed, self._files, self._lacking, self._likely,
            self._asked,
        )  # fmt: skip
        for step in steps:
            found = step(number, text)
            if found or any(one.intent == number for one in self.unserved):
                return found
        return []

    def _topics(self, number: int, text: str) -> list[Topic]:
        return topics(text, self.candidates[number], self.encoder(), last_resort=self.last_resort)

    # one call that the words explain

    def _whole(self, number: int, text: str) -> Served:
        for part in dict.fromkeys((text, asking(text))):
            found = self._serving(number, part)
            if found is not None:
                return self._call(number, found, part)
        return []

    def _call(
        self, number: int, found: Match, ask: str, *, gaps: tuple[Gap, ...] = (), after: tuple[str, ...] = ()
    ) -> Served:
        if destroys(found.tool) and not self.approve:
            self._note(number, "destructive", tool=found.tool, message=f"{found.tool.qualified} changes something")
            return []
        zones = [slot.name for slot in shape_of(found.tool).slots if slot.kind == "zone"]
        place = unknown_place(ask) if zones and not found.arguments and not gaps else ""
        if place:  # the zone that the tool takes by itself is another place's
            text = f"{place!r} is no place whose time zone is known: give the zone, such as Asia/Tokyo"
            self._note(number, "needs_input", tool=found.tool, fields=tuple(zones), message=text)
            return []
        arguments = cast("dict[str, object]", put_in(dict(found.arguments), gaps))
        why = f"its words explain {found.covered:.0%} of what is asked"
        return [self.drafts.add(found.tool, arguments, intent=number, ask=ask, why=why, after=after)]

    def _best(self, number: int, text: str) -> Match | None:
        """Return the tool whose words and typed arguments explain a text best, complete ones first of equal ones."""
        found = self._matches(number, text)
        return found[0] if found else None

    def _serving(self, number: int, text: str) -> Match | None:
        """Return the best tool that can be called, unless one that lacks something explains clearly more."""
        found = self._matches(number, text)
        verb = acts(text)
        found = [one for one in found if not verb or has(shape_of(one.tool).words, stem(verb))]
        fit = next((one for one in found if one.serves), None)
        if fit is None or (found[0].missing and found[0].covered - fit.covered >= _CLEARLY):
            return None
        return fit

    def _matches(self, number: int, text: str) -> list[Match]:
        key = (number, text)
        if key not in self._matched:
            flat = plain(text)
            said = Literals(flat)
            tools = [one for one in self.candidates[number] if shape_of(one.tool).question is None]
            found = (match(flat, one.tool, said, near=one.score) for one in tools)
            ranked = sorted(found, key=lambda one: -one.score)
            reader = self.reader() if ranked and ranked[0].score >= ENOUGH / 2 else None
            if reader is not None:
                close = [match(flat, one.tool, said, near=one.near, reader=reader) for one in ranked[:3]]
                ranked = sorted([*close, *ranked[3:]], key=lambda one: -one.score)
            self._matched[key] = ranked
        return self._matched[key]

    # several needs in a row

    def _in_a_row(self, number: int, text: str) -> Served:
        for parts in split_ways(text):
            clear = [self._serving(number, part) is not None for part in parts]
            back = [self._goes_back(part) for part in parts]
            if not (clear[0] and all(one or later for one, later in zip(clear[1:], back[1:], strict=True))):
                continue
            served: Served = []
            for part in parts:
                ids = self._described(number, part) or self._whole(number, part)
                if ids:
                    self.drafts.last[number] = ids[-1]
                served += ids
            if len(served) >= len(parts):
                return served
        return []

    def _goes_back(self, text: str) -> bool:
        return any(operand.back for frame in frames(text) for operand in frame.operands)

    # what is worked out of what is looked up first

    def _described(self, number: int, text: str) -> Served:
        """Work a text out whose values are described instead of said."""
        ways = [one for one in self._frames(number, text) if not one.whole]
        taken = any(one.amount for one in ways) and self._serving(number, text) is not None
        found = (self._worked_out(number, text, one) for one in ways if not (one.amount and taken))
        return next(filter(None, found), list[str]())

    def _frames(self, number: int, text: str) -> list[Frame]:
        whole = self.intents.items[number].text
        opening = whole.removesuffix(text) if whole != text else ""
        held = " ".join(dict.fromkeys(one.about for one in self.candidates[number]))
        return list(frames(text, opening=opening, held=held))

    def _framed(self, number: int, text: str) -> Served:
        """Ask one thing for what another needs to be asked."""
        found = (self._by_whole_question(number, text, one) for one in self._frames(number, text) if one.whole)
        return next(filter(None, found), list[str]())

    def _worked_out(self, number: int, text: str, frame: Frame) -> Served:
        marked = self._marked(frame)
        if marked is None:
            return []
        rendered, marks = marked
        found = self._serving(number, rendered)
        if found is None or (destroys(found.tool) and not self.approve):
            return []
        ready = [self._source(number, operand) for operand in frame.operands]
        if any(one is None for one in ready):
            return []
        gaps: list[Gap] = []
        for operand, mark, source in zip(frame.operands, marks, ready, strict=True):
            assert source is not None
            ask = operand.read or operand.ask or text
            gaps.append(Gap(mark=mark, task=source(), kind=operand.kind, ask=ask, of=operand.of))
        return self._call(number, found, text, gaps=tuple(gaps))

    def _marked(self, frame: Frame) -> tuple[str, list[object]] | None:
        """Return a frame as a text with stand-ins in its gaps, and the stand-ins."""
        marks: list[object] = []
        text = ""
        left = {kind: list(each) for kind, each in _MARKS.items()}
        for place, piece in enumerate(frame.pieces):
            if isinstance(piece, str):
                text += piece
                continue
            if piece.kind == "quantity":  # a quantity of the unit that stands behind it can always be told in that unit
                follows = frame.pieces[place + 1] if place + 1 < len(frame.pieces) else ""
                unit = str(follows).rpartition(" in ")[2].strip() if " in " in str(follows) else ""
                mark: object = f"7907 {unit}" if unit else 7907
            elif left.get(piece.kind):
                mark = left[piece.kind].pop(0)
            else:
                return None
            marks.append(mark)
            text += str(mark)
        return text, marks

    def _source(self, number: int, operand: Operand) -> Callable[[], str] | None:
        """Return what adds the task whose result an operand is, or None where nothing can find it."""
        known = self._known(operand)
        if known is not None:
            return lambda: known
        if operand.back:
            earlier = self.drafts.last.get(number) or self._before(number)
            return (lambda: earlier) if earlier else None
        for path, _ in about_paths(operand.ask)[:1]:
            tool = self._reader_of_paths(number)
            if tool is not None:
                name = self._path_name(tool)
                why = "a file that the question names"
                return lambda: self.drafts.add(
                    tool, {name: self._located(number, tool, path)}, intent=number, ask=operand.ask, why=why
                )
        whole = self._serving(number, operand.ask)
        if whole is not None and not destroys(whole.tool):
            return lambda: self._call(number, whole, operand.ask)[0]
        best = self._topics(number, operand.ask)
        return (lambda: self._ask(number, best[0], operand.ask)) if best else None

    def _known(self, operand: Operand) -> str | None:
        """Return a task that was asked for this operand before, and stays where a failed plan is made anew."""
        if operand.back or not operand.ask:
            return None
        return next((task.id for task in self.drafts.tasks if task.intent == operand.ask), None)

    def _before(self, number: int) -> str | None:
        """Return the task of the intent that this one goes on from."""
        after = self.intents.items[number].after or tuple(range(number))
        return next((self.drafts.last[each] for each in reversed(after) if each in self.drafts.last), None)

    def _by_whole_question(self, number: int, text: str, frame: Frame) -> Served:
        """Ask one thing for an operand and put its value into the question for another."""
        operand = frame.operands[0]
        rest = "".join(piece if isinstance(piece, str) else "it" for piece in frame.pieces)
        if not content(rest):
            return []
        outer = self._topics(number, rest)
        paths = about_paths(operand.ask)
        inner = self._topics(number, operand.ask)
        if not outer:
            return []
        if not paths and (not inner or inner[0].candidate.tool.server == outer[0].candidate.tool.server):
            return []
        source = self._source(number, operand)
        if source is None:
            return []
        gap = Gap(mark="\0", task=source(), kind=operand.kind, ask=operand.ask)
        question = "".join(piece if isinstance(piece, str) else "\0" for piece in frame.pieces)
        return [self._ask(number, outer[0], question, gaps=(gap,), shown=text)]

    # files

    def _files(self, number: int, text: str) -> Served:
        tool = self._reader_of_paths(number)
        verb = acts(text)
        if tool is None or (verb and not has(shape_of(tool).words, stem(verb))):
            return []
        name = self._path_name(tool)
        why = "a file that the question names"
        return [
            self.drafts.add(tool, {name: self._located(number, tool, path)}, intent=number, ask=ask, why=why)
            for path, ask in about_paths(text)
        ]

    def _located(self, number: int, tool: ToolDefinition, path: str) -> object:
        """Return a path as its server writes it: as it is, or of what the server lists under its name.

        A server that says which folders it has knows no path that begins elsewhere; what lists its files by a pattern
        of names then tells where the file is.
        """
        home = next(one for one in self.candidates[number] if one.tool == tool)
        first, slash, _ = path.partition("/")
        if path.startswith(("/", "~")) or not home.about or (slash and stem(first) in vocabulary(home.about)):
            return path
        for one in self.candidates[number]:
            found = lists_files(one.tool, self._path_name(tool)) if one.tool.server == tool.server else None
            if found is not None:
                pattern, place = found
                name = path.rpartition("/")[2]
                why = "where the file is that the question names"
                task = self.drafts.add(one.tool, {pattern: name}, intent=number, ask=f"Where is {name}?", why=why)
                return Reference(task=task, path=place).value
        return path

    def _reader_of_paths(self, number: int) -> ToolDefinition | None:
        """Return the tool that takes a path and nothing else that is required, and changes nothing."""
        fit = [
            one
            for one in self.candidates[number]
            if shape_of(one.tool).path is not None
            and sum(slot.required for slot in shape_of(one.tool).slots) == 1
            and not destroys(one.tool)
        ]
        return max(fit, key=lambda one: (one.tool.read_only is True, one.score)).tool if fit else None

    def _path_name(self, tool: ToolDefinition) -> str:
        slot = shape_of(tool).path
        assert slot is not None
        return slot.name

    # a tool that lacks something

    def _lacking(self, number: int, text: str) -> Served:
        for found in self._matches(number, text)[:1]:
            if found.covered < ENOUGH or not found.missing or found.unusable or not (found.named or found.spoken):
                continue
            return self._given_or_missing(number, found, text)
        return []

    def _given_or_missing(self, number: int, found: Match, text: str) -> Served:
        """Take what is missing from an earlier result, or say that it is missing."""
        filled = self._from_earlier(number, found)
        if filled is not None:
            arguments = {**found.arguments, **filled}
            why = "an earlier result gives what it needs"
            return [self.drafts.add(found.tool, arguments, intent=number, ask=text, why=why)]
        fields = ", ".join(found.missing)
        self._note(
            number, "needs_input", tool=found.tool, fields=found.missing,
            message=f"{found.tool.qualified} needs {fields}, which the question does not say",
        )  # fmt: skip
        return []

    def _from_earlier(self, number: int, found: Match) -> dict[str, object] | None:
        """Return references to earlier results for all that is missing, None where one has none."""
        if destroys(found.tool) and not self.approve:
            return None
        after = self.intents.items[number].after
        named = [self.drafts.last[each] for each in after if each in self.drafts.last]
        tools = {(one.tool.server, one.tool.name): one.tool for each in self.candidates for one in each}
        sources = [
            Source(task=task.id, tool=tools[task.server, task.tool])
            for task in self.drafts.tasks
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

    # what the trained choice of calls would call

    def _likely(self, number: int, text: str) -> Served:
        """Call the tool that the trained choice finds likely enough among those nearest in the catalogue."""
        flat = plain(text)
        verb = acts(text)
        near = [
            one.tool
            for one in sorted(self.candidates[number], key=lambda one: -one.score)
            if one.score > 0 and (not verb or has(shape_of(one.tool).words, stem(verb)))
        ][:_TRIED]
        if not near or not content(flat):
            return []
        known = {tool.qualified: tool for tool in near}
        calls = [
            CallableTool(name=tool.qualified, description=tool.description, schema=tool.input_schema) for tool in near
        ]
        chosen = choose(flat, calls, encoder=self.encoder(), reader=self.judge())
        if chosen.no_tool:
            return []
        tool = known[chosen.filling.tool]
        if shape_of(tool).question is not None:
            home = next(one for one in self.candidates[number] if one.tool == tool)
            if destroys(tool):
                return []
            return [self._ask(number, Topic(candidate=home, score=chosen.fit), self._context(number, text))]
        found = match(flat, tool, Literals(flat), reader=self.reader())
        if found.unusable:
            return []
        return self._call(number, found, text) if not found.missing else self._given_or_missing(number, found, text)

    # what takes a whole question

    def _asked(self, number: int, text: str) -> Served:
        intent = self.intents.items[number]
        said = Literals(plain(text))
        if said.formulas and not content(plain(text), [(one.start, one.end) for one in said.formulas]):
            return []  # a formula is no question to read up on
        opened = self._opened_before(number)
        if opened is not None:
            self.drafts.serve(opened, number)
            return [opened]
        question, gaps = self._standing(number, text)
        found = self._topics(number, question.replace("\0", "it"))
        if not found:
            verb = acts(text)
            self._note(number, "no_tool", message=f"no tool can {verb}" if verb else "")
            return []
        best = found[0]
        close = [one for one in found[1:2] if best.score - one.score < NEAR and one.score >= _LEAST]
        served: Served = []
        for one in (best, *close):
            pair = _PAIR.search(text) if intent.kind == "compare" and not close else None
            if pair and one.candidate.tool.server == best.candidate.tool.server:
                served += [
                    self._ask(number, one, f"{text[: pair.start()]}{pair[side]}{text[pair.end() :]}")
                    for side in ("a", "b")
                ]
            else:
                served.append(self._ask(number, one, question, gaps=gaps, shown=text))
        return served

    def _opened_before(self, number: int) -> str | None:
        """Return the task of the intent before where that only says which file to read, and this one what for."""
        task = self.drafts.last.get(number - 1)
        if task is None or about_paths(self.intents.items[number].text):
            return None
        before = self.intents.items[number - 1].text
        said = Literals(before)
        left = content(before, [(one.start, one.end) for one in said.paths])
        return task if said.paths and set(left) <= _OPENING else None

    def _standing(self, number: int, text: str) -> tuple[str, tuple[Gap, ...]]:
        """Return a question that stands alone: a pronoun for a name of an earlier intent, or for its result."""
        after = self.intents.items[number].after
        spot = _PRONOUN.search(text) if after else None
        if spot is None:
            return self._context(number, text), ()
        earlier = self.intents.items[after[-1]].text
        names = [one for one in names_in(earlier) if one.start and " and " not in one.text]
        if names:
            longest = max(names, key=lambda one: (one.end, one.end - one.start))
            return f"{text[: spot.start()]}{longest.text}{text[spot.end() :]}", ()
        task = self._before(number)
        if task is None:
            return text, ()
        gap = Gap(mark="\0", task=task, kind="text", ask=earlier)
        return f"{text[: spot.start()]}\0{text[spot.end() :]}", (gap,)

    def _context(self, number: int, text: str) -> str:
        """Return a text as it is asked of something that reads: of one intent alone all of the question."""
        intent = self.intents.items[number]
        return intent.text if len(self.intents.items) == 1 and intent.text.endswith(text) else text

    def _ask(self, number: int, topic: Topic, question: str, *, gaps: tuple[Gap, ...] = (), shown: str = "") -> str:
        tool = topic.candidate.tool
        slot = shape_of(tool).question
        assert slot is not None
        arguments = cast("dict[str, object]", put_in({slot.name: question}, gaps))
        why = f"its server may hold the answer ({topic.score:.2f})"
        return self.drafts.add(tool, arguments, intent=number, ask=shown or question, why=why)

    def _note(
        self,
        number: int,
        code: str,
        *,
        tool: ToolDefinition | None = None,
        fields: tuple[str, ...] = (),
        message: str = "",
    ) -> None:
        assert code in ("no_tool", "needs_input", "destructive")
        self.unserved.append(
            Unserved(
                intent=number,
                code=code,
                fields=fields,
                server=tool.server if tool else "",
                tool=tool.name if tool else "",
                message=message or "no tool serves it",
            )
        )
