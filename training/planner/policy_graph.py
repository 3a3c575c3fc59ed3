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
from questline.errors import RunError, require
from questline.training.recipe import Figures

from .assess import Chosen
from .columns import TOP
from .episodes import STATES
from .policy_net import TAU, PolicyNet
from .policy_value import Batch

__all__ = ["export", "graph", "means"]

_OPSET: Final = 17
_IR: Final = 8
_TOLERANCE: Final = 1e-4


def export(
    net: PolicyNet,
    folder: Path,
    *,
    components: Sequence[str],
    chosen: Chosen,
    identity: Mapping[str, str],
    reference: Reference | None = None,
) -> Figures:
    """Write ``policy.onnx`` and ``manifest.json``; return its size and how far it is from the torch network.

    Args:
        net: The network.
        folder: Where to.
        components: Names of the costs.
        chosen: The constants that it has to beat.
        identity: Of the table.
        reference: `means` of what it learnt from; without them its choices come without what weighed in them.

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
        "vector": net.shape.vector,
        "identity": dict(identity),
        "files": {POLICY: hashlib.sha256(content).hexdigest()},
        **({} if reference is None else {"reference": reference.as_dict()}),
    }
    (folder / POLICY).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    far = _compared(net, Policy.load(folder))
    if not far < _TOLERANCE:
        raise RunError(f"the exported policy differs from the learnt one by {far:.2g}")
    count = sum(parameter.numel() for parameter in net.parameters())
    return {"parameters": float(count), "kilobytes": len(content) / 1e3, "largest difference": far}


def means(batch: Batch) -> Reference:
    """Return the means of training questions: what a choice is explained against."""
    sizes = torch.tensor([len(state) for state in STATES])
    rows = [batch.features[:, sizes == size].flatten(0, 1).mean(dim=0) for size in range(int(sizes.max()) + 1)]
    return Reference(batch.vectors.mean(dim=0).numpy(), torch.stack(rows).numpy(), TAU)


def graph(net: PolicyNet) -> bytes:
    """Return the network as ONNX: ``question [n, v]``, ``features [n, f]``, ``weights [n, c]`` in, four heads out."""
    onnx = require("onnx", feature="the export of the policy")
    helper, numpy_helper = import_module("onnx.helper"), import_module("onnx.numpy_helper")
    shape = net.shape
    w, c = shape.workflows, shape.components
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: Any, kind: type[Any] = np.float32) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def node(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(name: str, source: str) -> str:
        layer = getattr(net, name)
        bias = layer.bias.detach().numpy() if layer.bias is not None else np.zeros(layer.out_features)
        inputs = [source, constant(f"{name}.w", layer.weight.detach().numpy()), constant(f"{name}.b", bias)]
        return node("Gemm", inputs, f"{name}.out", transB=1)

    shifted = node("Sub", ["features", constant("mean", net.mean.numpy())], "shifted")
    scaled = node("Div", [shifted, constant("spread", net.spread.numpy())], "scaled")
    both = node("Add", [linear("question", "question"), linear("seen", scaled)], "both")
    hidden = node("Relu", [linear("trunk", node("Relu", [both], "first"))], "hidden")
    quality = node("Sigmoid", [linear("quality", hidden)], "quality")
    table = constant("table", [-1, w, c], np.int64)
    cost = node("Reshape", [node("Softplus", [linear("cost", hidden)], "cost.flat"), table], "cost")
    more = node("Reshape", [node("Softplus", [linear("more", hidden)], "more.flat"), table], "more")
    node("Add", [cost, more], "high")
    one, ten = constant("one", 1.0), constant("ten", 10.0)
    small = node("Log", [node("Add", [node("Mul", ["weights", ten], "tenfold"), one], "above")], "small")
    chosen = node("Relu", [linear("choice", node("Concat", [hidden, small], "beside", axis=1))], "chosen")
    axis = constant("axis", [1], np.int64)
    priced = node("Mul", [cost, node("Unsqueeze", ["weights", axis], "weights.wide")], "priced")
    price = node("ReduceSum", [priced, constant("last", [2], np.int64)], "price", keepdims=0)
    # What the draft is worth costs nothing more, and giving up is worth nothing.
    keep = constant("keep", np.concatenate([np.eye(w), np.zeros((w, 2))], axis=1))
    spread = constant("spread.q", np.concatenate([np.eye(w + 1), np.zeros((w + 1, 1))], axis=1))
    utility = node("Sub", [node("MatMul", [quality, spread], "q"), node("MatMul", [price, keep], "p")], "utility")
    logit = node("Div", [utility, constant("tau", TAU)], "logit")
    node("Add", [linear("logits", chosen), logit], "policy")
    kind = onnx.TensorProto.FLOAT
    model = helper.make_model(
        helper.make_graph(
            nodes,
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
            constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="questline",
    )
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _compared(net: PolicyNet, policy: Policy) -> float:
    generator = torch.Generator().manual_seed(0)
    vector = torch.nn.functional.normalize(torch.randn(16, net.shape.vector, generator=generator), dim=1)
    features = torch.rand(16, net.shape.features, generator=generator)
    weights = torch.rand(16, net.shape.components, generator=generator)
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
