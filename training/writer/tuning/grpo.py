"""GRPO through TRL: texts for the queries of a step are written, rewarded together, and weighed query by query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import torch

from questline.training.recipe import Figures
from questline.training.stepwise import quietly
from questline.training.tuning.generation import Writer
from questline.training.tuning.steps import begun_from, written_by_vllm
from questline.training.tuning.steps import grpo_settings as shared

from .grpo_settings import Settings
from .guards import Penalties, told_shares
from .models import Loaded
from .reward import Parts, zero_advantage
from .sample import Sample
from .texts import asked
from .writing import spoken

__all__ = ["Round", "grpo_settings", "step_figures"]

_FROM_TRL: Final = {"entropy": "token entropy", "kl": "divergence"}
"""TRL's names of what is kept, and ours."""
_COLUMN: Final = "parts"


def grpo_settings(settings: Settings, folder: Path, *, steps: int, device: torch.device, seed: int) -> dict[str, Any]:
    """Return the settings of TRL's ``GRPOConfig`` for so many steps.

    Raises:
        MissingExtra: For vLLM where it is not installed.
        RunError: For vLLM without a GPU.
    """
    return shared(
        folder,
        steps=steps,
        questions=settings.queries,
        answers=settings.answers,
        accumulate=settings.accumulate,
        tokens=settings.most,
        temperature=settings.temperature,
        rate=settings.rate,
        beta=settings.beta,
        entropy=settings.entropy,
        vllm=settings.vllm,
        vllm_memory=settings.vllm_memory,
        device=device,
        seed=seed,
    )


class Round:
    """The queries of the steps that are to come, and what is done in each: write, look, reward.

    Args:
        loaded: Model and tokenizer.
        settings: Of the recipe.
        queries: Of all steps, in order, `Settings.queries` a step.
        first: Step that the first of them belong to.
        seed: Of what is written.
        rewarded: Gives the parts of the texts of a step.
        hears: Told the parts of each step, with its number.
    """

    def __init__(
        self,
        loaded: Loaded,
        settings: Settings,
        queries: Sequence[str],
        *,
        first: int,
        seed: int,
        rewarded: Callable[[Sequence[Sample]], list[Parts]],
        hears: Callable[[int, Sequence[Parts]], None],
    ) -> None:
        self._loaded, self._settings, self._first, self._seed = loaded, settings, first, seed
        self._queries, self._rewarded, self._hears = list(queries), rewarded, hears
        self._ids = {query: asked(loaded.tokenizer, query, loaded.form) for query in self._queries}

    def trainer(self, optimizer: torch.optim.Optimizer, folder: Path) -> Any:
        """Return TRL's trainer for these steps."""
        import datasets  # pyright: ignore[reportMissingTypeStubs]  # because it ships none

        trl, loaded = cast("Any", import_module("trl")), self._loaded
        own = grpo_settings(
            self._settings,
            folder,
            steps=len(self._queries) // self._settings.queries,
            device=loaded.model.device,
            seed=self._seed,
        )

        def build() -> Any:
            return trl.GRPOTrainer(
                model=loaded.model,
                reward_funcs=_reward,
                args=trl.GRPOConfig(**own),
                train_dataset=cast("Any", datasets).Dataset.from_dict({"prompt": self._queries}),
                processing_class=loaded.tokenizer,
                optimizers=(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)),
                rollout_func=self._roll,
            )

        made = quietly(build)
        begun_from(loaded.model)
        return made

    def _roll(self, prompts: list[Any], trainer: Any) -> dict[str, Any]:
        step = self._first + int(trainer.state.global_step)
        cast("Any", torch).manual_seed(self._seed * 1_000_003 + step)
        queries = [str(each) for each in prompts]
        ids = [self._ids[query] for query in queries]
        written, chances = self._write(ids, trainer)
        samples = [spoken(self._loaded, *each) for each in zip(queries, written, strict=True)]
        parts = self._rewarded(samples)
        self._hears(step, parts)
        return {"prompt_ids": ids, "completion_ids": written, "logprobs": chances, _COLUMN: parts}

    def _write(self, ids: list[list[int]], trainer: Any) -> tuple[list[list[int]], list[list[float]] | None]:
        if self._settings.vllm:
            return written_by_vllm(trainer, ids)
        model = trainer.accelerator.unwrap_model(trainer.model)
        writer = Writer(model=model, tokenizer=self._loaded.tokenizer, most=self._settings.most)
        return writer.write(ids, temperature=self._settings.temperature), None


def _reward(*, parts: Sequence[Parts], **_: Any) -> list[float]:
    return [one.reward for one in parts]


def step_figures(parts: Sequence[Parts], logs: Mapping[str, Any], *, answers: int) -> Figures:
    """Return what is drawn of a step: rewards, what the guards caught, groups that teach nothing."""
    lost: list[Penalties] = [one.penalties for one in parts]
    rewards = [one.reward for one in parts]
    return {
        "reward": sum(rewards) / len(rewards),
        "signal": sum(one.signal for one in parts) / len(parts),
        "characters": sum(len(one.sample.text) for one in parts) / len(parts),
        **{f"caught: {name}": share for name, share in told_shares(lost).items()},
        "zero-advantage groups": zero_advantage(rewards, answers),
        **{ours: float(logs[name]) for name, ours in _FROM_TRL.items() if name in logs},
    }
