"""Open the model that is tuned: one by name or folder, or a small one made here; with an adapter where one is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import torch

from questline.errors import require
from questline.training.torch_models import device_of, named

from .cases import Drawer
from .own_model import Size, made_model, made_tokenizer
from .settings import Settings
from .words import Prompts

__all__ = ["Loaded", "loaded"]

_SAMPLE: Final = 500
"""Prompts that a tokenizer is learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model and its tokenizer, where they learn."""

    model: Any
    tokenizer: Any


def loaded(settings: Settings, prompts: Prompts, drawer: Drawer, pool: Sequence[str], *, seed: int) -> Loaded:
    """Make or load the model.

    Raises:
        UsageError: ``unknown_model`` for a name that cannot be loaded.
    """
    if settings.model:
        model, tokenizer = named(settings.model)
    else:
        tokenizer = made_tokenizer(_texts(prompts, drawer, pool, seed), settings.vocabulary)
        size = Size(
            width=settings.width,
            layers=settings.layers,
            heads=settings.heads,
            vocabulary=settings.vocabulary,
            context=settings.context,
        )
        cast("Any", torch).manual_seed(seed)
        model = made_model(size, tokenizer)
    if settings.lora:
        require("peft", feature="an adapter")
        from peft import LoraConfig, get_peft_model

        cast("Any", torch).manual_seed(seed)
        rank = settings.lora
        model = get_peft_model(
            model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
        )
    return Loaded(model=model.to(device_of(settings.device, table="llm-planner")), tokenizer=tokenizer)


def _texts(prompts: Prompts, drawer: Drawer, pool: Sequence[str], seed: int) -> Iterable[str]:
    for case in drawer.draw(f"{seed} tokenizer", _SAMPLE):
        yield from (message["content"] for message in prompts.messages(case))
    yield from pool
    yield "QR,R,DS,AG\nR,DS,AG\nR,AG\nQDS\nQDP\nAG\nQR,AG\nQR,R,AG\nANSWER\nABSTAIN"
