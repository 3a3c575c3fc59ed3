"""The node after the answer: a need that it leaves open is read in other ways, and asked again as each of them.

What decides is the same strict account that the answer was held to: a reading is taken where its answer leaves nothing
of the need open, or, where nothing was answered before, some of its parts alone. It is bounded in number and by the
deadline, calls only what may be called twice (`asked_again`), and stands in ledger and trace. A language model has read
the question in its own way: this is for the embedded mind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, cast

from langgraph.runtime import Runtime

from questline.agents.composer.contract import Composed
from questline.agents.intents.readings import readings
from questline.agents.intents.values import Reading
from questline.graphs.adaptive_rag.state import Update, merge_warnings
from questline.types import AnswerWarning, Event, LedgerEntry

from .asked_again import asked_again, of_documents, with_made
from .carrying import carry_out
from .composing import compose
from .ending import answer_of
from .kinds import barely_spoken_of, names_nobody
from .merging import apart, in_place, needs_in_place, of_reading
from .state import SearchRun, SearchState
from .steps import left_s
from .values import Ran

__all__ = ["STEP", "reread"]

STEP: Final = "reading"
"""Name in the ledger and in events."""
_MOST: Final = 4
"""Readings of one question."""
_LEAST_S: Final = 0.5
"""Seconds that must be left for one."""
_LONGEST_S: Final = 15.0
"""Seconds after which no other reading is begun: who waits is told what is known."""
_SLACK: Final = 2.0
"""How many times the seconds of the slowest reading so far must be left."""
_OPEN: Final = frozenset(
    [
        "not_found",
        "another_kind",
        "another_thing",
        "not_worked_out",
        "open_part",
        "dependency_failed",
        "no_tool",
        "unsupported",
    ]
)
"""Codes of what may be open because it was misread; a server that failed, or a wish that nobody approved, is none."""
_NEAR: Final = frozenset(["another_kind", "another_thing", "not_worked_out", "open_part"])


async def reread(state: SearchState, runtime: Runtime[SearchRun]) -> Update:
    """Try other readings of what is open, and return the answer with what they settled."""
    run = runtime.context
    if not run.rereading or run.given or run.preview or run.composing or run.planner is not run.plan_plainly:
        return {}
    inner = replace(
        runtime,
        context=replace(
            run,
            context=replace(run.context, strict=False),
            routed=False,
            journal=None,
            suggest=None,
            documents=run.documents or bool(run.asked_before),
            asked_before=frozenset(),
        ),
    )
    best = state
    tried: set[str] = set()
    slowest_s, until = 0.0, time.monotonic() + _LONGEST_S
    while len(tried) < _MOST and left_s(run.context) > max(_LEAST_S, _SLACK * slowest_s) and time.monotonic() < until:
        one = next(_open(best, tried), None)
        if one is None:
            break
        tried.add(one[1].text)
        began = time.monotonic()
        best = await _tried(best, *one, inner, number=len(tried))
        slowest_s = max(slowest_s, time.monotonic() - began)
    if not tried:
        return {}
    entries = best["entries"][len(state["entries"]) :]
    warnings = tuple(each for each in best["warnings"] if each not in state["warnings"])
    kept: Update = {name: best[name] for name in ("intents", "found", "planned", "ran", "composed")}
    return {**kept, "entries": entries, "warnings": warnings, "answer": answer_of(best, run)}


def _open(state: SearchState, tried: set[str]) -> Iterator[tuple[int, Reading]]:
    """Yield the needs that are open with the readings of them that were not tried: the nearest one of each first."""
    composed, intents = state["composed"], state["intents"]
    assert composed is not None
    assert intents is not None
    places = dict.fromkeys(each.intent for each in composed.missing if each.code in _OPEN)
    told = {place: _found(state["ran"], place) for place in places}
    ways = [[(place, one) for one in readings(intents.items[place].text, told[place])] for place in places]
    for rank in range(max(map(len, ways), default=0)):
        yield from (each[rank] for each in ways if rank < len(each) and each[rank][1].text not in tried)


def _found(ran: Ran | None, place: int) -> str:
    """Return what was found for a need, as its sources say it."""
    if ran is None:
        return ""
    of = [result for name, result in ran.results.items() if place in ran.serves.get(name, ())]
    return "\n".join(each.text for result in of for each in result.evidence)


async def _tried(
    state: SearchState, place: int, reading: Reading, runtime: Runtime[SearchRun], *, number: int
) -> SearchState:
    """Return the state with what a reading settled, or as it was but for what that cost."""
    run, name = runtime.context, f"R{number}"
    line = LedgerEntry(
        step=STEP, started_s=run.context.meter.elapsed_s, detail=f"{name}, {reading.why}: {reading.text}"
    )
    run.context.emit(Event(kind="step_started", step=STEP, text=reading.text))
    part = await asked_again(state, reading, runtime)
    run.context.emit(Event(kind="step_finished", step=STEP, text=line.detail, entry=line))
    state = {**state, "entries": (*state["entries"], line)}
    taken, state = await _weighed(state, place, reading, part, runtime, name)
    if not taken and (also := of_documents(part, reading, run)) is not None:
        made = await carry_out(also, runtime)
        _, state = await _weighed(state, place, reading, with_made(also, made), runtime, f"{name}d")
    return state


async def _weighed(
    state: SearchState, place: int, reading: Reading, part: SearchState, runtime: Runtime[SearchRun], name: str
) -> tuple[bool, SearchState]:
    """Return whether a reading settled its need, and the state with what it found, or with its costs alone."""
    entries = (*state["entries"], *apart(part["entries"], name))
    ran, found, intents = part["ran"], part["found"], part["intents"]
    if ran is None or found is None or intents is None:
        return False, {**state, "entries": entries}
    assert state["intents"] is not None
    assert state["ran"] is not None
    assert state["found"] is not None
    told = [(one, ran.results[one.id]) for one in ran.run.plan.tasks if one.id in ran.results]
    if any(barely_spoken_of(*one) or names_nobody(*one) for one in told):
        return False, {**state, "entries": entries}
    own = intents.items if not reading.need else (replace(intents.items[0], text=reading.need),)
    needs = needs_in_place(state["intents"], place, own)
    merged, candidates = in_place(state["ran"], state["found"], place, of_reading(ran, name), found)
    whole: SearchState = {**state, "intents": needs, "ran": merged, "found": candidates, "planned": merged.planned}
    made = await compose(whole, runtime)
    entries = (*entries, *cast("tuple[LedgerEntry, ...]", made["entries"]))
    done = cast("SearchState", {**whole, **made, "entries": entries})
    assert done["composed"] is not None
    if not _better(state["composed"], done["composed"], place, len(own)):
        return False, {**state, "entries": entries}
    more = (*part["warnings"], *cast("tuple[AnswerWarning, ...]", made["warnings"]))
    return True, {**done, "warnings": merge_warnings(state["warnings"], more)}


def _better(before: Composed | None, after: Composed, place: int, parts: int) -> bool:
    """Say whether a reading settled its need, or some of its parts where nothing at all was answered before."""
    own = range(place, place + parts)
    left = [each for each in own if each in {one.intent for one in after.missing}]
    answered = [each for each in own if each in after.answered]
    whole = bool(answered) and not left
    return whole or (
        bool(answered) and before is not None and place not in before.answered and not _told(before, place)
    )


def _told(composed: Composed, place: int) -> bool:
    """Say whether something near was told of a need that is open: then only a whole answer takes its place."""
    return any(one.intent == place and one.code in _NEAR for one in composed.missing)
