"""How likely a model finds answers: the log likelihood of their tokens, given what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import torch
from torch import Tensor, nn

from .chat import Message, answer_ids, token_ids
from .generation import autocast

__all__ = ["Example", "example", "log_likelihoods", "padded", "token_logs"]

_TOGETHER: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is asked and an answer as tokens; the labels of what is asked are -100."""

    ids: list[int]
    labels: list[int]


def example(tokenizer: Any, messages: Sequence[Message], answer: str) -> Example:
    """Return the tokens of a chat, its answer and the end."""
    prompt, text = token_ids(tokenizer, messages), answer_ids(tokenizer, answer)
    return Example(ids=[*prompt, *text], labels=[-100] * len(prompt) + text)


def padded(rows: Sequence[Example], pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, labels and what is no padding: each whole numbers ``[n, longest]``, padded on the right."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), longest), pad)
    labels, mask = torch.full_like(ids, -100), torch.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = torch.tensor(row.ids)
        labels[place, : len(row.ids)] = torch.tensor(row.labels)
        mask[place, : len(row.ids)] = 1
    return ids, labels, mask


def token_logs(model: Any, rows: Sequence[Example], pad: int) -> tuple[Tensor, Tensor]:
    """Return for each token after the first its log likelihood, and 1 where it is of an answer: ``[n, longest - 1]``.

    Tokens of what was asked have 0 in both; gradients flow where they are enabled.
    """
    ids, labels, mask = (each.to(model.device) for each in padded(rows, pad))
    with autocast(model.device):
        logits: Tensor = model(input_ids=ids, attention_mask=mask).logits
    wanted = labels[:, 1:]
    wrong = nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), wanted.flatten(), reduction="none")
    return -wrong.view_as(wanted), (wanted >= 0).long()


def log_likelihoods(model: Any, rows: Sequence[Example], pad: int) -> list[tuple[float, int]]:
    """Return for each answer the sum of the log likelihoods of its tokens, and their number."""
    was = model.training
    model.eval()
    found: list[tuple[float, int]] = []
    for start in range(0, len(rows), _TOGETHER):
        with torch.no_grad():
            logs, counted = token_logs(model, rows[start : start + _TOGETHER], pad)
        sums = cast("list[float]", cast("Any", logs.sum(1)).tolist())
        found += list(zip(sums, cast("list[int]", cast("Any", counted.sum(1)).tolist()), strict=True))
    model.train(was)
    return found
