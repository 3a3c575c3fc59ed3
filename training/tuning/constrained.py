"""Hold a model to what may be written, as tries of tokens: it samples, and is learnt from, among them alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import torch
from torch import Tensor

__all__ = ["Only", "Trie", "allowed", "chances", "ids_of"]

Trie: TypeAlias = dict[tuple[int, ...], tuple[int, ...]]
"""Tokens that may follow, by what is written so far; what is not in it may be followed by anything."""


class Only:
    """Lets transformers' ``generate`` write nothing but what its tries allow; one for each row."""

    def __init__(self, tries: Sequence[Trie], begins: int) -> None:
        self._tries = tries
        self._begins = begins

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Take the chance from every other token: scores ``[n, vocabulary]``."""
        written = ids_of(input_ids[:, self._begins :])
        after = [trie.get(tuple(row)) for trie, row in zip(self._tries, written, strict=True)]
        return scores.masked_fill(_marked(after, scores.shape[-1], scores.device).logical_not(), -torch.inf)


def ids_of(table: Tensor) -> list[list[int]]:
    """Return a table of whole numbers ``[n, length]`` as lists."""
    return cast("list[list[int]]", table.tolist())  # pyright: ignore[reportUnknownMemberType] because torch leaves it open


def allowed(tries: Sequence[Trie | None], written: Tensor, vocabulary: int) -> Tensor:
    """Return which tokens were open at each place of what was written: bool ``[n, length, vocabulary]``."""
    rows = ids_of(written)
    after = [
        None if trie is None else trie.get(tuple(row[:place]))
        for trie, row in zip(tries, rows, strict=True)
        for place in range(len(row))
    ]
    return _marked(after, vocabulary, written.device).view(len(rows), -1, vocabulary)


def chances(logits: Tensor, written: Tensor, open_: Tensor) -> tuple[Tensor, Tensor]:
    """Return log-probabilities and entropies among the open tokens: each ``[n, length]``, in nats.

    Args:
        logits: ``[n, length, vocabulary]``, divided by the temperature.
        written: The tokens, ``[n, length]``.
        open_: From `allowed`.
    """
    closed = open_.logical_not()
    logs = logits.float().masked_fill(closed, -torch.inf).log_softmax(dim=-1)
    entropy = -(logs.detach().exp() * logs.detach().masked_fill(closed, 0.0)).sum(dim=-1)
    return logs.gather(-1, written.unsqueeze(-1)).squeeze(-1), entropy


def _marked(after: Sequence[tuple[int, ...] | None], vocabulary: int, device: torch.device) -> Tensor:
    """Return bool ``[n, vocabulary]``; None marks all."""
    marked = torch.zeros((len(after), vocabulary), dtype=torch.bool)
    whole = [row for row, ids in enumerate(after) if ids is None]
    marked[whole] = True
    rows = [row for row, ids in enumerate(after) for _ in ids or ()]
    marked[rows, [each for ids in after for each in ids or ()]] = True
    return marked.to(device)
