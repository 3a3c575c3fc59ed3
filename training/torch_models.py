"""Open models of transformers by name or folder, on the device that is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch

from questline.errors import UsageError

__all__ = ["device_of", "named", "trainable"]


def device_of(name: str, *, table: str) -> torch.device:
    """Return the device of a name; ``auto`` is a GPU where there is one.

    Args:
        name: auto, cpu or cuda.
        table: Of the settings that name it.

    Raises:
        UsageError: ``bad_settings`` for a GPU that is not there.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise UsageError(
            f"{table}.device='cuda', and torch sees no GPU: set cpu or auto", code="bad_settings", argument="device"
        )
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def named(name: str, kind: str = "AutoModelForCausalLM", **more: Any) -> tuple[Any, Any]:
    """Return a model in full precision and its tokenizer, which pads on the left.

    Args:
        name: Of a model of Hugging Face, or a folder.
        kind: Class of transformers.
        more: What else that class is given.

    Raises:
        UsageError: ``unknown_model`` for a name that cannot be loaded.
    """
    transformers: Any = import_module("transformers")
    try:
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(name, padding_side="left")
        model: Any = getattr(transformers, kind).from_pretrained(name, dtype=torch.float32, **more)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the model {name!r} cannot be loaded: {str(error).splitlines()[0]}", code="unknown_model", model=name
        ) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def trainable(model: Any) -> dict[str, torch.nn.Parameter]:
    """Return the parameters that learn, by name."""
    return {name: each for name, each in model.named_parameters() if each.requires_grad}
