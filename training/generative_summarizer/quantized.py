"""A copy of the model with weights of 8 bits, for CPUs: torch's dynamic quantization of every linear layer.

Activations are quantized as they come, so that nothing has to be calibrated; embeddings and norms stay as they are.
torch.ao is what torch itself ships for CPUs, and what this model can be written and read with without another package;
its successor torchao is one.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from questline.errors import UsageError
from questline.training.torch_models import named
from questline.training.tuning.chat import Message, token_ids
from questline.training.tuning.generation import Writer
from questline.training.tuning.models import Loaded

__all__ = ["INT8", "eight_bits", "open_eight_bits", "quantized"]

INT8: Final = "int8.pt"


def eight_bits(model: Any) -> Any:
    """Return a copy of a model on the CPU whose linear layers have weights of 8 bits.

    GPT-2's own kind of linear layer (``Conv1D``, its weights lying across) becomes an ordinary one first.
    """
    made: Any = copy.deepcopy(model).to("cpu").eval()
    _straighten(made)
    ao: Any = torch.ao.quantization  # pyright: ignore[reportAttributeAccessIssue]  # a module that torch loads late
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that torchao will follow it: torch is bounded in pyproject.toml
        return ao.quantize_dynamic(made, {nn.Linear}, dtype=torch.qint8)


def open_eight_bits(folder: Path) -> Loaded:
    """Open what ``int8 = true`` wrote beside a model.

    Raises:
        UsageError: ``unknown_model`` where there is none.
    """
    path = folder / INT8
    if not path.is_file():
        raise UsageError(
            f"there is no {INT8} in {str(folder)!r}: export it with summarizer-sft.int8 = true",
            code="unknown_model",
            model=str(folder),
        )
    model, tokenizer = named(str(folder))
    made = eight_bits(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.load_state_dict(torch.load(path, weights_only=True))
    return Loaded(model=made, tokenizer=tokenizer)


def quantized(loaded: Loaded, asked: Sequence[Sequence[Message]], folder: Path, *, most: int) -> dict[str, float]:
    """Write the copy into a folder, and return its megabytes and how far it writes the same.

    Args:
        loaded: The model.
        asked: Chats that both answer greedily.
        folder: Of the model.
        most: Tokens of an answer.
    """
    whole: Any = loaded.model.merge_and_unload() if hasattr(loaded.model, "merge_and_unload") else loaded.model
    made = eight_bits(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(made.state_dict(), folder / INT8)
    prompts = [token_ids(loaded.tokenizer, each) for each in asked]
    was = whole.training
    whole.eval()
    one, two = (
        Writer(model=each, tokenizer=loaded.tokenizer, most=most, together=16).write(prompts, temperature=0.0)
        for each in (whole, made)
    )
    whole.train(was)
    pairs = list(zip(one, two, strict=True))
    longest = sum(max(len(first), len(second)) for first, second in pairs)
    same = sum(_common(first, second) for first, second in pairs)
    return {
        "int8 megabytes": (folder / INT8).stat().st_size / 1e6,
        "int8 same summaries": sum(first == second for first, second in pairs) / max(1, len(pairs)),
        "int8 tokens before they part": same / max(1, longest),
    }


def _common(one: Sequence[int], two: Sequence[int]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _straighten(model: Any) -> None:
    from transformers.pytorch_utils import Conv1D

    for name, child in list(model.named_modules()):
        if isinstance(child, Conv1D):
            parent, _, last = name.rpartition(".")
            linear = nn.Linear(child.weight.shape[0], child.weight.shape[1])
            linear.weight = nn.Parameter(child.weight.detach().t().contiguous())
            linear.bias = nn.Parameter(child.bias.detach())
            setattr(model.get_submodule(parent), last, linear)
