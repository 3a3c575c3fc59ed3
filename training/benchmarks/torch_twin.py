"""The cross-encoder's network in float32 torch, with random weights: the time of a dense network depends on none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from questline.errors import require
from questline.tools.models.pair_tokens import Pair, padded

__all__ = ["torch_twin"]


def torch_twin(model: bytes, max_tokens: int) -> Callable[[Sequence[Pair]], object]:
    """Return what scores pairs by a float32 network of the model's shape, on one thread."""
    onnx = require("onnx", feature="the comparison with torch")
    torch = require("torch", feature="the comparison with torch")
    from questline.training.embedded.bert import CrossEncoderNet
    from questline.training.embedded.bert_graph import BertShape

    graph: Any = onnx.load_from_string(model).graph
    attention = [node for node in graph.node if node.op_type in {"QAttention", "Attention"}]
    heads = next(part.i for part in attention[0].attribute if part.name == "num_heads")
    sizes: dict[str, tuple[int, ...]] = {one.name: tuple(one.dims) for one in graph.initializer}
    hidden = sizes["embeddings.LayerNorm.weight"][0]
    words, inner = sizes["words"][0], sizes["encoder.layer.0.intermediate.dense.bias"][0]
    tensors = _random_bert(len(attention), hidden, inner, words, max_tokens)
    shape = BertShape(layers=len(attention), heads=heads, max_tokens=max_tokens)
    net = CrossEncoderNet(tensors, shape).eval()
    torch.set_num_threads(1)

    def forward(pairs: Sequence[Pair]) -> object:
        with torch.inference_mode():
            return net(*(torch.as_tensor(values) for values in padded(pairs)))

    return forward


def _random_bert(layers: int, hidden: int, inner: int, words: int, positions: int) -> dict[str, NDArray[np.float32]]:
    draw = np.random.default_rng(0)
    embeddings = {"word": words, "position": positions, "token_type": 2}
    shapes = {f"embeddings.{name}_embeddings.weight": (rows, hidden) for name, rows in embeddings.items()}
    norms = ["embeddings.LayerNorm"]
    for layer in range(layers):
        prefix = f"encoder.layer.{layer}"
        dense = {f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (hidden, hidden)}
        dense |= {"intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
        shapes |= {f"{prefix}.{name}.weight": size for name, size in dense.items()}
        shapes |= {f"{prefix}.{name}.bias": size[:1] for name, size in dense.items()}  # pyright: ignore[reportAssignmentType]  # because a bias has one side
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
    tensors = {name: (0.02 * draw.standard_normal(size)).astype(np.float32) for name, size in shapes.items()}
    tensors |= {f"{name}.weight": np.ones(hidden, np.float32) for name in norms}
    return tensors | {f"{name}.bias": np.zeros(hidden, np.float32) for name in norms}
