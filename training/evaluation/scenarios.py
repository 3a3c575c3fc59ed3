"""Scenarios: questions whose right outcome is known, for the whole of Questline with its own servers.

A row is ``{id, kind, level, question, servers, expect, free_writing, note}``; ``tests/scenarios/README.md`` tells its
fields. What is checked is what the asker sees: the status, the text, what it says is missing, and its citations. The
calls that were made are judged apart, because a right answer can be reached in more ways than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from questline.types import AnswerStatus, Citation

from .scenario_answers import has_words
from .scenario_rows import ExpectedCall, Scenario, read_scenarios

__all__ = ["Scenario", "Verdict", "check", "read_scenarios"]

SHORTEST = 3
"""A word of fewer letters, such as the field ``to``, counts as named only where it stands in quotation marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an outcome compares with the expected one."""

    status: bool
    answer: bool
    missing: bool
    cited: bool
    routed: bool
    """The usual calls were made; no part of `right`."""
    faults: tuple[str, ...]
    """What is wrong, a line each, beginning with the name of the check."""

    @property
    def right(self) -> bool:
        """Whether all is right that the asker sees."""
        return self.status and self.answer and self.missing and self.cited


def check(
    scenario: Scenario,
    answer_text: str,
    status: AnswerStatus,
    calls: Sequence[tuple[str, str]],
    citations: Sequence[Citation],
    *,
    named: Sequence[str] = (),
    at: datetime | None = None,
) -> Verdict:
    """Compare an outcome with what a scenario expects.

    Args:
        scenario: What was asked.
        answer_text: What the asker was shown.
        status: Of the answer.
        calls: Server and tool of each call made, in any order. With the status ``no_tool`` there must be none.
        citations: Of the answer; only different evidence counts.
        named: Fields or needs that the answer names as missing outside its text, in its warnings or its plan.
        at: The moment of asking, with its zone, for questions about now; None for this moment.
    """
    expect = scenario.expect
    states: list[str] = []
    if status not in expect.status:
        states.append(f"status: {status}, and not {' or '.join(expect.status)}")
    elif status == "no_tool" and calls:
        states.append(f"status: no_tool after {len(calls)} calls")
    answers = list(expect.answer.faults(answer_text, at or datetime.now(UTC)))
    missing = [f"missing: {' | '.join(forms)}" for forms in expect.missing if not _is_named(answer_text, named, forms)]
    cited = len({citation.evidence_id for citation in citations})
    cites = [f"cites: {cited}, and not {expect.cites}"] if cited < expect.cites else []
    routes = list(_unrouted(expect.calls, calls))
    return Verdict(
        status=not states,
        answer=not answers,
        missing=not missing,
        cited=not cites,
        routed=not routes,
        faults=(*states, *answers, *missing, *cites, *routes),
    )


def _is_named(text: str, named: Sequence[str], forms: Sequence[str]) -> bool:
    if any(has_words(one, forms) for one in named):
        return True
    quoted = [f"{mark}{form}{mark}" for form in forms for mark in "'\"`"]
    return has_words(text, [form for form in forms if len(form) >= SHORTEST or not form.isascii()] + quoted)


def _unrouted(expected: Sequence[ExpectedCall] | None, calls: Sequence[tuple[str, str]]) -> list[str]:
    if expected is None:
        return []
    if not expected:
        return [f"calls: {server}/{tool} is one too many" for server, tool in calls]
    made = set(calls)
    return [
        f"calls: {call.server}/{'|'.join(call.tools)} was not made"
        for call in expected
        if not any((call.server, tool) in made for tool in call.tools)
    ]
