"""From how likely each passage helps to a selection: the facets and contradictions of the set, and every reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from questline.types import AnswerWarning

from .checks import STEP, Request
from .contract import Member, Rejected, RejectReason, Selection
from .features import Facts
from .membership import Membership
from .objective import Chosen, SetProblem
from .reading import Heard
from .shown import Seen, placed
from .support import conflicts, evidence_spans

__all__ = ["Judged", "selection_of", "set_problem", "unjudged", "with_rivals"]

_COMPARED: Final = 12
"""Likeliest passages among which contradictions are looked for."""
_NAME: Final = "name:"
"""Stands before the stems of a proper name where it is a facet, so that it is no term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The passages of one call, each with how likely it helps."""

    order: tuple[int, ...]
    """Positions in the caller's list, in the order of the rows of ``facts``."""
    facts: Facts
    chances: Mapping[int, float]
    """By position in the caller's list."""
    membership: Membership
    """The model with the most knowledge that judged."""
    seen: Seen
    heard: Heard = field(default_factory=Heard)
    late: frozenset[int] = frozenset()
    """Positions that a model should have read and time did not allow."""

    @property
    def unread(self) -> frozenset[int]:
        """Positions that no model read, because others were likelier by words."""
        return frozenset(self.heard.unread - set(self.heard.judged))

    def warnings(self, index: int) -> tuple[str, ...]:
        """Return what is to be told of one passage."""
        return self.seen.warnings(index, untouched=self.late, unread=self.unread)

    @property
    def likeliest(self) -> list[int]:
        """The positions, likeliest first."""
        places = {index: place for place, index in enumerate(self.order)}
        return sorted(self.order, key=lambda index: (-self.chances[index], places[index]))

    def after(self, heard: Heard, membership: Membership, known: Mapping[int, object]) -> Judged:
        """Return the judgement once a model was heard, which decides for the passages that it knows."""
        both = self.heard.beside(heard)
        late = self.late | heard.late
        self.seen.truncated.update(heard.truncated)
        if not known:
            return replace(self, heard=both, late=late)
        prior = np.array([self.chances[index] for index in self.order])
        facts = self.facts.read(replace(both.readings(self.order), prior=prior))
        chances = zip(self.order, membership.chances(facts).tolist(), strict=True)
        told = {index: chance for index, chance in chances if index in known}
        return replace(
            self, heard=both, late=late, facts=facts, chances={**self.chances, **told}, membership=membership
        )


def set_problem(judged: Judged) -> SetProblem:
    """Return what a set is chosen from: terms and proper names of the question are its facets."""
    facts = judged.facts
    rows = {index: row for row, index in enumerate(judged.order)}
    facets = dict(facts.weights)
    for name in facts.names:
        facets[_NAME + " ".join(sorted(name))] = sum(facts.weights.get(stem, 0.0) for stem in sorted(name))
    size = max(rows, default=-1) + 1
    words = [facts.evidence.words_of(rows[at]) if at in rows else frozenset[str]() for at in range(size)]
    covers = [
        (facts.covers[rows[at]] | {_NAME + " ".join(sorted(name)) for name in facts.names if name <= words[at]})
        if at in rows
        else frozenset[str]()
        for at in range(size)
    ]
    near = [rows[at] for at in judged.likeliest[:_COMPARED]]
    apart = {
        (min(pair), max(pair))
        for one, other in conflicts(facts, near)
        if (pair := (judged.order[one], judged.order[other]))
    }
    return SetProblem(
        chances={index: judged.chances[index] for index in judged.likeliest},
        covers=covers,
        facets=facets,
        words=words,
        apart=frozenset(apart),
    )


def with_rivals(members: Sequence[int], apart: frozenset[tuple[int, int]], max_set: int) -> tuple[int, ...]:
    """Return the members with the passages that contradict one of them: a reader must see both sides."""
    kept = list(members)
    for pair in sorted(apart):
        inside = [index for index in pair if index in kept]
        if len(inside) == 1 and len(kept) < max_set:
            kept += [index for index in pair if index not in kept]
    return tuple(kept)


def selection_of(request: Request, judged: Judged, chosen: Chosen, problem: SetProblem, *, spans: bool) -> Selection:
    """Return the selection but for its answer and threshold."""
    given, inside = request.stage.passages, set(chosen.members)
    at_odds = {index for pair in problem.apart if set(pair) <= inside for index in pair}
    rows = {index: row for row, index in enumerate(judged.order)}
    members = tuple(
        Member(
            index=index,
            id=given[index].id,
            p=judged.chances[index],
            spans=placed(judged.heard.spans.get(index) or evidence_spans(judged.facts, rows[index]), given[index].text)
            if spans
            else (),
            conflict=index in at_odds,
            warnings=judged.warnings(index),
        )
        for index in judged.likeliest
        if index in inside
    )
    missed = len(given) - len(request.twins) - len(judged.order)
    warnings = list(request.warnings)
    if missed or judged.late:
        warnings.append(_late(missed or len(judged.late), len(given)))
    held = frozenset[str]().union(*(problem.covers[index] for index in inside))
    return Selection(
        members=members,
        rejected=_rejected(request, judged, chosen),
        abstained=not members and not missed and not judged.late,
        coverage=problem.cover(held),
        status="partial" if missed or judged.late else "selected",
        warnings=tuple(warnings),
        model="embedded",
    )


def unjudged(request: Request) -> Selection:
    """Return the selection where nothing was judged: there was nothing, or no time for it."""
    given = request.stage.passages
    late = (_late(len(given), len(given)),) if given else ()
    return Selection(
        rejected=tuple(Rejected(index=index, id=passage.id, reason="unjudged") for index, passage in enumerate(given)),
        abstained=not given,
        status="partial" if given else "selected",
        warnings=(*request.warnings, *late),
        model="embedded",
    )


def _rejected(request: Request, judged: Judged, chosen: Chosen) -> tuple[Rejected, ...]:
    given = request.stage.passages
    found: list[Rejected] = []
    for index, passage in enumerate(given):
        if index in chosen.members:
            continue
        reason: RejectReason = "unlikely"
        if index in request.twins:
            reason = "duplicate"
        elif index not in judged.chances:
            reason = "unjudged"
        elif index in chosen.crowded:
            reason = "over_limit"
        elif index in chosen.redundant:
            reason = "redundant"
        first = request.twins.get(index)
        found.append(
            Rejected(
                index=index,
                id=passage.id,
                reason=reason,
                p=judged.chances.get(index if first is None else first, 0.0),
                of=given[first].id if first is not None else "",
                warnings=judged.warnings(index),
            )
        )
    return tuple(found)


def _late(missed: int, given: int) -> AnswerWarning:
    message = f"{missed} of {given} passages were not read in time; these are the members so far"
    return AnswerWarning(code="deadline_reached", message=message, step=STEP)
