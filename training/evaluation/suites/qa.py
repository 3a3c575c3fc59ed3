"""``agents eval qa``: how good the answers to questions with known answers are, and what they cost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from questline.agents.workflow_planner.build import build as build_planner
from questline.api import Agent
from questline.errors import ModelError
from questline.settings import Settings
from questline.tools.models.encoder import Encoder
from questline.tools.models.llm_contract import ROLES
from questline.tools.retrieval.report import Progress
from questline.training.evaluation.answer_metrics import exact_match, token_f1
from questline.training.evaluation.corpus_index import open_corpus
from questline.training.evaluation.intervals import bootstrap_interval, mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.provenance import prompt_hashes
from questline.training.evaluation.rows import Question, content_hash, read_questions
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.traces import traced
from questline.types import Answer, Task

__all__ = ["QASuite", "top_workflow", "turns"]

_QUALITY: Final = ("f1", "em")
_ANSWERED: Final = ("complete", "partial", "budget_exhausted")
_COST: Final = ("calls", "retrievals", "turns", "llm_tokens", "usd", "abstained")


@dataclass(kw_only=True)
class QASuite:
    """Ask every question of a file over one corpus and score the short answers."""

    corpus: Path
    questions: Path
    cache: Path
    settings: Settings = field(default_factory=Settings)
    """Model, planner, workflow, budget, k …; `strict` is always on."""
    limit: int | None = None
    """So many questions, drawn by ``seed``, in the order of the file."""
    seed: int = 0
    indexing: Progress | None = None
    """Hears how far indexing has come."""
    name = "qa"

    def load(self) -> Sequence[Question]:
        """Read the questions and draw from them; a wrong planner or workflow is refused here too."""
        build_planner(self.settings.planner, workflow=self.settings.workflow)
        questions = read_questions(self.questions)
        self._source = {question.id: question.source for question in questions}
        if self.limit is None or self.limit >= len(questions):
            return questions
        drawn = random.Random(self.seed).sample(range(len(questions)), self.limit)  # noqa: S311 because a sample is not a secret
        return [questions[place] for place in sorted(drawn)]

    def identify(self, row: Question) -> str:
        """Return the question's id."""
        return row.id

    def show(self, row: Question) -> Mapping[str, Json]:
        """Return the question and its accepted answers."""
        return {"question": row.text, "expected": list(row.answers)}

    def identity(self) -> Mapping[str, Json]:
        """Return the options, and the hashes of data, models and prompts."""
        settings = self.settings
        options = ("planner", "workflow", "budget", "k", "closed_book", "threads", "base_url")
        return {
            "options": {name: getattr(settings, name) for name in options},
            "data": {"corpus": content_hash(self.corpus), "questions": content_hash(self.questions)},
            "models": {
                "encoder": Encoder.load(threads=settings.threads).fingerprint,
                "llm": settings.model,
                "roles": {role: settings.models[role] for role in ROLES if role in settings.models},
            },
            "prompts": dict(prompt_hashes(settings.prompts)),
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Open the corpus's index and an agent over it that never answers by another backend."""
        with open_corpus(self.corpus, self.cache, threads=self.settings.threads, progress=self.indexing) as index:
            async with Agent(documents=index, settings=self.settings, strict=True) as agent:
                self._agent = agent
                await index.search("warm up", k=1)
                yield

    async def run(self, row: Question) -> Outcome:
        """Ask one question; an abstention scores 0 with an empty prediction."""
        started = time.perf_counter()
        answer = await self._agent.aask(row.text)
        seconds = time.perf_counter() - started
        if any(entry.degraded for entry in answer.ledger.entries):
            raise ModelError("a step was answered by another backend although the run is strict")
        answered = answer.status in _ANSWERED
        prediction = (answer.short or answer.text) if answered else ""
        usage = answer.usage
        return Outcome(
            prediction=prediction,
            scores={"f1": token_f1(prediction, row.answers), "em": exact_match(prediction, row.answers)},
            cost={
                "seconds": seconds,
                "calls": usage.calls,
                "retrievals": usage.retrievals,
                "turns": turns(answer),
                "llm_tokens": usage.tokens,
                "usd": usage.usd,
                "abstained": float(not answered),
            },
            labels={"source": row.source, "workflow": top_workflow(answer), "status": answer.status},
            shown={"trace": traced(answer)},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the mean quality (a failed question scores 0), and the mean cost of those that were answered."""
        finished = [item for item in items if not item.error]
        means = {name: [item.scores.get(name, 0.0) for item in items] for name in _QUALITY}
        means |= {name: [item.cost[name] for item in finished] for name in _COST}
        seconds = [item.cost["seconds"] for item in finished]
        metrics: dict[str, Json] = {name: mean(means[name]) for name in _QUALITY}
        metrics["n"] = len(items)
        metrics |= {"seconds_p50": percentile(seconds, 50), "seconds_p95": percentile(seconds, 95)}
        metrics |= {name: mean(means[name]) for name in _COST}
        metrics["by_source"] = self._by_source(items)
        metrics["workflows"] = dict(Counter(item.labels["workflow"] for item in finished).most_common())
        return Summary(metrics=metrics, means=means)

    def _by_source(self, items: Sequence[Item]) -> dict[str, Json]:
        sources = sorted({self._source[item.id] for item in items})
        return {name: self._quality([item for item in items if self._source[item.id] == name]) for name in sources}

    def _quality(self, items: Sequence[Item]) -> Json:
        values = {name: [item.scores.get(name, 0.0) for item in items] for name in _QUALITY}
        means: dict[str, Json] = {name: mean(numbers) for name, numbers in values.items()}
        ends: dict[str, Json] = {name: list(bootstrap_interval(x, seed=self.seed)) for name, x in values.items()}
        return {**means, "n": len(items), "intervals": ends}


def top_workflow(answer: Answer) -> str:
    """Return the workflow that was chosen first for the question itself; ``none`` when the planner gave up at once."""
    return next((str(task.arguments["workflow"]) for task in _decided(answer)), "none")


def turns(answer: Answer) -> int:
    """Return how many workflows were run, those of sub-questions included."""
    return len(_decided(answer))


def _decided(answer: Answer) -> list[Task]:
    return [task for task in answer.plan.tasks if task.arguments.get("workflow")]
