"""Nothing that answers a question has learnt from it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.tools.models.fitted import FITTED
from questline.training.evaluation.rows import read_questions
from questline.training.planner.folds import QUESTIONS, Fits, fold_of, held_out, learnt_by_shipped


def _folds(data: Path, out: Path) -> dict[int, list[str]]:
    assert main(["train", "planner", "folds", "--data", str(data), "--out", str(out)]) == 0
    return {fold: [row.text for row in read_questions(out / str(fold) / "data" / QUESTIONS)] for fold in (1, 2)}


@pytest.mark.requirement("table.folds")
def test_each_data_folder_lacks_its_folds_questions_and_holds_everything_else(small_data: Path, tmp_path: Path) -> None:
    everything = [row.text for row in read_questions(small_data / QUESTIONS)]
    left = _folds(small_data, tmp_path / "folds")
    for fold, texts in left.items():
        assert texts == [text for text in everything if fold_of(text) != fold]
        home = tmp_path / "folds" / str(fold) / "data"
        assert (home / "MANIFEST.tsv").read_bytes() == (small_data / "MANIFEST.tsv").read_bytes()
        corpus = "qa/mixed_corpus.jsonl.gz"
        assert (home / corpus).read_bytes() == (small_data / corpus).read_bytes()
    assert sorted(left[1] + left[2]) == sorted(everything)
    assert left[1]
    assert left[2]


@pytest.mark.requirement("table.folds")
def test_fits_are_refused_for_a_question_that_they_learnt(small_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "folds"
    _folds(small_data, out)
    everything = [row.text for row in read_questions(small_data / QUESTIONS)]
    with pytest.raises(UsageError) as refused:
        Fits((out / "1", out / "2")).check(everything)
    assert refused.value.code == "file_not_found"  # nothing is fitted yet
    for recipe, names in FITTED.items():
        for path in (out / fold / recipe / "model" / name for fold in "12" for name in names):
            path.parent.mkdir(parents=True)
            path.touch()
    Fits((out / "1", out / "2")).check(everything)
    with pytest.raises(UsageError) as refused:
        Fits((out / "2", out / "1")).check(everything)
    assert refused.value.fields["question"] in everything
    with pytest.raises(UsageError) as refused:
        Fits((out / "1",))
    assert refused.value.fields["argument"] == "models"
    assert main(["train", "planner", "folds", "--data", str(small_data), "--out", str(out)]) == 2
    assert main(["train", "planner", "folds", "--data", str(tmp_path / "none"), "--out", str(out)]) == 2


@pytest.mark.requirement("table.folds")
@given(text=st.text(min_size=1, max_size=40))
def test_a_fold_hangs_on_the_words_alone(text: str) -> None:
    assert fold_of(text) in {1, 2}
    assert fold_of(f" {text}? ") == fold_of(text)
    assert held_out(f"{text} ?") == held_out(text)


@pytest.mark.requirement("table.folds")
def test_folds_are_halves_and_independent_of_the_held_out_fifth() -> None:
    texts = [f"Who built tower number {number}?" for number in range(4000)]
    kept = [text for text in texts if held_out(text)]
    assert 0.17 < len(kept) / len(texts) < 0.23
    for part in (texts, kept):
        assert 0.45 < sum(fold_of(text) == 1 for text in part) / len(part) < 0.55


@pytest.mark.data
@pytest.mark.requirement("table.folds")
def test_the_shipped_fits_are_known_to_have_learnt_their_own_questions(data_dir: Path, tmp_path: Path) -> None:
    assert learnt_by_shipped(data_dir / QUESTIONS)
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(gzip.compress(json.dumps({"id": "1", "question": "Who?", "answers": ["me"]}).encode()))
    assert not learnt_by_shipped(other)
