"""What a planner is worth on a table: beside the best constants, the rivals that learnt, chance and the oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.training.evaluation.intervals import paired_bootstrap

from . import baselines
from .assess import BALANCED, CALLS, SWEEP
from .baselines import LAMBDAS
from .columns import TOP
from .contenders import Contender, followed
from .episodes import Episodes
from .fronts import Line, pareto, volumes
from .matrix import Matrix
from .outcomes import Constants, Got, utility_of
from .rivals import CLASSIFIER, PUBLISHED, Rivals
from .table_rows import TableRows
from .variety import variety

__all__ = ["ALL_CONSTANTS", "BEST", "BEST_BY_SOURCE", "ORACLE", "RANDOM", "Trial", "search_decision_f1"]

Doubles: TypeAlias = NDArray[np.float64]
BEST: Final = "best constant"
BEST_BY_SOURCE: Final = "best constant per source"
ALL_CONSTANTS: Final = "constants"
RANDOM: Final = "random legal"
ORACLE: Final = "oracle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One planner and everything that it is held against, on n questions."""

    own: Contender
    table: TableRows
    constants: Constants
    rivals: Rivals = field(default_factory=Rivals)
    beside: Sequence[Contender] = ()
    """Other planners that are measured as well, such as the same recipe with other seeds."""
    seed: int = 0
    """Of the resampling."""

    def verdict(self, *, sweep: bool) -> dict[str, Any]:
        """Return the figures at the balanced weight of calls, and with `sweep` those at each of `LAMBDAS`.

        Raises:
            UsageError: What the table raises.
        """
        matrix = self.table.top
        lines = {component: self.lines(matrix, component) for component in matrix.components}
        main = self.at(BALANCED, matrix)
        cost = matrix.components.index(CALLS) if CALLS in matrix.components else 0
        found = {
            component: volumes(lines[component], self.own.name, c, _dearest(matrix, c), seed=self.seed)
            for c, component in enumerate(matrix.components)
        }
        best = main["gains"][BEST]
        return {
            "f1": main["f1"],
            "em": main["em"],
            "utility": main["utility"],
            "adaptive_gain": best["gain"],
            "adaptive_gain_low": best["low"],
            "adaptive_gain_high": best["high"],
            "adaptive_gain_by_source": main["gains"][BEST_BY_SOURCE]["gain"],
            "oracle_gap_closed": main["oracle_gap_closed"],
            "hypervolume": found[matrix.components[cost]][self.own.name]["hypervolume"],
            "regret": main["regret"],
            "over_budget": max(
                (float(over) for one in self.own.limits if (over := one["over_budget"]) is not None), default=None
            ),
            "planner_ms": self.own.milliseconds,
            "encoder_ms": self.own.encoding_ms,
            "n": len(matrix.questions),
            "cost": main["cost"],
            "balanced": main,
            "sweep": [self.at(lam, matrix) for lam in LAMBDAS] if sweep else [],
            "constants_chosen_on": self.constants.chosen_on,
            "scale": dict(zip(matrix.components, self.constants.scale.tolist(), strict=True)),
            "components": list(matrix.components),
            "dropped": list(matrix.dropped),
            "nominal": matrix.nominal,
            "front": {name: pareto(lines[name], c) for c, name in enumerate(matrix.components)},
            "hypervolumes": found,
            "published": {
                "by_alpha": self.rivals.collapse(matrix.components),
                "hypervolume": {name: _published(volume) for name, volume in found.items()},
            },
            "classifier": {"labels": dict(self.rivals.classes)},
            "not_learnt": dict(self.rivals.missing),
            "limits": [dict(one) for one in self.own.limits],
            "plans": self._variety(matrix),
            "search_decision_f1": None if matrix.nominal else search_decision_f1(self.own.got[BALANCED], matrix),
        }

    def lines(self, matrix: Matrix, cost: str = CALLS) -> dict[str, Line]:
        """Return every front that is drawn of one cost, along its own weights, the own one first."""
        rows = np.arange(len(matrix.questions))
        dial = tuple(f"λ {lam:g}" for lam in SWEEP)

        def line(got: Sequence[Got], labels: tuple[str, ...], *, bound: bool = False) -> Line:
            return Line(
                f1=np.stack([one.f1 for one in got]),
                costs=np.stack([one.costs for one in got]),
                labels=labels,
                bound=bound,
            )

        def of(contender: Contender) -> Line:
            if contender.has_dial:
                got = contender.along.get(cost, contender.got)
                return line([got[lam] for lam in SWEEP], dial)
            return line([contender.got[BALANCED]], ("",))

        by_source = self.constants.along.get(cost, self.constants.by_source)

        return {
            self.own.name: of(self.own),
            **{each.name: of(each) for each in self.beside},
            ALL_CONSTANTS: line([Got.of_columns(matrix, np.full(len(rows), w)) for w in range(len(TOP))], TOP),
            BEST: line([Got.of_columns(matrix, self.constants.overall[lam]) for lam in SWEEP], dial),
            BEST_BY_SOURCE: line([Got.of_columns(matrix, by_source[lam]) for lam in SWEEP], dial),
            RANDOM: line([Got.of_shares(matrix, baselines.random_legal(matrix))], ("",)),
            **self.rivals.lines(),
            ORACLE: line([self._oracle(lam, matrix, cost) for lam in SWEEP], dial, bound=True),
        }

    def at(self, lam: float, matrix: Matrix) -> dict[str, Any]:
        """Set the planner beside everything else at one weight of calls."""
        got, scale = self.own.got[lam], self.constants.scale

        def worth(one: Got) -> Doubles:
            return utility_of(one, lam, matrix.components, scale)

        own = worth(got)
        lines = {
            BEST: worth(Got.of_columns(matrix, self.constants.overall[lam])),
            BEST_BY_SOURCE: worth(Got.of_columns(matrix, self.constants.by_source[lam])),
        }
        others: dict[str, Doubles] = {RANDOM: worth(Got.of_shares(matrix, baselines.random_legal(matrix)))}
        if self.rivals.classifier is not None:
            others[CLASSIFIER] = worth(self.rivals.classifier)
        for alpha, each in self.rivals.published.items():
            others[f"{PUBLISHED}, α {alpha:g}"] = np.mean([worth(one) for one in each], axis=0)
        others |= {each.name: worth(each.got[lam]) for each in self.beside}
        oracle = worth(self._oracle(lam, matrix))
        constant, room = float(lines[BEST].mean()), float((oracle - lines[BEST]).mean())
        return {
            "lambda_calls": lam,
            "f1": float(got.f1.mean()),
            "em": float(got.em.mean()),
            "utility": float(own.mean()),
            "cost": dict(zip(matrix.components, got.costs.mean(axis=0).tolist(), strict=True)),
            "best_constant": self.constants.name(lam, TOP),
            "utility_of": {name: float(one.mean()) for name, one in {**lines, **others, ORACLE: oracle}.items()},
            "gains": {
                name: value
                for line, against in {**lines, **others}.items()
                for name, value in self._gains(line, own, against, matrix.sources, inside=line in lines).items()
            },
            "regret": float(np.maximum(oracle - own, 0).mean()),
            "oracle_gap_closed": (float(own.mean()) - constant) / room if room > 0 else None,
            "majority_share": Counter(got.plans).most_common(1)[0][1] / len(got.plans),
            "workflows": dict(Counter(got.plans).most_common()),
        }

    def _gains(
        self, name: str, own: Doubles, against: Doubles, sources: Sequence[str], *, inside: bool
    ) -> dict[str, dict[str, float]]:
        """Return the gain with its interval, over all questions and, where wanted, inside each source."""
        where, found = np.array(sources), dict[str, dict[str, float]]()
        for source in ("", *(sorted(set(sources)) if inside else ())):
            part = where == source if source else np.ones(len(where), np.bool_)
            gain = paired_bootstrap(against[part].tolist(), own[part].tolist(), seed=self.seed)
            found[f"{name} within {source}" if source else name] = {
                "gain": gain.difference,
                "low": gain.low,
                "high": gain.high,
                "n": float(part.sum()),
            }
        return found

    def _oracle(self, lam: float, matrix: Matrix, cost: str = CALLS) -> Got:
        every = [Got.of_columns(matrix, np.full(len(matrix.questions), w)) for w in range(len(TOP))]
        scale = self.constants.scale
        utility = np.stack([utility_of(one, lam, matrix.components, scale, cost) for one in every], axis=1)
        price = (matrix.costs / self.constants.scale).sum(axis=-1)
        return Got.of_columns(matrix, baselines.oracle(utility, price).argmax(axis=1))

    def _variety(self, matrix: Matrix) -> dict[str, Any]:
        episodes = Episodes.of(self.table.rows, self.table.seconds)
        exact = Episodes.of(self.table.exactly, self.table.seconds)
        return variety(
            self.own.got[BALANCED],
            lambda got: utility_of(got, BALANCED, matrix.components, self.constants.scale),
            matrix.sources,
            [one.kind for one in matrix.questions],
            lambda plan: followed(plan, episodes, exact),
            seed=self.seed,
        )


def search_decision_f1(got: Got, matrix: Matrix) -> float | None:
    """Return the F1 of deciding to search; to be found are questions wrong closed-book that some search answers.

    Only for a language model: the embedded backend answers nothing without a search. None where no question needs one.
    """
    searches = [w for w, name in enumerate(matrix.columns) if "R" in name.split(",") or name in ("QDS", "QDP")]
    needs = (matrix.em[:, matrix.columns.index("AG")] < 1) & (matrix.em[:, searches].max(axis=1) >= 1)
    decided = np.array([bool({"R", "QDS", "QDP"} & set(plan.replace(" > ", ",").split(","))) for plan in got.plans])
    if not needs.any():
        return None
    right = float((needs & decided).sum())
    return 2 * right / float(needs.sum() + decided.sum())


def _dearest(matrix: Matrix, component: int) -> float:
    return float(matrix.costs[..., component].mean(axis=0).max())


def _published(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return mean and range over the seeds of the published recipe."""
    each = [values["hypervolume"] for name, values in found.items() if name.startswith(PUBLISHED)]
    return {"mean": float(np.mean(each)), "least": min(each), "most": max(each)} if each else {}
