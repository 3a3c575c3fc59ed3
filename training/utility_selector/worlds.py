"""Windows out of made-up worlds, with a teacher that knows each world: what a passage is on, whether it helps.

Questions of all kinds are drawn: one passage answers, two are needed, none helps. What only looks like support is there
too: the same thing with another property, what was true before, another thing with the same property.
"""

from __future__ import annotations

from questline.training.reasoning_ranker.worlds import passages_of
from questline.training.tuning.worlds import World, WorldItem

from .rows import TaughtSet

__all__ = ["world_sets"]


def world_sets(world: World, count: int, *, first: int = 0) -> list[TaughtSet]:
    """Return items of a world as taught windows; passages have the score of BM25 within the window."""
    return [_taught(item) for item in world.items(count, first=first)]


def _taught(item: WorldItem) -> TaughtSet:
    alone = len({each.about.split()[0] for each in item.passages}) == 1  # then the property is all there is to note
    return TaughtSet(
        id=item.id,
        question=item.question,
        passages=passages_of(item),
        gold=item.support,
        answers=(item.answer,) if item.answer else (),
        kind=item.kind,
        answer=item.answer,
        selection=item.support,
        notes={each.id: each.about.split(maxsplit=1)[1] if alone else each.about for each in item.passages},
    )
