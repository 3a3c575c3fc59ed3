"""Which source is asked: what servers say they hold, and what they answer when they are asked beforehand.

A source that answered comes before those that did not, by how sure it is and how much its server speaks of the need.
Those that did not are ordered by how much of the need their servers speak of, and how many of its words they placed: a
plan that fails goes on to the next of them. One that was not asked, for want of time or because asking may cost
something, may place every word. What was misread is not asked where another source placed more words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from questline.tools.tool_retrieval.index import ToolEncoder

from .contract import Candidate
from .probing import Probes
from .topics import Topic, askable, topics
from .weighing import Evidence

__all__ = ["sources"]

_PLACED: Final = 0.5
"""Share of a need's words that a source must have placed to be asked though its server says nothing of them."""


def sources(
    text: str,
    candidates: Sequence[Candidate],
    encoder: ToolEncoder | None = None,
    *,
    probes: Probes | None = None,
    last_resort: bool = False,
) -> list[Topic]:
    """Return the tools that take a whole question and may answer this one, best first; of each server one.

    Args:
        text: One need.
        candidates: What there is.
        encoder: See `topics`.
        probes: Asks sources; None where none may be asked.
        last_resort: See `topics`.
    """
    likely = topics(text, candidates, encoder, last_resort=last_resort)
    every = askable(text, candidates, encoder) if probes is not None else []
    if probes is None or not every or (len(every) == 1 and not last_resort):  # nothing to choose between
        return likely
    told = probes.of([one.candidate.tool for one in every], text)
    if not told:  # nobody could be asked
        return likely
    most = max((one.known for one in told.values()), default=0.0)
    found: list[Topic] = []
    for one in every:
        evidence = told.get(one.candidate.tool.qualified)
        if evidence is not None and evidence.answers:
            found.append(_answered(one, text, evidence))
        elif evidence is None:
            found += [replace(one, score=(one.score + 1.0) / 2)] if one in likely else []
        elif (not evidence.misread or (evidence.known == most and not last_resort)) and (
            one in likely or evidence.known >= _PLACED
        ):
            found.append(replace(one, score=(one.score + evidence.known) / 2))
    return sorted(found, key=lambda one: -one.score)


def _answered(topic: Topic, text: str, evidence: Evidence) -> Topic:
    why = f"asked beforehand, its server had an answer ({evidence.sure:.2f})"
    score = 1.0 + (evidence.sure + topic.score) / 2
    return replace(topic, score=score, why=why, answers=text if evidence.own else "", sure=evidence.sure)
