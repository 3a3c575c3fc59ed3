"""``agents eval summary``: how good the pieces are that answer queries about documents, and whether they are found."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from questline.budget import Budget, Meter
from questline.errors import UsageError
from questline.settings import Settings
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.models.gateway import Gateway
from questline.tools.summarization import QuerySummarizer, Source, Summary, verify
from questline.tools.summarization.asked import asked
from questline.tools.summarization.embedded import finished, prepare, ranked, summarize
from questline.tools.summarization.features import FEATURES, measure
from questline.tools.summarization.limits import Limit
from questline.tools.summarization.page import Page
from questline.tools.summarization.pointer import ROLE
from questline.tools.summarization.result import SummarySpan, joined
from questline.training.evaluation.documents import QueriedDocument, read_documents
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.provenance import prompt_hashes
from questline.training.evaluation.rouge import rouge_l, rouge_n
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome
from questline.training.evaluation.suite import Summary as Figures

__all__ = ["METHODS", "Method", "SummarySuite"]

Method: TypeAlias = Literal["cross-encoder", "encoder", "words", "model", "lead", "bm25", "query"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""The first three are the embedded algorithm, ``cross-encoder`` with the encoder too; ``lead``, ``bm25`` and ``query``
are floors to compare with."""
_MEANS: Final = ("rouge1", "rouge2", "rougeL", "hit@1", "offset_valid")
_MORE: Final = ("answer_kept", "abstained")
_ENCODED: Final = ("encoder", "cross-encoder")
_BM25: Final = FEATURES.index("bm25")


@dataclass(kw_only=True)
class SummarySuite:
    """Summarize every document of a file for its query."""

    documents: Path
    method: Method = "cross-encoder"
    max_sentences: int | None = None
    max_chars: int | None = None
    max_words: int | None = None
    settings: Settings = field(default_factory=Settings)
    """Model and prompt of the method ``model``, which is strict."""
    limit: int | None = None
    """So many rows, drawn by ``seed``, in the order of the file."""
    seed: int = 0
    name = "summary"

    def load(self) -> Sequence[QueriedDocument]:
        """Read the rows and draw from them; wrong limits and methods are refused here too."""
        if self.method not in METHODS:
            raise UsageError(f"method {self.method!r} is not one of {', '.join(METHODS)}", argument="method")
        self._length = Limit.of(max_sentences=self.max_sentences, max_chars=self.max_chars, max_words=self.max_words)
        rows = read_documents(self.documents)
        if self.limit is None or self.limit >= len(rows):
            return rows
        drawn = random.Random(self.seed).sample(range(len(rows)), self.limit)  # noqa: S311 because a sample is no secret
        return [rows[place] for place in sorted(drawn)]

    def identify(self, row: QueriedDocument) -> str:
        """Return the row's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, models and prompts."""
        lengths: dict[str, Json] = {
            name: getattr(self, name) for name in ("max_sentences", "max_chars", "max_words") if getattr(self, name)
        }
        models: dict[str, Json] = {}
        prompts: dict[str, Json] = {}
        if self.method in _ENCODED:
            models["encoder"] = Encoder.load().fingerprint
        if self.method == "cross-encoder":
            models["cross_encoder"] = CrossEncoder.load().fingerprint
        if self.method == "model":
            models["llm"] = self.settings.models.get(ROLE, self.settings.model)
            replaced = {name: path for name, path in self.settings.prompts.items() if name == ROLE}
            prompts = dict(prompt_hashes(replaced))
        return {
            "options": {"method": self.method, **lengths},
            "data": {"documents": content_hash(self.documents)},
            "models": models,
            "prompts": prompts,
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Load what the method needs, and read once so that no row pays for it."""
        self._encoder = Encoder.load() if self.method in _ENCODED else None
        self._cross_encoder = CrossEncoder.load() if self.method == "cross-encoder" else None
        text = "The text that is read first takes longer."
        summarize("warm up", text, encoder=self._encoder, cross_encoder=self._cross_encoder)
        if self.method != "model":
            yield
            return
        gateway = Gateway.of(self.settings)
        if not gateway.serves(ROLE):
            raise UsageError("the method 'model' needs --model", code="unknown_model", argument="model")
        self._asker = QuerySummarizer(llm=gateway, strict=True, prompt=self.settings.prompts.get(ROLE))
        async with gateway.session():
            yield

    def show(self, row: QueriedDocument) -> Mapping[str, Json]:
        """Return the query and the answers that a summary should hold."""
        return {"question": row.query, "expected": list(row.answers)}

    async def run(self, row: QueriedDocument) -> Outcome:
        """Summarize and score one document."""
        source = Source(text=row.document, title=row.title)
        started = time.perf_counter()
        made, first = await self._made(row, source)
        seconds = time.perf_counter() - started
        scores = {"offset_valid": float(not verify(made, source)), "abstained": float(made.abstained)}
        if row.references:
            scores["rouge1"] = rouge_n(made.text, row.references, 1)
            scores["rouge2"] = rouge_n(made.text, row.references, 2)
            scores["rougeL"] = rouge_l(made.text, row.references)
        if row.answers:
            scores["hit@1"] = float(_holds(first, row.answers))
            scores["answer_kept"] = float(_holds(made.text, row.answers))
        cost = {"seconds": seconds, "sentences": float(len(made.spans)), "characters": float(len(row.document))}
        if made.usage.calls:
            cost |= {"usd": made.usage.usd, "llm_tokens": float(made.usage.tokens)}
        return Outcome(prediction=made.text, scores=scores, cost=cost)

    async def _made(self, row: QueriedDocument, source: Source) -> tuple[Summary, str]:
        """Return the summary, and the text of the one segment that answers best."""
        sentences, chars, words = self.max_sentences, self.max_chars, self.max_words
        if self.method == "model":
            made = await self._asker.summarize(
                row.query, source, max_sentences=sentences, max_chars=chars, max_words=words, meter=Meter(Budget())
            )
            return made, max(made.spans, key=lambda span: span.score).text if made.spans else ""
        if self.method in {"words", *_ENCODED}:
            prepared = prepare(
                row.query,
                source,
                title="",
                seconds=None,
                encoder=self._encoder,
                cross_encoder=self._cross_encoder,
            )
            made = finished(prepared, self._length, min_answerability=None, fallback="")
            # Whether to abstain is a decision of its own: the order of the segments is measured without it.
            best = ranked(prepared)
            return made, best[0].text if best else ""
        if self.method == "query":
            return Summary(text=row.query), row.query
        return self._floor(row, source)

    def _floor(self, row: QueriedDocument, source: Source) -> tuple[Summary, str]:
        page = Page.of([source])
        order = list(range(len(page.units)))
        if self.method == "bm25":
            order = (-measure(asked(row.query), page)[:, _BM25]).argsort(kind="stable").tolist()
        taken: list[SummarySpan] = []
        for number in order:
            segment = page.units[number].segment
            text = source.text[segment.start : segment.end]
            span = SummarySpan(start=segment.start, end=segment.end, text=text, score=0.0, kind=segment.kind)
            trial = sorted([*taken, span], key=lambda each: each.start)
            if self._length.allows(trial):
                taken = trial
            elif self.method == "lead":
                break
        first = page.units[order[0]].segment if order else None
        return Summary(text=joined(taken), spans=tuple(taken)), source.text[first.start : first.end] if first else ""

    def summarize(self, items: Sequence[Item]) -> Figures:
        """Return the means of what the rows have references and answers for (a failed row scores 0), and the times."""
        ran = [item for item in items if not item.error]
        known = {name for item in ran for name in item.scores}
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in (*_MEANS, *_MORE) if name in known}
        lengths = [item.cost["sentences"] for item in ran]
        milliseconds = [1000 * item.cost["seconds"] for item in ran]
        metrics: dict[str, Json] = {name: mean(means[name]) if name in means else None for name in _MEANS}
        metrics["mean_sentences"] = mean(lengths) if lengths else None
        metrics["n"] = len(items)
        metrics |= {name: mean(means[name]) if name in means else None for name in _MORE}
        metrics["ms_p50"] = percentile(milliseconds, 50)
        metrics["ms_p95"] = percentile(milliseconds, 95)
        return Figures(metrics=metrics, means=means)


def _holds(text: str, answers: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(answer.casefold() in folded for answer in answers)
