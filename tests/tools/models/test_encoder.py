"""The shipped encoder: what a vector says, that it never depends on neighbours, and what a damaged file does."""

import asyncio
import hashlib
import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questline.errors import RunError, UsageError
from questline.tools.models.encoder import Encoder, dense_is_reliable
from questline.tools.models.onnx_session import packaged_weights

TEXTS = [
    "The cat sleeps on the warm roof.",
    "A kitten is napping on top of the house.",
    "Interest rates rose for the third time this year.",
    "The central bank made borrowing more expensive again.",
    "word " * 400,
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def copied_weights(folder: Path) -> Path:
    with resources.as_file(packaged_weights("minilm_l6_v2")) as source:
        return Path(shutil.copytree(source, folder / "weights"))


@pytest.mark.requirement("models.encoder-shipped")
def test_texts_of_one_meaning_are_closer_than_texts_of_two(encoder: Encoder) -> None:
    cat, kitten, rates, bank, _ = encoder.encode(TEXTS)
    assert cat @ kitten > 0.5 > 0.2 > max(cat @ rates, kitten @ bank)
    assert rates @ bank > 0.4


@pytest.mark.requirement("models.encoder-shipped")
def test_the_shipped_files_stay_within_25_megabytes_and_carry_a_card() -> None:
    with resources.as_file(packaged_weights("minilm_l6_v2")) as folder:
        files = {path.name: path for path in folder.iterdir()}
        assert {"MODEL_CARD.md", "manifest.json", "model.onnx", "tokenizer.json"} <= set(files)
        assert sum(path.stat().st_size for path in files.values()) <= 25_000_000
        card = files["MODEL_CARD.md"].read_text(encoding="utf-8")
        source = json.loads(files["manifest.json"].read_text(encoding="utf-8"))["source_sha256"]
    assert "Apache-2.0" in card
    assert "English only" in card
    assert source in card


def test_vectors_are_float32_of_length_one_in_the_order_of_the_texts(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension) == (5, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_array_equal(encoder.encode([text])[0], vector)


def test_no_texts_make_an_empty_matrix(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.requirement("models.encoder-batching")
def test_a_vector_does_not_depend_on_what_else_is_encoded_or_on_threads(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    np.testing.assert_array_equal(encoder.encode(TEXTS[::-1])[::-1], together)
    np.testing.assert_array_equal(Encoder.load(threads=2).encode(TEXTS), together)


@pytest.mark.requirement("models.encoder-batching")
def test_a_padded_batch_agrees_with_single_texts(encoder: Encoder) -> None:
    alone, batched = encoder.encode(TEXTS), encoder.encode(TEXTS, batch_size=3)
    assert np.sum(alone * batched, axis=1).min() > 0.97


def test_progress_adds_up_to_the_number_of_texts(encoder: Encoder) -> None:
    seen: list[int] = []
    encoder.encode(TEXTS, batch_size=2, progress=seen.append)
    assert seen == [2, 2, 1]


def test_a_text_is_cut_at_256_word_pieces(encoder: Encoder) -> None:
    assert encoder.max_tokens == 256
    longest = "word " * (encoder.max_tokens - 2)
    np.testing.assert_array_equal(encoder.encode([longest])[0], encoder.encode([longest + "stranger"])[0])
    shorter = "word " * (encoder.max_tokens - 3)
    assert not np.array_equal(encoder.encode([shorter])[0], encoder.encode([shorter + "stranger"])[0])


def test_a_text_of_ten_million_characters_costs_no_more_than_a_long_one(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["word " * 2_000_000]), encoder.encode(["word " * 300]))


@given(st.lists(st.text(st.characters(), max_size=60), max_size=4))
@settings(max_examples=40, deadline=None)
def test_any_string_gets_a_finite_vector(texts: list[str]) -> None:
    vectors = Encoder.load().encode(texts)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.ones(len(texts)), atol=1e-4)


def test_a_lone_surrogate_is_read_as_a_question_mark(encoder: Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["so \ud800 what"]), encoder.encode(["so ? what"]))


async def test_it_can_be_shared_between_threads(encoder: Encoder) -> None:
    alone = encoder.encode(TEXTS)
    shared = await asyncio.gather(*(asyncio.to_thread(encoder.encode, TEXTS) for _ in range(4)))
    for vectors in shared:
        np.testing.assert_array_equal(vectors, alone)


def test_it_is_opened_once_for_each_number_of_threads() -> None:
    assert Encoder.load(threads=2) is Encoder.load(threads=2) is not Encoder.load()
    assert Encoder.load().fingerprint == Encoder.load(threads=2).fingerprint


@pytest.mark.requirement("models.encoder-cjk")
def test_chinese_texts_are_told_apart_from_english_ones() -> None:
    assert dense_is_reliable("Who founded 北京 University?")
    assert dense_is_reliable("")
    assert not dense_is_reliable("北京大学是哪一年成立的？")


@pytest.mark.parametrize(("threads", "batch_size"), [(0, 1), (1, 0)])
def test_impossible_numbers_are_refused(threads: int, batch_size: int) -> None:
    with pytest.raises(UsageError) as caught:
        Encoder.load(threads=threads).encode(TEXTS, batch_size=batch_size)
    assert caught.value.code == "bad_argument"


@pytest.mark.requirement("models.encoder-damaged")
@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_file_is_named_with_the_mend(tmp_path: Path, name: str, damage: str) -> None:
    folder = copied_weights(tmp_path)
    if damage == "missing":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes((folder / name).read_bytes()[:-100])
    with pytest.raises(RunError) as caught:
        Encoder.load(folder=folder)
    assert caught.value.code == "damaged_model"
    assert "train policy" not in caught.value.message or name == "manifest.json"  # whose name says what it is
    assert caught.value.fields["path"] == str(folder / name)
    assert "export_encoder" in caught.value.message


@pytest.mark.requirement("models.encoder-damaged")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.onnx", b"not a graph"),
        ("model.onnx", (packaged_weights("minilm_l6_v2") / "model.onnx").read_bytes()[:-5_000]),
        ("model.onnx", (packaged_weights("cross_encoder_l6") / "model.onnx").read_bytes()),
        ("tokenizer.json", b"{}"),
        ("manifest.json", b'{"files": {}}'),
    ],
    ids=["no-graph", "cut", "another-model", "no-tokenizer", "no-files"],
)
def test_files_that_keep_their_promise_but_are_no_model_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    folder = copied_weights(tmp_path)
    (folder / name).write_bytes(content)
    if name != "manifest.json":
        manifest = json.loads((folder / "manifest.json").read_bytes())
        manifest["files"][name] = hashlib.sha256(content).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        Encoder.load(folder=folder)
    assert caught.value.code == "damaged_model"
    assert str(folder) in str(caught.value.fields["path"])
    assert str(folder) in caught.value.message
    assert "export_encoder" in caught.value.message


@pytest.mark.requirement("models.encoder-damaged")
def test_a_width_that_the_graph_does_not_have_is_told_when_it_is_opened(tmp_path: Path) -> None:
    folder = copied_weights(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "dimension": 300}), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        Encoder.load(folder=folder)
    assert (caught.value.code, caught.value.fields["path"]) == ("damaged_model", str(folder))
