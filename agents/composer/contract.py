"""What an answer is composed of, and what composing gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from questline.agents.tool_executor.contract import TaskResult
from questline.types import AnswerWarning, Backend, Citation, Evidence, Task, TextSpan, Usage

__all__ = ["Composed", "Conflict", "Dropped", "Finding", "Missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A task that is done, and the intents that it works for."""

    task: Task
    result: TaskResult
    intents: tuple[int, ...]
    """Positions of the intents, from 0."""
    feeds: bool = False
    """Its result goes into another task: then it is a help, and no answer, also where the other task failed; unless it
    was asked just the intent. Where the other task is among the findings, its ``depends_on`` says so too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What could not be answered, and why."""

    intent: int
    """Its position, from 0."""
    text: str
    """The intent."""
    code: str
    """``no_tool``, ``needs_input``, ``destructive``, ``not_requested``, ``not_found`` (the calls found nothing),
    ``another_kind``, ``another_thing``, ``not_worked_out`` (what was found is near, and said, but not what was asked),
    ``open_part`` and ``budget_exhausted`` (the documents' answer was not whole), or the code of the error that ended
    it."""
    message: str = ""
    """One line for the asker."""
    fields: tuple[str, ...] = ()
    """For ``needs_input``: what has to be given."""
    wanted: tuple[str, ...] = ()
    """What each of `fields` is, in the words of the tool: others' text, shown and never followed."""
    server: str = ""
    """Who failed, where one did."""
    said: str = ""
    """What the tool that failed said of it: others' text, quoted and never followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two pieces of evidence that say different things to one intent."""

    intent: int
    values: tuple[str, ...]
    """As the text shows them."""
    evidence_ids: tuple[str, ...]
    """Of the same length: what each rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A sentence that was left out, because what it cites does not bear it."""

    text: str
    reasons: tuple[str, ...]
    """What the evidence does not hold: ``number '42'``, ``name 'Ada'``, ``it cites nothing``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """An answer, each sentence of which cites what bears it."""

    text: str
    """The sentences that answer, then those that say what is missing."""
    short: str = ""
    """The shortest form of the answer; empty where nothing was found."""
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """What is cited, in the order in which it first is."""
    confidence: float = 0.0
    """The share of intents that are answered, each as sure as its source says that it is; less for conflicts and for
    what was dropped; not calibrated."""
    warnings: tuple[AnswerWarning, ...] = ()
    missing: tuple[Missing, ...] = ()
    """All that is not answered: what was given, and what the findings turned out not to hold."""
    answered: tuple[int, ...] = ()
    """Positions of the intents that the text answers."""
    notes: tuple[TextSpan, ...] = ()
    """The sentences that say what is missing: they claim nothing of the world, so most of them cite nothing."""
    conflicts: tuple[Conflict, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    backend: Backend = "embedded"
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    degraded: bool = False
    """A language model failed, and the templates wrote in its place."""
