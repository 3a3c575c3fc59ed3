"""Windows that a tiny model learns in two hundred steps: passages of red things help, and sometimes none is."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.training.reasoning_ranker.marked import passage

from questline.training.utility_selector.rows import TaughtSet

__all__ = ["TINY", "red"]

_THINGS: Final = ("lamp", "vase", "rug", "bell")
_COLOURS: Final = ("blue", "green", "white")
TINY: Final[dict[str, Any]] = {"width": 32, "layers": 2, "heads": 2, "tokens": 60}
"""Of the model."""


def red(count: int, *, passages: int = 3, seed: int = 0, first: int = 0) -> list[TaughtSet]:
    """Return windows whose red things help: any number of them, none too."""
    chance = random.Random(seed)
    return [_one(chance, number, passages) for number in range(first, first + count)]


def _one(chance: random.Random, number: int, passages: int) -> TaughtSet:
    kept = [chance.random() < 0.35 for _ in range(passages)]
    things = chance.sample(_THINGS, passages)
    texts = [f"{thing} {'red' if keep else chance.choice(_COLOURS)}" for thing, keep in zip(things, kept, strict=True)]
    ids = [f"{number}-{place}" for place in range(passages)]
    helps = tuple(name for name, keep in zip(ids, kept, strict=True) if keep)
    answer = next((text.split()[0] for text, keep in zip(texts, kept, strict=True) if keep), "")
    return TaughtSet(
        id=str(number),
        question=f"red thing {number % 97}",
        passages=tuple(
            passage(name, text, -float(place)) for place, (name, text) in enumerate(zip(ids, texts, strict=True))
        ),
        gold=helps,
        answers=(answer,) if answer else (),
        kind="some" if helps else "none",
        answer=answer,
        selection=helps,
    )
