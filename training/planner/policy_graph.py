"""Write the policy as the product loads it: ONNX built node by node, and a manifest that says what it was made for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from questline.agents.workflow_planner.attribution import Reference
from questline.agents.workflow_planner.features import NAMES
from questline.agents.workflow_planner.trained import POLICY, VERSION, Policy
from questline.errors import RunError, UsageError, require
from questline.training.recipe import Figures

from .assess import Chosen
from .columns import TOP
from .episodes import STATES
from .live_net import HEAT, LiveNet
from .policy_fitted import FittedNet
from .policy_fitted_graph import fitted_nodes, read_fitted
from .policy_net import TAU, PolicyNet, Shape
from .policy_value import Batch

__all__ = ["export", "graph", "means", "read_net"]

_OPSET: Final = 17
_IR: Final = 8
_TOLERANCE: Final = 1e-4


def export(
    net: PolicyNet | FittedNet | LiveNet,
    folder: Path,
    *,
    components: Sequence[str],
    chosen: Chosen,
    identity: Mapping[str, str],
    reference: Reference | None = None,
    learnt: str = "",
) -> Figures:
    """Write ``policy.onnx`` and ``manifest.json``; return its size and how far it is from the torch network.

    Args:
        net: The network.
        folder: Where to.
        components: Names of the costs.
        chosen: The constants that it has to beat.
        identity: Of the table.
        reference: `means` of what it learnt from; without them its choices come without what weighed in them.
        learnt: `questline.training.planner.learnt.marks` of what it learnt from, so that it is not measured on it.

    Raises:
        RunError: When the two differ.
    """
    content = graph(net)
    manifest = {
        "name": "workflow_policy",
        "version": VERSION,
        "features": list(NAMES),
        "workflows": list(TOP),
        "components": list(components),
        "scale": chosen.scale.tolist(),
        "constants": chosen.as_dict(),
        "vector": _base(net).shape.vector,
        "reads_question": not isinstance(_base(net), FittedNet),
        "identity": dict(identity),
        "learnt": learnt,
        "files": {POLICY: hashlib.sha256(content).hexdigest()},
        **({} if reference is None else {"reference": reference.as_dict()}),
    }
    (folder / POLICY).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    far = _compared(net, Policy.load(folder))
    if not far < _TOLERANCE:
        raise RunError(f"the exported policy differs from the learnt one by {far:.2g}")
    count = sum(parameter.numel() for parameter in (*net.parameters(), *net.buffers()))
    return {"parameters": float(count), "kilobytes": len(content) / 1e3, "largest difference": far}


def _base(net: PolicyNet | FittedNet | LiveNet) -> PolicyNet | FittedNet:
    return net.base if isinstance(net, LiveNet) else net


def means(batch: Batch) -> Reference:
    """Return the means of training questions: what a choice is explained against."""
    sizes = torch.tensor([len(state) for state in STATES])
    rows = [batch.features[:, sizes == size].flatten(0, 1).mean(dim=0) for size in range(int(sizes.max()) + 1)]
    return Reference(batch.vectors.mean(dim=0).numpy(), torch.stack(rows).numpy(), TAU)


class _Writer:
    """Collects the nodes and constants of a graph."""

    def __init__(self, helper: Any, numpy_helper: Any) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._helper, self._numpy_helper = helper, numpy_helper

    def constant(self, name: str, value: Any, kind: type[Any] = np.float32) -> str:
        self.constants.append(self._numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(self._helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(self, name: str, source: str, of: Any) -> str:
        layer = getattr(of, name.rpartition(".")[2])
        bias = layer.bias.detach().numpy() if layer.bias is not None else np.zeros(layer.out_features)
        weight = self.constant(f"{name}.w", layer.weight.detach().numpy())
        return self.node("Gemm", [source, weight, self.constant(f"{name}.b", bias)], f"{name}.out", transB=1)

    def squeezed(self) -> str:
        tenfold = self.node("Mul", ["weights", self.constant("ten", 10.0)], "tenfold")
        return self.node("Log", [self.node("Add", [tenfold, self.constant("one", 1.0)], "above")], "small")


def _network(net: PolicyNet, writer: _Writer, small: str) -> tuple[str, str, str]:
    """Write quality, cost and high; return the names of the choice, of what all heads read, and of scaled features."""
    w, c = net.shape.workflows, net.shape.components
    node, constant = writer.node, writer.constant

    def linear(name: str, source: str) -> str:
        return writer.linear(name, source, net)

    shifted = node("Sub", ["features", constant("mean", net.mean.numpy())], "shifted")
    scaled = node("Div", [shifted, constant("spread", net.spread.numpy())], "scaled")
    both = node("Add", [linear("question", "question"), linear("seen", scaled)], "both")
    hidden = node("Relu", [linear("trunk", node("Relu", [both], "first"))], "hidden")
    quality = node("Sigmoid", [linear("quality", hidden)], "quality")
    table = constant("table", [-1, w, c], np.int64)
    cost = node("Reshape", [node("Softplus", [linear("cost", hidden)], "cost.flat"), table], "cost")
    more = node("Reshape", [node("Softplus", [linear("more", hidden)], "more.flat"), table], "more")
    node("Add", [cost, more], "high")
    chosen = node("Relu", [linear("choice", node("Concat", [hidden, small], "beside", axis=1))], "chosen")
    axis = constant("axis", [1], np.int64)
    priced = node("Mul", [cost, node("Unsqueeze", ["weights", axis], "weights.wide")], "priced")
    price = node("ReduceSum", [priced, constant("last", [2], np.int64)], "price", keepdims=0)
    # What the draft is worth costs nothing more, and giving up is worth nothing.
    keep = constant("keep", np.concatenate([np.eye(w), np.zeros((w, 2))], axis=1))
    spread = constant("spread.q", np.concatenate([np.eye(w + 1), np.zeros((w + 1, 1))], axis=1))
    utility = node("Sub", [node("MatMul", [quality, spread], "q"), node("MatMul", [price, keep], "p")], "utility")
    logit = node("Div", [utility, constant("tau", TAU)], "logit")
    return node("Add", [linear("logits", chosen), logit], "choices"), hidden, scaled


def graph(whole: PolicyNet | FittedNet | LiveNet) -> bytes:
    """Return the network as ONNX: ``question [n, v]``, ``features [n, f]``, ``weights [n, c]`` in, four heads out."""
    onnx = require("onnx", feature="the export of the policy")
    helper, numpy_helper = import_module("onnx.helper"), import_module("onnx.numpy_helper")
    net = _base(whole)
    shape = net.shape
    w, c = shape.workflows, shape.components
    writer = _Writer(helper, numpy_helper)
    node, constant = writer.node, writer.constant
    small = writer.squeezed()
    if isinstance(net, FittedNet):
        choice, hidden, scaled = fitted_nodes(net, writer)
    else:
        choice, hidden, scaled = _network(net, writer, small)
    if isinstance(whole, LiveNet):
        seen = node("Concat", [hidden, scaled, small], "seen.after", axis=1)
        said = writer.linear(
            "live.more", node("Relu", [writer.linear("live.after", seen, whole)], "live.hidden"), whole
        )
        added = node("Mul", [said, constant("heat", HEAT)], "heated")
        if not whole.first:
            ends = [
                constant(f"tried.{name}", [place], np.int64) for name, place in (("from", -w), ("to", shape.features))
            ]
            tried = node("Slice", ["features", *ends, constant("tried.axis", [1], np.int64)], "tried")
            added = node("Mul", [added, node("ReduceMax", [tried], "gate", axes=[1], keepdims=1)], "gated")
        choice = node("Add", [choice, added], "choices.live")
    node("Identity", [choice], "policy")
    kind = onnx.TensorProto.FLOAT
    model = helper.make_model(
        helper.make_graph(
            writer.nodes,
            "policy",
            [
                helper.make_tensor_value_info("question", kind, ["n", shape.vector]),
                helper.make_tensor_value_info("features", kind, ["n", shape.features]),
                helper.make_tensor_value_info("weights", kind, ["n", c]),
            ],
            [
                helper.make_tensor_value_info("quality", kind, ["n", w + 1]),
                helper.make_tensor_value_info("cost", kind, ["n", w, c]),
                helper.make_tensor_value_info("high", kind, ["n", w, c]),
                helper.make_tensor_value_info("policy", kind, ["n", w + 2]),
            ],
            writer.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="questline",
    )
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def read_net(content: bytes) -> PolicyNet | FittedNet:
    """Return the network of an exported policy.

    Raises:
        UsageError: ``bad_argument`` for one that has learnt on the live graph already.
        RunError: ``damaged_model`` where a part is missing.
    """
    onnx = require("onnx", feature="learning on from a policy")
    parts = {
        one.name: torch.tensor(onnx.numpy_helper.to_array(one))
        for one in onnx.load_model_from_string(content).graph.initializer
    }
    if "live.after.w" in parts:
        raise UsageError(
            "this policy has learnt on the live graph already; begin from the one that `agents train policy` made, "
            "or go on with --resume",
            argument="policy",
        )
    try:
        fitted = read_fitted(parts)
        if fitted is not None:
            return fitted
        wide, vector = parts["question.w"].shape
        w = len(parts["logits.b"]) - 2
        shape = Shape(
            vector=vector,
            features=len(parts["mean"]),
            components=len(parts["cost.b"]) // w,
            workflows=w,
            wide=wide,
            narrow=len(parts["trunk.b"]),
        )
        net = PolicyNet(shape)
        layers = {
            f"{name}.{kind}": parts[f"{name}.{kind[0]}"]
            for name in ("question", "seen", "trunk", "quality", "cost", "more", "choice", "logits")
            for kind in ("weight", "bias")
        }
        del layers["question.bias"]
        net.load_state_dict({**layers, "mean": parts["mean"], "spread": parts["spread"]})
    except (KeyError, RuntimeError, ValueError) as error:
        raise RunError(f"the policy cannot be read: {error}", code="damaged_model") from error
    return net


def _compared(net: PolicyNet | FittedNet | LiveNet, policy: Policy) -> float:
    generator = torch.Generator().manual_seed(0)
    shape = _base(net).shape
    vector = torch.nn.functional.normalize(torch.randn(16, shape.vector, generator=generator), dim=1)
    features = torch.rand(16, shape.features, generator=generator)
    features[:, -shape.workflows :] = (features[:, -shape.workflows :] > 0.8).float()
    weights = torch.rand(16, shape.components, generator=generator)
    net.eval()
    with torch.no_grad():
        heads = net(vector, features, weights)
    judged = policy.judge(vector.numpy(), features.numpy(), weights.numpy())
    pairs = (
        (torch.sigmoid(heads.quality), judged.quality),
        (heads.cost, judged.cost),
        (heads.high, judged.high),
        (heads.logits * TAU, judged.logits * TAU),
    )
    return max(float(np.abs(one.numpy() - other).max()) for one, other in pairs)
