"""What lists of suggestions are good for beside clicks: variety, whether they can be answered, whether they are new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from statistics import fmean

from questline.tools.suggestion.similarity import NEAR, facet, same, similarity

from .rows import answered

__all__ = ["described"]


def described(lists: Sequence[tuple[str, Sequence[str]]], documents: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the figures of lists, each with its query (spec 06 §7).

    Args:
        lists: At least one, of one suggestion or more.
        documents: By query.
    """
    alike = [_alike(one, other) for _, told in lists for one, other in combinations(told, 2)]
    every = [(query, option) for query, told in lists for option in told]
    facets = [len({" ".join(facet(query, option)) for option in told}) / len(told) for query, told in lists]
    repeated = [any(_alike(one, other) > NEAR for one, other in combinations(told, 2)) for _, told in lists]
    return {
        "pairwise similarity": fmean(alike) if alike else 0.0,
        "distinct facets": fmean(facets),
        "lists that repeat": fmean(map(float, repeated)),
        "answered": fmean(float(answered(query, option, documents)) for query, option in every),
        "not new": fmean(float(same(query, option)) for query, option in every),
    }


@lru_cache(maxsize=65536)
def _alike(one: str, other: str) -> float:
    return similarity(one, other)
