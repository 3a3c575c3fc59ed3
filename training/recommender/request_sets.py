"""What is forgotten in a measurement: the standard request set of spec 07 §7 (ours), drawn by a seed.

clicks:0.01     one click each of 1 % of the sessions, place in the second half (as in the SRU protocol)
sessions:20     twenty sessions wholly
items:5         all clicks on five items
categories:1    all clicks on the items of a category that has 0.5 % to 5 % of all clicks
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from questline.errors import UsageError

__all__ = ["FORMS", "drawn", "without"]

FORMS: Final = "clicks:SHARE, sessions:N, items:N or categories:N"
T = TypeVar("T")
_WORTH: Final = (0.005, 0.05)
_FORM: Final = re.compile(r"(clicks|sessions|items|categories):(\d+(?:\.\d+)?)")


def drawn(
    sessions: Mapping[int, Sequence[str]], form: str, seed: int, categories: Mapping[str, Sequence[str]] | None = None
) -> dict[int, set[int]]:
    """Return session → places of the clicks to forget.

    Args:
        sessions: What was learnt: number → items.
        form: One of `FORMS`.
        seed: Of what is drawn.
        categories: Item → categories, for requests of that form.

    Raises:
        UsageError: ``bad_param`` for another form, or one that names nothing or everything.
    """
    found = _FORM.fullmatch(form)
    if found is None:
        raise UsageError(f"requests {form!r} are not {FORMS}", code="bad_param", argument="requests")
    kind, number = found[1], float(found[2])
    random = np.random.default_rng([seed, len(sessions)])
    numbers = sorted(number for number, items in sessions.items() if len(items) > 1)

    def some(names: Sequence[T], count: int) -> list[T]:
        order: list[int] = random.permutation(len(names)).tolist()
        return [names[at] for at in order[:count]]

    if kind == "clicks":
        chosen = some(numbers, round(number * len(numbers)))
        clicks = {n: {int(random.integers(len(sessions[n]) // 2, len(sessions[n])))} for n in chosen}
    elif kind == "sessions":
        clicks = {n: set(range(len(sessions[n]))) for n in some(numbers, int(number))}
    elif kind == "categories" and not categories:
        raise UsageError(f"{form} needs what items are in which: give --categories", argument="--categories")
    elif kind == "categories":
        gone = _members(sessions, categories or {}, lambda names: some(names, int(number)))
        clicks = _all_of(sessions, gone)
    else:
        names = sorted({item for items in sessions.values() for item in items})
        gone = set(some(names, int(number)))
        clicks = _all_of(sessions, gone)
    if not clicks or len(clicks) >= len(sessions):
        raise UsageError(
            f"requests {form!r} name {len(clicks)} of {len(sessions)} sessions: name one and leave one",
            code="bad_param",
            argument="requests",
        )
    return clicks


def _all_of(sessions: Mapping[int, Sequence[str]], gone: Collection[str]) -> dict[int, set[int]]:
    places = {n: {at for at, item in enumerate(items) if item in gone} for n, items in sessions.items()}
    return {n: each for n, each in places.items() if each}


def _members(
    sessions: Mapping[int, Sequence[str]],
    categories: Mapping[str, Sequence[str]],
    some: Callable[[Sequence[str]], Sequence[str]],
) -> set[str]:
    """Return the items of drawn categories, among those that have a share of the clicks worth asking about."""
    counted = Counter(name for items in sessions.values() for item in items for name in set(categories.get(item, ())))
    total = sum(map(len, sessions.values()))
    low, high = _WORTH
    chosen = set(some(sorted(name for name, clicks in counted.items() if low * total <= clicks <= high * total)))
    return {item for item, names in categories.items() if chosen & set(names)}


def without(sessions: Mapping[int, Sequence[str]], clicks: Mapping[int, set[int]]) -> dict[int, list[str]]:
    """Return the sessions less some clicks; ones that have none left are empty."""
    return {
        number: [item for place, item in enumerate(items) if place not in clicks.get(number, ())]
        for number, items in sessions.items()
    }
