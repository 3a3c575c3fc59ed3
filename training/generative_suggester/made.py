"""A made-up shop: queries of two words, suggestions of two or three, and documents that answer some of them.

    python -P -m questline.training.generative_suggester.made --out suggestions.jsonl

Who wrote the suggestions had a habit: some words came often, and
always before the others, whatever users like.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from questline.errors import UsageError

from .rows import Asked

__all__ = ["ASPECTS", "FORMS", "made_rows", "main", "pool"]

_THINGS: Final = ("lamp", "tent", "boat", "piano", "clock", "stove", "bicycle", "carpet", "kettle", "ladder")
_KINDS: Final = (
    "old",
    "small",
    "red",
    "folding",
    "broken",
    "blue",
    "heavy",
    "wooden",
    "antique",
    "portable",
    "silver",
    "round",
)
_USUAL: Final = 5
"""Kinds of a thing, where nothing else is asked for."""
ASPECTS: Final = ("price", "repair", "size", "history", "photos", "rental", "parts", "weight")
FORMS: Final = ("", "list", "guide")
_UNANSWERED: Final = 2
"""Aspects of a thing that no document says anything about."""
_LIST: Final = 3
_TWICE: Final = 0.1
"""How often an aspect that is there already is taken all the same."""


def pool(query: str) -> list[str]:
    """Return everything that may be suggested for a query of the shop: its thing with an aspect, and a form or none."""
    return list(_pool(query.rsplit(maxsplit=1)[-1]))


@cache
def _pool(thing: str) -> tuple[str, ...]:
    return tuple(" ".join(filter(None, (thing, aspect, form))) for aspect in ASPECTS for form in FORMS)


def made_rows(*, seed: int = 0, lists: int = 6, kinds: int = _USUAL) -> list[Asked]:
    """Return rows in the form that the recipes read, some lists for each query.

    Args:
        seed: Of the lists and of what is answered.
        lists: Rows of a query.
        kinds: Of each thing, 1 to 12: ten queries each.

    Raises:
        UsageError: There are not so many kinds.
    """
    if not 1 <= kinds <= len(_KINDS):
        raise UsageError(f"kinds={kinds} is not in 1 to {len(_KINDS)}", argument="kinds")
    rows: list[Asked] = []
    for thing in _THINGS:
        silent = random.Random(f"{seed} silent {thing}").sample(ASPECTS, _UNANSWERED)  # noqa: S311 because made-up data is no secret
        known = " ".join(aspect for aspect in ASPECTS if aspect not in silent)
        document = f"The {thing}: {known}, as a list or a guide."
        for kind in _KINDS[:kinds]:
            query = f"{kind} {thing}"
            chance = random.Random(f"{seed} lists {query}")  # noqa: S311 because made-up data is no secret
            for _ in range(lists):
                drawn = sorted(_drawn(thing, chance), key=_habit)
                rows.append(Asked(query=query, suggestions=tuple(drawn), documents=(document,)))
    return rows


def _drawn(thing: str, chance: random.Random) -> list[str]:
    """Return suggestions of a list: an aspect hardly ever twice."""
    found: list[str] = []
    while len(found) < _LIST:
        aspect = chance.choices(ASPECTS, weights=[len(ASPECTS) - place for place in range(len(ASPECTS))])[0]
        told = " ".join(filter(None, (thing, aspect, chance.choice(FORMS))))
        if chance.random() < _TWICE or not any(f"{thing} {aspect}" in each for each in found):
            found.append(told)
    return found


def _habit(suggestion: str) -> int:
    return ASPECTS.index(suggestion.split()[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the rows; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lists", type=int, default=6, help="rows of a query")
    given = parser.parse_args(arguments)
    rows = made_rows(seed=given.seed, lists=given.lists)
    lines = (json.dumps(row.as_dict(), ensure_ascii=False) + "\n" for row in rows)
    given.out.write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
