"""Trained networks on disk by what decides them, so that many methods of one measurement share them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from questline.errors import RunError
from questline.tools.recommendation.neural import NetConfig, Trained, load, save
from questline.tools.recommendation.unlearning.samples import Sample

from .plain_fit import Fit, FitSettings, fit

__all__ = ["ModelCache"]

_RECIPE = 1
"""Of `questline.training.recommender.plain_fit`; a change of what it computes counts up."""


class ModelCache:
    """A folder of networks; each holds how long its training took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fitted(
        self,
        sessions: Mapping[int, Sequence[int]],
        config: NetConfig,
        *,
        watched: Sequence[Sample],
        settings: FitSettings,
        hear: Callable[[int, float], None] | None = None,
    ) -> Fit:
        """Return the network that `fit` makes, from the folder where it is there; a damaged one is made again."""
        told = [
            _RECIPE,
            asdict(config),
            asdict(settings),
            [(*w.before, w.item) for w in watched],
            sorted((n, *s) for n, s in sessions.items()),
        ]
        path = self.folder / f"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]}.pt"
        if path.is_file():
            try:
                known = load(path)
            except RunError:
                path.unlink()
            else:
                about = known.about
                return Fit(
                    net=known.net,
                    epochs=int(about["epochs"]),
                    ndcg=float(about["ndcg"]),
                    seconds=float(about["seconds"]),
                )
        found = fit(sessions, config, watched=watched, settings=settings, hear=hear)
        self.folder.mkdir(parents=True, exist_ok=True)
        about = {"epochs": str(found.epochs), "ndcg": str(found.ndcg), "seconds": str(found.seconds)}
        names = tuple(str(number) for number in range(1, config.items + 1))
        save(Trained(net=found.net, items=names, about=about), path)
        return found
