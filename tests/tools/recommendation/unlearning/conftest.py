"""Small networks that know thirty sessions by heart, each of another six items of sixty."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from questline.tools.recommendation import ForgetRequest, Session, SessionRecommender
from questline.tools.recommendation.neural import KINDS, Kind, NetConfig, Trained, made
from questline.tools.recommendation.neural.rows import padded
from questline.tools.recommendation.neural.standing import standing
from questline.tools.recommendation.unlearning.samples import Sample

if TYPE_CHECKING:
    from questline.tools.recommendation.neural.nets import ItemNet
    from questline.tools.recommendation.unlearning.stored import ModelForgot

SESSIONS: dict[int, list[int]] = {
    number: [int(item) for item in np.random.default_rng(number).permutation(60)[:6] + 1] for number in range(30)
}
CLICKS = {3: {4}, 8: {2}, 11: {3}, 20: {5}}
"""Session 20 loses its last click."""


@dataclass(frozen=True)
class World:
    """A network and what it learnt."""

    net: ItemNet

    def copy(self) -> ItemNet:
        """Return the network as it was trained."""
        other = made(self.net.config)
        other.load_state_dict(self.net.state_dict())
        return other.eval()


def kept() -> list[Sample]:
    """Return the clicks of untouched sessions, but their first."""
    return [
        Sample(before=tuple(items[:at]), item=items[at])
        for number, items in SESSIONS.items()
        if number not in CLICKS
        for at in range(1, 6)
    ]


def learnt_by_heart(kind: Kind, sessions: dict[int, list[int]] = SESSIONS, items: int = 60) -> World:
    torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")
    torch.set_num_threads(1)
    net = made(NetConfig(kind=kind, items=items, max_length=8, width=32, layers=1, dropout=0.0, seed=1))
    samples = [Sample(before=tuple(each[:at]), item=each[at]) for each in sessions.values() for at in range(len(each))]
    rows = torch.tensor(padded([each.before for each in samples], 8))
    targets = torch.tensor([each.item - 1 for each in samples])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.008)
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(net.logits(rows), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return World(net.eval())


@pytest.fixture(scope="package", params=KINDS)
def world(request: pytest.FixtureRequest) -> World:
    """One of each kind."""
    return learnt_by_heart(request.param)


@pytest.fixture(scope="package")
def sasrec() -> World:
    """A SASRec."""
    return learnt_by_heart("sasrec")


Shop = tuple[SessionRecommender, Path]
PRIVATE = "a-very-private-item"


def name(item: int) -> str:
    return PRIVATE if item == 60 else f"item-{item:02}"


@pytest.fixture(scope="package")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of thirty sessions, one with an item that nobody else clicks, and a network that knows them by heart."""
    pytest.importorskip("torch", reason="networks are made with torch (extra train)")
    pytest.importorskip("onnx", reason="networks are exported with onnx (extra train)")
    from questline.training.recommender.exporting import export

    folder = tmp_path_factory.mktemp("template")
    known = {number: [item if item != 60 else 1 for item in items] for number, items in SESSIONS.items()}
    known[7][3] = 60
    net = learnt_by_heart("sasrec", known).net
    with SessionRecommender.open(folder / "shop.sqlite") as recommender:
        recommender.learn(
            Session(id=f"session-{n}", user=f"user-{n % 10}@shop.example", items=tuple(map(name, items)))
            for n, items in known.items()
        )
        clicks = np.bincount([item for items in known.values() for item in items], minlength=61)[1:]
        (folder / "model").mkdir()
        learnt = {"store": standing(recommender.store).as_dict(), "split": "sessions", "recent": 0, "held_out": 0.0}
        export(Trained(net=net, items=tuple(map(name, range(1, 61)))), folder / "model", clicks=clicks, learnt=learnt)
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    shutil.copytree(template, folder)
    with SessionRecommender.open(folder / "shop.sqlite") as recommender:
        yield recommender, folder / "model"


def forgot(shop: Shop, *requests: ForgetRequest, **options: object) -> ModelForgot:
    """Forget in the model and the store of a shop."""
    from questline.tools.recommendation.unlearning.approximate import Limits
    from questline.tools.recommendation.unlearning.stored import forget_in_model
    from questline.training.recommender.unlearnt_export import export_unlearnt

    recommender, folder = shop
    chosen = {"limits": Limits(most_drop=0.3), "export": export_unlearnt, **options}
    return forget_in_model(recommender, folder, requests, **chosen)  # pyright: ignore[reportArgumentType]  # by name


def files(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
