"""Write the trained cross-encoder as the product loads it: int8 ONNX, tokenizer, calibration, manifest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from questline.errors import RunError
from questline.tools.models.calibration import Calibration
from questline.tools.models.cross_encoder import NAME, CrossEncoder
from questline.tools.models.onnx_session import open_session, read_model_files
from questline.tools.models.pair_tokens import PairTokenizer, model_inputs
from questline.training.recipe import Figures

from .bert_graph import BertShape, build_pair_graph
from .examples import Group
from .export_encoder import plain_tokenizer, quantized
from .measure import Scored

__all__ = ["calibrations", "export"]

LARGEST_BYTES: Final = 24_000_000
_EXACT: Final = ("pooled_raw_product", "pair_product", "marks_product")
"""The heads are small and what they say is compared closely: they stay float32."""
_COMPARED: Final = 60
"""Held-out groups over which int8 and float32 are compared."""

Arrays = dict[str, NDArray[np.float32]]


def export(
    tensors: Mapping[str, NDArray[np.float32]],
    shape: BertShape,
    tokenizer: bytes,
    results: Sequence[Scored],
    held: Sequence[Group],
    folder: Path,
) -> Figures:
    """Write ``model.onnx``, ``tokenizer.json``, ``calibration.json`` and ``manifest.json``; return what was measured.

    Args:
        tensors: Encoder and heads.
        shape: Layers, heads, epsilon, positions.
        tokenizer: ``tokenizer.json`` of the checkpoint.
        results: What the model says of the held-out groups, for the calibration.
        held: Those groups, to compare the exported model with the float32 one.
        folder: Exists.

    Raises:
        RunError: When the model is too large, or int8 orders passages otherwise than float32 too often.
    """
    named = dict(tensors)
    exact = build_pair_graph(named, shape, quantize_words=False).SerializeToString()
    model = quantized(build_pair_graph(named, shape, quantize_words=True), exact=_EXACT)
    if len(model) > LARGEST_BYTES:
        raise RunError(f"the model has {len(model):,} bytes, more than {LARGEST_BYTES:,}")
    curves = {name: curve.as_dict() for name, curve in calibrations(results).items()}
    contents = {
        "model.onnx": model,
        "tokenizer.json": plain_tokenizer(tokenizer),
        "calibration.json": (json.dumps(curves, indent=2, sort_keys=True) + "\n").encode(),
    }
    manifest = {
        "name": NAME,
        "max_tokens": shape.max_tokens,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    CrossEncoder(read_model_files(folder))  # what does not load must not end well
    pairs = PairTokenizer(contents["tokenizer.json"], max_tokens=shape.max_tokens)
    compared = _agreement(exact, model, pairs, held[:_COMPARED])
    return {"megabytes": len(model) / 1e6, **compared, **_calibration_errors(results, curves)}


def calibrations(results: Sequence[Scored]) -> dict[str, Calibration]:
    """Fit ``relevant``, ``useful`` and ``answered`` on held-out groups."""
    return {name: Calibration.fitted(*_columns(pairs)) for name, pairs in _labelled(results).items()}


def _labelled(results: Sequence[Scored]) -> dict[str, list[tuple[float, bool]]]:
    ranked = [one for one in results if one.ranked]
    useful = [one for one in results if one.useful]
    return {
        "relevant": [(score, place == 0) for one in ranked for place, score in enumerate(one.relevance)],
        "useful": [(score, place == 0) for one in useful for place, score in enumerate(one.usefulness)],
        "answered": [pair for one in results for pair in one.margins],
    }


def _columns(pairs: Iterable[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    kept = list(pairs)
    return [score for score, _ in kept], [right for _, right in kept]


def _calibration_errors(results: Sequence[Scored], curves: Mapping[str, Mapping[str, float]]) -> Figures:
    """Return the expected calibration error of each curve in ten equal bins (arXiv:1706.04599 §2), two-fold."""
    errors: dict[str, float] = {}
    for name in curves:
        found: list[tuple[float, bool]] = []
        for fold in (0, 1):
            fitted_on = _labelled([one for number, one in enumerate(results) if number % 2 != fold])[name]
            tested = _labelled([one for number, one in enumerate(results) if number % 2 == fold])[name]
            curve = Calibration.fitted(*_columns(fitted_on))
            scores, right = _columns(tested)
            found += zip(curve.apply(np.array(scores, np.float32)).tolist(), right, strict=True)
        errors[f"calibration error of {name}"] = _ece(found)
    return errors


def _ece(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    if not pairs:
        return 0.0
    scores, labels = _columns(pairs)
    chances, right = np.array(scores, np.float64), np.array(labels, np.float64)
    places = np.minimum((chances * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(places, weights=chances - right, minlength=bins)
    return float(np.abs(gaps).sum()) / len(pairs)


def _agreement(exact: bytes, model: bytes, pairs: PairTokenizer, held: Sequence[Group]) -> Figures:
    """Compare int8 with float32: correlation of relevance, same first passage, same likeliest start, and speed."""
    sessions = [open_session(exact), open_session(model)]
    relevance: list[list[float]] = [[], []]
    same_first: list[bool] = []
    same_start: list[bool] = []
    seconds = [0.0, 0.0]
    for group in held:
        firsts: list[int] = []
        starts: list[list[int]] = []
        for number, session in enumerate(sessions):
            scores: list[float] = []
            marks: list[int] = []
            for pair in pairs.pairs(group.question, [item.pair_text for item in group.items[:4]]):
                began = time.perf_counter()
                found = session.run(["pair", "spans"], model_inputs([pair]))
                seconds[number] += time.perf_counter() - began
                scores.append(float(found[0][0, 0]))
                marks.append(int(found[1][0, pair.first : len(pair.ids) - 1, 0].argmax()))
            relevance[number] += scores
            firsts.append(int(np.argmax(scores)))
            starts.append(marks)
        same_first.append(firsts[0] == firsts[1])
        same_start += [a == b for a, b in zip(*starts, strict=True)]
    return {
        "correlation of int8 with float32 relevance": _correlation(*(np.array(one) for one in relevance)),
        "same first passage as float32": float(np.mean(same_first)),
        "same likeliest start as float32": float(np.mean(same_start)),
        "times faster than float32": seconds[0] / max(seconds[1], 1e-9),
    }


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return Pearson's correlation, 1 where both are constant."""
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else 1.0
