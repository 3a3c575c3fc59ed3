"""What a planner is worth: fronts, gains, variety and limits, on tables where the right answer is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from questline.agents.workflow_planner.trained import Judged, Policy
from questline.errors import UsageError
from questline.training.curves import overlaid
from questline.training.evaluation.rows import Question
from questline.training.planner.assess import BALANCED, SWEEP, chosen
from questline.training.planner.columns import TOP
from questline.training.planner.contenders import Contender, constant_contender, followed, trained_contender
from questline.training.planner.episodes import ABSTAIN, KEEP, STATES, Episodes
from questline.training.planner.fronts import Line, pareto, volumes
from questline.training.planner.outcomes import CROSSED, Constants, Got
from questline.training.planner.question_features import Floats
from questline.training.planner.rewards import scales
from questline.training.planner.rivals import PUBLISHED
from questline.training.planner.table_rows import TableRows
from questline.training.planner.variety import variety
from questline.training.planner.verdict import BEST, BEST_BY_SOURCE, ORACLE, Trial, search_decision_f1
from questline.training.planner.verdict_page import rendered
from questline.training.planner.verdict_pictures import front_picture, logged_curves, plans_picture
from questline.training.planner.ways import likeliest

Table = Callable[..., Path]
KINDS = {"who": "R,AG", "when": "R,DS,AG", "compositional": "QDS", "comparison": "QDP"}


@pytest.fixture(scope="module")
def tables(table_of: Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[TableRows, TableRows]:
    folder = tmp_path_factory.mktemp("verdict")
    train, test = (TableRows.read(table_of(folder / name, n, seed)) for name, n, seed in (("a", 200, 1), ("b", 120, 2)))
    return train, test


def sees_all(table: TableRows) -> Contender:
    """Return the planner that chooses for each kind what answers it."""
    matrix = table.top
    got = Got.of_columns(matrix, np.array([TOP.index(KINDS[one.kind]) for one in matrix.questions], np.int64))
    return Contender(name="sees all", got=dict.fromkeys(SWEEP, got))


def trial(tables: tuple[TableRows, TableRows], own: Contender) -> Trial:
    train, test = tables
    learnt = train.top
    return Trial(
        own=own,
        table=test,
        constants=Constants.of(chosen(learnt, scales(learnt.costs)), test.top, "the training table"),
    )


@pytest.mark.requirement("evalp.gains")
def test_a_planner_that_chooses_gains_over_constants_and_inside_each_source(
    tables: tuple[TableRows, TableRows],
) -> None:
    found = trial(tables, sees_all(tables[1])).verdict(sweep=True)
    assert found["n"] == 120
    assert found["f1"] == found["em"] == 1
    assert found["adaptive_gain_low"] > 0
    assert found["adaptive_gain"] == found["balanced"]["gains"][BEST]["gain"]
    assert [one["lambda_calls"] for one in found["sweep"]] == [0, 0.05, 0.1, 0.2, 0.4]
    for source in ("nq", "2wiki"):
        assert found["balanced"]["gains"][f"{BEST_BY_SOURCE} within {source}"]["low"] > 0
        told = found["plans"]["by_source"][source]
        assert len(told["shares"]) == 2
        assert told["type"]["mutual_information"] == pytest.approx(told["entropy"])  # the type decides the plan
        assert told["type"]["p"] < 0.01
        [against] = told["against_majority"].values()
        assert against["low_f1"] > 0
    assert found["oracle_gap_closed"] > 0.9  # lucky questions have a cheaper workflow
    volume = found["hypervolumes"]["calls"]
    assert volume[ORACLE]["hypervolume"] >= volume["sees all"]["hypervolume"] > volume["constants"]["hypervolume"]
    assert volume[BEST]["own_larger_low"] > 0
    assert found["search_decision_f1"] is None  # the table is of the embedded backend
    assert found["over_budget"] is None
    assert "sees all" in front_picture(found, "sees all", "calls")
    assert plans_picture(found, "sees all").count("<title>QDS") == 1


@pytest.mark.requirement("evalp.gains")
def test_a_constant_gains_nothing_over_itself_and_has_no_variety(tables: tuple[TableRows, TableRows]) -> None:
    found = trial(tables, constant_contender("constant:QR,R,AG", tables[1])).verdict(sweep=False)
    best = found["balanced"]["best_constant"]
    same = trial(tables, constant_contender(f"constant:{best}", tables[1])).verdict(sweep=False)
    assert found["sweep"] == []
    assert found["adaptive_gain_high"] < 0
    assert (same["adaptive_gain"], same["adaptive_gain_low"], same["oracle_gap_closed"]) == (0, 0, 0)
    assert found["plans"]["entropy"] == 0
    assert found["plans"]["majority_share"] == 1
    assert found["plans"]["by_source"]["nq"]["against_majority"] == {}
    assert found["hypervolume"] == 0


@pytest.mark.requirement("evalp.gains")
def test_without_a_training_table_each_half_gets_what_is_best_on_the_other(tables: tuple[TableRows, TableRows]) -> None:
    matrix = tables[1].top
    crossed = Constants.crossed(matrix)
    assert crossed.chosen_on == CROSSED
    fold = np.array([one.fold for one in matrix.questions])
    scale = scales(matrix.costs)
    other = chosen(matrix.where(lambda one: one.fold == 1), scale)
    assert set(crossed.overall[BALANCED][fold == 2].tolist()) == {other.overall[BALANCED]}
    nq = np.array([one.source == "nq" for one in matrix.questions])
    assert set(crossed.by_source[0.0][(fold == 2) & nq].tolist()) == {other.by_source[0.0]["nq"]}


@pytest.mark.requirement("evalp.fronts")
def test_a_point_is_on_the_front_when_nothing_is_better_for_less() -> None:
    def line(*points: tuple[float, float], bound: bool = False) -> Line:
        f1, costs = np.array([[f1, f1] for f1, _ in points]), np.array([[[cost], [cost]] for _, cost in points])
        return Line(f1=f1, costs=costs, labels=tuple(map(str, range(len(points)))), bound=bound)

    lines = {"a": line((0.5, 1.0), (0.6, 3.0)), "b": line((0.6, 2.0)), "sees all": line((0.9, 1.0), bound=True)}
    told = {(one["policy"], one["point"]): one["on_front"] for one in pareto(lines, 0)}
    assert told == {("a", "0"): True, ("a", "1"): False, ("b", "0"): True, ("sees all", "0"): True}
    found = volumes(lines, "a", 0, 4.0)
    assert found["a"] == {"hypervolume": pytest.approx(0.5 * 3 + 0.1 * 1)}
    assert found["b"]["own_larger"] == pytest.approx(1.6 - 1.2)
    assert found["b"]["own_larger_low"] == pytest.approx(0.4)  # equal questions: every draw is the same


@pytest.mark.requirement("evalp.fronts")
def test_the_front_of_a_cost_is_drawn_along_its_own_weights(tables: tuple[TableRows, TableRows]) -> None:
    dear, cheap = sees_all(tables[1]), constant_contender("constant:R,AG", tables[1])
    own = Contender(
        name="turns",
        got={lam: (dear if lam < BALANCED else cheap).got[lam] for lam in SWEEP},
        along={"usd": {lam: (dear if lam < 1 else cheap).got[lam] for lam in SWEEP}},
    )
    held = trial(tables, own)
    matrix = tables[1].top
    by_calls, by_usd = held.lines(matrix)["turns"], held.lines(matrix, "usd")["turns"]
    assert by_calls.labels == by_usd.labels
    half = by_calls.labels.index("λ 0.4")
    assert by_calls.f1[half].mean() == pytest.approx(cheap.got[BALANCED].f1.mean())
    assert by_usd.f1[half].mean() == pytest.approx(dear.got[BALANCED].f1.mean())
    assert set(held.constants.along) == set(matrix.components) - {"calls"}
    assert held.verdict(sweep=False)["hypervolumes"]["usd"]["turns"]["hypervolume"] > 0


@pytest.mark.requirement("evalp.variety")
def test_information_on_the_type_is_told_beside_chance_and_left_out_where_types_are_missing() -> None:
    plans = ("a", "b") * 30
    n = len(plans)
    got = Got(f1=np.ones(n), em=np.ones(n), costs=np.ones((n, 1)), plans=plans)

    def told(kinds: list[str]) -> dict[str, object]:
        return variety(got, lambda one: one.f1, ["s"] * n, kinds, lambda plan: None)["by_source"]["s"]["type"]

    assert told(["x", "y"] * 30)["mutual_information"] == pytest.approx(np.log(2))
    apart = told(["x"] * 30 + ["y"] * 30)
    assert apart["mutual_information"] == pytest.approx(0, abs=1e-9)
    assert apart["p"] == 1
    assert told([""] * n)["mutual_information"] is None
    assert told(["x"] * n)["why"] == "all are of one type, x"


@pytest.mark.requirement("evalp.variety")
def test_a_way_that_is_followed_everywhere_holds_the_surest_answer_and_is_charged_in_full(
    tables: tuple[TableRows, TableRows],
) -> None:
    test = tables[1]
    episodes, exact = Episodes.of(test.rows, test.seconds), Episodes.of(test.exactly, test.seconds)
    got = followed("R,AG > QDS", episodes, exact)
    assert got is not None
    right = np.array([one.kind in ("who", "compositional") for one in test.top.questions])
    assert got.f1[right].min() == 1
    assert got.costs[0] == pytest.approx(test.top.costs[0, [TOP.index("R,AG"), TOP.index("QDS")]].sum(axis=0))
    assert followed("none", episodes, exact) is None
    assert followed("R,AG > R,AG", episodes, exact) is None


@pytest.mark.requirement("evalp.search")
def test_deciding_to_search_is_right_where_memory_is_wrong_and_a_search_is_not(
    tables: tuple[TableRows, TableRows],
) -> None:
    matrix = tables[1].top
    searches = Got.of_columns(matrix, np.full(120, TOP.index("R,AG")))
    assert search_decision_f1(searches, matrix) == 1  # every question needs one
    em = matrix.em.copy()
    em[:60, TOP.index("AG")] = 1
    half = replace(matrix, em=em)
    assert search_decision_f1(searches, half) == pytest.approx(2 * 60 / (60 + 120))
    exactly = Got.of_columns(half, np.where(np.arange(120) < 60, TOP.index("AG"), TOP.index("QDS")))
    assert search_decision_f1(exactly, half) == 1
    assert search_decision_f1(searches, replace(matrix, em=np.ones_like(em))) is None


@pytest.mark.requirement("evalp.refused")
def test_a_table_of_another_corpus_or_without_a_question_is_refused(
    tables: tuple[TableRows, TableRows], tmp_path: Path
) -> None:
    test = tables[1]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"id": "1", "title": "t", "text": "x"}\n', encoding="utf-8")
    asked = test.rows[0][0]
    one = Question(id="other", text=asked.text, answers=asked.answers, source="mine", kind="hop")
    with pytest.raises(UsageError, match="another corpus") as refused:
        test.of_questions([one], corpus)
    assert refused.value.code == "bad_table"
    known = replace(test, about={})
    found = known.of_questions([one, one], corpus)
    [(kept, _)] = found.rows
    assert (kept.id, kept.source, kept.kind) == ("other", "mine", "hop")
    with pytest.raises(UsageError, match="lacks 1 of 1 questions"):
        known.of_questions([replace(one, text="Never asked?")], corpus)


@pytest.mark.requirement("evalp.pictures")
def test_learning_curves_are_read_from_the_log_of_the_run(tmp_path: Path) -> None:
    model = tmp_path / "run" / "model"
    model.mkdir(parents=True)
    assert logged_curves(model) == []
    (tmp_path / "run" / "log.jsonl").write_text('{"step": 3, "entropy": 0.5, "loss: errors": 1}\n', encoding="utf-8")
    assert logged_curves(model) == [(3, "entropy", 0.5)]
    (tmp_path / "run" / "log.jsonl").write_text("torn", encoding="utf-8")
    with pytest.raises(UsageError, match="no log of a training"):
        logged_curves(model)


@pytest.mark.requirement("evalp.gains")
def test_a_page_of_results_shows_every_weight_and_front(tables: tuple[TableRows, TableRows]) -> None:
    page = rendered(trial(tables, sees_all(tables[1])).verdict(sweep=True))
    assert page.count("| 0.05 |") == 2
    assert "| best constant per source |" in page
    assert "QDS 50%" in page or "QDP 5" in page
    assert "limit on" not in page  # it was held to none


@pytest.mark.requirement("evalp.pictures")
def test_a_picture_names_the_seeds_of_a_recipe_once_and_a_path_by_its_end() -> None:
    points = [
        {"policy": policy, "point": "", "f1": f1, "cost": 1.0}
        for policy, f1 in ((f"{PUBLISHED}, seed 0", 0.3), (f"{PUBLISHED}, seed 1", 0.2), ("trained:/a/b/c/model", 0.4))
    ]
    drawn = front_picture({"front": {"calls": points}, "n": 3}, "trained:/a/b/c/model", "calls")
    assert drawn.count(f">{PUBLISHED}<") == 1
    assert "seed 1" not in drawn
    assert ">trained:c/model on 3 questions<" in drawn
    assert "/a/b" not in drawn
    assert drawn.count("<polyline") == 3


@pytest.mark.requirement("evalp.pictures")
def test_learning_curves_of_several_seeds_share_their_panels() -> None:
    one, two = [(1, "reward", 0.1), (2, "reward", 0.3)], [(1, "reward", 0.2), (2, "entropy", float("nan"))]
    drawn = overlaid({"seed 0": one, "seed 1": two}, title="seeds")
    assert drawn.count(">reward<") == 1
    assert drawn.count("<polyline") == 2
    assert "entropy" not in drawn
    assert drawn.count(">seed 1<") == 1


class Plain:
    """A policy that always searches first, then splits, and knows what each workflow costs at most."""

    def __init__(self, table: TableRows) -> None:
        costs = table.top.costs
        self.components = table.top.components
        self.scale = costs.max(axis=(0, 1)).astype(np.float32)
        self._high = (0.9999 * costs.max(axis=0) / self.scale).astype(np.float32)  # but for rounding

    def judge(self, question: Floats, features: Floats, weights: Floats) -> Judged:
        n, w = len(question), len(TOP)
        logits = np.zeros((n, w + 2), np.float32)
        logits[:, TOP.index("QDS")] = 1
        logits[:, w] = 2
        logits[:, TOP.index("R,AG")] = 3 - 10 * (weights[:, self.components.index("calls")] > 1)
        high = np.broadcast_to(self._high, (n, *self._high.shape))
        return Judged(np.zeros((n, w + 1), np.float32), high, high, logits)


class Flat:
    """An encoder that tells nothing."""

    def encode(self, texts: Sequence[str]) -> Floats:
        return np.zeros((len(texts), 4), np.float32)


@pytest.mark.requirement("evalp.gains")
def test_a_policy_follows_its_dial_and_stays_under_limits_whose_costs_it_knows(
    tables: tuple[TableRows, TableRows],
) -> None:
    test = tables[1]
    found = trained_contender("trained:x", cast("Policy", Plain(test)), test, Flat())
    assert found.has_dial
    assert set(found.got[0.0].plans) == {"R,AG"}
    assert set(found.got[1.6].plans) == {"QDS"}
    assert found.got[0.0].f1.tolist() == test.top.f1[:, TOP.index("R,AG")].tolist()
    assert found.milliseconds is not None
    assert {one["cost"] for one in found.limits} == set(test.top.components)
    assert {(one["over_budget"], one["nothing_fits"]) for one in found.limits} == {(0, 0), (None, 1)}
    calls = [(one["limit"], one["f1"], one["spent"]) for one in found.limits if one["cost"] == "calls"]
    assert [f1 for _, f1, _ in calls] == sorted((f1 for _, f1, _ in calls), reverse=True)
    assert calls[-1][2] == 1  # R,AG, of one call, is carried to the last
    episodes = Episodes.of(test.rows, test.seconds)
    dear = np.full((len(test.rows), len(STATES), KEEP + 2), -1.0)
    dear[..., ABSTAIN] = 0.0
    assert set(likeliest(dear, episodes, idle=True).taken) == {()}
    assert () not in likeliest(dear, episodes).taken  # in use nothing is given up before a search
    other = Plain(test)
    other.components = ("calls",)
    with pytest.raises(UsageError, match="weighs calls"):
        trained_contender("trained:x", cast("Policy", other), test, Flat())
