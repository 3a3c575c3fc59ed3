"""Build a BERT as an ONNX graph of onnxruntime's fused operators: a sentence encoder, or a cross-encoder with heads.

Per layer: ``Attention`` (all three projections and the softmax), one ``MatMul``, ``SkipLayerNormalization`` (residual,
bias and norm), ``MatMul``, ``BiasGelu`` (exact, with erf), ``MatMul``, ``SkipLayerNormalization``. The names are those
of the ``com.microsoft`` operator set. `quantize_dynamic` turns ``Attention`` and ``MatMul`` into integer operators; the
word embeddings are quantised here, a scale for each row, because that keeps more than one scale for the whole table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from questline.errors import UsageError, require

from .safetensors import Tensors

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

__all__ = ["BertShape", "GraphBuilder", "build_graph", "build_pair_graph"]

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
        return GraphBuilder(tensors, shape).encoder(quantize_words=quantize_words)
    except KeyError as error:
        raise UsageError(f"the checkpoint lacks the tensor {error.args[0]!r}", code="bad_data") from error


def build_pair_graph(tensors: Tensors, shape: BertShape, *, quantize_words: bool) -> ModelProto:
    """Return the graph of a cross-encoder: question and passage in one input, three outputs.

    In: ``input_ids``, ``token_type_ids``, ``attention_mask`` (int32, [batch, tokens]). Out, all float32 logits:
    ``pair`` [batch, 2] (relevance and usefulness), ``spans`` [batch, tokens, 2] (start and end; not masked) and
    ``salience`` [batch, tokens].

    Args:
        tensors: The encoder, and the heads ``pooler.dense``, ``pair`` (two rows) and ``tokens`` (three rows).
        shape: Layers, heads, epsilon, positions.
        quantize_words: As for `build_graph`.

    Raises:
        MissingExtra: Without onnx.
        UsageError: ``bad_data`` naming the tensor that the checkpoint lacks.
    """
    try:
        return GraphBuilder(tensors, shape).pair(quantize_words=quantize_words)
    except KeyError as error:
        raise UsageError(f"the checkpoint lacks the tensor {error.args[0]!r}", code="bad_data") from error


class GraphBuilder:
    """Collects nodes and weights in order; each method returns the name of what it computes."""

    def __init__(self, tensors: Tensors, shape: BertShape) -> None:
        self._helper = require("onnx.helper", feature="the export of the encoder")
        self._numpy = require("onnx.numpy_helper", feature="the export of the encoder")
        self._tensors = tensors
        self._shape = shape
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []

    def encoder(self, *, quantize_words: bool) -> ModelProto:
        """Return the graph of a sentence encoder."""
        hidden = self._tensors["embeddings.word_embeddings.weight"].shape[1]
        self._pool(self._layers(self._embed(quantize_words=quantize_words, types=False)))
        return self._model("sentence_encoder", ("input_ids", "attention_mask"), {"embeddings": ["batch", hidden]})

    def pair(self, *, quantize_words: bool) -> ModelProto:
        """Return the graph of a cross-encoder."""
        state = self._layers(self._embed(quantize_words=quantize_words, types=True))
        first = self._node("Gather", [state, self._weight("first", np.array(0, np.int64))], "first_state", axis=1)
        pooled = self._node("Tanh", [self._head(first, "pooler.dense", "pooled_raw")], "pooled")
        self._head(pooled, "pair", "pair")
        marks = self._head(state, "tokens", "marks")
        self._node("Slice", [marks, *self._bounds("span", 0, 2)], "spans")
        third = self._weight("third", np.array(2, np.int64))
        self._node("Gather", [marks, third], "salience", axis=2)
        outputs: dict[str, list[str | int]] = {
            "pair": ["batch", 2],
            "spans": ["batch", "tokens", 2],
            "salience": ["batch", "tokens"],
        }
        return self._model("cross_encoder", ("input_ids", "token_type_ids", "attention_mask"), outputs)

    def _head(self, value: str, name: str, out: str) -> str:
        product = self._node(
            "MatMul", [value, self._weight(f"{name}.weight", self._tensors[f"{name}.weight"].T)], f"{out}_product"
        )
        return self._node("Add", [product, self._take(f"{name}.bias")], out)

    def _bounds(self, name: str, start: int, end: int) -> list[str]:
        """Return the inputs of a Slice along the last axis."""
        values = {"start": start, "end": end, "axis": 2}
        return [self._weight(f"{name}_{part}", np.array([value], np.int64)) for part, value in values.items()]

    def _layers(self, state: str) -> str:
        for layer in range(self._shape.layers):
            state = self._layer(state, layer)
        return state

    def _model(self, name: str, inputs: Sequence[str], outputs: Mapping[str, Sequence[str | int]]) -> ModelProto:
        int32, float32 = 6, 1  # TensorProto.INT32, TensorProto.FLOAT
        make_value = self._helper.make_tensor_value_info
        graph = self._helper.make_graph(
            self._nodes,
            name,
            [make_value(one, int32, ["batch", "tokens"]) for one in inputs],
            [make_value(one, float32, shape) for one, shape in outputs.items()],
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
        self._weights.append(self._numpy.from_array(np.asarray(values, order="C"), name))
        return name

    def _take(self, name: str) -> str:
        return self._weight(name, self._tensors[name])

    def _embed(self, *, quantize_words: bool, types: bool) -> str:
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
        kinds = self._tensors["embeddings.token_type_embeddings.weight"]
        positions = self._tensors["embeddings.position_embeddings.weight"][: self._shape.max_tokens]
        if types:
            sides = self._node("Gather", [self._weight("kinds", kinds), "token_type_ids"], "kind_vectors")
            found = self._node("Add", [found, sides], "word_kind_vectors")
        else:  # there is one text per input, so token type 0 is part of each position
            positions = positions + kinds[0]
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
