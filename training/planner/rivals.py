"""The baselines that have to be learnt: the classifier of Adaptive-RAG, and MAO-ARAG as published at several alphas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .folds import held_out
from .fronts import Line
from .matrix import Matrix
from .mix import entropy
from .outcomes import Got
from .published import WHOLE, Payoffs
from .question_features import Encodes, Squeezed, question_features
from .rewards import Reading
from .router import WAYS, Router, labels
from .table_rows import TableRows

if TYPE_CHECKING:
    from .ppo import Recipe

__all__ = ["ALPHAS", "CLASSIFIER", "PUBLISHED", "Rivals", "learn_rivals"]

Places: TypeAlias = NDArray[np.int64]
Curves: TypeAlias = list[tuple[int, str, float]]
ALPHAS: Final = (0.0, 0.1, 0.2, 0.5)
"""Weights of the cost in the published reward."""
_COMPONENTS: Final = 16
"""Of the sentence vector that the published recipe sees: with all of it, a network that passes over the questions many
times learns their answers by heart."""
CLASSIFIER: Final = "Adaptive-RAG classifier"
PUBLISHED: Final = "MAO-ARAG as published"
Hears: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """What they choose on the questions that are measured."""

    classifier: Got | None = None
    classes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Labels of the training questions, by the workflow that they stand for."""
    published: Mapping[float, Sequence[Got]] = field(default_factory=dict[float, "Sequence[Got]"])
    """By alpha, one a seed."""
    curves: Mapping[float, Sequence[Curves]] = field(default_factory=dict[float, "Sequence[Curves]"])
    """Of their training, by alpha, one a seed."""
    missing: Mapping[str, str] = field(default_factory=dict[str, str])
    """Baselines that were not learnt, and why."""

    @property
    def seeds(self) -> int:
        """Return how often the published recipe was trained at each alpha."""
        return min((len(each) for each in self.published.values()), default=0)

    def lines(self) -> dict[str, Line]:
        """Return them as fronts: a single point, and for each seed one with a point an alpha."""
        found: dict[str, Line] = {}
        if self.classifier is not None:
            found[CLASSIFIER] = _line([self.classifier], ("",))
        for seed in range(self.seeds):
            got = [self.published[alpha][seed] for alpha in self.published]
            found[f"{PUBLISHED}, seed {seed}"] = _line(got, tuple(f"α {alpha:g}" for alpha in self.published))
        return found

    def collapse(self, components: Sequence[str]) -> dict[str, Any]:
        """Return by alpha what the published recipe came to choose: means over seeds, and each seed's majority."""
        return {
            f"{alpha:g}": {
                "f1": _mean([float(one.f1.mean()) for one in each]),
                **{name: _mean([float(one.costs[:, c].mean()) for one in each]) for c, name in enumerate(components)},
                "majority_share": _mean([_majority(one)[1] for one in each]),
                "entropy": _mean([entropy(Counter(one.plans).values()) for one in each]),
                "without_search": _mean([sum(map(_never_searches, one.plans)) / len(one.plans) for one in each]),
                "illegal": _mean([one.plans.count("illegal") / len(one.plans) for one in each]),
                "majorities": dict(Counter(_majority(one)[0] for one in each)),
                "shares_of_majorities": [_majority(one)[1] for one in each],
            }
            for alpha, each in self.published.items()
        }


def learn_rivals(
    train: TableRows,
    test: TableRows,
    encoder: Encodes,
    hears: Hears,
    *,
    seeds: int = 5,
    alphas: Sequence[float] = ALPHAS,
    reading: Reading = "text",
    recipe: Recipe | None = None,
) -> Rivals:
    """Learn both on a training table, and let them choose on another one.

    Args:
        train: What is learnt from.
        test: What is chosen for.
        encoder: Of the questions.
        hears: Told phase, done, total.
        seeds: Trainings of the published recipe at each alpha.
        alphas: Its weights of the cost.
        reading: Which part of the paper its turn costs are taken from.
        recipe: Its settings.
    """
    learnt, seen = question_features(train.texts, encoder), question_features(test.texts, encoder)
    whole = test.whole
    wanted = labels(train.top)
    told = {str(way): int((wanted == place).sum()) for place, way in enumerate(WAYS)}
    missing: dict[str, str] = {}
    classifier: Got | None = None
    if len(train.rows) < 10:
        missing[CLASSIFIER] = "fewer than ten training questions"
    else:
        hears("learning: classifier", 0, 1)
        classifier = _got(whole, Router.fitted(learnt, wanted).columns(seen, WHOLE))
        hears("learning: classifier", 1, 1)
    if find_spec("torch") is None:
        missing[PUBLISHED] = "needs torch: pip install 'questline[train]'"
        return Rivals(classifier=classifier, classes=told, missing=missing)
    from .ppo import learn

    squeezed = Squeezed.fitted(learnt, _COMPONENTS)
    held = np.array([held_out(text) for text in train.texts])
    published: dict[float, list[Got]] = {}
    curves: dict[float, list[Curves]] = {}
    for place, alpha in enumerate(alphas):
        payoffs = Payoffs.of(train.rows, alpha, reading)
        for seed in range(seeds):
            hears("learning: published recipe", place * seeds + seed, len(alphas) * seeds)
            run = learn(squeezed.of(learnt), payoffs, held, seed=seed, recipe=recipe)
            published.setdefault(alpha, []).append(_got(whole, run.choose(squeezed.of(seen))))
            curves.setdefault(alpha, []).append(run.curves)
    hears("learning: published recipe", len(alphas) * seeds, len(alphas) * seeds)
    return Rivals(classifier=classifier, classes=told, published=published, curves=curves, missing=missing)


def _got(whole: Matrix, columns: Places) -> Got:
    return Got.of_columns(whole, columns)


def _line(got: Sequence[Got], points: tuple[str, ...]) -> Line:
    return Line(f1=np.stack([one.f1 for one in got]), costs=np.stack([one.costs for one in got]), labels=points)


def _majority(got: Got) -> tuple[str, float]:
    plan, count = Counter(got.plans).most_common(1)[0]
    return plan, count / len(got.plans)


def _never_searches(plan: str) -> bool:
    return plan in ("AG", "QR,AG", "illegal")


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
