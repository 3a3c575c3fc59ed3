"""Planners on a table: what they choose at each weight of calls, under hard limits, and how long a decision takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.agents.workflow_planner.trained import Judged, Policy
from questline.agents.workflow_planner.workflow import Workflow
from questline.errors import UsageError

from .assess import BALANCED, CALLS, SWEEP, along
from .baselines import LAMBDAS
from .columns import TOP
from .episodes import DEPTH, STATES, Episodes, place_of
from .matrix import Matrix
from .outcomes import Got
from .question_features import Encodes
from .table_rows import TableRows
from .ways import Limit, likeliest

__all__ = ["Contender", "constant_contender", "followed", "trained_contender"]

Doubles: TypeAlias = NDArray[np.float64]
_LIMITS: Final[Mapping[str, tuple[float, ...]]] = {"calls": (12, 8, 6, 4, 3, 2, 1)}
_SHARES: Final = (2.0, 1.0, 0.75, 0.5, 0.35, 0.25, 0.15)
"""Limits on other costs, as shares of the mean cost of the dearest constant."""
_TIMED: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One planner, measured."""

    name: str
    got: Mapping[float, Got]
    """By weight of calls; the same everywhere for a planner that does not look at it."""
    along: Mapping[str, Mapping[float, Got]] = field(default_factory=dict[str, "Mapping[float, Got]"])
    """By each other cost, what its weights make of the planner; empty for one that does not look at them."""
    milliseconds: float | None = None
    """Median of one decision, without the sentence vector."""
    encoding_ms: float | None = None
    """Median time of the sentence vector, where the planner reads one."""
    limits: Sequence[Mapping[str, float | str | None]] = field(default_factory=list[Mapping[str, "float | str | None"]])
    """What hard limits do to it; empty where it was not held to any."""

    @property
    def has_dial(self) -> bool:
        """Whether it chooses otherwise at another weight."""
        return len({id(got) for got in self.got.values()}) > 1


def constant_contender(name: str, table: TableRows) -> Contender:
    """Return the planner that always runs one workflow; its name is as in ``constant:R,AG``."""
    matrix, workflow = table.top, str(Workflow.parse(name.partition(":")[2]))
    got = Got.of_columns(matrix, np.full(len(table.rows), TOP.index(workflow), np.int64))
    return Contender(name=name, got=dict.fromkeys(SWEEP, got), milliseconds=0.0)


def trained_contender(name: str, policy: Policy, table: TableRows, encoder: Encodes) -> Contender:
    """Return a trained policy's likeliest ways through a table, at every weight of each cost.

    At weights above those of budgets, which only fronts are drawn at, it may give up at once, as the published planner
    can: that runs ``AG``, which answers nothing with the embedded backend.

    Raises:
        UsageError: ``bad_table`` for a policy that was made for other costs than the table has.
    """
    episodes = Episodes.of(table.rows, table.seconds)
    exact = Episodes.of(table.exactly, table.seconds)
    if policy.components != episodes.matrix.components:
        raise UsageError(
            f"{name} weighs {', '.join(policy.components)}, and the table has {', '.join(episodes.matrix.components)}; "
            "fill the table as the one that it learnt from was filled",
            code="bad_table",
            path=table.folder,
            differs="components",
        )
    vectors = np.asarray(encoder.encode(table.texts), np.float32)

    def got(lam: float, cost: str) -> Got:
        logits, idle = _judged(policy, episodes, vectors, lam, cost)["logits"], lam > max(LAMBDAS)
        ways, em = likeliest(logits, episodes, idle=idle), likeliest(logits, exact, idle=idle).f1
        return Got(f1=ways.f1, em=em, costs=ways.costs, plans=tuple(plan or "none" for plan in ways.plans))

    return Contender(
        name=name,
        got={lam: got(lam, CALLS) for lam in SWEEP},
        along={cost: {lam: got(lam, cost) for lam in SWEEP} for cost in episodes.matrix.components if cost != CALLS},
        milliseconds=_milliseconds(policy, episodes, vectors),
        encoding_ms=_encoding(encoder, table.texts),
        limits=_limits(policy, episodes, vectors),
    )


def followed(plan: str, episodes: Episodes, exact: Episodes) -> Got | None:
    """Return what one plan, such as ``R,AG > QDS``, gets on every question; None for one outside the table.

    Args:
        plan: Workflows in order.
        episodes: Of the table.
        exact: The same with exact match in place of F1.
    """
    names = plan.split(" > ")
    if not set(names) <= set(TOP) or len(set(names)) != len(names) or len(names) > DEPTH:
        return None
    ways = [TOP.index(name) for name in names]
    before = place_of(frozenset(ways[:-1]))
    assert before is not None  # because a plan has at most DEPTH workflows
    return Got(
        f1=episodes.next_f1[:, before, ways[-1]].astype(np.float64),
        em=exact.next_f1[:, before, ways[-1]].astype(np.float64),
        costs=episodes.matrix.costs[:, ways].sum(axis=1),
        plans=(plan,) * len(episodes.matrix.questions),
    )


def _judged(
    policy: Policy, episodes: Episodes, vectors: NDArray[np.float32], lam: float, cost: str = CALLS
) -> dict[str, Doubles]:
    n, s, f = episodes.features.shape
    told = np.broadcast_to(_weights(lam, cost, policy.components), (n * s, len(policy.components)))
    judged: Judged = policy.judge(np.repeat(vectors, s, axis=0), episodes.features.reshape(n * s, f), told)
    return {
        "logits": judged.logits.astype(np.float64).reshape(n, s, -1),
        "high": judged.high.astype(np.float64).reshape(n, s, *judged.high.shape[1:]),
    }


def _weights(lam: float, cost: str, components: Sequence[str]) -> NDArray[np.float32]:
    return along(lam, cost, components).astype(np.float32)


def _limits(policy: Policy, episodes: Episodes, vectors: NDArray[np.float32]) -> list[dict[str, float | str | None]]:
    """Hold the policy, at no weight of cost, to falling limits on each cost by itself.

    ``over_budget`` is the share over the limit of the questions for which a workflow fits. Where none does
    (``nothing_fits``), the graph begins the cheapest search and the budget ends it; here that counts as no answer.
    """
    judged, matrix = _judged(policy, episodes, vectors, 0.0), episodes.matrix
    high = judged["high"] * policy.scale.astype(np.float64)
    found: list[dict[str, float | str | None]] = []
    for c, name in enumerate(matrix.components):
        for most in _LIMITS.get(name, _shares_of(matrix, c)):
            limit = Limit(most=np.where(np.arange(len(matrix.components)) == c, most, np.inf), high=high)
            ways = likeliest(judged["logits"], episodes, limit)
            begun = np.array([bool(way) for way in ways.taken])
            over = ways.costs[:, c] > most * (1 + 1e-9)
            found.append(
                {
                    "cost": name,
                    "limit": float(most),
                    "over_budget": float(over.sum() / begun.sum()) if begun.any() else None,
                    "nothing_fits": float(1 - begun.mean()),
                    "f1": float(ways.f1.mean()),
                    "spent": float(ways.costs[:, c].mean()),
                }
            )
    return found


def _shares_of(matrix: Matrix, component: int) -> tuple[float, ...]:
    dearest = float(matrix.costs[..., component].mean(axis=0).max())
    return tuple(share * dearest for share in _SHARES)


def _milliseconds(policy: Policy, episodes: Episodes, vectors: NDArray[np.float32]) -> float:
    lam = _weights(BALANCED, CALLS, policy.components)[None]

    def decide(row: int) -> Any:
        return policy.judge(vectors[row : row + 1], episodes.features[row : row + 1, row % len(STATES)], lam)

    return _median(decide, len(vectors))


def _encoding(encoder: Encodes, texts: Sequence[str]) -> float:
    def encode(row: int) -> Any:
        return encoder.encode([texts[row]])

    return _median(encode, min(50, len(texts)))


def _median(work: Callable[[int], Any], count: int) -> float:
    took: list[float] = []
    for row in range(min(_TIMED, count)):
        began = time.perf_counter()
        work(row)
        took.append(time.perf_counter() - began)
    return float(np.median(took) * 1000)
