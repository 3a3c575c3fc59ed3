"""A small corpus with questions, as the data folder holds them, and a tiny random BERT to train."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from questline.tools.models.onnx_session import packaged_weights
from questline.training import checkpoints

_PLACES = ("Orrin", "Tern", "Valdo", "Skerry", "Brindle", "Marrow", "Pell", "Lunde", "Fallow", "Gannet", "Hythe", "Isk")
_NAMES = ("Hugo Brandt", "Mara Lind", "Ines Calder", "Pedro Salas", "Otto Falk", "Elsa Holm")
_HIDDEN, _INNER, _LAYERS = 32, 64, 2
_WITH_TORCH = {"test_ablation.py", "test_cross_encoder_recipe.py", "test_train_driver.py"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out whole files that need torch where slow tests are left out: collecting them would import it."""
    return True if collection_path.name in _WITH_TORCH and "not slow" in str(config.option.markexpr) else None


def _rows() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    documents: list[dict[str, object]] = []
    questions: list[dict[str, object]] = []
    for number, place in enumerate(_PLACES):
        name, year = f"{_NAMES[number % 6]} {place}son", 1850 + 7 * number
        text = (
            f"{place} Light was designed by {name} in {year}. It stands near the harbour of {place} Bay. "
            f"The tower has {90 + 11 * number} steps inside and a green lamp."
        )
        documents.append({"id": f"t{number}", "title": f"{place} Light", "text": text})
        asked: dict[str, str] = {
            f"Who designed {place} Light?": name,
            f"When was {place} Light designed?": str(year),
            f"How many steps does {place} Light have?": str(90 + 11 * number),
        }
        made: list[dict[str, object]] = [
            {"id": f"q{number}-{n}", "source": "nq", "question": q, "answers": [a], "support": [f"t{number}"]}
            for n, (q, a) in enumerate(asked.items())
        ]
        questions += made
    return documents, questions


def write_rows(path: Path, rows: Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


@pytest.fixture
def kill_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], AbstractContextManager[None]]:
    """Return what ends a training, inside of it, right after so many checkpoints."""

    @contextmanager
    def kill(saves: int) -> Generator[None]:
        save, calls = checkpoints.save, 0

        def killed(*what: Any, **how: Any) -> None:
            nonlocal calls
            save(*what, **how)
            calls += 1
            if calls == saves:
                raise SystemExit(9)

        with monkeypatch.context() as patched:
            patched.setattr(checkpoints, "save", killed)
            with pytest.raises(SystemExit):
                yield

    return kill


@pytest.fixture
def small_data(tmp_path: Path) -> Path:
    """A data folder with a corpus, questions and a manifest."""
    folder = tmp_path / "data"
    documents, questions = _rows()
    write_rows(folder / "qa" / "mixed_corpus.jsonl.gz", documents)
    write_rows(folder / "qa" / "mixed_train.jsonl.gz", questions)
    lines = [f"qa/{name}.jsonl.gz\town\tApache-2.0" for name in ("mixed_corpus", "mixed_train")]
    (folder / "MANIFEST.tsv").write_text("\n".join(["file\tsource\tlicence", *lines]) + "\n", encoding="utf-8")
    return folder


def _tensors(seed: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    draw = np.random.default_rng(seed)

    def drawn(*shape: int, centre: float = 0.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return (centre + 0.1 * draw.standard_normal(shape)).astype(np.float32)

    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings": (30522, _HIDDEN),
        "embeddings.position_embeddings": (256, _HIDDEN),
        "embeddings.token_type_embeddings": (2, _HIDDEN),
    }
    tensors = {f"{name}.weight": drawn(*shape) for name, shape in shapes.items()}
    dense: dict[str, tuple[int, int]] = {}
    norms = ["embeddings.LayerNorm"]
    for layer in range(_LAYERS):
        prefix = f"encoder.layer.{layer}"
        dense |= {f"{prefix}.attention.self.{part}": (_HIDDEN, _HIDDEN) for part in ("query", "key", "value")}
        dense |= {
            f"{prefix}.attention.output.dense": (_HIDDEN, _HIDDEN),
            f"{prefix}.intermediate.dense": (_INNER, _HIDDEN),
            f"{prefix}.output.dense": (_HIDDEN, _INNER),
        }
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
    for name, shape in dense.items():
        tensors |= {f"{name}.weight": drawn(*shape), f"{name}.bias": drawn(shape[0])}
    for name in norms:
        tensors |= {f"{name}.weight": drawn(_HIDDEN, centre=1.0), f"{name}.bias": drawn(_HIDDEN)}
    return tensors


@pytest.fixture
def tiny_bert(tmp_path: Path) -> Callable[[int], Path]:
    """Write a random BERT of two layers with the vocabulary of the packaged encoder, and return its folder."""

    def write(seed: int = 3) -> Path:
        folder = tmp_path / f"bert-{seed}"
        folder.mkdir()
        header: dict[str, object] = {}
        body = b""
        for name, values in _tensors(seed).items():
            raw = values.astype("<f4").tobytes()
            header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [len(body), len(body) + len(raw)]}
            body += raw
        text = json.dumps(header).encode()
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
        config = {
            "model_type": "bert",
            "hidden_act": "gelu",
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": 4,
            "max_position_embeddings": 256,
        }
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        tokenizer = (packaged_weights("minilm_l6_v2") / "tokenizer.json").read_bytes()
        (folder / "tokenizer.json").write_bytes(tokenizer)
        return folder

    return write
