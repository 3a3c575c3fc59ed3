"""``agents eval chronoqa`` and ``temporal-qa``: questions about time, in every condition, scored by type of answer."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.gateway import Gateway
from questline.tools.retrieval.report import Progress, silent
from questline.tools.temporal.searching import DatedPassage
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.ranking_metrics import average_precision, ndcg, recall
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.temporal.answering import LLMAnswers, embedded_answer, prompt_hashes
from questline.training.evaluation.temporal.audit import DEFECTS, Audit, audit, corrected
from questline.training.evaluation.temporal.known_sets import SetKind, TimedSet, read_timed
from questline.training.evaluation.temporal.pools import Pool, own_pool, shared_pool, text_of
from questline.training.evaluation.temporal.predictions import read_predictions
from questline.training.evaluation.temporal.question import Scored, TimedQuestion
from questline.training.evaluation.temporal.scorer import score
from questline.training.evaluation.temporal.tallies import summarize

__all__ = ["CONDITIONS", "Condition", "TimedSuite"]

Condition: TypeAlias = Literal["none", "gold", "retrieved"]
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)
"""What a question is answered from: nothing, the passages that answer it, the best that search finds."""
_GIVEN: Final = "given"
"""The condition of answers that were read from a file."""
_DEPTH: Final = 10
_HEARD: Final = 50
"""Passages between two words of how far the index is."""
_NAMED: Final = 5
"""Ids that a warning names."""
_ALWAYS: Final = {True: "是的", False: "Yes"}


@dataclass(kw_only=True)
class TimedSuite:
    """Search and answer the questions of a known set, and score what comes of it."""

    data: Path
    kind: SetKind | None = None
    """Which set; told by its columns where left out."""
    corpus: Path | None = None
    conditions: Sequence[Condition] = ("none", "retrieved")
    """The last is the one whose slices get intervals."""
    k: int = 5
    temporal: bool = True
    """Whether the search minds times."""
    settings: Settings = field(default_factory=Settings)
    """Model of the role ``generate``, and where it is; ``embedded`` answers by rule."""
    judge: str | None = None
    """A language model that decides what the rules leave open."""
    judge_checks: float = 0.2
    """Share of the decided answers that the judge is asked about too."""
    predictions: Path | None = None
    audit: bool = False
    limit: int | None = None
    seed: int = 0
    indexing: Progress | None = None
    """Hears of the indexing of a pool that all questions share."""
    name: str = "chronoqa"

    def load(self) -> Sequence[TimedQuestion]:
        """Read and check data, corpus and predictions.

        Raises:
            UsageError: ``bad_k``, ``bad_param`` for a condition that the set cannot have; what reading raises.
        """
        if self.k < 1:
            raise UsageError(f"k={self.k} must be at least 1", code="bad_k", argument="k")
        self._set = read_timed(self.data, self.kind)
        questions = self._set.questions
        self._given = read_predictions(self.predictions, {each.id for each in questions}) if self.predictions else None
        self._told = list(self.conditions) if self._given is None else [_GIVEN]
        self._check_conditions(questions)
        self._shared = self._set.kind == "chronoqa" or self.corpus is not None
        self._pool = shared_pool(questions, self.corpus) if self._shared else None
        self._own: tuple[tuple[int, ...], Pool] | None = None
        if self.limit is not None and self.limit < len(questions):
            drawn = random.Random(self.seed).sample(range(len(questions)), self.limit)  # noqa: S311 because a sample is no secret
            questions = [questions[place] for place in sorted(drawn)]
        self._right = corrected(questions) if self._set.kind == "chronoqa" else {}
        self._by_id = {each.id: each for each in questions}
        return questions

    def _check_conditions(self, questions: Sequence[TimedQuestion]) -> None:
        if "gold" in self._told and not any(each.gold for each in questions):
            raise UsageError(
                f"{str(self.data)!r} ({self._set.kind}) names no gold passages; use --condition none or retrieved",
                code="bad_param",
                argument="condition",
            )
        if "retrieved" in self._told and not self.corpus and not any(each.gold or each.passages for each in questions):
            raise UsageError(
                f"{str(self.data)!r} ({self._set.kind}) comes without passages; give --corpus or --condition none",
                code="bad_param",
                argument="condition",
            )

    def identify(self, row: TimedQuestion) -> str:
        """Return the question's id."""
        return row.id

    def show(self, row: TimedQuestion) -> Mapping[str, Json]:
        """Return the question, the day on which it is asked, and its accepted answers."""
        asked = "" if row.anchor is None else f" ({row.anchor.isoformat()})"
        return {"question": f"{row.question}{asked}", "expected": list(row.answers)}

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, predictions, models and prompts."""
        files = {"data": self.data, "corpus": self.corpus, "predictions": self.predictions}
        options: dict[str, Json] = {
            "set": self._set.kind,
            "conditions": list(self._told),
            "k": self.k,
            "temporal": self.temporal,
            "base_url": self.settings.base_url,
            "judge_checks": self.judge_checks if self.judge else None,
        }
        models: dict[str, Json] = {
            "llm": self.settings.models.get("generate", self.settings.model),
            "judge": self.judge,
            "cross_encoder": CrossEncoder.load().fingerprint,
        }
        return {
            "options": options,
            "data": {name: content_hash(path) for name, path in files.items() if path is not None},
            "models": models,
            "prompts": dict(prompt_hashes()),
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Connect the models, where one is asked; raises `UsageError` ``unknown_model`` or ``missing_key``."""
        settings = self.settings
        models = {**settings.models, **({"judge": self.judge} if self.judge else {})}
        gateway = Gateway.of(replace(settings, models=models))
        asks = gateway.serves("generate") and self._given is None
        self._llm = LLMAnswers(gateway) if asks or self.judge else None
        self._asks = asks
        self._reads = None if asks or self._given is not None else CrossEncoder.load()
        if self._pool is not None and self._pool.passages:
            await _indexed(self._pool, self.indexing or silent)
        if self._llm is None:
            yield
            return
        async with gateway.session():
            yield

    async def run(self, row: TimedQuestion) -> Outcome:
        """Search, answer in each condition, and score; a model that fails makes it a failed item, no wrong one."""
        started = time.perf_counter()
        meter = Meter(Budget())
        pool = self._pool_of(row)
        found = list(pool.search(row, max(self.k, _DEPTH), temporal=self.temporal)) if pool and pool.passages else []
        scores: dict[str, float] = {}
        if pool and row.gold:
            scores |= _retrieval(found, pool.gold(row))
        labels = dict(row.fields)
        predictions: dict[str, Json] = {}
        for condition in self._told:
            answer = await self._answer(row, condition, pool, found, meter)
            predictions[condition] = answer
            more, rule = await self._scored(row, condition, answer, meter)
            scores |= more
            labels[f"rule_{condition}"] = rule
        if row.answer_type == "judgement":
            yes = score(_ALWAYS[not row.question.isascii()], row)
            scores["always_yes"] = float(yes.correct is True)
        spent = meter.spent
        cost = {"seconds": time.perf_counter() - started}
        if spent.calls:
            cost |= {"calls": float(spent.calls), "llm_tokens": float(spent.tokens), "usd": spent.usd}
        if found:
            predictions["found"] = [*found[:_DEPTH]]
        return Outcome(prediction=predictions, scores=scores, cost=cost, labels=labels)

    def _pool_of(self, row: TimedQuestion) -> Pool | None:
        if self._given is not None and not row.gold:
            return None
        if self._pool is not None:
            return self._pool
        if not row.passages and not row.gold:
            return None
        key = tuple(id(given) for given in row.passages)  # the questions of a page share its passages
        if self._own is None or self._own[0] != key or not key:
            self._own = (key, own_pool(row))
        return self._own[1]

    async def _answer(
        self, row: TimedQuestion, condition: str, pool: Pool | None, found: Sequence[str], meter: Meter
    ) -> str:
        if self._given is not None:
            return self._given.get(row.id, "")
        passages: list[DatedPassage] = []
        if condition == "gold":
            passages = [
                DatedPassage(id=f"g{place}", text=text_of(given), published=given.published)
                for place, given in enumerate(row.gold)
            ]
        elif condition == "retrieved" and pool is not None:
            passages = [pool.passages[name] for name in found[: self.k]]
        if self._asks and self._llm is not None:
            return await self._llm.answer(row, passages, meter)
        return embedded_answer(row, passages, self._reads)

    async def _scored(
        self, row: TimedQuestion, condition: str, answer: str, meter: Meter
    ) -> tuple[dict[str, float], str]:
        told: Scored = score(answer, row)
        scores = {
            f"accuracy_{condition}": float(told.correct is True),
            f"undecided_{condition}": float(told.correct is None),
            f"partial_{condition}": told.partial,
            f"answered_{condition}": float(bool(answer.strip())),
        }
        if self._set.kind == "chronoqa":
            right = self._right.get(row.id)
            again = score(answer, right) if right is not None else told
            scores[f"overlay_{condition}"] = float(again.correct is True)
        if self._given is not None and row.id not in self._given:
            return scores, "missing"
        if self.judge and self._llm is not None:
            if told.correct is None:
                scores[f"judged_{condition}"] = float(await self._llm.right(row, answer, meter))
            elif answer.strip() and _drawn(f"{row.id} {condition}", self.judge_checks):
                scores[f"judge_agrees_{condition}"] = float(await self._llm.right(row, answer, meter) == told.correct)
        return scores, told.rule

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return retrieval, accuracies by condition, slices, and the audit where it is asked for."""
        fields = list(dict.fromkeys(name for each in self._by_id.values() for name in each.fields))
        fields = [name for name in fields if len({each.fields.get(name) for each in self._by_id.values()}) <= 40]
        found = summarize(items, self._told, fields, seed=self.seed, judged=bool(self.judge))
        metrics, details = dict(found.metrics), dict(found.details)
        details |= {"decides": f"accuracy_{self._told[-1]}", "unscored": "apart"}
        if self._pool is not None:
            metrics["pool"] = len(self._pool.passages)
            if self.corpus is not None:
                metrics["gold_added"] = self._pool.added
        if self._given is not None:
            missing = [item.id for item in items if item.id not in self._given]
            metrics["missing"] = len(missing)
            details["missing_ids"] = [*missing]
        if self._set.kind == "chronoqa":
            metrics["corrected"] = len(self._right)
        undated = [each.id for each in self._by_id.values() if each.anchor is None]
        if undated and self._set.kind in {"chronoqa", "realtimeqa"}:
            metrics["without_day"] = len(undated)
            metrics["warnings"] = _without_day(undated)
        if self.audit:
            more, ids = _audited(self._set)
            metrics |= more
            details |= ids
        return Summary(metrics=metrics, means=found.means, details=details)


async def _indexed(pool: Pool, hears: Progress) -> None:
    """Index a pool beside the loop; cancelled, the thread ends with the passage that it reads."""
    size, read, ended = len(pool.passages), 0, threading.Event()

    def one() -> None:
        nonlocal read
        if ended.is_set():
            raise InterruptedError
        if read % _HEARD == 0:
            hears("lexical", read, size)
        read += 1

    try:
        await asyncio.to_thread(pool.prepare, one)
    finally:
        ended.set()
    hears("lexical", size, size)


def _without_day(ids: Sequence[str]) -> str:
    named = ", ".join(ids[:_NAMED]) + (", …" if len(ids) > _NAMED else "")
    asked = "question has" if len(ids) == 1 else "questions have"
    return (
        f"{len(ids)} {asked} no day of asking that a calendar knows ({named}): relative times in them are counted from"
        " the day on which this ran"
    )


def _retrieval(found: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    grades = dict.fromkeys(gold, 1)
    scores: dict[str, float] = {}
    for k in (5, 10):
        scores[f"recall@{k}"] = recall(found, grades, k)
        scores[f"all_gold@{k}"] = float(set(gold) <= set(found[:k]))
        scores[f"map@{k}"] = average_precision(found, grades, k)
        scores[f"ndcg@{k}"] = ndcg(found, grades, k)
    return scores


def _audited(timed: TimedSet) -> tuple[dict[str, Json], dict[str, Json]]:
    if timed.kind != "chronoqa":
        raise UsageError(
            f"--audit looks through files of ChronoQA; this is {timed.kind}", code="bad_param", argument="audit"
        )
    found: Audit = audit(timed)
    counts: dict[str, Json] = {kind: sum(each.kind == kind for each in found.defects) for kind in DEFECTS}
    counts["corrected"] = len(found.corrected)
    judgements: dict[str, Json] = {**found.judgements}
    defects: list[Json] = [{"id": each.id, "kind": each.kind, "detail": each.detail} for each in found.defects]
    return {"audit": counts, "judgement_labels": judgements}, {"defects": defects, "corrected_ids": [*found.corrected]}


def _drawn(text: str, share: float) -> bool:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") < share * 2**32
