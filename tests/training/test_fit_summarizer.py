"""The command that fits the summarizer, end to end over documents of the project's own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from questline.errors import UsageError
from questline.tools.summarization import scoring
from questline.tools.summarization.features import FEATURES
from questline.training.summarization.fit import Options, Weighted, fit, main
from questline.training.summarization.tables import fit_logistic

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


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    folder = tmp_path_factory.mktemp("data")
    paths: dict[str, Path] = {}
    for name, rows in {"en": _english(), "zh": _chinese(), "long": _meetings()}.items():
        (folder / name).mkdir()
        paths[name] = folder / name / "questline.jsonl"
        paths[name].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Options(
        english=(Weighted(path=paths["en"]),),
        chinese=(Weighted(path=paths["zh"], weight=2.0),),
        long=(Weighted(path=paths["long"]),),
        folds=2,
        every_long=1,
        today=date(2026, 1, 2),
    )


@pytest.mark.slow
@pytest.mark.requirement("summarization.fit")
def test_the_command_writes_coefficients_that_the_summarizer_reads_and_the_same_bytes_again(
    options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "coefficients.toml"
    arguments = ["--english", str(options.english[0].path), "--chinese", f"{options.chinese[0].path}:2"]
    arguments += ["--long", str(options.long[0].path), "--folds", "2", "--every-long", "1", "--date", "2026-01-02"]
    assert main([*arguments, "--out", str(out)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["chinese"]["hit@1 on folds held out"] > 0.8
    text = out.read_text(encoding="utf-8")
    assert text == fit(options)[0]
    models = scoring.parsed(text)
    assert set(models) == set(scoring.COLUMNS)
    assert models["chinese"].weights.shape == (len(FEATURES),)
    assert "questline.jsonl:2" in text
    assert "Apache-2.0" in text
    assert str(options.english[0].path.parent) not in text


@pytest.mark.requirement("summarization.fit")
def test_a_set_without_a_licence_too_few_queries_and_numbers_out_of_range_are_refused(
    options: Options, tmp_path: Path
) -> None:
    other = tmp_path / "xquad_en.jsonl"
    other.write_text(json.dumps(_english()[0]) + "\n", encoding="utf-8")
    few = tmp_path / "questline.jsonl"
    few.write_text(json.dumps(_chinese()[0]) + "\n", encoding="utf-8")
    for changed, code in (
        (replace(options, english=(Weighted(path=other),)), "bad_argument"),
        (replace(options, folds=1), "bad_argument"),
        (replace(options, chinese=(Weighted(path=few),)), "bad_data"),
    ):
        with pytest.raises(UsageError) as caught:
            fit(changed)
        assert caught.value.code == code


def test_the_logistic_regression_tells_kinds_apart_whatever_their_numbers() -> None:
    random = np.random.default_rng(0)
    inputs = np.concatenate([random.normal(1.0, 1.0, (40, 2)), random.normal(-1.0, 1.0, (400, 2))])
    positive = np.arange(440) < 40
    weights = fit_logistic(inputs, positive)
    right = ((weights[0] + inputs @ weights[1:]) > 0) == positive
    assert right[positive].mean() > 0.8
    assert right[~positive].mean() > 0.8
