"""Fitting the embedded selector: the lists that it learns from, and the recipe `agents train selection`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from questline.cli import main
from questline.tools.selection.features import COSINE, WORDS
from questline.tools.selection.membership import MEMBERSHIPS
from questline.training.selection.fit import FREE, NEITHER
from questline.training.selection.lists import SelectionList, sentence_lists
from questline.training.selection.recipe import FILE
from questline.types import Passage

Kill = Callable[[int], AbstractContextManager[None]]
MILL = "The mill of Kelby stands on a hill. It was built in 1802 by Edith Marlow. Flour is sold on Mondays."
FERRY = "A ferry crosses the bay twice a day. It was built in 1911. It carries no cars."
SETTINGS = """
[selection]
depth = 8
unseen = 1.0
"""


def searched(question: str) -> SelectionList:
    texts = {"ferry": FERRY, "mill": MILL}
    passages = [Passage(id=name, document_id=name, source=name, title=name, text=text) for name, text in texts.items()]
    return SelectionList(
        id="q", question=question, passages=tuple(passages), gold=frozenset({"mill"}), answers=("1802",)
    )


def command(data: Path, out: Path) -> list[str]:
    config = data / "selection.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    return ["train", "selection", "--data", str(data), "--out", str(out), "--config", str(config)]


@pytest.mark.requirement("selection.fit")
def test_sentences_are_shown_with_the_one_that_answers_and_without_any() -> None:
    shapes: set[tuple[bool, bool, bool]] = set()
    for number in range(40):
        helped, helpless = sentence_lists([searched(f"When was mill {number} built?")])
        assert helped.gold == {"mill/1"}
        assert {"mill/0", "mill/1", "mill/2"} <= {passage.id for passage in helped.passages}
        assert not helpless.gold
        assert not any("1802" in passage.text for passage in helpless.passages)
        titles = {passage.title for passage in helped.passages + helpless.passages}
        beside = any(passage.document_id == "ferry" for passage in helped.passages)
        apart = all(passage.document_id == "ferry" for passage in helpless.passages)
        assert apart or all(passage.document_id == "mill" for passage in helpless.passages)
        assert titles == {""} or titles <= {"mill", "ferry"}
        shapes.add((titles == {""}, beside, apart))
    assert len(shapes) == 8  # every mixture comes up
    every = list(sentence_lists([searched("When was the mill built?")], every=True))
    shown = [(bool(each.gold), tuple((one.title, one.text) for one in each.passages)) for each in every]
    assert len(set(shown)) == len(shown) == 8


@pytest.mark.requirement("selection.fit")
@pytest.mark.parametrize(
    "changed",
    [
        {"answers": ()},
        {"answers": ("1999",)},
        {"gold": frozenset({"mill", "ferry"})},
        {"gold": frozenset({"elsewhere"})},
    ],
)
def test_a_question_whose_answering_sentence_is_not_known_gives_no_list_of_sentences(
    changed: dict[str, object],
) -> None:
    assert not list(sentence_lists([replace(searched("When was the mill built?"), **changed)]))  # pyright: ignore[reportArgumentType]  # because each value has the type of its field


@pytest.mark.requirement("selection.fit", "training.parts", "training.resume")
def test_all_models_are_fitted_written_and_say_where_they_come_from(
    small_data: Path, tmp_path: Path, kill_after: Kill
) -> None:
    assert main(command(small_data, tmp_path / "whole")) == 0
    out = tmp_path / "whole" / "model" / FILE
    text = out.read_text(encoding="utf-8")
    table = tomllib.loads(text)["membership"]
    assert tuple(table) == MEMBERSHIPS
    assert set(table["words"]["weights"]) == {"intercept", *WORDS}
    assert set(table["cosine"]["weights"]) == {"intercept", *WORDS, *COSINE}
    assert set(table["reading"]["weights"]) == {"intercept", *FREE["reading"]}
    assert all(0 <= row["tau"] <= 1 for row in table.values())
    assert all(set(row["alike"]["weights"]) == set(row["weights"]) - {"rank"} for row in table.values())
    rising = [
        weight
        for row in table.values()
        for own in (row, row["alike"])
        for name, weight in own["weights"].items()
        if name not in {"intercept", *NEITHER}
    ]
    assert min(rising) == 0.0 < max(rising)  # what speaks for a passage never lowers its chance
    assert f"agents train selection --data {small_data.name} --out DIR" in text
    assert "selection.depth = 8" in text
    assert "qa/mixed_corpus.jsonl.gz, sha256" in text
    assert "Apache-2.0" in text
    assert "measured on the other: micro-F1" in text
    assert str(small_data.parent) not in text
    with kill_after(2):
        main(command(small_data, tmp_path / "parts"))
    assert main([*command(small_data, tmp_path / "parts"), "--resume"]) == 0
    assert (tmp_path / "parts" / "model" / FILE).read_bytes() == out.read_bytes()


@pytest.mark.requirement("training.licences")
def test_data_that_may_not_ship_is_refused(
    small_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = small_data / "MANIFEST.tsv"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("Apache-2.0", "research only"), encoding="utf-8")
    assert main(command(small_data, tmp_path / "out")) == 2
    assert "bad_data" in capsys.readouterr().err
    assert not (tmp_path / "out" / "model").exists()


@pytest.mark.requirement("selection.fit")
def test_without_questions_that_the_cross_encoder_has_not_learnt_nothing_is_fitted(
    small_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command(small_data, tmp_path / "out")
    (small_data / "selection.toml").write_text(SETTINGS.replace("1.0", "0.0"), encoding="utf-8")
    assert main(words) == 2
    assert "raise selection.unseen" in capsys.readouterr().err
