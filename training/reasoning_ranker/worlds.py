"""Lists out of made-up worlds, with a teacher that knows each world: reasoning step by step, then the order.

The teacher goes through the passages one by one, notes what each is on and whether that helps, and then orders them. It
needs no model, so that everything behind it can be tried and tested anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from questline.tools.ranking.features import word_features
from questline.training.tuning.worlds import Role, World, WorldItem
from questline.types import Passage

from .lists import TaughtList

__all__ = ["VERDICTS", "backwards", "chain", "passages_of", "spoilt", "swapped", "world_lists"]

T = TypeVar("T")
VERDICTS: Final[Mapping[Role, str]] = {"support": "yes", "outdated": "old", "same_topic": "near", "other": "no"}


def world_lists(world: World, count: int, *, first: int = 0) -> list[TaughtList]:
    """Return items of a world as taught lists; those that nothing helps are left out.

    The first stage is BM25 within the list.
    """
    return [_taught(item) for item in world.items(count, first=first) if item.support]


def chain(item: WorldItem) -> str:
    """Return what a careful reader notes down: passage by passage what it is on, and whether that helps.

    Where all passages are on the same thing, the property that is asked for and the passage that has it are enough.
    """
    told = list(enumerate(item.passages, start=1))
    if len({each.about.split()[0] for each in item.passages}) == 1:
        return " ".join(f"{each.about.split()[1]} [{number}]" for number, each in told if each.id in item.support)
    return " ".join(f"[{number}] {each.about} {VERDICTS[each.role]}" for number, each in told)


def backwards(lists: Sequence[TaughtList], *, share: float, seed: int = 0) -> list[TaughtList]:
    """Return the lists with a teacher who finds what is relevant and then, in a share of them, puts it last.

    What learns from that is of two minds, and mostly wrong: something for rewards to mend.
    """
    chance = random.Random(f"backwards {seed}")  # noqa: S311 because it is no secret
    return [_last(each) if chance.random() < share else each for each in lists]


def _last(each: TaughtList) -> TaughtList:
    rest = [one for one in each.final_list if one not in each.relevant]
    return replace(each, final_list=(*rest, *each.relevant))


def spoilt(lists: Sequence[TaughtList], *, seed: int = 0) -> list[TaughtList]:
    """Return the lists with labels, reasoning and order of one another: what is learnt from them is wrong.

    Passages keep their numbers, so each answer stays in form; for showing that a figure rises by learning alone.
    """
    return swapped(lists, _labelled_as, [len(each.passages) for each in lists], seed=seed)


def swapped(items: Sequence[T], take: Callable[[T, T], T], sizes: Sequence[int], *, seed: int) -> list[T]:
    """Return items each of which takes something over from another one of its size."""
    found = list(items)
    for size in set(sizes):
        places = [place for place, each in enumerate(sizes) if each == size]
        order = random.Random(f"spoilt {seed} {size}").sample(places, len(places))  # noqa: S311 because it is no secret
        for place, other in zip(places, order, strict=True):
            found[place] = take(items[place], items[other])
    return found


def _labelled_as(one: TaughtList, other: TaughtList) -> TaughtList:
    name = dict(zip(other.ids, one.ids, strict=True))
    return replace(
        one,
        grades={name[each]: grade for each, grade in other.grades.items()},
        relevant=tuple(name[each] for each in other.relevant),
        reasoning=other.reasoning,
        final_list=tuple(name[each] for each in other.final_list),
    )


def _taught(item: WorldItem) -> TaughtList:
    return TaughtList(
        id=item.id,
        query=item.question,
        passages=passages_of(item),
        grades=item.grades,
        answer=item.answer,
        relevant=item.support,
        reasoning=chain(item),
        final_list=item.best,
    )


def passages_of(item: WorldItem) -> tuple[Passage, ...]:
    """Return the passages of an item, with the score of BM25 within them."""
    words: list[float] = word_features(item.question, [each.text for each in item.passages])[:, 0].tolist()
    return tuple(
        Passage(id=each.id, document_id=each.id, source=each.id, title="", text=each.text, score=round(score, 4))
        for each, score in zip(item.passages, words, strict=True)
    )
