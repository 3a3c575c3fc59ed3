"""Build a sentence encoder (BERT, mean pooling, L2 norm) as an ONNX graph of onnxruntime's fused operators.

Per layer: ``Attention`` (all three projections and the softmax), one ``MatMul``, ``SkipLayerNormalization`` (residual,
bias and norm), ``MatMul``, ``BiasGelu`` (exact, with erf), ``MatMul``, ``SkipLayerNormalization``. The names are those
of the ``com.microsoft`` operator set. `quantize_dynamic` turns ``Attention`` and ``MatMul`` into integer operators; the
word embeddings are quantised here, a scale for each row, because that keeps more than one scale for the whole table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError, require

from .safetensors import Tensors

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

__all__ = ["BertShape", "build_graph"]

_FUSED: Final = "com.microsoft"
_OPSET: Final = 17
_IR_VERSION: Final = 8
_FUSED_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BertShape:
    """The numbers of a BERT checkpoint that its tensors do not show."""

    layers: int
    heads: int
    epsilon: float = 1e-12
    max_tokens: int = 256
    """Positions kept; the checkpoint may have more."""

    @classmethod
    def of(cls, config: Mapping[str, object], *, max_tokens: int) -> BertShape:
        """Read a ``config.json`` of transformers.

        Raises:
            UsageError: ``bad_data`` when it does not describe a BERT with exact GELU and absolute positions.
        """
        wanted = {"model_type": "bert", "hidden_act": "gelu"}
        for name, value in wanted.items():
            if config.get(name) != value:
                raise UsageError(f"config.json has {name}={config.get(name)!r}, need {value!r}", code="bad_data")
        try:
            return cls(
                layers=int(cast("int", config["num_hidden_layers"])),
                heads=int(cast("int", config["num_attention_heads"])),
                epsilon=float(cast("float", config.get("layer_norm_eps", 1e-12))),
                max_tokens=min(max_tokens, int(cast("int", config["max_position_embeddings"]))),
            )
        except KeyError as error:
            raise UsageError(f"config.json lacks {error.args[0]!r}", code="bad_data") from error


def build_graph(tensors: Tensors, shape: BertShape, *, quantize_words: bool) -> ModelProto:
    """Return a graph from ``input_ids`` and ``attention_mask`` (int32, [batch, tokens]) to ``embeddings``.

    ``embeddings`` is float32 [batch, hidden], L2-normalised. The mask marks real tokens with 1; padding stands right.

    Args:
        tensors: The checkpoint, by the names of transformers' ``BertModel``.
        shape: Layers, heads, epsilon, positions.
        quantize_words: Store the word embeddings as int8 with one float32 scale for each row.

    Raises:
        MissingExtra: Without onnx.
        UsageError: ``bad_data`` naming the tensor that the checkpoint lacks.
    """
    try:
        return _Builder(tensors, shape).build(quantize_words=quantize_words)
    except KeyError as error:
        raise UsageError(f"the checkpoint lacks the tensor {error.args[0]!r}", code="bad_data") from error


class _Builder:
    """Collects nodes and weights in order; each method returns the name of what it computes."""

    def __init__(self, tensors: Tensors, shape: BertShape) -> None:
        self._helper = require("onnx.helper", feature="the export of the encoder")
        self._numpy = require("onnx.numpy_helper", feature="the export of the encoder")
        self._tensors = tensors
        self._shape = shape
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []

    def build(self, *, quantize_words: bool) -> ModelProto:
        hidden = self._tensors["embeddings.word_embeddings.weight"].shape[1]
        state = self._embed(quantize_words=quantize_words)
        for layer in range(self._shape.layers):
            state = self._layer(state, layer)
        self._pool(state)
        int32, float32 = 6, 1  # TensorProto.INT32, TensorProto.FLOAT
        make_value = self._helper.make_tensor_value_info
        graph = self._helper.make_graph(
            self._nodes,
            "sentence_encoder",
            [make_value(name, int32, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")],
            [make_value("embeddings", float32, ["batch", hidden])],
            self._weights,
        )
        opsets = [self._helper.make_opsetid("", _OPSET), self._helper.make_opsetid(_FUSED, _FUSED_VERSION)]
        model = self._helper.make_model(graph, opset_imports=opsets, producer_name="questline")
        model.ir_version = _IR_VERSION
        return cast("ModelProto", model)

    def _node(self, operator: str, inputs: list[str], output: str, *, domain: str = "", **attributes: object) -> str:
        node = self._helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes)
        self._nodes.append(node)
        return output

    def _weight(self, name: str, values: NDArray[np.generic]) -> str:
        self._weights.append(self._numpy.from_array(np.ascontiguousarray(values), name))
        return name

    def _take(self, name: str) -> str:
        return self._weight(name, self._tensors[name])

    def _embed(self, *, quantize_words: bool) -> str:
        words = self._tensors["embeddings.word_embeddings.weight"]
        if quantize_words:
            scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-12).astype(np.float32) / np.float32(127)
            codes = np.clip(np.rint(words / scale), -127, 127).astype(np.int8)
            rows = self._node("Gather", [self._weight("words", codes), "input_ids"], "word_codes")
            scales = self._node("Gather", [self._weight("word_scales", scale), "input_ids"], "word_code_scales")
            as_float = self._node("Cast", [rows], "word_codes_float", to=1)
            found = self._node("Mul", [as_float, scales], "word_vectors")
        else:
            found = self._node("Gather", [self._weight("words", words), "input_ids"], "word_vectors")
        # There is one text per input, so token type 0 is part of each position.
        positions = self._tensors["embeddings.position_embeddings.weight"][: self._shape.max_tokens]
        positions = positions + self._tensors["embeddings.token_type_embeddings.weight"][0]
        length = self._node("Shape", ["input_ids"], "token_count", start=1, end=2)
        zero, axis = self._weight("zero", np.zeros(1, np.int64)), self._weight("axis_0", np.zeros(1, np.int64))
        here = self._node("Slice", [self._weight("positions", positions), zero, length, axis], "position_vectors")
        summed = self._node("Add", [found, here], "summed")
        norm = [self._take("embeddings.LayerNorm.weight"), self._take("embeddings.LayerNorm.bias")]
        return self._node("LayerNormalization", [summed, *norm], "embedded", axis=-1, epsilon=self._shape.epsilon)

    def _layer(self, state: str, layer: int) -> str:
        prefix, out = f"encoder.layer.{layer}", f"layer_{layer}"
        parts = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._tensors[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._tensors[f"{part}.bias"] for part in parts])
        attended = self._node(
            "Attention",
            [state, self._weight(f"{out}_qkv", weight), self._weight(f"{out}_qkv_bias", bias), "attention_mask"],
            f"{out}_attended",
            domain=_FUSED,
            num_heads=self._shape.heads,
        )
        mixed = self._residual(attended, state, f"{prefix}.attention.output", f"{out}_mixed")
        inner = self._matmul(mixed, f"{prefix}.intermediate.dense.weight", f"{out}_inner")
        inner_bias = self._take(f"{prefix}.intermediate.dense.bias")
        active = self._node("BiasGelu", [inner, inner_bias], f"{out}_active", domain=_FUSED)
        return self._residual(active, mixed, f"{prefix}.output", out)

    def _residual(self, value: str, skip: str, prefix: str, out: str) -> str:
        dense = self._matmul(value, f"{prefix}.dense.weight", f"{out}_dense")
        names = ("LayerNorm.weight", "LayerNorm.bias", "dense.bias")
        weights = [self._take(f"{prefix}.{name}") for name in names]
        epsilon = self._shape.epsilon
        return self._node("SkipLayerNormalization", [dense, skip, *weights], out, domain=_FUSED, epsilon=epsilon)

    def _matmul(self, value: str, weight: str, out: str) -> str:
        return self._node("MatMul", [value, self._weight(weight, self._tensors[weight].T)], out)

    def _pool(self, state: str) -> None:
        mask = self._node("Cast", ["attention_mask"], "mask_float", to=1)
        last, first = self._weight("axis_2", np.full(1, 2, np.int64)), self._weight("axis_1", np.ones(1, np.int64))
        wide = self._node("Unsqueeze", [mask, last], "mask_wide")
        kept = self._node("Mul", [state, wide], "kept")
        # The mean's divisor cancels in the L2 norm, so the sum is enough.
        total = self._node("ReduceSum", [kept, first], "total", keepdims=0)
        norm = self._node("ReduceL2", [total], "norm", axes=[1], keepdims=1)
        floor = self._weight("norm_floor", np.full(1, 1e-12, np.float32))
        safe = self._node("Max", [norm, floor], "safe_norm")
        self._node("Div", [total, safe], "embeddings")
