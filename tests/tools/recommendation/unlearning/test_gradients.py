"""Difficulty by its closed form is what autograd gives; references and shards by hand."""

from __future__ import annotations

import numpy as np
import pytest

from questline.errors import UsageError
from questline.tools.recommendation.counts import count
from questline.tools.recommendation.unlearning import logit_gradients

torch = pytest.importorskip("torch", reason="networks are made with torch (extra train)")

from questline.tools.recommendation.neural.rows import padded
from questline.tools.recommendation.unlearning.asking import (
    chances_of,
    difficulties,
    log_chances,
    rows_of,
    trained_chances,
)
from questline.tools.recommendation.unlearning.losses import LOSSES, NPO_BETA
from questline.tools.recommendation.unlearning.references import counted, unlearnt_chances
from questline.tools.recommendation.unlearning.samples import Sample, lessons, samples_of
from questline.tools.recommendation.unlearning.shards import Together, shards, touched

from .conftest import CLICKS, SESSIONS, World

FORGET = samples_of(SESSIONS, CLICKS)


@pytest.mark.requirement("unlearning.difficulty")
def test_the_closed_form_agrees_with_autograd(world: World) -> None:
    """Each loss, in float64, by the logits and by the output layer: the outer product with the state."""
    net, other = world.copy().double(), world.copy().double()
    with torch.no_grad():
        other.table.weight.mul_(1.1)
    trained = trained_chances(other, FORGET)
    prefixes = torch.tensor(padded([each.before for each in FORGET], 8))
    states = net.states(prefixes).detach()
    layer = net.embeddings.detach().clone().requires_grad_()
    logits = states @ layer.T + net.bias.detach()
    rows = rows_of(logits.log_softmax(-1), trained, FORGET)
    chances, before = logits.detach().softmax(-1).numpy(), trained.exp().numpy()
    for at, name in enumerate(("unlearn", "normal", "kl")):
        loss = LOSSES[name](rows)
        by_logits, by_layer = torch.autograd.grad(loss, [logits, layer], retain_graph=True)
        there = sum(each.successor is not None for each in FORGET) if name == "normal" else len(FORGET)
        wanted = np.zeros_like(chances)
        for row, each in enumerate(FORGET):
            successor = None if each.successor is None else each.successor - 1
            wanted[row] = logit_gradients(chances[row], before[row], each.item - 1, successor)[at] / there
        assert by_logits.numpy() == pytest.approx(wanted, abs=1e-6)
        assert by_layer.numpy() == pytest.approx(wanted.T @ states.numpy(), abs=1e-6)


@pytest.mark.requirement("unlearning.difficulty")
def test_three_difficulties_order_what_is_to_be_forgotten(sasrec: World) -> None:
    trained = trained_chances(sasrec.net, FORGET)
    repeated = [*FORGET, Sample(before=(4, 9), item=9, successor=9)]
    with_repeated = trained_chances(sasrec.net, repeated)
    output = difficulties(sasrec.net, with_repeated, repeated, "output")
    assert output[-1] == 2.0
    full = difficulties(sasrec.net, trained, FORGET, "full")
    assert ((full >= 0) & (full <= 2)).all()
    last = [each.successor is None for each in FORGET].index(True)
    assert output[last] == pytest.approx(1.0)  # nothing is to be kept there at the trained model
    embedding = difficulties(sasrec.net, trained, FORGET, "embedding")
    state = sasrec.net.states(torch.tensor([FORGET[0].before]))[0].detach()
    assert embedding[0] == pytest.approx(float(state @ sasrec.net.embeddings[FORGET[0].item - 1].detach()), abs=1e-4)


@pytest.mark.requirement("unlearning.cau")
def test_npo_is_bounded_where_ascent_is_not() -> None:
    far = torch.log(torch.tensor([[1e-30, 1 - 1e-30]], dtype=torch.float64)).requires_grad_()
    trained = torch.log(torch.tensor([[0.9, 0.1]], dtype=torch.float64))
    rows = rows_of(far, trained, [Sample(before=(), item=1)])
    assert float(LOSSES["unlearn"](rows).detach()) < -60
    npo = LOSSES["npo"](rows)
    assert 0 < float(npo.detach()) < 2 / NPO_BETA * np.log(2)
    (steep,) = torch.autograd.grad(LOSSES["unlearn"](rows), far, retain_graph=True)
    (flat,) = torch.autograd.grad(npo, far)
    assert float(flat.abs().max()) < 0.01 * float(steep.abs().max())


@pytest.mark.requirement("unlearning.references")
def test_a_reference_is_the_chance_of_a_never_learnt_click_that_stands_as_high() -> None:
    learnt, unlearnt = np.linspace(0.1, 0.9, 9), np.geomspace(1e-6, 1e-2, 9)
    own = np.array([0.05, 0.1, 0.5, 0.9, 0.99])
    found = unlearnt_chances(own, learnt, unlearnt)
    assert (np.diff(found) >= 0).all()
    assert found[2] == pytest.approx(1e-4)
    assert found[[0, -1]] == pytest.approx([1e-6, 1e-2])
    assert unlearnt_chances(np.array([1e-9]), learnt, unlearnt) == pytest.approx([1e-9])  # never above its own
    counts = count({1: ["a", "b"], 2: ["a", "c"], 3: ["a", "b"]})
    told = counted(counts, [(["a"], "b"), (["a"], "c"), (["a"], "gone"), ([], "a")], 10)
    assert told[0] > told[1] > told[2] == pytest.approx(0.001)
    assert told[3] == pytest.approx(0.99 * 3 / 6 + 0.001)


@pytest.mark.requirement("unlearning.shards")
def test_shards_answer_together_and_are_touched_alone(sasrec: World) -> None:
    parts = shards(SESSIONS, 4)
    assert sorted(number for part in parts for number in part) == sorted(SESSIONS)
    assert touched(CLICKS, 4) == [0, 3]
    other = sasrec.copy()
    with torch.no_grad():
        other.bias.add_(torch.linspace(0, 2, 60))
    together = Together([sasrec.net, other]).eval()
    mean = (log_chances(sasrec.net, FORGET).exp() + log_chances(other, FORGET).exp()) / 2
    assert torch.allclose(log_chances(together, FORGET).exp(), mean, atol=1e-6)
    assert chances_of(together, FORGET).shape == (4,)
    for bad in (lambda: shards(SESSIONS, 0), lambda: Together([])):
        with pytest.raises(UsageError, match="at least"):
            bad()


@pytest.mark.requirement("unlearning.cau")
def test_lessons_are_drawn_from_later_clicks_where_that_is_asked() -> None:
    every, later = lessons(SESSIONS, 1000, 0), lessons(SESSIONS, 1000, 0, later=True)
    assert (len(every), len(later)) == (180, 90)
    assert min(len(each.before) for each in later) == 3
    assert lessons(SESSIONS, 7, 3) == lessons(SESSIONS, 7, 3) != lessons(SESSIONS, 7, 4)
