"""GRPO through TRL, a step at a time.

What a step draws depends on the seed and its number alone, so that a run that is resumed takes the steps that an
uninterrupted one would. TRL reads a reward that is not a number as a missing one; here it ends the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch

from questline.training.planner.rewards import checked
from questline.training.recipe import Figures
from questline.training.stepwise import driven, quietly
from questline.training.tuning.chat import token_ids
from questline.training.tuning.generation import Writer
from questline.training.tuning.steps import begun_from, grpo_settings, written_by_vllm

from .cases import Case, Drawer
from .grammar import Grammar
from .reward import Score
from .rollouts import Played, histogram, play
from .trainer import held_trainer
from .words import Prompts

__all__ = ["Plan", "Room", "reward_function", "steps", "trainer_settings"]

_FROM_TRL: Final = {"reward": "reward", "frac_reward_zero_std": "zero-advantage groups", "entropy": "token entropy"}
"""TRL's names of what is kept, and ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What GRPO is asked for; see `questline.training.planner.llm.settings.Settings`."""

    questions: int
    """Decisions of a step."""
    answers: int
    """Plans written for each."""
    rate: float
    beta: float
    temperature: float
    most: int
    """Tokens of a plan."""
    accumulate: int
    """Parts that a step's plans are learnt from in, so that they fit into memory."""
    vllm: bool
    vllm_memory: float
    seed: int


def trainer_settings(plan: Plan, folder: Path, count: int, device: torch.device) -> dict[str, Any]:
    """Return the settings of TRL's ``GRPOConfig`` for so many steps.

    Raises:
        MissingExtra: For vLLM where it is not installed.
        RunError: For vLLM without a GPU.
    """
    return grpo_settings(
        folder,
        steps=count,
        questions=plan.questions,
        answers=plan.answers,
        accumulate=plan.accumulate,
        tokens=plan.most,
        temperature=plan.temperature,
        rate=plan.rate,
        beta=plan.beta,
        entropy=0.0,
        vllm=plan.vllm,
        vllm_memory=plan.vllm_memory,
        device=device,
        seed=plan.seed,
    )


def reward_function(score: Score) -> Any:
    """Return TRL's kind of reward function, which also tells what was planned.

    Raises:
        RunError: From the function, for a reward that is not a finite number.
    """

    def reward(*, played: Sequence[Played], log_metric: Any = None, **_: Any) -> list[float]:
        rewards = checked(np.array([score(each.outcome) for each in played], np.float64))
        if log_metric is not None:
            for name, value in {"f1": _mean_f1(played), **histogram(played)}.items():
                log_metric(name, value)
        return [float(each) for each in rewards]

    return reward


def steps(
    model: Any,
    tokenizer: Any,
    optimizer: torch.optim.Optimizer,
    *,
    drawer: Drawer,
    prompts: Prompts,
    score: Score,
    plan: Plan,
    folder: Path,
    first: int,
    last: int,
) -> Iterator[Figures]:
    """Take the steps from `first` (from 0) up to `last`, yielding what each came to; the model learns in place.

    Raises:
        RunError: When a reward or a gradient is not a number; the model is then as the step before left it.
    """
    if last <= first:
        return
    cases = [drawer.draw(f"{plan.seed} grpo {step}", plan.questions) for step in range(first, last)]
    room = Room(prompts, tokenizer, plan, first, [case for each in cases for case in each])
    made = room.trainer(model, optimizer, score, folder, last - first)
    for logs in driven(made, told_by="reward", rate="llm-planner.grpo_rate", first=first, seed=plan.seed):
        yield _told(logs)


class Room:
    """Prompts, and the decisions behind them."""

    def __init__(self, prompts: Prompts, tokenizer: Any, plan: Plan, first: int, cases: Sequence[Case]) -> None:
        self._prompts = prompts
        self._tokenizer = tokenizer
        self._plan = plan
        self._first = first
        self._messages = [prompts.messages(case) for case in cases]
        # TRL hands a rollout the prompts alone. Equal prompts are equal decisions to the model.
        self._cases = {_key(each): case for each, case in zip(self._messages, cases, strict=True)}
        self._ids = {_key(each): token_ids(tokenizer, each) for each in self._messages}
        self._grammar = Grammar(tokenizer)
        self._tries = {tuple(self._ids[key]): self._grammar.of(case.choices) for key, case in self._cases.items()}

    def trainer(self, model: Any, optimizer: torch.optim.Optimizer, score: Score, folder: Path, count: int) -> Any:
        """Return a trainer whose prompts these are."""
        import datasets  # pyright: ignore[reportMissingTypeStubs]  # because it ships none

        sets, trl = cast("Any", datasets), cast("Any", import_module("trl"))

        def build() -> Any:
            return held_trainer(None if self._plan.vllm else self._tries)(
                model=model,
                reward_funcs=reward_function(score),
                args=trl.GRPOConfig(**trainer_settings(self._plan, folder, count, model.device)),
                train_dataset=sets.Dataset.from_dict({"prompt": self._messages}),
                processing_class=self._tokenizer,
                optimizers=(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)),
                rollout_func=self.roll,
            )

        made = quietly(build)
        begun_from(model)
        return made

    def roll(self, prompts: list[Any], trainer: Any) -> dict[str, Any]:
        """Write a plan for each prompt and play its question to the end."""
        cast("Any", torch).manual_seed(self._plan.seed * 1_000_003 + self._first + int(trainer.state.global_step))
        keys = [_key(each) for each in prompts]
        cases, ids = [self._cases[key] for key in keys], [self._ids[key] for key in keys]
        written, chances = self._write(ids, cases, trainer)
        writer = self._writer(trainer)

        def go_on(due: Sequence[Case]) -> list[str]:
            asked = [token_ids(self._tokenizer, self._prompts.messages(case)) for case in due]
            return [writer.text(each) for each in self._write(asked, due, trainer)[0]]

        played = play(cases, [writer.text(each) for each in written], go_on)
        return {"prompt_ids": ids, "completion_ids": written, "logprobs": chances, "played": played}

    def _writer(self, trainer: Any) -> Writer:
        model = trainer.accelerator.unwrap_model(trainer.model)
        return Writer(model=model, tokenizer=self._tokenizer, most=self._plan.most)

    def _write(
        self, ids: list[list[int]], due: Sequence[Case], trainer: Any
    ) -> tuple[list[list[int]], list[list[float]] | None]:
        if not self._plan.vllm:
            tries = [self._grammar.of(case.choices) for case in due]
            return self._writer(trainer).write(ids, temperature=self._plan.temperature, tries=tries), None
        return written_by_vllm(trainer, ids)


def _key(messages: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"{each['role']} {each['content']}" for each in messages)


def _mean_f1(played: Sequence[Played]) -> float:
    return sum(each.outcome.f1 for each in played) / max(1, len(played))


def _told(logs: Mapping[str, Any]) -> Figures:
    kept = {ours: float(logs[name]) for name, ours in _FROM_TRL.items()}
    names = [name for name in logs if name.startswith("plan ") or name in ("f1", "illegal", "unanswered")]
    return {**kept, **{name: float(logs[name]) for name in names}}
