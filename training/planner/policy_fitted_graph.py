"""A fitted policy in ONNX: its nodes, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor

from questline.agents.workflow_planner.features import NAMES

from .policy_fitted import FAR, KNOTS, LEAST, THIRD, FittedNet, experts
from .policy_net import TAU

__all__ = ["Writer", "fitted_nodes", "read_fitted"]

_PREFIX: Final = "fitted."
_KEPT: Final = ("bend", "bent", "mean", "spread", "said", "over", "follows", "second")


class Writer(Protocol):
    """Adds to a graph; returns the name of what was added."""

    def constant(self, name: str, value: Any, kind: type[Any] = np.float32) -> str:
        """Add a constant."""
        ...

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node."""
        ...


def fitted_nodes(net: FittedNet, to: Writer) -> tuple[str, str, str]:
    """Write quality, cost and high; return the names of the choice, of what all heads read, and of scaled features."""
    w, c, f = net.shape.workflows, net.shape.components, net.shape.features
    kept = {name: to.constant(_PREFIX + name, getattr(net, name).numpy()) for name in _KEPT if name != "second"}
    second = to.constant(_PREFIX + "second", net.second[:, None].numpy())

    def part(source: str, start: int, end: int, name: str) -> str:
        ends = [to.constant(f"{name}.{one}", [at], np.int64) for one, at in (("from", start), ("to", end))]
        return to.node("Slice", [source, *ends, to.constant(f"{name}.axis", [1], np.int64)], name)

    def clip(source: str, low: float, high: float, name: str) -> str:
        return to.node("Clip", [source, to.constant(f"{name}.low", low), to.constant(f"{name}.high", high)], name)

    bent = to.node("Relu", [to.node("Gemm", ["features", kept["bend"], kept["bent"]], "bending")], "bends")
    basis = to.node("Concat", ["features", bent], "basis", axis=1)
    hidden = to.node("Div", [to.node("Sub", [basis, kept["mean"]], "basis.shifted"), kept["spread"]], "hidden")
    scaled = part(hidden, 0, f, "scaled")
    tried = part("features", f - w, f, "tried.all")
    one, drafted = np.ones((w, 1)), NAMES.index("drafted")
    of_tried = np.concatenate([-one, 2 * np.eye(w) - 1, one, one], axis=1)
    of_draft = np.array([[0, *[1] * w, FAR, -FAR]])
    begin = np.array([1, *[-1] * w, -FAR - 1, 0])
    gates = to.constant("gates", np.concatenate([of_tried, of_draft]))
    seen = to.node("Concat", [tried, part("features", drafted, drafted + 1, "drafted")], "gates.seen", axis=1)
    told = to.node("Gemm", [seen, gates, to.constant("gates.b", begin)], "gates.open")
    expert = clip(told, 0.0, 1.0, "expert")
    beside = [to.constant("one.beside", [0, 0, 0, 1], np.int64), to.constant("one.of", 1.0)]
    with_one = to.node("Pad", [hidden, *beside], "hidden.one")
    deep, flat = to.constant("axis.two", [2], np.int64), to.constant("axis.one", [1], np.int64)
    rows, columns = to.node("Unsqueeze", [expert, deep], "rows"), to.node("Unsqueeze", [with_one, flat], "columns")
    crossed = to.node("Mul", [rows, columns], "crossed")
    wide = to.constant("crossed.shape", [-1, experts() * (net.shape.narrow + 1)], np.int64)
    said = to.node("MatMul", [to.node("Reshape", [crossed, wide], "crossed.flat"), kept["said"]], "said")
    raw = part(said, 0, w + 1, "quality.raw")
    clip(raw, LEAST, 1 - LEAST, "quality")
    table = to.constant("table", [-1, w, c], np.int64)
    spent = to.node("Relu", [part(said, w + 1, w + 1 + w * c, "cost.raw")], "cost.flat")
    cost = to.node("Reshape", [spent, table], "cost")
    more = to.node("Reshape", [to.node("MatMul", [expert, kept["over"]], "more.flat"), table], "more")
    to.node("Add", [cost, more], "high")
    priced = to.node("Mul", [cost, to.node("Unsqueeze", ["weights", flat], "weights.wide")], "priced")
    price = to.node("ReduceSum", [priced, deep], "price", keepdims=0)
    total = _follows(to, with_one, kept["follows"], second, w)
    start = to.node("Mul", [total, part(expert, 0, 1, "expert.first")], "added.first")
    many = to.node("MatMul", [tried, to.constant("many", one)], "tried.many")
    twice = clip(to.node("Sub", [many, to.constant("unit", 1.0)], "tried.more"), 0.0, 1.0, "tried.twice")
    third = to.node("Mul", [twice, to.constant("third", THIRD)], "third.price")
    gain = to.node("Sub", [to.node("Sub", [start, price], "added.less"), third], "gain")
    pad = to.constant("pad", np.concatenate([np.eye(w), np.zeros((w, 2))], axis=1))
    pad_q = to.constant("pad.q", np.concatenate([np.eye(w + 1), np.zeros((w + 1, 1))], axis=1))
    padded = [to.node("MatMul", [raw, pad_q], "quality.padded"), to.node("MatMul", [gain, pad], "gain.padded")]
    utility = to.node("Add", padded, "utility")
    return to.node("Div", [utility, to.constant("tau", TAU)], "choices"), hidden, scaled


def _follows(to: Writer, with_one: str, follows: str, second: str, w: int) -> str:
    """Write what may follow: ``[n, w]``."""
    at = to.node("MatMul", [with_one, follows], "follows.all")
    price = to.node("MatMul", ["weights", second], "follows.price")

    def knot(place: int) -> str:
        ends = [to.constant(f"knot{place}.{one}", [by * w], np.int64) for one, by in (("a", place), ("b", place + 1))]
        return to.node("Slice", [at, *ends, to.constant(f"knot{place}.axis", [1], np.int64)], f"knot{place}")

    knots = [knot(place) for place in range(len(KNOTS))]
    total = knots[0]
    for place in range(1, len(KNOTS)):
        name, gap = f"between{place}", KNOTS[place] - KNOTS[place - 1]
        along = to.node("Sub", [price, to.constant(f"{name}.from", KNOTS[place - 1])], f"{name}.along")
        share = to.node("Div", [along, to.constant(f"{name}.gap", gap)], f"{name}.share")
        inside = to.node(
            "Clip", [share, to.constant(f"{name}.low", 0.0), to.constant(f"{name}.high", 1.0)], f"{name}.inside"
        )
        step = to.node("Mul", [inside, to.node("Sub", [knots[place], knots[place - 1]], f"{name}.rise")], name)
        total = to.node("Add", [total, step], f"{name}.total")
    return total


def read_fitted(parts: Mapping[str, Tensor]) -> FittedNet | None:
    """Return the network of an exported policy's constants; None where it is of the other kind."""
    if _PREFIX + "said" not in parts:
        return None
    net = FittedNet(len(parts[_PREFIX + "second"]))
    with torch.no_grad():
        for name in _KEPT:
            getattr(net, name).copy_(parts[_PREFIX + name].reshape(getattr(net, name).shape))
    return net
