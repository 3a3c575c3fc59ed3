"""The loss of verdicts beside that of the answer's tokens: by hand, by differences, in parts."""

from __future__ import annotations

import math
from functools import partial

import pytest

torch = pytest.importorskip("torch", reason="the loss is torch's (extra train)")

from questline.errors import UsageError  # noqa: E402 because torch decides first
from questline.training.tuning.likelihood import Example  # noqa: E402 because of torch, see above
from questline.training.tuning.made import made_tokenizer  # noqa: E402 because of torch, see above
from questline.training.utility_selector.membership import (  # noqa: E402 because of torch, see above
    Decision,
    Marked,
    decision_of,
    labelled,
    marked,
    membership_loss,
)

pytestmark = [pytest.mark.slow, pytest.mark.requirement("selector.loss")]
DECISION = Decision(keep=1, drop=2)
ANSWER = "[1] lamp colour keep [2] vase drop [3] rug drop\nAnswer: keep\nSelection: [1]"


def test_golden_values() -> None:
    """Three tokens of four each 1/4 likely; verdicts of log-odds 0: LM is log 4, BCE log 2."""
    logits = torch.zeros(2, 4, 4)
    labels = torch.tensor([[-100, -1001, -1002, 3], [-100, -100, -1002, 0]])
    plain = membership_loss(logits, labels, None, decision=None, beta=1.0, windows=2)
    assert plain.item() == pytest.approx(math.log(4))
    both = membership_loss(logits, labels, None, decision=DECISION, beta=0.5, windows=2)
    assert both.item() == pytest.approx(math.log(4) + 0.5 * math.log(2))
    # a first verdict that is sure and right, of two in its window: BCE of the window is (log(1 + e^-3) + log 2) / 2
    logits[0, 0, 1] = 3.0
    told = membership_loss(logits, labels, None, decision=DECISION, beta=1.0, windows=2)
    lm = (4 * math.log(4) + math.log(3 + math.e**3) - 3) / 5
    bce = ((math.log1p(math.exp(-3)) + math.log(2)) / 2 + math.log(2)) / 2
    assert told.item() == pytest.approx(lm + bce)


def test_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 5, 6, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([[-100, -1001, 4, -1002, 5], [-100, -100, -1002, -1001, 3]])

    loss = partial(membership_loss, labels=labels, items=None, decision=DECISION, beta=0.7, windows=2)
    assert torch.autograd.gradcheck(loss, (logits,), eps=1e-6, atol=1e-7)


def test_parts_of_a_step_add_up_to_it() -> None:
    torch.manual_seed(1)
    logits, labels = torch.randn(8, 6, 7), torch.randint(3, 7, (8, 6))
    labels[:, :2] = -100
    labels[:, 3] = torch.where(torch.arange(8) % 3 == 0, -1001, -1002)
    labels[::2, 4] = -1002
    count = (labels[:, 1:] != -100).sum()
    whole = membership_loss(logits, labels, None, decision=DECISION, beta=2.0, windows=8)
    parts = [
        membership_loss(logits[at : at + 1], labels[at : at + 1], count, decision=DECISION, beta=2.0, windows=8)
        for at in range(8)
    ]
    assert sum(each.item() for each in parts) == pytest.approx(whole.item(), abs=1e-5)


def test_verdicts_lie_where_their_words_begin_and_are_told_from_the_answer() -> None:
    tokenizer = made_tokenizer([ANSWER] * 20, 400)
    told = marked(tokenizer, ANSWER, 3)
    assert told is not None
    assert told.kept == (True, False, False)
    ids = tokenizer.encode(ANSWER, add_special_tokens=False)
    decision = decision_of([(ids, told)])
    assert [tokenizer.decode([ids[place]]).strip() for place in told.places] == ["keep", "drop", "drop"]
    assert {decision.keep, decision.drop} == {ids[place] for place in told.places}
    example = labelled(Example(ids=[9, 9, *ids], labels=[-100, -100, *ids]), told)
    assert sum(label <= -1000 for label in example.labels) == 3  # not the "keep" that is the answer
    assert [-1000 - label if label <= -1000 else label for label in example.labels[2:]] == ids
    assert marked(tokenizer, ANSWER, 2) is None


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([([1, 2], Marked(places=(0, 1), kept=(True, True)))], "bad_data"),
        ([([1, 2], Marked(places=(0, 1), kept=(False, False)))], "bad_data"),
        ([([1, 1], Marked(places=(0, 1), kept=(True, False)))], "bad_settings"),
        ([([1, 2, 3], Marked(places=(0, 1, 2), kept=(True, False, True)))], "bad_settings"),
    ],
)
def test_what_tells_nothing_apart_is_refused(answers: list[tuple[list[int], Marked]], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        decision_of(answers)
    assert caught.value.code == code


def test_a_tokenizer_that_does_not_tell_places_is_refused() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(UsageError) as caught:
        marked(Slow(), ANSWER, 3)
    assert caught.value.fields["argument"] == "beta"
