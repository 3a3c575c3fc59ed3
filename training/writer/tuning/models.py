"""Open the model that is tuned, for writing or for scoring: by name or folder, or made here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast

import torch

from questline.errors import require
from questline.training.torch_models import device_of, named

from .made import Size, character_tokenizer, made_model, made_scorer
from .settings import ModelSettings

__all__ = ["FORM", "Kind", "Loaded", "form_of", "opened", "write_model"]

Kind: TypeAlias = Literal["writes", "scores"]
FORM: Final = "writer.json"
"""Beside a model: what a query was put into while it learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model where it learns, its tokenizer, and what a query is put into."""

    model: Any
    tokenizer: Any
    form: str


def opened(settings: ModelSettings, kind: Kind, texts: Iterable[str], *, seed: int) -> Loaded:
    """Make or load the model.

    Args:
        settings: Of the recipe.
        kind: Whether it writes texts or gives them a number.
        texts: Whose characters the tokenizer of a model that is made here knows.
        seed: Of weights that begin at random.

    Raises:
        UsageError: ``unknown_model`` for a name that cannot be loaded.
        MissingExtra: For an adapter without peft.
    """
    cast("Any", torch).manual_seed(seed)
    form = settings.prompt
    if settings.model:
        auto = "AutoModelForCausalLM" if kind == "writes" else "AutoModelForSequenceClassification"
        model, tokenizer = named(settings.model, auto, **({} if kind == "writes" else {"num_labels": 1}))
        form = form_of(Path(settings.model), form)
        model.config.pad_token_id = tokenizer.pad_token_id
    else:
        tokenizer = character_tokenizer(texts)
        size = Size(
            width=settings.width,
            layers=settings.layers,
            heads=settings.heads,
            vocabulary=len(tokenizer),
            context=2048,
        )
        model = made_model(size, tokenizer) if kind == "writes" else made_scorer(size, tokenizer)
    if settings.lora:
        require("peft", feature="an adapter")
        from peft import LoraConfig, get_peft_model

        rank, task = settings.lora, "CAUSAL_LM" if kind == "writes" else "SEQ_CLS"
        adapter = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type=task)
        model = get_peft_model(model, adapter)
    return Loaded(model=model.to(device_of(settings.device, table=settings.table)), tokenizer=tokenizer, form=form)


def form_of(folder: Path, form: str) -> str:
    """Return what a model in a folder was taught to be asked with, where `form` is the default and the folder tells."""
    path = folder / FORM
    if form != "{query}" or not path.is_file():
        return form
    return str(json.loads(path.read_text(encoding="utf-8"))["prompt"])


def write_model(loaded: Loaded, folder: Path, **told: object) -> float:
    """Write the model, an adapter merged into it, with tokenizer and form; return the megabytes."""
    model = loaded.model.merge_and_unload() if hasattr(loaded.model, "merge_and_unload") else loaded.model
    model.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    (folder / FORM).write_text(json.dumps({"prompt": loaded.form, **told}, ensure_ascii=False) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
