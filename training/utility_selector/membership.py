"""The loss of a selector: the answer's tokens, and beside them which passages are kept (spec 04 §2.4).

    L = LM + beta · mean over windows of the mean over its passages of BCE(z_i, y_i)

``z_i`` is the log-odds of ``keep`` against ``drop`` where the verdict on passage i is written, ``y_i`` whether it is to
be kept [ours]. So a verdict counts the more, the fewer tokens it is among many of an answer; and a window of twenty
passages counts as much as one of three.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from questline.errors import UsageError
from questline.tools.selection.verdicts import verdict_places
from questline.training.tuning.likelihood import Example

__all__ = ["Decision", "Marked", "decision_of", "labelled", "marked", "membership_loss"]

_IGNORED: Final = -100
_MARK: Final = 1000
"""The label of a verdict's token is minus this minus the token, so that the loss finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The tokens that decide."""

    keep: int
    drop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Where the verdicts of an answer lie among its tokens."""

    places: tuple[int, ...]
    """The first token of each verdict, passage by passage."""
    kept: tuple[bool, ...]


def marked(tokenizer: Any, answer: str, n: int) -> Marked | None:
    """Return where the verdicts on `n` passages lie; None where there is not one on each.

    Raises:
        UsageError: ``bad_settings`` for a tokenizer that does not tell where its tokens lie.
    """
    places = verdict_places(answer, n)
    if places is None:
        return None
    if not getattr(tokenizer, "is_fast", False):
        raise UsageError(
            "this model's tokenizer does not tell where its tokens lie in a text: set selector-sft.beta = 0",
            code="bad_settings",
            argument="beta",
        )
    ends = [
        end for _, end in tokenizer(answer, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    ]
    found = [(next(number for number, end in enumerate(ends) if end > at), kept) for at, kept in places.values()]
    return Marked(places=tuple(place for place, _ in found), kept=tuple(kept for _, kept in found))


def decision_of(answers: Iterable[tuple[Sequence[int], Marked]]) -> Decision:
    """Return the tokens that stand where answers decide.

    Args:
        answers: Tokens of each answer, and where its verdicts lie.

    Raises:
        UsageError: ``bad_data`` where nothing, or everything, is kept; ``bad_settings`` for a tokenizer that begins
            both verdicts alike, or one of them in several ways.
    """
    seen: dict[bool, set[int]] = {True: set(), False: set()}
    for ids, told in answers:
        for place, kept in zip(told.places, told.kept, strict=True):
            seen[kept].add(ids[place])
    if not seen[True] or not seen[False]:
        raise UsageError(
            f"no passage of any window is {'dropped' if seen[True] else 'kept'}: there is nothing to tell apart",
            code="bad_data",
        )
    if len(seen[True]) > 1 or len(seen[False]) > 1 or seen[True] == seen[False]:
        raise UsageError(
            "this model's tokenizer gives no verdict a first token of its own: set selector-sft.beta = 0",
            code="bad_settings",
            argument="beta",
        )
    return Decision(keep=seen[True].pop(), drop=seen[False].pop())


def labelled(example: Example, told: Marked) -> Example:
    """Return an example whose verdicts are marked in its labels."""
    labels = list(example.labels)
    first = next(place for place, label in enumerate(labels) if label != _IGNORED)
    for place in told.places:
        labels[first + place] = -_MARK - labels[first + place]
    return Example(ids=example.ids, labels=labels)


def membership_loss(
    logits: Tensor, labels: Tensor, items: Any, *, decision: Decision | None, beta: float, windows: int
) -> Tensor:
    """Return the loss above of a part of a step; those of its parts add up to that of the step.

    Args:
        logits: ``[n, length, vocabulary]``.
        labels: ``[n, length]``, with verdicts as `labelled` marks them.
        items: Labels of the whole step; None where the part is all of it.
        decision: What decides; None without verdicts.
        beta: Weight of the verdicts.
        windows: Of the whole step.
    """
    scores, wanted = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32)), labels[:, 1:]
    verdicts = wanted <= -_MARK
    ids = torch.where(verdicts, -_MARK - wanted, wanted)
    count = (ids != _IGNORED).sum() if items is None else items
    tokens = nn.functional.cross_entropy(scores.flatten(0, 1), ids.flatten(), ignore_index=_IGNORED, reduction="sum")
    loss = tokens / count
    if decision is None or not beta:
        return loss
    odds = scores[..., decision.keep] - scores[..., decision.drop]
    wrong = nn.functional.binary_cross_entropy_with_logits(
        odds, (ids == decision.keep).to(odds.dtype), reduction="none"
    )
    by_window = (wrong * verdicts).sum(1) / verdicts.sum(1).clamp(min=1)
    return loss + beta * by_window.sum() / windows
