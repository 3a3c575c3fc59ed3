"""``agents eval scenarios``: questions asked of the whole, over real servers, with outcomes that are known."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from questline.agents.composer.faithfulness import unsupported
from questline.api import Agent
from questline.mcp_servers.gateway.configuration import Configuration
from questline.settings import Settings
from questline.tools.models.encoder import Encoder
from questline.tools.models.llm_contract import ROLES
from questline.tools.text import sentences
from questline.training.evaluation.intervals import mean, percentile
from questline.training.evaluation.items import Item, Json
from questline.training.evaluation.provenance import prompt_hashes
from questline.training.evaluation.rows import content_hash
from questline.training.evaluation.scenarios import Scenario, check, read_scenarios
from questline.training.evaluation.suite import Outcome, Summary
from questline.training.evaluation.traces import traced
from questline.types import Answer, Evidence

__all__ = ["ScenariosSuite", "bearing"]

_KINDS: Final = ("single", "parallel", "chained", "mixed", "impossible")
_CHECKS: Final = ("right", "status", "answer", "missing", "enough_cited", "routed")
_SILENT: Final = ("abstained", "no_tool", "needs_input")
_CALLED: Final = ("done", "failed", "abstained")


@dataclass(kw_only=True)
class ScenariosSuite:
    """Ask every scenario, and compare what the asker sees with what is right."""

    tasks: Path
    servers: Path
    """The MCP servers; they start at the first question that needs them and stay up."""
    documents: Path | None = None
    settings: Settings = field(default_factory=Settings)
    deadline_s: float = 60.0
    """Of one question: what a slow machine takes is no wrong answer."""
    limit: int | None = None
    name = "scenarios"
    _agent: Agent | None = field(default=None, init=False)

    def load(self) -> Sequence[Scenario]:
        """Return the scenarios; raises `UsageError` ``bad_data``."""
        return read_scenarios(self.tasks)[: self.limit]

    def identify(self, row: Scenario) -> str:
        """Return the scenario's id."""
        return row.id

    def show(self, row: Scenario) -> Mapping[str, Json]:
        """Return the question."""
        return {"question": row.question}

    def identity(self) -> Mapping[str, Json]:
        """Return the hashes of data, models and prompts."""
        settings = self.settings
        return {
            "options": {"deadline_s": self.deadline_s},
            "data": {"tasks": content_hash(self.tasks), "servers": content_hash(self.servers)},
            "models": {
                "encoder": Encoder.load().fingerprint,
                "llm": settings.model,
                "roles": {role: settings.models[role] for role in ROLES if role in settings.models},
            },
            "prompts": dict(prompt_hashes(settings.prompts)),
        }

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Index the documents in a folder that goes again, and open an agent whose servers stay up."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            # Catalogue and pins stand beside the source: each run makes its own.
            servers = replace(Configuration.read(self.servers), source=folder / self.servers.name)
            agent = Agent(
                documents=self.documents, servers=servers, index=folder / "index", settings=self.settings, strict=True
            )
            self._agent = await stack.enter_async_context(agent)
            yield

    async def run(self, row: Scenario) -> Outcome:
        """Ask one question."""
        assert self._agent is not None
        at, started = datetime.now(UTC), time.perf_counter()
        answer = await self._agent.aask(row.question, deadline_s=self.deadline_s)
        seconds = time.perf_counter() - started
        calls = [(task.server, task.tool) for task in answer.plan.tasks if task.status in _CALLED]
        named = [text for part in answer.missing for text in (*part.fields, part.question, part.message)]
        verdict = check(row, answer.text, answer.status, calls, answer.citations, named=named, at=at)
        borne = bearing(answer)
        return Outcome(
            prediction={
                "status": answer.status,
                "text": answer.text,
                "calls": [f"{server}/{tool}" for server, tool in calls],
                "faults": list(verdict.faults),
                "unborne": cast("Json", [text for text, why in borne.items() if why]),
            },
            scores={
                "right": float(verdict.right),
                "status": float(verdict.status),
                "answer": float(verdict.answer),
                "missing": float(verdict.missing),
                "enough_cited": float(verdict.cited),
                "routed": float(verdict.routed),
            },
            cost={
                "seconds": seconds,
                "sentences": len(borne),
                "uncited": sum("it cites nothing" in why for why in borne.values()),
                "unfaithful": sum(bool(why) and "it cites nothing" not in why for why in borne.values()),
                "late": float(seconds > self.deadline_s + 0.1),
                "llm_tokens": answer.usage.tokens,
            },
            labels={"kind": row.kind, "level": row.level, "writing": "free" if row.free_writing else "none"},
            shown={"answer": answer.text, "reason": "; ".join(verdict.faults), "trace": traced(answer)},
        )

    def summarize(self, items: Sequence[Item]) -> Summary:
        """Return the shares that are right, in all, without free writing and by kind; a failed row is wrong.

        ``wrong_complete`` is the share that is told as complete and is not right.
        """
        plain = [item for item in items if item.labels.get("writing") == "none"]
        finished = [item for item in items if not item.error]
        said = sum(item.cost["sentences"] for item in finished)
        metrics: dict[str, Json] = {"right": _share(items, "right"), "right_without_writing": _share(plain, "right")}
        metrics |= {name: _share(items, name) for name in _CHECKS[1:]}
        metrics["wrong_complete"] = sum(map(_told_wrongly, finished)) / max(1, len(items))
        metrics |= {
            "sentences_cited": 1 - sum(item.cost["uncited"] for item in finished) / max(1, said),
            "sentences_faithful": 1 - sum(item.cost["unfaithful"] for item in finished) / max(1, said),
            "sentences": said,
            "late": sum(item.cost["late"] for item in finished),
            "seconds_p50": percentile([item.cost["seconds"] for item in finished], 50),
            "seconds_p95": percentile([item.cost["seconds"] for item in finished], 95),
            "llm_tokens": mean([item.cost["llm_tokens"] for item in finished]),
            "n": len(items),
            "n_without_writing": len(plain),
        }
        for kind in _KINDS:
            of = [item for item in items if item.labels.get("kind") == kind]
            if of:
                metrics[kind] = {"right": _share(of, "right"), "n": len(of)}
        means = {"right": _scores(items, "right"), "right_without_writing": _scores(plain, "right")}
        return Summary(metrics=metrics, means=means)


def _told_wrongly(item: Item) -> bool:
    """Say whether an answer is told as complete that is wrong, or should not have been given: the worst outcome."""
    told = cast("Mapping[str, Json]", item.prediction).get("status")
    return told == "complete" and not (item.scores["answer"] and item.scores["status"])


def bearing(answer: Answer) -> dict[str, tuple[str, ...]]:
    """Return each sentence of an answer with what it states and its citations do not bear; notes are left out.

    A sentence counts with the evidence of every citation that touches it. One that only says what could not be
    answered, which `Answer.missing` names, claims nothing of the world and needs no citation: it must not state
    anything that neither the question nor the account of what is missing holds.
    """
    known = {item.id: item for item in answer.evidence}
    told = [f"{part.question} {part.message} {' '.join(part.fields)}" for part in answer.missing]
    told += [f"{task.server} {task.tool} {task.server}/{task.tool}" for task in answer.plan.tasks]
    silent = bool(answer.missing) or answer.status in _SILENT
    borne: dict[str, tuple[str, ...]] = {}
    for text, start, end in _pieces(answer):
        touching = [one for one in answer.citations if one.start < end and start < one.end]
        evidence = [known[one.evidence_id] for one in touching if one.evidence_id in known]
        if any(part.question in text for part in answer.missing) and _only_tells(text, [answer.question, *told]):
            continue  # a note, which may cite the calls that found nothing
        if evidence:
            borne[text] = unsupported(text, evidence, question=answer.question)
        elif not silent or not _only_tells(text, [answer.question, *told]):
            borne[text] = ("it cites nothing",)
    return borne


def _pieces(answer: Answer) -> Iterator[tuple[str, int, int]]:
    """Yield the sentences, cut also where a citation begins or ends: a note may follow without a capital letter."""
    edges = {place for one in answer.citations for place in (one.start, one.end)}
    for span in sentences(answer.text):
        inner = sorted(place for place in edges if span.start < place < span.end)
        for start, end in pairwise([span.start, *inner, span.end]):
            text = answer.text[start:end].strip()
            if any(character.isalnum() for character in text):
                yield text, start, end


def _only_tells(sentence: str, told: Sequence[str]) -> bool:
    account = [Evidence(id=str(place), text=text) for place, text in enumerate(told)]
    return not unsupported(sentence, account, question=told[0])


def _share(items: Sequence[Item], name: str) -> float | None:
    return mean(_scores(items, name))


def _scores(items: Sequence[Item], name: str) -> list[float]:
    return [item.scores.get(name, 0.0) for item in items]
