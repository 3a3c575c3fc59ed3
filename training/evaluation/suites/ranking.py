"""``agents eval ranking``: how well candidates are put in order, how far the scores can be trusted, and how fast."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

import numpy as np

from questline.budget import Meter
from questline.errors import ModelError, UsageError, require
from questline.settings import Settings
from questline.tools.models.encoder import Encoder
from questline.tools.models.gateway import Gateway
from questline.tools.models.llm_contract import LLM
from questline.tools.ranking.blend import Blend
from questline.tools.ranking.contract import Ranker, Ranking
from questline.tools.ranking.embedded import EmbeddedRanker
from questline.tools.ranking.features import word_features
from questline.tools.ranking.judge import Judge, Verdict
from questline.tools.ranking.listwise import ListwiseRanker
from questline.tools.ranking.llm_judge import LLMJudge, Think, Thoughts
from questline.tools.ranking.permutation import Report
from questline.tools.ranking.released import Form
from questline.tools.ranking.schedules import ScheduleName, Windows
from questline.tools.ranking.scorers import Cosine
from questline.training.evaluation.intervals import mean
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.lists import RankingList, read_candidates, read_labelled
from questline.training.evaluation.provenance import prompt_hashes
from questline.training.evaluation.ranking_metrics import average_precision, ndcg, reciprocal_rank
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.ranking.calibrate import Bins, ece, fill, pool
from questline.training.tuning.prompt_files import prompt_beside
from questline.types import Passage

__all__ = ["RANKERS", "RankerName", "RankingSuite"]

RankerName: TypeAlias = Literal["embedded", "first_stage", "cosine", "llm", "local"]
RANKERS: Final[tuple[RankerName, ...]] = ("embedded", "first_stage", "cosine", "llm", "local")
_JUDGING: Final = ("llm", "local")
_PASSAGE_TOKENS: Final[dict[Form, int]] = {"ours": 300, "reasonrank": 100}
"""What is shown of a passage; the second as published for lists of such passages (arXiv:2508.07050)."""
_SHOWN: Final = 10
"""Ids kept as an item's prediction."""
_QUALITY: Final = ("ndcg@10", "mrr", "map")


@dataclass(kw_only=True)
class RankingSuite:
    """Rank the candidates of every judged query and score the order."""

    candidates: Path | None = None
    """Rows of ``{qid, query, candidates[]}``, with ``qrels``; or else ``questions``."""
    qrels: Path | None = None
    questions: Path | None = None
    """Rows of ``{question, candidates[{text, label}]}``."""
    ranker: RankerName = "embedded"
    """``first_stage`` keeps the order of its scores, ``cosine`` takes the encoder's alone."""
    relevant_from: int = 1
    """Least grade that counts as relevant for ``mrr``, ``map`` and ``ece`` (2 on TREC DL by NIST's custom)."""
    limit: int | None = None
    """First so many queries."""
    schedule: ScheduleName = "partition"
    windows: Windows = field(default_factory=Windows)
    thinking: Think = "off"
    prompt: Form = "ours"
    """Form of the requests to a judge that is a language model."""
    model: str = ""
    """For ``local``: a folder, or a model of Hugging Face by name."""
    settings: Settings = field(default_factory=Settings)
    """Model, prompts and threads; an LLM is always strict."""
    name = "ranking"

    def load(self) -> Sequence[RankingList]:
        """Return the lists that an order can do well or badly on; the others are counted as skipped.

        Those are lists whose judgements name nothing relevant, and labelled lists in which everything is.

        Raises:
            UsageError: ``bad_data``; ``bad_argument`` unless either candidates with qrels or questions are given.
        """
        lists = self._read()[: self.limit]
        kept = [each for each in lists if each.relevant(self.relevant_from) and not self._all_relevant(each)]
        self._skipped = len(lists) - len(kept)
        self._sizes = {each.id: len(each.passages) for each in kept}
        if not kept:
            raise UsageError("no query has candidates of which some are relevant", code="bad_data", field="qrels")
        return kept

    def _all_relevant(self, each: RankingList) -> bool:
        return self.questions is not None and all(grade >= self.relevant_from for grade in each.grades.values())

    def _read(self) -> list[RankingList]:
        if self.questions is not None and self.candidates is None and self.qrels is None:
            return [_by_words(each) for each in read_labelled(self.questions)]
        if self.candidates is None or self.qrels is None or self.questions is not None:
            raise UsageError("give --candidates with --qrels, or --questions", field="candidates")
        return [_by_place(each) for each in read_candidates(self.candidates, self.qrels)]

    def identify(self, row: RankingList) -> str:
        """Return the query's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, models and prompts."""
        files = {"candidates": self.candidates, "qrels": self.qrels, "questions": self.questions}
        models: dict[str, Json] = {}
        if self.ranker in ("embedded", "cosine"):
            models["encoder"] = Encoder.load(threads=self.settings.threads).fingerprint
        options: dict[str, Json] = {"ranker": self.ranker, "relevant_from": self.relevant_from}
        prompts: dict[str, Json] = {}
        if self.ranker in _JUDGING:
            models["llm"] = self._judge_name()
            options |= {"schedule": self.schedule, "window": self.windows.size, "step": self.windows.step}
            options |= {"thinking": self.thinking, "base_url": self.settings.base_url}
            if self.prompt != "ours":
                options["prompt"] = self.prompt
            prompts |= {"rank": prompt_hashes(self.settings.prompts)["rank"]}
        return {
            "options": {**options, "threads": self.settings.threads},
            "data": {name: content_hash(path) for name, path in files.items() if path is not None},
            "models": models,
            "prompts": prompts,
        }

    def _judge_name(self) -> Json:
        if self.ranker == "llm":
            return self.settings.models.get("rank", self.settings.model)
        require("torch", feature="a model that is run here")
        from questline.training.evaluation.local_llm import fingerprint

        return fingerprint(self.model)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Make the ranker, and rank once so that no query pays for loading."""
        if self.ranker == "llm":
            gateway = Gateway.of(self.settings)
            self._made: Ranker = self._judging(gateway)
            async with gateway.session():
                yield
            return
        if self.ranker == "local":
            from questline.training.evaluation.local_llm import LocalLLM

            local = LocalLLM(self.model, role="rank", shorter="lower --window", briefer="set --thinking off")
            self._made = self._judging(local, beside=prompt_beside(self.model, "rank.md"))
            yield
            return
        self._made = self._embedded()
        await self._made.rank("warm up", [Passage(id=n, document_id=n, source=n, title="", text=n) for n in "ab"])
        yield

    def _judging(self, llm: LLM, *, beside: Path | None = None) -> Ranker:
        judge = LLMJudge(
            llm,
            thoughts=Thoughts(mode=self.thinking),
            prompt=beside if beside is not None and self.prompt == "ours" else self.settings.prompts.get("rank"),
            form=self.prompt,
            passage_tokens=_PASSAGE_TOKENS[self.prompt],
        )
        told: Judge = _Told(judge) if self.ranker == "local" else judge
        return ListwiseRanker(told, schedule=self.schedule, windows=self.windows, strict=True)

    def _embedded(self) -> EmbeddedRanker:
        threads = self.settings.threads
        if self.ranker == "embedded":
            return EmbeddedRanker.load(threads=threads)
        if self.ranker == "cosine":
            alone = Blend(weights={"depth": 1.0})
            return EmbeddedRanker(Cosine(Encoder.load(threads=threads)), blend=alone, words=Blend(weights={}))
        return EmbeddedRanker(words=Blend(weights={"first_stage": 1.0}))

    async def run(self, row: RankingList) -> Outcome:
        """Rank one list and score it."""
        started = time.perf_counter()
        ranking = await self._made.rank(row.query, row.passages)
        seconds = time.perf_counter() - started
        scores = self._scores(ranking.ids, row.grades)
        labels = [int(row.grades.get(item.id, 0) >= self.relevant_from) for item in ranking.items]
        prediction: dict[str, Json] = {
            "ids": list(ranking.ids[:_SHOWN]),
            "bins": cast("Json", fill([item.score for item in ranking.items], labels)),
        }
        return Outcome(prediction=prediction, scores=scores, cost=_cost(ranking, seconds))

    def _scores(self, ranked: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
        relevant_from = self.relevant_from
        metrics: dict[str, Callable[[], float]] = {
            "ndcg@10": lambda: ndcg(ranked, grades, 10),
            "mrr": lambda: reciprocal_rank(ranked, grades, relevant_from=relevant_from),
            "map": lambda: average_precision(ranked, grades, relevant_from=relevant_from),
        }
        return {name: metrics[name]() for name in _QUALITY}

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the means (a failed query scores 0), the calibration error over all candidates, and the speed."""
        finished = [item for item in items if not item.error]
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in _QUALITY}
        metrics: dict[str, Json] = {name: mean(values) for name, values in means.items()}
        metrics["ece"] = ece(pool(_bins(item) for item in finished))
        judged = sum(item.cost["windows"] for item in finished)
        metrics["invalid"] = sum(item.cost["invalid"] for item in finished) / judged if judged else 0.0
        seconds = sum(item.cost["seconds"] for item in finished)
        passages = sum(self._sizes[item.id] for item in finished)
        metrics["passages_per_second"] = passages / seconds if seconds else None
        metrics["n"] = len(items)
        metrics["skipped"] = self._skipped
        return Summary(metrics=metrics, means=means)


class _Told:
    """A judge whose unusable answers leave their windows as they were, and count as invalid, as was published.

    A released model is measured by what it does over all windows; whatever else fails, fails the query.
    """

    def __init__(self, judge: LLMJudge) -> None:
        self._judge = judge

    async def permute(self, query: str, passages: Sequence[Passage], *, meter: Meter) -> Verdict:
        try:
            return await self._judge.permute(query, passages, meter=meter)
        except ModelError as error:
            if error.code != "bad_model_output":
                raise
            kept = Report(valid=False, missing=len(passages), repaired=True)
            return Verdict(order=tuple(range(len(passages))), usage=error.usage, report=kept)


def _by_place(each: RankingList) -> RankingList:
    """Return the list with falling scores where it has none: candidates come as a first stage put them."""
    if len({passage.score for passage in each.passages}) > 1:
        return each
    scored = tuple(replace(passage, score=-float(place)) for place, passage in enumerate(each.passages))
    return replace(each, passages=scored)


def _by_words(each: RankingList) -> RankingList:
    """Return the list in the order of BM25 within it: the order of such files often tells which are relevant."""
    scores = word_features(each.query, [passage.text for passage in each.passages])[:, 0]
    places: list[int] = np.argsort(-scores, kind="stable").tolist()
    ordered = tuple(replace(each.passages[place], score=float(scores[place])) for place in places)
    return replace(each, passages=ordered)


def _cost(ranking: Ranking, seconds: float) -> dict[str, float]:
    return {
        "seconds": seconds,
        "windows": float(len(ranking.reports)),
        "invalid": float(sum(not report.valid for report in ranking.reports)),
        "rounds": float(ranking.rounds),
        "calls": float(ranking.usage.calls),
        "llm_tokens": float(ranking.usage.tokens),
        "usd": ranking.usage.usd,
    }


def _bins(item: Item) -> Bins:
    """Return an item's bins; ten sums instead of a pair for each candidate keep the file of items small."""
    prediction = item.prediction
    assert isinstance(prediction, dict)
    return cast("Bins", prediction["bins"])
