"""What the three recipes share: TRL's settings, the order of rows, and the state of a model with its optimizer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from questline.training.torch_models import trainable

__all__ = ["Weights", "optimizer_of", "places", "trl_settings"]


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
