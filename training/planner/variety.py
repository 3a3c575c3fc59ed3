"""Whether a planner really chooses: its plans inside each source, and whether each was right where it was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.training.evaluation.intervals import paired_bootstrap

from .mix import entropy, mutual_information
from .outcomes import Got

__all__ = ["LEAST_SHARE", "variety"]

Doubles: TypeAlias = NDArray[np.float64]
Follow: TypeAlias = Callable[[str], Got | None]
LEAST_SHARE: Final = 0.1
"""Share of a source's questions from which a plan is held against the commonest one."""
_SHUFFLES: Final = 200


def variety(
    got: Got,
    utility: Callable[[Got], Doubles],
    sources: Sequence[str],
    kinds: Sequence[str],
    followed: Follow,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Return entropy, shares and mutual information of the plans, over all questions and inside each source.

    Args:
        got: What was chosen, with its plans.
        utility: Of outcomes on the same questions, ``[n]``.
        sources: Of each question.
        kinds: What its data set calls its type; empty where it does not say.
        followed: What a plan gets on all questions; None for one that the table cannot tell.
        seed: Of shuffling and resampling.
    """
    own, where, types = utility(got), np.array(sources), np.array(kinds)
    by_source: dict[str, Any] = {}
    for source in sorted(set(sources)):
        places = np.flatnonzero(where == source)
        plans = [got.plans[place] for place in places]
        counts = Counter(plans)
        majority = counts.most_common(1)[0][0]
        rival = followed(majority)
        by_source[source] = {
            "n": len(places),
            "entropy": entropy(counts.values()),
            "shares": {plan: count / len(places) for plan, count in counts.most_common()},
            "type": _type(plans, types[places].tolist(), seed),
            "against_majority": {
                plan: _against(got, rival, own, utility, places[np.array(plans) == plan], seed)
                for plan, count in counts.most_common()
                if rival is not None and plan != majority and count >= LEAST_SHARE * len(places)
            },
        }
    return {
        "entropy": entropy(Counter(got.plans).values()),
        "shares": {plan: count / len(sources) for plan, count in Counter(got.plans).most_common()},
        "majority_share": Counter(got.plans).most_common(1)[0][1] / len(sources),
        "mutual_information_with_source": mutual_information(got.plans, sources),
        "by_source": by_source,
    }


def _type(plans: Sequence[str], kinds: Sequence[str], seed: int) -> dict[str, Any]:
    """Return what plans tell of the type of a question, beside what they would tell of types dealt out by chance."""
    if not all(kinds):
        return {"mutual_information": None, "why": "the questions do not say their type"}
    if len(set(kinds)) < 2:
        return {"mutual_information": None, "why": f"all are of one type, {kinds[0]}"}
    found, random = mutual_information(plans, kinds), np.random.default_rng(seed)
    dealt = [mutual_information(plans, random.permutation(np.array(kinds)).tolist()) for _ in range(_SHUFFLES)]
    return {
        "mutual_information": found,
        "by_chance": float(np.mean(dealt)),
        "p": (1 + sum(one >= found for one in dealt)) / (1 + _SHUFFLES),
        "types": dict(Counter(kinds).most_common()),
    }


def _against(
    got: Got,
    rival: Got,
    own: Doubles,
    utility: Callable[[Got], Doubles],
    places: NDArray[np.int64],
    seed: int,
) -> dict[str, float]:
    """Compare a plan with the commonest one on the questions that it was chosen for."""
    better = paired_bootstrap(utility(rival)[places].tolist(), own[places].tolist(), seed=seed)
    f1 = paired_bootstrap(rival.f1[places].tolist(), got.f1[places].tolist(), seed=seed)
    return {
        "n": float(len(places)),
        "gain": better.difference,
        "low": better.low,
        "high": better.high,
        "gain_f1": f1.difference,
        "low_f1": f1.low,
        "high_f1": f1.high,
    }
