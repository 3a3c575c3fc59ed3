"""A made world: after poor evidence a second search pays, after good evidence it only costs. Its steps are scripted."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch

from questline.agents.contract import Context, Draft, Executor, Result, Work
from questline.agents.workflow_planner.features import NAMES
from questline.agents.workflow_planner.trained import KEEP
from questline.agents.workflow_planner.workflow import Token
from questline.settings import Settings
from questline.training.planner.assess import SWEEP, Chosen
from questline.training.planner.columns import TOP
from questline.training.planner.live_bench import LiveBench, LiveJob
from questline.training.planner.live_source import LiveSource
from questline.training.planner.policy_graph import graph
from questline.training.planner.policy_net import PolicyNet, Shape
from questline.training.planner.rollouts import Ask, Drawn, Rollout
from questline.training.planner.rows import Asked
from questline.training.planner.running import open_runtime
from questline.training.planner.seconds import Pace, Seconds
from questline.types import Passage, Usage

SECONDS: Final = Seconds({"R": Pace(base=0.1, measured=1), "AG": Pace(base=0.1, measured=1)})
COMPONENTS: Final = ("tokens", "usd", "calls", "seconds")
SCALE: Final = (4000.0, 5e-4, 4.0, 0.5)


def question(number: int) -> Asked:
    """Return a question; an even one is answered by its first search."""
    text = f"Who designed light number {number}?"
    return Asked(key=f"k{number}", id=f"{number:03}", text=text, source="made", answers=("Ada",), fold=1)


def _good(work: Work) -> bool:
    return bool(work.query) or int(work.question.rstrip("?").split()[-1]) % 2 == 0


class Scripted:
    """One step of the world."""

    def __init__(self, token: Token) -> None:
        self.token: Token = token

    async def run(self, work: Work, context: Context) -> Result:
        """Find well or badly, and draft from what was found."""
        del context
        if self.token == "QR":
            return Result(query=f"again {work.question}", backend="embedded")
        if self.token == "R":
            score = 0.9 if _good(work) else 0.1
            made = Passage(id=f"{work.question} {score}", document_id="d", source="d", title="", text="t", score=score)
            return Result(passages=(made,), usage=Usage(retrievals=1))
        if self.token == "AG":
            found = any(passage.score > 0.5 for passage in work.passages)
            short = "Ada" if found else "Bob"
            return Result(
                draft=Draft(text=f"{short}.", short=short, confidence=0.9 if found else 0.3), backend="embedded"
            )
        return Result(passages=work.passages or None, questions=(), backend="none")


def executors() -> dict[Token, Executor]:
    """Return a step for each token."""
    tokens: tuple[Token, ...] = ("QDS", "QDP", "QR", "R", "DS", "AG", "AS")
    return {token: Scripted(token) for token in tokens}


def base(seed: int = 0) -> PolicyNet:
    """Return a policy that searches first, then keeps any draft, and says that everything is worth the same."""
    cast("Any", torch).manual_seed(seed)
    net = PolicyNet(Shape(features=len(NAMES), components=len(COMPONENTS), wide=16, narrow=16, dropout=0.0))
    with torch.no_grad():
        for layer in (net.quality, net.cost, net.more):
            layer.weight.zero_()
            layer.bias.fill_(-20.0)
        net.logits.bias[TOP.index("R,AG")] = 5.0
        net.logits.bias[KEEP] = 0.5
    return net


def source(learn: int = 24, choose: int = 12, held: int = 12) -> LiveSource:
    """Return made questions, no two the same, and the policy."""
    net = base()
    asked = [question(number) for number in range(learn + choose + held)]
    constants = Chosen(
        scale=np.array(SCALE),
        overall=dict.fromkeys(SWEEP, 2),
        by_source={lam: {"made": 2} for lam in SWEEP},
    )
    return LiveSource(
        learn=tuple(asked[:learn]),
        choose=tuple(asked[learn : learn + choose]),
        held=tuple(asked[learn + choose :]),
        base=net,
        network=graph(net),
        fingerprint="made",
        components=COMPONENTS,
        scale=SCALE,
        constants=constants,
        reference=None,
        seconds=SECONDS,
        identity={"corpus": "made"},
        learnt="",
    )


@asynccontextmanager
async def bench(index: Path, made: LiveSource) -> AsyncGenerator[LiveBench]:
    """Open a bench of the real graph over the world's steps."""
    (job,) = (
        LiveJob(
            index=index,
            settings=Settings(),
            fits=None,
            seconds=made.seconds,
            components=made.components,
            scale=made.scale,
        ),
    )
    async with open_runtime(index, job.settings) as (runtime, opened):
        yield LiveBench(runtime, opened, job, executors())


class Local:
    """Draws in this process, one after another, on an event loop of its own."""

    def __init__(
        self, run: Callable[[Ask], tuple[Rollout, ...]], reward: Callable[[Rollout], float] | None = None
    ) -> None:
        self._run, self._reward = run, reward
        self.asks: list[Ask] = []

    def draw(self, asks: Sequence[Ask], hears: Callable[[int], None] = lambda done: None) -> list[Drawn]:
        """Draw; what learns may be given another reward than the graph's, what measures may not."""
        came: list[Drawn] = []
        for number, ask in enumerate(asks, 1):
            self.asks.append(ask)
            rollouts = self._run(ask)
            if self._reward is not None and not ask.likeliest:
                rollouts = tuple(replace(one, f1=self._reward(one)) for one in rollouts)
            came.append(Drawn(key=ask.asked.key, rollouts=rollouts, seconds=0.01, processor_s=0.01))
            hears(number)
        return came


__all__ = ["COMPONENTS", "Local", "base", "bench", "executors", "question", "source"]
