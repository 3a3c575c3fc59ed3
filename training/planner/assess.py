"""How good a policy is on a table that it has not learnt from, beside everything that it has to beat.

Baselines are chosen on the training table and travel with the policy, so that nothing is chosen on what is measured.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.trained import Policy
from questline.training.evaluation.intervals import paired_bootstrap

from . import baselines
from .baselines import LAMBDAS
from .columns import TOP
from .episodes import STATES, Episodes
from .matrix import Matrix
from .mix import entropy, mutual_information
from .rewards import utilities, weights
from .ways import Limit, Ways, likeliest

__all__ = ["BALANCED", "CALLS", "SWEEP", "Chosen", "Outcome", "along", "assessed", "chosen", "outcome"]

BALANCED: Final = 0.1
"""Weight of calls at which plans are counted."""
SWEEP: Final = (*LAMBDAS, 0.8, 1.6, 2.4, 3.2)
"""Weights of a cost that its front of (F1, cost) is drawn at: up to where nothing but the cheapest is worth it."""
CALLS: Final = "calls"
"""The cost whose weight is the dial of budgets, and of all figures that name no other."""
_LEAST_SHARE: Final = 0.1
_TIMED: Final = 200

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The best constants of a training table at each weight of calls, with the scale of its costs."""

    scale: Doubles
    overall: Mapping[float, int]
    """By weight the column."""
    by_source: Mapping[float, Mapping[str, int]]
    """By weight, then source, the column."""
    along: Mapping[str, Mapping[float, Mapping[str, int]]] = field(
        default_factory=dict[str, "Mapping[float, Mapping[str, int]]"]
    )
    """By each other cost, the same at weights of that cost; not kept in files."""

    def as_dict(self) -> dict[str, Any]:
        """Return JSON data."""
        return {
            f"{lam:g}": {
                "overall": TOP[self.overall[lam]],
                "by_source": {source: TOP[column] for source, column in self.by_source[lam].items()},
            }
            for lam in self.overall
        }

    @classmethod
    def read(cls, values: Mapping[str, Any], scale: Sequence[float]) -> Chosen:
        """Read what `as_dict` gave; raises KeyError, TypeError or ValueError."""
        return cls(
            scale=np.array(scale, np.float64),
            overall={float(lam): TOP.index(told["overall"]) for lam, told in values.items()},
            by_source={
                float(lam): {source: TOP.index(name) for source, name in told["by_source"].items()}
                for lam, told in values.items()
            },
        )


def chosen(train: Matrix, scale: Doubles) -> Chosen:
    """Choose the constants on a training table."""
    sources = np.array(train.sources)

    def by_source(lam: float, cost: str) -> dict[str, int]:
        utility = utilities(train.f1, train.costs, scale, along(lam, cost, train.components))
        parts = {source: utility[sources == source] for source in sorted(set(train.sources))}
        return {source: baselines.best_constant(part) for source, part in parts.items()}

    def overall(lam: float) -> int:
        return baselines.best_constant(utilities(train.f1, train.costs, scale, along(lam, CALLS, train.components)))

    return Chosen(
        scale=scale,
        overall={lam: overall(lam) for lam in SWEEP},
        by_source={lam: by_source(lam, CALLS) for lam in SWEEP},
        along={cost: {lam: by_source(lam, cost) for lam in SWEEP} for cost in train.components if cost != CALLS},
    )


def along(lam: float, cost: str, components: Sequence[str]) -> Doubles:
    """Return the weights ``[c]`` that lie on the dial of one cost: none where the costs lack it."""
    return weights({cost: lam} if cost in components else {}, components)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy gets at one weight of calls."""

    lam: float
    f1: Doubles
    costs: Doubles
    utility: Doubles
    """``[n]`` each, costs ``[n, c]``."""
    plans: tuple[str, ...] = ()


def outcome(lam: float, ways: Ways, chosen: Chosen, components: Sequence[str]) -> Outcome:
    """Value the ways of a policy."""
    utility = utilities(ways.f1, ways.costs, chosen.scale, along(lam, CALLS, components))
    return Outcome(lam=lam, f1=ways.f1, costs=ways.costs, utility=utility, plans=ways.plans)


def assessed(policy: Policy, episodes: Episodes, vectors: NDArray[np.float32], chosen: Chosen) -> dict[str, Any]:
    """Measure a policy at every weight of calls.

    Args:
        policy: Learnt on other questions.
        episodes: Of the questions to measure on.
        vectors: Of those questions, ``[n, v]``.
        chosen: The constants of the policy's own training table.
    """
    matrix = episodes.matrix
    outcomes: list[Outcome] = []
    for lam in SWEEP:
        judged = _judged(policy, episodes, vectors, lam)
        outcomes.append(outcome(lam, likeliest(judged["logits"], episodes), chosen, matrix.components))
    balanced = outcomes[SWEEP.index(BALANCED)]
    return {
        "n": len(matrix.questions),
        "components": list(matrix.components),
        "nominal": matrix.nominal,
        "lambda_calls": [_beside(each, matrix, chosen) for each in outcomes if each.lam in LAMBDAS],
        "hypervolume": _volumes(outcomes, matrix, chosen),
        "plans": _plans(balanced, matrix),
        "limits": _limits(policy, episodes, vectors, chosen),
        "planner_ms": _milliseconds(policy, episodes, vectors),
    }


def _judged(policy: Policy, episodes: Episodes, vectors: NDArray[np.float32], lam: float) -> dict[str, Doubles]:
    n, s, f = episodes.features.shape
    told = np.broadcast_to(along(lam, CALLS, policy.components).astype(np.float32), (n * s, len(policy.components)))
    judged = policy.judge(np.repeat(vectors, s, axis=0), episodes.features.reshape(n * s, f), told)
    return {
        name: getattr(judged, name).astype(np.float64).reshape(n, s, *getattr(judged, name).shape[1:])
        for name in judged._fields
    }


def _beside(own: Outcome, matrix: Matrix, chosen: Chosen) -> dict[str, Any]:
    """Set an outcome beside the best constant, the best for each source, chance and the oracle."""
    lam = along(own.lam, CALLS, matrix.components)
    utility = utilities(matrix.f1, matrix.costs, chosen.scale, lam)
    rows, best = np.arange(len(utility)), chosen.overall[own.lam]
    per_source = np.array([chosen.by_source[own.lam].get(source, best) for source in matrix.sources])
    lines = {"best constant": utility[:, best], "best constant per source": utility[rows, per_source]}
    sources = np.array(matrix.sources)
    oracle = utility.max(axis=1)
    constant = float(utility[:, best].mean())
    room = float(oracle.mean()) - constant
    gains: dict[str, Any] = {}
    for name, line in lines.items():
        for source in ("", *sorted(set(matrix.sources))):
            part = sources == source if source else np.ones(len(sources), np.bool_)
            gain = paired_bootstrap(line[part].tolist(), own.utility[part].tolist())
            gains[f"{name}{f' within {source}' if source else ''}"] = {
                "gain": gain.difference, "low": gain.low, "high": gain.high, "n": int(part.sum()),
            }  # fmt: skip
    return {
        "lambda_calls": own.lam,
        "utility": float(own.utility.mean()),
        "f1": float(own.f1.mean()),
        **dict(zip(matrix.components, own.costs.mean(axis=0).tolist(), strict=True)),
        "best_constant": TOP[best],
        "utility_of": {
            **{name: float(line.mean()) for name, line in lines.items()},
            "random legal": float(utility.mean()),
            "oracle": float(oracle.mean()),
        },
        "gains": gains,
        "regret": float(np.maximum(oracle - own.utility, 0).mean()),
        "oracle_gap_closed": (float(own.utility.mean()) - constant) / room if room > 0 else 0.0,
    }


def _volumes(outcomes: Sequence[Outcome], matrix: Matrix, chosen: Chosen) -> dict[str, dict[str, float]]:
    """Return the hypervolume of (F1, cost) by cost, of the policy and of the lines beside it."""
    rows = np.arange(len(matrix.questions))
    found: dict[str, dict[str, float]] = {}
    for c, name in enumerate(matrix.components):
        dearest = float(matrix.costs[..., c].mean(axis=0).max())

        def point(columns: NDArray[np.int64], c: int = c) -> tuple[float, float]:
            return float(matrix.f1[rows, columns].mean()), float(matrix.costs[rows, columns, c].mean())

        constants = [point(np.full(len(rows), w)) for w in range(len(TOP))]
        per_source = [
            point(np.array([chosen.by_source[lam].get(one, chosen.overall[lam]) for one in matrix.sources]))
            for lam in SWEEP
        ]
        own = [(float(each.f1.mean()), float(each.costs[:, c].mean())) for each in outcomes]
        found[name] = {
            "policy": baselines.hypervolume(own, dearest),
            "constants": baselines.hypervolume(constants, dearest),
            "best constant per source": baselines.hypervolume(per_source, dearest),
        }
    return found


def _plans(own: Outcome, matrix: Matrix) -> dict[str, Any]:
    """Count the plans inside each source, and say of each large one whether it was right to choose it."""
    sources = np.array(matrix.sources)
    found: dict[str, Any] = {
        "mutual_information_with_source": mutual_information(own.plans, matrix.sources),
        "entropy": entropy(Counter(own.plans).values()),
    }
    by_source: dict[str, Any] = {}
    for source in sorted(set(matrix.sources)):
        places = np.flatnonzero(sources == source)
        counts = Counter(own.plans[place] for place in places)
        majority = counts.most_common(1)[0][0]
        by_source[source] = {
            "entropy": entropy(counts.values()),
            "shares": {plan: count / len(places) for plan, count in counts.most_common()},
            "against_majority": {
                plan: _against(own, matrix, [int(place) for place in places if own.plans[place] == plan], majority)
                for plan, count in counts.items()
                if plan != majority and count >= _LEAST_SHARE * len(places)
            },
        }
    return {**found, "by_source": by_source}


def _against(own: Outcome, matrix: Matrix, places: Sequence[int], majority: str) -> dict[str, float]:
    """Compare a plan with the first workflow of the commonest one, on the questions that it was chosen for, by F1."""
    column = TOP.index(majority.partition(" > ")[0])
    gain = paired_bootstrap(matrix.f1[list(places), column].tolist(), own.f1[list(places)].tolist())
    return {"gain_f1": gain.difference, "low": gain.low, "high": gain.high, "n": float(len(places))}


def _limits(policy: Policy, episodes: Episodes, vectors: NDArray[np.float32], chosen: Chosen) -> list[dict[str, float]]:
    """Hold the policy, at no weight of cost, to hard limits on calls: how often it goes over, what F1 is left."""
    matrix = episodes.matrix
    if "calls" not in matrix.components:
        return []
    c = matrix.components.index("calls")
    judged = _judged(policy, episodes, vectors, 0.0)
    found: list[dict[str, float]] = []
    for most in (1, 2, 3, 4, 6, 8, 12):
        limit = Limit(
            most=np.where(np.arange(len(matrix.components)) == c, float(most), np.inf),
            high=judged["high"] * chosen.scale,
        )
        ways = likeliest(judged["logits"], episodes, limit)
        over = float((ways.costs[:, c] > most).mean())
        found.append(
            {
                "calls": float(most),
                "over_budget": over,
                "f1": float(ways.f1.mean()),
                "spent": float(ways.costs[:, c].mean()),
            }
        )
    return found


def _milliseconds(policy: Policy, episodes: Episodes, vectors: NDArray[np.float32]) -> float:
    """Return the median time of one decision's network, one state at a time."""
    lam = along(BALANCED, CALLS, policy.components).astype(np.float32)[None]
    took: list[float] = []
    for row in range(min(_TIMED, len(vectors))):
        state = row % len(STATES)
        began = time.perf_counter()
        policy.judge(vectors[row : row + 1], episodes.features[row : row + 1, state], lam)
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1000)
