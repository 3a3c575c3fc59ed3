"""Suggest what to ask next: answerable, varied, not asked before, in the order of the expected click.

    suggester = Suggester(retriever=index)
    found = await suggester.suggest(["When was Pella Glass founded?"], answer, k=3)

Our design after GQS (arXiv:2507.04072), whose own formulas are not public: candidates from the session, the answer's
evidence and the index; each is searched for and read, so that nothing is suggested that the documents cannot answer;
a click model that does not see slots orders them; a greedy objective keeps the list varied, and short where it must be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from questline.budget import Budget, Meter
from questline.errors import BudgetExceeded, ModelError
from questline.tools.arguments import check_is, check_text
from questline.tools.models.llm_contract import LLM
from questline.tools.retrieval.contract import Retriever
from questline.tools.text import words
from questline.types import Answer, AnswerWarning, Evidence, Filters, Passage, Usage

from .answerable import Checker, Support
from .asking import ROLE, ask
from .candidates import Session, candidates, entities
from .checks import session as checked_session
from .choosing import Objective
from .ctr_features import Encoder
from .ctr_file import prior_model
from .ctr_model import CTRModel
from .following import Follows, followed, item_of
from .in_time import InTime
from .listing import Checked, listed
from .need import CLARIFY_FROM, Need, need_of
from .private import private, unsafe
from .result import Candidate, Suggestion, Suggestions, Wanted
from .similarity import same
from .store import ImpressionStore

__all__ = ["Suggester", "Suggests"]

_FOUND: Final = 5
"""Passages looked at beside the answer's evidence, for the query and for the first name in the session."""
_SPARE: Final = 3
"""Candidates are checked, most promising first, until so many more than are wanted have passed …"""
_TRIED: Final = 4
"""… or so many a wanted suggestion were tried: each is a search and a reading."""


class Suggests(Protocol):
    """What every suggester promises (design, section 5)."""

    async def suggest(self, history: Sequence[str], answer: Answer | None, k: int) -> Suggestions:
        """Return at most `k` suggestions for what comes after `history` and `answer`; never one asked before."""
        ...


@dataclass(frozen=True, kw_only=True)
class Suggester:
    """Both backends; holds no state of a session, and stores nothing unless it is given a store."""

    retriever: Retriever | None = None
    """Where a suggestion must be answerable; without one, in the answer's own evidence."""
    encoder: Encoder | None = None
    """Adds closeness of meaning to the click model and to the comparison of suggestions."""
    model: CTRModel | None = None
    """The click model; the shipped prior when left out."""
    bank: tuple[str, ...] = ()
    """Questions that may be suggested as they stand: logged ones, or an editor's."""
    clarifications: tuple[str, ...] = ()
    """Questions back to the user, for requests that need one."""
    safety: Callable[[str], str] = unsafe
    """Returns why nothing may be said beside a text, or of it; empty when it is fine."""
    llm: LLM | None = None
    """Writes the candidates where it serves the role ``suggest``."""
    prompt: str | Path | None = None
    """A file that replaces the shipped prompt."""
    strict: bool = False
    """A failing model raises instead of falling back."""
    store: ImpressionStore | None = None
    """Keeps what was suggested, so that clicks can be reported; off when left out."""
    sessions: Follows | None = None
    """Sessions of questions, such as a `SessionRecommender`: what people asked next orders the list. Off when left out;
    `asked` fills them, and what is forgotten there orders nothing any more."""
    filters: Filters | None = None
    objective: Objective = field(default_factory=Objective)

    async def suggest(
        self,
        history: Sequence[str],
        answer: Answer | None = None,
        k: int = 5,
        *,
        kind: Wanted = "auto",
        meter: Meter | None = None,
        subject: str | None = None,
    ) -> Suggestions:
        """Return at most `k` suggestions, best first; fewer, down to none, when no more pass every check.

        Args:
            history: What was asked before, oldest first; without an `answer` its last text is the query.
            answer: What the query came back as.
            k: Longest list, 1 to 20.
            kind: ``followup`` (questions), ``refine`` (narrower searches), ``clarify`` (a question back), or ``auto``:
                what the query calls for; a clear one is never answered by a question back.
            meter: What may be spent; the budget ``balanced`` by default. Its seconds hold for both backends: when they
                end, what passed every check by then is the list, with the warning ``deadline_reached``.
            subject: Whose session it is, for a store: see `ImpressionStore.log_impression`.

        Raises:
            UsageError: ``empty_query``, ``bad_param``, ``bad_history``; ``bad_settings`` for the prompt file.
            ModelError: The language model failed and `strict` is set.
            BudgetExceeded: No budget is left for the language model and `strict` is set; else the embedded backend
                answers, with ``degraded`` and the warning ``budget_exhausted``.
            RunError: What the retriever raises.
        """
        started = time.perf_counter()
        query, earlier = checked_session(history, answer, k, kind)
        check_is("meter", meter, Meter, "a Meter or None", code="bad_budget")
        check_is("subject", subject, str, "a text or None")
        why = self.safety(query)
        if why:
            return _empty(f"nothing is suggested for this query: {why}", started)
        time_left = InTime(meter=meter or Meter(Budget.parse("balanced")))
        session = await self._session(query, earlier, answer, time_left)
        need = need_of(query, (*session.found, *session.evidence))
        made, result = await self._written(session, k, time_left.meter)
        chosen = await self._chosen(made, session, need, k, kind, time_left) if made else []
        if not chosen:
            if made and not result.degraded and not time_left.late:
                problem = "none of the model's suggestions passed the checks"
                result = replace(result, degraded=True, warnings=(*result.warnings, _degraded(problem)))
            made = candidates(session, need, self.bank, self.clarifications)
            chosen = await self._chosen(made, session, need, k, kind, time_left)
            result = replace(result, backend="embedded")
        warnings = result.warnings
        if time_left.late:
            late = "time ended before all candidates were checked; the list is what had passed by then"
            warnings = (*warnings, AnswerWarning(code="deadline_reached", message=late, step="suggest"))
        if not chosen:
            nothing = "nothing that was found passed every check"
            warnings = (*warnings, AnswerWarning(code="no_suggestion", message=nothing, step="suggest"))
        shown = self._shown(query, chosen, subject)
        usage = replace(result.usage, seconds=time.perf_counter() - started)
        return replace(
            result, items=tuple(chosen), need=need.level, warnings=warnings, usage=usage, impression_id=shown
        )

    def asked(self, session: str, query: str, *, subject: str | None = None) -> None:
        """Tell the sessions what was asked; without `sessions`, or for a query without words, nothing is stored.

        Args:
            session: Id of the session; only a keyed hash of it is stored, as of `subject`.
            query: What was asked: its words are stored until they are forgotten.
            subject: Whose session it is, for forgetting.

        Raises:
            UsageError: ``bad_request`` for an id that is none.
        """
        item = item_of(check_text("query", query))
        if self.sessions is not None and item:
            self.sessions.record(session, [item], user=subject)

    async def _session(self, query: str, earlier: tuple[str, ...], answer: Answer | None, time_left: InTime) -> Session:
        evidence = tuple(_passage(item) for item in answer.evidence) if answer else ()
        session = Session(query=query, earlier=earlier, answer=answer, evidence=_unique(evidence), found=())
        found = await self._search(query, time_left)
        first = entities(replace(session, found=tuple(found)))[:1]
        if first and words(first[0]) != words(query):
            found += await self._search(first[0], time_left)
        known = {item.id for item in session.evidence}
        return replace(session, found=_unique([item for item in found if item.id not in known]))

    async def _search(self, query: str, time_left: InTime) -> list[Passage]:
        retriever = self.retriever
        if retriever is None:
            return []
        return list(await time_left.result(lambda: retriever.search(query, k=_FOUND, filters=self.filters)) or ())

    async def _written(self, session: Session, k: int, meter: Meter) -> tuple[list[Candidate], Suggestions]:
        """Return the language model's candidates, none without one, and the result's frame."""
        if self.llm is None or not self.llm.serves(ROLE):
            return [], Suggestions()
        try:
            done = await ask(session, k, llm=self.llm, meter=meter, prompt=self.prompt)
        except (ModelError, BudgetExceeded) as error:
            if self.strict:
                raise
            spent = isinstance(error, BudgetExceeded)
            problem = (
                f"no budget is left ({error.message})" if spent else f"the model failed ({error.code}: {error.message})"
            )
            warning = _degraded(problem, code="budget_exhausted" if spent else "degraded")
            return [], Suggestions(degraded=True, warnings=(warning,), usage=error.usage)
        return done.value, Suggestions(backend="llm", usage=done.usage)

    async def _chosen(
        self,
        made: Sequence[Candidate],
        session: Session,
        need: Need,
        k: int,
        kind: Wanted,
        time_left: InTime,
    ) -> list[Suggestion]:
        """Check the candidates, most promising first, and choose the list."""
        pool = self._new([each for each in made if _fits(each, kind, need, session)], session)
        if not pool:
            return []
        model = self.model or prior_model()
        texts = [each.text for each in pool]
        first = model.scores(session.query, texts)
        checker = Checker(retriever=self.retriever, evidence=session.evidence, filters=self.filters)
        passed: list[Checked] = []
        for tried, place in enumerate(sorted(range(len(pool)), key=lambda place: -float(first[place]))):
            if len(passed) >= k + _SPARE or tried >= _TRIED * k:
                break
            support = await time_left.result(partial(checker.check, pool[place]))
            if support is None:
                break
            if support.answerable and not self._refused(support, session):
                passed.append(Checked(candidate=pool[place], support=support))
        texts = [each.candidate.text for each in passed]
        encoder = None if time_left.late else self.encoder  # no time is left for more than words
        chances = [float(chance) for chance in model.predict(session.query, texts, encoder=encoder, shown=k)]
        if self.sessions is not None and texts:
            chances = followed(self.sessions, (*session.earlier, session.query), texts, chances)
        order = sorted(range(len(passed)), key=lambda place: -chances[place])
        ordered, falling = [passed[place] for place in order], [chances[place] for place in order]
        return listed(ordered, falling, k, encoder=encoder, objective=self.objective)

    def _new(self, made: Sequence[Candidate], session: Session) -> list[Candidate]:
        """Drop what was asked before, what repeats an earlier candidate, what is private and what is unsafe."""
        before = [session.query, *session.earlier]
        kept: list[Candidate] = []
        for candidate in made:
            text = candidate.text
            if private(text) or private(candidate.expected) or self.safety(text):
                continue
            if any(same(text, other) for other in (*before, *(each.text for each in kept))):
                continue
            kept.append(candidate)
        return kept

    def _refused(self, support: Support, session: Session) -> bool:
        """Say whether the answer would be private, or stands word for word in the answer already given."""
        if private(support.short):
            return True
        said = f" {' '.join(words(session.answer.text))} " if session.answer else ""
        return bool(support.text) and f" {' '.join(words(support.text))} " in said

    def _shown(self, query: str, chosen: Sequence[Suggestion], subject: str | None) -> str:
        if self.store is None or not chosen:
            return ""
        return self.store.log_impression(query, [item.text for item in chosen], subject=subject)


def _fits(candidate: Candidate, kind: Wanted, need: Need, session: Session) -> bool:
    """Say whether a candidate is of the wanted kind; a question back only where one is needed."""
    if kind != "auto":
        return candidate.kind == kind
    if candidate.kind == "clarify":
        return need.level >= CLARIFY_FROM
    return candidate.kind != "refine" or not session.is_question


def _passage(item: Evidence) -> Passage:
    return Passage(
        id=item.id,
        document_id=item.id,
        source=item.source,
        title=item.title,
        text=item.text,
        start=item.start,
        end=item.end,
        date=item.date,
        score=item.score,
    )


def _unique(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    first: dict[str, Passage] = {}
    for item in passages:
        first.setdefault(item.id, item)
    return tuple(first.values())


def _degraded(problem: str, *, code: str = "degraded") -> AnswerWarning:
    return AnswerWarning(code=code, message=f"suggest: {problem}; the embedded backend answered", step="suggest")


def _empty(reason: str, started: float) -> Suggestions:
    warning = AnswerWarning(code="no_suggestion", message=reason, step="suggest")
    return Suggestions(warnings=(warning,), usage=Usage(seconds=time.perf_counter() - started))
