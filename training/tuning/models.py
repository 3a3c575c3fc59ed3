"""Open the model that is tuned: by name or folder, or made here; with an adapter where one is asked. And write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

import torch

from questline.errors import require
from questline.training.torch_models import device_of, named, without_bars

from .made import GPT2, Size, made_gpt2, made_model, made_scorer
from .settings import ModelSettings

__all__ = ["Kind", "Loaded", "opened", "write_model"]

Kind: TypeAlias = Literal["writes", "scores"]
_CLASSES: Final[dict[Kind, str]] = {"writes": "AutoModelForCausalLM", "scores": "AutoModelForSequenceClassification"}
_TASKS: Final[dict[Kind, str]] = {"writes": "CAUSAL_LM", "scores": "SEQ_CLS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model where it learns, and its tokenizer."""

    model: Any
    tokenizer: Any

    @property
    def parameters(self) -> int:
        """How many numbers the model has."""
        return sum(each.numel() for each in self.model.parameters())

    @property
    def context(self) -> int:
        """Tokens that the model reads and writes at most."""
        return int(getattr(self.model.config, "max_position_embeddings", 0) or 1 << 30)


def opened(
    settings: ModelSettings,
    tokenizer: Callable[[], Any],
    *,
    seed: int,
    context: int = 1024,
    kind: Kind = "writes",
) -> Loaded:
    """Make or load the model.

    Args:
        settings: Of the recipe.
        tokenizer: Makes the tokenizer of a model that is made here.
        seed: Of weights that begin at random.
        context: Tokens that a model made here reads and writes at most.
        kind: Whether it writes texts or gives them a number.

    Raises:
        UsageError: ``unknown_model`` for a name that cannot be loaded.
        MissingExtra: For an adapter without peft.
    """
    cast("Any", torch).manual_seed(seed)
    if settings.model:
        model, read = named(settings.model, _CLASSES[kind], **({} if kind == "writes" else {"num_labels": 1}))
        model.config.pad_token_id = read.pad_token_id
    else:
        read = tokenizer()
        width, layers, heads = GPT2 if settings.shape == "gpt2" else (settings.width, settings.layers, settings.heads)
        size = Size(width=width, layers=layers, heads=heads, vocabulary=len(read), context=context)
        make = made_scorer if kind == "scores" else made_gpt2 if settings.shape == "gpt2" else made_model
        model = make(size, read)
    if settings.lora:
        require("peft", feature="an adapter")
        from peft import LoraConfig, get_peft_model

        rank = settings.lora
        adapter = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type=_TASKS[kind])
        model = get_peft_model(model, adapter)
    return Loaded(model=model.to(device_of(settings.device, table=settings.table)), tokenizer=read)


def write_model(model: Any, tokenizer: Any, folder: Path) -> float:
    """Write the model, an adapter merged into it, with its tokenizer; return the megabytes."""
    whole = model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
    whole.config.use_cache = True  # which trainers switch off while they train
    with without_bars():
        whole.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
