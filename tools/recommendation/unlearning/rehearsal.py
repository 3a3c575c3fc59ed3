"""What forgetting would change, learnt once beforehand: a network that never learnt a drawn part of the clicks (ours).

The target is the chance that a retrained network gives to each forgotten click (spec 07 §2.6), and retraining is what
unlearning saves. So it is done once, when the network is trained, for clicks that nobody has asked to forget: of those
both chances are known, learnt and never learnt. A ridge regression says the second from the first and from what the
counts know without the click,

    log P' ~ 1, log P, (log P)^2 / 10, log share by the counts, log (1 + clicks of the item), log (1 + place)

and leaves about 1.4 of 2.3 nats (standard deviations, LastFM). A mean alone would leave hardly a forgotten click
likely, where retrained networks leave some. So references take the whole distribution: the i-th smallest of n
predictions becomes the (i + 1/2) / n quantile of all predictions with all residuals. Chances of the second network are
first brought to the scale of the first one, by clicks that neither learnt (mean and spread of log P): one that was
trained longer says less of every click that it does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError, UsageError
from questline.tools.recommendation.counts import count
from questline.tools.recommendation.neural.nets import ItemNet

from .asking import chances_of
from .references import LEAST, counted
from .samples import Sample, samples_of

__all__ = ["FEWEST", "Rehearsal", "rehearse", "rehearsed", "terms_of", "to_rehearse"]

Doubles: TypeAlias = NDArray[np.float64]
_TERMS: Final = 6
_RIDGE: Final = 0.01
_RESIDUALS: Final = 101
"""Quantiles that stand for all residuals."""
FEWEST: Final = 30
"""Clicks, five a term, below which nothing is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How chances change when clicks are never learnt; knows no click itself."""

    weights: tuple[float, ...]
    """One a term, in the order above."""
    residuals: tuple[float, ...]
    """Rising quantiles of what the regression leaves, in nats."""
    clicks: int
    """That it was fitted on."""

    def chances(self, terms: Doubles, own: Doubles) -> Doubles:
        """Return the chance that each forgotten click may keep, float64 [clicks]; never above its own.

        Args:
            terms: See `terms_of`, float64 [clicks, 6].
            own: Of the clicks in the trained network, float64 [clicks].
        """
        said = terms @ np.array(self.weights)
        spread = np.sort((said[:, None] + np.array(self.residuals)[None, :]).ravel())
        place = (np.argsort(np.argsort(said, kind="stable"), kind="stable") + 0.5) / max(1, len(said))
        found = np.exp(np.quantile(spread, place)) if len(said) else said
        return np.maximum(np.minimum(found, own), LEAST)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {"weights": list(self.weights), "residuals": list(self.residuals), "clicks": self.clicks}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Rehearsal:
        """Return what `as_dict` wrote.

        Raises:
            RunError: ``damaged_model`` where it is none.
        """
        try:
            weights = tuple(float(each) for each in told["weights"])
            residuals = tuple(float(each) for each in told["residuals"])
            found = cls(weights=weights, residuals=residuals, clicks=int(told["clicks"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"the model's rehearsal cannot be read: {error!r}", code="damaged_model") from None
        if len(weights) != _TERMS or not residuals or not np.isfinite([*weights, *residuals]).all():
            raise RunError("the model's rehearsal has other terms than this version knows", code="damaged_model")
        return found


def to_rehearse(
    sessions: Mapping[int, Sequence[object]], share: float, seed: int, *, spare: Collection[int] = ()
) -> dict[int, set[int]]:
    """Return the clicks that the second network does not learn: number → place, one in the second half of a session.

    Args:
        sessions: What the first network learnt.
        share: Of those with three clicks and more, in (0, 1].
        seed: Of what is drawn.
        spare: Sessions that lose none, such as those of the clicks that choose the best epoch.

    Raises:
        UsageError: ``bad_argument`` for another share.
    """
    if not 0 < share <= 1:
        raise UsageError(f"share={share!r} must be above 0 and at most 1", argument="share")
    random = np.random.default_rng([seed, 23])
    long = sorted(number for number, items in sessions.items() if len(items) > 2 and number not in spare)
    order: list[int] = random.permutation(len(long))[: round(share * len(long))].tolist()
    chosen = sorted(long[at] for at in order)
    return {n: {int(random.integers(len(sessions[n]) // 2, len(sessions[n])))} for n in chosen}


def rehearse(
    net: ItemNet,
    other: ItemNet,
    sessions: Mapping[int, Sequence[int]],
    clicks: Mapping[int, set[int]],
    *,
    never: Sequence[Sample],
) -> Rehearsal | None:
    """Compare two networks; None where there are too few clicks to learn from.

    Args:
        net: That learnt `sessions`.
        other: That learnt them without `clicks`.
        sessions: Number → items from 1.
        clicks: See `to_rehearse`.
        never: Clicks that neither has learnt.
    """
    left = {n: [item for at, item in enumerate(row) if at not in clicks.get(n, ())] for n, row in sessions.items()}
    samples = samples_of(sessions, clicks)
    own, told = chances_of(net, samples), np.log(np.maximum(chances_of(other, samples), LEAST))
    if len(never) > 1:
        here, there = (np.log(np.maximum(chances_of(each, never), LEAST)) for each in (net, other))
        if there.std() > 0:
            told = here.mean() + here.std() / there.std() * (told - there.mean())
    return rehearsed(terms_of(samples, own, left, net.config.items), np.exp(np.minimum(told, 0.0)))


def rehearsed(terms: Doubles, never: Doubles) -> Rehearsal | None:
    """Fit on clicks whose chance is known both ways; None where there are too few (below 30).

    Args:
        terms: See `terms_of`, float64 [n, 6]; the second is of the network that learnt them.
        never: Chances in the network that never did, float64 [n].
    """
    if len(terms) < FEWEST:
        return None
    told = np.log(np.maximum(never, LEAST))
    weights = np.linalg.solve(terms.T @ terms + _RIDGE * np.eye(_TERMS), terms.T @ told)
    left = np.quantile(told - terms @ weights, np.linspace(0, 1, _RESIDUALS))
    return Rehearsal(weights=tuple(weights.tolist()), residuals=tuple(left.tolist()), clicks=len(terms))


def terms_of(samples: Sequence[Sample], own: Doubles, left: Mapping[int, Sequence[int]], items: int) -> Doubles:
    """Return what a rehearsal reads of clicks, float64 [samples, 6].

    Args:
        samples: The clicks.
        own: Their chances in the network that learnt them, float64 [samples].
        left: Sessions without these clicks: number → items from 1.
        items: Of the catalogue.
    """
    counts = count({number: [str(item) for item in each] for number, each in left.items()})
    shares = counted(counts, [([str(item) for item in each.before], str(each.item)) for each in samples], items)
    places = [counts.index.get(str(each.item)) for each in samples]
    clicks = np.array([0.0 if place is None else float(counts.clicks[place]) for place in places])
    chances = np.log(np.maximum(own, LEAST))
    before = np.array([len(each.before) for each in samples], np.float64)
    return np.stack(
        [np.ones(len(samples)), chances, chances**2 / 10, np.log(shares), np.log1p(clicks), np.log1p(before)], axis=1
    )
