"""`agents train cross-encoder`, end to end: a tiny random BERT over a small corpus of the project's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")  # of the extra `train`

from questline.cli import main
from questline.errors import RunError, UsageError
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.models.pair_tokens import PairTokenizer, model_inputs, padded
from questline.training.embedded.bert import CrossEncoderNet
from questline.training.embedded.bert_graph import BertShape
from questline.training.embedded.blend import Blend
from questline.training.embedded.evaluate import Judges, ranking_figures, reading_figures
from questline.training.embedded.export_encoder import Checkpoint
from questline.training.embedded.losses import distillation, listwise, marginal_span, masked_bce
from questline.training.embedded.safetensors import read_tensors

pytestmark = pytest.mark.slow  # torch takes a second to import, and `make check` does without it

Bert = Callable[[int], Path]
SETTINGS = """
[run]
seed = 4
threads = 1
checkpoint_every = 10
evaluate_every = 20

[cross-encoder]
start = "{start}"
made = 8
uses = {{nq = 3.0, "made/" = 1.0}}
learning_rate = 0.002
max_tokens = 96
read_tokens = 128
held_out = 0.2
batch_tokens = 900
bf16 = false
"""


def command(folder: Path, data: Path, start: Path, out: str) -> list[str]:
    config = folder / "train.toml"
    config.write_text(SETTINGS.format(start=start), encoding="utf-8")
    words = ["train", "cross-encoder", "--data", str(data), "--out", str(folder / out), "--config", str(config)]
    return [*words, "--cache", str(folder / "cache")]


@pytest.mark.requirement("training.cross-encoder", "training.resume", "models.cross-encoder", "training.negatives")
def test_a_killed_training_ends_as_a_whole_one_and_its_export_is_what_the_product_loads(
    tmp_path: Path,
    small_data: Path,
    tiny_bert: Bert,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    start = tiny_bert(3)
    whole = command(tmp_path, small_data, start, "whole")
    assert main(whole) == 0
    log = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").read_text().splitlines()]
    spans = [row["span"] for row in log if "span" in row]
    assert np.mean(spans[-10:]) < np.mean(spans[:10]) - 0.3  # it learns

    from questline.training import checkpoints

    save, calls = checkpoints.save, 0

    def killed(*what: object, **how: object) -> None:
        nonlocal calls
        save(*what, **how)  # pyright: ignore[reportArgumentType]  # because it is handed on as it came
        calls += 1
        if calls == 2:
            raise SystemExit(9)

    parts = command(tmp_path, small_data, start, "parts")
    monkeypatch.setattr(checkpoints, "save", killed)
    with pytest.raises(SystemExit):
        main(parts)
    monkeypatch.setattr(checkpoints, "save", save)
    assert main([*parts, "--resume"]) == 0
    models = [tmp_path / name / "model" for name in ("whole", "parts")]
    names = {path.name for path in models[0].iterdir()}
    assert names == {"MODEL_CARD.md", "calibration.json", "manifest.json", "model.onnx", "tokenizer.json"}
    for name in names - {"MODEL_CARD.md"}:
        assert (models[0] / name).read_bytes() == (models[1] / name).read_bytes(), name
    card = (models[0] / "MODEL_CARD.md").read_text()
    assert "| qa/mixed_train.jsonl.gz | own | Apache-2.0 |" in card
    assert "correlation of int8 with float32 relevance" in card

    cross = CrossEncoder.load(folder=models[0])
    texts = ["Tern Light was designed by Mara Lind Ternson in 1857. It stands alone.", "", "word " * 400]
    judged = cross.judge("Who designed Tern Light?", texts, titles=["Tern Light", "", ""], spans=2)
    scores = cross.score("Who designed Tern Light?", texts, titles=["Tern Light", "", ""])
    assert [one.relevance for one in judged] == pytest.approx(scores.relevance.tolist())
    assert all(0 < one.relevant < 1 and 0 < one.useful < 1 and 0 < one.answered < 1 for one in judged)
    assert [one.truncated for one in judged] == [False, False, True]
    assert all(texts[0][span.start : span.end] == span.text for span in judged[0].spans)
    assert [len(one.sentences) for one in judged] == [2, 0, 1]
    assert CrossEncoder.load(folder=models[0]) is cross
    paired = CrossEncoder.load(folder=models[0], threads=2).score("Who designed Tern Light?", texts[:1])
    assert paired.relevance == pytest.approx(cross.score("Who designed Tern Light?", texts[:1]).relevance)
    batched = cross.score("Who?", texts[:1] * 3, batch_size=2).relevance
    assert len(batched) == 3

    judges = Judges(CrossEncoder.load(folder=models[0]))
    listed = judges.listed("Who designed Tern Light?", texts[:2], [1, 0])
    assert ranking_figures([listed], Blend(cosine=1), metric="mrr")["cosine"] == 1.0
    read = reading_figures(judges, iter([("Who designed Tern Light?", "", texts[0], ["Mara Lind Ternson"])]))
    assert read["n"] == 1
    assert 0 <= read["f1"] <= 1


@pytest.mark.requirement("models.cross-encoder-damaged")
def test_missing_or_damaged_weights_name_the_file_and_the_mend(tmp_path: Path) -> None:
    with pytest.raises(RunError) as missing:
        CrossEncoder.load(folder=tmp_path)
    assert missing.value.code == "damaged_model"
    assert "manifest.json" in missing.value.message
    assert "agents train cross-encoder" in missing.value.message
    with pytest.raises(UsageError):
        CrossEncoder.load(folder=tmp_path, threads=0)


@pytest.mark.requirement("training.licences")
def test_training_on_data_that_must_not_ship_does_not_begin(
    tmp_path: Path, small_data: Path, tiny_bert: Bert, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = small_data / "MANIFEST.tsv"
    manifest.write_text(
        manifest.read_text().replace("mixed_train.jsonl.gz\town\tApache-2.0", "mixed_train.jsonl.gz\town\tnone stated")
    )
    assert main(command(tmp_path, small_data, tiny_bert(3), "out")) == 2
    assert "none stated" in capsys.readouterr().err
    assert not (tmp_path / "out" / "model").exists()


@pytest.mark.requirement("training.cross-encoder")
def test_the_network_computes_what_the_exported_graph_computes(tiny_bert: Bert) -> None:
    from questline.tools.models.onnx_session import open_session
    from questline.training.embedded.bert_graph import build_pair_graph

    made = Checkpoint.read(tiny_bert(5))
    shape = BertShape.of(json.loads(made.config), max_tokens=64)
    net = CrossEncoderNet(read_tensors(made.weights), shape, frozen=1, seed=2)
    session = open_session(build_pair_graph(net.tensors(), shape, quantize_words=False).SerializeToString())
    pairs = PairTokenizer(made.tokenizer, max_tokens=64).pairs(
        "who is it", ["It is Ann.", "Nobody knows, said the man."]
    )
    ids, types, lengths = padded(pairs)
    with torch.no_grad():
        wanted = net(*(torch.as_tensor(values) for values in (ids, types, lengths)))
    pair, spans, salience = session.run(["pair", "spans", "salience"], model_inputs(pairs))
    np.testing.assert_allclose(pair, wanted.pair.numpy(), atol=1e-5)
    for row, length in enumerate(lengths):
        np.testing.assert_allclose(salience[row, :length], wanted.salience.numpy()[row, :length], atol=1e-5)
        seen = np.isfinite(wanted.spans.numpy()[row, :, 0])
        assert seen.sum() == types[row].sum() + 1
        np.testing.assert_allclose(spans[row][seen], wanted.spans.numpy()[row][seen], atol=1e-5)
    frozen = [name for name, value in net.named_parameters() if not value.requires_grad]
    assert any(name.startswith("encoder.layer.0.") for name in frozen)
    assert not any(name.startswith("encoder.layer.1.") for name in frozen)


@pytest.mark.requirement("training.losses")
def test_losses_are_what_their_formulas_say() -> None:
    scores = torch.tensor([[2.0, 0.0, 5.0], [1.0, 1.0, 0.0]])
    real = torch.tensor([[True, True, False], [True, True, True]])
    first = -torch.log(torch.softmax(torch.tensor([2.0, 0.0]), 0)[0])
    assert listwise(scores, torch.tensor([0, -1]), real) == pytest.approx(float(first))
    assert listwise(scores, torch.tensor([-1, -1]), real) == 0

    teacher = torch.tensor([[0.2, 0.1, float("nan")], [float("nan"), 0.0, 0.0]])
    target = torch.softmax(torch.tensor([2.0, 1.0]), 0)
    divergence = (target * (target.log() - torch.log_softmax(torch.tensor([2.0, 0.0]), 0))).sum()
    assert distillation(scores, teacher, real, temperature=0.1) == pytest.approx(float(divergence), abs=1e-6)

    logits = torch.zeros(2, 4, 2)
    logits[0, 1, 0] = logits[0, 2, 1] = 3.0
    starts, ends = torch.zeros(2, 4, dtype=torch.bool), torch.zeros(2, 4, dtype=torch.bool)
    starts[0, 1] = starts[0, 3] = ends[0, 2] = True
    chance = torch.softmax(torch.tensor([0.0, 3.0, 0.0, 0.0]), 0)
    wanted = -(torch.log(chance[1] + chance[3]) + torch.log(chance[1])) / 2
    assert marginal_span(logits, starts, ends, torch.tensor([True, False])) == pytest.approx(float(wanted))
    assert marginal_span(logits, starts, ends, torch.tensor([False, False])) == 0

    known = torch.tensor([True, False])
    assert masked_bce(torch.tensor([0.0, 9.0]), torch.tensor([1.0, 0.0]), known) == pytest.approx(float(np.log(2)))
    assert masked_bce(torch.tensor([0.0]), torch.tensor([1.0]), torch.tensor([False])) == 0
