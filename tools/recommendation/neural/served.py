"""A trained recommender as it is served: the graph in onnxruntime, its items, no torch.

    recommender = TrainedRecommender.load(Path("runs/shop/model"), store=SessionRecommender.open(Path("shop.sqlite")))
    recommender.recommend(["kettle"], k=5)

The network cannot take a click back by itself (`questline.tools.recommendation.unlearning` can). So it is served beside
the store that it learnt of: once something has been forgotten there alone, the network is stale, and the store's
counts, which forget exactly, recommend in its place, with the warning ``stale_model``, until it is learnt again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

import numpy as np

from questline.errors import UsageError
from questline.tools.arguments import check_flag, check_texts
from questline.tools.recommendation.ranking import asked, recommended
from questline.tools.recommendation.recommender import SessionRecommender
from questline.tools.recommendation.requests import ForgetRequest
from questline.tools.recommendation.result import ForgetReport, Recommendation, Recommendations
from questline.types import AnswerWarning

from .fusion import Beside
from .graph import MEND, Graph
from .standing import Standing, standing, why_stale

__all__ = ["TrainedRecommender"]


class TrainedRecommender:
    """See `questline.tools.recommendation.contract.Recommender`."""

    def __init__(
        self,
        graph: Graph,
        *,
        store: SessionRecommender | None = None,
        hybrid: bool = False,
        cold_start: Sequence[str] = (),
    ) -> None:
        """Serve a network.

        Args:
            graph: The network.
            store: The store that it learnt of, or whose forgetting it has to heed; the caller closes it.
            hybrid: Fuse its ranks with those of the store's counts, which know later sessions and items too.
            cold_start: Items for sessions of which nothing is known; the most clicked ones when left out.

        Raises:
            UsageError: ``bad_argument`` for a hybrid without a store.
        """
        check_flag("hybrid", hybrid)
        if hybrid and store is None:
            raise UsageError("a hybrid needs the store whose counts it fuses: give store too", argument="store")
        self.graph = graph
        self._store = store
        self._cold_start = tuple(cold_start)
        self._hybrid = hybrid
        self._beside: Beside | None = None
        self._checked: tuple[int, str] | None = None

    @classmethod
    def load(
        cls,
        folder: Path | Traversable,
        *,
        store: SessionRecommender | None = None,
        hybrid: bool = False,
        cold_start: Sequence[str] = (),
    ) -> TrainedRecommender:
        """Open the ``model`` folder of `agents train recommender`; raises what `Graph.load` raises."""
        return cls(Graph.load(folder), store=store, hybrid=hybrid, cold_start=cold_start)

    @property
    def stale(self) -> str:
        """Why the network may hold what was forgotten in the store; empty where it cannot, or there is no store."""
        if self._store is None:
            return ""
        version = self._store.version
        if self._checked is None or self._checked[0] != version:
            learnt = Standing.of(self.graph.learnt.get("store"))
            self._checked = (version, why_stale(learnt, standing(self._store.store)))
        return self._checked[1]

    def recommend(self, session: Sequence[str], k: int = 10, *, exclude_seen: bool = True) -> Recommendations:
        """Return at most `k` items for what comes after `session`, best first.

        Args:
            session: Items clicked so far, oldest first. Unknown ones are left out with a warning; with none that is
                known the result is the list for a cold start.
            k: At least 1; more than there are items is read as all of them, with a warning.
            exclude_seen: Leave out what stands in `session`.

        Returns:
            With the warning ``stale_model`` the counts of the store have recommended; ``unchecked_model`` says that no
            store was given to look at, though the network learnt of one.

        Raises:
            UsageError: ``bad_k``; ``bad_argument`` for what is no list of texts.
        """
        items = check_texts("session", session)
        check_flag("exclude_seen", exclude_seen)
        if self._store is not None and (stale := self.stale):
            found = self._store.recommend(items, k, exclude_seen=exclude_seen)
            message = f"the trained model is stale: {stale}. The store's counts recommend until you {MEND}"
            warning = AnswerWarning(code="stale_model", message=message, step="recommend")
            return replace(found, warnings=(*found.warnings, warning))
        if self._hybrid and self._store is not None:
            return self._fused(self._store, items, k, exclude_seen=exclude_seen)
        k, warnings = asked(items, k, self.graph.index, len(self.graph.items))
        if self._store is None and "store" in self.graph.learnt:
            message = "nobody looked whether the store that the model learnt of has forgotten since: open it too"
            warnings = (*warnings, AnswerWarning(code="unchecked_model", message=message, step="recommend"))
        version = self._store.version if self._store is not None else 0
        known = self.graph.known(items)
        without = set(items) if exclude_seen else set[str]()
        if not known:
            return Recommendations(
                items=tuple(self._popular(without, k)), cold_start=True, version=version, warnings=warnings
            )
        logits = self.graph.logits(known).astype(np.float64)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        if exclude_seen:
            shares[known] = -1
        chosen = np.argpartition(-shares, min(k, len(shares) - 1))[:k]
        chosen = chosen[np.lexsort((chosen, -shares[chosen]))]
        listed = [
            Recommendation(item=self.graph.items[column], score=float(shares[column]), origin="session")
            for column in cast("list[int]", chosen.tolist())
            if shares[column] >= 0
        ]
        return Recommendations(items=tuple(listed), version=version, warnings=warnings)

    def forget(
        self,
        requests: Sequence[ForgetRequest],
        *,
        force: bool = False,
        undoable: bool = False,
        planned: ForgetReport | None = None,
    ) -> ForgetReport:
        """Forget in the store, exactly; the network recommends no more from then on, which the report says.

        Raises:
            UsageError: ``bad_argument`` without a store; else as `SessionRecommender.forget`.
            RunError: As `SessionRecommender.forget`.
        """
        if self._store is None:
            raise UsageError(
                "a trained model alone cannot forget: open it with the store that it learnt of, and forget there",
                argument="store",
            )
        report = self._store.forget(requests, force=force, undoable=undoable, planned=planned)
        return replace(report, stale=(f"{stale}: {MEND}",)) if (stale := self.stale) else report

    def _fused(self, store: SessionRecommender, items: Sequence[str], k: int, *, exclude_seen: bool) -> Recommendations:
        version, counts = store.version, store.counts
        beside = self._beside
        if beside is None or beside.counts is not counts:
            self._beside = beside = Beside(self.graph, counts)
        found = recommended(
            counts,
            items,
            k,
            weights=store.weights,
            exclude_seen=exclude_seen,
            cold_start=self._cold_start,
            scored=lambda known: beside.fused(known, store.weights),
        )
        return replace(found, version=version)

    def _popular(self, without: set[str], k: int) -> list[Recommendation]:
        given = [name for name in dict.fromkeys(self._cold_start) if name in self.graph.index]
        names = dict.fromkeys([*given, *(self.graph.items[column] for column in self.graph.popular)])
        wanted = [name for name in names if name not in without]
        return [Recommendation(item=name, score=0.0, origin="popular") for name in wanted[:k]]
