"""The loss of preferences: by hand, against TRL's, against differences, and what leaves it as it is."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="the loss is torch's (extra train)")

from questline.training.tuning.likelihood import example, log_likelihoods, token_logs  # noqa: E402 because torch decides first
from questline.training.tuning.preference_loss import PairLogs, preference_loss  # noqa: E402 because torch decides first

pytestmark = [
    pytest.mark.slow,
    pytest.mark.requirement("llm-recipes.preference-loss"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
NAMES = (
    *("chosen", "rejected", "reference_chosen", "reference_rejected", "chosen_tokens", "rejected_tokens"),
    "weights",
)


def logs(rows: Any) -> PairLogs:
    """Return pairs of rows of numbers in the order of `NAMES`."""
    columns = torch.tensor(rows, dtype=torch.float64).T
    return PairLogs(**dict(zip(NAMES, columns, strict=True)))


BY_HAND = [[-1.0, -2.0, -1.5, -1.5, 2.0, 4.0, 1.0], [-3.0, -1.0, -2.0, -2.0, 1.0, 1.0, 3.0]]
PAIR = st.tuples(
    *[st.floats(-20, 0) for _ in range(4)], *[st.integers(1, 9).map(float) for _ in range(2)], st.floats(0.1, 5)
)
PAIRS = st.lists(PAIR, min_size=1, max_size=6)


def numbers(told: Any) -> list[float]:
    return [float(each) for each in told]


def test_its_values_are_those_made_by_hand() -> None:
    # m = 0.1 * (0.5 + 0.5) = 0.1 and 0.1 * (-1 - 1) = -0.2; -log sigma of them 0.644397 and 0.798139; weights 1 and 3.
    plain = preference_loss(logs(BY_HAND), beta=0.1, by_length=False)
    assert numbers(plain.margin) == pytest.approx([0.1, -0.2])
    assert float(plain.loss) == pytest.approx((0.644397 + 3 * 0.798139) / 4, abs=1e-6)
    # By length: m = 0.1 * (0.5 / 2 + 0.5 / 4) = 0.0375, and -0.2 again, whose sides have one token each.
    level = preference_loss(logs(BY_HAND), beta=0.1, by_length=True)
    assert numbers(level.margin) == pytest.approx([0.0375, -0.2])
    # With half the likelihood of the better side: NLL / |w| are 1 / 2 and 3 / 1.
    taught = preference_loss(logs(BY_HAND), beta=0.1, by_length=True, sft=0.5)
    assert float(taught.loss - level.loss) == pytest.approx((0.5 * 0.5 + 3 * 0.5 * 3) / 4)
    assert float(preference_loss(logs([BY_HAND[0]]), beta=0.0001, by_length=False).loss) == pytest.approx(
        math.log(2), abs=1e-4
    )


@pytest.mark.parametrize("by_length", [False, True])
@pytest.mark.parametrize("sft", [0.0, 0.7])
def test_its_gradients_are_the_slopes_of_its_values(by_length: bool, sft: float) -> None:
    made = logs(BY_HAND)

    def loss(chosen: Any, rejected: Any) -> Any:
        return preference_loss(
            replace(made, chosen=chosen, rejected=rejected), beta=0.3, by_length=by_length, sft=sft
        ).loss

    sides = (made.chosen.clone().requires_grad_(), made.rejected.clone().requires_grad_())
    assert torch.autograd.gradcheck(loss, sides)


@given(rows=PAIRS, by_length=st.booleans(), sft=st.sampled_from([0.0, 0.5]), cut=st.integers(0, 6))
@settings(max_examples=60)
def test_the_parts_of_a_step_add_up_to_it(rows: Any, by_length: bool, sft: float, cut: int) -> None:
    whole = sum(row[-1] for row in rows)
    how: dict[str, Any] = {"beta": 0.2, "by_length": by_length, "sft": sft}
    parts = [preference_loss(logs(part), whole=whole, **how) for part in (rows[:cut], rows[cut:]) if part]
    assert sum(float(each.loss) for each in parts) == pytest.approx(float(preference_loss(logs(rows), **how).loss))


@given(rows=PAIRS, by_length=st.booleans(), shift=st.floats(-5, 5), scale=st.floats(0.5, 4))
@settings(max_examples=60)
def test_what_leaves_it_as_it_is(rows: Any, by_length: bool, shift: float, scale: float) -> None:
    made = logs(rows)
    told = preference_loss(made, beta=0.2, by_length=by_length)
    weighed = preference_loss(replace(made, weights=scale * made.weights), beta=0.2, by_length=by_length)
    assert float(weighed.loss) == pytest.approx(float(told.loss))
    moved = replace(made, chosen=made.chosen + shift, reference_chosen=made.reference_chosen + shift)
    assert float(preference_loss(moved, beta=0.2, by_length=by_length).loss) == pytest.approx(float(told.loss))
    swapped = PairLogs(
        chosen=made.rejected,
        rejected=made.chosen,
        reference_chosen=made.reference_rejected,
        reference_rejected=made.reference_chosen,
        chosen_tokens=made.rejected_tokens,
        rejected_tokens=made.chosen_tokens,
        weights=made.weights,
    )
    turned = preference_loss(swapped, beta=0.2, by_length=by_length)
    assert numbers(turned.margin) == pytest.approx(numbers(-told.margin))


@given(rows=PAIRS, times=st.integers(2, 5))
@settings(max_examples=40)
def test_a_longer_answer_of_the_same_kind_is_preferred_no_more_by_length(rows: Any, times: int) -> None:
    made = logs(rows)
    longer = replace(
        made,
        chosen=times * made.chosen,
        reference_chosen=times * made.reference_chosen,
        chosen_tokens=times * made.chosen_tokens,
    )
    level = [numbers(preference_loss(each, beta=0.2, by_length=True).margin) for each in (made, longer)]
    assert level[1] == pytest.approx(level[0])


def test_without_lengths_and_weights_it_is_the_loss_of_trl(undecided: Path, tmp_path: Path) -> None:
    trl: Any = pytest.importorskip("trl", reason="it is compared with TRL's (extra train)")
    datasets: Any = pytest.importorskip("datasets", reason="it is compared with TRL's (extra train)")
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    from questline.training.stepwise import quietly
    from questline.training.torch_models import named

    from .toy import LESSONS

    began, tokenizer = named(str(undecided))
    model = deepcopy(began)
    with torch.no_grad():
        for each in model.parameters():
            each.add_(0.02 * torch.randn(each.shape, generator=torch.Generator().manual_seed(1)))
    answers = [("red", "green"), ("blue", "black"), ("green green", "red")]
    sides = [
        [example(tokenizer, lesson.messages, pair[side]) for lesson, pair in zip(LESSONS[::5], answers, strict=False)]
        for side in (0, 1)
    ]
    pad = int(tokenizer.pad_token_id)
    before = [torch.tensor([told for told, _ in log_likelihoods(began, side, pad)]) for side in sides]
    now = [token_logs(model.eval(), side, pad) for side in sides]
    ours = preference_loss(
        PairLogs(
            chosen=now[0][0].sum(1),
            rejected=now[1][0].sum(1),
            reference_chosen=before[0],
            reference_rejected=before[1],
            chosen_tokens=now[0][1].sum(1),
            rejected_tokens=now[1][1].sum(1),
            weights=torch.ones(len(answers)),
        ),
        beta=0.3,
        by_length=False,
    )
    rows = datasets.Dataset.from_list([{"prompt": "a", "chosen": "b", "rejected": "c"}])
    own = trl.DPOConfig(output_dir=str(tmp_path), beta=0.3, report_to="none", use_cpu=True, bf16=False)
    trainer = quietly(
        lambda: trl.DPOTrainer(model=model, ref_model=began, args=own, train_dataset=rows, processing_class=tokenizer)
    )

    def part(row: Any, *, asked: bool) -> list[int]:
        return [one for one, label in zip(row.ids, row.labels, strict=True) if (label < 0) is asked]

    collator: Any = DataCollatorForPreference(pad_token_id=pad)
    batch = collator(
        [
            {
                "prompt_ids": part(one, asked=True),
                "chosen_ids": part(one, asked=False),
                "rejected_ids": part(other, asked=False),
            }
            for one, other in zip(*sides, strict=True)
        ]
    )
    theirs = trainer.compute_loss(trainer.model, batch)
    assert float(ours.loss.detach()) == pytest.approx(float(theirs.detach()), abs=1e-5)
    assert float(ours.loss.detach()) != pytest.approx(math.log(2), abs=1e-3)
