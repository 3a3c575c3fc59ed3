"""Small networks that know thirty sessions by heart, each of another six items of sixty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from questline.tools.recommendation.neural import KINDS, Kind, NetConfig, made
from questline.tools.recommendation.unlearning.samples import Sample, padded

if TYPE_CHECKING:
    from questline.tools.recommendation.neural.nets import ItemNet

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
