"""The cross-encoder in torch: BERT over question and passage together, with a head for each thing that is asked.

One pass over ``[CLS] question [SEP] title. text [SEP]`` gives, for the pair, its relevance and usefulness (from
``[CLS]``), and for each token whether the answer starts or ends there and how salient its sentence is. An answer that
starts and ends at ``[CLS]`` is "no answer here" (BERT, arXiv:1810.04805 §4.3). Parameters bear the names of
transformers' ``BertModel``, so that its checkpoints load as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from questline.errors import UsageError

from .bert_graph import BertShape
from .safetensors import Tensors

__all__ = ["HEADS", "CrossEncoderNet", "Outputs"]

HEADS: Final = ("pooler.dense", "pair", "tokens")
"""What stands on top of the encoder: one layer over ``[CLS]``, then the two outputs of the pair; three of a token."""
_SPREAD: Final = 0.02
"""Standard deviation of new weights, as in BERT (arXiv:1810.04805 §A.2)."""


class Outputs(NamedTuple):
    """Raw scores (logits) of a batch."""

    pair: Tensor
    """float32 [batch, 2]: relevance, usefulness."""
    spans: Tensor
    """float32 [batch, tokens, 2]: start and end; -inf where neither may stand."""
    salience: Tensor
    """float32 [batch, tokens]."""

    def cpu(self) -> Outputs:
        """Return the same in main memory."""
        return Outputs(*(value.cpu() for value in self))


class CrossEncoderNet(nn.Module):
    """A BERT without dropout in attention, its embeddings frozen, and the heads.

    Without dropout in attention torch takes its fused kernel, and frozen embeddings spare the largest gradient:
    together with bf16 two to three times the speed of training on a CPU.
    """

    def __init__(
        self, tensors: Tensors, shape: BertShape, *, dropout: float = 0.1, frozen: int = 0, seed: int = 0
    ) -> None:
        """Take over a checkpoint; what it lacks of the heads starts at random.

        Args:
            tensors: By the names of transformers' ``BertModel``.
            shape: Layers, heads, epsilon, positions.
            dropout: Share of numbers dropped while learning.
            frozen: Layers, from the lowest, that stay as they are, which spares their gradients.
            seed: Of new weights.

        Raises:
            UsageError: ``bad_data`` naming the tensor that the checkpoint lacks.
        """
        super().__init__()
        try:
            words, hidden = tensors["embeddings.word_embeddings.weight"].shape
            positions = tensors["embeddings.position_embeddings.weight"].shape[0]
            inner = tensors["encoder.layer.0.intermediate.dense.weight"].shape[0]
        except KeyError as error:
            raise UsageError(f"the checkpoint lacks the tensor {error.args[0]!r}", code="bad_data") from error
        self.shape = shape
        self._dropout = dropout
        self._hidden = hidden
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(words, hidden),
                "position_embeddings": nn.Embedding(positions, hidden),
                "token_type_embeddings": nn.Embedding(2, hidden),
                "LayerNorm": nn.LayerNorm(hidden, eps=shape.epsilon),
            }
        )
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList([_layer(hidden, inner, shape.epsilon) for _ in range(shape.layers)])}
        )
        self.pooler = nn.ModuleDict({"dense": nn.Linear(hidden, hidden)})
        self.pair = nn.Linear(hidden, 2)
        self.tokens = nn.Linear(hidden, 3)
        self._fill(tensors, seed)
        self._frozen = frozen
        self.embeddings.requires_grad_(requires_grad=False)
        for layer in list(cast("nn.ModuleList", self.encoder["layer"]))[:frozen]:
            layer.requires_grad_(requires_grad=False)

    def _fill(self, tensors: Tensors, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for name, parameter in self.named_parameters():
            if name in tensors:
                parameter.data.copy_(torch.as_tensor(np.array(tensors[name])))
            elif not name.startswith(HEADS):
                raise UsageError(f"the checkpoint lacks the tensor {name!r}", code="bad_data")
            elif name.endswith("bias"):
                parameter.data.zero_()
            else:
                parameter.data.normal_(0.0, _SPREAD, generator=generator)

    def forward(self, ids: Tensor, types: Tensor, lengths: Tensor, draws: torch.Generator | None = None) -> Outputs:
        """Score pairs.

        Args:
            ids: int64 [batch, tokens], padded right.
            types: int64 [batch, tokens]: 0 in the question, 1 in the passage.
            lengths: int64 [batch]: tokens that are no padding.
            draws: Decides what dropout drops, on the device of the ids; None drops nothing. Threads with one each do
                not disturb each other.
        """
        places = torch.arange(ids.shape[1], device=ids.device)
        real = places[None, :] < lengths[:, None]
        part = self.embeddings
        with torch.no_grad():
            summed = part["word_embeddings"](ids) + part["token_type_embeddings"](types)
            state = part["LayerNorm"](summed + part["position_embeddings"](places)[None])
        seen = real[:, None, None, :]
        layers = list(cast("nn.ModuleList", self.encoder["layer"]))
        with torch.no_grad():
            for layer in layers[: self._frozen]:
                state = self._step(cast("nn.ModuleDict", layer), state, seen, draws)
        for layer in layers[self._frozen :]:
            state = self._step(cast("nn.ModuleDict", layer), state, seen, draws)
        first = torch.tanh(self.pooler["dense"](state[:, 0]))
        pair = self.pair(self._drop(first, draws)).float()
        marks = self.tokens(self._drop(state, draws)).float()
        # An answer stands in the passage, or at [CLS], which says that there is none.
        allowed = real & (types == 1)
        allowed[:, 0] = True
        spans = marks[..., :2].masked_fill(~allowed[..., None], -math.inf)
        return Outputs(pair, spans, marks[..., 2])

    def _drop(self, state: Tensor, draws: torch.Generator | None) -> Tensor:
        if draws is None or not self._dropout:
            return state
        kept = torch.empty_like(state).bernoulli_(1 - self._dropout, generator=draws)
        return state * kept.div_(1 - self._dropout)

    def _step(self, layer: nn.ModuleDict, state: Tensor, seen: Tensor, draws: torch.Generator | None) -> Tensor:
        attention = cast("nn.ModuleDict", layer["attention"])
        own, out = (cast("nn.ModuleDict", attention[name]) for name in ("self", "output"))
        batch, tokens, _ = state.shape
        split = (batch, tokens, self.shape.heads, self._hidden // self.shape.heads)
        query, key, value = (own[part](state).view(split).transpose(1, 2) for part in ("query", "key", "value"))
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, self._hidden)
        state = out["LayerNorm"](state + self._drop(out["dense"](mixed), draws))
        inner = functional.gelu(cast("nn.ModuleDict", layer["intermediate"])["dense"](state))
        last = cast("nn.ModuleDict", layer["output"])
        return last["LayerNorm"](state + self._drop(last["dense"](inner), draws))

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return every parameter by name, for the export."""
        named: Mapping[str, Tensor] = dict(self.named_parameters())
        return {name: value.detach().float().cpu().numpy().copy() for name, value in named.items()}


def _layer(hidden: int, inner: int, epsilon: float) -> nn.ModuleDict:
    def part(wide: int) -> nn.ModuleDict:
        return nn.ModuleDict({"dense": nn.Linear(wide, hidden), "LayerNorm": nn.LayerNorm(hidden, eps=epsilon)})

    own = nn.ModuleDict({name: nn.Linear(hidden, hidden) for name in ("query", "key", "value")})
    return nn.ModuleDict(
        {
            "attention": nn.ModuleDict({"self": own, "output": part(hidden)}),
            "intermediate": nn.ModuleDict({"dense": nn.Linear(hidden, inner)}),
            "output": part(inner),
        }
    )
