"""A trained network forgets clicks as far as asked, from its first step on, and keeps the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from questline.errors import UsageError

torch = pytest.importorskip("torch", reason="needs the extra 'train'")

from questline.tools.recommendation.neural import KINDS, Kind, NetConfig, made  # noqa: E402  # after the skip
from questline.tools.recommendation.neural.nets import ItemNet  # noqa: E402  # after the skip
from questline.tools.recommendation.unlearning.approximate import Limits, unlearn  # noqa: E402  # after the skip
from questline.tools.recommendation.unlearning.asking import chances_of, mean_ndcg, ranks_of  # noqa: E402  # same
from questline.tools.recommendation.unlearning.samples import Sample, padded, samples_of  # noqa: E402  # same
from questline.tools.recommendation.unlearning.ways import WAYS  # noqa: E402  # after the skip

SESSIONS = {n: [(n * 7 + at * (1 + n % 3)) % 30 + 1 for at in range(6)] for n in range(40)}
CLICKS = {3: {4}, 8: {2}, 11: {3}, 20: {5}}
"""20 loses its last click."""


@pytest.fixture(scope="module", params=KINDS)
def trained(request: pytest.FixtureRequest) -> ItemNet:
    """A small network that knows its sessions by heart."""
    kind: Kind = request.param
    net = made(NetConfig(kind=kind, items=30, max_length=8, width=16, layers=1, dropout=0.0, seed=1))
    samples = [Sample(before=tuple(items[:at]), item=items[at]) for items in SESSIONS.values() for at in range(6)]
    rows = torch.from_numpy(padded([each.before for each in samples], 8))
    targets = torch.tensor([each.item - 1 for each in samples])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(net.logits(rows), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()


def copy(net: ItemNet) -> ItemNet:
    other = made(net.config)
    other.load_state_dict(net.state_dict())
    return other.eval()


def kept() -> list[Sample]:
    return [
        Sample(before=tuple(items[:at]), item=items[at])
        for number, items in SESSIONS.items()
        if number not in CLICKS
        for at in range(1, 6)
    ]


def same(one: ItemNet, other: ItemNet) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


FORGET: Sequence[Sample] = samples_of(SESSIONS, CLICKS)
"""References that a model which never learnt them could have."""
MAY = np.full(len(FORGET), 1 / 30)


@pytest.mark.requirement("unlearning.cau")
def test_it_forgets_as_far_as_asked_and_keeps_the_rest(trained: ItemNet) -> None:
    net = copy(trained)
    known = chances_of(net, FORGET)
    assert known.min() > 0.1
    found = unlearn(net, FORGET, MAY, kept=kept(), limits=Limits(most_drop=0.05))
    assert (found.status, found.remaining) == ("done", ())
    assert np.array_equal(found.before, known)
    assert (found.after <= MAY).all()
    assert np.array_equal(found.after, chances_of(net, FORGET))
    assert mean_ndcg(net, kept()) >= 0.95 * mean_ndcg(trained, kept())
    assert all(sum(step.weights) == pytest.approx(1) for step in found.steps)


@pytest.mark.requirement("unlearning.first-step")
def test_the_plain_solver_stands_still_where_ours_takes_its_first_step(trained: ItemNet) -> None:
    limits = Limits(steps=1, batch=8)
    plain, ours = copy(trained), copy(trained)
    stalled = unlearn(plain, FORGET, MAY, kept=kept(), way=WAYS["cau-mgda"], limits=limits)
    moved = unlearn(ours, FORGET, MAY, kept=kept(), way=WAYS["cau"], limits=limits)
    assert stalled.steps[0].weights == pytest.approx((0, 0, 1), abs=1e-3)
    assert stalled.after == pytest.approx(stalled.before, rel=1e-3)
    assert moved.steps[0].weights[0] >= 0.2
    assert moved.steps[0].weights[2] == 0  # KL has no gradient yet
    assert (moved.after < moved.before).all()
