"""The baselines that learn: labels and choices of the classifier, and the published recipe down to its collapse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from questline.errors import UsageError
from questline.training.planner.columns import SUB, TOP
from questline.training.planner.matrix import Matrix
from questline.training.planner.published import ILLEGAL, WHOLE, Payoffs, column_of
from questline.training.planner.question_features import question_features
from questline.training.planner.rewards import published
from questline.training.planner.rivals import CLASSIFIER, PUBLISHED, learn_rivals
from questline.training.planner.router import WAYS, Router, labels
from questline.training.planner.rows import Asked, Cell, spent_of
from questline.training.planner.table_rows import TableRows

Rows = list[tuple[Asked, dict[str, Cell]]]
Table = Callable[..., Path]


class Blind:
    """An encoder that tells nothing, so that what is learnt is learnt from the form."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 4), np.float32)


def deaf(phase: str, done: int, total: int) -> None:
    del phase, done, total


@pytest.fixture(scope="module")
def tables(table_of: Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[TableRows, TableRows]:
    folder = tmp_path_factory.mktemp("rivals")
    train, test = (TableRows.read(table_of(folder / name, n, seed)) for name, n, seed in (("a", 240, 1), ("b", 120, 2)))
    return train, test


@pytest.mark.requirement("evalp.classifier")
def test_a_label_is_the_cheapest_way_that_is_right_else_what_the_data_set_was_made_for(
    tables: tuple[TableRows, TableRows],
) -> None:
    matrix = tables[0].top
    at = [TOP.index(way) for way in WAYS]

    def of(right: tuple[int, int, int], source: str) -> str:
        em = np.zeros((1, len(TOP)))
        em[0, at] = right
        one = replace(matrix.questions[0], source=source)
        made = Matrix(questions=(one,), columns=TOP, f1=em, em=em, costs=matrix.costs[:1], components=matrix.components)
        return WAYS[int(labels(made)[0])]

    assert of((1, 1, 1), "nq") == "AG"
    assert of((0, 1, 1), "2wiki") == "R,AG"
    assert of((0, 0, 1), "nq") == "QDS"
    assert of((0, 0, 0), "nq") == "R,AG"
    assert of((0, 0, 0), "MuSiQue") == "QDS"


@pytest.mark.requirement("evalp.classifier")
def test_the_classifier_learns_the_labels_and_never_chooses_a_class_that_nothing_has(
    tables: tuple[TableRows, TableRows],
) -> None:
    train, test = tables
    wanted = labels(train.top)
    router = Router.fitted(question_features(train.texts, Blind()), wanted)
    chosen = router.columns(question_features(test.texts, Blind()), TOP)
    assert {TOP[place] for place in chosen} == {"R,AG", "QDS"}  # no question was right without a search
    right = np.array([WAYS.index(TOP[place]) for place in chosen]) == labels(test.top)
    assert right.mean() > 0.8  # a constant has .56
    with pytest.raises(UsageError, match="ten questions"):
        Router.fitted(np.zeros((3, 2), np.float32), wanted[:3])


@pytest.mark.requirement("evalp.published")
def test_an_episode_is_rewarded_as_the_run_of_its_column(rows_of: Callable[[int, int], Rows]) -> None:
    rows = rows_of(6, 3)
    payoffs = Payoffs.of(rows, 0.2)
    for top in range(len(TOP) + 1):
        for below in range(4):
            told = payoffs.of_choices(np.full(6, top), np.full(6, below))
            column = column_of(top, below)
            for row, (_, cells) in enumerate(rows):
                if column == ILLEGAL:
                    assert told[row] <= -1
                else:
                    cell = cells[WHOLE[column]]
                    assert told[row] == published(cell.f1, spent_of(cell), alpha=0.2)
    assert column_of(TOP.index("QDS"), 0) == WHOLE.index(SUB["QDS"]["AG"])
    with pytest.raises(UsageError, match="twelve columns"):
        Payoffs.of([(rows[0][0], {"AG": rows[0][1]["AG"]})], 0.0)


@pytest.mark.requirement("evalp.published")
def test_the_losses_clip_as_published() -> None:
    torch = pytest.importorskip("torch", reason="the published recipe learns with torch (extra train)")
    from questline.training.planner.ppo import Recipe, actor_loss, critic_loss

    def actor(ratio: float, advantage: float) -> float:
        return float(actor_loss(torch.tensor([ratio]), torch.tensor([advantage]), Recipe()))

    assert actor(1.0, 2.0) == pytest.approx(-2.0)
    assert actor(1.5, 2.0) == pytest.approx(-2.4)  # no gain from going further than 1.2
    assert actor(0.5, 2.0) == pytest.approx(-1.0)
    assert actor(0.5, -1.0) == pytest.approx(0.8)
    assert actor(2.0, -1.0) == pytest.approx(2.0)
    assert actor(9.0, -1.0) == pytest.approx(3.0)  # dual clip

    def critic(value: float, old: float, wanted: float) -> float:
        return float(critic_loss(torch.tensor([value]), torch.tensor([old]), torch.tensor([wanted]), Recipe()))

    assert critic(1.0, 0.8, 0.0) == pytest.approx(0.5)
    assert critic(0.0, 2.0, 0.0) == pytest.approx(1.125)  # the value left the old one by more than .5


@pytest.mark.slow
@pytest.mark.requirement("evalp.published")
def test_the_published_recipe_learns_at_alpha_0_and_collapses_where_no_search_pays(
    tables: tuple[TableRows, TableRows],
) -> None:
    pytest.importorskip("torch", reason="the published recipe learns with torch (extra train)")
    from questline.training.planner import ppo

    train, test = tables
    recipe = ppo.Recipe(steps=240)
    found = learn_rivals(train, test, Blind(), deaf, seeds=2, alphas=(0.0,), recipe=recipe)
    told = found.collapse(test.top.components)["0"]
    assert told["f1"] > 0.9
    assert told["majority_share"] < 0.5
    poor = replace(
        train,
        rows=tuple(
            (asked, {name: replace(cell, f1=0.1 * cell.f1) for name, cell in cells.items()})
            for asked, cells in train.rows
        ),
    )
    fallen = learn_rivals(poor, test, Blind(), deaf, seeds=2, alphas=(0.5,), recipe=recipe)
    told = fallen.collapse(test.top.components)["0.5"]
    assert told["without_search"] > 0.9  # a search costs .62, and gains .1 at most
    assert min(told["shares_of_majorities"]) > 0.5
    assert set(told["majorities"]) <= {"AG", "QR,AG"}
    assert told["f1"] < 0.1
    assert {name for name, _ in found.lines().items()} == {
        CLASSIFIER,
        f"{PUBLISHED}, seed 0",
        f"{PUBLISHED}, seed 1",
    }
    again = learn_rivals(train, test, Blind(), deaf, seeds=1, alphas=(0.0,), recipe=recipe)
    assert again.curves[0.0][0] == found.curves[0.0][0]  # the seed decides everything
    last = {name: value for _, name, value in fallen.curves[0.5][1]}
    assert last["share of the commonest plan"] > 0.5
    assert last["reward on what is held out"] < 0
    assert set(found.classes) == set(WAYS)
