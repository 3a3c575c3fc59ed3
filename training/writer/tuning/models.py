"""Open the model that writes or scores greetings, and what a query is put into for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from questline.training.tuning import models as shared
from questline.training.tuning.made import character_tokenizer

from .settings import ModelSettings

__all__ = ["FORM", "Loaded", "form_of", "opened", "write_model"]

FORM: Final = "writer.json"
"""Beside a model: what a query was put into while it learnt."""
_CONTEXT: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(shared.Loaded):
    """A model where it learns, its tokenizer, and what a query is put into."""

    form: str


def opened(settings: ModelSettings, kind: shared.Kind, texts: Iterable[str], *, seed: int) -> Loaded:
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
    made = shared.opened(settings, lambda: character_tokenizer(texts), seed=seed, context=_CONTEXT, kind=kind)
    form = form_of(Path(settings.model), settings.prompt) if settings.model else settings.prompt
    return Loaded(model=made.model, tokenizer=made.tokenizer, form=form)


def form_of(folder: Path, form: str) -> str:
    """Return what a model in a folder was taught to be asked with, where `form` is the default and the folder tells."""
    path = folder / FORM
    if form != "{query}" or not path.is_file():
        return form
    return str(json.loads(path.read_text(encoding="utf-8"))["prompt"])


def write_model(loaded: Loaded, folder: Path, **told: object) -> float:
    """Write the model, an adapter merged into it, with tokenizer and form; return the megabytes."""
    (folder / FORM).write_text(json.dumps({"prompt": loaded.form, **told}, ensure_ascii=False) + "\n", encoding="utf-8")
    return shared.write_model(loaded.model, loaded.tokenizer, folder)
