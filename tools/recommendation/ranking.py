"""From counts and a session to a list: unknown items, cold start, what was seen, and how long the list may be."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from numbers import Integral
from typing import Final

from questline.errors import UsageError
from questline.tools.arguments import shown
from questline.types import AnswerWarning

from .counts import Counts
from .result import Recommendation, Recommendations
from .scoring import Doubles, Weights, best, scores

__all__ = ["asked", "recommended"]

_STEP: Final = "recommend"
_SHOWN: Final = 3


def recommended(
    counts: Counts,
    session: Sequence[str],
    k: int,
    *,
    weights: Weights,
    exclude_seen: bool,
    cold_start: Sequence[str] = (),
    scored: Callable[[Sequence[int]], Doubles] | None = None,
) -> Recommendations:
    """Return at most `k` items for what comes after `session`; what it says nothing of is filled up with popular ones.

    Args:
        counts: What is known.
        session: Items clicked so far.
        k: At least 1.
        weights: Of the counts' scores.
        exclude_seen: Leave out what stands in `session`.
        cold_start: Items that come first where nothing of the session is known.
        scored: In place of the counts' scores: from the known items' numbers to a score of each, in [0, 1].

    Raises:
        UsageError: ``bad_k``.
    """
    k, warnings = asked(session, k, counts.index, counts.items)
    known = [counts.index[item] for item in session if item in counts.index]
    if not known:
        return Recommendations(
            items=tuple(_popular(counts, set(session) if exclude_seen else set(), k, first=cold_start)),
            cold_start=True,
            warnings=warnings,
        )
    found = scores(counts, known, weights) if scored is None else scored(known)
    chosen = best(counts, found, k, without=known if exclude_seen else ())
    items = [
        Recommendation(item=counts.names[item], score=min(1.0, float(found[item])), origin="session") for item in chosen
    ]
    seen = session if exclude_seen else ()
    without = {*seen, *(each.item for each in items)}
    items += _popular(counts, without, k - len(items))
    return Recommendations(items=tuple(items), warnings=warnings)


def asked(session: Sequence[str], k: int, known: Container[str], items: int) -> tuple[int, tuple[AnswerWarning, ...]]:
    """Return how long the list may be, and warnings of a `k` above it and of items that are not `known`.

    Raises:
        UsageError: ``bad_k``.
    """
    if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
        raise UsageError(f"k={k!r} must be a whole number of at least 1", code="bad_k", argument="k")
    warnings: list[AnswerWarning] = []
    if k > items:
        message = f"k={k} is more than the {items} items that are known"
        warnings.append(AnswerWarning(code="k_capped", message=message, step=_STEP))
    unknown = list(dict.fromkeys(item for item in session if item not in known))
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        message = f"{', '.join(map(shown, unknown[:_SHOWN]))}{more} left out: nothing is known of it"
        warnings.append(AnswerWarning(code="unknown_item", message=message, step=_STEP))
    return min(int(k), items), tuple(warnings)


def _popular(counts: Counts, without: set[str], k: int, *, first: Sequence[str] = ()) -> Iterator[Recommendation]:
    """Yield `first` as far as it is known, then the most clicked items."""
    if k < 1:
        return
    given = [item for item in dict.fromkeys(first) if item in counts.index and item not in without]
    names = (counts.names[item] for item in counts.popular)
    wanted = (name for name in names if name not in without and name not in given)
    for place, name in enumerate([*given, *_first(wanted, k - len(given))]):
        if place < k:
            yield Recommendation(item=name, score=0.0, origin="popular")


def _first(names: Iterator[str], k: int) -> list[str]:
    return [name for _, name in zip(range(max(0, k)), names, strict=False)]
