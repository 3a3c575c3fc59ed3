"""One trial of unlearning: a network that learnt clicks, one that never did, and one that was made to forget them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from questline.errors import UsageError
from questline.tools.recommendation.neural import NetConfig, made
from questline.tools.recommendation.neural.nets import ItemNet
from questline.tools.recommendation.unlearning.approximate import Limits, Unlearnt
from questline.tools.recommendation.unlearning.asking import Asked
from questline.tools.recommendation.unlearning.forgetting import forget_clicks, gone_items, left_of
from questline.tools.recommendation.unlearning.references import Reference
from questline.tools.recommendation.unlearning.rehearsal import Rehearsal, rehearse, to_rehearse
from questline.tools.recommendation.unlearning.samples import Sample
from questline.tools.recommendation.unlearning.shards import Together, shards, touched
from questline.tools.recommendation.unlearning.ways import WAYS

from .model_cache import ModelCache
from .plain_fit import Fit, FitSettings

__all__ = ["METHODS", "Forgot", "Trial", "copy_of"]

SHARDS: Final = 4
_OTHER: Final[Mapping[str, Reference]] = {"cau-held-out": "unlearnt", "cau-counts": "counts"}
_REHEARSED: Final = 1.0
"""Share of the sessions that lose a click in the rehearsal."""
METHODS: Final[tuple[str, ...]] = ("original", "retrain", "retrain-again", "sisa-original", "sisa", *WAYS, *_OTHER)
"""``retrain-again`` differs from ``retrain`` by its seed alone: what two retrained models differ by. ``cau-held-out``
and ``cau-counts`` are ``cau`` without a rehearsal: references by clicks that were held out, or the counts' shares."""


@dataclass(frozen=True, kw_only=True)
class Forgot:
    """A network after forgetting."""

    net: Asked
    seconds: float
    """Of the processor."""
    unlearnt: Unlearnt | None = None
    rehearsing: float | None = None
    """Seconds that training beforehand took for it, once for all requests; None without a rehearsal."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Sessions, what is to be forgotten of them, and how networks are trained."""

    learnt: Mapping[int, Sequence[int]]
    watched: Mapping[int, Sample]
    """Session → a click of it that is not among `learnt`."""
    clicks: Mapping[int, set[int]]
    config: NetConfig
    settings: FitSettings
    cache: ModelCache
    seed: int
    """Of what the methods draw."""
    limits: Limits | None = None

    @cached_property
    def left(self) -> dict[int, list[int]]:
        """The sessions less what is forgotten."""
        return left_of(self.learnt, self.clicks)

    @cached_property
    def gone(self) -> frozenset[int]:
        """Items that nobody clicked any more."""
        return gone_items(self.learnt, self.left)

    @cached_property
    def original(self) -> Fit:
        """The network that learnt everything."""
        return self._fit(self.learnt, self.config)

    @cached_property
    def retrain(self) -> Fit:
        """The network that never learnt the clicks."""
        return self._fit(self.left, self.config)

    @cached_property
    def rehearsing(self) -> Fit:
        """The network that was trained beforehand without clicks that nobody asked to forget."""
        return self._fit(left_of(self.learnt, self._rehearsed), self.config)

    @cached_property
    def rehearsal(self) -> Rehearsal | None:
        """What `rehearsing` says of the clicks that it never learnt."""
        never = self._watched(self.learnt)
        return rehearse(self.original.net, self.rehearsing.net, self.learnt, self._rehearsed, never=never)

    @cached_property
    def _rehearsed(self) -> dict[int, set[int]]:
        return to_rehearse(self.learnt, _REHEARSED, 0, spare=self.watched)

    def forgot(self, method: str) -> Forgot:
        """Return what a method of `METHODS` makes of the original, which stays as it is.

        Raises:
            UsageError: ``bad_param`` for another method.
        """
        if method == "original":
            return Forgot(net=self.original.net, seconds=0.0)
        if method == "retrain":
            return Forgot(net=self.retrain.net, seconds=self.retrain.seconds)
        if method == "retrain-again":
            found = self._fit(self.left, replace(self.config, seed=self.config.seed + 1000))
            return Forgot(net=found.net, seconds=found.seconds)
        if method in {"sisa", "sisa-original"}:
            return self._sharded(self.left if method == "sisa" else self.learnt)
        way = "cau" if method in _OTHER else method
        if way not in WAYS:
            raise UsageError(
                f"method {method!r} is not one of {', '.join(METHODS)}", code="bad_param", argument="method"
            )
        rehearsed = WAYS[way].forgets and method not in _OTHER
        net = copy_of(self.original.net)
        unlearnt = forget_clicks(
            net,
            self.learnt,
            self.clicks,
            unlearnt=self._watched(self.left),
            way=WAYS[way],
            limits=self.limits,
            reference=_OTHER.get(method, "rehearsed"),
            rehearsal=self.rehearsal if rehearsed else None,
            seed=self.seed,
        )
        before = self.rehearsing.seconds if rehearsed else None
        return Forgot(net=net, seconds=unlearnt.seconds, unlearnt=unlearnt, rehearsing=before)

    def _sharded(self, sessions: Mapping[int, Sequence[int]]) -> Forgot:
        fits = [self._fit(each, self.config) for each in shards(sessions, SHARDS)]
        again = touched(self.clicks, SHARDS) if sessions is self.left else []
        return Forgot(net=Together([each.net for each in fits]).eval(), seconds=sum(fits[at].seconds for at in again))

    def _fit(self, sessions: Mapping[int, Sequence[int]], config: NetConfig) -> Fit:
        return self.cache.fitted(sessions, config, watched=self._watched(sessions), settings=self.settings)

    def _watched(self, sessions: Mapping[int, Sequence[int]]) -> list[Sample]:
        """Return the clicks that nobody learns of these sessions, but not of those that lose some."""
        numbers = sorted(self.watched.keys() & sessions.keys())
        return [self.watched[number] for number in numbers if sessions[number] == self.learnt[number]]


def copy_of(net: ItemNet) -> ItemNet:
    """Return a network with the same weights, in evaluation mode."""
    other = made(net.config)
    other.load_state_dict(net.state_dict())
    return other.eval()
