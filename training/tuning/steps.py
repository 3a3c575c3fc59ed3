"""What the recipes share: TRL's settings, the order of rows, and the state of a model with its optimizer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from questline.errors import RunError, require
from questline.training.pace import WRITTEN
from questline.training.torch_models import trainable

__all__ = ["Weights", "begun_from", "grpo_settings", "optimizer_of", "places", "trl_settings", "written_by_vllm"]


def trl_settings(
    folder: Path, *, steps: int, rows: int, accumulate: int, rate: float, device: torch.device, seed: int
) -> dict[str, Any]:
    """Return what the settings of all of TRL's trainers have in common.

    Args:
        folder: That TRL may write to.
        steps: To take.
        rows: Of a step, a multiple of `accumulate`.
        accumulate: Parts of a step.
        rate: Of learning.
        device: Where the model is.
        seed: Of TRL's own draws.
    """
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "per_device_train_batch_size": rows // accumulate,
        "gradient_accumulation_steps": accumulate,
        "learning_rate": rate,
        "max_grad_norm": 1.0,
        "gradient_checkpointing": False,
        "use_cpu": device.type == "cpu",
        "bf16": device.type == "cuda",
        "dataloader_pin_memory": device.type == "cuda",
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "seed": seed,
    }


def grpo_settings(
    folder: Path,
    *,
    steps: int,
    questions: int,
    answers: int,
    accumulate: int,
    tokens: int,
    temperature: float,
    rate: float,
    beta: float,
    entropy: float,
    vllm: bool,
    vllm_memory: float,
    device: torch.device,
    seed: int,
) -> dict[str, Any]:
    """Return the settings of TRL's ``GRPOConfig``; those that are not told here are `trl_settings`'.

    Args:
        folder: That TRL may write to.
        steps: To take.
        questions: Of a step.
        answers: Written for each.
        accumulate: Parts of a step.
        tokens: Of an answer, at most.
        temperature: Of what is written.
        rate: Of learning.
        beta: Weight of the divergence from where it begins.
        entropy: Weight of the entropy of a token.
        vllm: Write with vLLM on the same GPU.
        vllm_memory: Share of the GPU that it may take.
        device: Where the model is.
        seed: Of TRL's own draws.

    Raises:
        MissingExtra: For vLLM where it is not installed.
        RunError: For vLLM without a GPU.
    """
    rows = questions * answers
    own = trl_settings(folder, steps=steps, rows=rows, accumulate=accumulate, rate=rate, device=device, seed=seed) | {
        "num_generations": answers,
        "max_completion_length": tokens,
        "temperature": temperature,
        "top_k": 0,
        "lr_scheduler_type": "constant",
        "beta": beta,
        "entropy_coef": entropy,
        "loss_type": "dr_grpo",
        "scale_rewards": "batch",
        "shuffle_dataset": False,
    }
    if vllm:
        require("vllm", feature="generation with vLLM")
        if device.type != "cuda":
            raise RunError("vLLM writes on a GPU, and there is none: set vllm = false")
        own |= {"use_vllm": True, "vllm_mode": "colocate", "vllm_gpu_memory_utilization": vllm_memory}
    return own


def written_by_vllm(trainer: Any, ids: list[list[int]]) -> tuple[list[list[int]], list[list[float]]]:
    """Let TRL's vLLM write an answer to each prompt; return their tokens, and the log likelihood of each."""
    _, written, chances, _ = trainer.vllm_generation.generate(prompts=ids, images=None, num_generations=1)
    WRITTEN.add(len(written), sum(map(len, written)))
    return written, [[float(token[0]) for token in each] for each in chances]


def places(count: int, batch: int, *, first: int, last: int, seed: str) -> Iterator[list[int]]:
    """Yield the rows of each step from `first` up to `last`: all rows in a new order, again and again.

    The same step has the same rows, wherever one begins.
    """
    orders: dict[int, list[int]] = {}
    for step in range(first, last):
        rows: list[int] = []
        for at in range(step * batch, (step + 1) * batch):
            epoch, place = divmod(at, count)
            if epoch not in orders:
                orders[epoch] = random.Random(f"{seed} {epoch}").sample(range(count), count)  # noqa: S311  # no secret
            rows.append(orders[epoch][place])
        yield rows


def optimizer_of(model: Any, rate: float, *, decay: float = 0.0) -> torch.optim.Optimizer:
    """Return AdamW over what learns."""
    return torch.optim.AdamW(trainable(model).values(), lr=rate, weight_decay=decay)


def begun_from(model: Any) -> None:
    """Put the adapter that TRL compares with back to where a run begins: a new one adds nothing.

    TRL copies the adapter as it is, which in a run that goes on is not where it began.
    """
    for name, each in model.named_parameters():
        if ".lora_B.ref." in name:
            each.data.zero_()


class Weights:
    """Holds what a recipe's `state`, `restore`, `weights` and `take` say of a model and its optimizer."""

    def __init__(self, model: Any, optimizer: torch.optim.Optimizer) -> None:
        self._model, self._optimizer = model, optimizer

    def state(self) -> dict[str, Any]:
        """Return both."""
        return {**self.weights(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take both over."""
        self.take(state)
        self._optimizer.load_state_dict(state["optimizer"])

    def weights(self) -> dict[str, Any]:
        """Return what learns."""
        return {"model": {name: each.detach().cpu().clone() for name, each in trainable(self._model).items()}}

    def take(self, weights: Mapping[str, Any]) -> None:
        """Take it over."""
        own = trainable(self._model)
        with torch.no_grad():
            for name, value in weights["model"].items():
                own[name].copy_(value)
