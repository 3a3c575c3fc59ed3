"""How far the reader trusts the cross-encoder: the fit on numbers, and the recipe on a small corpus."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from questline.cli import main
from questline.tools.models.cross_encoder import CrossEncoder
from questline.tools.reading.closely import CLOSE_FEATURES
from questline.training.reading.blending import PRIOR, Observed, chosen, evidence_of, fit_shares, fit_sureness, observe
from questline.types import Passage

PLACES = ("Dunmore", "Harrow", "Kelby", "Ostrand", "Penwick", "Rothby", "Selwick", "Tarn")
NAMES = ("Ada Holm", "Ben Ruun", "Cleo Voss", "Dag Orr", "Eva Lind", "Finn Moe", "Gro Berg", "Hal Aas")


def _seen(inputs: list[list[float]], gold: list[float], left: list[float] | None = None) -> Observed:
    count = len(gold)
    return Observed(
        inputs=np.array(inputs),
        features=np.zeros((count, 60), np.float32),
        gold=np.array(gold),
        text=np.arange(count),
        left=np.array(left or [1.0] * count),
        held=np.ones((count, 2)),
        open_kind=False,
    )


@pytest.mark.requirement("training.reading-blend")
def test_what_is_right_gains_share_and_a_strong_ridge_keeps_the_first_values() -> None:
    def row(rules: float, margin: float) -> list[float]:
        return [rules, margin, *([0.0] * (len(PRIOR) - 2))]

    by_margin = [_seen([row(2.0, -1.0), row(0.0, 1.0)], [0.0, 1.0])] * 20
    free, held = fit_shares(by_margin, ridge=0.001), fit_shares(by_margin, ridge=1e6)
    assert free[1] > PRIOR[1]
    assert free[0] < PRIOR[0]
    assert held == pytest.approx(PRIOR, abs=1e-3)
    assert fit_shares([_seen([row(1.0, 1.0)], [0.0])]) == pytest.approx(PRIOR)  # nothing right teaches nothing


@pytest.mark.requirement("training.reading-blend")
def test_a_doubt_takes_the_place_from_a_likelier_candidate() -> None:
    def row(rules: float) -> list[float]:
        return [rules, *([0.0] * (len(PRIOR) - 1))]

    shares = np.array([1.0, *([0.0] * (len(PRIOR) - 1))])
    best, share, lead = chosen(_seen([row(1.0), row(0.5)], [0.0, 1.0], left=[0.3, 1.0]), shares)
    assert best == 1
    assert share < 0.5
    assert lead < 0
    assert chosen(_seen([row(1.0), row(0.5)], [0.0, 1.0]), shares)[0] == 0


@pytest.mark.requirement("training.reading-blend")
def test_sureness_follows_what_tells_right_from_wrong() -> None:
    draw = np.random.default_rng(5)
    evidence = draw.normal(size=(400, 3))
    right = evidence[:, 0] + 0.3 * draw.normal(size=400) > 0
    bias, weights = fit_sureness(evidence, right)
    assert weights[0] > 5 * np.abs(weights[1:]).max()
    assert abs(bias) < 0.5


@pytest.mark.requirement("training.reading-blend")
def test_what_it_is_fitted_on_is_what_the_reader_computes() -> None:
    text = "Orrin Light was designed by Mara Lind. It was lit in 1889 on a red rock."
    passages = [Passage(id="a", document_id="a", source="s", title="Orrin Light", text=text)]
    seen = observe("Who designed Orrin Light?", passages, ("Mara Lind",), CrossEncoder.load())
    assert seen is not None
    evidence, f1 = evidence_of(seen, np.array(PRIOR))
    assert f1 == 1.0
    table = tomllib.loads((Path(__file__).parents[2] / "tools" / "reading" / "blend.toml").read_text("utf-8"))
    assert len(evidence) == len(table["confidence"]["cross_encoder"]["weights"])
    assert set(table["blend"]) == {"rules", *CLOSE_FEATURES}
    assert observe("Is it old?", passages, ("yes",), CrossEncoder.load()) is None


@pytest.mark.requirement("training.reading-blend")
def test_the_recipe_writes_the_file_that_the_reader_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    corpus = [
        {"id": place, "title": f"{place} Mill", "text": f"{place} Mill was built by {name} in {1800 + n}. It is old."}
        for n, (place, name) in enumerate(zip(PLACES, NAMES, strict=True))
    ]
    questions = [
        {"id": place, "question": f"who built {place} mill", "answers": [name], "support": [place], "source": "nq"}
        for place, name in zip(PLACES, NAMES, strict=True)
    ]
    kept = [f"{name} kept Tern Mill for {n + 3} long years , until the great flood ." for n, name in enumerate(NAMES)]
    mark = {"para": 3, "from": 0, "end": 9, "answer": "Cleo Voss"}
    page = {"paras": ["Tern Mill", *kept], "questions": [["Who kept Tern Mill for 5 years?", [mark]]]}
    for name, rows in (("corpus", corpus), ("questions", questions), ("pages", [page])):
        (data / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (data / "MANIFEST.tsv").write_text(
        "file\tsource\tlicence\n"
        + "".join(f"{name}.jsonl\town\tApache-2.0\n" for name in ("corpus", "questions", "pages"))
    )
    config = tmp_path / "blend.toml"
    named = "".join(f'{name} = "{name}.jsonl"\n' for name in ("corpus", "questions", "pages"))
    config.write_text(f"[reading-blend]\n{named}held_out = 1.0\n")
    words = ["train", "reading-blend", "--data", str(data), "--out", str(tmp_path / "out"), "--config", str(config)]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 0
    assert "F1 on the other half" in capsys.readouterr().out
    table = tomllib.loads((tmp_path / "out" / "model" / "blend.toml").read_text("utf-8"))
    assert set(table["blend"]) == {"rules", *CLOSE_FEATURES}
    assert 0 <= table["confidence"]["cross_encoder"]["abstain_below"] < 1
