"""From what windows said to a selection: probabilities, contradictions, evidence, and a reason for every passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from questline.budget import Budget, Meter
from questline.tools.ranking.first_stage import FirstStage
from questline.tools.reading.evidence import Evidence
from questline.types import AnswerWarning, Backend, TextSpan

from .checks import STEP, Request
from .contract import Member, Rejected, RejectReason, Selection
from .features import observe
from .shown import look, placed
from .sitting import Sitting
from .support import conflicts, evidence_spans

__all__ = ["Outcome", "selection_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the windows came to."""

    members: frozenset[int]
    """Positions in the caller's list."""
    complete: bool = True
    """False when the budget ended first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What words say of the members."""

    spans: dict[int, tuple[TextSpan, ...]]
    at_odds: frozenset[int]
    coverage: float


def selection_of(
    request: Request, sitting: Sitting, outcome: Outcome, *, answer: bool, spans: bool, backend: Backend
) -> Selection:
    """Return the selection but for what it cost."""
    given, votes = request.stage.passages, sitting.votes
    ranks = request.stage.ranks
    chances = {index: votes.chance(index) for index in votes.seen}
    likely = [index for index in outcome.members if request.tau is None or chances[index] >= request.tau]
    ranked = sorted(likely, key=lambda index: (-chances[index], ranks[index]))
    kept = ranked[: request.max_set]
    described = _describe(request, kept)
    at_odds = described.at_odds | votes.minority(kept)

    def told(index: int) -> tuple[str, ...]:
        marks = {"truncated": index in sitting.truncated, "instructions": index in sitting.cleaned}
        return tuple(name for name, holds in marks.items() if holds)

    members = tuple(
        Member(
            index=index,
            id=given[index].id,
            p=chances[index],
            spans=described.spans[index] if spans else (),
            conflict=index in at_odds,
            warnings=told(index),
        )
        for index in kept
    )
    rejected: list[Rejected] = []
    for index, passage in enumerate(given):
        if index in kept:
            continue
        first = request.twins.get(index, index)
        rejected.append(
            Rejected(
                index=index,
                id=passage.id,
                reason=_reason(index, request, sitting, ranked),
                p=chances.get(first, 0.0),
                of=given[first].id if first != index else "",
                warnings=told(index),
            )
        )
    return Selection(
        members=members,
        rejected=tuple(rejected),
        answer=votes.answer() if answer and members else "",
        abstained=not members and outcome.complete,
        coverage=described.coverage,
        status="selected" if outcome.complete else "partial",
        warnings=(*request.warnings, *dict.fromkeys(sitting.warnings), *_ended(sitting)),
        tau=request.tau or 0.0,
        backend=backend if sitting.heard or not given else "embedded",
        model=sitting.model,
        source=votes.source if given else "features",
        degraded=sitting.degraded,
    )


def _describe(request: Request, kept: Sequence[int]) -> _Described:
    if not kept:
        return _Described(spans={}, at_odds=frozenset(), coverage=0.0)
    seen = look(request.stage.passages, kept, Meter(budget=Budget()))
    stage = FirstStage.read(request.stage.query, [seen.passages[index] for index in kept])
    facts = observe(stage, Evidence(stage.passages))
    held = frozenset[str]().union(*facts.covers)
    total = sum(facts.weights.values())
    return _Described(
        spans={
            index: placed(evidence_spans(facts, row), request.stage.passages[index].text)
            for row, index in enumerate(kept)
        },
        at_odds=frozenset(kept[row] for pair in conflicts(facts, range(len(kept))) for row in pair),
        coverage=sum(facts.weights[term] for term in sorted(held)) / total if total else 0.0,
    )


def _reason(index: int, request: Request, sitting: Sitting, ranked: Sequence[int]) -> RejectReason:
    if index in request.twins:
        return "duplicate"
    if index not in sitting.votes.seen:
        return "unjudged"
    if index in ranked:
        return "over_limit"
    return "dropped" if index in sitting.votes.ever else "unlikely"


def _ended(sitting: Sitting) -> tuple[AnswerWarning, ...]:
    if not sitting.ended:
        return ()
    code = "deadline_reached" if sitting.ended == "seconds" else "budget_exhausted"
    message = f"the budget's {sitting.ended} ended before all was judged; these are the members so far"
    return (AnswerWarning(code=code, message=message, step=STEP),)
