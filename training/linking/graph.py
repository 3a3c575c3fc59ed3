"""The linker's network as ONNX, written node by node for one question, and the folder that the product loads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from questline.errors import RunError, require
from questline.tools.tables.linker.features import PAIRS, Seen
from questline.tools.tables.linker.network import MODEL, SHAPE, VERSION, Calibration, Network
from questline.tools.tables.linker.sight import KINDS
from questline.tools.tables.linker.spoken import FORMS
from questline.tools.tables.linker.vectors import WIDTH
from questline.training.recipe import Figures

from .batches import alone
from .net import LinkNet

__all__ = ["export", "graph"]

_OPSET: Final = 17
_IR: Final = 8
_TOLERANCE: Final = 0.02
"""Of a probability: weights are kept in 16 bits."""


class _Writer:
    """Collects the nodes and constants of a graph; a prefix keeps those of one network apart from another's."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self._helper, self._numpy = import_module("onnx.helper"), import_module("onnx.numpy_helper")
        self._count = 0

    def constant(self, value: Any, kind: type[Any] = np.float32) -> str:
        self._count += 1
        name = f"c{self._count}"
        self.constants[name] = self._numpy.from_array(np.asarray(value, kind), name)
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        self._count += 1
        name = f"n{self._count}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def linear(self, of: nn.Linear, source: str) -> str:
        weight = self.node("Cast", self.constant(of.weight.detach().numpy().T, np.float16), to=1)  # float32 again
        return self.node("Add", self.node("MatMul", source, weight), self.constant(of.bias.detach().numpy()))

    def norm(self, of: nn.LayerNorm, source: str) -> str:
        scale, bias = self.constant(of.weight.detach().numpy()), self.constant(of.bias.detach().numpy())
        return self.node("LayerNormalization", source, scale, bias, axis=-1, epsilon=of.eps)

    def sum(self, *sources: str) -> str:
        whole = sources[0]
        for each in sources[1:]:
            whole = self.node("Add", whole, each)
        return whole

    def around(self, source: str, rank: int) -> str:
        """Write each word's row with those of its neighbours; words are the first axis."""
        pads = [np.zeros(2 * rank, np.int64) for _ in range(2)]
        pads[0][0] = 1
        pads[1][rank] = 1
        ahead = self.node("Pad", source, self.constant(pads[0], np.int64))
        behind = self.node("Pad", source, self.constant(pads[1], np.int64))
        axis, step = self.constant([0], np.int64), self.constant([1], np.int64)
        first, last = self.constant([0], np.int64), self.constant([-1], np.int64)
        end = self.constant([2**31], np.int64)
        one = self.node("Slice", ahead, first, last, axis, step)
        other = self.node("Slice", behind, self.constant([1], np.int64), end, axis, step)
        return self.node("Concat", source, one, other, axis=-1)

    def wide(self, source: str, axis: int) -> str:
        return self.node("Unsqueeze", source, self.constant([axis], np.int64))


def _network(net: LinkNet, w: _Writer) -> str:
    """Write one network; return the name of its probabilities [T, choices]. As `LinkNet.forward`, without a batch."""
    d, n = net.shape.wide, net.shape.looks
    x = w.norm(
        net.norm_word, w.sum(w.linear(net.state, "states"), w.linear(net.alone, "alone"), w.linear(net.form, "forms"))
    )
    k = w.norm(
        net.norm_column, w.sum(w.linear(net.name, "names"), w.linear(net.told, "told"), w.linear(net.nature, "natures"))
    )

    def dots(words: str) -> str:
        parts = w.constant([0, n, d // n], np.int64)
        left = w.node("Transpose", w.node("Reshape", words, parts), perm=[1, 0, 2])
        right = w.node("Transpose", w.node("Reshape", k, parts), perm=[1, 2, 0])
        product = w.node("Transpose", w.node("MatMul", left, right), perm=[1, 2, 0])
        return w.node("Div", product, w.constant((d / n) ** 0.5))

    pair = w.node("Relu", w.linear(net.pair, "pairs"))
    look = w.node("Relu", w.linear(net.first, w.node("Concat", pair, dots(x), axis=-1)))
    last = w.constant([-1], np.int64)
    share = w.node("Softmax", w.node("Squeeze", w.linear(net.weigh, look), last), axis=-1)
    most = w.node("ReduceMax", look, axes=[1], keepdims=0)
    x = w.norm(net.norm_1, w.sum(x, w.linear(net.about, w.node("MatMul", share, k)), w.linear(net.most, most)))
    x = w.norm(net.norm_2, w.sum(x, w.node("Relu", w.linear(net.near_1, w.around(x, 2)))))
    scores = w.node("MatMul", w.linear(net.query, x), w.node("Transpose", w.linear(net.key, x), perm=[1, 0]))
    weights = w.node("Softmax", w.node("Div", scores, w.constant(d**0.5)), axis=-1)
    x = w.sum(x, w.linear(net.out, w.node("MatMul", weights, w.linear(net.value, x))))
    x = w.norm(net.norm_3, w.sum(x, w.node("Relu", w.linear(net.near_2, w.around(x, 2)))))
    beside = w.node("Concat", w.around(look, 3), dots(x), w.wide(share, -1), axis=-1)
    whole = w.node("ReduceMax", look, axes=[0], keepdims=0)
    held = w.wide(w.sum(w.linear(net.held, k), w.linear(net.whole, whole)), 0)
    seen = w.sum(w.linear(net.beside, beside), w.wide(w.linear(net.said, x), 1), held)
    scored = w.sum(w.linear(net.scores, w.node("Relu", seen)), w.wide(w.linear(net.bias, x), 1))
    free = w.linear(net.free, w.node("Concat", x, most, axis=-1))
    flat = w.node("Flatten", scored, axis=1)
    return w.node("Softmax", w.node("Concat", free, flat, axis=-1), axis=-1)


def graph(nets: Sequence[LinkNet]) -> bytes:
    """Return networks as one ONNX graph, for one question over one table: the mean of their probabilities."""
    onnx = require("onnx", feature="the export of the linker")
    helper = import_module("onnx.helper")
    w = _Writer()
    told = [_network(net.eval(), w) for net in nets]
    whole = w.node("Div", w.sum(*told), w.constant(float(len(told))))
    w.nodes.append(helper.make_node("Identity", [whole], ["choices"]))
    kind = onnx.TensorProto.FLOAT
    inputs = {
        "states": ["t", WIDTH], "alone": ["t", WIDTH], "forms": ["t", FORMS], "pairs": ["t", "c", PAIRS],
        "names": ["c", WIDTH], "told": ["c", WIDTH], "natures": ["c", KINDS],
    }  # fmt: skip
    model = helper.make_model(
        helper.make_graph(
            w.nodes,
            "linker",
            [helper.make_tensor_value_info(name, kind, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info("choices", kind, ["t", "choices"])],
            list(w.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="questline",
    )
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def export(
    nets: Sequence[LinkNet], folder: Path, *, calibration: Calibration, tried: Seen, data: dict[str, str]
) -> Figures:
    """Write ``linker.onnx`` and ``manifest.json``; return its size and how far it is from the torch networks.

    Args:
        nets: Whose probabilities are averaged.
        folder: Where to.
        calibration: Of their readings.
        tried: A question over a table, to compare with.
        data: Name of a file that was learnt from → its hash.

    Raises:
        RunError: When the two differ.
    """
    content = graph(nets)
    manifest = {
        "name": "table_linker",
        "version": VERSION,
        "shape": SHAPE,
        "calibration": {"weights": list(calibration.weights), "threshold": calibration.threshold},
        "data": data,
        "files": {MODEL: hashlib.sha256(content).hexdigest()},
    }
    (folder / MODEL).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    read = Network.load(folder).read(tried)
    with torch.no_grad():
        batch = alone(tried)
        own = torch.stack([net.eval()(batch)[0].softmax(-1) for net in nets]).mean(dim=0).numpy()
    far = float(np.abs(read - own).max()) if read.size else 0.0
    if not far < _TOLERANCE:
        raise RunError(f"the exported linker differs from the learnt one by {far:.2g}")
    count = sum(parameter.numel() for net in nets for parameter in net.parameters())
    return {"parameters": float(count), "kilobytes": len(content) / 1e3, "largest difference": far}
