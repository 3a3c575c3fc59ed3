"""``agents eval selection``: how well chosen sets agree with gold ones, and how far their probabilities can be trusted.

Candidates come with the rows, in the forms that `questline.training.selection.known_sets` reads, or are BM25's best of
a corpus for questions that name their ``support``. What BM25 did not find is out of reach: the line of the perfect
selection says what the best was.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from questline.settings import Settings
from questline.tools.models.encoder import Encoder
from questline.tools.models.gateway import Gateway
from questline.tools.ranking.features import word_features
from questline.tools.selection.contract import Selection, Selector
from questline.tools.selection.embedded import EmbeddedSelector
from questline.tools.selection.llm_judge import LLMJudge
from questline.tools.selection.membership import Membership
from questline.tools.selection.sliding import SelectionSchedule, SlidingSelector
from questline.training.evaluation.intervals import bootstrap_interval, mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.provenance import prompt_hashes
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.selection_marks import mark_values, marks
from questline.training.evaluation.selection_metrics import (
    Counts,
    abstention_f1,
    macro_f1,
    micro_f1,
    precision,
    recall,
    set_f1,
)
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.ranking.calibrate import Bins, ece, fill, pool
from questline.training.selection.known_sets import read_lists
from questline.training.selection.lists import SelectionList, searched_lists
from questline.training.tuning.prompt_files import prompt_beside, threshold_beside
from questline.types import Passage

__all__ = ["SELECTORS", "SelectionSuite", "SelectorName"]

SelectorName: TypeAlias = Literal["embedded", "words", "first", "llm", "local"]
SELECTORS: Final[tuple[SelectorName, ...]] = ("embedded", "words", "first", "llm", "local")


@dataclass(kw_only=True)
class SelectionSuite:
    """Select from the candidates of every question and compare with what is gold."""

    questions: Path
    corpus: Path | None = None
    """Where the candidates are searched; without one they stand in the rows."""
    selector: SelectorName = "embedded"
    """``words`` leaves the encoder out; ``first`` keeps a fixed number by BM25, as a floor."""
    depth: int = 20
    first: int = 1
    schedule: SelectionSchedule = "sliding"
    """Of a language model's windows."""
    model: str = ""
    """Of ``local``: a folder, or a model of Hugging Face by name, run here, with the prompt beside it."""
    tau: float | None = None
    """Least chance of a member, for a language model; of ``local`` by default the one that lies beside the model."""
    limit: int | None = None
    """Only so many questions, drawn by the seed."""
    seed: int = 0
    settings: Settings = field(default_factory=Settings)
    """Model, prompts and threads; an LLM is always strict."""
    name = "selection"

    def __post_init__(self) -> None:
        if self.selector == "local" and self.tau is None:
            self.tau = threshold_beside(self.model)

    def load(self) -> Sequence[SelectionList]:
        """Return the lists, those without anything useful included; raises `UsageError` ``bad_data``."""
        if self.corpus is None:
            lists = read_lists(self.questions)
        else:
            lists = searched_lists(self.corpus, self.questions, depth=self.depth)
        if self.limit is not None and self.limit < len(lists):
            drawn = random.Random(self.seed).sample(range(len(lists)), self.limit)  # noqa: S311 because a sample is no secret
            lists = [lists[place] for place in sorted(drawn)]
        self._lists = {each.id: each for each in lists}
        return lists

    def identify(self, row: SelectionList) -> str:
        """Return the question's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, models and prompts."""
        files = {"questions": self.questions, "corpus": self.corpus}
        options: dict[str, Json] = {"selector": self.selector, "depth": self.depth, "threads": self.settings.threads}
        models: dict[str, Json] = {}
        prompts: dict[str, Json] = {}
        if self.selector == "embedded":
            models["encoder"] = Encoder.load(threads=self.settings.threads).fingerprint
        if self.selector == "first":
            options["first"] = self.first
        if self.selector == "llm":
            models["llm"] = self.settings.models.get("select", self.settings.model)
            options |= {"base_url": self.settings.base_url, "schedule": self.schedule}
            prompts["select"] = prompt_hashes(self.settings.prompts)["select"]
        if self.selector == "local":
            from questline.training.evaluation.local_llm import fingerprint

            models["llm"] = fingerprint(self.model)
            options["schedule"] = self.schedule
        if self.tau is not None:
            options["tau"] = self.tau
        data: dict[str, Json] = {name: content_hash(path) for name, path in files.items() if path is not None}
        return {"options": options, "data": data, "models": models, "prompts": prompts}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Make the selector, and select once so that no question pays for loading."""
        if self.selector == "llm":
            gateway = Gateway.of(self.settings)
            judge = LLMJudge(gateway, prompt=self.settings.prompts.get("select"))
            self._made: Selector = SlidingSelector(judge, schedule=self.schedule, strict=True)
            async with gateway.session():
                yield
            return
        if self.selector == "local":
            from questline.training.evaluation.local_llm import LocalLLM

            prompt = prompt_beside(self.model, "select.md") or self.settings.prompts.get("select")
            llm = LocalLLM(self.model, role="select", shorter="give it fewer or shorter candidates")
            judge = LLMJudge(llm, prompt=prompt)
            self._made = SlidingSelector(judge, schedule=self.schedule, strict=True)
            yield
            return
        self._made = self._embedded()
        await self._made.select("warm up", [Passage(id=n, document_id=n, source=n, title="", text=n) for n in "ab"])
        yield

    def _embedded(self) -> EmbeddedSelector:
        if self.selector == "embedded":
            return EmbeddedSelector.load(threads=self.settings.threads)
        if self.selector == "words":
            return EmbeddedSelector()
        # The gap to the best decides, and so much that all that could be kept is.
        by_strength = Membership(
            weights={"intercept": 9.0, "rank": 1.0, "strength": 1e-3}, tau=0.0, tau_several=0.0, least=0.0
        )
        return EmbeddedSelector(words=by_strength)

    def show(self, row: SelectionList) -> Mapping[str, Json]:
        """Return the question."""
        return {"question": row.question}

    async def run(self, row: SelectionList) -> Outcome:
        """Select once and count."""
        started = time.perf_counter()
        most = self.first if self.selector == "first" else None
        made = await self._made.select(row.question, _scored(row), max_set=most, tau=self.tau, answer=False)
        seconds = time.perf_counter() - started
        counts = _counts(made.ids, row)
        chances = {member.id: member.p for member in made.members} | {each.id: each.p for each in made.rejected}
        labels = [int(name in row.gold) for name in chances]
        prediction: dict[str, Json] = {
            "ids": list(made.ids),
            "bins": cast("Json", fill(list(chances.values()), labels)),
        }
        return Outcome(
            prediction=prediction,
            scores={
                "macro_f1": set_f1(counts),
                "exact": float(counts.hits == counts.chosen == counts.gold),
                **marks(made, row),
            },
            cost=_cost(made, seconds),
            labels={"source": row.source},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return set metrics (a failed question has no right set), calibration over all candidates, and the speed."""
        finished = [item for item in items if not item.error]
        counts = {item.id: self._counts_of(item) for item in items}
        perfect = [_perfect(self._lists[item.id]) for item in items]
        metrics = _quality(list(counts.values()))
        metrics["exact"] = mean([item.scores.get("exact", 0.0) for item in items])
        # A fixed number of the best has no probabilities to speak of.
        metrics["ece"] = None if self.selector == "first" else ece(pool(_bins(item) for item in finished))
        metrics |= {"perfect_micro_f1": micro_f1(perfect), "perfect_macro_f1": macro_f1(perfect)}
        marked = mark_values(finished)
        metrics |= {name: mean(values) for name, values in marked.items()}
        metrics["ms_p50"] = percentile([1000 * item.cost["seconds"] for item in finished], 50)
        metrics["n"] = len(items)
        metrics["by_source"] = self._by_source(counts)
        values, clusters = _values(counts)
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in ("macro_f1", "exact")}
        means["mean_size"] = [float(each.chosen) for each in counts.values()]
        return Summary(metrics=metrics, means={**values, **means, **marked}, clusters=clusters)

    def _by_source(self, counts: Mapping[str, Counts]) -> dict[str, Json]:
        sources = sorted({self._lists[name].source for name in counts})
        found: dict[str, Json] = {}
        for source in sources if len(sources) > 1 else ():
            own = {name: each for name, each in counts.items() if self._lists[name].source == source}
            values, clusters = _values(own)
            ends = bootstrap_interval(values["micro_f1"], seed=self.seed, clusters=clusters["micro_f1"])
            best = micro_f1([_perfect(self._lists[name]) for name in own])
            told = _quality(list(own.values()))
            found[source] = {**told, "perfect_micro_f1": best, "n": len(own), "intervals": {"micro_f1": list(ends)}}
        return found

    def _counts_of(self, item: Item) -> Counts:
        ids = cast("dict[str, Json]", item.prediction)["ids"] if isinstance(item.prediction, dict) else []
        return replace(_counts(cast("Sequence[str]", ids), self._lists[item.id]), failed=bool(item.error))


def _quality(counts: Sequence[Counts]) -> dict[str, Json]:
    return {
        "micro_f1": micro_f1(counts),
        "macro_f1": macro_f1(counts),
        "precision": precision(counts),
        "recall": recall(counts),
        "mean_size": mean([float(each.chosen) for each in counts]),
        "abstention_f1": abstention_f1(counts),
    }


def _counts(ids: Sequence[str], row: SelectionList) -> Counts:
    return Counts(hits=len(row.gold & set(ids)), chosen=len(ids), gold=len(row.gold), helpless=not row.reachable)


def _perfect(row: SelectionList) -> Counts:
    """Return the counts of the selection that keeps what is gold among the candidates."""
    return Counts(hits=len(row.reachable), chosen=len(row.reachable), gold=len(row.gold), helpless=not row.reachable)


def _values(counts: Mapping[str, Counts]) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    """Return for each ratio the 0s and 1s that it is the mean of, and the question of each.

    Micro-F1 is such a mean: every member and every gold passage counts once, a hit on both sides.
    """
    parts: dict[str, list[tuple[str, float]]] = {"micro_f1": [], "precision": [], "recall": [], "abstention_f1": []}
    for name, each in counts.items():
        members = [(name, float(place < each.hits)) for place in range(each.chosen)]
        gold = [(name, float(place < each.hits)) for place in range(each.gold)]
        parts["micro_f1"] += [*members, *gold]
        parts["precision"] += members
        parts["recall"] += gold
        abstained = not each.chosen and not each.failed
        parts["abstention_f1"] += [(name, float(each.helpless and abstained))] * (abstained + each.helpless)
    kept = {key: pairs for key, pairs in parts.items() if pairs}
    return (
        {key: [value for _, value in pairs] for key, pairs in kept.items()},
        {key: [name for name, _ in pairs] for key, pairs in kept.items()},
    )


def _scored(row: SelectionList) -> Sequence[Passage]:
    """Return the candidates; those without scores by BM25 within the list, for their order may tell the labels."""
    if len({passage.score for passage in row.passages}) > 1 or len(row.passages) < 2:
        return row.passages
    strengths = word_features(row.question, [passage.as_text() for passage in row.passages])[:, 0]
    ranked = sorted(range(len(row.passages)), key=lambda place: (-strengths[place], place))
    return [row.passages[place] for place in ranked]


def _cost(made: Selection, seconds: float) -> dict[str, float]:
    return {
        "seconds": seconds,
        "windows": float(made.windows),
        "rounds": float(made.rounds),
        "calls": float(made.usage.calls),
        "llm_tokens": float(made.usage.tokens),
        "usd": made.usage.usd,
    }


def _bins(item: Item) -> Bins:
    """Return an item's bins; ten sums instead of a pair for each candidate keep the file of items small."""
    prediction = item.prediction
    assert isinstance(prediction, dict)
    return cast("Bins", prediction["bins"])
