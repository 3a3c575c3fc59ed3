"""A trained network forgets clicks as far as asked, from its first step on, and keeps the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from questline.errors import UsageError

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")

from questline.tools.recommendation.neural.nets import ItemNet
from questline.tools.recommendation.unlearning.approximate import Limits, unlearn
from questline.tools.recommendation.unlearning.asking import chances_of, mean_ndcg
from questline.tools.recommendation.unlearning.samples import Sample, samples_of
from questline.tools.recommendation.unlearning.ways import WAYS

from .conftest import CLICKS, SESSIONS, World, kept

FORGET: Sequence[Sample] = samples_of(SESSIONS, CLICKS)
MAY = np.full(len(FORGET), 0.1)
LOSSY = Limits(most_drop=0.2)
"""A fifth of the kept NDCG: so small a network that knows all by heart has no room to forget for nothing."""


def same(one: ItemNet, other: ItemNet) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.requirement("unlearning.cau")
def test_it_forgets_as_far_as_asked_and_keeps_the_rest(world: World) -> None:
    net = world.copy()
    known = chances_of(net, FORGET)
    assert known.min() > 0.2
    found = unlearn(net, FORGET, MAY, kept=kept(), limits=LOSSY)
    assert (found.status, found.remaining) == ("done", ())
    assert np.array_equal(found.before, known)
    assert (found.after <= MAY).all()
    assert np.array_equal(found.after, chances_of(net, FORGET))
    assert mean_ndcg(net, kept()) > 0.75 * mean_ndcg(world.net, kept())
    assert all(sum(step.weights) == pytest.approx(1) for step in found.steps)
    again = world.copy()
    assert unlearn(again, FORGET, MAY, kept=kept(), limits=LOSSY).steps == found.steps
    assert same(again, net)


@pytest.mark.requirement("unlearning.first-step")
def test_the_plain_solver_stands_still_where_ours_takes_its_first_step(world: World) -> None:
    limits = Limits(steps=1, batch=8, most_drop=0.2)
    plain, ours = world.copy(), world.copy()
    stalled = unlearn(plain, FORGET, MAY, kept=kept(), way=WAYS["cau-mgda"], limits=limits)
    moved = unlearn(ours, FORGET, MAY, kept=kept(), way=WAYS["cau"], limits=limits)
    assert stalled.steps[0].weights == pytest.approx((0, 0, 1), abs=1e-4)
    assert stalled.after == pytest.approx(stalled.before, rel=1e-4)
    assert moved.steps[0].weights[0] >= 0.2
    assert moved.steps[0].weights[2] == 0  # only rounding is left of the gradient of KL
    assert (moved.after < 0.999 * moved.before).mean() > 0.5
    assert np.log(moved.after).mean() < np.log(moved.before).mean()


@pytest.mark.requirement("unlearning.cau")
@pytest.mark.parametrize("name", WAYS)
def test_every_way_goes_the_same_way(sasrec: World, name: str) -> None:
    net = sasrec.copy()
    found = unlearn(
        net, FORGET, MAY, kept=kept(), taught=kept(), way=WAYS[name], limits=Limits(steps=80, most_drop=0.1)
    )
    assert found.status == ("partial" if found.remaining else "done")
    assert all(len(step.weights) == len(WAYS[name].losses) for step in found.steps)
    assert found.ndcg_after >= 0.85 * found.ndcg_before
    if WAYS[name].forgets and WAYS[name].weighing == "min-norm" and WAYS[name].stops:
        assert found.after.mean() < 0.5 * found.before.mean()
    if name in {"cau-mgda", "cau-no-unlearn", "finetune"}:
        assert found.remaining


@pytest.mark.requirement("unlearning.cau")
def test_too_little_time_is_partial_and_never_done(sasrec: World) -> None:
    found = unlearn(sasrec.copy(), FORGET, MAY, kept=kept(), limits=Limits(steps=2))
    assert (found.status, len(found.steps)) == ("partial", 2)
    assert found.remaining == tuple(np.flatnonzero(found.after > MAY))
    assert found.remaining


@pytest.mark.requirement("unlearning.rollback")
def test_what_breaks_the_rest_is_rolled_back(sasrec: World) -> None:
    net = sasrec.copy()
    found = unlearn(net, FORGET, MAY, kept=kept(), way=WAYS["ga-unstopped"], limits=Limits(rate=2.0, check_every=2))
    assert found.rollbacks == 5
    assert found.status == "partial"
    assert mean_ndcg(net, kept()) >= 0.95 * mean_ndcg(sasrec.net, kept())


@pytest.mark.requirement("unlearning.rollback")
def test_no_number_puts_everything_back(sasrec: World) -> None:
    net = sasrec.copy()
    found = unlearn(net, FORGET, MAY, kept=kept(), limits=Limits(rate=float("inf")))
    assert (found.status, found.remaining) == ("failed", (0, 1, 2, 3))
    assert "no number" in found.reason
    assert same(net, sasrec.net)


@pytest.mark.requirement("unlearning.rollback")
def test_an_interruption_puts_everything_back(sasrec: World) -> None:
    def stop(done: int, most: int) -> None:
        del most
        if done == 3:
            raise KeyboardInterrupt

    net = sasrec.copy()
    with pytest.raises(KeyboardInterrupt):
        unlearn(net, FORGET, MAY, kept=kept(), hear=stop)
    assert same(net, sasrec.net)


@pytest.mark.requirement("unlearning.edges")
def test_first_last_and_repeated_clicks_are_forgotten_too(world: World) -> None:
    items = SESSIONS[5]
    samples = [
        Sample(before=(), item=items[0], successor=items[1]),
        Sample(before=tuple(items[:5]), item=items[5]),
        Sample(before=tuple(items[:2]), item=items[2], successor=items[2]),
    ]
    net = world.copy()
    may = 0.5 * chances_of(net, samples)
    found = unlearn(net, samples, may, kept=kept(), limits=Limits(batch=1, rate=0.5, most_drop=0.2))
    assert (found.status, found.remaining) == ("done", ())


@pytest.mark.requirement("unlearning.edges")
def test_samples_are_what_was_taught_each_once() -> None:
    sessions = {1: [7, 8, 9], 2: [7, 8, 9], 3: [4, 4, 5], 4: [6], 5: [2, 3]}
    found = samples_of(sessions, {1: {1}, 2: {1}, 3: {0}, 4: {0}, 5: {0, 1}})
    assert found == [
        Sample(before=(7,), item=8, successor=9),
        Sample(before=(), item=4, successor=4),
        Sample(before=(), item=6),
        Sample(before=(), item=2),
        Sample(before=(2,), item=3),
    ]


@pytest.mark.requirement("unlearning.cau")
@pytest.mark.parametrize("may", [np.ones(2), np.zeros(4), np.full(4, 1.5), np.full(4, np.nan)])
def test_references_are_chances_one_each(sasrec: World, may: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    with pytest.raises(UsageError, match="references"):
        unlearn(sasrec.copy(), FORGET, may, kept=kept())


@pytest.mark.requirement("unlearning.cau")
def test_nothing_to_forget_changes_nothing(sasrec: World) -> None:
    net = sasrec.copy()
    found = unlearn(net, [], np.zeros(0), kept=kept(), way=replace(WAYS["cau"], difficulty="full"))
    assert (found.status, found.steps) == ("done", ())
    assert same(net, sasrec.net)


@pytest.mark.requirement("unlearning.cau")
@pytest.mark.parametrize(("name", "moves"), [("cau", {"bias", "table.weight"}), ("ga-items", {"bias", "table.weight"})])
def test_only_the_weights_of_items_move(sasrec: World, name: str, moves: set[str]) -> None:
    net = sasrec.copy()
    unlearn(net, FORGET, MAY, kept=kept(), way=WAYS[name], limits=Limits(steps=8, most_drop=1.0))
    before = sasrec.net.state_dict()
    assert {each for each, value in net.state_dict().items() if not torch.equal(value, before[each])} == moves


@pytest.mark.requirement("unlearning.cau")
def test_published_rivals_move_all_weights(sasrec: World) -> None:
    net = sasrec.copy()
    unlearn(net, FORGET, MAY, kept=kept(), way=WAYS["npo"], limits=Limits(steps=8, most_drop=1.0))
    before = sasrec.net.state_dict()
    assert not any(
        torch.equal(value, before[each]) for each, value in net.state_dict().items() if each.endswith("first.weight")
    )


@pytest.mark.requirement("unlearning.cau")
def test_a_click_that_is_far_from_its_reference_is_pushed_harder(sasrec: World) -> None:
    known = chances_of(sasrec.net, FORGET)
    may = known * 0.9
    may[0] = known[0] / 20
    share: list[float] = []
    for name in ("cau", "cau-alike"):
        net = sasrec.copy()
        found = unlearn(net, FORGET, may, kept=kept(), way=WAYS[name], limits=Limits(steps=1, rate=0.01, most_drop=1.0))
        moved = np.log(found.before) - np.log(found.after)
        share.append(float(moved[0] / np.abs(moved).sum()))
    assert share[0] > 1.5 * share[1]


@pytest.mark.requirement("unlearning.cau")
@pytest.mark.parametrize(("clicks", "batch"), [(8, 32), (128, 32), (240, 60), (2000, 128)])
def test_batches_grow_with_what_is_to_be_forgotten(sasrec: World, clicks: int, batch: int) -> None:
    many = [FORGET[at % len(FORGET)] for at in range(clicks)]
    found = unlearn(sasrec.copy(), many, np.full(clicks, 1e-6), kept=kept(), limits=Limits(steps=1))
    assert found.steps[0].clicks == min(clicks, batch)
