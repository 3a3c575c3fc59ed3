"""A trained recommender as it is served: the graph in onnxruntime, its items, no torch.

    recommender = TrainedRecommender.load(Path("runs/shop/model"), store=SessionRecommender.open(Path("shop.sqlite")))
    recommender.recommend(["kettle"], k=5)

The network cannot take a click back. So it is served beside the store that it learnt of: once something has been
forgotten there, the network is stale, and the store's counts, which forget exactly, recommend in its place, with the
warning ``stale_model``, until it is learnt again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.tools.arguments import check_flag, check_texts
from questline.tools.models.onnx_session import ModelFiles, Session, open_session, read_model_files
from questline.tools.recommendation.ranking import asked
from questline.tools.recommendation.recommender import SessionRecommender
from questline.tools.recommendation.requests import ForgetRequest
from questline.tools.recommendation.result import ForgetReport, Recommendation, Recommendations
from questline.types import AnswerWarning

from .config import NetConfig
from .standing import Standing, standing, why_stale

__all__ = ["CATALOGUE", "GRAPH", "NAME", "VERSION", "Graph", "TrainedRecommender"]

NAME: Final = "session_recommender"
VERSION: Final = 1
GRAPH: Final = "recommender.onnx"
CATALOGUE: Final = "items.json"
MEND: Final = "learn it again with `agents train recommender`"
Floats = NDArray[np.float32]


class Graph:
    """A network over numbered items, with their names. Safe to share between threads."""

    def __init__(
        self, session: Session, config: NetConfig, items: tuple[str, ...], clicks: NDArray[np.int64], files: ModelFiles
    ) -> None:
        self._session = session
        self.config = config
        self.items = items
        self.index: Mapping[str, int] = {name: number for number, name in enumerate(items)}
        """Name → column of the logits."""
        self.popular: tuple[int, ...] = tuple(np.lexsort((np.arange(len(items)), -clicks)).tolist())
        """Columns by clicks, most first."""
        self.learnt: Mapping[str, Any] = cast("Mapping[str, Any]", files.manifest["learnt"])
        self.fingerprint = files.fingerprint

    @classmethod
    def load(cls, folder: Path | Traversable) -> Graph:
        """Open the ``model`` folder of `agents train recommender`.

        Raises:
            UsageError: ``file_not_found`` where there is no such folder.
            RunError: ``damaged_model`` for one that is damaged, or of another version.
        """
        if not folder.is_dir():
            raise UsageError(f"there is no folder {str(folder)!r}; {MEND}", code="file_not_found", path=str(folder))
        files = read_model_files(folder)
        if files.manifest.get("name") != NAME or files.manifest.get("version") != VERSION:
            raise files.damaged(f"is no {NAME} of version {VERSION}")
        try:
            config = NetConfig(**cast("dict[str, Any]", files.manifest["config"]))
            catalogue = json.loads(files.contents[CATALOGUE])
            items = tuple(map(str, catalogue["items"]))
            clicks = np.array(catalogue["clicks"], np.int64)
            fits = len(items) == len(set(items)) == len(clicks) == config.items
            fits = fits and isinstance(files.manifest["learnt"], Mapping)
            session = open_session(files.contents[GRAPH], folder=files.folder)
        except (KeyError, TypeError, ValueError, UsageError) as error:
            raise files.damaged("lacks what it is served with") from error
        if not fits:
            raise files.damaged("has other items than its network")
        return cls(session, config, items, clicks, files)

    def known(self, session: Sequence[str]) -> list[int]:
        """Return the columns of the items of a session that are known, oldest first."""
        return [self.index[item] for item in session if item in self.index]

    def logits(self, columns: Sequence[int]) -> Floats:
        """Return the logits of every item after the last of some clicks, float32 [N]."""
        clicked = np.array(columns[-self.config.max_length :], np.int64) + 1
        return self._session.run(["logits"], {"session": clicked[None]})[0][0]

    def states(self, columns: Sequence[int]) -> Floats:
        """Return the state after the last of some clicks, float32 [D]."""
        clicked = np.array(columns[-self.config.max_length :], np.int64) + 1
        return self._session.run(["states"], {"session": clicked[None]})[0][0]


class TrainedRecommender:
    """See `questline.tools.recommendation.contract.Recommender`."""

    def __init__(
        self, graph: Graph, *, store: SessionRecommender | None = None, cold_start: Sequence[str] = ()
    ) -> None:
        """Serve a network.

        Args:
            graph: The network.
            store: The store that it learnt of, or whose forgetting it has to heed; the caller closes it.
            cold_start: Items for sessions of which nothing is known; the most clicked ones when left out.
        """
        self.graph = graph
        self._store = store
        self._cold_start = tuple(cold_start)
        self._checked: tuple[int, str] | None = None

    @classmethod
    def load(
        cls,
        folder: Path | Traversable,
        *,
        store: SessionRecommender | None = None,
        cold_start: Sequence[str] = (),
    ) -> TrainedRecommender:
        """Open the ``model`` folder of `agents train recommender`; raises what `Graph.load` raises."""
        return cls(Graph.load(folder), store=store, cold_start=cold_start)

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

    def _popular(self, without: set[str], k: int) -> list[Recommendation]:
        given = [name for name in dict.fromkeys(self._cold_start) if name in self.graph.index]
        names = dict.fromkeys([*given, *(self.graph.items[column] for column in self.graph.popular)])
        wanted = [name for name in names if name not in without]
        return [Recommendation(item=name, score=0.0, origin="popular") for name in wanted[:k]]
