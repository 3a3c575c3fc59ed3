"""Lists that a tiny model learns in a hundred steps: the passage of the red thing is the relevant one."""

from __future__ import annotations

import random
from typing import Any, Final

from questline.training.reasoning_ranker.lists import TaughtList
from questline.types import Passage

__all__ = ["TINY", "marked", "passage"]

_THINGS: Final = ("lamp", "vase", "rug", "bell")
_COLOURS: Final = ("blue", "green", "white")
TINY: Final[dict[str, Any]] = {"width": 32, "layers": 2, "heads": 2, "tokens": 40}
"""Of the model."""


def passage(name: str, text: str, score: float = 0.0) -> Passage:
    return Passage(id=name, document_id=name, source=name, title="", text=text, score=score)


def marked(count: int, *, passages: int = 3, seed: int = 0) -> list[TaughtList]:
    """Return lists in which one passage is of a red thing; its number is all the reasoning."""
    chance = random.Random(seed)
    return [_one(chance, str(number), passages) for number in range(count)]


def _one(chance: random.Random, name: str, passages: int) -> TaughtList:
    place = chance.randrange(passages)
    texts = [
        f"{chance.choice(_THINGS)} {'red' if each == place else chance.choice(_COLOURS)}" for each in range(passages)
    ]
    ids = [f"{name}-{each}" for each in range(passages)]
    return TaughtList(
        id=name,
        query=f"red thing {int(name) % 97}",
        passages=tuple(
            passage(one, text, -float(each)) for each, (one, text) in enumerate(zip(ids, texts, strict=True))
        ),
        grades={ids[place]: 1},
        answer=texts[place].split()[0],
        relevant=(ids[place],),
        reasoning=f"[{place + 1}]",
        final_list=(ids[place], *(one for one in ids if one != ids[place])),
    )
