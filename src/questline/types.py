"""The values that travel through the house: frozen, keyword-only, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

__all__ = [
    "Answer",
    "AnswerStatus",
    "AnswerWarning",
    "Backend",
    "Citation",
    "Event",
    "Evidence",
    "Expected",
    "Filters",
    "Influence",
    "Ledger",
    "LedgerEntry",
    "Message",
    "MissingPart",
    "Passage",
    "Plan",
    "Task",
    "TaskStatus",
    "TextSpan",
    "Usage",
    "Why",
]

AnswerStatus: TypeAlias = Literal["complete", "partial", "abstained", "needs_input", "no_tool", "budget_exhausted"]
TaskStatus: TypeAlias = Literal["pending", "done", "abstained", "failed", "skipped"]
Backend: TypeAlias = Literal["embedded", "llm", "none"]
_ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "QDS": "decompose",
        "QDP": "decompose",
        "QR": "rewrite",
        "R": "retrieve",
        "DS": "select",
        "AG": "generate",
        "AS": "summarize",
    }
)
"""The role of an executor; other steps are named by their role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One earlier turn of a conversation."""

    role: Literal["user", "assistant", "system"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which passages a search may return; an empty filter allows all."""

    sources: tuple[str, ...] = ()
    """Keep passages whose source equals, or lies in a folder named by, one of these."""
    date_from: str | None = None
    """ISO date; keep passages dated on or after it."""
    date_to: str | None = None
    """ISO date; keep passages dated on or before it."""
    undated: bool = True
    """Whether passages without a date pass a date filter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document, as found by a search."""

    id: str
    document_id: str
    source: str
    """Where the document came from: a path, a URI, or the row's id in a corpus."""
    title: str
    text: str
    start: int = 0
    """First character of ``text`` in the document's plain text."""
    end: int = 0
    """One past the last character."""
    date: str | None = None
    """ISO date of the document, when one is known."""
    score: float = 0.0
    """How well it fits the query; comparable only inside one result list."""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])

    def as_text(self) -> str:
        """Return the title, where there is one, on a line before the text: the form that selection encodes."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpan:
    """Characters ``start`` to ``end`` of some text, with the text between them."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something an answer may rest on: a passage or a tool result, with its source."""

    id: str
    kind: Literal["passage", "tool"] = "passage"
    text: str
    title: str = ""
    source: str = ""
    start: int = 0
    end: int = 0
    date: str | None = None
    score: float = 0.0

    @classmethod
    def of(cls, passage: Passage) -> Evidence:
        """Wrap a passage."""
        return cls(
            id=passage.id,
            text=passage.text,
            title=passage.title,
            source=passage.source,
            start=passage.start,
            end=passage.end,
            date=passage.date,
            score=passage.score,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Characters ``start`` to ``end`` of the answer's text rest on one evidence."""

    start: int
    end: int
    evidence_id: str
    quote: str = ""
    """The words of the evidence that carry the support, where they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWarning:
    """Something the reader of an answer should know; never a replacement for an error."""

    code: str
    message: str
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What something cost."""

    calls: int = 0
    """Model requests sent, retries included."""
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    retrievals: int = 0
    cache_hits: int = 0
    """Vectors and judgements of the embedded models that were remembered from before."""
    seconds: float = 0.0
    """Busy time; steps that run side by side add up to more than the wall clock."""
    estimated: bool = False
    """A server did not say how many tokens it used: they are estimated from the length of the texts."""

    @property
    def tokens(self) -> int:
        """Tokens in and out together."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            usd=self.usd + other.usd,
            retrievals=self.retrievals + other.retrievals,
            cache_hits=self.cache_hits + other.cache_hits,
            seconds=self.seconds + other.seconds,
            estimated=self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What one step spent."""

    step: str
    """Executor token (``R``, ``AG`` …) or role (``planner``, ``condense``)."""
    task: str = ""
    """Id of the task the step worked for; empty for the question itself."""
    backend: Backend = "none"
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    started_s: float = 0.0
    """Seconds after the question's arrival."""
    degraded: bool = False
    """The embedded backend did the step in place of the configured model, which failed or had no budget left."""
    detail: str = ""
    """One line for the trace: what went in or came out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What was spent, by step, in order of completion."""

    entries: tuple[LedgerEntry, ...] = ()
    wall_s: float = 0.0
    """Seconds from the question's arrival to the answer."""

    @property
    def total(self) -> Usage:
        """The sum over all steps."""
        total = Usage()
        for entry in self.entries:
            total += entry.usage
        return total

    @property
    def by_role(self) -> dict[str, Usage]:
        """The sums by role (``planner``, ``retrieve``, ``generate`` …), in the order of their first step."""
        found: dict[str, Usage] = {}
        for entry in self.entries:
            role = _ROLES.get(entry.step, entry.step)
            found[role] = found.get(role, Usage()) + entry.usage
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One node of a plan."""

    id: str
    intent: str
    """The question this task answers, after references to earlier tasks were filled in."""
    server: str = "documents"
    tool: str = "answer"
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    """For documents: ``workflow``, the tokens that ran."""
    depends_on: tuple[str, ...] = ()
    status: TaskStatus = "pending"
    result: str = ""
    decided_by: str = ""
    """Which planner chose it: ``rule``, ``llm``, ``constant``, ``forced``, ``fallback`` …"""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A DAG of tasks, in the order in which they were decided."""

    tasks: tuple[Task, ...] = ()

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Pairs (earlier task, later task)."""
        return tuple((before, task.id) for task in self.tasks for before in task.depends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """How much one group of features spoke for a choice of a trained planner."""

    name: str
    """What the planner looked at, such as ``question word`` or ``confidence of the draft``."""
    value: str = ""
    """What it saw there, in short; empty where no word says it."""
    change: float
    """By how much the choice leads its best alternative, less what that lead is with the mean of the training questions
    in place of this group alone. In units of utility (F1 less weighted cost): above 0 it spoke for the choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a planner expected of one thing that it could do."""

    choice: str
    """A workflow such as ``R,AG``, or ``answer`` (keep the draft)."""
    f1: float | None = None
    """Expected F1 of the answer, in [0, 1]; None where the planner has no estimate."""
    cost: Mapping[str, float] = field(default_factory=dict[str, float])
    """Expected cost by component: ``tokens``, ``usd``, ``calls``, ``seconds``; those that are known."""
    nominal: Mapping[str, float] = field(default_factory=dict[str, float])
    """Where no language model is asked: what the same steps would cost with one, by component. It weighs in a trained
    planner's choice, nobody pays it, and no limit binds it."""
    high: Mapping[str, float] = field(default_factory=dict[str, float])
    """What the cost stays under in 99 of 100 cases, by component."""
    open: bool = True
    """Whether it is legal and the budget carries it; False of a choice that begins although the budget may end it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One decision of the planner of workflows, and what it rests on."""

    task: str = ""
    """Id of the task that it began; else of the one that would have come next."""
    choice: str = ""
    """The workflow, ``answer`` or ``abstain``."""
    decided_by: str = ""
    """``rule``, ``llm``, ``constant``, ``forced``, ``trained``, ``fallback`` …"""
    reason: str = ""
    """One line."""
    rule: str = ""
    """The rule that fired, such as ``bridge, step 2 of 3``; empty where none did."""
    features: tuple[Influence, ...] = ()
    """What weighed most in a trained planner, the strongest first."""
    expected: tuple[Expected, ...] = ()
    """The choice and its alternatives, the choice first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPart:
    """A need of the question that its answer does not serve, and why."""

    question: str
    """The need, in words that stand alone."""
    code: str
    """``no_tool``, ``needs_input``, ``destructive``, ``not_found``, ``another_kind`` (what was found is of another kind
    or in another unit), ``another_thing`` (it does not speak of what was asked about), ``not_worked_out`` (it has still
    to be reckoned with), ``open_part`` (the documents answer it in part), ``budget_exhausted`` (it is answered as far
    as the budget went), or the code of the error that ended it."""
    message: str = ""
    """One line for the asker."""
    fields: tuple[str, ...] = ()
    """For ``needs_input``: what has to be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question comes back as."""

    question: str
    text: str
    """What to show; with the embedded backend, sentences taken from the evidence."""
    short: str = ""
    """The shortest form (a name, date, number, yes or no) that evaluation scores; may equal ``text``."""
    status: AnswerStatus = "complete"
    confidence: float = 0.0
    """In [0, 1]; calibrated only where a model card says so."""
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    plan: Plan = field(default_factory=Plan)
    ledger: Ledger = field(default_factory=Ledger)
    warnings: tuple[AnswerWarning, ...] = ()
    suggestions: tuple[str, ...] = ()
    missing: tuple[MissingPart, ...] = ()
    """Needs that are not served, of a question that went to servers."""
    backend: Backend = "embedded"
    run_id: str = ""
    standalone_question: str = ""
    """The question with earlier messages condensed into it, when there were any."""
    why: tuple[Why, ...] = ()
    """Each decision of the planner of workflows, in order, those about sub-questions among them."""

    @property
    def usage(self) -> Usage:
        """What the answer cost in all."""
        return self.ledger.total

    def as_dict(self) -> dict[str, object]:
        """Return plain JSON data with ``usage`` added, and the same by role as ``usage_by_role``."""
        by_role = {role: asdict(usage) for role, usage in self.ledger.by_role.items()}
        return {**asdict(self), "usage": asdict(self.usage), "usage_by_role": by_role}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened while a question ran, as streamed."""

    kind: Literal["plan", "step_started", "step_finished", "token", "warning", "answer"]
    task: str = ""
    step: str = ""
    text: str = ""
    """For ``token`` the next characters of the answer; else one line that says what happened."""
    entry: LedgerEntry | None = None
    answer: Answer | None = None
