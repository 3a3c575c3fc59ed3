"""Let a model write texts for queries: sampled with a seed of their own, so that nothing else draws otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import torch

from questline.training.tuning.generation import Writer, end_marks

from .models import Loaded
from .sample import Sample
from .texts import asked

__all__ = ["sampled", "spoken"]

_TOGETHER: Final = 64


def sampled(loaded: Loaded, queries: Sequence[str], *, tokens: int, temperature: float, seed: int) -> list[Sample]:
    """Return one text a query; at temperature 0 the likeliest.

    Args:
        loaded: Model and tokenizer; whether it learns stays as it is.
        queries: What is asked for.
        tokens: Of a text, at most.
        temperature: Of what is drawn.
        seed: Of the draw, the same texts for the same model; torch's generator stays as it was.
    """
    model = loaded.model
    was = model.training
    model.eval()
    writer = Writer(model=model, tokenizer=loaded.tokenizer, most=tokens, together=_TOGETHER)
    with cast("Any", torch).random.fork_rng():
        cast("Any", torch).manual_seed(seed)
        ids = writer.write([asked(loaded.tokenizer, query, loaded.form) for query in queries], temperature=temperature)
    model.train(was)
    return [spoken(loaded, query, each) for query, each in zip(queries, ids, strict=True)]


def spoken(loaded: Loaded, query: str, ids: Sequence[int]) -> Sample:
    """Return what tokens say."""
    text = str(loaded.tokenizer.decode(list(ids), skip_special_tokens=True)).strip()
    return Sample(query=query, text=text, ended=bool(ids) and ids[-1] in end_marks(loaded.model, loaded.tokenizer))
