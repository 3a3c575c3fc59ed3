"""A folder of a trained recommender, made by hand: a network that was never taught, over the store of the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.tools.recommendation import SessionRecommender
from questline.tools.recommendation.neural.standing import standing


def folder_of(folder: Path, items: tuple[str, ...], clicks: list[int], learnt: Mapping[str, Any]) -> Path:
    pytest.importorskip("torch", reason="networks are made with torch (extra train)")
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    from questline.tools.recommendation.neural import NetConfig, Trained, made
    from questline.training.recommender.exporting import export

    folder.mkdir(parents=True)
    net = made(NetConfig(items=len(items), max_length=4, width=8))
    export(Trained(net=net, items=items), folder, clicks=np.array(clicks, np.int64), learnt=learnt)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "model", ("cup", "kettle", "pills", "tea"), [10, 11, 1, 11], {"split": "sessions"})


@pytest.fixture
def of_store(tmp_path: Path) -> Callable[[SessionRecommender], Path]:
    """Return what makes the folder of a network that has learnt of a store as it stands."""

    def make(recommender: SessionRecommender) -> Path:
        counts = recommender.counts
        names = sorted(counts.index)
        clicks = [int(counts.clicks[counts.index[name]]) for name in names]
        learnt = {"store": standing(recommender.store).as_dict()}
        return folder_of(tmp_path / f"model-{recommender.version}", tuple(names), clicks, learnt)

    return make
