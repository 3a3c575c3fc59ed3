"""A reward model that is a transformer: in the role of the one of characters, with torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch

from questline.errors import UsageError, require
from questline.tools.writing.types import FloatArray
from questline.training.torch_models import device_of, named
from questline.training.tuning.generation import autocast

from .models import FORM, Loaded, form_of
from .texts import asked

__all__ = ["TransformerRewardModel", "load_scorer", "text_ids"]

_TOGETHER: Final = 128
_CHARACTERS: Final = 512


class TransformerRewardModel:
    """Scores texts by a model of one number; see `questline.tools.writing.types.RewardModel`."""

    def __init__(self, loaded: Loaded, *, characters: int) -> None:
        """Take a model, and how many characters of a text it reads."""
        self._loaded, self._characters = loaded, characters

    def score(self, query: str, texts: Sequence[str]) -> FloatArray:
        """Return one Bradley-Terry logit a text: [len(texts)]."""
        return self.score_all([query] * len(texts), texts)

    def score_all(self, queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        """Return one logit for each query with its text, many at a time."""
        model: Any = self._loaded.model
        was = model.training
        model.eval()
        rows = [text_ids(self._loaded, each, text, self._characters) for each, text in zip(queries, texts, strict=True)]
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found = np.zeros(len(rows))
        for start in range(0, len(rows), _TOGETHER):
            part = order[start : start + _TOGETHER]
            longest = max(len(rows[place]) for place in part)
            ids = torch.full((len(part), longest), int(self._loaded.tokenizer.pad_token_id))
            mask = torch.zeros_like(ids)
            for row, place in enumerate(part):
                ids[row, : len(rows[place])] = torch.tensor(rows[place])
                mask[row, : len(rows[place])] = 1
            with torch.no_grad(), autocast(model.device):
                told = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
            found[part] = told.squeeze(-1).float().cpu().numpy()
        model.train(was)
        return found


def text_ids(loaded: Loaded, query: str, text: str, characters: int) -> list[int]:
    """Return the tokens of a query, its text up to so many characters, and the end."""
    tokenizer: Any = loaded.tokenizer
    told = tokenizer.encode(text[:characters], add_special_tokens=False)
    return [*asked(tokenizer, query, loaded.form), *map(int, told), int(tokenizer.eos_token_id)]


def load_scorer(folder: Path, *, device: str = "auto", table: str = "writer-grpo") -> TransformerRewardModel:
    """Return the model of a folder that `agents train reward-transformer` wrote.

    Raises:
        MissingExtra: Without transformers.
        UsageError: ``unknown_model`` for a folder that holds none.
    """
    require("transformers", feature="a reward model that is a transformer")
    model, tokenizer = named(str(folder), "AutoModelForSequenceClassification")
    if int(model.config.num_labels) != 1:
        raise UsageError(
            f"{str(folder)!r} holds a model of {model.config.num_labels} numbers a text; give a reward model",
            code="unknown_model",
            model=str(folder),
        )
    model.config.pad_token_id = tokenizer.pad_token_id
    loaded = Loaded(
        model=model.to(device_of(device, table=table)), tokenizer=tokenizer, form=form_of(folder, "{query}")
    )
    return TransformerRewardModel(loaded, characters=_characters(folder))


def _characters(folder: Path) -> int:
    path = folder / FORM
    if not path.is_file():
        return _CHARACTERS
    return int(cast("Mapping[str, int]", json.loads(path.read_text(encoding="utf-8"))).get("characters", _CHARACTERS))
