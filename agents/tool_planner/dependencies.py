"""Which chosen tool needs which, without a language model: from schemas, from what tools are for, and from wording.

Three kinds of evidence, strongest first. A required argument that the question leaves open is filled from a field of an
earlier result that it can mean: an edge with a ``$ref``. A clause that builds on another ("then", "based on", "for each
of them") makes an edge between the tools they ask for. And where tools are known to work together, as the ones of one
request mostly do, they are put in an order by what they are for (what lists or finds comes before what needs a key), by
what they need, and by the place where the question asks for them; tools of one stage stand side by side.

Weights are round numbers, chosen with the training four fifths of a set of plans in view and reported on the held-out
fifth (docs/howto/plans.md); nothing is fitted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.mcp_servers.gateway.definitions import ToolDefinition
from questline.tools.tool_retrieval.index import ToolEncoder
from questline.types import Plan, Task

from .fields import ENOUGH, Candidate, Source, candidates, pick
from .mentions import Mentions, clauses, mentions
from .orders import ancestors
from .references import Reference
from .roles import Role, is_key, role_of, tokens

__all__ = ["Chosen", "Dependencies", "Link", "Why", "infer", "plan_of"]

Why: TypeAlias = Literal["field", "wording", "stage"]
_STEP: Final = 1.2
_PLACE: Final = 2.0
_NEED: Final = 2.0
_KEYED: Final = 1.0
_NAMED: Final = 1.0
_FARTHEST: Final = 1.5
"""Steps of two tools that differ by more count as this."""
_BESIDE: Final = 1.0
_BESIDE_EQUAL: Final = 2.5
"""Precedence up to which two tools stand side by side; more where they need the same."""
_AGAINST: Final = 0.0
"""Precedence from which wording may link a tool to an earlier one."""
_ASKED: Final = 0.05
"""Clarity from which a tool counts as asked for; the two clearest always do."""
_CERTAIN: Final = 4.0
"""Precedence over a tool that is asked for from which one that deals with the same is needed, though not asked for."""
_ALL_ORDERS: Final = 6
"""Tools up to which every order is looked at."""
_BUILDS: Final = re.compile(
    r"\b(?:then|based on|using (?:that|those|these|this|its|their|the)|with (?:that|those|these)|use (?:that|those|the)"
    r"|from (?:that|those|these|the (?:list|results?))|for (?:each|that|those|them|it)|of (?:those|these|them)"
    r"|(?:after(?:wards| that)?|once|finally|subsequently)|accordingly|convert (?:it|that|them)"
    r"|(?:that|those|these) (?:results?|ones?|items?|places?|options?))\b|然后|再|接着|最后|根据|基于|用这|其中",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A tool that serves one part of a question."""

    id: str
    tool: ToolDefinition
    intent: str = ""
    """The part of the question that it serves; the whole question where it is empty."""
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the question itself gave; required arguments that are not here are open."""

    @property
    def open(self) -> tuple[str, ...]:
        """The required arguments that nothing fills yet."""
        return tuple(name for name in role_of(self.tool).needs if name not in self.arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One dependency, and why it is there."""

    before: str
    after: str
    why: Why
    argument: str = ""
    """The argument that a field fills; empty for an order alone."""
    reference: Reference | None = None
    score: float = 0.0
    """Of the field, or of the order; comparable only within one `why`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What was found for some chosen tools."""

    links: tuple[Link, ...] = ()
    unasked: tuple[str, ...] = ()
    """Ids of tools that the question does not seem to ask for; no link touches them unless a field does."""

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Pairs (earlier, later), each once."""
        return tuple(dict.fromkeys((link.before, link.after) for link in self.links))


def infer(
    question: str,
    chosen: Sequence[Chosen],
    *,
    encoder: ToolEncoder | None = None,
    together: bool = False,
    guess: bool = False,
) -> Dependencies:
    """Find the dependencies of chosen tools. They never make a cycle.

    Args:
        question: The user's words.
        chosen: What was chosen for it, with ids that differ.
        encoder: Finds by meaning where the question asks for a tool; without it words decide.
        together: The tools are known to serve one connected request: then those that the question asks for are
            connected also where neither a field nor a word says how.
        guess: Fill every open argument with the best field there is, however little its name says.
    """
    if not chosen:
        return Dependencies()
    tools = [each.tool for each in chosen]
    seen = mentions(question, tools, encoder=encoder)
    before = _precedence(chosen, seen)
    order = _order(before)
    links = _by_field(chosen, order, guess=guess)
    links += _by_wording(question, chosen, order, seen, before, links)
    if not together or len(chosen) < 2:
        return Dependencies(links=tuple(links))
    asked = _asked(chosen, seen, before)
    links += _by_stage(chosen, [place for place in order if place in asked], before, links)
    linked = {name for link in links for name in (link.before, link.after)}
    unasked = tuple(each.id for place, each in enumerate(chosen) if place not in asked and each.id not in linked)
    return Dependencies(links=tuple(links), unasked=unasked)


def plan_of(question: str, chosen: Sequence[Chosen], found: Dependencies) -> Plan:
    """Return the plan of chosen tools with what was found between them, in an order in which it can run."""
    waits = {each.id: [before for before, after in found.edges if after == each.id] for each in chosen}
    filled: dict[str, dict[str, object]] = {each.id: dict(each.arguments) for each in chosen}
    for link in found.links:
        if link.reference is not None:
            filled[link.after][link.argument] = link.reference.value
    tasks = [
        Task(
            id=each.id,
            intent=each.intent or question,
            server=each.tool.server,
            tool=each.tool.name,
            arguments=filled[each.id],
            depends_on=tuple(waits[each.id]),
            decided_by="embedded",
        )
        for each in chosen
    ]
    depth = {name: len(above) for name, above in ancestors(waits).items()}
    return Plan(tasks=tuple(sorted(tasks, key=lambda task: depth[task.id])))


def _precedence(chosen: Sequence[Chosen], seen: Mentions) -> NDArray[np.float64]:
    """Return how much speaks for a tool coming before another: [before, after], antisymmetric."""
    roles = [role_of(each.tool) for each in chosen]
    opens = [each.open for each in chosen]
    size = len(chosen)
    table = np.zeros((size, size))
    for a in range(size):
        for b in range(a + 1, size):
            score = _STEP * max(-_FARTHEST, min(_FARTHEST, roles[b].step - roles[a].step))
            score += _PLACE * (seen.place[b] - seen.place[a])
            score += _NEED * (bool(opens[b]) - bool(opens[a]))
            score += _KEYED * (any(map(is_key, opens[b])) - any(map(is_key, opens[a])))
            score += _NAMED * (_named(roles[a], roles[b], opens[b]) - _named(roles[b], roles[a], opens[a]))
            table[a, b], table[b, a] = score, -score
    return table


def _named(first: Role, second: Role, opens: Sequence[str]) -> bool:
    """Say whether an open argument of the second, and none of the first, names what the first deals with."""
    return any(name not in first.needs and _plain(name) & (first.nouns - {"id", "name", "code"}) for name in opens)


def _plain(name: str) -> frozenset[str]:
    """Return the words of an argument, also those glued to an ending: `newspaperid` is a newspaper's."""
    ending = re.sub(r"(?:id|code|name|slug|key)s?$", "", name.casefold().rstrip("_"))
    return tokens(name) | (tokens(ending) if len(ending) > 2 else frozenset[str]())


def _order(before: NDArray[np.float64]) -> list[int]:
    """Return the order that most speaks for; of equal ones the first. For many tools an order by the sums."""
    size = len(before)
    if size > _ALL_ORDERS:
        return sorted(range(size), key=lambda place: -float(before[place].sum()))
    upper = np.triu_indices(size, 1)
    return list(max(permutations(range(size)), key=lambda order: float(before[np.ix_(order, order)][upper].sum())))


def _by_field(chosen: Sequence[Chosen], order: Sequence[int], *, guess: bool) -> list[Link]:
    """Fill open arguments from the results of what comes before; without a guess also from what comes later."""
    links: list[Link] = []
    waits: dict[str, list[str]] = {each.id: [] for each in chosen}
    for number, place in enumerate(order):
        one = chosen[place]
        earlier = [chosen[other] for other in (order[:number] if guess else order) if other != place]
        options: dict[str, list[Candidate]] = {}
        for argument in one.open:
            above = ancestors(waits)
            free = [Source(task=each.id, tool=each.tool) for each in earlier if one.id not in above[each.id]]
            found = candidates(argument, one.tool, free)
            options[argument] = found if guess else [each for each in found if each.score >= ENOUGH]
        for argument, best in pick(options).items():
            source = best.reference.task
            if one.id in ancestors(waits)[source]:
                continue
            waits[one.id].append(source)
            links.append(
                Link(
                    before=source,
                    after=one.id,
                    why="field",
                    argument=argument,
                    reference=best.reference,
                    score=best.score,
                )
            )
    return links


def _by_wording(
    question: str,
    chosen: Sequence[Chosen],
    order: Sequence[int],
    seen: Mentions,
    before: NDArray[np.float64],
    links: Sequence[Link],
) -> list[Link]:
    """Link a tool whose clause builds on what stands before it to the nearest tool that is asked for earlier."""
    parts = clauses(question)
    cues = [bool(_BUILDS.search(_lead(question, parts, number))) for number in range(len(parts))]
    waits: dict[str, list[str]] = {each.id: [] for each in chosen}
    for link in links:
        waits[link.after].append(link.before)
    found: list[Link] = []
    for place in order:
        one, clause = chosen[place], seen.clause[place]
        earlier = [other for other in order if seen.clause[other] < clause and before[other, place] > _AGAINST]
        if not cues[clause] or not earlier or waits[one.id]:
            continue
        nearest = max(earlier, key=lambda other: (seen.clause[other], seen.clarity[other]))
        if one.id not in ancestors(waits)[chosen[nearest].id]:
            waits[one.id].append(chosen[nearest].id)
            found.append(Link(before=chosen[nearest].id, after=one.id, why="wording"))
    return found


def _lead(question: str, parts: Sequence[str], number: int) -> str:
    """Return a clause with the few characters before it, where the conjunction stands that it was cut at."""
    at = 0
    for part in parts[:number]:
        at = max(at, question.find(part.split(" ")[0], at))
    start = question.find(parts[number], at)
    return question[max(0, start - 10) : start + len(parts[number])] if start > 0 else parts[number]


def _asked(chosen: Sequence[Chosen], seen: Mentions, before: NDArray[np.float64]) -> frozenset[int]:
    """Return the places of the tools that the question asks for, two at least, and of those that they need."""
    clearest = sorted(range(len(seen.clarity)), key=lambda place: -seen.clarity[place])
    asked = [place for rank, place in enumerate(clearest) if rank < 2 or seen.clarity[place] > _ASKED]
    nouns = [role_of(each.tool).nouns for each in chosen]
    needed = [
        place
        for place in clearest
        if any(before[place, other] > _CERTAIN and nouns[place] & nouns[other] for other in asked)
    ]
    return frozenset([*asked, *needed])


def _by_stage(
    chosen: Sequence[Chosen], order: Sequence[int], before: NDArray[np.float64], links: Sequence[Link]
) -> list[Link]:
    """Put the tools in stages; each waits for the stage before it, unless it has something to wait for already."""
    stages: list[list[int]] = []
    for place in order:
        if stages and all(before[other, place] < _beside(chosen[other], chosen[place]) for other in stages[-1]):
            stages[-1].append(place)
        else:
            stages.append([place])
    if len(stages) == 1 and len(order) > 1:
        stages = [[order[0]], list(order[1:])]
    waiting = {link.after for link in links}
    waits: dict[str, list[str]] = {each.id: [] for each in chosen}
    for link in links:
        waits[link.after].append(link.before)
    found: list[Link] = []
    for above, stage in pairwise(stages):
        for place in stage:
            one = chosen[place].id
            if one in waiting:
                continue
            for other in above:
                if one not in ancestors(waits)[chosen[other].id]:
                    waits[one].append(chosen[other].id)
                    score = float(before[other, place])
                    found.append(Link(before=chosen[other].id, after=one, why="stage", score=round(score, 4)))
    return found


def _beside(first: Chosen, second: Chosen) -> float:
    return _BESIDE_EQUAL if set(first.open) == set(second.open) else _BESIDE
