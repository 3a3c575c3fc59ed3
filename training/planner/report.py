"""What a table says before anything learns: ``report.json`` and ``report.svg``, written beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from questline.training.embedded.examples import question_hash
from questline.training.evaluation.intervals import bootstrap_interval
from questline.training.evaluation.provenance import Provenance
from questline.training.evaluation.reports import write_json

from . import baselines
from .baselines import LAMBDAS, Shares, taken
from .columns import SUB, TOP
from .matrix import Matrix
from .picture import drawn
from .rewards import scales, utilities, weights
from .seconds import Seconds
from .store import Store

__all__ = ["PICTURE", "REPORT", "SEEN", "measured", "write_report"]

REPORT: Final = "report.json"
PICTURE: Final = "report.svg"
SEEN: Final[Mapping[bool | None, str]] = {
    True: "The executors HAVE LEARNT from these questions: F1 is too high, and a planner fitted on it trusts the "
    "wrong workflows. Fill the table by cross-fitting (--models twice) before anything is learnt from it.",
    False: "No reader, selector or calibration has learnt from the questions that it is scored on (2-fold "
    "cross-fitting). The four weights of the search and a few limits of the rules were chosen on all of them.",
    None: "It is not known whether the executors have learnt from these questions.",
}
_CE_HELD_OUT: Final = 0.1
"""Share of its questions that the recipe of the cross-encoder holds out, by `question_hash`."""


def write_report(folder: Path, *, command: str = "", seed: int = 0) -> dict[str, Any]:
    """Measure the table in a folder, write the report and the picture, return the report.

    Raises:
        UsageError: What reading the table raises.
        RunError: ``read_only`` or ``disk_full``.
    """
    with Store.open(folder) as store:
        about, rows = store.about(), store.questions()
    seconds = Seconds.read(about["seconds"])
    matrix = Matrix.of(rows, seconds)
    whole = Matrix.of(rows, seconds, (*TOP, *(name for names in SUB.values() for name in names.values())))
    report = {
        "n": len(matrix.questions),
        "seen": about["seen"],
        "warning": SEEN[about["seen"]],
        **measured(matrix, seed=seed),
        "below": _below(whole),
        "seconds_model": seconds.as_dict(),
        "rate": _rate(about.get("fillings", [])),
        "run": {"suite": "table", "command": command, "identity": about["identity"], **Provenance.gather().as_dict()},
    }
    if about["seen"]:
        report["not_learnt_by_the_cross_encoder"] = _unlearnt(matrix)
    write_json(folder / REPORT, report)
    (folder / PICTURE).write_text(drawn(report), encoding="utf-8")
    return report


def measured(matrix: Matrix, *, seed: int = 0) -> dict[str, Any]:
    """Return the baselines of a table: what is chosen is chosen on four fifths, and measured on the other fifth.

    ``in_sample`` holds the same chosen and measured on all questions: less noise, and too kind to what is chosen.
    """
    train, test = matrix.split()
    if not test.questions or not train.questions:
        train = test = matrix  # too few to hold any out: said by the two counts
    scale = scales(train.costs)
    at = [_at(lam, train, test, scale, seed=seed) for lam in LAMBDAS]
    volumes: dict[str, dict[str, float]] = {}
    for place, name in enumerate(test.components):
        costs = test.costs[..., place]
        dearest = float(costs.mean(axis=0).max())
        front = {
            policy: [(float(one["policies"][policy]["f1"]), float(one["policies"][policy][name])) for one in at]
            for policy in at[0]["policies"]
        }
        front["all constants"] = [
            (float(test.f1[:, w].mean()), float(costs[:, w].mean())) for w in range(len(test.columns))
        ]
        volumes[name] = {policy: baselines.hypervolume(points, dearest) for policy, points in front.items()}
    return {
        "chosen_on": len(train.questions),
        "measured_on": len(test.questions),
        "components": list(matrix.components),
        "dropped": list(matrix.dropped),
        "nominal": matrix.nominal,
        "p95": dict(zip(matrix.components, scale.tolist(), strict=True)),
        "constants": _constants(matrix),
        "by_source": {
            source: _constants(matrix.where(lambda one, source=source: one.source == source))
            for source in sorted(set(matrix.sources))
        },
        "lambda_calls": at,
        "in_sample": [_at(lam, matrix, matrix, scales(matrix.costs), seed=seed) for lam in LAMBDAS],
        "hypervolume": volumes,
        "best_is_unique": float((_first_places(matrix) == 1).mean()),
    }


def _constants(matrix: Matrix) -> dict[str, Any]:
    """Return the mean of each workflow over all questions."""
    found: dict[str, Any] = {"n": len(matrix.questions)}
    for w, name in enumerate(matrix.columns):
        low, high = bootstrap_interval(matrix.f1[:, w].tolist())
        costs = dict(zip(matrix.components, matrix.costs[:, w].mean(axis=0).tolist(), strict=True))
        found[name] = {
            "f1": float(matrix.f1[:, w].mean()),
            "f1_interval": [low, high],
            "em": float(matrix.em[:, w].mean()),
            **costs,
        }
    found["oracle_f1"] = float(matrix.f1.max(axis=1).mean())
    return found


def _at(lam: float, train: Matrix, test: Matrix, scale: baselines.Doubles, *, seed: int) -> dict[str, Any]:
    given = weights({"calls": lam} if "calls" in test.components else {}, test.components)
    learnt = utilities(train.f1, train.costs, scale, given)
    utility = utilities(test.f1, test.costs, scale, given)
    best = baselines.best_constant(learnt)
    constant = baselines.constant(test, best)
    policies: dict[str, Shares] = {
        "best constant": constant,
        "best constant per source": baselines.best_per_source(train, learnt, test),
        "random legal": baselines.random_legal(test),
        "oracle": baselines.oracle(utility, (test.costs / scale).sum(axis=-1)),
    }
    found: dict[str, Any] = {}
    for name, shares in policies.items():
        gain = baselines.adaptive_gain(utility, shares, constant, seed=seed)
        costs = {one: float(taken(test.costs[..., c], shares).mean()) for c, one in enumerate(test.components)}
        found[name] = {
            "utility": float(taken(utility, shares).mean()),
            "f1": float(taken(test.f1, shares).mean()),
            **costs,
            "regret": baselines.regret(utility, shares),
            "gain": gain.difference,
            "gain_low": gain.low,
            "gain_high": gain.high,
        }
    plans = cast("list[int]", policies["oracle"].argmax(axis=1).tolist())
    chosen = Counter(test.columns[place] for place in plans)
    return {
        "lambda_calls": lam,
        "best_constant": test.columns[best],
        "utility_of_constants": dict(zip(test.columns, utility.mean(axis=0).tolist(), strict=True)),
        "policies": found,
        "oracle_plans": dict(chosen.most_common()),
    }


def _first_places(matrix: Matrix) -> baselines.Doubles:
    """Return how many workflows share the highest F1 of each question; all of them where none is right."""
    return (matrix.f1 >= matrix.f1.max(axis=1, keepdims=True)).sum(axis=1).astype(np.float64)


def _rate(fillings: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return how many runs a processor makes in a minute, over all fillings."""
    runs, spent = sum(one["runs"] for one in fillings), sum(one["processor_s"] for one in fillings)
    return {"runs_per_processor_minute": 60 * runs / spent if spent else None, "fillings": list(fillings)}


def _below(matrix: Matrix) -> dict[str, Any]:
    """Return the parent's F1 and cost by the workflow of all its parts."""
    return {
        top: {
            below: {
                "f1": float(matrix.f1[:, matrix.columns.index(name)].mean()),
                **dict(
                    zip(
                        matrix.components,
                        matrix.costs[:, matrix.columns.index(name)].mean(axis=0).tolist(),
                        strict=True,
                    )
                ),
            }
            for below, name in names.items()
        }
        for top, names in SUB.items()
    }


def _unlearnt(matrix: Matrix) -> dict[str, Any]:
    """Compare the tenth that the cross-encoder held out with what it learnt: how far having seen lifts F1."""
    parts = {
        "not learnt": matrix.where(lambda one: question_hash(one.text) < _CE_HELD_OUT),
        "learnt": matrix.where(lambda one: question_hash(one.text) >= _CE_HELD_OUT),
    }
    return {name: _constants(part) for name, part in parts.items() if part.questions}
