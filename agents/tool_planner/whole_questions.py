"""Ask what takes a whole question, by what its server holds, or what the trained choice of calls finds likely."""

from __future__ import annotations

import re
from typing import Final

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.slot_filling.choosing import CallableTool, choose
from questline.tools.slot_filling.vocabulary import listed
from questline.tools.text import stem

from .changing import leading
from .desk import Desk, Served, tells_of_now
from .kinds import shape_of
from .lacking import given_or_missing
from .literals import Literals
from .matching import ENOUGH, content, has, match, plain
from .patterns import CAPITALS
from .pieces import about_paths, asking
from .topics import NEAR, Topic, acts

__all__ = ["SURE", "asked", "held", "likely", "opened_before"]

_TRIED: Final = 8
"""Tools nearest in the catalogue that the trained choice looks at."""
_LEAST: Final = 0.3
"""Score from which a second server that may hold the answer is asked beside the first."""
SURE: Final = 0.85
"""Sureness from which an answer to the whole need makes taking it apart needless."""
_OPENING: Final = frozenset(map(stem, listed("read open look at check file see load take through have")))
_PAIR: Final = re.compile(rf"(?P<a>{CAPITALS})(?: and | with | to | or |, )(?P<b>{CAPITALS})")

_CHOICE: Final = re.compile(r"\b(?:which|who|what)\b.{1,200}\bor\b|哪|谁", re.IGNORECASE)
"""Which of two it is: one answer, which a source that knows both gives whole."""


def held(desk: Desk, number: int, text: str) -> Served:
    """Ask the source that gave an answer of its own to the whole need beforehand, and is sure of it.

    What is read out of passages is no such answer: a need of several steps may only look answered there.
    """
    if desk.probes is None:
        return []
    if desk.intents.items[number].kind == "compare" and not _CHOICE.search(text):  # each side is asked for by itself
        return []
    for one in desk.topics(number, text)[:1]:
        if one.answers and one.sure >= SURE:
            return [desk.ask(number, one, one.answers, shown=text)]
    return []


def likely(desk: Desk, number: int, text: str) -> Served:
    """Call the tool that the trained choice finds likely enough among those nearest in the catalogue."""
    flat = plain(text)
    verb = acts(text)
    near = [
        one.tool
        for one in sorted(desk.candidates[number], key=lambda one: -one.score)
        if one.score > 0 and (not verb or has(shape_of(one.tool).words, stem(verb)))
    ][:_TRIED]
    if not near or not content(flat):
        return []
    known = {tool.qualified: tool for tool in near}
    calls = [CallableTool(name=tool.qualified, description=tool.description, schema=tool.input_schema) for tool in near]
    chosen = choose(flat, calls, encoder=desk.encoder(), reader=desk.judge())
    if chosen.no_tool:
        return []
    tool = known[chosen.filling.tool]
    if shape_of(tool).question is not None:
        home = next(one for one in desk.candidates[number] if one.tool == tool)
        if tool.needs_approval or (desk.probes is not None and desk.topics(number, desk.context(number, text))):
            return []  # what takes a question is chosen by what it answers, where that can be asked
        return [desk.ask(number, Topic(candidate=home, score=chosen.fit), desk.context(number, text))]
    found = match(flat, tool, Literals(flat), reader=desk.reader())
    now = tells_of_now(found, flat) or tells_of_now(found, plain(desk.intents.items[number].text))
    if found.unusable or now or (found.free and found.covered < ENOUGH):
        return []  # what requires nothing, such as a list of tables, is likely for anything that names its server
    return desk.call(number, found, text) if not found.missing else given_or_missing(desk, number, found, text)


def asked(desk: Desk, number: int, text: str) -> Served:
    """Ask what holds the answer; of two things that a comparison sets side by side, each."""
    intent = desk.intents.items[number]
    said = Literals(plain(text))
    if said.formulas and not content(plain(text), [(one.start, one.end) for one in said.formulas]):
        return []  # a formula is no question to read up on
    opened = opened_before(desk, number)
    if opened is not None:
        desk.drafts.serve(opened, number)
        return [opened]
    question = desk.context(number, text)
    found = desk.topics(number, question)
    if asking(question) != question and not (found and found[0].sure):
        narrower = desk.topics(number, asking(question))
        found = narrower if narrower and narrower[0].sure else found
    if not found:
        verb = acts(text)
        able = [one for one in desk.matches(number, text) if verb and has(_verbs(one.tool), stem(verb))]
        if able and able[0].missing:
            return given_or_missing(desk, number, able[0], text)
        desk.note(number, "no_tool", message=f"no tool can {verb}" if verb and not able else "")
        return []
    best = found[0]
    close = [one for one in found[1:2] if best.score - one.score < NEAR and one.score >= _LEAST]
    served: Served = []
    for one in (best, *close):
        pair = _PAIR.search(text) if intent.kind == "compare" and not close and not one.answers else None
        if pair and one.candidate.tool.server == best.candidate.tool.server:
            served += [
                desk.ask(number, one, f"{text[: pair.start()]}{pair[side]}{text[pair.end() :]}") for side in ("a", "b")
            ]
        else:
            served.append(desk.ask(number, one, one.answers or question, shown=text))
    return served


def _verbs(tool: ToolDefinition) -> frozenset[str]:
    """Return what may be a tool's verb, as stems."""
    return frozenset(map(stem, leading(tool)))


def opened_before(desk: Desk, number: int) -> str | None:
    """Return the task of the intent before where that only says which file to read, and this one what for."""
    task = desk.drafts.last.get(number - 1)
    if task is None or about_paths(desk.intents.items[number].text):
        return None
    before = desk.intents.items[number - 1].text
    said = Literals(before)
    left = content(before, [(one.start, one.end) for one in said.paths])
    return task if said.paths and set(left) <= _OPENING else None
