"""``agents eval reading``: short answers read out of given passages, and whether none is read where there is none."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from questline.errors import UsageError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.encoder import Encoder
from questline.tools.reading import Reading, read
from questline.training.evaluation.answer_metrics import exact_match, token_f1
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.readings import ToRead, read_to_read
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.unanswerable import unanswerable_twins

__all__ = ["METHODS", "Method", "ReadingSuite"]

Method: TypeAlias = Literal["cross-encoder", "encoder", "words"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""What reads beside the rules: the trained cross-encoder, the sentence encoder's cosine, nothing."""


@dataclass(kw_only=True)
class ReadingSuite:
    """Read an answer to every question of a file out of its own passages."""

    questions: Path
    corpus: Path | None = None
    method: Method = "cross-encoder"
    always: bool = False
    """Answer where the reader would rather give up: what it takes for the likeliest."""
    unanswerable: bool = False
    """Ask each question of the corpus also over passages that do not answer it, found by BM25."""
    source: str = ""
    """Only questions of this source; of any where empty."""
    limit: int | None = None
    """So many rows, drawn by ``seed``, in the order of the file."""
    seed: int = 0
    name = "reading"

    def load(self) -> Sequence[ToRead]:
        """Read the rows and draw from them."""
        if self.method not in METHODS:
            raise UsageError(f"method {self.method!r} is not one of {', '.join(METHODS)}", argument="method")
        if self.unanswerable and self.corpus is None:
            raise UsageError("passages that do not answer are taken from a corpus; name one", argument="corpus")
        rows = read_to_read(self.questions, self.corpus)
        if self.source:
            rows = [row for row in rows if row.source == self.source]
            if not rows:
                raise UsageError(
                    f"no question of {str(self.questions)!r} has the source {self.source!r}", argument="source"
                )
        if self.limit is not None and self.limit < len(rows):
            drawn = random.Random(self.seed).sample(range(len(rows)), self.limit)  # noqa: S311 because a sample is no secret
            rows = [rows[place] for place in sorted(drawn)]
        self._first = rows[0]
        return [*rows, *unanswerable_twins(rows, self.corpus)] if self.unanswerable and self.corpus else rows

    def identify(self, row: ToRead) -> str:
        """Return the row's id."""
        return row.id

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data and models."""
        data: dict[str, Json] = {"questions": content_hash(self.questions)}
        if self.corpus is not None:
            data["corpus"] = content_hash(self.corpus)
        models: dict[str, Json] = {}
        if self.method == "encoder":
            models["encoder"] = Encoder.load().fingerprint
        if self.method == "cross-encoder":
            models["cross_encoder"] = CrossEncoder.load().fingerprint
        return {
            "options": {
                "method": self.method,
                "always": self.always,
                "source": self.source,
                "unanswerable": self.unanswerable,
            },
            "data": data,
            "models": models,
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Load what the method needs, and read once so that no row pays for it."""
        self._encoder = Encoder.load() if self.method == "encoder" else None
        self._model = CrossEncoder.load() if self.method == "cross-encoder" else None
        self._read(self._first)
        yield

    def _read(self, row: ToRead) -> Reading:
        return read(
            row.question, row.passages, encoder=self._encoder, cross_encoder=self._model, give_up=not self.always
        )

    def show(self, row: ToRead) -> Mapping[str, Json]:
        """Return the question and its accepted answers; none where giving up is right."""
        return {"question": row.question, "expected": list(row.answers)}

    async def run(self, row: ToRead) -> Outcome:
        """Read and score one question."""
        started = time.perf_counter()
        found = self._read(row)
        cost = {"seconds": time.perf_counter() - started, "passages": float(len(row.passages))}
        gave_up = float(found.abstained)
        scores = {"gave_up": gave_up, "confidence": found.confidence}
        if row.answers:
            scores |= {"f1": token_f1(found.short, row.answers), "em": exact_match(found.short, row.answers)}
        else:
            scores |= {"f1": gave_up, "em": gave_up}
        labels = {"source": row.source, "answerable": "yes" if row.answers else "no"}
        return Outcome(prediction=found.short, scores=scores, cost=cost, labels=labels)

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return F1 and exact match (as in SQuAD 2: giving up is right where there is no answer), and the time."""
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in ("f1", "em")}
        ran = [item for item in items if not item.error]
        metrics: dict[str, Json] = {name: mean(values) for name, values in means.items()}
        metrics["no_answer_f1"] = _no_answer_f1(ran)
        metrics["n"] = len(items)
        answerable = [item for item in ran if item.labels["answerable"] == "yes"]
        if answerable:
            means["answerable_f1"] = [item.scores["f1"] for item in answerable]
            means["gave_up_though_answerable"] = [item.scores["gave_up"] for item in answerable]
            metrics |= {name: mean(means[name]) for name in ("answerable_f1", "gave_up_though_answerable")}
        sources = {item.labels["source"] for item in ran}
        if len(sources) > 1:
            metrics["by_source"] = {
                source: mean([item.scores["f1"] for item in ran if item.labels["source"] == source])
                for source in sorted(sources)
            }
        milliseconds = [1000 * item.cost["seconds"] for item in ran]
        metrics["ms_p50"] = percentile(milliseconds, 50)
        metrics["ms_p95"] = percentile(milliseconds, 95)
        return Summary(metrics=metrics, means=means)


def _no_answer_f1(items: Sequence[Item]) -> float | None:
    """Return the F1 of giving up as the answer "there is none"; None where every question has an answer."""
    without = [item.labels["answerable"] == "no" for item in items]
    if not any(without):
        return None
    gave_up = [item.scores["gave_up"] > 0 for item in items]
    both = sum(one and other for one, other in zip(without, gave_up, strict=True))
    return 2 * both / (sum(without) + sum(gave_up))
