"""`agents train summary`, which fits the summarizer, end to end over documents of the project's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from questline.cli import main
from questline.tools.summarization import scoring
from questline.tools.summarization.features import FEATURES
from questline.training.summarization.tables import fit_logistic

Kill = Callable[[int], AbstractContextManager[None]]
_PLACES = ("Orrin", "Tern", "Valdo", "Skerry", "Brindle", "Marrow", "Pell", "Lunde", "Gull", "Ness")
_NAMES = ("Hugo Brandt", "Mara Lind", "Ines Calder", "Pedro Salas", "Otto Falk", "Elsa Holm", "Ada Reyes", "Jon Vik")


def _english() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, place in enumerate(_PLACES):
        name, year = _NAMES[number % len(_NAMES)], 1850 + 7 * number
        text = (
            f"{place} Light stands on a cliff. It was designed by {name} in {year}. The tower is {30 + number} metres "
            "high. Nobody lives there in winter."
        )
        asked = [
            (f"Who designed {place} Light?", name),
            (f"How high is the tower of {place}?", f"{30 + number} metres"),
        ]
        rows.append({"title": place, "context": text, "qas": [{"question": q, "answers": [a]} for q, a in asked]})
    return rows


def _chinese() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, place in enumerate("甲乙丙丁戊己庚辛壬癸"):
        year = 1850 + 7 * number
        text = f"{place}灯塔位于悬崖上。它由{place}师傅设计，{year}年建成。塔高{30 + number}米。冬天没有人住。"
        asked = [(f"{place}灯塔哪年建成？", f"{year}年"), (f"{place}灯塔的塔有多高？", f"{30 + number}米")]
        rows.append({"title": place, "context": text, "qas": [{"question": q, "answers": [a]} for q, a in asked]})
    return rows


def _meetings() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for place in _PLACES:
        turns = [{"speaker": "AB"[n % 2], "content": f"We should talk about item {n} now ."} for n in range(70)]
        turns[33] = {"speaker": "A", "content": f"The lamp of {place} needs oil and a new keeper ."}
        query = {"query": f"What does the lamp of {place} need?", "answer": "The lamp needs oil and a new keeper."}
        rows.append(
            {"meeting_transcripts": turns, "specific_query_list": [{**query, "relevant_text_span": [["33", "33"]]}]}
        )
    return rows


SETTINGS = """
[summary]
english = {"en/questline.jsonl" = 1.0}
chinese = {"zh/questline.jsonl" = 2.0}
long = {"long/questline.jsonl" = 1.0}
folds = 2
every_long = 1
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    lines = ["file\tsource\tlicence"]
    for name, rows in {"en": _english(), "zh": _chinese(), "long": _meetings()}.items():
        path = folder / name / "questline.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        lines.append(f"{name}/questline.jsonl\town\tApache-2.0")
    (folder / "MANIFEST.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def command(data: Path, out: str, settings: str = SETTINGS) -> list[str]:
    config = data.parent / "summary.toml"
    config.write_text(settings, encoding="utf-8")
    return ["train", "summary", "--data", str(data), "--out", str(data.parent / out), "--config", str(config)]


@pytest.mark.slow
@pytest.mark.requirement("summarization.fit", "training.parts", "training.resume")
def test_a_killed_fit_writes_the_coefficients_of_a_whole_one_and_the_summarizer_reads_them(
    data: Path, kill_after: Kill
) -> None:
    assert main(command(data, "whole")) == 0
    text = (data.parent / "whole" / "model" / "coefficients.toml").read_text(encoding="utf-8")
    models = scoring.parsed(text)
    assert set(models) == set(scoring.COLUMNS)
    assert models["chinese"].weights.shape == (len(FEATURES),)
    assert "zh/questline.jsonl': 2.0" in text
    assert "Apache-2.0" in text
    assert "agents train summary --data data --out DIR" in text
    assert str(data.parent) not in text
    card = (data.parent / "whole" / "model" / "MODEL_CARD.md").read_text(encoding="utf-8")
    (hit,) = [line for line in card.splitlines() if line.startswith("| chinese: hit@1 on folds held out")]
    assert float(hit.split("|")[2]) > 0.8
    with kill_after(1):
        main(command(data, "parts"))
    assert main([*command(data, "parts"), "--resume"]) == 0
    assert (data.parent / "parts" / "model" / "coefficients.toml").read_text(encoding="utf-8") == text


@pytest.mark.requirement("summarization.fit")
def test_a_set_without_a_licence_too_few_queries_and_numbers_out_of_range_are_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "other.jsonl").write_text(json.dumps(_english()[0]) + "\n", encoding="utf-8")
    (data / "zh" / "questline.jsonl").write_text(json.dumps(_chinese()[0]) + "\n", encoding="utf-8")
    for settings, code in (
        (SETTINGS.replace("en/questline", "other"), "bad_data"),
        (SETTINGS.replace("folds = 2", "folds = 1"), "bad_argument"),
        (SETTINGS.replace('{"long/questline.jsonl" = 1.0}', "{}"), "bad_argument"),
        (SETTINGS, "bad_data"),
    ):
        assert main(command(data, "out", settings)) == 2
        assert f"error[{code}]" in capsys.readouterr().err
    assert not (data.parent / "out" / "model").exists()


def test_the_logistic_regression_tells_kinds_apart_whatever_their_numbers() -> None:
    random = np.random.default_rng(0)
    inputs = np.concatenate([random.normal(1.0, 1.0, (40, 2)), random.normal(-1.0, 1.0, (400, 2))])
    positive = np.arange(440) < 40
    weights = fit_logistic(inputs, positive)
    right = ((weights[0] + inputs @ weights[1:]) > 0) == positive
    assert right[positive].mean() > 0.8
    assert right[~positive].mean() > 0.8
