"""A planner's measurement as Markdown tables, for a page of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .rivals import PUBLISHED
from .verdict import BEST, BEST_BY_SOURCE

__all__ = ["rendered"]


def rendered(found: Mapping[str, Any]) -> str:
    """Return gains at each weight of calls, areas under the fronts, plans by source, the published recipe, limits.

    Args:
        found: The JSON of ``agents eval planner --sweep``.
    """
    cost = "calls" if "calls" in found["components"] else found["components"][0]
    parts = [
        _table(
            ("λ of calls", "F1", cost, "utility", "over the best constant", "over the best per source", "gap closed"),
            (_weight(one, cost) for one in found["sweep"]),
        ),
        _table(
            ("λ of calls", *(f"inside {source}" for source in found["plans"]["by_source"])),
            (_inside(one, list(found["plans"]["by_source"])) for one in found["sweep"]),
            before="Gain over the best constant of each source, inside it:",
        ),
        *(
            _table(("front", f"area under (F1, {each})", "the planner's is larger by"), _areas(areas))
            for each, areas in found["hypervolumes"].items()
        ),
        _table(
            ("source", "n", "entropy, nats", "plans", "information on the type", "by chance", "against the commonest"),
            (_source(name, told) for name, told in found["plans"]["by_source"].items()),
            before="Plans at the balanced weight, those of a tenth or more:",
        ),
        _table(
            ("α", "F1", cost, "commonest plan's share", "no search", "entropy, nats", "commonest plans"),
            (_alpha(alpha, told, cost) for alpha, told in found["published"]["by_alpha"].items()),
            before=f"{PUBLISHED}, means over seeds:",
        ),
        _table(
            ("limit on", "at most", "F1", "spent", "over it", "nothing fits"),
            (_limit(one) for one in found["limits"]),
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, before: str = "") -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    head = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    return "\n".join([*([before, ""] if before else []), *head, *lines])


def _limit(one: Mapping[str, Any]) -> Sequence[str]:
    over = "–" if one["over_budget"] is None else _3(one["over_budget"])
    return one["cost"], f"{one['limit']:.4g}", _3(one["f1"]), f"{one['spent']:.4g}", over, _3(one["nothing_fits"])


def _weight(one: Mapping[str, Any], cost: str) -> Sequence[str]:
    gains, closed = one["gains"], one["oracle_gap_closed"]
    return (
        f"{one['lambda_calls']:g}",
        _3(one["f1"]),
        f"{one['cost'][cost]:.3g}",
        _3(one["utility"]),
        _gain(gains[BEST]),
        _gain(gains[BEST_BY_SOURCE]),
        "–" if closed is None else _3(closed),
    )


def _inside(one: Mapping[str, Any], sources: Sequence[str]) -> Sequence[str]:
    return (
        f"{one['lambda_calls']:g}",
        *(_gain(one["gains"][f"{BEST_BY_SOURCE} within {source}"]) for source in sources),
    )


def _areas(found: Mapping[str, Mapping[str, float]]) -> Iterable[Sequence[str]]:
    for name, told in found.items():
        larger = (
            f"{told['own_larger']:+.3g} [{told['own_larger_low']:+.3g}, {told['own_larger_high']:+.3g}]"
            if "own_larger" in told
            else ""
        )
        yield name, f"{told['hypervolume']:.3g}", larger


def _source(name: str, told: Mapping[str, Any]) -> Sequence[str]:
    kind = told["type"]
    plans = ", ".join(f"{plan} {share:.0%}" for plan, share in told["shares"].items() if share >= 0.1)
    known = kind["mutual_information"] is not None
    against = ", ".join(f"{plan} {_gain(each)}" for plan, each in told["against_majority"].items())
    return (
        name,
        str(told["n"]),
        _3(told["entropy"]),
        plans,
        _3(kind["mutual_information"]) if known else kind["why"],
        _3(kind["by_chance"]) if known else "",
        against,
    )


def _alpha(alpha: str, told: Mapping[str, Any], cost: str) -> Sequence[str]:
    plans = ", ".join(f"{plan} ({count})" for plan, count in told["majorities"].items())
    shares = (_3(told["majority_share"]), _3(told["without_search"]), _3(told["entropy"]))
    return alpha, _3(told["f1"]), f"{told[cost]:.3g}", *shares, plans


def _gain(told: Mapping[str, float]) -> str:
    return f"{told['gain']:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]"


def _3(value: float) -> str:
    return f"{value:.3f}"
