"""Forward passes of a causal model of transformers over one text, with its cache of keys and values."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor

from questline.errors import UsageError

from .tree import Tree

__all__ = ["Passes"]

_MASKED: Final = ("eager", "sdpa")
"""Kinds of attention that take a mask of one's own."""


class Passes:
    """The text so far, all of it but its last token read.

    Args:
        model: Of transformers, causal, as `torch.nn.Module`; it is put into its evaluating mode by the caller.
        context: Tokens that it reads at most.

    Raises:
        UsageError: ``bad_argument`` for a model some of whose layers forget (a sliding window), so that a draft that is
            refused could not be taken back.
    """

    def __init__(self, model: Any, *, context: int | None = None) -> None:
        from transformers import DynamicCache

        self._model = model
        self._cache: Any = DynamicCache(config=model.config)
        takes = inspect.signature(model.forward).parameters
        self._named = {
            "cache" if "cache" in takes else "past_key_values": self._cache
        }  # by the version of transformers
        if any(getattr(layer, "is_sliding", False) or not hasattr(layer, "keys") for layer in self._cache.layers):
            raise UsageError(
                "this model keeps no whole cache of keys and values (a sliding window, or a recurrent layer), so that "
                "drafts cannot be taken back; write with model.generate",
                code="bad_argument",
                argument="model",
            )
        told = context or getattr(model.config, "max_position_embeddings", None)
        self.context = int(told) if told else 1 << 30
        """Tokens of a text at most."""
        self.length = 0
        """Tokens that were read."""
        self.count = 0
        """Forward passes."""

    def read(self, prompt: Sequence[int]) -> int:
        """Read a prompt at once and return what the model says after it."""
        [said] = self._run(torch.tensor([list(prompt)]), last=True)
        self.length = len(prompt)
        return said

    def ask(self, last: int, tree: Tree) -> tuple[int, list[int]]:
        """Return what the model says after the last written token, and after each token of a tree behind it.

        The cache then holds all of them: `keep` what is accepted.

        Raises:
            UsageError: ``bad_argument`` for a tree where the model's attention takes no mask of one's own.
        """
        ids = torch.tensor([[last, *tree.tokens]])
        said = self._run(ids) if tree.is_chain else self._run(ids, mask=self._mask(tree), places=[0, *tree.depths()])
        return said[0], said[1:]

    def keep(self, places: Sequence[int]) -> None:
        """Keep the last written token and these of the tree behind it, in order, and forget the others."""
        kept = [self.length, *(self.length + 1 + place for place in places)]
        straight = kept == list(range(self.length, self.length + len(kept)))
        for layer in self._cache.layers:
            if straight:
                end = self.length + len(kept)
                layer.keys, layer.values = layer.keys[..., :end, :], layer.values[..., :end, :]
            else:
                chosen = torch.tensor([*range(self.length), *kept], device=layer.keys.device)
                layer.keys, layer.values = (each.index_select(-2, chosen) for each in (layer.keys, layer.values))
        self.length += len(kept)

    def back(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        for layer in self._cache.layers:
            layer.keys, layer.values = layer.keys[..., :length, :], layer.values[..., :length, :]
        self.length = length

    def _run(
        self, ids: Tensor, *, mask: Tensor | None = None, places: Sequence[int] | None = None, last: bool = False
    ) -> list[int]:
        device: torch.device = self._model.device
        more: dict[str, Any] = {} if mask is None else {"attention_mask": mask.to(device)}
        at = torch.arange(ids.shape[1]) if places is None else torch.tensor(list(places))
        with torch.no_grad():
            told = self._model(
                input_ids=ids.to(device),
                position_ids=(at + self.length).unsqueeze(0).to(device),
                **self._named,
                use_cache=True,
                logits_to_keep=1 if last else 0,
                **more,
            )
        self.count += 1
        found: list[int] = told.logits[0].argmax(-1).tolist()
        return found

    def _mask(self, tree: Tree) -> Tensor:
        if getattr(self._model.config, "_attn_implementation", "eager") not in _MASKED:
            raise UsageError(
                f"lookahead needs a model whose attention is one of {', '.join(_MASKED)}: open it with "
                "attn_implementation='sdpa'",
                code="bad_argument",
                argument="model",
            )
        size = len(tree.tokens) + 1
        dtype: torch.dtype = self._model.dtype
        mask = torch.full((size, self.length + size), torch.finfo(dtype).min, dtype=dtype)
        mask[:, : self.length + 1] = 0
        for place, seen in enumerate(tree.seen()):
            mask[place + 1, [self.length + 1 + each for each in seen]] = 0
        return mask[None, None]
