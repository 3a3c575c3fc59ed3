"""The weights that ship: their size, and that they rank, read, select and mark as a trained model does."""

from __future__ import annotations

from dataclasses import fields, replace
from importlib import resources

import pytest

from questline.errors import RunError
from questline.tools.models.cross_encoder import NAME, CrossEncoder
from questline.tools.models.onnx_session import packaged_weights, read_model_files
from questline.training.embedded.cross_encoder_settings import Settings

QUESTION = "Who designed Orrin Light?"
ANSWER = "Orrin Light stands on a red rock. It was designed by Hugo Brandt in 1857. Boats leave at nine."
TEXTS = [
    "The harbour of Dunmore freezes in winter, and no boat leaves before March.",
    ANSWER,
    "Orrin Light has 214 steps and a bell that was cast in Serin.",
]


@pytest.mark.requirement("models.cross-encoder-shipped")
def test_all_weights_together_are_small_enough_to_ship_and_the_card_tells_data_and_licence() -> None:
    tools = resources.files("questline.tools")
    folders = [*(tools / "models" / "weights").iterdir(), tools / "suggestion" / "prior"]
    size = sum(len(file.read_bytes()) for folder in folders if folder.is_dir() for file in folder.iterdir())
    size += sum(
        len((tools / name / "coefficients.toml").read_bytes())
        for name in ("ranking", "reading", "selection", "summarization")
    )
    assert 46_000_000 < size <= 48_000_000
    card = (packaged_weights(NAME) / "MODEL_CARD.md").read_text("utf-8")
    for part in ("## Data", "licence", "agents train cross-encoder", "**Seed**", "## Figures", "## Limits"):
        assert part in card
    for forbidden in ("dl19", "dl21", "wikiqa", "trecqa", "xquad", "cmrc"):
        assert forbidden not in card.lower()
    assert read_model_files(packaged_weights(NAME)).fingerprint


@pytest.mark.requirement("models.cross-encoder-shipped")
def test_training_again_by_the_defaults_is_training_as_the_card_tells() -> None:
    card = (packaged_weights(NAME) / "MODEL_CARD.md").read_text("utf-8")
    settings = Settings(start="")
    own = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name != "start"}
    younger = {"steps": 0, "groups": "", "begin": (), "teachers": (), "taught": 0.0, "device": "auto"}
    assert {name: own.pop(name) for name in younger} == younger  # than the weights, which knew nothing of them
    for name, value in own.items():
        assert f"`{name}={value!r}`" in card


@pytest.mark.requirement("models.cross-encoder-shipped")
@pytest.mark.parametrize(
    ("manifest", "contents"),
    [
        ({"max_tokens": 0}, {}),
        ({"max_tokens": 9999}, {}),
        ({"max_tokens": None}, {}),
        ({}, {"calibration.json": b"{}"}),
        ({}, {"calibration.json": b"[]"}),
        ({}, {"calibration.json": b'{"relevant": 3, "useful": 3, "answered": 3}'}),
        ({}, {"tokenizer.json": b"{}"}),
        ({}, {"model.onnx": b"no model"}),
        ({}, {"model.onnx": (packaged_weights(NAME) / "model.onnx").read_bytes()[:-5_000]}),
        ({}, {"model.onnx": (packaged_weights("minilm_l6_v2") / "model.onnx").read_bytes()}),
    ],
)
def test_files_that_fit_their_manifest_but_no_model_name_their_folder_and_the_mend(
    manifest: dict[str, object], contents: dict[str, bytes]
) -> None:
    files = read_model_files(packaged_weights(NAME))
    damaged = replace(files, manifest={**files.manifest, **manifest}, contents={**files.contents, **contents})
    with pytest.raises(RunError) as caught:
        CrossEncoder(damaged)
    assert caught.value.code == "damaged_model"
    assert files.folder in caught.value.message
    assert "agents train cross-encoder" in caught.value.message


@pytest.mark.requirement("models.cross-encoder-shipped")
def test_the_passage_that_answers_is_first_its_answer_is_read_and_its_sentence_marked() -> None:
    judged = CrossEncoder.load().judge(QUESTION, TEXTS)
    assert max(range(3), key=lambda place: judged[place].relevance) == 1
    assert max(range(3), key=lambda place: judged[place].useful) == 1
    assert judged[1].answered > 0.5 > judged[0].answered
    assert judged[1].spans[0].text == "Hugo Brandt"
    strongest = max(judged[1].sentences, key=lambda one: one.probability)
    assert strongest.span.text == "It was designed by Hugo Brandt in 1857."
