"""Each question by each loop, one after the other in turns, and what that took."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from questline.graphs.tool_search.build import build
from questline.testing.scripted_llm import ScriptedLLM
from questline.tools.retrieval.contract import Embedder
from questline.types import Usage

from .compiler_way import CompilerLoop, compiler_models
from .graph_way import GraphLoop, graph_models
from .outcome import Loop, served
from .questions import SHAPES, Question, drawn
from .react_way import ReactLoop, react_models
from .script import ModelScript, Pace
from .servers import Tools, opened

__all__ = ["LOOPS", "Asked", "Results", "Setting", "compared"]

LOOPS: Final = ("graph", "graph_every_role", "compiler", "react", "react_single")
_RESAMPLES: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is compared."""

    per_shape: int
    """Questions of each shape."""
    pace: Pace
    median_s: float
    """Of a call of a tool."""
    sigma: float = 0.5
    failing: float = 0.0
    """Share of the calls that fail."""
    draws: int = 1
    """How often each question is asked, with other times and failures of the tools."""
    seed: int = 0
    encoder: Callable[[], Embedder] | None = None
    """Finds tools by meaning, for the graph; None: by words alone."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, of each shape one after the other."""
        return tuple(
            drawn(shape, size, seed=self.seed + number) for number in range(self.per_shape) for shape, size in SHAPES
        )

    @property
    def runs(self) -> int:
        """How often a loop is started."""
        return len(LOOPS) * self.draws * self.per_shape * len(SHAPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question by one loop."""

    question: Question
    seconds: float
    processor_s: float
    """Of the whole process, the model's server included."""
    usage: Usage
    """As the model's server bills it."""
    calls: int
    """Of tools, failed ones included."""
    answered: int
    """Needs that are answered rightly."""
    named: int
    """Needs that are not, and are named as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All questions by one loop, in one order for all loops."""

    asked: list[Asked] = field(default_factory=list[Asked])

    def timed(self, base: Results) -> dict[str, object]:
        """Return the figures of all questions, and how much longer they took than those of `base`, one by one."""
        ratios = [one.seconds / other.seconds for one, other in zip(self.asked, base.asked, strict=True)]
        low, high = _interval([one.seconds for one in self.asked])
        ratio_low, ratio_high = _interval(ratios)
        return {
            **_figures(self.asked),
            "seconds_low": low,
            "seconds_high": high,
            "times_graph": round(statistics.median(ratios), 3),
            "times_graph_low": ratio_low,
            "times_graph_high": ratio_high,
        }

    def by_shape(self) -> dict[str, dict[str, object]]:
        """Return the figures of each shape, with the quickest and the slowest of its questions."""
        told: dict[str, dict[str, object]] = {}
        for shape, size in SHAPES:
            some = [one for one in self.asked if (one.question.shape, one.question.size) == (shape, size)]
            seconds = [one.seconds for one in some]
            told[f"{shape} {size}"] = {
                **_figures(some),
                "seconds_least": round(min(seconds), 3),
                "seconds_most": round(max(seconds), 3),
            }
        return told

    def served(self) -> dict[str, object]:
        """Return how many questions and needs were answered, or named as missing."""
        needs = sum(len(one.question.needs) for one in self.asked)
        answered, named = sum(one.answered for one in self.asked), sum(one.named for one in self.asked)
        whole = sum(one.answered == len(one.question.needs) for one in self.asked)
        told = sum(one.answered + one.named == len(one.question.needs) for one in self.asked)
        return {
            "n": len(self.asked),
            "wholly_answered": round(whole / len(self.asked), 4),
            "answered_or_named": round(told / len(self.asked), 4),
            "needs": needs,
            "needs_answered": answered,
            "needs_named": named,
            "needs_lost": needs - answered - named,
            "requests_mean": round(statistics.mean(one.usage.calls for one in self.asked), 3),
            "tool_calls": sum(one.calls for one in self.asked),
        }


def _figures(asked: Sequence[Asked]) -> dict[str, object]:
    return {
        "n": len(asked),
        "seconds_median": round(statistics.median(one.seconds for one in asked), 3),
        "processor_s_mean": round(statistics.mean(one.processor_s for one in asked), 3),
        "requests_mean": round(statistics.mean(one.usage.calls for one in asked), 3),
        "tokens_in_mean": round(statistics.mean(one.usage.tokens_in for one in asked), 1),
        "tokens_out_mean": round(statistics.mean(one.usage.tokens_out for one in asked), 1),
        "tool_calls_mean": round(statistics.mean(one.calls for one in asked), 3),
        "right": sum(one.answered == len(one.question.needs) for one in asked),
    }


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile interval of the median, by resampling the questions."""
    numbers = np.asarray(values, np.float64)
    places = np.random.default_rng(0).integers(0, len(numbers), (_RESAMPLES, len(numbers)))
    low, high = np.percentile(np.median(numbers[places], axis=1), [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


@asynccontextmanager
async def _loops(setting: Setting, tools: Tools, base_url: str) -> AsyncGenerator[Mapping[str, Loop]]:
    """Give the loops, with connections to servers and to the model that stay open from question to question."""
    planning, every = graph_models(base_url, every=False), graph_models(base_url, every=True)
    compiling = compiler_models(base_url)
    reacting, single = react_models(base_url, single=False), react_models(base_url, single=True)
    graph = build(checkpointer=False)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(opened(tools, encoder=setting.encoder))
        servers = await stack.enter_async_context(pool.session())
        for llm in (planning, every, compiling, reacting, single):
            await stack.enter_async_context(llm.session())
        yield {
            "graph": GraphLoop(graph=graph, pool=pool, llm=planning),
            "graph_every_role": GraphLoop(graph=graph, pool=pool, llm=every),
            "compiler": CompilerLoop(servers=servers, llm=compiling),
            "react": ReactLoop(servers=servers, llm=reacting),
            "react_single": ReactLoop(servers=servers, llm=single),
        }


async def compared(setting: Setting, advance: Callable[[], None]) -> dict[str, Results]:
    """Ask all questions by all loops: for each question in another order of loops. The first question warms up.

    Args:
        setting: What is compared.
        advance: Called after each run of a loop.

    Returns:
        The results of each loop of `LOOPS`.
    """
    results = {name: Results() for name in LOOPS}
    questions = setting.questions
    with ScriptedLLM(ModelScript(questions, setting.pace)) as server:
        for draw in range(setting.draws):
            tools = Tools(
                median_s=setting.median_s, sigma=setting.sigma, failing=setting.failing, seed=setting.seed + draw
            )
            async with _loops(setting, tools, server.base_url) as loops:
                for name in LOOPS:
                    await _asked(loops[name], questions[0], tools, server)
                for number, question in enumerate(questions):
                    for name in (*LOOPS[number % len(LOOPS) :], *LOOPS[: number % len(LOOPS)]):
                        results[name].asked.append(await _asked(loops[name], question, tools, server))
                        advance()
    return results


async def _asked(loop: Loop, question: Question, tools: Tools, server: ScriptedLLM) -> Asked:
    tools.begin()
    before, began, processor_s = server.billed, time.perf_counter(), time.process_time()
    said = await loop(question)
    seconds, processor_s = time.perf_counter() - began, time.process_time() - processor_s
    after = server.billed
    answered, named = served(question, said)
    usage = Usage(
        calls=after.calls - before.calls,
        tokens_in=after.tokens_in - before.tokens_in,
        tokens_out=after.tokens_out - before.tokens_out,
    )
    return Asked(
        question=question,
        seconds=seconds,
        processor_s=processor_s,
        usage=usage,
        calls=tools.calls,
        answered=answered,
        named=named,
    )
