"""Forward and backward passes of the cross-encoder over one batch, on a processor or a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.models.pair_tokens import PairTokenizer

from .batches import Use, collate, split
from .bert import CrossEncoderNet, Outputs
from .bert_graph import BertShape
from .cross_encoder_settings import Settings
from .examples import Group
from .losses import batch_losses, taught_losses
from .safetensors import Tensors, read_tensors

__all__ = ["WEIGHTS", "Passes", "device_named", "mean_weights", "read_teachers"]

WEIGHTS: Final = "weights.safetensors"
"""In the folder of a run: what its best step learnt, as float16; what a teacher is read from."""
_PARTS: Final = 2
"""Parts of a batch whose gradients are computed side by side on a processor; the same on every machine."""


def device_named(name: str) -> torch.device:
    """Return the device: ``auto`` is a GPU where there is one.

    Raises:
        UsageError: ``bad_argument`` for one that torch does not know or this machine lacks.
    """
    wanted = ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise UsageError(f"device={name!r} is none that torch knows", argument="device") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError(f"device={name!r}, but torch finds no GPU here", argument="device")
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"device={name!r} is neither auto, cpu nor cuda", argument="device")
    return device


def read_teachers(
    folders: Sequence[str], start: Tensors, shape: BertShape, device: torch.device
) -> list[CrossEncoderNet]:
    """Return the networks of earlier runs, on the device; what is not in their files (the embeddings) from `start`.

    Raises:
        UsageError: ``file_not_found`` or ``bad_data`` naming the file.
    """
    nets = [CrossEncoderNet({**start, **_learnt(folder)}, shape, dropout=0.0).to(device) for folder in folders]
    return [net.requires_grad_(requires_grad=False) for net in nets]


def mean_weights(folders: Sequence[str]) -> Tensors:
    """Return the mean of what earlier runs learnt, tensor by tensor: one model (a "soup", arXiv:2203.05482 §2).

    They must have begun with the same weights, heads included (one seed), or the mean is of no use.

    Raises:
        UsageError: ``file_not_found`` or ``bad_data`` naming the file, or the tensors that differ.
    """
    runs = [_learnt(folder) for folder in folders]
    for folder, run in zip(folders, runs, strict=True):
        if {name: values.shape for name, values in run.items()} != {n: v.shape for n, v in runs[0].items()}:
            raise UsageError(f"{folder!r} holds other tensors than {folders[0]!r}", code="bad_data", path=folder)
    return {name: np.stack([run[name] for run in runs]).mean(0) for name in runs[0]} if runs else {}


def _learnt(folder: str) -> Tensors:
    path = Path(folder) / WEIGHTS
    try:
        return read_tensors(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error


class Passes:
    """A network with what it takes to run it over groups."""

    def __init__(
        self,
        net: CrossEncoderNet,
        tokenizer: PairTokenizer,
        settings: Settings,
        *,
        teachers: Sequence[CrossEncoderNet] = (),
        threads: int,
        seed: int,
    ) -> None:
        self.device = next(net.parameters()).device
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="learning")
        self._net = net
        self._learning = [value for value in net.parameters() if value.requires_grad]
        self._tokenizer = tokenizer
        self._settings = settings
        self._teachers = teachers
        self._seed = seed

    def learn(self, groups: Sequence[Group], batch: Sequence[Use], step: int) -> dict[str, float]:
        """Leave the gradients of one batch in the network; return its losses.

        A processor takes the batch in parts side by side, one thread each, which wastes least on a machine with other
        work; a GPU takes it whole.
        """
        parts = [part for part in split(batch, _PARTS if self.device.type == "cpu" else 1) if part]
        tried = [self.pool.submit(self._gradients, groups, part, 1000 * step + n) for n, part in enumerate(parts)]
        found = [one.result() for one in tried]
        for number, parameter in enumerate(self._learning):
            parameter.grad = torch.stack([gradients[number] for _, gradients in found]).mean(0)
        return {name: sum(told[name] for told, _ in found) / len(found) for name in found[0][0]}

    def _gradients(
        self, groups: Sequence[Group], part: Sequence[Use], draw: int
    ) -> tuple[dict[str, float], list[torch.Tensor]]:
        own = self._settings
        batch = collate(groups, part, self._tokenizer)
        draws = torch.Generator(self.device).manual_seed(self._seed * 1_000_003 + draw)
        arrays = (batch.ids, batch.types, batch.lengths)
        found = self.forward(*arrays, draws=draws)
        losses = batch_losses(found, batch, temperature=own.temperature)
        weights = {"span": own.span, "useful": own.useful, "salience": own.salience, "distillation": own.distillation}
        if self._teachers:
            with torch.no_grad():
                told = [self.forward(*arrays, net=net) for net in self._teachers]
            known = {**weights, "ranking": 1.0}
            losses |= taught_losses(found, told, batch)
            weights |= {f"taught {name}": own.taught * weight for name, weight in known.items()}
        total = torch.stack([weights.get(name, 1.0) * loss for name, loss in losses.items()]).sum()
        gradients = torch.autograd.grad(total, self._learning, allow_unused=True, materialize_grads=True)
        values = torch.stack([loss.detach().float() for loss in losses.values()]).cpu()  # waits for a GPU once
        return {name: float(value) for name, value in zip(losses, values, strict=True)}, list(gradients)

    def forward(
        self,
        ids: NDArray[np.int64] | torch.Tensor,
        types: NDArray[np.int64] | torch.Tensor,
        lengths: NDArray[np.int64] | torch.Tensor,
        *,
        draws: torch.Generator | None = None,
        net: CrossEncoderNet | None = None,
    ) -> Outputs:
        """Run the network, or `net`, over pairs; see `CrossEncoderNet.forward`."""
        inputs = (torch.as_tensor(values, device=self.device) for values in (ids, types, lengths))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._settings.bf16):
            return (net or self._net)(*inputs, draws)
