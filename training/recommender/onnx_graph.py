"""A network as ONNX, written node by node: from a session without padding to its state and the logits of all items."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from questline.errors import require
from questline.tools.recommendation.neural.nets import BERT4Rec, Block, GRU4Rec, ItemNet, SASRec

__all__ = ["graph"]

_OPSET: Final = 17
_IR: Final = 8
_FAR: Final = -1e9
_END: Final = 2**31


class _Writer:
    """Collects the nodes and constants of a graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._helper, self._numpy = import_module("onnx.helper"), import_module("onnx.numpy_helper")
        self._count = 0

    def constant(self, value: Any, kind: type[Any] = np.float32) -> str:
        name = self._name("c")
        values = value.detach().numpy() if isinstance(value, Tensor) else value
        self.constants.append(self._numpy.from_array(np.ascontiguousarray(np.asarray(values, kind)), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = self._name("n")
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def named(self, kind: str, name: str, *inputs: str, **attributes: Any) -> None:
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], **attributes))

    def whole(self, *numbers: int) -> str:
        return self.constant(numbers, np.int64)

    def linear(self, of: nn.Linear, source: str) -> str:
        return self.node("Add", self.node("MatMul", source, self.constant(of.weight.T)), self.constant(of.bias))

    def norm(self, of: nn.LayerNorm, source: str) -> str:
        scale, bias = self.constant(of.weight), self.constant(of.bias)
        return self.node("LayerNormalization", source, scale, bias, axis=-1, epsilon=of.eps)

    def last(self, source: str) -> str:
        """Write the last row of each session: [b, t, d] becomes [b, d]."""
        cut = self.node("Slice", source, self.whole(-1), self.whole(_END), self.whole(1))
        return self.node("Squeeze", cut, self.whole(1))

    def _name(self, of: str) -> str:
        self._count += 1
        return f"{of}{self._count}"


def graph(net: ItemNet) -> bytes:
    """Return the graph: ``session`` int64 [b, l] of items from 1 gives ``states`` [b, D] and ``logits`` [b, N].

    l is at most `max_length` and may be 0: the state before any click.

    Raises:
        MissingExtra: Without onnx.
    """
    onnx = require("onnx", feature="the export of a recommender")
    helper = import_module("onnx.helper")
    w = _Writer()
    table = w.constant(net.table.weight)
    rows = w.node("Slice", w.node("Shape", "session"), w.whole(0), w.whole(1))
    start = w.node("Expand", w.whole(0), w.node("Concat", rows, w.whole(1), axis=0))
    if isinstance(net, GRU4Rec):
        read = w.node("Gather", table, w.node("Concat", start, "session", axis=1))
        state = _recurrent(net, w, read)
    else:
        assert isinstance(net, SASRec | BERT4Rec)
        front = (start, "session") if isinstance(net, SASRec) else ("session", start)
        read = w.node("Gather", table, w.node("Concat", *front, axis=1))
        state = _attentive(net, w, read)
    w.named("Identity", "states", state)
    embeddings = w.node("Slice", table, w.whole(1), w.whole(_END), w.whole(0))
    w.named("Gemm", "logits", "states", embeddings, w.constant(net.bias), transB=1)
    kind = onnx.TensorProto
    info = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            w.nodes,
            net.config.kind,
            [info("session", kind.INT64, ["b", "l"])],
            [
                info("states", kind.FLOAT, ["b", net.config.width]),
                info("logits", kind.FLOAT, ["b", net.config.items]),
            ],
            w.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="questline",
    )
    onnx.checker.check_model(model)
    return cast("bytes", model.SerializeToString(deterministic=True))


def _recurrent(net: GRU4Rec, w: _Writer, read: str) -> str:
    """Write the layers; ONNX has the gates as update, reset, new, torch as reset, update, new."""
    told = w.node("Transpose", read, perm=[1, 0, 2])
    wide = net.config.width

    def gates(name: str) -> Tensor:
        whole = cast("Tensor", getattr(net.gru, name))
        reset, update, new = whole[:wide], whole[wide : 2 * wide], whole[2 * wide :]
        return torch.cat([update, reset, new])

    for layer in range(net.config.layers):
        weights = [w.constant(gates(f"weight_{of}_l{layer}")[None]) for of in ("ih", "hh")]
        bias = w.constant(torch.cat([gates(f"bias_{of}_l{layer}") for of in ("ih", "hh")])[None])
        every = w.node("GRU", told, *weights, bias, hidden_size=wide, linear_before_reset=1)
        told = w.node("Squeeze", every, w.whole(1))
    last = w.last(w.node("Transpose", told, perm=[1, 0, 2]))
    return w.norm(net.norm, w.linear(net.out, last))


def _attentive(net: SASRec | BERT4Rec, w: _Writer, read: str) -> str:
    count = w.node("Slice", w.node("Shape", read), w.whole(1), w.whole(2))
    places = w.node("Slice", w.constant(net.places.weight), w.whole(0), count, w.whole(0))
    x = w.node("Add", w.node("Mul", read, w.constant(net.config.width**0.5)), places)
    hidden = ""
    if isinstance(net, SASRec):
        size = net.config.max_length + 1
        ahead = w.constant(np.triu(np.full((size, size), _FAR), 1))
        both = w.node("Concat", count, count, axis=0)
        hidden = w.node("Slice", ahead, w.whole(0, 0), both, w.whole(0, 1))
    for block in net.blocks:
        x = _block(cast("Block", block), w, x, hidden)
    return w.norm(net.norm, w.last(x))


def _block(block: Block, w: _Writer, x: str, hidden: str) -> str:
    wide = block.query.in_features
    each = wide // block.heads
    seen = w.norm(block.norm_1, x)

    def parts(of: nn.Linear, perm: list[int]) -> str:
        split = w.node("Reshape", w.linear(of, seen), w.whole(0, 0, block.heads, each))
        return w.node("Transpose", split, perm=perm)

    weights = w.node("MatMul", parts(block.query, [0, 2, 1, 3]), parts(block.key, [0, 2, 3, 1]))
    weights = w.node("Div", weights, w.constant(each**0.5))
    if hidden:
        weights = w.node("Add", weights, hidden)
    told = w.node("MatMul", w.node("Softmax", weights, axis=-1), parts(block.value, [0, 2, 1, 3]))
    told = w.node("Reshape", w.node("Transpose", told, perm=[0, 2, 1, 3]), w.whole(0, 0, wide))
    x = w.node("Add", x, w.linear(block.out, told))
    inner = w.linear(block.first, w.norm(block.norm_2, x))
    if isinstance(block.active, nn.GELU):
        spread = w.node("Erf", w.node("Div", inner, w.constant(2**0.5)))
        inner = w.node("Mul", w.node("Mul", inner, w.constant(0.5)), w.node("Add", spread, w.constant(1.0)))
    else:
        inner = w.node("Relu", inner)
    return w.node("Add", x, w.linear(block.second, inner))
