"""What the ranker learns: lists from a corpus, weights of the blend, calibration."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questline.cli import main
from questline.errors import UsageError
from questline.tools.ranking.blend import BLENDS, Blend
from questline.tools.ranking.calibration import calibration_of
from questline.tools.ranking.signs import Signs
from questline.training.evaluation.lists import RankingList
from questline.training.ranking.calibrate import BINS, brier, ece, fill, fit_isotonic, fit_platt, pool
from questline.training.ranking.fit_blend import FIRST_STAGE, FREE
from questline.training.ranking.fit_level import fit_level, log_odds, with_level
from questline.training.ranking.mining import mine
from questline.training.ranking.observing import Example
from questline.training.ranking.varied import varied
from questline.types import Passage

Kill = Callable[[int], AbstractContextManager[None]]
PLACES = ("Dunmore", "Harrow", "Kelby", "Ostrand", "Penwick", "Rothby", "Selwick", "Tarn")
CORPUS = [
    {"id": f"m{n}", "title": place, "text": f"It stands by the river. The mill of {place} was built in {1800 + n}."}
    for n, place in enumerate(PLACES)
] + [{"_id": f"b{n}", "title": "", "text": f"Bread from {place} is baked at night."} for n, place in enumerate(PLACES)]
QUESTIONS = [
    {
        "id": f"q{n}",
        "question": f"When was the mill of {place} built?",
        "answers": [str(1800 + n)],
        "support": [f"m{n}"],
        "source": "mills" if n < 2 else "others",
    }
    for n, place in enumerate(PLACES)
] + [{"id": "lost", "question": "Where do bees sleep?", "support": ["m0"]}]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    for name, rows in {"corpus": CORPUS, "questions": QUESTIONS}.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path / "corpus", tmp_path / "questions"


@pytest.mark.requirement("ranking.fit")
def test_lists_are_the_best_by_words_with_what_supports_marked(files: tuple[Path, Path]) -> None:
    lists = mine(*files, depth=4)
    assert [each.id for each in lists] == [f"q{n}" for n in range(len(PLACES))]
    for n, each in enumerate(lists):
        assert each.passages[0].id == f"m{n}"
        assert len(each.passages) == 4
        scores = [passage.score for passage in each.passages]
        assert scores == sorted(scores, reverse=True)
        assert each.grades == {f"m{n}": 1}
    assert len(mine(*files, depth=4, limit=3)) == 3
    assert [each.id for each in mine(*files, depth=4, source="mills")] == ["q0", "q1"]
    with pytest.raises(UsageError):
        mine(files[0], _write(files[0].parent / "none", [QUESTIONS[-1]]), depth=1)


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


SETTINGS = """
[ranking]
corpus = "corpus"
questions = "questions"
source = ""
depth = 4
unseen = 1.0
"""


def command(data: Path, out: Path) -> list[str]:
    config = data / "ranking.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    return ["train", "ranking", "--data", str(data), "--out", str(out), "--config", str(config)]


@pytest.mark.requirement("ranking.fit", "training.parts", "training.resume")
def test_weights_are_fitted_written_and_say_where_they_come_from(
    files: tuple[Path, Path], tmp_path: Path, kill_after: Kill
) -> None:
    data = files[0].parent
    (data / "MANIFEST.tsv").write_text("file\tsource\tlicence\ncorpus\town\tMIT\nquestions\town\tMIT\n", "utf-8")
    assert main(command(data, tmp_path / "whole")) == 0
    out = tmp_path / "whole" / "model" / "coefficients.toml"
    text = out.read_text(encoding="utf-8")
    table = tomllib.loads(text)
    assert set(table["blend"]) == set(BLENDS)
    assert table["blend"]["words"]["first_stage"] > 0
    assert table["blend"]["cosine"]["depth"] > 0
    assert table["blend"]["cosine"]["first_stage"] == FIRST_STAGE
    assert [set(table["blend"][name]) >= set(free) for name, free in FREE.items()] == [True, True, True]
    assert set(table["level"]) == set(BLENDS)
    assert all(values["slope"] > 0 for values in table["level"].values())
    assert "measured on the other: ndcg@10 1.0000" in text
    assert f"agents train ranking --data {data.name} --out DIR" in text
    assert "ranking.depth = 4" in text
    assert "corpus, sha256" in text
    assert str(data.parent) not in text
    with kill_after(1):
        main(command(data, tmp_path / "parts"))
    assert main([*command(data, tmp_path / "parts"), "--resume"]) == 0
    assert (tmp_path / "parts" / "model" / "coefficients.toml").read_bytes() == out.read_bytes()


@pytest.mark.requirement("ranking.level")
def test_a_mined_list_makes_lists_of_other_kinds(files: tuple[Path, Path]) -> None:
    mined = mine(*files, depth=4)[0]
    made = {each.id.rpartition("/")[2]: each for each in varied(mined, ["1800"], unsupported=1.0)}
    assert list(made) == ["home", "bare", "short", "none", "sentences", "mixed", "page"]
    assert made["home"].passages == mined.passages
    assert made["short"].passages == mined.passages[: len(made["short"].passages)]
    assert [passage.id for passage in made["none"].passages] == [passage.id for passage in mined.passages[1:]]
    assert not made["none"].relevant()
    for kind, titles in {"page": {"Dunmore"}, "sentences": {""}, "mixed": {""}}.items():
        assert {passage.title for passage in made[kind].passages} == titles
        right = [passage for passage in made[kind].passages if made[kind].grades.get(passage.id)]
        assert [passage.text for passage in right] == ["The mill of Dunmore was built in 1800."]
        assert not any(passage.score for passage in made[kind].passages)
    assert len(made["sentences"].passages) == 2
    assert len(made["mixed"].passages) == len(made["page"].passages) == 5  # of two more
    assert [each.id for each in varied(mined, [], unsupported=0.0)] == ["q0/home", "q0/bare", "q0/short"]


def example(sums: Sequence[float], labels: Sequence[float], *, title: str = "") -> Example:
    """A list whose first stage is its sums."""
    n = len(sums)
    passages = tuple(
        Passage(id=f"{place}", document_id="d", source="s", title=title, text="text") for place in range(n)
    )
    return Example(
        given=RankingList(id="q", query="q", passages=passages),
        signs=Signs(first_stage=np.array(sums), words=np.zeros((n, 4)), shared_title=bool(title) and n > 1),
        cosine=np.zeros(n),
        logit=np.zeros(n),
        labels=np.array(labels),
    )


@pytest.mark.requirement("ranking.level")
def test_a_level_is_found_again_from_what_it_drew() -> None:
    random = np.random.default_rng(0)
    examples: list[Example] = []
    for place in range(3_000):
        title = "Orrin" if place % 2 else ""
        sums = random.normal(size=5)
        odds = 1.5 * sums - 1 - 0.5 * sums.max() - 2.0 * bool(title)
        examples.append(example(sums.tolist(), (random.random(5) < 1 / (1 + np.exp(-odds))).tolist(), title=title))
    blend = Blend(weights={"first_stage": 1.0})
    level = fit_level(examples, blend, "words")
    found = [level.slope, level.offset, level.best, level.titled]
    assert found == pytest.approx([1.5, -1.0, -0.5, -2.0], abs=0.15)
    fitted = with_level(examples, blend, "words")
    assert fitted.level == level
    chances = [1 / (1 + np.exp(-log_odds(each, fitted, "words"))) for each in examples]
    told = np.concatenate(chances).tolist()
    error = ece(fill(told, np.concatenate([each.labels for each in examples]).astype(int).tolist()))
    assert error is not None
    assert error < 0.02


@pytest.mark.requirement("ranking.level")
def test_a_level_never_turns_an_order_around() -> None:
    backwards = [example([0.0, 1.0, 2.0], [1.0, 0.0, 0.0])] * 10
    assert fit_level(backwards, Blend(weights={"first_stage": 1.0}), "words").slope > 0


@pytest.mark.requirement("training.licences")
def test_lists_whose_licence_is_not_known_are_refused(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(files[0].parent, tmp_path / "out")) == 2
    assert "file_not_found" in capsys.readouterr().err  # there is no manifest
    assert main(["train", "ranking", "--data", str(files[0]), "--out", str(tmp_path / "out")]) == 2
    assert "MANIFEST.tsv" in capsys.readouterr().err
    assert not (tmp_path / "out" / "model").exists()


@pytest.mark.requirement("ranking.calibration")
def test_platt_finds_the_map_that_drew_the_labels() -> None:
    random = np.random.default_rng(0)
    strengths = random.normal(size=20_000) * 2
    labels = (random.random(20_000) < 1 / (1 + np.exp(-(1.5 * strengths - 1)))).astype(int)
    found = fit_platt(strengths.tolist(), labels.tolist())
    assert (found.slope, found.intercept) == (pytest.approx(1.5, abs=0.06), pytest.approx(-1.0, abs=0.06))
    error = ece(fill(found(strengths).tolist(), labels.tolist()))
    assert error is not None
    assert error < 0.01


@pytest.mark.requirement("ranking.calibration")
def test_a_strength_that_says_nothing_gets_the_base_rate_and_never_a_falling_map() -> None:
    backwards = fit_platt([3.0, 2.0, 1.0, 0.0], [0, 0, 1, 1])
    assert backwards.slope == 0.0
    flat = fit_platt([1.0] * 10, [1, 0] * 5)
    assert flat(np.array([1.0])).tolist() == pytest.approx([0.5])


@pytest.mark.requirement("ranking.calibration")
def test_isotonic_pools_neighbours_in_the_wrong_order() -> None:
    found = fit_isotonic([0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 1, 1])
    assert found.strengths == (0.0, 1.0, 2.0, 3.0, 5.0)
    assert found.probabilities == (0.0, 0.5, 0.5, 1.0, 1.0)


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 1)), min_size=2, max_size=40))
def test_fitted_maps_never_fall_and_can_be_kept(pairs: list[tuple[float, int]]) -> None:
    strengths, labels = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if len(set(labels)) < 2:
        with pytest.raises(UsageError):
            fit_platt(strengths, labels)
        with pytest.raises(UsageError):
            fit_isotonic(strengths, labels)
        return
    for found in (fit_platt(strengths, labels), fit_isotonic(strengths, labels)):
        values = found(np.linspace(-6, 6, 50))
        assert (np.diff(values) >= -1e-12).all()
        assert ((values >= 0) & (values <= 1)).all()
        assert calibration_of(found.as_table()) == found


@pytest.mark.requirement("ranking.calibration")
def test_calibration_error_is_the_gap_by_bin() -> None:
    bins = fill([0.05, 0.05, 0.95, 1.0], [0, 1, 1, 1])
    assert len(bins) == BINS
    assert bins[0] == [2, pytest.approx(0.1), 1]
    assert bins[-1] == [2, pytest.approx(1.95), 2]
    assert ece(bins) == pytest.approx((0.9 + 0.05) / 4)
    assert ece([]) is None
    assert ece(pool([fill([0.5], [0]), fill([0.5], [1])])) == pytest.approx(0.0)  # of all together, not by list
    assert brier([0.0, 1.0, 0.5], [0, 1, 1]) == pytest.approx(0.25 / 3)
    with pytest.raises(UsageError):
        brier([], [])
