"""A rehearsal learns from a network without other clicks what forgetting leaves of a chance."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from questline.errors import RunError, UsageError

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")

from questline.tools.recommendation import ForgetRequest
from questline.tools.recommendation.neural import made
from questline.tools.recommendation.neural.rows import padded
from questline.tools.recommendation.unlearning import forgetting
from questline.tools.recommendation.unlearning.approximate import Limits
from questline.tools.recommendation.unlearning.asking import chances_of, joined, log_chances
from questline.tools.recommendation.unlearning.forgetting import forget_clicks, left_of
from questline.tools.recommendation.unlearning.journal import entries
from questline.tools.recommendation.unlearning.references import LEAST
from questline.tools.recommendation.unlearning.rehearsal import Rehearsal, rehearse, rehearsed, terms_of, to_rehearse
from questline.tools.recommendation.unlearning.samples import Sample, samples_of

from .conftest import CLICKS, SESSIONS, Shop, World, forgot

FLAT = Rehearsal(weights=(-5.0, 0.0, 0.0, 0.0, 0.0, 0.0), residuals=(-1.0, 0.0, 1.0), clicks=30)


def terms(count: int) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([np.ones((count, 1)), random.normal(-3, 2, (count, 5))], axis=1)


@pytest.mark.requirement("unlearning.references")
def test_a_regression_is_found_again_with_what_it_leaves() -> None:
    known, random = terms(2000), np.random.default_rng(1)
    weights = np.array([-8.0, 0.5, 0.1, 0.3, 0.2, 0.1])
    never = np.exp(known @ weights + random.normal(0, 0.5, len(known)))
    found = rehearsed(known, never)
    assert found is not None
    assert found.weights == pytest.approx(weights, abs=0.1)
    assert np.std(found.residuals) == pytest.approx(0.5, abs=0.1)
    assert list(found.residuals) == sorted(found.residuals)
    assert rehearsed(known[:29], never[:29]) is None
    assert Rehearsal.read(found.as_dict()) == found


@pytest.mark.requirement("unlearning.references")
def test_references_have_the_spread_of_what_is_predicted_and_its_order() -> None:
    found = FLAT.chances(terms(3), np.full(3, 0.9))
    assert np.log(np.sort(found)) == pytest.approx([-6, -5, -4], abs=0.5)
    rising = Rehearsal(weights=(0.0, 1.0, 0.0, 0.0, 0.0, 0.0), residuals=(-1.0, 0.0, 1.0), clicks=30)
    known = terms(500)
    told = rising.chances(known, np.ones(500))
    assert (np.diff(told[np.argsort(known[:, 1])]) >= 0).all()
    assert np.log(np.maximum(told, LEAST)).std() > known[:, 1].clip(max=0).std()
    own = np.full(500, 1e-4)
    assert (rising.chances(known, own) <= own).all()  # never above its own
    assert len(FLAT.chances(terms(0), np.zeros(0))) == 0


@pytest.mark.requirement("unlearning.references")
def test_a_network_that_says_less_of_everything_is_brought_to_scale(sasrec: World) -> None:
    clicks = to_rehearse(SESSIONS, 1.0, 0)
    assert len(clicks) == len(SESSIONS)
    assert all(at >= 3 for places in clicks.values() for at in places)
    never = [Sample(before=(number, number + 1), item=number + 2) for number in range(1, 20)]
    same = rehearse(sasrec.net, sasrec.net, SESSIONS, clicks, never=never)
    other = made(sasrec.net.config)
    other.load_state_dict(sasrec.net.state_dict())
    with torch.no_grad():
        other.bias[59] += 3.0  # one item takes a share of all others
    less = rehearse(sasrec.net, other.eval(), SESSIONS, clicks, never=never)
    assert same is not None
    assert less is not None
    samples = samples_of(SESSIONS, CLICKS)
    own = chances_of(sasrec.net, samples)
    known = terms_of(samples, own, left_of(SESSIONS, CLICKS), 60)
    assert np.log(less.chances(known, np.ones(4))) == pytest.approx(np.log(same.chances(known, np.ones(4))), abs=0.4)


@pytest.mark.requirement("unlearning.references")
def test_clicks_to_rehearse_leave_what_is_spared() -> None:
    few = to_rehearse(SESSIONS, 0.5, 1, spare=range(10))
    assert len(few) == 10
    assert min(few) >= 10
    assert few == to_rehearse(SESSIONS, 0.5, 1, spare=range(10)) != to_rehearse(SESSIONS, 0.5, 2, spare=range(10))
    with pytest.raises(UsageError, match="share"):
        to_rehearse(SESSIONS, 0.0, 0)


@pytest.mark.requirement("unlearning.references")
def test_it_says_how_far_clicks_are_forgotten(sasrec: World) -> None:
    net = sasrec.copy()
    found = forget_clicks(net, SESSIONS, CLICKS, rehearsal=FLAT, limits=Limits(most_drop=0.2))
    assert (found.after <= np.exp(-4) + 1e-9).all() or found.status == "partial"
    assert found.after.min() < np.exp(-4) < found.before.min()


@pytest.mark.requirement("unlearning.references")
def test_a_model_with_a_rehearsal_forgets_by_it_and_keeps_it(shop: Shop) -> None:
    _, folder = shop
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["learnt"]["rehearsal"] = FLAT.as_dict()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = forgot(shop, ForgetRequest.click("session-3", place=4))
    certificate = entries(folder)[-1]
    assert certificate["reference"] == "rehearsed"
    assert found.chance_after < np.exp(-4) < found.chance_before
    again = json.loads((folder / "manifest.json").read_bytes())
    assert again["learnt"]["rehearsal"] == FLAT.as_dict()
    again["learnt"]["rehearsal"] = {"weights": []}
    (folder / "manifest.json").write_text(json.dumps(again), encoding="utf-8")
    with pytest.raises(RunError, match="rehearsal"):
        forgot(shop, ForgetRequest.session("session-4"))


@pytest.mark.requirement("unlearning.cau")
@pytest.mark.parametrize(("never", "watched"), [(99, 156), (100, 100), (5000, 3000)])
def test_what_is_watched_is_never_learnt_and_never_endless(
    sasrec: World, monkeypatch: pytest.MonkeyPatch, never: int, watched: int
) -> None:
    seen: list[int] = []

    def counting(*_: object, kept: Sequence[Sample], **__: object) -> None:
        seen.append(len(kept))
        raise InterruptedError

    monkeypatch.setattr(forgetting, "unlearn", counting)
    held = [Sample(before=(at % 60 + 1,), item=(at + 7) % 60 + 1) for at in range(never)]
    with pytest.raises(InterruptedError):
        forget_clicks(sasrec.copy(), SESSIONS, CLICKS, unlearnt=held, rehearsal=FLAT)
    assert seen == [watched]


@pytest.mark.parametrize("told", [{}, {"weights": [1.0], "residuals": [0.0], "clicks": 3}, {"weights": "x"}])
@pytest.mark.requirement("unlearning.references")
def test_a_damaged_rehearsal_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(RunError) as raised:
        Rehearsal.read(told)
    assert raised.value.code == "damaged_model"


@pytest.mark.requirement("unlearning.cau")
def test_prefixes_of_one_session_are_read_once_and_say_the_same(world: World) -> None:
    samples = samples_of(SESSIONS, {3: set(range(6)), 8: {5}, 9: {0}})
    longest, places = joined([each.before for each in samples])
    assert len(longest) == 2
    assert [longest[row][:end] for row, end in places] == [each.before for each in samples]
    alone = world.net.logits(torch.tensor(padded([each.before for each in samples], 8))).log_softmax(dim=-1)
    assert torch.allclose(log_chances(world.net, samples), alone, atol=1e-5)
