"""``agents eval judge``: how far a judge agrees with people once length, style and leaks are taken out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import Prompt
from questline.tools.writing.judge import GroupJudge, LLMJudge, embedded_judge, read_rules, seed_rules
from questline.tools.writing.reward_model import load_reward_model
from questline.tools.writing.types import Judge, RuleSet
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.writer.judge_rows import Compare, probe, side_scores
from questline.training.writer.judge_summary import summarize
from questline.training.writer.judge_ways import FOLDS, Judged, Length, Way, cross_fitted
from questline.training.writer.leaks import Leaks, read_leaks, shared_across_folds
from questline.training.writer.naive_bayes import fit_naive_bayes
from questline.training.writer.pairs import Labelled, Pair, read_labelled_or_pairs, read_pairs
from questline.training.writer.reward_model import Fit, fit_reward_model

__all__ = ["JUDGES", "JudgeSuite", "Kind"]

Kind: TypeAlias = Literal["embedded", "reward-model", "length", "naive-bayes", "llm"]
JUDGES: Final[tuple[Kind, ...]] = ("embedded", "reward-model", "length", "naive-bayes", "llm")
_METER: Final[ContextVar[Meter]] = ContextVar("meter of the row")
_SIDES: Final = ("chosen", "rejected")
_LEARNS: Final = ("reward-model", "naive-bayes")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    value: Pair | Labelled
    leaked: bool
    third: str
    """A text of the next pair, for triples."""


@dataclass(kw_only=True)
class JudgeSuite:
    """Judge every pair or labelled text of a file, beside a length rule and a style baseline.

    A language model is strict: what it does not answer readably fails its row, and nothing else judges in its place.
    """

    pairs: Path
    judge: Kind = "embedded"
    model: Path | None = None
    """Of ``reward-model``: a file or folder of `agents train reward-model`; the shipped one without."""
    train: Path | None = None
    """Pairs to learn from; where it is the same file, each query is judged by a model of the others."""
    leaks: Sequence[Path] = ()
    rules: Path | None = None
    fit: Fit = field(default_factory=Fit)
    probes: int = 200
    """Pairs on which biases are looked for, the first of the file."""
    own: Sequence[str] = ()
    limit: int | None = None
    settings: Settings = field(default_factory=Settings)
    hears: Callable[[str, int, int], None] | None = None
    name = "judge"

    def load(self) -> Sequence[_Row]:
        """Read and check everything; raises `UsageError` ``bad_data`` or ``bad_param``."""
        if self.judge == "naive-bayes" and self.train is None:
            raise UsageError("--judge naive-bayes learns from pairs; give --train", code="bad_param", argument="train")
        if self.train is not None and self.judge not in _LEARNS:
            raise UsageError(f"--judge {self.judge} learns from no --train", code="bad_param", argument="train")
        if self.model is not None and (self.judge != "reward-model" or self.train is not None):
            raise UsageError(
                "--reward-model goes with --judge reward-model and without --train", code="bad_param", argument="model"
            )
        self._set: RuleSet = seed_rules() if self.rules is None else read_rules(self.rules)
        self._rows = read_labelled_or_pairs(self.pairs)
        self._pairs = [row for row in self._rows if isinstance(row, Pair)]
        self._same = self.train is not None and content_hash(self.train) == content_hash(self.pairs)
        self._learnt = read_pairs(self.train) if self.train is not None else []
        marks = self._leaked()
        thirds = [row.chosen if isinstance(row, Pair) else row.text for row in self._rows]
        thirds = thirds[1:] + thirds[:1]
        rows = enumerate(zip(self._rows, marks, thirds, strict=True))
        return [_Row(at, value, leaked, third) for at, (value, leaked, third) in rows][: self.limit]

    def _leaked(self) -> list[bool]:
        seen = [read_leaks(path) for path in self.leaks]
        if self.train is not None and not self._same:
            learnt = Leaks()
            learnt.add(self._learnt)
            seen.append(learnt)
        marks = [any(one.hit(row) for one in seen) for row in self._rows]
        if self._same:
            return [one or other for one, other in zip(marks, shared_across_folds(self._pairs, FOLDS), strict=True)]
        return marks

    def identify(self, row: _Row) -> str:
        """Return the row's number."""
        return f"row-{row.number + 1}"

    def identity(self) -> Mapping[str, Json]:
        """Return what decides the figures: judge, rules, settings of the fit, and the hashes of the data."""
        files = {"pairs": self.pairs, "train": self.train, "model": self.model if self._file else None}
        files |= {f"leaks{at}": path for at, path in enumerate(self.leaks)}
        fit: dict[str, Json] = {**asdict(self.fit), "orders": list(self.fit.orders)}
        options: dict[str, Json] = {"judge": self.judge, "probes": self.probes, "own": list(self.own), "fit": fit}
        llm = {"llm": self.settings.models.get("judge", self.settings.model)} if self.judge == "llm" else {}
        return {
            "options": options,
            "data": {name: content_hash(path) for name, path in files.items() if path is not None},
            "models": {**llm},
            "prompts": {"rules": self._set.digest},
        }

    @property
    def _file(self) -> bool:
        return self.model is not None and self.model.is_file()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Make the judge and the baselines; what is learnt is fitted here."""
        async with AsyncExitStack() as stack:
            self._judge: Judge | None = None
            self._way, self._compare = await self._made(stack)
            self._style: Way | None = None
            if len(self._pairs) >= FOLDS:
                self._style = cross_fitted("naive-bayes", self._pairs, self.fit, hears=self.hears)
            yield

    async def _made(self, stack: AsyncExitStack) -> tuple[Way, Compare]:
        if self.judge == "llm":
            return await self._llm(stack)
        way = self._offline()

        def compare(query: str, one: str, other: str) -> float:
            first, second = way.score(query, (one, other))
            return float(first - second)

        return way, compare

    def _offline(self) -> Way:
        if self.judge == "embedded":
            self._judge = embedded_judge(self._set)
            return Judged(judge=self._judge)
        if self.judge == "length":
            return Length()
        if self._same:
            return cross_fitted(self.judge, self._learnt, self.fit, hears=self.hears)
        if self.judge == "naive-bayes":
            return fit_naive_bayes(self._learnt)
        return fit_reward_model(self._learnt, self.fit) if self._learnt else load_reward_model(self.model)

    async def _llm(self, stack: AsyncExitStack) -> tuple[Way, Compare]:
        gateway = Gateway.of(self.settings)
        if not gateway.serves("judge"):
            raise UsageError(
                "--judge llm asks a language model; name one by --model", code="bad_param", argument="model"
            )
        await stack.enter_async_context(gateway.session())
        loop = asyncio.get_running_loop()

        def ask(prompt: Prompt) -> str:
            told = gateway.complete(prompt, role="judge", meter=_METER.get(), parse=str, max_tokens=2_048)
            return asyncio.run_coroutine_threadsafe(told, loop).result().value

        self._judge = LLMJudge(ask, self._set, strict=True)
        group = GroupJudge(ask, self._set)

        def compare(query: str, one: str, other: str) -> float:
            first, second = group.in_order(query, (one, other))
            return first - second

        return Judged(judge=self._judge), compare

    async def run(self, row: _Row) -> Outcome:
        """Judge one row; in a thread, for a judge may wait for its model."""
        meter = Meter(Budget())
        _METER.set(meter)
        found = await asyncio.to_thread(self._run, row)
        spent = meter.spent
        cost = {"calls": float(spent.calls), "llm_tokens": float(spent.tokens), "usd": spent.usd}
        return replace(found, cost=cost if spent.calls else {})

    def _run(self, row: _Row) -> Outcome:
        value = row.value
        scores, verdicts = self._judged(value)
        labels = _labels(row)
        if isinstance(value, Labelled):
            told: Json = {
                "scores": list(scores),
                "lengths": [len(value.text)],
                "good": [value.good],
                "verdicts": verdicts,
            }
            return Outcome(prediction=told, scores={}, cost={}, labels=labels)
        found = {"pair_accuracy": _right(*scores), "length_baseline": _longer(value)}
        if self._style is not None:
            found["style_baseline"] = _right(*side_scores(self._style, value))
        if row.number < self.probes and not value.identical:
            good = [bool(each) for each in verdicts or ()]
            looked = probe(self._way, self._compare, value, row.third, scores, judge=self._judge, verdicts=good)
            found |= looked.as_scores()
        lengths: list[Json] = [len(value.chosen), len(value.rejected)]
        told = {"scores": list(scores), "lengths": lengths, "good": [True, False], "verdicts": verdicts}
        return Outcome(prediction=told, scores=found, cost={}, labels=labels)

    def _judged(self, value: Pair | Labelled) -> tuple[list[float], list[Json] | None]:
        """Return scores, and what a judge that gives verdicts calls good."""
        if self._judge is None:
            return side_scores(self._way, value), None
        texts = (value.chosen, value.rejected) if isinstance(value, Pair) else (value.text,)
        found = [self._judge.judge(value.query, text) for text in texts]
        return [one.score for one in found], [one.good for one in found]

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return agreement, baselines, biases and the verdict."""
        rows = {self.identify(row): row for row in self.load()} if any(item.error for item in items) else {}
        return summarize([_failed(item, rows[item.id]) if item.error else item for item in items], own=self.own)


def _labels(row: _Row) -> dict[str, str]:
    value = row.value
    labels = {"query": value.query, "leaked": _word(row.leaked)}
    if isinstance(value, Labelled):
        return {**labels, "kind": "labelled"}
    labels |= {"kind": "pair", "matched": _word(value.matched), "identical": _word(value.identical)}
    labels |= {"rejected_longer": _word(len(value.chosen) < len(value.rejected))}
    return labels | {f"{side}_source": name for side, name in zip(_SIDES, value.sources, strict=True) if name}


def _failed(item: Item, row: _Row) -> Item:
    """Return a row without a verdict as one that was judged wrongly; the rules that need no model judge it as ever."""
    scores = {"pair_accuracy": 0.0, "length_baseline": _longer(row.value)} if isinstance(row.value, Pair) else {}
    return replace(item, labels=_labels(row), scores=scores)


def _longer(pair: Pair) -> float:
    return _right(float(len(pair.chosen)), float(len(pair.rejected)))


def _right(chosen: float, rejected: float) -> float:
    return 1.0 if chosen > rejected else 0.5 if chosen == rejected else 0.0


def _word(told: bool) -> str:  # a truth as a label
    return "yes" if told else "no"
